"""
What Vonage's verify takes beyond what all vendors do: brand, steps, template.

Lengths and patterns are Vonage's; sources: Vonage, Verify API documents 0.0.18
(2023-02-08) and 1.0.1, and where neither says, PyPI `vonage-verify` 2.2.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, TypeAlias

from attrs import asdict, field, frozen
from attrs.validators import and_, optional

from verify_core.channels import Channel
from verify_core.characters import is_encodable
from verify_core.errors import InvalidEmailAddress
from verify_core.identifiers import EmailAddress
from verify_core.validation import fits, flag, matching, read_member, whole
from verify_core.verification import MAX_CODE_LENGTH, MIN_CODE_LENGTH

from ._credentials import is_uuid
from ._workflow import MAX_STEPS, MAX_TIMEOUT, MIN_TIMEOUT

MAX_BRAND = 18


def _is_email_address(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(EmailAddress(value))
    except InvalidEmailAddress:
        return False


def _has_length_of_a_brand(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_BRAND


def _has_marks_of_a_brand(text: str) -> bool:
    is_plain = not re.search("[/{}:$]", text)
    return is_plain and is_encodable(text) and bool(text.strip())


def takes_timeout(value: timedelta) -> bool:
    """Whether a step may last so long: 15 to 900 whole seconds."""
    return MIN_TIMEOUT <= value <= MAX_TIMEOUT and not value % timedelta(seconds=1)


def _is_timeout(value: object) -> bool:
    return isinstance(value, timedelta) and takes_timeout(value)


BRAND = and_(
    fits(_has_length_of_a_brand, "takes a text of 1 to 18 characters"),
    fits(_has_marks_of_a_brand, "takes none of / { } : $"),
)
CODE_LENGTH = whole(MIN_CODE_LENGTH, MAX_CODE_LENGTH)
TIMEOUT = fits(_is_timeout, "takes a timedelta of 15 to 900 whole seconds")
SMS_SENDER = matching(
    "[A-Za-z0-9]{1,11}|[1-9][0-9]{6,14}",
    "takes up to 11 letters and digits, or a number of up to 15 digits without plus",
)
WHATSAPP_SENDER = matching(
    "[1-9][0-9]{6,14}", "takes a number in international form, without plus"
)
EMAIL_SENDER = fits(_is_email_address, "takes an e-mail address")
_REGISTERED = optional(matching("[0-9]{1,20}", "takes up to 20 digits"))


class WhatsAppMode(StrEnum):
    """What the person does with a WhatsApp message."""

    OTP_CODE = "otp_code"
    """They type the code."""
    ZERO_TAP = "zero_tap"
    """An Android app reads it by itself."""


def _mode(value: str | WhatsAppMode | None) -> WhatsAppMode | None:
    return None if value is None else read_member(WhatsAppMode, "mode", value)


@frozen(kw_only=True)
class _Step:
    """
    One step of a workflow.

    Attributes:
        channel: What it goes by.
        reuse_code: Send the code of the step before, not a new one.
    """

    channel: ClassVar[Channel]

    reuse_code: bool = field(default=False, validator=flag)

    def to_json(self) -> dict[str, object]:
        """The step's fields under Vonage's names, but channel and address."""
        fields = asdict(self, filter=lambda _field, value: value not in {None, False})
        return {"from" if n == "sender" else n: v for n, v in fields.items()}


@frozen(kw_only=True)
class SmsStep(_Step):
    """
    A text message.

    Attributes:
        sender: Who it is from: up to 11 letters and digits, or a number without plus;
            None lets Vonage use the brand.
        app_hash: Android's SMS Retriever hash, 11 characters.
        entity_id: Registration of the sender in India (PEID), up to 20 digits.
        content_id: Registration of the text in India, up to 20 digits.
        reuse_code: Send the code of the step before, not a new one.
    """

    channel = Channel.SMS

    sender: str | None = field(default=None, validator=optional(SMS_SENDER))
    app_hash: str | None = field(
        default=None, validator=optional(matching("[!-~]{11}", "takes 11 characters"))
    )
    entity_id: str | None = field(default=None, validator=_REGISTERED)
    content_id: str | None = field(default=None, validator=_REGISTERED)


@frozen(kw_only=True)
class VoiceStep(_Step):
    """A call that speaks the code; its only field is `reuse_code`, as of `SmsStep`."""

    channel = Channel.CALL


@frozen(kw_only=True)
class WhatsAppStep(_Step):
    """
    A WhatsApp message.

    Attributes:
        sender: Number of a WhatsApp Business Account, without plus; None takes the
            provider's `whatsapp_from`.
        mode: What the person does with it.
        reuse_code: As for `SmsStep`.
    """

    channel = Channel.WHATSAPP

    sender: str | None = field(default=None, validator=optional(WHATSAPP_SENDER))
    mode: WhatsAppMode | None = field(default=None, converter=_mode)


@frozen(kw_only=True)
class EmailStep(_Step):
    """
    An e-mail.

    Attributes:
        sender: Address that it is from; Vonage sets it up per account.
        reuse_code: As for `SmsStep`.
    """

    channel = Channel.EMAIL

    sender: str | None = field(default=None, validator=optional(EMAIL_SENDER))


Step: TypeAlias = SmsStep | VoiceStep | WhatsAppStep | EmailStep

PLAIN_STEPS: dict[Channel, Callable[[], Step]] = {
    Channel.SMS: SmsStep,
    Channel.CALL: VoiceStep,
    Channel.WHATSAPP: WhatsAppStep,
    Channel.EMAIL: EmailStep,
}
"""The step of each channel with nothing set."""


def _are_steps(value: object) -> bool:
    if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_STEPS:
        return False
    return all(isinstance(step, Step) for step in value)


_STEPS = and_(
    fits(_are_steps, f"takes a tuple of 1 to {MAX_STEPS} steps"),
    fits(lambda steps: not steps[0].reuse_code, "its first step has no code to reuse"),
)


@frozen(kw_only=True)
class VonageExtras:
    """
    Vonage's own options of one start; pass it as `StartRequest(extras=…)`.

    Locale, custom code, code length and time to live have fields of their own in
    `StartRequest`, and so has the order of channels (`fallback_channels`) where the
    steps need nothing said about them.

    Attributes:
        brand: Who the message says it is from, instead of the provider's brand; 1 to 18
            characters.
        workflow: The steps, 1 to 3, the first by the request's channel. Excludes
            `fallback_channels`.
        channel_timeout: How long each step lasts, 15 to 900 seconds; wins over the
            request's time to live.
        code_length: 4 to 10; wins over the request's.
        template_id: A template of the account's own, a UUID; SMS only.
        fraud_check: Let Vonage refuse what looks like fraud; unlocked per account.
        client_ref: The attempt's name in webhooks, 1 to 40 letters and digits;
            None makes it of the attempt's id.

    Raises:
        InvalidSetting: A value that Vonage would certainly refuse.
    """

    brand: str | None = field(default=None, validator=optional(BRAND))
    workflow: tuple[Step, ...] | None = field(default=None, validator=optional(_STEPS))
    channel_timeout: timedelta | None = field(default=None, validator=optional(TIMEOUT))
    code_length: int | None = field(default=None, validator=optional(CODE_LENGTH))
    template_id: str | None = field(
        default=None, validator=optional(fits(is_uuid, "takes a UUID"))
    )
    fraud_check: bool | None = field(default=None, validator=optional(flag))
    client_ref: str | None = field(
        default=None,
        validator=optional(
            matching("[A-Za-z0-9]{1,40}", "takes 1 to 40 letters and digits")
        ),
    )
