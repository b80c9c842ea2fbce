"""What is refused before the life cycle is asked: pure questions about one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._commands import TwilioCheck, TwilioRefusal, TwilioStart
from ._numbers import Trait, Traits, country_of, is_email, is_phone
from ._reasons import Reason
from ._state import TwilioChannel

if TYPE_CHECKING:
    from ._profile import Profile
    from ._switches import Switches

#: Twilio's bounds for a code, drawn or brought along.
CODE_LENGTHS: Final = range(4, 11)
#: What a landline cannot receive.
TEXTS: Final = frozenset({TwilioChannel.SMS, TwilioChannel.WHATSAPP})


def service_refuses(command: TwilioStart, switches: Switches) -> TwilioRefusal | None:
    """Whether the service's switches stand against a start."""
    channel = command.channel
    if channel in switches.disabled_channels:
        return TwilioRefusal(reason=Reason.CHANNEL_DISABLED, channel=channel)
    if channel is TwilioChannel.EMAIL and not switches.mailer:
        return TwilioRefusal(reason=Reason.NO_MAILER, channel=channel)
    if switches.psd2_enabled:
        if channel is TwilioChannel.CALL:
            return TwilioRefusal(reason=Reason.PSD2_NO_CALLS, channel=channel)
        if not (command.amount and command.payee):
            return TwilioRefusal(reason=Reason.PSD2_INCOMPLETE)
    return _customised_refused(command, switches)


def _customised_refused(
    command: TwilioStart, switches: Switches
) -> TwilioRefusal | None:
    """Whether a start brings a code or a name that the service may not bring."""
    custom = command.custom_code
    lacks_codes = custom is not None and not switches.custom_code_enabled
    named = command.friendly_name is not None
    lacks_names = named and not switches.custom_friendly_name_enabled
    if lacks_codes or lacks_names:
        return TwilioRefusal(reason=Reason.SERVICE_LACKS_FEATURE)
    if custom is not None and len(custom) not in CODE_LENGTHS:
        return TwilioRefusal(reason=Reason.INVALID_PARAMETER, detail="CustomCode")
    return None


def trial_refuses(
    command: TwilioStart, profile: Profile, traits: Traits
) -> TwilioRefusal | None:
    """Whether the account is a trial one that has not verified this number."""
    if not profile.trial_account or command.channel is TwilioChannel.EMAIL:
        return None
    if command.to in traits.verified:
        return None
    return TwilioRefusal(reason=Reason.UNVERIFIED_ON_TRIAL)


def address_refuses(
    command: TwilioStart,
    switches: Switches,
    traits: Traits,
    trait: Trait | None,
    *,
    safe: bool = False,
) -> TwilioRefusal | None:
    """
    Whether what is true of the address stands against a start.

    Args:
        command: What to send.
        switches: Of the service that sends.
        traits: What is true of numbers.
        trait: What is true of this one.
        safe: Whether it is on the safe list.
    """
    if command.channel is TwilioChannel.EMAIL:
        return None
    if command.risk_check and not safe:
        blocked = _blocked(command, traits)
        if blocked is not None:
            return blocked
    skips = switches.lookup_enabled and switches.skip_sms_to_landlines
    if skips and trait is Trait.LANDLINE and command.channel is TwilioChannel.SMS:
        return TwilioRefusal(reason=Reason.LANDLINE, channel=command.channel)
    return None


def arrives(channel: TwilioChannel, trait: Trait | None) -> bool:
    """Whether a message that Twilio accepted reaches somebody."""
    if trait is Trait.LANDLINE:
        return channel not in TEXTS
    return trait is not Trait.UNREACHABLE


def check_refused(
    command: TwilioCheck, switches: Switches, *, strict: bool
) -> TwilioRefusal | None:
    """Whether a check is malformed; such a one is not counted."""
    if not command.sid:
        if not command.to:
            return TwilioRefusal(reason=Reason.NO_TARGET)
        if not (is_email(command.to) or is_phone(command.to, strict=strict)):
            return TwilioRefusal(reason=Reason.INVALID_TO, detail=command.to)
    if len(command.code) not in CODE_LENGTHS:
        return TwilioRefusal(reason=Reason.INVALID_CODE)
    if switches.psd2_enabled and not (command.amount and command.payee):
        return TwilioRefusal(reason=Reason.PSD2_INCOMPLETE)
    return None


def detail_for(reason: Reason, to: str | None) -> str:
    """What an error that was asked for (by fault or magic number) speaks of."""
    if to is None:
        return ""
    if reason is Reason.INVALID_TO:
        return to
    if reason is Reason.INVALID_PARAMETER:
        return "To"
    if reason is Reason.PREFIX_BLOCKED:
        return to[:5]
    if reason is Reason.COUNTRY_BLOCKED:
        return country_of(to) or ""
    return ""


def _blocked(command: TwilioStart, traits: Traits) -> TwilioRefusal | None:
    prefix = traits.blocked_prefix_of(command.to)
    if prefix is not None:
        return TwilioRefusal(
            reason=Reason.PREFIX_BLOCKED, detail=prefix, channel=command.channel
        )
    country = traits.blocked_country_of(command.to)
    if country is not None:
        return TwilioRefusal(
            reason=Reason.COUNTRY_BLOCKED, detail=country, channel=command.channel
        )
    return None
