"""What every sender over HTTP keeps, both ways, whatever the network does."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from attrs import evolve
from rich.console import Console
from rich.traceback import Traceback

from tests.support.senders import (
    ACCOUNT,
    CASES,
    DEADLINE,
    KEY,
    KINDS,
    SenderCase,
    before_doors,
    send,
)
from tests.support.sending import CODE, NUMBER, message
from verify_core.errors import Misconfigured, NotSent, Throttled, Unavailable
from verify_core.testing import HttpDoors, VendorReply, VendorRequest
from verify_core.testing._troubles import Garbage
from verify_providers.http import Reach
from verify_providers.own.senders import MaybeSent, Sent

pytestmark = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
both_ways = pytest.mark.parametrize("kind", KINDS)


@both_ways
def test_a_message_that_is_taken_over_is_sent_with_the_vendors_id(
    kind: str, case: SenderCase
) -> None:
    with before_doors(case) as (doors, sender):
        outcome = send(kind, sender, message(channel=case.channel))

    assert isinstance(outcome, Sent)
    assert outcome.vendor_id
    assert doors.asked() == 1


LOST: dict[str, Callable[[HttpDoors], object]] = {
    "closed": HttpDoors.lose_next,
    "reset": HttpDoors.reset_next,
    "dropped": HttpDoors.drop_next,
    "redirected": HttpDoors.redirect_next,
    "500": lambda doors: doors.fail_next(500),
}


@both_ways
@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_after_a_lost_answer_the_message_may_have_left_and_is_not_repeated(
    kind: str, case: SenderCase, lose: Callable[[HttpDoors], object]
) -> None:
    with before_doors(case) as (doors, sender):
        lose(doors)

        outcome = send(kind, sender, message(channel=case.channel))

        assert isinstance(outcome, MaybeSent)
        assert not shows_a_secret(repr(outcome))
        assert doors.asked() == 1
        assert doors.followed() == 0


UNCLEAR: dict[str, Callable[[HttpDoors], object]] = {
    "502": lambda doors: doors.fail_next(502),
    "503": lambda doors: doors.fail_next(503),
    "504": lambda doors: doors.fail_next(504),
    "408": lambda doors: doors.fail_next(408),
    "200 without a word": lambda doors: doors.answer_next(VendorReply(status=200)),
    "299": lambda doors: doors.answer_next(VendorReply(status=299, body=b"{}")),
    **{
        str(garbage): partial(HttpDoors.garble_next, garbage=garbage)
        for garbage in Garbage
        # These may leave the document as it is, and a sender's documents may name 202.
        if garbage not in {Garbage.NUMBERS, Garbage.ACCEPTED}
    },
}


@pytest.mark.parametrize("blur", UNCLEAR.values(), ids=UNCLEAR)
def test_without_a_clear_answer_the_message_may_have_left(
    case: SenderCase, blur: Callable[[HttpDoors], object]
) -> None:
    with before_doors(case) as (doors, sender):
        blur(doors)

        outcome = send("blocking", sender, message(channel=case.channel))

        assert isinstance(outcome, MaybeSent)
        assert not shows_a_secret(repr(outcome))
        assert doors.asked() == 1


@both_ways
@pytest.mark.parametrize("hang", [HttpDoors.stall, HttpDoors.trickle])
def test_one_deadline_holds_for_the_whole_answer(
    kind: str, case: SenderCase, hang: Callable[[HttpDoors], None]
) -> None:
    with before_doors(case, timeout=DEADLINE) as (doors, sender):
        hang(doors)

        assert isinstance(send(kind, sender, message(channel=case.channel)), MaybeSent)
        assert doors.asked() == 1


@both_ways
def test_a_refused_connection_is_not_sent(kind: str, case: SenderCase) -> None:
    with before_doors(case) as (doors, sender):
        doors.refuse_connections()

        with pytest.raises(Unavailable):
            send(kind, sender, message(channel=case.channel))


@both_ways
def test_a_name_that_does_not_resolve_is_not_sent(kind: str, case: SenderCase) -> None:
    sender = case.make(Reach(base_url="https://nowhere.invalid", timeout=DEADLINE))

    with pytest.raises(Unavailable):
        send(kind, sender, message(channel=case.channel))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (429, Throttled),
    ],
)
def test_a_refusal_is_not_sent_and_comes_with_its_time_to_wait(
    case: SenderCase, status: int, error: type[NotSent]
) -> None:
    with before_doors(case) as (doors, sender):
        doors.fail_next(status)

        with pytest.raises(error) as refused:
            send("blocking", sender, message(channel=case.channel))

        assert refused.value.http_status == status
        assert doors.asked() == 1
    waits = refused.value.retry_after
    assert waits == (timedelta(seconds=3) if status == 429 else None)


FAULTS: dict[str, Callable[[HttpDoors], object]] = {
    "none": lambda _doors: None,
    "lost": HttpDoors.lose_next,
    "400": lambda doors: doors.fail_next(400),
    "500": lambda doors: doors.fail_next(500),
    "refused": HttpDoors.refuse_connections,
}


@both_ways
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_code_key_and_number_show_nowhere(
    kind: str,
    case: SenderCase,
    fault: Callable[[HttpDoors], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    with before_doors(case) as (doors, sender):
        fault(doors)
        try:
            shown.append(repr(send(kind, sender, message(channel=case.channel))))
        except NotSent as error:
            shown += [*traceback.format_exception(error), printed(error), repr(error)]
        shown += [repr(sender), printed(sender)]

    assert not shows_a_secret("".join(shown))
    assert not shows_a_secret(caplog.text)


def printed(value: object) -> str:
    """What `rich` prints of a value, or of an error and its frames' variables."""
    if isinstance(value, Exception):
        value = Traceback.from_exception(
            type(value), value, value.__traceback__, show_locals=True
        )
    screen = Console(file=StringIO(), width=200)
    screen.print(value)
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def shows_a_secret(text: str) -> bool:
    return any(
        each in text
        for each in (ACCOUNT, CODE, KEY, NUMBER.value[1:], NUMBER.value[5:])
    )


async def cancel_a_send(case: SenderCase) -> bool:
    """Cancel a send whose answer hangs; whether its task was cancelled."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()

    def answer(request: VendorRequest) -> VendorReply:
        loop.call_soon_threadsafe(arrived.set)
        return case.answer(request)

    with before_doors(evolve(case, answer=answer)) as (doors, sender):
        doors.stall()
        awaited = sender.awaited()
        task = asyncio.create_task(awaited.send(message(channel=case.channel)))
        await arrived.wait()
        task.cancel()
        await asyncio.wait([task])
        await awaited.aclose()
        return task.cancelled()


def test_a_cancelled_send_says_that_the_message_may_have_left(
    case: SenderCase, caplog: pytest.LogCaptureFixture
) -> None:
    assert asyncio.run(cancel_a_send(case))

    assert "may have left" in caplog.text
    assert not shows_a_secret(caplog.text)
