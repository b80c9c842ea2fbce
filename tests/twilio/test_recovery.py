"""Whether a verification that was found after a lost answer shows a message of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import assume, given, strategies as st

from tests.twilio.loopback import NUMBER
from verify_core.channels import Channel
from verify_core.verification import DeliveryAttempt, VerificationRef
from verify_providers.twilio.recovery import LostStart, SeenSends
from verify_providers.twilio.wire import Verification

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


def lost(
    *, previous_sends: int = 0, previous_id: str = SID, seen: SeenSends | None = None
) -> LostStart:
    previous = VerificationRef(
        provider="twilio",
        vendor_id=previous_id,
        identifier=NUMBER,
        channel=Channel.SMS,
        attempt_id="a",
        created_at=NOON,
        sends=previous_sends or 1,
    )
    return LostStart(
        channel=Channel.SMS,
        began_at=NOON,
        previous=previous if previous_sends else None,
        seen=seen or SeenSends(),
    )


def dated(at: datetime) -> dict[str, str]:
    return {"date": format_datetime(at, usegmt=True)}


def test_message_after_our_request_is_ours() -> None:
    later = NOON + timedelta(milliseconds=40)

    assert lost().shows_ours(found(later), {}, timedelta(seconds=1))


def test_vendor_s_clock_decides_where_it_shows() -> None:
    """Ours is an hour ahead; one second of it has passed since the request began."""
    theirs = NOON - timedelta(hours=1)
    headers = dated(theirs + timedelta(seconds=2))
    second = timedelta(seconds=1)

    assert lost().shows_ours(found(theirs + second * 1.5), headers, second)
    assert not lost().shows_ours(found(theirs + second * 0.5), headers, second)


@pytest.mark.parametrize("status", ["approved", "canceled", "max_attempts_reached"])
def test_verification_that_is_over_is_not_ours(status: str) -> None:
    assert not lost().shows_ours(found(NOON, status=status), {}, timedelta(0))


def test_message_without_a_time_is_not_ours() -> None:
    assert not lost().shows_ours(found(None), {}, timedelta(0))


def test_verification_without_messages_is_not_ours() -> None:
    assert not lost().shows_ours(found(), {}, timedelta(0))


def test_reference_tells_what_was_there_before() -> None:
    start = lost(previous_sends=2)

    assert not start.shows_ours(found(NOON, NOON), {}, timedelta(0))
    assert start.shows_ours(found(NOON, NOON, NOON), {}, timedelta(0))


def test_reference_of_an_earlier_verification_tells_nothing() -> None:
    start = lost(previous_sends=3, previous_id="VE" + "00" * 16)

    assert start.shows_ours(found(NOON), {}, timedelta(0))


def test_messages_seen_before_are_not_ours() -> None:
    seen = SeenSends()
    seen.add(found(NOON))
    start = lost(seen=seen)

    assert not start.shows_ours(found(NOON), {}, timedelta(0))
    assert start.shows_ours(found(NOON, NOON), {}, timedelta(0))


def test_memory_is_bounded() -> None:
    seen = SeenSends()
    first = found(*[NOON] * 3)
    seen.add(first)
    for number in range(5000):
        send = DeliveryAttempt(at=NOON, channel=Channel.SMS, vendor_id=f"VL-{number}")
        seen.add(
            Verification(
                sid=SID, status="pending", channel=None, created_at=NOON, sends=(send,)
            )
        )

    assert not any(seen.knows(first, send) for send in first.sends)
    assert len(seen._seen) <= 4096  # noqa: SLF001 - the bound itself


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

    assert not lost().shows_ours(found(*times), dated(began + elapsed), elapsed)


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

    assert lost().shows_ours(found(ours), dated(began + elapsed), elapsed)


def _written(at: datetime) -> datetime:
    """As Twilio writes it: milliseconds, the rest cut off."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
