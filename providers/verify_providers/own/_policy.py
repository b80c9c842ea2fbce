"""How codes are, how long they live, and what is counted against guessing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.codestore import StoreLimits
from verify_core.errors import InvalidSetting
from verify_core.provider import Resend
from verify_core.validation import (
    positive_duration,
    read_member,
    require_all,
    whole,
)
from verify_core.verification import (
    MAX_CODE_LENGTH,
    MIN_CODE_LENGTH,
    StartHints,
)

from ._codes import Alphabet, Purpose

_LIFETIME = timedelta(minutes=10)
"""NIST SP 800-63B-4, section 3.1.3.2, and OWASP ASVS 5.0, 6.5.5: at most."""

_BY_MAIL = timedelta(hours=24)
"""NIST SP 800-63B-4, section 4.2.1.2, of codes sent to an e-mail address: at most."""

_MILLISECOND = timedelta(milliseconds=1)
_TRIES = 5
_MOST_FAILURES = 100  # NIST SP 800-63B-4, section 3.2.2: at most
_LOCKED_FOR: timedelta | None = timedelta(hours=24)
_COOL_DOWNS = tuple(timedelta(seconds=each) for each in (30, 60, 120, 300))


def _alphabet(value: str | Alphabet) -> Alphabet:
    return read_member(Alphabet, "alphabet", value)


def _resend(value: object) -> Resend:
    if isinstance(value, str) and value in {Resend.NEW_CODE, Resend.SAME_CODE}:
        return Resend(value)
    raise InvalidSetting("resend", "takes new_code or same_code")


def _durations(value: Iterable[timedelta]) -> tuple[timedelta, ...]:
    durations = require_all("cool_downs", value, timedelta)
    if any(each < timedelta(0) for each in durations):
        raise InvalidSetting("cool_downs", "takes durations that are not negative")
    return durations


@frozen(kw_only=True)
class CodePolicy:
    """
    How codes are, how long they live, and what is counted against guessing.

    Attributes:
        code_length: Characters of a code, 4 to 10; a request may ask for others.
        alphabet: `digits`, or `letters`: capitals and digits that do not look alike.
        lifetime: How long a code works. A request may ask for less, for up to ten
            minutes, and for up to a day where an address is confirmed by e-mail.
        tries: Guesses per code.
        resend: Whether a resend carries a `new_code`, or the `same_code` with the
            guesses and the time that it has left.
        cool_downs: How long after the first, second, ... message to an identifier the
            next may leave; the last one counts for all later ones.
        most_failures: Wrong guesses in a row, over all codes of an identifier, before
            it is locked.
        locked_for: How long it stays locked; None: until `unlock`.

    Raises:
        InvalidSetting: A value that a field does not take.
    """

    code_length: int = field(
        default=6, validator=whole(MIN_CODE_LENGTH, MAX_CODE_LENGTH)
    )
    alphabet: Alphabet = field(default=Alphabet.DIGITS, converter=_alphabet)
    lifetime: timedelta = field(default=_LIFETIME, validator=positive_duration)
    tries: int = field(default=_TRIES, validator=whole(1, _MOST_FAILURES))
    resend: Resend = field(default=Resend.NEW_CODE, converter=_resend)
    cool_downs: tuple[timedelta, ...] = field(default=_COOL_DOWNS, converter=_durations)
    most_failures: int = field(default=_MOST_FAILURES, validator=whole(1))
    locked_for: timedelta | None = field(
        default=_LOCKED_FOR, validator=optional(positive_duration)
    )

    @property
    def limits(self) -> StoreLimits:
        """What a store enforces for one identifier."""
        return StoreLimits(
            cool_downs=self.cool_downs,
            most_failures=self.most_failures,
            locked_for=self.locked_for,
        )

    def lifetime_of(
        self, hints: StartHints, channel: Channel, purpose: Purpose
    ) -> tuple[timedelta, bool]:
        """How long a code works, in milliseconds, and whether that was asked for."""
        usual, asked = self.lifetime, hints.time_to_live
        most = max(usual, _LIFETIME)
        if purpose is Purpose.CONFIRM and channel is Channel.EMAIL:
            most = max(most, _BY_MAIL)
        lifetime = usual if asked is None else min(asked, most)
        whole_ms = max(lifetime // _MILLISECOND, 1) * _MILLISECOND
        return whole_ms, asked is None or asked <= most
