"""
One event or webhook call on its way, its attempts, and when there will be another.

Source of the rules: Twilio, "Event delivery retries and event duplication", read
2026-11-23: no connection, no answer in time, 429 and 5xx are tried again, ever more
slowly, for four hours; any other answer is the last. Twilio's steps vary at random;
these double. Twilio does not say what becomes of a webhook's failed call; it is treated
like an event's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import Factory, define, field, frozen

from ..twilio.resources._events import TwilioNotification

_FIRST_STEP: Final = timedelta(seconds=1)
_TRIED_FOR: Final = timedelta(hours=4)
_TOO_MANY: Final = 429


class Standing(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"


@frozen(kw_only=True)
class Attempt:
    """
    One try.

    Attributes:
        at: When, by the account's clock.
        status: The HTTP status of the answer; None where none came.
        error: Why none came.
        took_ms: Milliseconds of real time.
    """

    at: datetime
    status: int | None = None
    error: str | None = None
    took_ms: int

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def is_worth_another(self) -> bool:
        """Whether Twilio would try again."""
        return self.status is None or self.status == _TOO_MANY or self.status >= 500  # noqa: PLR2004 - 5xx

    @property
    def why(self) -> str | None:
        """What was wrong, for people."""
        if self.succeeded:
            return None
        return self.error or f"the receiver answered {self.status}"


@define(eq=False, kw_only=True)
class Delivery:
    """
    One event or call on its way to one receiver.

    Attributes:
        cursor: Its place among all that happens on the server.
        told: What is delivered.
        url: Where to, as it was configured.
        at: When it was told, by the account's clock.
        standing: How it stands.
        reason: Why it stands so, where it was not delivered.
        attempts: So far.
        due: When it is tried again, by the account's clock.
    """

    cursor: int
    told: TwilioNotification
    url: str = field(repr=False)
    at: datetime
    secret: str = field(repr=False)
    standing: Standing = Standing.WAITING
    reason: str | None = None
    attempts: list[Attempt] = Factory(list)
    due: datetime | None = None

    def note(self, attempt: Attempt) -> None:
        """Add an attempt, and what follows from it."""
        self.attempts.append(attempt)
        self.due, self.reason = None, attempt.why
        if attempt.succeeded:
            self.standing = Standing.DELIVERED
            return
        due = attempt.at + _FIRST_STEP * 2 ** (len(self.attempts) - 1)
        if attempt.is_worth_another and due <= self.at + _TRIED_FOR:
            self.due = due
        else:
            self.standing = Standing.FAILED

    def end(self, standing: Standing, reason: str) -> None:
        """Let it end without an attempt."""
        self.standing, self.reason = standing, reason
