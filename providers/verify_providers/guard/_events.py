"""What a guard does, as events for a hook; masked, fit for any log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.events import Method, hand_over
from verify_core.phone import PhoneNumber
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.validation import aware_utc
from verify_core.verification import StartRequest, VerificationRef


class GuardEventKind(StrEnum):
    """What a guard did."""

    ALLOWED = "allowed"
    """The start went on to the provider."""
    REFUSED = "refused"
    """The start, or the check, went no further."""
    WOULD_REFUSE = "would_refuse"
    """The same in mode `record`: reported, and let through."""
    COOL_DOWN_ENDED = "cool_down_ended"
    """No message left after all, so the identifier need not wait."""
    NOT_COUNTED = "not_counted"
    """The counters could not be reached; `reason` is what followed: open or closed."""
    COUNTERS_LOST = "counters_lost"
    """The counters did not answer; one event for all calls that waited for them."""
    COUNTERS_BACK = "counters_back"
    """The counters answer again."""


@frozen(kw_only=True)
class GuardEvent:
    """
    One thing that a guard did, reported after it happened; masked, fit for any log.

    Attributes:
        kind: What happened.
        at: When, UTC.
        method: In which of a provider's methods; None for `COUNTERS_…`.
        provider: Name of the guarded provider.
        rule: The rule that refuses: `numbers`, `cool_down`, `wrong_codes`, `spend`,
            `conversion`, or what a budget is counted per.
        retry_after: How long the rule will say the same, where it knows.
        channel: The channel asked for, or that of the reference.
        calling_code: Of the phone number; None for an e-mail address.
        identifier: The number or address, masked.
        attempt_id: Id of the attempt, where the request or the reference has one.
        reason: Of `numbers`, which rule of the phone policy; of `conversion`, what was
            counted; of `NOT_COUNTED`, `open` or `closed`; of `COUNTERS_LOST`, the
            error's class name.
    """

    kind: GuardEventKind
    at: datetime
    method: Method | None = None
    provider: str = ""
    rule: str | None = None
    retry_after: timedelta | None = None
    channel: Channel | None = None
    calling_code: int | None = None
    identifier: str | None = None
    attempt_id: str | None = None
    reason: str | None = None


class GuardHook(Protocol):
    """Receives every event; what it raises is logged by name and goes no further."""

    def __call__(self, event: GuardEvent, /) -> None: ...


@frozen(kw_only=True)
class Reporter:
    """Gives events to the hook; builds them only where there is one."""

    hook: GuardHook | None = field(repr=False)
    provider: VerifyProvider | AsyncVerifyProvider
    clock: Callable[[], datetime]

    def report(
        self,
        kind: GuardEventKind,
        about: StartRequest | VerificationRef | None = None,
        *,
        method: Method | None = None,
        **facts: Any,  # noqa: ANN401 - further fields of the event
    ) -> None:
        if self.hook is None:
            return
        if about is not None:
            number = about.identifier
            code = number.calling_code if isinstance(number, PhoneNumber) else None
            facts |= {
                "method": method or Method.START,
                "provider": self.provider.name,
                "channel": about.channel,
                "calling_code": code,
                "identifier": str(number),
                "attempt_id": about.attempt_id,
            }
        at = aware_utc(self.clock(), "clock")
        hand_over(self.hook, GuardEvent(kind=kind, at=at, **facts))
