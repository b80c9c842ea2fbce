"""Our provider for Twilio over the fake server, through a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import requests

from tests.conformance.benches import LIMITS, OPERATIONS, seen
from verify_core.testing import Bench, Harness
from verify_fakes.served import ServedTwilio
from verify_fakes.server.app import FakeServerApp
from verify_providers.twilio import TwilioVerify


def served_harness(
    open_account: Callable[[], ServedTwilio], *, patience: timedelta | None = None
) -> Harness:
    """
    Our provider for Twilio over a server.

    Args:
        open_account: Gives an account on it that nobody has used.
        patience: How long the provider waits for a server that stalls; None is as long
            as by default, and then the server is not made to stall.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        account = open_account()
        account.reset(seed=7)
        _allow_custom_codes(account)
        with TwilioVerify(
            service_sid=account.service_sid,
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            base_url=account.url,
            clock=account.clock.now,
            **({} if patience is None else {"timeout": patience}),
        ) as provider:
            yield Bench(
                provider=provider,
                inbox=lambda identifier: seen(account.outbox, identifier.value),
                guesses=LIMITS.checks,
                lifetime=LIMITS.time_to_live,
                advance=account.clock.advance,
                lose_next_start=lambda: lose(account, "start"),
                lose_all_answers=lambda: lose(account, *OPERATIONS, last=None),
                throttle_next_check=lambda: account.arm_fault("check", error=20429),
                stall=None if patience is None else lambda: stall(account),
                deadline=patience,
            )

    return Harness(name="twilio over HTTP", open=opened)


def lose(account: ServedTwilio, *operations: str, last: int | None = 1) -> None:
    for operation in operations:
        account.arm_fault(operation, connection="answer_lost", last=last)


def stall(account: ServedTwilio) -> None:
    for operation in OPERATIONS:
        account.arm_fault(operation, connection="answer_late", last=None)


def standing_account(app: FakeServerApp, url: str) -> ServedTwilio:
    """An account whose clock only moves when told to, as a model's does."""
    account = ServedTwilio(url=url)
    standing = datetime(2026, 11, 23, 12, tzinfo=UTC)
    app.tenants.get(account.account_sid).clock.run_on(lambda: standing)
    return account


def _allow_custom_codes(account: ServedTwilio) -> None:
    answer = requests.post(
        f"{account.url}/v2/Services/{account.service_sid}",
        data={"CustomCodeEnabled": "true"},
        auth=(account.account_sid, account.auth_token),
        timeout=5,
    )
    answer.raise_for_status()
