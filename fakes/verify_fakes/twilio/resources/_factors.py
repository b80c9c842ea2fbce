"""
Entities, their TOTP factors, and the challenges that ask for a code: the rules.

Everything here is pure: a value, a command and the present in; a new value and a reason
for refusing out. A wrong code is not refused: the answer is the one to a right code but
for the status, which stays `unverified` or `pending` (Twilio, "Verify TOTP: Change in
API response when AuthPayload is incorrect", in force since 2021-10-27). Where `limited`
is false, nothing is refused for being too often or too wrong, though it is counted.

Limits: Twilio, error pages 60308, 60310, 60312, 60315 and 60326, read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import Factory, define, evolve, field, frozen

from ...kit._bounded import Shelf
from ...kit._hiding import Hidden, Revealed, hidden
from ..machine._errors import Reason
from ._totp import TotpConfig, matches

#: Wrong codes that are let pass: per challenge, and per factor until it is verified.
WRONG_CODES = 5
MOST_FACTORS = 100
MOST_ENTITIES = 10_000
_MOST_CHALLENGES = 1_000
_A_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)
_FACTORS_A_DAY = 100
_SHORT_CODE = 4
_OFTEN = ((_AN_HOUR, 50), (_A_DAY, 100))
_OFTEN_SHORT = ((_A_DAY, 10),)

#: When things were done lately, oldest first, no more than the limits ask for.
Times: TypeAlias = tuple[datetime, ...]


class ChallengeStatus(StrEnum):
    """Where a challenge stands, as Twilio spells it."""

    PENDING = "pending"
    APPROVED = "approved"
    EXPIRED = "expired"
    DENIED = "denied"  # by push only, which is not served


@frozen(kw_only=True)
class Factor:
    """
    One TOTP factor.

    Its friendly name is what an authenticator app shows: often an e-mail address.

    Attributes:
        wrong: Wrong codes so far, while it was not verified.
        challenged: When challenges were made lately.
    """

    sid: str
    _friendly_name: Hidden[str] = field(converter=hidden)
    _secret: Hidden[str] = field(converter=hidden)
    config: TotpConfig
    verified: bool = False
    wrong: int = 0
    challenged: Times = field(default=(), repr=False)
    _metadata: Hidden[Mapping[str, str] | None] = field(default=None, converter=hidden)
    created_at: datetime
    updated_at: datetime

    friendly_name = Revealed[str]()
    secret = Revealed[str]()
    metadata = Revealed[Mapping[str, str] | None]()


@frozen(kw_only=True)
class Challenge:
    """
    One question for a code.

    Attributes:
        wrong: Wrong codes so far.
        metadata: The device's description of itself, given with an answer.
        responded_at: When the right code came, if it did.
    """

    sid: str
    factor_sid: str
    status: ChallengeStatus = ChallengeStatus.PENDING
    wrong: int = 0
    _details: Hidden[Mapping[str, object] | None] = field(
        default=None, converter=hidden
    )
    _hidden_details: Hidden[Mapping[str, str] | None] = field(
        default=None, converter=hidden
    )
    _metadata: Hidden[Mapping[str, str] | None] = field(default=None, converter=hidden)
    expires_at: datetime
    responded_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    details = Revealed[Mapping[str, object] | None]()
    hidden_details = Revealed[Mapping[str, str] | None]()
    metadata = Revealed[Mapping[str, str] | None]()


@define(kw_only=True)
class Entity:
    """
    One user of the customer's, and what belongs to them.

    Attributes:
        identity: The customer's name for them.
        enrolled: When factors were made lately.
    """

    sid: str
    _identity: Hidden[str] = field(converter=hidden)
    created_at: datetime
    updated_at: datetime
    factors: Shelf[Factor] = Factory(lambda: Shelf(MOST_FACTORS))
    challenges: Shelf[Challenge] = Factory(lambda: Shelf(_MOST_CHALLENGES))
    enrolled: Times = field(default=(), repr=False)

    identity = Revealed[str]()

    def enrol(
        self, factor: Factor, now: datetime, *, limited: bool = True
    ) -> Reason | None:
        """Add a factor, or say why that is refused."""
        if self.factors.full:
            return Reason.FACTORS_FULL
        if limited and _too_often(self.enrolled, ((_A_DAY, _FACTORS_A_DAY),), now):
            return Reason.FACTORS_TOO_OFTEN
        self.enrolled = (*self.enrolled, now)[-_FACTORS_A_DAY:]
        self.factors.add(factor.sid, factor)
        return None


def verify_factor(
    factor: Factor, code: str, now: datetime, *, limited: bool = True
) -> tuple[Factor, Reason | None]:
    """Hold a first code against a factor; a verified one stays as it is."""
    if factor.verified:
        return factor, None
    if limited and factor.wrong >= WRONG_CODES:
        return factor, Reason.FACTOR_ATTEMPTS
    if matches(factor.secret, code, factor.config, at=now):
        return evolve(factor, verified=True, updated_at=now), None
    return evolve(factor, wrong=factor.wrong + 1), None


def challenged(
    factor: Factor, now: datetime, *, limited: bool = True
) -> tuple[Factor, Reason | None]:
    """The factor after one more challenge, or why that is refused."""
    if not factor.verified:
        return factor, Reason.FACTOR_UNVERIFIED
    short = factor.config.code_length <= _SHORT_CODE
    limits = _OFTEN_SHORT if short else _OFTEN
    if limited and _too_often(factor.challenged, limits, now):
        return factor, Reason.CHALLENGES_TOO_OFTEN
    most = max(count for _, count in limits)
    return evolve(factor, challenged=(*factor.challenged, now)[-most:]), None


def timed(challenge: Challenge, now: datetime) -> Challenge:
    """The challenge as time has left it."""
    over = now >= challenge.expires_at
    if challenge.status is ChallengeStatus.PENDING and over:
        return evolve(challenge, status=ChallengeStatus.EXPIRED)
    return challenge


def respond(
    challenge: Challenge,
    code: str | None,
    factor: Factor,
    now: datetime,
    *,
    metadata: Mapping[str, str] | None = None,
    limited: bool = True,
) -> tuple[Challenge, Reason | None]:
    """
    Hold a code against a challenge (as `timed` gives it), and keep a device's metadata.

    The code is None where only metadata is given; metadata None keeps what there is.
    """
    if challenge.status is ChallengeStatus.EXPIRED:
        return challenge, Reason.CHALLENGE_EXPIRED
    if challenge.status is not ChallengeStatus.PENDING:
        return challenge, Reason.CHALLENGE_RESPONDED
    if metadata is not None:
        challenge = evolve(challenge, metadata=metadata, updated_at=now)
    if code is None:
        return challenge, None
    if limited and challenge.wrong >= WRONG_CODES:
        return challenge, Reason.CHALLENGE_ATTEMPTS
    if not matches(factor.secret, code, factor.config, at=now):
        return evolve(challenge, wrong=challenge.wrong + 1), None
    status = ChallengeStatus.APPROVED
    return evolve(challenge, status=status, responded_at=now, updated_at=now), None


def _too_often(
    times: Times, limits: tuple[tuple[timedelta, int], ...], now: datetime
) -> bool:
    return any(
        len(times) >= most and times[-most] > now - window for window, most in limits
    )
