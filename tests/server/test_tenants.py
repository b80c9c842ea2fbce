"""Accounts are bounded, and so is what each of them keeps."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from verify_fakes._clock import RunningClock
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._events import Broadcast
from verify_fakes.server.twilio._accounts import TwilioAccount, TwilioAccounts
from verify_fakes.server.twilio._settings import TwilioSettings
from verify_fakes.twilio.http._exchange import credentials_of, read_request

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def sid(number: int) -> str:
    return f"AC{number:032x}"


def start(tenant: TwilioAccount, number: int) -> None:
    key = base64.b64encode(f"{tenant.name}:x".encode()).decode()
    request = read_request(
        "POST",
        f"http://here/v2/Services/VA{'b' * 32}/Verifications",
        {"authorization": f"Basic {key}"},
        f"To=%2B1555{number:07d}&Channel=sms",
        request_id="RQ1",
    )
    tenant.play(request)
    tenant.receive()


def test_the_account_used_longest_ago_leaves() -> None:
    tenants = TwilioAccounts(TwilioSettings(bounds=Bounds(accounts=3)), Broadcast())
    for number in (1, 2, 3, 1, 4):
        start(tenants.get(sid(number)), 2000000)

    assert [tenant.name for tenant in tenants] == [sid(3), sid(1), sid(4)]


def test_an_empty_account_leaves_first() -> None:
    tenants = TwilioAccounts(TwilioSettings(bounds=Bounds(accounts=3)), Broadcast())
    start(tenants.get(sid(1)), 2000000)
    for number in (2, 3, 4):
        tenants.get(sid(number))

    assert [tenant.name for tenant in tenants] == [sid(1), sid(3), sid(4)]


def test_an_endless_stream_of_starts_is_not_kept() -> None:
    """What has ended leaves with time, whatever number of starts there was."""
    now = NOON
    tenant = TwilioAccounts(TwilioSettings(), Broadcast()).get(sid(1))
    tenant.clock.run_on(lambda: now)
    for number in range(2_500):
        start(tenant, 2000000 + number)
        now += timedelta(minutes=2)

    # Ten minutes pending, then a day to tell why; and the newest messages.
    assert len(tenant.store) <= 24 * 30 + 10
    assert len(tenant.messages) <= 2_000
    assert len(tenant.store.outbox) <= 2_000


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic é", "Basic =", "Bearer eA==", "Basic " + "A" * 10],
)
def test_malformed_credentials_name_no_account(authorization: str) -> None:
    assert credentials_of(authorization) is None


def running(real: Callable[[], datetime]) -> RunningClock:
    clock = RunningClock()
    clock.run_on(real)
    return clock


class TestRunningClock:
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["run", "back", "advance"]), st.integers(0, 999))
        )
    )
    def test_it_never_goes_back(self, steps: list[tuple[str, int]]) -> None:
        """Whatever real time does, and however it is moved."""
        real = NOON
        clock = running(lambda: real)
        seen = clock.now()
        for step, seconds in steps:
            if step == "advance":
                clock.advance(timedelta(seconds=seconds))
            else:
                by = timedelta(seconds=seconds if step == "run" else -seconds)
                real += by
            assert clock.now() >= seen
            seen = clock.now()

    def test_it_runs_on_from_where_it_was_set(self) -> None:
        real = NOON
        clock = running(lambda: real)
        clock.set(NOON + timedelta(days=1))

        real += timedelta(seconds=5)

        assert clock.now() == NOON + timedelta(days=1, seconds=5)

    def test_an_advance_is_just_that(self) -> None:
        clock = running(lambda: NOON)

        clock.advance(timedelta(seconds=5))

        assert clock() == NOON + timedelta(seconds=5)

    def test_it_takes_no_way_back(self) -> None:
        clock = running(lambda: NOON)

        with pytest.raises(ValueError, match="go back"):
            clock.advance(timedelta(seconds=-1))
        with pytest.raises(ValueError, match="go back"):
            clock.set(NOON - timedelta(seconds=1))
