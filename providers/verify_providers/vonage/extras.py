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
from typing import Any, ClassVar, Final, TypeAlias

from attrs import Attribute, field, frozen, validators

from verify_core.channels import Channel
from verify_core.characters import is_encodable
from verify_core.errors import InvalidEmailAddress, InvalidSetting
from verify_core.identifiers import EmailAddress
from verify_core.validation import read_member
from verify_core.verification import MAX_CODE_LENGTH, MIN_CODE_LENGTH

from .credentials import is_uuid
from .workflow import MAX_STEPS, MAX_TIMEOUT, MIN_TIMEOUT

MAX_BRAND: Final = 18
Checker: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]


def _pattern(pattern: str, wanted: str) -> Checker:
    def check(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise InvalidSetting(attribute.name, wanted)

    return validators.optional(check)


def _brand(_instance: object, attribute: Attribute[Any], value: object) -> None:
    require_brand(attribute.name, value)


def _address(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, str):
        try:
            EmailAddress(value)
        except InvalidEmailAddress:
            pass
        else:
            return
    raise InvalidSetting(attribute.name, "takes an e-mail address")


def _template(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not is_uuid(value):
        raise InvalidSetting(attribute.name, "takes a UUID")


def _flag(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidSetting(attribute.name, "takes True or False")


def _code_length(_instance: object, attribute: Attribute[Any], value: object) -> None:
    require_code_length(attribute.name, value)


def _timeout(_instance: object, attribute: Attribute[Any], value: object) -> None:
    require_timeout(attribute.name, value)


def require_brand(setting: str, value: object) -> str:
    """
    A brand, unchanged.

    Raises:
        InvalidSetting: It is none that Vonage takes.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_BRAND:
        raise InvalidSetting(setting, "takes a text of 1 to 18 characters")
    if re.search("[/{}:$]", value) or not is_encodable(value) or not value.strip():
        raise InvalidSetting(setting, "takes none of / { } : $")
    return value


def require_code_length(setting: str, value: object) -> int:
    """
    A code's length, unchanged.

    Raises:
        InvalidSetting: It is no whole number from 4 to 10.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not MIN_CODE_LENGTH <= int(str(value)) <= MAX_CODE_LENGTH:
        raise InvalidSetting(setting, "takes a whole number from 4 to 10")
    return int(str(value))


def takes_timeout(value: timedelta) -> bool:
    """Whether a step may last so long: 15 to 900 whole seconds."""
    return MIN_TIMEOUT <= value <= MAX_TIMEOUT and not value % timedelta(seconds=1)


def require_timeout(setting: str, value: object) -> timedelta:
    """
    A step's time, unchanged.

    Raises:
        InvalidSetting: It is no timedelta from 15 to 900 whole seconds.
    """
    if not isinstance(value, timedelta) or not takes_timeout(value):
        raise InvalidSetting(setting, "takes a timedelta of 15 to 900 whole seconds")
    return value


SMS_SENDER: Final = _pattern(
    "[A-Za-z0-9]{1,11}|[1-9][0-9]{6,14}",
    "takes up to 11 letters and digits, or a number of up to 15 digits without plus",
)
WHATSAPP_SENDER: Final = _pattern(
    "[1-9][0-9]{6,14}", "takes a number in international form, without plus"
)
EMAIL_SENDER: Final = validators.optional(_address)
_REGISTERED: Final = _pattern("[0-9]{1,20}", "takes up to 20 digits")


class WhatsAppMode(StrEnum):
    """What the person does with a WhatsApp message."""

    OTP_CODE = "otp_code"
    """They type the code."""
    ZERO_TAP = "zero_tap"
    """An Android app reads it by itself."""


def _mode(value: str | WhatsAppMode | None) -> WhatsAppMode | None:
    return None if value is None else read_member(WhatsAppMode, "mode", value)


@frozen(kw_only=True)
class SmsStep:
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

    channel: ClassVar[Channel] = Channel.SMS

    sender: str | None = field(default=None, validator=SMS_SENDER)
    app_hash: str | None = field(
        default=None, validator=_pattern("[!-~]{11}", "takes 11 characters")
    )
    entity_id: str | None = field(default=None, validator=_REGISTERED)
    content_id: str | None = field(default=None, validator=_REGISTERED)
    reuse_code: bool = field(default=False, validator=_flag)

    def to_json(self) -> dict[str, object]:
        """The step's fields under Vonage's names, but channel and address."""
        return _present(
            {
                "from": self.sender,
                "app_hash": self.app_hash,
                "entity_id": self.entity_id,
                "content_id": self.content_id,
                "reuse_code": self.reuse_code or None,
            }
        )


@frozen(kw_only=True)
class VoiceStep:
    """
    A call that speaks the code; our channel `call`, Vonage's `voice`.

    Attributes:
        reuse_code: As for `SmsStep`.
    """

    channel: ClassVar[Channel] = Channel.CALL

    reuse_code: bool = field(default=False, validator=_flag)

    def to_json(self) -> dict[str, object]:
        """The step's fields under Vonage's names, but channel and address."""
        return _present({"reuse_code": self.reuse_code or None})


@frozen(kw_only=True)
class WhatsAppStep:
    """
    A WhatsApp message.

    Attributes:
        sender: Number of a WhatsApp Business Account, without plus; None takes the
            provider's `whatsapp_from`.
        mode: What the person does with it.
        reuse_code: As for `SmsStep`.
    """

    channel: ClassVar[Channel] = Channel.WHATSAPP

    sender: str | None = field(default=None, validator=WHATSAPP_SENDER)
    mode: WhatsAppMode | None = field(default=None, converter=_mode)
    reuse_code: bool = field(default=False, validator=_flag)

    def to_json(self) -> dict[str, object]:
        """The step's fields under Vonage's names, but channel and address."""
        return _present(
            {
                "from": self.sender,
                "mode": None if self.mode is None else self.mode.value,
                "reuse_code": self.reuse_code or None,
            }
        )


@frozen(kw_only=True)
class EmailStep:
    """
    An e-mail.

    Attributes:
        sender: Address that it is from; Vonage sets it up per account.
        reuse_code: As for `SmsStep`.
    """

    channel: ClassVar[Channel] = Channel.EMAIL

    sender: str | None = field(default=None, validator=EMAIL_SENDER)
    reuse_code: bool = field(default=False, validator=_flag)

    def to_json(self) -> dict[str, object]:
        """The step's fields under Vonage's names, but channel and address."""
        return _present({"from": self.sender, "reuse_code": self.reuse_code or None})


Step: TypeAlias = SmsStep | VoiceStep | WhatsAppStep | EmailStep

PLAIN_STEPS: Final[dict[Channel, Callable[[], Step]]] = {
    Channel.SMS: SmsStep,
    Channel.CALL: VoiceStep,
    Channel.WHATSAPP: WhatsAppStep,
    Channel.EMAIL: EmailStep,
}
"""The step of each channel with nothing set."""


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _steps(_instance: object, attribute: Attribute[Any], value: object) -> None:
    kinds = isinstance(value, tuple) and all(isinstance(step, Step) for step in value)
    if not (isinstance(value, tuple) and kinds and 1 <= len(value) <= MAX_STEPS):
        raise InvalidSetting(attribute.name, f"takes a tuple of 1 to {MAX_STEPS} steps")
    if isinstance(value[0], Step) and value[0].reuse_code:
        raise InvalidSetting(attribute.name, "its first step has no code to reuse")


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
        client_ref: Our name for the attempt in webhooks, 1 to 40 letters and digits;
            None makes it of the attempt's id.

    Raises:
        InvalidSetting: A value that Vonage would certainly refuse.
    """

    brand: str | None = field(default=None, validator=validators.optional(_brand))
    workflow: tuple[Step, ...] | None = field(
        default=None, validator=validators.optional(_steps)
    )
    channel_timeout: timedelta | None = field(
        default=None, validator=validators.optional(_timeout)
    )
    code_length: int | None = field(
        default=None, validator=validators.optional(_code_length)
    )
    template_id: str | None = field(
        default=None, validator=validators.optional(_template)
    )
    fraud_check: bool | None = field(default=None, validator=validators.optional(_flag))
    client_ref: str | None = field(
        default=None,
        validator=_pattern("[A-Za-z0-9]{1,40}", "takes 1 to 40 letters and digits"),
    )
