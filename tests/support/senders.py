"""Every sender over HTTP behind doors that fail on purpose, and both ways to send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from attrs import frozen

from verify_core import Channel, read_phone
from verify_core.testing import HttpDoors, VendorReply, VendorRequest, json_reply
from verify_providers.http import HttpRequest, Reach, json_object
from verify_providers.own.senders import MaybeSent, Message, Sent
from verify_providers.own.senders._http import ConversationSender, Delivering

KINDS = ("blocking", "awaited")
NUMBER = "+15553231234"
CODE = "482915"
KEY = "a-key-that-must-not-show"
#: Short, for a vendor that stalls; all others have time.
DEADLINE = timedelta(seconds=1)
TIMEOUT = timedelta(seconds=10)


def message(**facts: Any) -> Message:  # noqa: ANN401 - any field's value
    """Return a message with a code, by SMS unless said otherwise."""
    given: dict[str, Any] = {
        "identifier": read_phone(NUMBER),
        "channel": Channel.SMS,
        "code": CODE,
        "text": f"{CODE} is your Shop code. Do not share it.",
        "brand": "Shop",
        "lifetime": timedelta(minutes=10),
        "attempt_id": "attempt-1",
    }
    return Message(**given | facts)


@frozen(kw_only=True)
class SenderCase:
    """
    A sender and its vendor.

    Attributes:
        make: Makes the sender.
        answer: The vendor, as far as it is needed: takes every message.
    """

    make: Callable[[Reach], ConversationSender]
    answer: Callable[[VendorRequest], VendorReply]


@contextmanager
def before_doors(
    case: SenderCase, *, timeout: timedelta = TIMEOUT
) -> Iterator[tuple[HttpDoors, ConversationSender]]:
    """Run the vendor behind doors, and make the sender that knocks at them."""
    with HttpDoors(answer=case.answer) as doors:
        sender = case.make(Reach(base_url=doors.url, timeout=timeout))
        try:
            yield doors, sender
        finally:
            sender.close()


def send(kind: str, sender: ConversationSender, what: Message) -> Sent | MaybeSent:
    """Send by the one way or the other."""
    return sender.send(what) if kind == "blocking" else asyncio.run(_send(sender, what))


async def _send(sender: ConversationSender, what: Message) -> Sent | MaybeSent:
    awaited = sender.awaited()
    try:
        return await awaited.send(what)
    finally:
        await awaited.aclose()


class Post(ConversationSender):
    """A sender made of no more than the toolkit."""

    def __init__(self, *, key: str, reach: Reach) -> None:
        def converse(what: Message) -> Any:  # noqa: ANN401 - a conversation
            return delivering.deliver(
                what,
                HttpRequest(
                    method="POST",
                    path=f"/sms?to={what.to[1:]}",
                    shown_path="/sms?to=***",
                    body=what.text.encode(),
                    headers={"x-key": key},
                ),
            )

        def read(answer: Any) -> Sent | None:  # noqa: ANN401 - an HttpAnswer
            found = json_object(answer.body).get("id")
            return Sent(vendor_id=found) if isinstance(found, str) else None

        delivering = Delivering(name="post", shown="Post", read=read)
        super().__init__(
            converse, name="post", address="https://post.example", reach=reach
        )


CASES: dict[str, SenderCase] = {
    "toolkit": SenderCase(
        make=lambda reach: Post(key=KEY, reach=reach),
        answer=lambda _request: json_reply(201, {"id": "m-1"}),
    ),
}
