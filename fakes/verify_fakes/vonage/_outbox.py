"""What people received from Vonage."""

from __future__ import annotations

from attrs import frozen

from ..kit import _outbox as outbox
from .machine._numbers import plain
from .machine._workflow import VonageChannel, VonageVerification


@frozen(kw_only=True)
class VonageMessage(outbox.Delivered):
    """
    One message, call or question; always English, and without a code in a question.

    Attributes:
        request_id: The verification that it belongs to.
        place: Of which step it is, from 0.
        sender: Who it is from: the step's `from`, or else the brand.
        locale: The language that was asked for.
    """

    channel: VonageChannel
    request_id: str
    place: int
    sender: str
    locale: str


class VonageOutbox(outbox.KeptMessages[VonageMessage]):
    """
    The messages, oldest first; only the newest are kept.

    Args:
        keep: How many it holds.
    """

    def __init__(self, keep: int = 10_000) -> None:
        super().__init__(keep, plain)


def message_of(verification: VonageVerification) -> VonageMessage:
    """The message of the step that has just begun."""
    step = verification.step
    code = verification.code if step.takes_code else ""
    subject, body = _text(verification, code)
    return VonageMessage(
        to=step.to,
        channel=step.channel,
        code=code,
        body=body,
        subject=subject,
        at=step.began_at or verification.submitted_at,
        request_id=verification.request_id,
        place=verification.place,
        sender=step.sender or verification.brand,
        locale=verification.locale,
    )


def _text(verification: VonageVerification, code: str) -> tuple[str, str]:
    """Subject and body; the wording is ours."""
    brand = verification.brand
    if verification.step.channel is VonageChannel.WHATSAPP_INTERACTIVE:
        return "", f"Are you trying to sign in to {brand}? Yes / No"
    if verification.step.channel is VonageChannel.VOICE:
        spelled = ", ".join(code)
        return "", f"Your {brand} code is {spelled}. Once again: {spelled}. Goodbye."
    body = f"{code} is your {brand} verification code"
    return (f"Your {brand} code" if _is_mail(verification) else "", body)


def _is_mail(verification: VonageVerification) -> bool:
    return verification.step.channel is VonageChannel.EMAIL
