"""Codes of one's own by mail and by a gateway: what a person gets opens the door."""

from __future__ import annotations

import email
import email.policy
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.kinds import shared_loop
from tests.support.mail_server import MailServer, bytes_of
from tests.support.sending import ADDRESS, NUMBER
from verify_core import Channel, Delivery, StartRequest, Verdict
from verify_core.errors import InvalidIdentifier, Unavailable
from verify_core.testing import HttpDoors, VendorReply, VendorRequest, json_reply
from verify_core.testing._awaited import Blocking
from verify_providers.own import AsyncOwnCodes, CodeKeys, MemoryStore, OwnCodes
from verify_providers.own.senders import HttpSender, MemorySender, Sender, SmtpSender

BY_MAIL = StartRequest(identifier=ADDRESS, channel=Channel.EMAIL)
BY_SMS = StartRequest(identifier=NUMBER, channel=Channel.SMS)


def provider(kind: str, **senders: Sender | list[Sender]) -> Any:  # noqa: ANN401 - of either kind
    given: dict[str, Any] = {
        "store": MemoryStore(),
        "keys": CodeKeys.generate(),
        "brand": "Shop",
        "purpose": "confirm",
        "senders": {Channel(name): sender for name, sender in senders.items()},
    }
    if kind == "blocking":
        return OwnCodes(**given)
    return Blocking(AsyncOwnCodes(**given), loop=shared_loop())


@pytest.fixture(params=["blocking", "awaited"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def mailing(server: MailServer) -> SmtpSender:
    return SmtpSender(
        host="127.0.0.1",
        port=server.port,
        from_address="codes@shop.example",
        timeout=timedelta(seconds=10),
    )


def code_in(mail: str) -> str:
    found: Any = email.message_from_string(mail, policy=email.policy.default)
    codes = re.findall(r"\b[0-9]{6}\b", found.get_body(["plain"]).get_content())
    assert len(set(codes)) == 1
    assert codes[0] not in str(found["Subject"])
    return str(codes[0])


def test_the_code_in_the_mail_opens_the_door(kind: str) -> None:
    server = MailServer()
    with server.running():
        codes = provider(kind, email=mailing(server))
        started = codes.start(BY_MAIL)

    mail = next(line for line in server.lines if line.startswith("From:"))
    assert codes.check(started.ref, code_in(mail)).verdict is Verdict.APPROVED


def test_the_code_of_a_lost_answer_opens_the_door_too(kind: str) -> None:
    server = MailServer(cut_at=bytes_of("", "EHLO", "MAIL", "RCPT", "DATA"))
    with server.running():
        codes = provider(kind, email=mailing(server))
        started = codes.start(BY_MAIL)

    mail = next(line for line in server.lines if line.startswith("From:"))
    assert started.delivery is Delivery.MAYBE_SENT
    assert codes.check(started.ref, code_in(mail)).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, InvalidIdentifier),
        ({".": "451 4.3.0 later"}, Unavailable),
    ],
)
def test_a_refusal_is_the_errors_of_the_house(
    kind: str, answers: dict[str, str], error: type[Exception]
) -> None:
    server = MailServer(answers=answers)
    with server.running():
        codes = provider(kind, email=mailing(server))
        with pytest.raises(error):
            codes.start(BY_MAIL)


def test_the_next_sender_is_tried_only_where_nothing_left(kind: str) -> None:
    for cut_at, arrived in ((3, 1), (bytes_of("", "EHLO", "MAIL", "RCPT", "DATA"), 0)):
        server, memory = MailServer(cut_at=cut_at), MemorySender()
        with server.running():
            codes = provider(kind, email=[mailing(server), memory])
            codes.start(BY_MAIL)

        assert len(memory.outbox) == arrived


def test_the_code_at_the_gateway_opens_the_door(kind: str) -> None:
    requests: list[VendorRequest] = []

    def answer(request: VendorRequest) -> VendorReply:
        requests.append(request)
        return json_reply(200, {"id": "m-1"})

    with HttpDoors(answer=answer) as doors:
        gateway = HttpSender(url=f"{doors.url}/send", json={"code": "{code}"})
        with provider(kind, sms=gateway) as codes:
            started = codes.start(BY_SMS)
            code = json.loads(requests[0].body)["code"]
            assert codes.check(started.ref, code).verdict is Verdict.APPROVED
