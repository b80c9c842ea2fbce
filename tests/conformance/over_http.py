"""Our provider for Twilio over the fake server, through a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import requests
from attrs import evolve

from tests.support.benches import LIMITS, OPERATIONS, seen
from tests.support.doors import DEADLINE, TIMEOUT, call_at_twilio, strange
from tests.support.kinds import blocking
from verify_core.testing import Bench, Blocking, Harness, HttpDoors
from verify_fakes.served import ServedTwilio
from verify_fakes.server.twilio._app import FakeTwilioApp
from verify_providers.twilio import AsyncTwilioVerify, TwilioVerify


def served_harness(
    open_account: Callable[[], ServedTwilio], *, awaited: bool = False
) -> Harness:
    """
    The provider for Twilio over a server that fails by itself.

    Args:
        open_account: Gives a fresh account on it.
        awaited: The provider that is awaited, on an event loop in a thread.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        account = _fresh(open_account)
        with _bench(account, account.url, awaited=awaited) as bench:
            yield evolve(
                bench,
                lose_next=lambda call: lose(account, call),
                lose_all_answers=lambda: lose(account, *OPERATIONS, last=None),
                throttle_next_check=lambda: account.arm_fault("check", error=20429),
            )

    name = "twilio over HTTP, awaited" if awaited else "twilio over HTTP"
    return Harness(name=name, open=opened)


def forwarded_harness(open_account: Callable[[], ServedTwilio]) -> Harness:
    """The same server with a network that fails in front of it."""

    @contextmanager
    def opened() -> Iterator[Bench]:
        account = _fresh(open_account)
        with (
            HttpDoors(forward_to=account.url, call_of=call_at_twilio) as doors,
            _bench(account, doors.url) as bench,
        ):
            yield evolve(
                bench,
                speak_strangely=lambda: doors.change_answers(strange),
                deadline=DEADLINE,
                **doors.openings(),
            )

    return Harness(name="twilio over HTTP, forwarded", open=opened)


def _fresh(open_account: Callable[[], ServedTwilio]) -> ServedTwilio:
    account = open_account()
    account.reset(seed=7)
    _allow_custom_codes(account)
    return account


@contextmanager
def _bench(
    account: ServedTwilio, url: str, *, awaited: bool = False
) -> Iterator[Bench]:
    with ExitStack() as made:

        def provider(timeout: timedelta = TIMEOUT) -> TwilioVerify | Blocking:
            options: dict[str, Any] = {
                "service_sid": account.service_sid,
                "account_sid": account.account_sid,
                "auth_token": account.auth_token,
                "base_url": url,
                "timeout": timeout,
                "clock": account.clock.now,
            }
            if awaited:
                return made.enter_context(blocking(AsyncTwilioVerify(**options)))
            return made.enter_context(TwilioVerify(**options))

        yield Bench(
            provider=provider(),
            inbox=lambda identifier: seen(account.outbox, identifier.value),
            secrets=[account.auth_token],
            guesses=LIMITS.checks,
            lifetime=LIMITS.time_to_live,
            now=account.clock.now,
            advance=account.clock.advance,
            another_process=provider,
            impatient=partial(provider, DEADLINE),
        )


def lose(account: ServedTwilio, *operations: str, last: int | None = 1) -> None:
    for operation in operations:
        account.arm_fault(str(operation), connection="answer_lost", last=last)


def standing_account(app: FakeTwilioApp, url: str) -> ServedTwilio:
    """An account whose clock moves by calls alone, as a model's does."""
    account = ServedTwilio(url=url)
    standing = datetime(2026, 11, 23, 12, tzinfo=UTC)
    app.accounts.get(account.account_sid).clock.run_on(lambda: standing)
    return account


def _allow_custom_codes(account: ServedTwilio) -> None:
    answer = requests.post(
        f"{account.url}/v2/Services/{account.service_sid}",
        data={"CustomCodeEnabled": "true"},
        auth=(account.account_sid, account.auth_token),
        timeout=5,
    )
    answer.raise_for_status()
