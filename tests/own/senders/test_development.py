"""Senders from which no message leaves."""

from __future__ import annotations

import io
import logging
import threading

import pytest

from tests.support.sending import CODE, NUMBER, Send, mail, message
from verify_core.errors import Ambiguous, Refused, Unavailable
from verify_providers.own.senders import ConsoleSender, MaybeSent, MemorySender, Sent


def test_what_was_sent_stands_in_the_outbox(send: Send) -> None:
    sender = MemorySender()

    assert send(sender, message()) == Sent()

    assert sender.outbox[-1].text == f"{CODE} is your Shop code. Do not share it."
    assert sender.outbox[-1].to == NUMBER.e164


def test_the_outbox_keeps_the_newest(send: Send) -> None:
    sender = MemorySender(most=2)

    for number in (1, 2, 3):
        send(sender, message(number=number))

    assert [each.number for each in sender.outbox] == [2, 3]


def test_a_message_fails_as_the_test_said_and_only_that_one(send: Send) -> None:
    sender = MemorySender()
    sender.fail_next(Refused("blocked"), Unavailable("down"))

    with pytest.raises(Refused):
        send(sender, message())
    with pytest.raises(Unavailable):
        send(sender, message())
    assert sender.outbox == []

    assert send(sender, message()) == Sent()


def test_a_message_that_may_have_been_sent_arrives(send: Send) -> None:
    sender = MemorySender()
    sender.fail_next(MaybeSent(reason="lost"), Ambiguous("lost"))

    assert send(sender, message()) == MaybeSent(reason="lost")
    with pytest.raises(Ambiguous):
        send(sender, message())

    assert len(sender.outbox) == 2


def test_threads_lose_no_message() -> None:
    sender = MemorySender(most=800)
    threads = [
        threading.Thread(target=lambda: [sender.send(message()) for _ in range(100)])
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(sender.outbox) == 800


def test_the_console_shows_the_text_and_whom_it_is_for_masked(
    send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send(ConsoleSender(), message()) == Sent()

    shown = capsys.readouterr()
    assert shown.err == (
        f"[sms to +1********34]\n{CODE} is your Shop code. Do not share it.\n"
    )
    assert shown.out == ""


def test_a_mail_on_the_console_has_its_subject(send: Send) -> None:
    stream = io.StringIO()

    send(ConsoleSender(stream), mail())

    assert stream.getvalue().startswith("[email to a***@mail.example] Your Shop code\n")


def test_the_console_says_once_that_it_shows_codes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        sender = ConsoleSender(io.StringIO())
        sender.send(message())

    assert [each.message for each in caplog.records] == [
        "ConsoleSender prints codes where people can read them"
    ]


def test_a_console_of_another_encoding_shows_what_it_can(send: Send) -> None:
    bytes_ = io.BytesIO()
    stream = io.TextIOWrapper(bytes_, encoding="ascii")

    assert send(ConsoleSender(stream), message(text=f"Kód {CODE}")) == Sent()

    assert bytes_.getvalue() == f"[sms to +1********34]\nK\\xf3d {CODE}\n".encode()


def test_a_console_that_is_closed_says_that_it_may_have_been_sent(send: Send) -> None:
    stream = io.StringIO()
    stream.close()

    assert send(ConsoleSender(stream), message()) == MaybeSent(
        reason="printing ended with ValueError"
    )


def test_an_outbox_that_is_shown_hides_codes_and_numbers() -> None:
    sender = MemorySender()
    sender.send(message())

    shown = f"{sender!r} {sender.outbox!r} {vars(sender)!r}"

    assert CODE not in shown
    assert NUMBER.e164 not in shown
