"""One start: what was asked for, checked, and in the form in which Vonage is asked."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen
from attrs.validators import optional

from verify_core.accepting import Accepted
from verify_core.channels import Channel, IdentifierKind
from verify_core.errors import InvalidSetting, NotSupported, UnsupportedChannel
from verify_core.verification import StartRequest, VerificationRef

from . import _wire as wire
from ._credentials import NAME
from ._extras import (
    BRAND,
    CODE_LENGTH,
    EMAIL_SENDER,
    PLAIN_STEPS,
    SMS_SENDER,
    TIMEOUT,
    WHATSAPP_SENDER,
    EmailStep,
    SmsStep,
    Step,
    VonageExtras,
    WhatsAppStep,
    takes_timeout,
)
from ._locales import nearest_locale
from ._workflow import DEFAULT_TIMEOUT, MAX_STEPS, Workflow

DEFAULT_CODE_LENGTH = 4
"""Vonage's own. Source: Vonage, Verify API 0.0.18 and 1.0.1, `code_length`."""

MAX_CLIENT_REF = 40
"""Characters of `client_ref`. Source: Vonage, Verify API 1.0.1."""


def client_ref_of(attempt_id: str) -> str:
    """
    The attempt's name in Vonage's webhooks: the same where Vonage takes it.

    Vonage takes 1 to 40 letters and digits; anything else becomes the first 40
    hexadecimal digits of its SHA-256, so that it can be found again. Vonage's own
    library stops at 16, but only in what it sends, and 16 of a UUID's digits would no
    longer be the attempt's name.
    """
    if re.fullmatch(f"[A-Za-z0-9]{{1,{MAX_CLIENT_REF}}}", attempt_id):
        return attempt_id
    digest = hashlib.sha256(attempt_id.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:MAX_CLIENT_REF]


