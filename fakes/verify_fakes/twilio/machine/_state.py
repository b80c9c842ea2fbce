"""
The life of one verification: laws, table, code.

Laws:
    1. A resend keeps sid and code, whatever its channel, and does not extend the life.
    2. A verification sends at most `Limits.sends` messages and counts at most
       `Limits.checks` checks; no later check succeeds, not even with the right code.
    3. At most one check is ever answered `approved`.
    4. `Limits.time_to_live` after the first send it is over, whatever came between.
    5. From an end there is no way back: the next send begins another verification.
    6. Approved, expired and never begun look the same from outside: not found.

The table `LIFE_CYCLE` has a rule for every status and event. The code below only names
the event, looks the rule up, and writes down what happened. Everything here is pure:
a frozen value, a command and the present in; a new value and an answer out.

Sources: Twilio, "Verify API: Verifications", "Verification Check" and "Rate limits and
timeouts"; error pages 60202, 60203, 20404 (all read 2026-11-22); where these are
silent, a tester's live observations published 2026-03-25, marked [live] below;
and where both are silent, the most cautious reading, marked [guess].
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import evolve, field, frozen

from ...kit import _machine as life_cycle
from ...kit._hiding import Hidden, Revealed, hidden, hidden_address
from ._errors import Reason


class TwilioChannel(StrEnum):
    """How a code travels, as Twilio spells it."""

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    WHATSAPP = "whatsapp"


class TwilioStatus(StrEnum):
    """Where a verification stands, as Twilio spells it; `ABSENT` stays inside."""

    ABSENT = "absent"
    PENDING = "pending"
    APPROVED = "approved"
    CANCELED = "canceled"
    MAX_ATTEMPTS_REACHED = "max_attempts_reached"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to a verification."""

    SEND = "send"
    SEND_TOO_MANY = "send_too_many"
    CHECK_RIGHT = "check_right"
    CHECK_WRONG = "check_wrong"
    CHECK_TOO_MANY = "check_too_many"
    FETCH = "fetch"
    CANCEL = "cancel"
    APPROVE = "approve"
    TIME_OUT = "time_out"


_Row: TypeAlias = life_cycle.LifeCycleRow[TwilioStatus, Reason]
# Short, for the table.
_S, _E = TwilioStatus, Event


def _row(becomes: TwilioStatus, why: str, refuses: Reason | None = None) -> _Row:
    return _Row(becomes=becomes, why=why, refuses=refuses)


def _over(status: TwilioStatus, why: str) -> dict[Event, _Row]:
    """The rules of an end: a send begins anew, any other command finds nothing."""
    anew = _row(_S.PENDING, "nothing pending: a new sid and code")
    rules = dict.fromkeys(Event, _row(status, why, Reason.NOT_FOUND))
    return rules | {_E.SEND: anew, _E.SEND_TOO_MANY: anew}


_WAIT = _row(
    _S.MAX_ATTEMPTS_REACHED,
    "60202: wait until the verification expires; which code a create gets [guess]",
    Reason.MAX_CHECKS,
)
_NOT_PENDING = _row(
    _S.MAX_ATTEMPTS_REACHED,
    "only a pending verification can be updated [guess]",
    Reason.NOT_FOUND,
)
_SHOWN = "still shown [live]; the document says deleted"

LIFE_CYCLE: Mapping[TwilioStatus, Mapping[Event, _Row]] = {
    _S.ABSENT: _over(_S.ABSENT, "20404: there is no such verification"),
    _S.PENDING: {
        _E.SEND: _row(_S.PENDING, "a resend: same sid, same code"),
        _E.SEND_TOO_MANY: _row(
            _S.PENDING, "60203: five sends, unless finished before", Reason.MAX_SENDS
        ),
        _E.CHECK_RIGHT: _row(_S.APPROVED, "approved, then gone"),
        _E.CHECK_WRONG: _row(_S.PENDING, "a wrong code is an answer, not an error"),
        _E.CHECK_TOO_MANY: _row(
            _S.MAX_ATTEMPTS_REACHED,
            "60202: five checks, right or wrong",
            Reason.MAX_CHECKS,
        ),
        _E.FETCH: _row(_S.PENDING, "its status"),
        _E.CANCEL: _row(_S.CANCELED, "the next send begins anew"),
        _E.APPROVE: _row(_S.APPROVED, "feedback for codes checked elsewhere"),
        _E.TIME_OUT: _row(_S.EXPIRED, "600 s after its creation"),
    },
    _S.APPROVED: _over(_S.APPROVED, "20404: approved ones are deleted"),
    _S.CANCELED: _over(_S.CANCELED, "20404 on check [guess]")
    | {_E.FETCH: _row(_S.CANCELED, "still shown [live]")},
    _S.MAX_ATTEMPTS_REACHED: {
        **dict.fromkeys((_E.SEND, _E.SEND_TOO_MANY), _WAIT),
        **dict.fromkeys((_E.CHECK_RIGHT, _E.CHECK_WRONG, _E.CHECK_TOO_MANY), _WAIT),
        **dict.fromkeys((_E.CANCEL, _E.APPROVE), _NOT_PENDING),
        _E.FETCH: _row(_S.MAX_ATTEMPTS_REACHED, _SHOWN),
        _E.TIME_OUT: _row(_S.EXPIRED, "the wait is over"),
    },
    _S.EXPIRED: _over(_S.EXPIRED, "20404: expired ones are deleted"),
}

#: The statuses that time ends.
LIVE = frozenset({TwilioStatus.PENDING, TwilioStatus.MAX_ATTEMPTS_REACHED})


