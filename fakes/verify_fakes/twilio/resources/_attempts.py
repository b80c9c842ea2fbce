"""
Send attempts: a record of each message, and whether its code came back.

Kept in a ring, so that a summary counts what the ring still holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from attrs import define, frozen

from ...kit._hiding import without_doors
from ..machine._state import TwilioChannel, TwilioVerification


@define(kw_only=True)
class Attempt:
    """
    One message of a verification; it changes once, when its code comes back.

    Attributes:
        verification: As it stood when the message left.
        arrived: Whether it reached the person.
        converted_at: When the code came back right, if it did.
    """

    sid: str
    verification: TwilioVerification
    arrived: bool
    locale: str
    converted_at: datetime | None = None

    __dir__ = without_doors

    @property
    def to(self) -> str:
        return self.verification.to

    @property
    def channel(self) -> TwilioChannel:
        return self.verification.channel

    @property
    def at(self) -> datetime:
        return self.verification.sends[-1].at

    @property
    def converted(self) -> bool:
        return self.converted_at is not None


@frozen
class AttemptsSummary:
    """How many attempts there were, and how many of them converted."""

    total: int
    converted: int

    @classmethod
    def of(cls, attempts: Iterable[Attempt]) -> AttemptsSummary:
        outcomes = [attempt.converted for attempt in attempts]
        return cls(len(outcomes), sum(outcomes))

    @property
    def rate(self) -> str:
        """Per cent, as Twilio writes it: text, nine decimals at most."""
        if not self.total:
            return "0"
        # Nine decimals, cut and not rounded: 9 of 11 are "81.818181818".
        scaled = self.converted * 100 * 10**9 // self.total
        text = f"{scaled // 10**9}.{scaled % 10**9:09d}".rstrip("0")
        return text.rstrip(".")


def newest_attempt_sid(verification: TwilioVerification) -> str:
    """The sid of the attempt that sent a verification's newest message."""
    return attempt_sid(verification.sid, len(verification.sends) - 1)


@lru_cache(maxsize=256)  # asked for again in the same moment
def attempt_sid(verification_sid: str, place: int) -> str:
    """The sid of a verification's send attempt: always the same, and never stored."""
    text = f"{verification_sid}:{place}".encode()
    return f"VL{blake2b(text, digest_size=16).hexdigest()}"
