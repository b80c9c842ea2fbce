"""
What Twilio's create-verification takes beyond what all vendors do.

Lengths and patterns are Twilio's; source: Twilio, Verify API, "Verifications", request
body parameters, and its OpenAPI document of 2026-04-14.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from attrs import Attribute, field, fields, frozen
from attrs.validators import and_, optional

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed_init
from verify_core.masking import (
    Discreet,
    Hidden,
    Revealed,
    Secret,
    to_optional_secret,
)
from verify_core.validation import (
    filled_text,
    fits,
    instance_or_none,
    ip_address,
    matching,
    read_member,
    require_text,
    require_texts,
)

MAX_TAGS = 10
MAX_TAG_LENGTH = 128
MAX_TEMPLATES = 10
MAX_NAME = 30


class RiskCheck(StrEnum):
    """Whether Fraud Guard and Geo Permissions judge this one message; SMS only."""

    ENABLE = "enable"
    DISABLE = "disable"


_Texts: TypeAlias = Mapping[str, str] | None
_HiddenTexts: TypeAlias = Hidden[_Texts]


def _hide(value: _Texts | _HiddenTexts) -> _HiddenTexts:
    # What an application writes into a message or counts by may be a number or a name.
    if isinstance(value, Hidden):
        return value  # by attrs.evolve
    return Hidden(dict(value) if isinstance(value, Mapping) else value)


def _texts(_instance: object, attribute: Attribute[Any], value: _HiddenTexts) -> None:
    texts, setting = value.reveal(), str(attribute.alias)
    if texts is not None and not require_texts(setting, texts):
        raise InvalidSetting(setting, "takes a mapping that is not empty")


def _are_tags(hidden: _HiddenTexts) -> bool:
    tags = hidden.reveal() or {}
    short = all(len(item) <= MAX_TAG_LENGTH for pair in tags.items() for item in pair)
    return short and len(tags) <= MAX_TAGS


_TAGS = and_(
    _texts, fits(_are_tags, "takes at most 10 entries of at most 128 characters")
)


def _payee(value: str | Secret | None) -> Secret | None:
    secret = to_optional_secret(value, "payee")
    if secret is not None and not require_text("payee", secret.reveal()):
        raise InvalidSetting("payee", "takes a text that is not empty")
    return secret


def _risk_check(value: str | RiskCheck | None) -> RiskCheck | None:
    return None if value is None else read_member(RiskCheck, "risk_check", value)


def _are_templates(value: object) -> bool:
    if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_TEMPLATES:
        return False
    return all(isinstance(each, Template) for each in value)


_TEXT = optional(filled_text)
_TEMPLATE_SID = matching("HJ[0-9a-fA-F]{32}", "takes HJ and 32 hexadecimal digits")
_SHORT = fits(lambda text: len(text) <= MAX_NAME, "takes at most 30 characters")
_FRIENDLY_NAME = optional(and_(filled_text, _SHORT))
_SEND_DIGITS = optional(matching("[0-9wW*#]+", "takes digits, *, # and w for a pause"))


@unframed_init
@frozen(kw_only=True)
class EmailConfiguration(Discreet):
    """
    How one e-mail differs from the service's mailer.

    Attributes:
        template_id: SendGrid's id of a template, `d-…`.
        from_address: Sender address.
        from_name: Sender name.
        substitutions: The template's variables.
    """

    template_id: str | None = field(default=None, validator=_TEXT)
    from_address: str | None = field(default=None, validator=_TEXT)
    from_name: str | None = field(default=None, validator=_TEXT)
    _substitutions: _HiddenTexts = field(
        default=None, converter=_hide, validator=_texts, repr=False
    )

    substitutions = Revealed[_Texts]("_substitutions")

    def to_json(self) -> dict[str, object]:
        found = {
            "template_id": self.template_id,
            "from": self.from_address,
            "from_name": self.from_name,
            "substitutions": self.substitutions and dict(self.substitutions),
        }
        return {name: value for name, value in found.items() if value is not None}


@unframed_init
@frozen(kw_only=True)
class Template(Discreet):
    """One entry of `TwilioExtras.templates`, and its variables."""

    sid: str = field(validator=_TEMPLATE_SID)
    _substitutions: _HiddenTexts = field(
        default=None, converter=_hide, validator=_texts, repr=False
    )

    substitutions = Revealed[_Texts]("_substitutions")

    def to_json(self) -> dict[str, object]:
        if self.substitutions is None:
            return {"sid": self.sid}
        return {"sid": self.sid, "substitutions": dict(self.substitutions)}


@unframed_init
@frozen(kw_only=True)
class TwilioExtras(Discreet):
    """
    Twilio's own options of one start; pass it as `StartRequest(extras=…)`.

    Locale, custom code and the device's address have fields of their own in
    `StartRequest`. What Twilio refuses in combination (an app hash with a call, say) is
    sent and refused by Twilio, since its rules change more often than this library.

    Attributes:
        custom_friendly_name: Replaces the service's name in the message; 1 to 30
            characters; Twilio unlocks it per account.
        send_digits: Dialled after a call is answered, `w` for half a second's pause.
        rate_limits: Values by unique name of the service's rate limits.
        channel_configuration: E-mail template, sender and variables.
        app_hash: Android SMS Retriever hash at the end of the text; SMS only.
        template_sid: Message template, `HJ…`; SMS and calls only.
        template_custom_substitutions: Its variables.
        templates: Several templates in order of preference, at most 10; wins over
            `template_sid`.
        amount: Amount of a PSD2 payment, with `payee`; the check repeats both.
        payee: Receiver of a PSD2 payment.
        device_ip: Address of the person's device; wins over `client_address`.
        risk_check: Turns fraud protection off, or on, for this message.
        tags: Up to 10 entries of at most 128 characters for Event Streams; no personal
            data.

    Raises:
        InvalidSetting: A value that Twilio would certainly refuse.
    """

    custom_friendly_name: str | None = field(default=None, validator=_FRIENDLY_NAME)
    send_digits: str | None = field(default=None, validator=_SEND_DIGITS)
    _rate_limits: _HiddenTexts = field(
        default=None, converter=_hide, validator=_texts, repr=False
    )
    channel_configuration: EmailConfiguration | None = field(
        default=None, validator=instance_or_none(EmailConfiguration)
    )
    app_hash: str | None = field(default=None, validator=_TEXT)
    template_sid: str | None = field(default=None, validator=optional(_TEMPLATE_SID))
    _template_custom_substitutions: _HiddenTexts = field(
        default=None, converter=_hide, validator=_texts, repr=False
    )
    templates: tuple[Template, ...] | None = field(
        default=None,
        validator=optional(fits(_are_templates, "takes a tuple of 1 to 10 Templates")),
    )
    amount: str | None = field(default=None, validator=_TEXT)
    _payee: Secret | None = field(default=None, converter=_payee)
    device_ip: str | None = field(default=None, validator=optional(ip_address))
    risk_check: RiskCheck | None = field(default=None, converter=_risk_check)
    _tags: _HiddenTexts = field(
        default=None, converter=_hide, validator=_TAGS, repr=False
    )

    rate_limits = Revealed[_Texts]("_rate_limits")
    template_custom_substitutions = Revealed[_Texts]("_template_custom_substitutions")

    @property
    def payee(self) -> str | None:
        """Receiver of a PSD2 payment."""
        return None if self._payee is None else self._payee.reveal()

    tags = Revealed[_Texts]("_tags")

    def __attrs_post_init__(self) -> None:
        if (self.amount is None) is not (self.payee is None):
            missing = "amount" if self.amount is None else "payee"
            raise InvalidSetting(missing, "amount and payee go together")

    def to_repeat(self) -> dict[str, str]:
        """What the check must say again; the reference keeps it."""
        if self.amount is None or self.payee is None:
            return {}
        return {"amount": self.amount, "payee": self.payee}

    def to_form(self) -> dict[str, str]:
        """The fields of the form; what was not set is left out."""
        names = [str(each.alias) for each in fields(type(self))]
        found = {_form_name(name): _form_text(getattr(self, name)) for name in names}
        return {name: value for name, value in found.items() if value is not None}


def _form_name(name: str) -> str:
    return name.title().replace("_", "")  # app_hash is AppHash


def _form_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=lambda each: each.to_json())
