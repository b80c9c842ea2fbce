"""What people received from Vonage."""

from __future__ import annotations

from attrs import field, frozen

from ..kit import _outbox as outbox
from ..kit._hiding import Hidden, Revealed, hidden_address
from .machine._numbers import plain
from .machine._workflow import VonageChannel, VonageVerification


@frozen(kw_only=True)
class VonageMessage(outbox.Delivered):
    """
    One message, call or question; always English, and without a code in a question.

    Attributes:
        place: The index of its step, from 0.
        sender: The step's `from`, or else the brand.
        locale: The language that was asked for.
    """

    channel: VonageChannel
    request_id: str
    place: int
    _sender: Hidden[str] = field(converter=hidden_address)
    locale: str

    sender = Revealed[str]()


class VonageOutbox(outbox.KeptMessages[VonageMessage]):
    """The messages, oldest first; only the newest are kept."""

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
    """Subject and body; the wording is this fake's own."""
    brand = verification.brand
    if verification.step.channel is VonageChannel.WHATSAPP_INTERACTIVE:
        return "", f"Are you trying to sign in to {brand}? Yes / No"
    if verification.step.channel is VonageChannel.VOICE:
        spelled = ", ".join(code)
        return "", f"Your {brand} code is {spelled}. Once again: {spelled}. Goodbye."
    body = f"{code} is your {brand} verification code"
    mail = verification.step.channel is VonageChannel.EMAIL
    return (f"Your {brand} code" if mail else "", body)