@frozen
class Defaults:
    """What every start says unless its request says otherwise; see `VonageVerify`."""

    brand: str = field(validator=BRAND)
    sms_from: str | None = field(default=None, validator=optional(SMS_SENDER))
    whatsapp_from: str | None = field(default=None, validator=optional(WHATSAPP_SENDER))
    email_from: str | None = field(default=None, validator=optional(EMAIL_SENDER))
    code_length: int | None = field(default=None, validator=optional(CODE_LENGTH))
    channel_timeout: timedelta | None = field(default=None, validator=optional(TIMEOUT))

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that need no more than these settings."""
        missing = set() if self.whatsapp_from else {Channel.WHATSAPP}
        return frozenset(set(Channel) - missing)

    def fill(self, step: Step) -> Step:
        """The step, with the sender of these settings where it has none."""
        match step:
            case SmsStep(sender=None):
                return evolve(step, sender=self.sms_from)
            case WhatsAppStep(sender=None):
                return evolve(step, sender=self.whatsapp_from)
            case EmailStep(sender=None):
                return evolve(step, sender=self.email_from)
        return step


@frozen(kw_only=True)
class Asked:
    """One start that was accepted; what is None is left to Vonage."""

    request: StartRequest
    attempt_id: str
    previous: VerificationRef | None  # which it replaces
    extras: VonageExtras
    brand: str
    steps: tuple[Step, ...]
    locale: str | None  # one of Vonage's tags
    channel_timeout: timedelta | None  # of each step
    code_length: int | None
    ignored: tuple[str, ...] = ()  # hints that the start does not contain
    unfulfillable: tuple[str, ...]  # those that no start of Vonage's contains

    @property
    def true_code_length(self) -> int:
        code = self.request.custom_code
        own = None if code is None else len(code.reveal())
        return own or self.code_length or DEFAULT_CODE_LENGTH

    def workflow(self, now: datetime) -> Workflow:
        return Workflow(
            channels=tuple(step.channel for step in self.steps),
            timeout=self.channel_timeout or DEFAULT_TIMEOUT,
            reached_at=now,
        )

    def to_data(self) -> dict[str, str]:
        """What a resend must know to see whether it asks for something else."""
        return {"locale": self.locale or "", "code_length": str(self.true_code_length)}

    def to_json(self) -> dict[str, Any]:
        to, timeout = self.request.identifier.value, self.channel_timeout
        if self.request.identifier.kind is IdentifierKind.PHONE:
            to = to.removeprefix("+")  # as Vonage takes numbers
        code = self.request.custom_code
        fields: dict[str, Any] = {
            "brand": self.brand,
            "workflow": [
                {"channel": wire.WORDS[step.channel], "to": to, **step.to_json()}
                for step in self.steps
            ],
            "locale": self.locale,
            "channel_timeout": timeout and int(timeout.total_seconds()),
            "client_ref": self.extras.client_ref or client_ref_of(self.attempt_id),
            "code_length": self.code_length,
            "code": code and code.reveal(),
            "template_id": self.extras.template_id,
            "fraud_check": self.extras.fraud_check,
        }
        return {name: value for name, value in fields.items() if value is not None}


def ask_for(
    request: StartRequest,
    accepted: Accepted[VonageExtras],
    defaults: Defaults,
    *,
    attempt_id: str,
) -> Asked:
    """What a start asks Vonage for; raises where Vonage cannot do it."""
    extras = accepted.extras or VonageExtras()
    hints, code = request.hints, request.custom_code
    steps = _steps(request, extras, defaults)
    if code is not None and not wire.takes_code(code.reveal()):
        raise NotSupported("custom_code: takes 4 to 10 letters and digits", NAME)
    timeout, lifetime = extras.channel_timeout, hints.time_to_live
    if timeout is None and lifetime is not None and takes_timeout(lifetime):
        timeout = lifetime
    asked = Asked(
        request=request,
        attempt_id=attempt_id,
        previous=accepted.previous,
        extras=extras,
        brand=extras.brand or defaults.brand,
        steps=steps,
        locale=_locale(request, steps, extras),
        channel_timeout=timeout or defaults.channel_timeout,
        code_length=None
        if code is not None
        else extras.code_length or hints.code_length or defaults.code_length,
        unfulfillable=accepted.ignored,
    )
    fallbacks = len(request.fallback_channels)
    ignored = {
        "fallback_channels": fallbacks > 0 and fallbacks != len(steps) - 1,
        "locale": request.locale is not None and asked.locale is None,
        "time_to_live": lifetime not in {None, timeout},
        "code_length": hints.code_length not in {None, asked.true_code_length},
    }
    names = [name for name, is_ignored in ignored.items() if is_ignored]
    return evolve(asked, ignored=(*accepted.ignored, *names))


def _steps(
    request: StartRequest, extras: VonageExtras, defaults: Defaults
) -> tuple[Step, ...]:
    if extras.workflow is not None:
        _require_fitting(request, extras.workflow)
        steps = [defaults.fill(step) for step in extras.workflow]
    else:
        channels = (request.channel, *request.fallback_channels)
        filled = [defaults.fill(PLAIN_STEPS[channel]()) for channel in channels]
        steps = [filled[0], *filter(_is_complete, filled[1:])]
    if len(steps) > MAX_STEPS:
        raise InvalidSetting("fallback_channels", f"takes at most {MAX_STEPS - 1}")
    if not all(map(_is_complete, steps)):
        raise UnsupportedChannel(
            "channel whatsapp is not offered: it needs whatsapp_from, or a "
            "WhatsAppStep with a sender",
            NAME,
        )
    return tuple(steps)


def _require_fitting(request: StartRequest, steps: tuple[Step, ...]) -> None:
    if request.fallback_channels:
        raise InvalidSetting("workflow", "excludes fallback_channels")
    if steps[0].channel is not request.channel:
        raise InvalidSetting("workflow", f"its first step must be {request.channel}")
    if any(step.channel.takes is not request.identifier.kind for step in steps):
        raise InvalidSetting("workflow", "has a step that cannot reach the identifier")


def _is_complete(step: Step) -> bool:
    return not isinstance(step, WhatsAppStep) or step.sender is not None


def _locale(
    request: StartRequest, steps: tuple[Step, ...], extras: VonageExtras
) -> str | None:
    if request.locale is None:
        return None
    channels = [step.channel for step in steps]
    own = extras.template_id is not None
    return nearest_locale(request.locale, channels, has_template=own)
