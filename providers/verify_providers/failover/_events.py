"""What a failover does, seen from outside: masked, fit for any log."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from verify_core.channels import Channel
from verify_core.events import Method


class FailoverEventKind(StrEnum):
    """What happened with a child."""

    ANSWERED = "answered"
    """It was asked, and answered."""
    FAILED = "failed"
    """It was asked, and raised."""
    SKIPPED = "skipped"
    """It was its turn, and it was not asked."""
    CIRCUIT_OPENED = "circuit_opened"
    """No start goes there from now on, for a while."""
    CIRCUIT_CLOSED = "circuit_closed"
    """It works again."""


@frozen(kw_only=True)
class FailoverEvent:
    """
    One thing that a failover did, reported after it happened; masked, fit for any log.

    Attributes:
        kind: What happened.
        step: In which of a provider's methods. A child's `cancel` may be part of a
            start: what is replaced is canceled.
        failover: The failover's name.
        child: The child's.
        channel: The channel asked for, or of the reference.
        calling_code: Of the phone number; None for an e-mail address.
        identifier: Masked.
        began_at: When the child was asked, or else when it happened; UTC.
        took: How long the child was busy with it.
        attempt_id: The attempt's.
        result: Verdict, status, delivery, cancel outcome, name of the error, or why it
            was skipped.
        http_status: From the error.
        vendor_code: From the error.
        vendor_request_id: From the error.
    """

    kind: FailoverEventKind
    step: Method
    failover: str
    child: str
    channel: Channel
    calling_code: int | None
    identifier: str
    began_at: datetime
    took: timedelta = timedelta(0)
    attempt_id: str | None = None
    result: str | None = None
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None


class FailoverHook(Protocol):
    """Sees all that is done; what it raises is logged by its name and goes no further.

    A message may have left when it is called, and its reference must not be lost.
    """

    def __call__(self, event: FailoverEvent, /) -> None: ...
