"""What a person would have received."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

from attrs import field, frozen

from ..kit.hiding import Hidden, hidden_text, masked
from .services import Switches
from .state import Channel, Verification
from .templates import Wording


@frozen(kw_only=True, repr=False)
class Message:
    """
    One message, as it reached somebody; only its own attributes show what is in it.

    Attributes:
        to: Phone number or e-mail address.
        channel: How it travelled.
        code: The code in it.
        body: The text; for a call, the words spoken.
        subject: Of an e-mail; empty elsewhere.
        at: When it left (UTC).
        verification_sid: Which verification it belongs to.
        service_sid: Which service sent it.
        messaging_service_sid: Through which messaging service, where one is configured.
    """

    _to: Hidden[str] = field(converter=hidden_text)
    channel: Channel
    _code: Hidden[str] = field(converter=hidden_text)
    _body: Hidden[str] = field(converter=hidden_text)
    _subject: Hidden[str] = field(default="", converter=hidden_text)
    at: datetime
    verification_sid: str
    service_sid: str
    messaging_service_sid: str | None = None

    @property
    def to(self) -> str:
        """Phone number or e-mail address."""
        return self._to.reveal()

    @property
    def code(self) -> str:
        """The code in it."""
        return self._code.reveal()

    @property
    def body(self) -> str:
        """The text; for a call, the words spoken."""
        return self._body.reveal()

    @property
    def subject(self) -> str:
        """Of an e-mail; empty elsewhere."""
        return self._subject.reveal()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Message({shown})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        yield "to", masked(self.to)
        yield "channel", self.channel.value
        yield "at", self.at
        yield "verification_sid", self.verification_sid
        yield "service_sid", self.service_sid


class Outbox(Sequence[Message]):
    """
    The messages sent, oldest first; the oldest leave when it is full.

    Args:
        keep: How many it holds.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._messages: deque[Message] = deque(maxlen=keep)

    def add(self, message: Message) -> None:
        """Put in one more message."""
        self._messages.append(message)

    def to(self, address: str) -> list[Message]:
        """The messages to one address, oldest first."""
        return [message for message in self if message.to == address]

    def clear(self) -> None:
        """Empty it."""
        self._messages.clear()

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        """A message by place (-1 is the newest), or a list of them."""
        if isinstance(index, slice):
            return list(self._messages)[index]
        return self._messages[index]

    def __iter__(self) -> Iterator[Message]:
        """From the oldest on, as they are now: others may send meanwhile."""
        return iter(tuple(self._messages))

    def __reversed__(self) -> Iterator[Message]:
        """From the newest on, as they are while nobody sends."""
        return reversed(self._messages)

    def __len__(self) -> int:
        """How many it holds now."""
        return len(self._messages)

    def __repr__(self) -> str:
        """How many, not what."""
        return f"Outbox({len(self)} messages)"


# Source: Twilio, API description of Verify v2 (DoNotShareWarningEnabled), 2026-04-14.
_WARNING = (
    "Don\N{RIGHT SINGLE QUOTATION MARK}t share this code with anyone; "
    "our employees will never ask for the code"
)


def composed(
    sent: Verification,
    switches: Switches,
    *,
    friendly_name: str,
    wording: Wording | None = None,
    app_hash: str | None = None,
) -> Message:
    """
    The newest message of a verification.

    Args:
        sent: With its last send in place.
        switches: Of the service that sends it.
        friendly_name: Who it is from.
        wording: A template's text; None for the usual one.
        app_hash: Of the Android app that reads the message by itself.
    """
    if wording is None:
        subject, body = _text(sent, switches, friendly_name)
    else:
        subject, body = "", _worded(sent, wording, friendly_name)
    if app_hash is not None and sent.channel is Channel.SMS:
        # The form of the example in Twilio's API description (AppHash), 2026-04-14:
        # `<#> Your AppName verification code is: 1234 He42w354ol9`.
        body = f"<#> {body} {app_hash}"
    return Message(
        to=sent.to,
        channel=sent.channel,
        code=sent.code,
        body=body,
        subject=subject,
        at=sent.sends[-1].at,
        verification_sid=sent.sid,
        service_sid=sent.service_sid,
    )


def _text(sent: Verification, switches: Switches, name: str) -> tuple[str, str]:
    """Subject and body."""
    if sent.channel is Channel.CALL:
        return "", _spoken(name, sent.code, press_a_key=switches.dtmf_input_required)
    purpose = f" to pay {sent.amount} to {sent.payee}" if sent.amount else ""
    body = f"Your {name} verification code{purpose} is: {sent.code}"
    if sent.channel is Channel.EMAIL:
        return f"Your {name} verification code", body
    if sent.channel is Channel.SMS and switches.do_not_share_warning_enabled:
        body = f"{body}. {_WARNING}"
    return "", body


def _worded(sent: Verification, wording: Wording, name: str) -> str:
    call = sent.channel is Channel.CALL
    code = ", ".join(sent.code) if call else sent.code
    return wording.filled(code=code, friendly_name=name)


def _spoken(name: str, code: str, *, press_a_key: bool) -> str:
    digits = ", ".join(code)
    greeting = "Press any key to hear your code. " if press_a_key else ""
    sentence = f"Your {name} verification code is: {digits}."
    return f"{greeting}{sentence} Once again: {digits}. Goodbye."
