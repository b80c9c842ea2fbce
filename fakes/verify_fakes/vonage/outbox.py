"""What people received."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

from attrs import field, frozen

from ..kit.hiding import Hidden, hidden_text, masked
from .workflow import Channel, Verification


@frozen(kw_only=True, repr=False)
class Message:
    """
    One message, call or question; only its own attributes show what is in it.

    Attributes:
        to: A phone number, digits without a plus sign, or an e-mail address.
        channel: How it travelled.
        code: The code in it; empty for a question.
        body: What the person reads or hears; always English.
        subject: Of an e-mail.
        at: When it left.
        request_id: The verification that it belongs to.
        place: Of which step it is, from 0.
        sender: Who it is from: the step's `from`, or else the brand.
        locale: The language that was asked for.
    """

    _to: Hidden[str] = field(converter=hidden_text)
    channel: Channel
    _code: Hidden[str] = field(converter=hidden_text)
    _body: Hidden[str] = field(converter=hidden_text)
    _subject: Hidden[str] = field(default="", converter=hidden_text)
    at: datetime
    request_id: str
    place: int
    sender: str
    locale: str

    @property
    def to(self) -> str:
        """A phone number, digits without a plus sign, or an e-mail address."""
        return self._to.reveal()

    @property
    def code(self) -> str:
        """The code in it; empty for a question."""
        return self._code.reveal()

    @property
    def body(self) -> str:
        """What the person reads or hears; always English."""
        return self._body.reveal()

    @property
    def subject(self) -> str:
        """Of an e-mail."""
        return self._subject.reveal()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Message({shown})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        yield "to", masked(self.to)
        yield "channel", self.channel.value
        yield "at", self.at
        yield "request_id", self.request_id
        yield "place", self.place
        yield "sender", self.sender


class Outbox(Sequence[Message]):
    """
    The messages, oldest first; only the newest are kept.

    Args:
        keep: How many it holds.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._messages: deque[Message] = deque(maxlen=keep)
        self._added = 0

    @property
    def added(self) -> int:
        """How many were ever put in."""
        return self._added

    def add(self, message: Message) -> None:
        """Put in one more message."""
        self._messages.append(message)
        self._added += 1

    def to(self, address: str) -> list[Message]:
        """The messages to one address, with or without plus sign, oldest first."""
        plain = address.removeprefix("+")
        return [message for message in self if message.to == plain]

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

    def __len__(self) -> int:
        """How many it holds now."""
        return len(self._messages)

    def __repr__(self) -> str:
        """How many, not what."""
        return f"Outbox({len(self)} messages)"


def message_of(verification: Verification) -> Message:
    """The message of the step that has just begun."""
    step = verification.step
    code = verification.code if step.takes_code else ""
    subject, body = _text(verification, code)
    return Message(
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


def _text(verification: Verification, code: str) -> tuple[str, str]:
    """Subject and body; the wording is ours."""
    brand = verification.brand
    if verification.step.channel is Channel.WHATSAPP_INTERACTIVE:
        return "", f"Are you trying to sign in to {brand}? Yes / No"
    if verification.step.channel is Channel.VOICE:
        spelled = ", ".join(code)
        return "", f"Your {brand} code is {spelled}. Once again: {spelled}. Goodbye."
    body = f"{code} is your {brand} verification code"
    return (f"Your {brand} code" if _is_mail(verification) else "", body)


def _is_mail(verification: Verification) -> bool:
    return verification.step.channel is Channel.EMAIL
