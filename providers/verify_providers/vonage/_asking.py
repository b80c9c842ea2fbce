"""One start: what was asked for, checked, and in the form in which Vonage is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidSetting,
    NotSupported,
    UnsupportedChannel,
)
from verify_core.masking import Hiding, hiding
from verify_core.verification import CancelOutcome, StartRequest, VerificationRef

from ..http import HttpAnswer
from . import _wire as wire
from ._credentials import NAME, is_uuid
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

DEFAULT_CODE_LENGTH: Final = 4
"""Vonage's own. Source: Vonage, Verify API 0.0.18 and 1.0.1, `code_length`."""


@frozen(kw_only=True)
class Defaults:
    """
    What every start says unless it is told otherwise.

    Attributes:
        brand: Who the message says it is from; 1 to 18 characters.
        sms_from: Sender of text messages; None lets Vonage use the brand.
        whatsapp_from: Sender of WhatsApp messages, without which there are none.
        email_from: Sender of e-mails; None lets Vonage choose.
        code_length: 4 to 10; None leaves it to Vonage, which takes 4.
        channel_timeout: How long a step lasts, 15 to 900 seconds; None leaves it to
            Vonage, which takes 180.

    Raises:
        InvalidSetting: A value that Vonage would certainly refuse; names it.
    """

    brand: str = field(validator=BRAND)
    sms_from: str | None = field(default=None, validator=optional(SMS_SENDER))
    whatsapp_from: str | None = field(default=None, validator=optional(WHATSAPP_SENDER))
    email_from: str | None = field(default=None, validator=optional(EMAIL_SENDER))
    code_length: int | None = field(default=None, validator=optional(CODE_LENGTH))
    channel_timeout: timedelta | None = field(default=None, validator=optional(TIMEOUT))

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that need nothing more said about them."""
        missing = set() if self.whatsapp_from else {Channel.WHATSAPP}
        return frozenset(set(Channel) - missing)

    def fill(self, step: Step) -> Step:
        """The step with the sender that it leaves to us."""
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
    """
    One start.

    Attributes:
        request: What the caller asked for.
        attempt_id: Its attempt, drawn where the caller named none.
        start: What Vonage is asked for.
        ignored: Names of the wishes that it does not contain.
        unfulfillable: Those of them that no start of Vonage's contains.
        previous: The reference that it replaces; None for a fresh start.
    """

    request: StartRequest
    attempt_id: str
    start: wire.Start
    ignored: tuple[str, ...]
    unfulfillable: tuple[str, ...]
    previous: VerificationRef | None

    @property
    def address(self) -> str:
        """Whom it reaches."""
        return self.request.identifier.value

    @property
    def hidden(self) -> Hiding:
        """What no echo of Vonage's may show."""
        return hiding(self.request.identifier, self.request.custom_code)

    def workflow(self, now: datetime) -> Workflow:
        """Its steps, begun now."""
        return Workflow(
            channels=tuple(step.channel for step in self.start.steps),
            timeout=self.start.channel_timeout or DEFAULT_TIMEOUT,
            reached_at=now,
        )

    def to_data(self) -> dict[str, str]:
        """What a resend must know to tell whether it asks for something else."""
        length = self.code_length
        return {"locale": self.start.locale or "", "code_length": str(length)}

    @property
    def code_length(self) -> int:
        """Characters of the code."""
        code = self.start.code
        own = None if code is None else len(code.reveal())
        return own or self.start.code_length or DEFAULT_CODE_LENGTH


def workflow_of(ref: VerificationRef) -> Workflow:
    """The reference's workflow; one step of Vonage's own length if it does not say."""
    return Workflow.from_data(ref.vendor_data) or Workflow(
        channels=(ref.channel,), timeout=DEFAULT_TIMEOUT, reached_at=ref.created_at
    )


def is_checkable(ref: VerificationRef) -> bool:
    """Whether the reference is this vendor's, and carries an id that can be asked."""
    return ref.provider == NAME and is_uuid(ref.vendor_id)


def read_canceled(
    ref: VerificationRef, answer: HttpAnswer, now: datetime
) -> CancelOutcome:
    """
    What became of a cancel; errors as for `wire.read_cancel`.

    Outside of the window for it, Vonage may say of a running request that there is
    none. At such a time its "not found" says that it was not canceled, no more.
    """
    outcome = wire.read_cancel(
        answer, ref.vendor_id, now=now, hidden=hiding(ref.identifier)
    )
    workflow = workflow_of(ref)
    outside = not workflow.is_cancelable(ref.created_at, now)
    may_run = outside and now < workflow.ends_at
    return CancelOutcome.TOO_LATE if outcome is _GONE and may_run else outcome


