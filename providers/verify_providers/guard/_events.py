"""What a guard does, as events for a hook: masked, fit for any log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.events import Method
from verify_core.phone import PhoneNumber
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.verification import StartRequest, VerificationRef, aware_utc

from .._hooks import hand_over


class GuardEventKind(StrEnum):
    """What a guard did."""

    PASSED = "passed"
    """The start went on to the provider."""
    REFUSED = "refused"
    """The start, or the check, went no further."""
    WOULD_REFUSE = "would_refuse"
    """The same, but the guard only records."""
    GIVEN_BACK = "given_back"
    """No message left after all, so the identifier need not wait."""
    UNCOUNTED = "uncounted"
    """The counters could not be reached; `rule` says what followed: open or closed."""
    COUNTERS_LOST = "counters_lost"
    """The counters did not answer; one event for all calls that waited for them."""
    COUNTERS_BACK = "counters_back"
    """They answer again."""


@frozen(kw_only=True)
class GuardEvent:
    """
    One thing that a guard did, reported after it happened; masked, fit for any log.

    Attributes:
        kind: What happened.
        at: When, UTC.
        step: In which of a provider's methods; None for `COUNTERS_…`.
        provider: Name of the guarded provider.
        rule: Which rule spoke: `numbers`, `cool_down`, `wrong_codes`, `spend`, or whose
            budget it was; with `UNCOUNTED`, `open` or `closed`.
        retry_after: How long the rule will say the same, where it knows.
        channel: The channel asked for, or of the reference.
        calling_code: Of the phone number; None for an e-mail address.
        identifier: Masked.
        attempt_id: The attempt's, where the request or the reference brings one.
        reason: Of `numbers`, which rule of the phone policy; of `COUNTERS_LOST`, the
            error's name.
    """

    kind: GuardEventKind
    at: datetime
    step: Method | None = None
    provider: str = ""
    rule: str | None = None
    retry_after: timedelta | None = None
    channel: Channel | None = None
    calling_code: int | None = None
    identifier: str | None = None
    attempt_id: str | None = None
    reason: str | None = None


class GuardHook(Protocol):
    """Sees all that is done; what it raises is logged by name and goes no further."""

    def __call__(self, event: GuardEvent, /) -> None: ...


@frozen(kw_only=True)
class Reporter:
    """
    Hands events to the hook; builds none where no hook listens.

    Attributes:
        hook: The hook, or None.
        provider: The provider whose name stands in the events.
        clock: Dates them.
    """

    hook: GuardHook | None = field(repr=False)
    provider: VerifyProvider | AsyncVerifyProvider
    clock: Callable[[], datetime]

    def report(self, event: GuardEvent) -> None:
        """Hand an event to the hook; what the hook raises is logged by its name."""
        if self.hook is None:
            return
        hand_over(self.hook, event)

    def report_about(
        self,
        about: StartRequest | VerificationRef,
        kind: GuardEventKind,
        *,
        step: Method = Method.START,
        **facts: Any,  # noqa: ANN401 - fields of the event, which judges them
    ) -> None:
        """
        Report what was done with a start or a reference.

        Args:
            about: The start or the reference.
            kind: What was done.
            step: In which method.
            facts: Further fields of the event.
        """
        if self.hook is None:
            return
        number = about.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        self.report(
            GuardEvent(
                kind=kind,
                at=aware_utc(self.clock()),
                step=step,
                provider=self.provider.name,
                channel=about.channel,
                calling_code=code,
                identifier=str(number),
                attempt_id=about.attempt_id,
                **facts,
            )
        )
