"""What a sender gets, and what it says became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.frames import unframed_init
from verify_core.identifiers import Identifier
from verify_core.masking import Discreet, Hidden, Revealed, Secret, to_secret


def _hidden(value: str | Hidden[str]) -> Hidden[str]:
    return Hidden(value)


@unframed_init
@frozen(kw_only=True)
class Message(Discreet):
    """
    One message with a code, ready to be sent; shows neither code nor text nor number.

    Attributes:
        identifier: Who receives it.
        channel: How it goes.
        code: The code alone, for senders whose vendor has the text as a template.
        text: The whole text: of an SMS, a mail's plain part, or what a call says.
        subject: Of a mail; without the code, since logs and lock screens show it.
        html: Of a mail: its second part, or None.
        language: BCP 47 tag of the text that was chosen, such as `en` or `pt-BR`.
        brand: Who sends the code.
        lifetime: How long the code works.
        attempt_id: The attempt's, for the vendor's own reference field; not a secret.
        number: Which message of the verification this is; 1 is the first.
    """

    identifier: Identifier
    channel: Channel
    code: Secret = field(converter=to_secret)
    _text: Hidden[str] = field(converter=_hidden, repr=False)
    subject: str = ""
    _html: Hidden[str] = field(default="", converter=_hidden, repr=False)
    language: str = "en"
    brand: str = ""
    lifetime: timedelta
    attempt_id: str
    number: int = 1

    text = Revealed[str]("_text", "The whole text.")
    html = Revealed[str]("_html", "A mail's second part, or empty.")

    @property
    def to(self) -> str:
        """The recipient: the number in E.164, or the address."""
        return self.identifier.value


@frozen(kw_only=True)
class Sent:
    """
    The message was taken over.

    Attributes:
        vendor_id: The vendor's handle on the message, for its support; may be empty.
    """

    vendor_id: str = ""


@frozen(kw_only=True)
class MaybeSent:
    """
    The message may have left: the answer is missing, or does not say.

    Attributes:
        reason: One sentence for logs, without code, number or address.
    """

    reason: str


class Sender(Protocol):
    """
    Delivers messages by one way; safe for several threads.

    An optional attribute, `channels`: those that it serves; without it, any. Two
    optional methods: `close()` frees what is kept open; `awaited()` returns this sender
    as an `AsyncSender`. Without it a sender that blocks runs in threads where a program
    awaits.
    """

    def send(self, message: Message) -> Sent | MaybeSent:
        """
        Deliver the message once; a lost answer is never repeated.

        Raises:
            verify_core.errors.NotSent: It certainly did not leave; the subclass says
                what to do.
            verify_core.errors.Ambiguous, verify_core.errors.Unexpected: As `MaybeSent`.
        """


class AsyncSender(Protocol):
    """`Sender` whose method is awaited; `aclose()` stands for `close()`."""

    async def send(self, message: Message) -> Sent | MaybeSent: ...