_GONE: Final = CancelOutcome.GONE


def ask_for(
    request: StartRequest,
    extras: VonageExtras | None,
    defaults: Defaults,
    *,
    attempt_id: str,
    previous: VerificationRef | None,
    unfulfillable: tuple[str, ...],
) -> Asked:
    """
    What a start asks Vonage for.

    Args:
        request: What the caller asked for.
        extras: Vonage's own options, if the caller has any.
        defaults: For what neither says.
        attempt_id: The attempt.
        previous: The reference that it replaces.
        unfulfillable: Names of the wishes that no start of Vonage's contains.

    Raises:
        UnsupportedChannel: WhatsApp without a sender.
        NotSupported: A custom code that Vonage does not take.
        InvalidSetting: Steps that do not fit the request; names the field.
    """
    more = extras or VonageExtras()
    ignored = list(unfulfillable)
    steps = _steps(request, more, defaults, ignored)
    code = request.custom_code
    if code is not None and not wire.takes_code(code.reveal()):
        raise NotSupported("custom_code: takes 4 to 10 letters and digits", NAME)
    start = wire.Start(
        identifier=request.identifier,
        brand=more.brand or defaults.brand,
        steps=steps,
        client_ref=more.client_ref or wire.client_ref_of(attempt_id),
        locale=_locale(request, steps, more, ignored),
        channel_timeout=_time_to_live(request, more, defaults, ignored),
        code_length=_length(request, more, defaults, ignored),
        code=code,
        template_id=more.template_id,
        fraud_check=more.fraud_check,
    )
    return Asked(
        request=request,
        attempt_id=attempt_id,
        start=start,
        ignored=tuple(ignored),
        unfulfillable=unfulfillable,
        previous=previous,
    )


def _steps(
    request: StartRequest,
    extras: VonageExtras,
    defaults: Defaults,
    ignored: list[str],
) -> tuple[Step, ...]:
    if extras.workflow is not None:
        steps = tuple(
            defaults.fill(step) for step in _fitting(request, extras.workflow)
        )
    else:
        first = (request.channel, *request.fallback_channels)
        filled = [defaults.fill(PLAIN_STEPS[channel]()) for channel in first]
        steps = (filled[0], *(step for step in filled[1:] if _is_complete(step)))
        if len(steps) < len(filled):
            ignored.append("fallback_channels")
    if len(steps) > MAX_STEPS:
        raise InvalidSetting("fallback_channels", f"takes at most {MAX_STEPS - 1}")
    if not all(_is_complete(step) for step in steps):
        raise UnsupportedChannel(
            "channel whatsapp is not offered: it needs whatsapp_from, or a "
            "WhatsAppStep with a sender",
            NAME,
        )
    return steps


def _fitting(request: StartRequest, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if request.fallback_channels:
        raise InvalidSetting("workflow", "excludes fallback_channels")
    if steps[0].channel is not request.channel:
        raise InvalidSetting("workflow", f"its first step must be {request.channel}")
    if any(step.channel.takes is not request.identifier.kind for step in steps):
        raise InvalidSetting("workflow", "has a step that cannot reach the identifier")
    return steps


def _is_complete(step: Step) -> bool:
    return not isinstance(step, WhatsAppStep) or step.sender is not None


def _locale(
    request: StartRequest,
    steps: tuple[Step, ...],
    extras: VonageExtras,
    ignored: list[str],
) -> str | None:
    if request.locale is None:
        return None
    found = nearest_locale(
        request.locale,
        (step.channel for step in steps),
        has_template=extras.template_id is not None,
    )
    if found is None:
        ignored.append("locale")
    return found


def _time_to_live(
    request: StartRequest,
    extras: VonageExtras,
    defaults: Defaults,
    ignored: list[str],
) -> timedelta | None:
    wish = request.hints.time_to_live
    taken = extras.channel_timeout
    if taken is None and wish is not None and takes_timeout(wish):
        taken = wish
    if wish is not None and wish != taken:
        ignored.append("time_to_live")
    return defaults.channel_timeout if taken is None else taken


def _length(
    request: StartRequest,
    extras: VonageExtras,
    defaults: Defaults,
    ignored: list[str],
) -> int | None:
    wish, code = request.hints.code_length, request.custom_code
    if code is not None:
        taken, found = None, len(code.reveal())
    else:
        taken = extras.code_length or wish or defaults.code_length
        found = taken or DEFAULT_CODE_LENGTH
    if wish is not None and wish != found:
        ignored.append("code_length")
    return taken
