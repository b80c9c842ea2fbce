"""What a person would have received from Twilio."""

from __future__ import annotations

from attrs import frozen

from ..kit import _outbox as outbox
from .machine._commands import StartCommand
from .machine._rules import Switches
from .machine._state import TwilioChannel, TwilioVerification
from .resources._templates import Wording


@frozen(kw_only=True)
class Message(outbox.Delivered):
    """
    One message; of a call, the body is the words spoken.

    Attributes:
        messaging_service_sid: Through which messaging service, where one is configured.
        locale: The language that was asked for, or else the number's own.
        attempt_id: Of a message of another sender: the attempt that it belongs to.
    """

    channel: TwilioChannel
    verification_sid: str
    service_sid: str
    messaging_service_sid: str | None = None
    locale: str = "en"
    attempt_id: str = ""


class Outbox(outbox.KeptMessages[Message]):
    """The messages sent, oldest first; the oldest leave when it is full."""


# Source: Twilio, API description of Verify v2 (DoNotShareWarningEnabled), 2026-04-14.
_WARNING = (
    "Don\N{RIGHT SINGLE QUOTATION MARK}t share this code with anyone; "
    "our employees will never ask for the code"
)


def composed(
    sent: TwilioVerification,
    command: StartCommand,
    switches: Switches,
    wording: Wording | None,
    sender: str | None,
) -> Message:
    """
    The newest message of a verification, whose last send is in place.

    `wording` is a template's text, None the usual one; `sender` is the sid of the
    messaging service through which it goes.
    """
    name = command.friendly_name or switches.friendly_name
    subject, body = _text(sent, switches, name, wording)
    if command.app_hash is not None and sent.channel is TwilioChannel.SMS:
        # The form of the example in Twilio's API description (AppHash), 2026-04-14:
        # `<#> Your AppName verification code is: 1234 He42w354ol9`.
        body = f"<#> {body} {command.app_hash}"
    return Message(
        to=sent.to,
        channel=sent.channel,
        code=sent.code,
        body=body,
        subject=subject,
        at=sent.sends[-1].at,
        verification_sid=sent.sid,
        service_sid=sent.service_sid,
        messaging_service_sid=sender,
        locale=command.language or "en",
    )


def _text(
    sent: TwilioVerification, switches: Switches, name: str, wording: Wording | None
) -> tuple[str, str]:
    spelled = ", ".join(sent.code)
    if wording is not None:
        code = spelled if sent.channel is TwilioChannel.CALL else sent.code
        return "", wording.filled(code=code, friendly_name=name)
    if sent.channel is TwilioChannel.CALL:
        pressed = switches.dtmf_input_required
        greeting = "Press any key to hear your code. " if pressed else ""
        sentence = f"Your {name} verification code is: {spelled}."
        return "", f"{greeting}{sentence} Once again: {spelled}. Goodbye."
    purpose = f" to pay {sent.amount} to {sent.payee}" if sent.amount else ""
    body = f"Your {name} verification code{purpose} is: {sent.code}"
    if sent.channel is TwilioChannel.EMAIL:
        return f"Your {name} verification code", body
    if sent.channel is TwilioChannel.SMS and switches.do_not_share_warning_enabled:
        body = f"{body}. {_WARNING}"
    return "", body