@frozen(kw_only=True)
class Limits:
    """
    Twilio's numbers; `polls` says how many fetches of one verification fit a window,
    `factors` whether its limits on TOTP factors and challenges hold.

    Source: Twilio, "Verify API: Rate limits and timeouts", read 2026-11-22.
    """

    time_to_live: timedelta = timedelta(minutes=10)
    sends: int = 5
    checks: int = 5
    polls: Mapping[timedelta, int] = field(
        factory=lambda: {
            timedelta(minutes=1): 60,
            timedelta(hours=1): 180,
            timedelta(days=1): 250,
        }
    )
    factors: bool = True


@frozen
class SentCode:
    """One message: when it left, and how."""

    at: datetime
    channel: TwilioChannel


@frozen(kw_only=True)
class TwilioVerification:
    """
    One attempt to prove that a person holds an address.

    Attributes:
        to: Phone number (E.164) or e-mail address.
        code: As sent; never on the wire.
        sends: The messages, oldest first; never empty.
        line_type: What a lookup said of the number; None without a lookup.
        amount: Of a PSD2 payment, as its payee; None otherwise.
        checked: When each counted check was made.
        friendly_name: Who the messages are from, where not the service.
        tags: The caller's own; only events show them.
    """

    sid: str
    service_sid: str
    account_sid: str
    _to: Hidden[str] = field(converter=hidden_address)
    _code: Hidden[str] = field(converter=hidden)
    status: TwilioStatus = TwilioStatus.PENDING
    sends: tuple[SentCode, ...]
    checked: tuple[datetime, ...] = ()
    updated_at: datetime
    line_type: str | None = None
    _amount: Hidden[str | None] = field(default=None, converter=hidden)
    _payee: Hidden[str | None] = field(default=None, converter=hidden)
    friendly_name: str | None = None
    _tags: Hidden[Mapping[str, str] | None] = field(default=None, converter=hidden)

    to = Revealed[str]()
    code = Revealed[str]()
    amount = Revealed[str | None]()
    payee = Revealed[str | None]()
    tags = Revealed[Mapping[str, str] | None]()

    @property
    def checks(self) -> int:
        return len(self.checked)

    @property
    def channel(self) -> TwilioChannel:
        """The channel of the last message."""
        return self.sends[-1].channel

    @property
    def created_at(self) -> datetime:
        """When the first message left."""
        return self.sends[0].at

    @property
    def valid(self) -> bool:
        """Twilio's older word for approved."""
        return self.status is TwilioStatus.APPROVED


#: The verification to store, and why the command was refused (None: it was not).
Transition: TypeAlias = tuple[TwilioVerification, Reason | None]


def timed(
    verification: TwilioVerification, *, limits: Limits, now: datetime
) -> TwilioVerification:
    """The verification as time has left it."""
    if verification.status not in LIVE:
        return verification
    if now < verification.created_at + limits.time_to_live:
        return verification
    return _follow(verification, Event.TIME_OUT)[0]


def begins_anew(verification: TwilioVerification | None) -> bool:
    """Whether the next send needs a new verification (law 5)."""
    return verification is None or verification.status not in LIVE


def resend(
    verification: TwilioVerification,
    channel: TwilioChannel,
    *,
    limits: Limits,
    now: datetime,
) -> Transition:
    """Send the same code again, over any channel; `timed` comes first."""
    room = len(verification.sends) < limits.sends
    event = Event.SEND if room else Event.SEND_TOO_MANY
    after, refused = _follow(verification, event)
    if refused is not None:
        return after, refused
    sends = (*after.sends, SentCode(now, channel))
    return evolve(after, sends=sends, updated_at=now), None


def check(
    verification: TwilioVerification, *, matches: bool, limits: Limits, now: datetime
) -> Transition:
    """Count a right or wrong code (and, with PSD2, payment); `timed` comes first."""
    event = Event.CHECK_RIGHT if matches else Event.CHECK_WRONG
    if verification.checks >= limits.checks:
        event = Event.CHECK_TOO_MANY  # law 2: exhaustion beats a right code
    rule = LIFE_CYCLE[verification.status][event]
    if rule.refuses is not None and rule.becomes is verification.status:
        return verification, rule.refuses
    counted = () if rule.refuses else (now,)
    checked = (*verification.checked, *counted)
    after = evolve(verification, status=rule.becomes, checked=checked, updated_at=now)
    return after, rule.refuses


def fetch(verification: TwilioVerification) -> Transition:
    """Look at a verification; `timed` comes first."""
    return _follow(verification, Event.FETCH)


def cancel(verification: TwilioVerification, *, now: datetime) -> Transition:
    """Call a pending verification off."""
    return _stamped(_follow(verification, Event.CANCEL), now)


def approve(verification: TwilioVerification, *, now: datetime) -> Transition:
    """Report that a code was checked elsewhere, and right."""
    return _stamped(_follow(verification, Event.APPROVE), now)


def expire(verification: TwilioVerification, *, now: datetime) -> Transition:
    """End a verification before its time."""
    return _stamped(_follow(verification, Event.TIME_OUT), now)


def _follow(verification: TwilioVerification, event: Event) -> Transition:
    rule = LIFE_CYCLE[verification.status][event]
    if rule.becomes is verification.status:
        return verification, rule.refuses
    return evolve(verification, status=rule.becomes), rule.refuses


def _stamped(step: Transition, now: datetime) -> Transition:
    verification, refused = step
    if refused is not None:
        return step
    return evolve(verification, updated_at=now), None
