"""Every sender over HTTP behind doors that fail on purpose, and both ways to send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from verify_core import Channel
from verify_core.errors import NotSent
from verify_core.testing import HttpDoors, VendorReply, VendorRequest, json_reply
from verify_fakes import FakeSenders
from verify_providers.http import HttpRequest, Reach, json_object
from verify_providers.own.senders import (
    AwsSmsSender,
    HttpSender,
    MaybeSent,
    Message,
    Sent,
    SnsSender,
    TwilioMessagesSender,
    VonageSmsSender,
    WhatsAppSender,
)
from verify_providers.own.senders._http import ConversationSender, Delivering

SenderT = TypeVar("SenderT", bound=ConversationSender)

KINDS = ("blocking", "awaited")
KEY = "a-key-that-must-not-show"
ACCOUNT = "AC" + "0a" * 16
#: Short, for a vendor that stalls; all others have time.
DEADLINE = timedelta(milliseconds=200)
TIMEOUT = timedelta(seconds=10)


@frozen(kw_only=True)
class SenderCase:
    """
    A sender and its vendor.

    Attributes:
        make: Makes the sender.
        channel: Of the messages it is tried with.
        answer: The vendor, as far as it is needed: takes every message.
    """

    make: Callable[[Reach], ConversationSender]
    channel: Channel = Channel.SMS
    answer: Callable[[VendorRequest], VendorReply]


def fake_answer(fake: FakeSenders) -> Callable[[VendorRequest], VendorReply]:
    """A fake as the vendor behind doors."""
    return lambda asked: _reply(
        fake.handle(asked.method, asked.target, asked.headers, asked.body)
    )


def _reply(answer: tuple[int, dict[str, str], bytes]) -> VendorReply:
    status, headers, body = answer
    return VendorReply(status=status, headers=headers, body=body)


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
        def ask(what: Message) -> HttpRequest:
            return HttpRequest(
                method="POST",
                path=f"/sms?to={what.to[1:]}",
                shown_path="/sms?to=***",
                body=what.text.encode(),
                headers={"x-key": key},
            )

        def read(answer: Any) -> Sent | None:  # noqa: ANN401 - an HttpAnswer
            found = json_object(answer.body).get("id")
            return Sent(vendor_id=found) if isinstance(found, str) else None

        delivering = Delivering(name="post", shown="Post", read=read)
        address = "https://post.example"
        super().__init__(ask, delivering=delivering, address=address, reach=reach)


def twilio(reach: Reach, **changes: Any) -> TwilioMessagesSender:  # noqa: ANN401 - any argument
    given = {"account_sid": ACCOUNT, "auth_token": KEY, "sender": "+15550001111"}
    return TwilioMessagesSender(**{**given, **changes}, reach=reach)


KEY_ID = "AKIDEXAMPLE0000"


def aws(
    kind: type[SenderT],
    reach: Reach,
    **changes: Any,  # noqa: ANN401 - any argument
) -> SenderT:
    given = {"region": "eu-west-1"}
    if "profile" not in changes:
        given |= {"access_key_id": KEY_ID, "secret_access_key": KEY}
    return kind(**{**given, **changes}, reach=reach)


sns = partial(aws, SnsSender)
aws_sms = partial(aws, AwsSmsSender)


def vonage(reach: Reach, **changes: Any) -> VonageSmsSender:  # noqa: ANN401 - any argument
    given = {"api_key": "abcd1234", "api_secret": KEY, "sender": "Shop"}
    return VonageSmsSender(**{**given, **changes}, reach=reach)


def whatsapp(reach: Reach, **changes: Any) -> WhatsAppSender:  # noqa: ANN401 - any argument
    given: dict[str, Any] = {
        "phone_number_id": "106540352242922",
        "access_token": KEY,
        "template": "login_code",
        "languages": ["en_US", "pt_BR", "de"],
    }
    return WhatsAppSender(**{**given, **changes}, reach=reach)


def described(reach: Reach, **changes: Any) -> HttpSender:  # noqa: ANN401 - any argument
    given: dict[str, Any] = {
        "url": "https://gateway.example/send/{attempt_id}?to={to_digits}&key={key}",
        "secrets": {"key": KEY},
        "json": {"to": "{to}", "text": "{text}", "key": "{key}"},
        "answers": [{"member": "/ok", "values": [True], "means": "sent"}],
        "vendor_id": "/id",
    }
    return HttpSender(**{**given, **changes}, reach=reach)


CASES: dict[str, SenderCase] = {
    "described": SenderCase(
        make=described,
        answer=lambda _request: json_reply(200, {"ok": True, "id": "m-1"}),
    ),
    "toolkit": SenderCase(
        make=lambda reach: Post(key=KEY, reach=reach),
        answer=lambda _request: json_reply(201, {"id": "m-1"}),
    ),
    "sns": SenderCase(make=sns, answer=fake_answer(FakeSenders())),
    "aws sms": SenderCase(make=aws_sms, answer=fake_answer(FakeSenders())),
    "aws call": SenderCase(
        make=partial(aws_sms, origination_identity="pool-1"),
        channel=Channel.CALL,
        answer=fake_answer(FakeSenders()),
    ),
    "twilio": SenderCase(make=twilio, answer=fake_answer(FakeSenders())),
    "vonage": SenderCase(make=vonage, answer=fake_answer(FakeSenders())),
    "whatsapp": SenderCase(
        make=whatsapp, channel=Channel.WHATSAPP, answer=fake_answer(FakeSenders())
    ),
}


@contextmanager
def recorded(fake: FakeSenders) -> Iterator[tuple[str, list[VendorRequest]]]:
    """Serve a fake, and note what it is asked."""
    requests: list[VendorRequest] = []
    answer = fake_answer(fake)

    def note(request: VendorRequest) -> VendorReply:
        requests.append(request)
        return answer(request)

    with HttpDoors(answer=note) as doors:
        yield doors.url, requests


def sent_by(make: Callable[..., ConversationSender], what: Message) -> VendorRequest:
    """What a sender asks its vendor for a message that is taken over."""
    with recorded(FakeSenders()) as (url, requests):
        outcome = send("blocking", make(Reach(base_url=url)), what)
    assert isinstance(outcome, Sent)
    return requests[0]


def refused(code: str, make: Callable[..., ConversationSender], what: Message) -> Any:  # noqa: ANN401 - an outcome, or an error
    """What becomes of a message that the vendor refuses with its own word."""
    fake = FakeSenders()
    fake.refuse(code)
    with recorded(fake) as (url, _requests):
        try:
            return send("blocking", make(Reach(base_url=url)), what)
        except NotSent as error:
            return error
