"""What a Verify service switches on and off, as far as the machine obeys it."""

from __future__ import annotations

from attrs import field, frozen

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
