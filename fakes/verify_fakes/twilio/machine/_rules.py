"""What can be set, and what is refused for it before the life cycle is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from attrs import field, frozen

from ._commands import CheckCommand, StartCommand, TwilioRefusal
from ._errors import Reason
from ._numbers import Trait, Traits, is_email, is_phone
from ._state import TwilioChannel


@frozen(kw_only=True)
class Switches:
    """
    A service's settings that the machine obeys, with the defaults of a new one.

    Defaults as a tester saw them on a live service (published 2026-03-25): code length
    6, key press wanted in calls, everything else off. `mailer`, `disabled_channels` and
    `custom_friendly_name_enabled` stand for what Twilio's console or its sales people
    set; a mailer is there, so that e-mail works, and names may be brought along.

    Attributes:
        friendly_name: Stands in the messages.
        code_length: Digits of a drawn code, 4 to 10.
        custom_code_enabled: Whether a start may bring its own code.
        custom_friendly_name_enabled: Whether a start may bring its own friendly name.
        do_not_share_warning_enabled: Whether an SMS ends with that warning.
        dtmf_input_required: Whether a call wants a key pressed first.
        lookup_enabled: Whether each start looks the number up.
        skip_sms_to_landlines: Refuse SMS to landlines; needs `lookup_enabled`.
        psd2_enabled: Whether amount and payee are part of every verification.
        default_template_sid: The template of SMS that name none.
        verify_event_subscription_enabled: Whether the service emits events.
        mailer: Whether e-mail can be sent.
        disabled_channels: Channels switched off.
    """

    friendly_name: str = "Demo"
    code_length: int = 6
    custom_code_enabled: bool = False
    custom_friendly_name_enabled: bool = True
    do_not_share_warning_enabled: bool = False
    dtmf_input_required: bool = True
    lookup_enabled: bool = False
    skip_sms_to_landlines: bool = False
    psd2_enabled: bool = False
    default_template_sid: str | None = None
    verify_event_subscription_enabled: bool = False
    mailer: bool = True
    disabled_channels: frozenset[TwilioChannel] = field(
        default=frozenset(), converter=frozenset
    )


@frozen(kw_only=True)
class Profile:
    """
    Which of several faithful behaviours a fake has.

    Attributes:
        strict_numbers: Refuse numbers that cannot be in use, as real Twilio does; by
            default every strictly possible number is accepted, so that fiction works.
        magic_numbers: Whether `MAGIC_NUMBERS` have their effects; real Verify has none.
        services_on_first_use: Whether a well-formed service sid becomes a service.
        templates_on_first_use: Whether a well-formed template sid that is unknown is
            taken for a template with the usual text; real Twilio refuses it.
        docs: Write bodies as the vendor's document shows them, not as live captures do.
        trial_account: Send only to numbers that the account has verified
            (`Traits.verify`), as a trial account does.
    """

    strict_numbers: bool = False
    magic_numbers: bool = True
    services_on_first_use: bool = True
    templates_on_first_use: bool = True
    docs: bool = False
    trial_account: bool = False


#: The profiles by name, each with what it changes; LIMITS.md lists the differences.
PROFILES: Mapping[str, Profile] = {
    "default": Profile(),
    "docs": Profile(docs=True),
    "strict-numbers": Profile(strict_numbers=True),
    "trial-account": Profile(trial_account=True),
}

#: Twilio's bounds for a code, drawn or brought along.
CODE_LENGTHS = range(4, 11)
#: What a landline cannot receive.
TEXTS = frozenset({TwilioChannel.SMS, TwilioChannel.WHATSAPP})


#: A reason to refuse, and what it speaks of.
_Against: TypeAlias = Iterator[tuple[Reason, str]]


def start_refused(
    command: StartCommand,
    switches: Switches,
    profile: Profile,
    traits: Traits,
    trait: Trait | None,
    *,
    safe: bool,
) -> TwilioRefusal | None:
    """
    Refuse a start that the service, the account or the number does not allow.

    A trial account sends to verified numbers alone; Fraud Guard blocks no `safe` one.
    """
    against = _service_against(command, switches)
    if command.channel is not TwilioChannel.EMAIL:
        trial = profile.trial_account and command.to not in traits.verified
        number = _number_against(command, switches, traits, trait, safe=safe)
        unverified = [(Reason.UNVERIFIED_ON_TRIAL, "")] if trial else []
        against = chain(against, unverified, number)
    for reason, detail in against:  # the first one counts
        return TwilioRefusal(reason=reason, detail=detail, channel=command.channel)
    return None


def _service_against(command: StartCommand, switches: Switches) -> _Against:
    channel, code, name = command.channel, command.custom_code, command.friendly_name
    if channel in switches.disabled_channels:
        yield Reason.CHANNEL_DISABLED, ""
    if channel is TwilioChannel.EMAIL and not switches.mailer:
        yield Reason.NO_MAILER, ""
    if switches.psd2_enabled and channel is TwilioChannel.CALL:
        yield Reason.PSD2_NO_CALLS, ""
    if switches.psd2_enabled and not (command.amount and command.payee):
        yield Reason.PSD2_INCOMPLETE, ""
    if code is not None and not switches.custom_code_enabled:
        yield Reason.SERVICE_LACKS_FEATURE, ""
    if name is not None and not switches.custom_friendly_name_enabled:
        yield Reason.SERVICE_LACKS_FEATURE, ""
    if code is not None and len(code) not in CODE_LENGTHS:
        yield Reason.INVALID_PARAMETER, "CustomCode"


def _number_against(
    command: StartCommand,
    switches: Switches,
    traits: Traits,
    trait: Trait | None,
    *,
    safe: bool,
) -> _Against:
    if command.risk_check and not safe:
        prefix = traits.blocked_prefix_of(command.to)
        if prefix is not None:
            yield Reason.PREFIX_BLOCKED, prefix
        country = traits.blocked_country_of(command.to)
        if country is not None:
            yield Reason.COUNTRY_BLOCKED, country
    skips = switches.lookup_enabled and switches.skip_sms_to_landlines
    if skips and trait is Trait.LANDLINE and command.channel is TwilioChannel.SMS:
        yield Reason.LANDLINE, ""


def arrives(channel: TwilioChannel, trait: Trait | None) -> bool:
    """Whether a message that Twilio accepted reaches the person."""
    if trait is Trait.LANDLINE:
        return channel not in TEXTS
    return trait is not Trait.UNREACHABLE


def check_refused(
    command: CheckCommand, switches: Switches, *, strict: bool
) -> TwilioRefusal | None:
    """Refuse a malformed check, which is not counted."""
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
