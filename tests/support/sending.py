"""Messages for senders, and one way to call a sender that blocks or is awaited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.kinds import shared_loop
from verify_core.channels import Channel
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, Provenance
from verify_providers.http import Ask, HttpRequest
from verify_providers.own.senders import HttpSender, MaybeSent, Message, Sent

CODE = "204816"
NUMBER = PhoneNumber(
    e164="+15553231234", calling_code=1, region="US", provenance=Provenance.EXPLICIT
)
ADDRESS = EmailAddress("ada.lovelace@mail.example")


def message(
    *,
    channel: Channel = Channel.SMS,
    **changes: Any,  # noqa: ANN401 - any field
) -> Message:
    """A message as the provider would make it, for a number or an address."""
    is_mail = channel is Channel.EMAIL
    facts: dict[str, Any] = {
        "identifier": ADDRESS if is_mail else NUMBER,
        "channel": channel,
        "code": CODE,
        "text": f"{CODE} is your Shop code. Do not share it.",
        "subject": "Your Shop code" if is_mail else "",
        "html": f"<p><b>{CODE}</b> is your Shop code.</p>" if is_mail else "",
        "brand": "Shop",
        "lifetime": timedelta(minutes=10),
        "attempt_id": "att-7f3a",
    }
    return Message(**{**facts, **changes})


def mail(
    **changes: Any,  # noqa: ANN401 - any field
) -> Message:
    """A message for a mailbox."""
    return message(channel=Channel.EMAIL, **changes)


Send = Callable[[Any, Message], Sent | MaybeSent]


def send_blocking(
    sender: Any,  # noqa: ANN401 - of either kind
    sent: Message,
) -> Sent | MaybeSent:
    """Send as a program that blocks."""
    found: Sent | MaybeSent = sender.send(sent)
    return found


def send_awaited(
    sender: Any,  # noqa: ANN401 - of either kind
    sent: Message,
) -> Sent | MaybeSent:
    """Send as a program that awaits."""

    async def send() -> Sent | MaybeSent:
        awaited = sender.awaited() if hasattr(sender, "awaited") else sender
        try:
            found: Sent | MaybeSent = await awaited.send(sent)
            return found
        finally:
            if hasattr(awaited, "aclose"):
                await awaited.aclose()

    return shared_loop().run(send())


WAYS = {"blocking": send_blocking, "awaited": send_awaited}


URL = "https://gateway.example/send"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def request_of(sender: HttpSender, sent: Message) -> HttpRequest:
    """What a sender asks of the gateway, without a socket."""
    ask = next(sender._converse(sent))  # noqa: SLF001 - the pure part
    assert isinstance(ask, Ask)
    return ask.request


def asked(sender: HttpSender, sent: Message | None = None) -> HttpRequest:
    return request_of(sender, sent or message())
