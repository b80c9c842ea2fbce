"""What a guard does, seen from outside: masked, fit for any log."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from verify_core.channels import Channel
from verify_core.flow import Step


class Act(StrEnum):
    """What a guard did."""

    PASSED = "passed"
    """The start went on to the provider."""
    REFUSED = "refused"
    """The start, or the check, went no further."""
    WOULD_REFUSE = "would_refuse"
    """The same, had the guard not been told only to record."""
    GIVEN_BACK = "given_back"
    """No message left after all, so the identifier need not wait."""
    UNCOUNTED = "uncounted"
    """The counters could not be reached; `rule` says what followed: open or closed."""
    COUNTERS_LOST = "counters_lost"
    """The counters stopped answering; told each time they were tried in vain."""
    COUNTERS_BACK = "counters_back"
    """They answer again."""


@frozen(kw_only=True)
class GuardEvent:
    """
    One thing that a guard did, told after it happened; masked, fit for any log.

    Attributes:
        act: What happened.
        at: When, UTC.
        step: In which of a provider's methods; None for `COUNTERS_…`.
        provider: Name of the guarded provider.
        rule: Which rule spoke: `numbers`, `cool_down`, `wrong_codes`, `spend`, or whose
            budget it was; with `UNCOUNTED`, `open` or `closed`.
        retry_after: How long the rule will say the same, where it knows.
        channel: The channel asked for, or of the reference.
        calling_code: Of the phone number; None for an e-mail address.
        identifier: Masked.
        attempt_id: Ours, where the request or the reference brings one.
        reason: Of `numbers`, which rule of the phone policy; of `COUNTERS_LOST`, the
            error's name.
    """

    act: Act
    at: datetime
    step: Step | None = None
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

    def __call__(self, event: GuardEvent, /) -> None: ...  # noqa: D102 - one call
