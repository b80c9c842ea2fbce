"""A function as a sender: what it returns and raises, read honestly."""

from __future__ import annotations

import smtplib
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from tests.support.mail_server import MailServer, bytes_of
from tests.support.sending import CODE, WAYS, mail, message, send_awaited
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Unavailable,
)
from verify_providers.own.senders import (
    AsyncCallableSender,
    CallableSender,
    DjangoMailSender,
    MaybeSent,
    Message,
    Sent,
)


def sending(way: str, answer: object) -> Callable[[Message], Sent | MaybeSent]:
    """A sender, and how to use it, whose function returns or raises an answer."""

    def function(_message: Message) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def awaited(message: Message) -> object:
        return function(message)

    sender = CallableSender(function) if way == "blocking" else None
    return lambda sent: WAYS[way](sender or AsyncCallableSender(awaited), sent)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("answer", [None, Sent(), True, 1, 2])
def test_nothing_and_a_number_of_messages_mean_sent(way: str, answer: object) -> None:
    assert sending(way, answer)(message()) == Sent()


def test_the_vendors_handle_is_handed_on(way: str) -> None:
    assert sending(way, Sent(vendor_id="m-1"))(message()) == Sent(vendor_id="m-1")


@pytest.mark.parametrize("answer", [False, 0])
def test_no_message_means_not_sent(way: str, answer: object) -> None:
    with pytest.raises(Unavailable):
        sending(way, answer)(message())


@pytest.mark.parametrize("answer", [{"ok": False}, "queued", 1.0, object()])
def test_any_other_value_means_maybe(way: str, answer: object) -> None:
    found = sending(way, answer)(message())

    assert isinstance(found, MaybeSent)
    assert type(answer).__name__ in found.reason


def test_an_error_of_the_house_is_believed(way: str) -> None:
    with pytest.raises(Refused, match="listed"):
        sending(way, Refused("listed"))(message())


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(f"refused for {CODE}"),
        smtplib.SMTPServerDisconnected(f"gone with {CODE}"),
        KeyError(CODE),
        InvalidSetting("key", CODE),
    ],
)
def test_any_other_exception_means_maybe_and_shows_no_text(
    way: str, error: Exception
) -> None:
    found = sending(way, error)(message())

    assert isinstance(found, MaybeSent)
    assert type(error).__name__ in found.reason
    assert "test_callable.py:" in found.reason
    assert CODE not in found.reason


def test_what_stops_a_program_is_not_held_back() -> None:
    def function(_message: Message) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CallableSender(function).send(message())


def test_a_traceback_with_variables_shows_no_code(way: str) -> None:
    with pytest.raises(Refused) as caught:
        sending(way, Refused("listed"))(message())

    lines = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    ).format()
    assert CODE not in "".join(lines)


class _Awaited:
    async def __call__(self, message: Message) -> None: ...


@pytest.mark.parametrize("function", [_Awaited(), _Awaited().__call__, None, "send"])
def test_a_sender_that_blocks_takes_no_awaited_function(function: object) -> None:
    with pytest.raises(InvalidSetting, match="function"):
        CallableSender(function)  # type: ignore[arg-type]


def test_a_function_that_hides_that_it_is_awaited_is_found_out() -> None:
    async def awaited(sent: Message, times: int) -> None: ...

    with pytest.raises(Misconfigured, match="AsyncCallableSender"):
        CallableSender(lambda sent: awaited(sent, 1)).send(message())


def test_an_object_that_is_awaited_sends() -> None:
    assert send_awaited(AsyncCallableSender(_Awaited()), message()) == Sent()


def django_settings(backend: str, **options: object) -> Any:  # noqa: ANN401 - Django's
    """Settings with a back end for mail, as Django 5 and as Django 6.1 has them."""
    import django
    from django.conf import UserSettingsHolder, global_settings

    ours: Any = UserSettingsHolder(global_settings)
    if django.VERSION >= (6, 1):
        ours.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    else:
        ours.EMAIL_BACKEND = backend
        for name, value in options.items():
            setattr(ours, f"EMAIL_{name.upper()}", value)
    return ours


@pytest.fixture
def outbox() -> Iterator[list[Any]]:
    from django.conf import settings
    from django.core import mail as django_mail

    ours = django_settings("django.core.mail.backends.locmem.EmailBackend")
    # Not settings.configure(), which another test of this process may have called.
    with (
        patch.object(settings, "_wrapped", ours),
        patch.object(django_mail, "outbox", [], create=True),
    ):
        yield django_mail.outbox


def test_django_sends_both_parts(outbox: list[Any]) -> None:
    sender = DjangoMailSender(from_email="codes@shop.example")

    assert sender.send(mail()) == Sent()

    (sent,) = outbox
    assert sent.to == ["ada.lovelace@mail.example"]
    assert sent.subject == "Your Shop code"
    assert sent.body == mail().text
    assert sent.alternatives == [(mail().html, "text/html")]
    headers = sent.message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["From"] == "codes@shop.example"


def test_django_refuses_a_line_break_and_the_sender_says_maybe(
    outbox: list[Any],
) -> None:
    found = DjangoMailSender().send(mail(subject="Code\r\nBcc: eve@mail.example"))

    assert isinstance(found, MaybeSent)
    assert "Error (" in found.reason
    assert outbox == []


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({}, Sent),
        ({"": "554 5.7.1 blocked"}, Unavailable),
        ({"MAIL": "550 5.7.1 not your address"}, Misconfigured),
        ({"RCPT": f"550 5.1.1 {CODE} no such user"}, InvalidIdentifier),
        ({".": "550 5.7.1 spam"}, Refused),
    ],
)
def test_what_a_server_tells_django_is_read_as_by_smtp(
    answers: dict[str, str], kind: type
) -> None:
    from django.conf import settings

    server = MailServer(answers=answers)
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with server.running():
        ours = django_settings(backend, host="127.0.0.1", port=server.port)
        with patch.object(settings, "_wrapped", ours):
            outcome = outcome_of(DjangoMailSender())

    assert type(outcome) is kind
    assert CODE not in f"{outcome!r} {outcome}"


def test_a_connection_that_django_lost_may_have_sent() -> None:
    from django.conf import settings

    server = MailServer(cut_at=bytes_of("", "EHLO", "MAIL", "RCPT", "DATA"))
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with server.running():
        ours = django_settings(backend, host="127.0.0.1", port=server.port)
        with patch.object(settings, "_wrapped", ours):
            assert isinstance(outcome_of(DjangoMailSender()), MaybeSent)
    with patch.object(settings, "_wrapped", ours):  # where nobody listens any more
        assert isinstance(outcome_of(DjangoMailSender()), Unavailable)


def outcome_of(sender: DjangoMailSender) -> object:
    try:
        return sender.send(mail(html=""))
    except NotSent as error:
        return error
