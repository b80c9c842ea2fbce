"""Whether a verification that was found after a lost answer shows a message of ours."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import assume, given, strategies as st

from tests.support.loopback import NUMBER, SERVICE
from verify_core.channels import Channel
from verify_core.verification import DeliveryAttempt, VerificationRef
from verify_providers.twilio._recovery import TwilioOpenStart, TwilioOpenStarts
from verify_providers.twilio._wire import Target, Verification

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SID = "VE" + "d4" * 16


def found(*times: datetime | None, status: str = "pending") -> Verification:
    return Verification(
        sid=SID,
        status=status,
        channel=Channel.SMS,
        created_at=NOON,
        sends=tuple(
            DeliveryAttempt(at=at, channel=Channel.SMS, vendor_id=f"VL{place}")
            for place, at in enumerate(times)
        ),
    )


def begin(
    starts: TwilioOpenStarts | None = None,
    *,
    previous_sends: int = 0,
    previous_id: str = SID,
) -> TwilioOpenStart:
    previous = VerificationRef(
        provider="twilio",
        vendor_id=previous_id,
        identifier=NUMBER,
        channel=Channel.SMS,
        attempt_id="a",
        created_at=NOON,
        sends=previous_sends or 1,
    )
    return (starts or TwilioOpenStarts()).begin(
        Target(service_sid=SERVICE, address=NUMBER.e164),
        Channel.SMS,
        at=NOON,
        previous=previous if previous_sends else None,
    )


def dated(at: datetime) -> dict[str, str]:
    return {"date": format_datetime(at, usegmt=True)}


def test_message_after_our_request_is_ours() -> None:
    later = NOON + timedelta(milliseconds=40)

    assert begin().adopts(found(later), {}, timedelta(seconds=1))


def test_vendor_s_clock_decides_where_it_shows() -> None:
    """Ours is an hour ahead; one second of it has passed since the request began."""
    theirs = NOON - timedelta(hours=1)
    headers = dated(theirs + timedelta(seconds=2))
    second = timedelta(seconds=1)

    assert begin().adopts(found(theirs + second * 1.5), headers, second)
    assert not begin().adopts(found(theirs + second * 0.5), headers, second)


def test_message_sent_after_the_answer_is_not_ours() -> None:
    """Another process of ours may have sent it while we looked."""
    second = timedelta(seconds=1)
    headers = dated(NOON + second)

    assert begin().adopts(found(NOON + second), headers, second)
    assert not begin().adopts(found(NOON + second * 2.1), headers, second)


@pytest.mark.parametrize("status", ["approved", "canceled", "max_attempts_reached"])
def test_verification_that_is_over_is_not_ours(status: str) -> None:
    assert not begin().adopts(found(NOON, status=status), {}, timedelta(0))


def test_message_without_a_time_is_not_ours() -> None:
    assert not begin().adopts(found(None), {}, timedelta(0))


def test_verification_without_messages_is_not_ours() -> None:
    assert not begin().adopts(found(), {}, timedelta(0))


def test_reference_tells_what_was_there_before() -> None:
    start = begin(previous_sends=2)

    assert not start.adopts(found(NOON, NOON), {}, timedelta(0))
    assert start.adopts(found(NOON, NOON, NOON), {}, timedelta(0))


def test_reference_of_an_earlier_verification_tells_nothing() -> None:
    start = begin(previous_sends=3, previous_id="VE" + "00" * 16)

    assert start.adopts(found(NOON), {}, timedelta(0))


def test_messages_seen_before_are_not_ours() -> None:
    starts = TwilioOpenStarts()
    begin(starts).settle(found(NOON))
    start = begin(starts)

    assert not start.adopts(found(NOON), {}, timedelta(0))
    assert start.adopts(found(NOON, NOON), {}, timedelta(0))


def test_message_that_another_start_may_have_sent_is_nobody_s() -> None:
    """Two answers lost, one message: neither may claim it, whoever looks first."""
    starts = TwilioOpenStarts()
    with closing(begin(starts)) as first, closing(begin(starts)) as second:
        assert not first.adopts(found(NOON), {}, timedelta(0))

    assert not second.adopts(found(NOON), {}, timedelta(0))


def test_as_many_messages_as_starts_are_one_for_each() -> None:
    starts = TwilioOpenStarts()
    with closing(begin(starts)) as first, closing(begin(starts)) as second:
        assert first.adopts(found(NOON, NOON), {}, timedelta(0))
        assert second.adopts(found(NOON, NOON), {}, timedelta(0))

    assert not begin(starts).adopts(found(NOON, NOON), {}, timedelta(0))


@pytest.mark.parametrize("answer", [found(NOON), None])
def test_start_whose_answer_came_explains_no_other_message(
    answer: Verification | None,
) -> None:
    starts = TwilioOpenStarts()
    with closing(begin(starts)) as lost, closing(begin(starts)) as answered:
        answered.settle(answer)

    assert lost.adopts(found(NOON, NOON), {}, timedelta(0))


def test_start_that_ended_before_is_no_rival() -> None:
    starts = TwilioOpenStarts()
    with closing(begin(starts)):
        pass

    assert begin(starts).adopts(found(NOON), {}, timedelta(0))


@given(
    ends=st.lists(
        st.sampled_from(["answered", "lost and sent", "lost", "refused"]),
        min_size=1,
        max_size=5,
    ),
    order=st.randoms(use_true_random=False),
)
def test_never_more_is_claimed_than_was_sent(
    ends: list[str], order: random.Random
) -> None:
    """However starts of one address overlap and in whatever order they look."""
    starts = TwilioOpenStarts()
    running = [begin(starts) for _ in ends]
    sent: list[int] = []
    claimed = 0
    turns = [(place, what) for place in range(len(ends)) for what in ("send", "look")]
    order.shuffle(turns)
    turns.sort(key=lambda turn: turn[1] == "look" and ends[turn[0]] != "lost")
    for place, what in turns:
        start, end = running[place], ends[place]
        if what == "send":
            sent += [place] if end in {"answered", "lost and sent"} else []
        elif end == "answered":
            start.settle(found(*[NOON] * len(sent)))
            claimed += 1  # by Twilio itself
        elif end == "refused":
            start.settle()
        else:
            claimed += start.adopts(found(*[NOON] * len(sent)), {}, timedelta(0))

    assert claimed <= len(sent)


def test_memory_is_bounded() -> None:
    starts = TwilioOpenStarts()
    for number in range(5000):
        send = DeliveryAttempt(at=NOON, channel=Channel.SMS, vendor_id=f"VL-{number}")
        message = Verification(
            sid=SID, status="pending", channel=None, created_at=NOON, sends=(send,)
        )
        with closing(begin(starts)) as start:
            start.settle(message)

    assert len(starts.seen) <= 4096
    assert not starts.running


@given(
    before_s=st.lists(st.floats(1.01, 600), max_size=5),
    skew_s=st.integers(-86400, 86400),
    elapsed_s=st.floats(0, 4),
)
def test_older_messages_are_never_ours(
    before_s: list[float], skew_s: int, elapsed_s: float
) -> None:
    """However far the clocks are apart and however long the answer took."""
    began = NOON + timedelta(seconds=skew_s)  # by Twilio's clock
    elapsed = timedelta(seconds=elapsed_s)
    times = [_written(began - timedelta(seconds=s)) for s in sorted(before_s)]
    assume(all(at.microsecond for at in times))  # a whole second may have lost one

    assert not begin().adopts(found(*times), dated(began + elapsed), elapsed)


@given(
    after_s=st.floats(0.001, 4),
    skew_s=st.floats(-86400, 86400),
    elapsed_s=st.floats(0, 4),
)
def test_our_message_is_always_found(
    after_s: float, skew_s: float, elapsed_s: float
) -> None:
    began = NOON + timedelta(seconds=skew_s)
    elapsed = timedelta(seconds=max(elapsed_s, after_s))
    ours = _written(began + timedelta(seconds=after_s))

    assert begin().adopts(found(ours), dated(began + elapsed), elapsed)


def _written(at: datetime) -> datetime:
    """As Twilio writes it: milliseconds, the rest cut off."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
