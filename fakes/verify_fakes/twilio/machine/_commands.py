"""What can be asked of the machine, and the one way it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden, hidden_address
from ._errors import Reason
from ._numbers import spoken_at
from ._state import TwilioChannel, TwilioStatus, TwilioVerification


class TwilioCommand(StrEnum):
    """What a fault can be armed for."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"
    APPROVE = "approve"
    LOOKUP = "lookup"


@frozen(kw_only=True)
class TemplateChoice:
    """A template, and values by placeholder besides those that Twilio fills in."""

    sid: str
    _substitutions: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)
    substitutions = Revealed[Mapping[str, str]]()


@frozen(kw_only=True)
class StartCommand:
    """
    Send a code, or the pending one again.

    Attributes:
        to: Phone number (E.164, with its plus sign) or e-mail address.
        custom_code: The code to send, 4 to 10 characters; refused unless the service
            has `custom_code_enabled` (60204, as Twilio's error page has it).
        friendly_name: Stands in the message instead of the service's own; refused
            (60204) unless the service has `custom_friendly_name_enabled`.
        amount: Of the payment; needed by services with PSD2.
        payee: Of the payment; needed by services with PSD2.
        risk_check: False passes over blocked prefixes and countries.
        locale: The language wanted, where a template has it; None is that of the
            number's country.
        rate_limits: Values for the service's rate limits, by unique name.
        app_hash: Ends an SMS, for the Android app that reads it; 11 characters.
        templates: Those to try, in order; empty is the service's default.
        tags: The caller's own; only events show them.
    """

    _to: Hidden[str] = field(converter=hidden_address)
    channel: TwilioChannel = TwilioChannel.SMS
    _custom_code: Hidden[str | None] = field(default=None, converter=hidden)
    friendly_name: str | None = None
    _amount: Hidden[str | None] = field(default=None, converter=hidden)
    _payee: Hidden[str | None] = field(default=None, converter=hidden)
    risk_check: bool = True
    locale: str | None = None
    _rate_limits: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)
    app_hash: str | None = None
    templates: tuple[TemplateChoice, ...] = ()
    _tags: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)

    to = Revealed[str]()
    custom_code = Revealed[str | None]()
    amount = Revealed[str | None]()
    payee = Revealed[str | None]()
    rate_limits = Revealed[Mapping[str, str]]()
    tags = Revealed[Mapping[str, str]]()

    @property
    def language(self) -> str | None:
        """The language wanted, or else the number's; None is English."""
        return self.locale or spoken_at(self.to)


@frozen(kw_only=True)
class CheckCommand:
    """
    Hold a code against the one sent.

    Attributes:
        sid: Which verification; wins over `to` where both are given.
        to: The address, where the sid is not known.
        amount: Must be that of the start, with PSD2.
        payee: Must be that of the start, with PSD2.
    """

    _code: Hidden[str] = field(converter=hidden)
    sid: str | None = None
    _to: Hidden[str | None] = field(default=None, converter=hidden_address)
    _amount: Hidden[str | None] = field(default=None, converter=hidden)
    _payee: Hidden[str | None] = field(default=None, converter=hidden)

    code = Revealed[str]()
    to = Revealed[str | None]()
    amount = Revealed[str | None]()
    payee = Revealed[str | None]()


@frozen(kw_only=True)
class TwilioRefusal:
    """
    The machine refuses.

    Attributes:
        detail: The parameter, value, prefix or country that the reason speaks of.
        channel: The channel asked for, where the reason depends on it.
        was: For `Reason.NOT_FOUND`, the status of the verification: the wire never
            shows it, and an inbox may.
    """

    reason: Reason
    _detail: Hidden[str] = field(default="", converter=hidden)
    channel: TwilioChannel | None = None
    was: TwilioStatus | None = None
    retry_after: timedelta | None = None

    detail = Revealed[str]()


#: What every command about a verification gives back.
TwilioAnswer: TypeAlias = TwilioVerification | TwilioRefusal
