"""Twilio's Messages resource, held against the official SDK and its error list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.support.senders import ACCOUNT, KEY, recorded, refused, send, sent_by, twilio
from tests.support.sending import CODE, NUMBER, message
from verify_core import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    UnsupportedChannel,
)
from verify_core.testing import VendorRequest
from verify_fakes import FakeSenders
from verify_providers.http import Reach
from verify_providers.own.senders import MaybeSent, Sent, TwilioMessagesSender
from verify_providers.own.senders._urls import sender_from_url

DOCUMENT = Path(__file__).parents[4] / "shared" / "openapi" / "twilio_api_v2010.json"
SERVICE, TEMPLATE = "MG" + "1b" * 16, "HX" + "2c" * 16


def form(request: VendorRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


SAME: Mapping[str, tuple[dict[str, Any], dict[str, Any], Channel]] = {
    "a text": ({}, {"from_": "+15550001111"}, Channel.SMS),
    "by a service": (
        {"sender": None, "messaging_service_sid": SERVICE},
        {"messaging_service_sid": SERVICE},
        Channel.SMS,
    ),
    "a template by WhatsApp": (
        {"content_sid": TEMPLATE},
        {
            "from_": "whatsapp:+15550001111",
            "content_sid": TEMPLATE,
            "content_variables": json.dumps({"1": CODE}),
        },
        Channel.WHATSAPP,
    ),
}


@pytest.mark.sdk
@pytest.mark.parametrize(("ours", "theirs", "channel"), SAME.values(), ids=SAME)
def test_the_request_is_that_of_the_official_sdk(
    ours: dict[str, Any], theirs: dict[str, Any], channel: Channel
) -> None:
    rest = pytest.importorskip("twilio.rest")
    what = message(channel=channel)
    with recorded(FakeSenders()) as (url, requests):
        client = rest.Client(ACCOUNT, KEY)
        client.api.base_url = url
        prefix = "whatsapp:" if channel is Channel.WHATSAPP else ""
        body = {} if "content_sid" in theirs else {"body": what.text}
        made = client.messages.create(
            to=prefix + what.to, validity_period=600, **body, **theirs
        )

        sent = send("blocking", twilio(Reach(base_url=url), **ours), what)

    assert made.sid == "SM" + f"{1:032x}"
    assert isinstance(sent, Sent)
    assert sent.vendor_id == "SM" + f"{2:032x}"
    one, other = requests
    assert (one.method, one.target) == (other.method, other.target)
    assert form(one) == form(other)
    for name in ("authorization", "content-type"):
        assert one.headers[name] == other.headers[name]


@cache
def document() -> dict[str, Any]:
    if not DOCUMENT.exists():
        pytest.skip("the vendor's document is absent")
    found: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


def problems(schema: dict[str, Any], value: object) -> list[str]:
    validators = pytest.importorskip("openapi_schema_validator")
    whole = {**schema, "components": document()["components"]}
    found = validators.OAS30Validator(whole).iter_errors(value)
    return [each.message for each in found]


@pytest.mark.spec
@pytest.mark.parametrize(("ours", "_theirs", "channel"), SAME.values(), ids=SAME)
def test_request_and_answer_are_as_the_document_says(
    ours: dict[str, Any], _theirs: dict[str, Any], channel: Channel
) -> None:
    place = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    operation = document()["paths"][place]["post"]
    (content,) = operation["requestBody"]["content"].values()
    answers = operation["responses"]["201"]["content"]["application/json"]
    request = sent_by(partial(twilio, **ours), message(channel=channel))
    sent: dict[str, Any] = form(request)
    sent |= {"ValidityPeriod": int(sent["ValidityPeriod"])}  # a form has texts alone

    *_head, body = FakeSenders().handle(
        "POST", request.target, request.headers, request.body
    )

    assert problems(content["schema"], sent) == []
    assert sent.keys() <= content["schema"]["properties"].keys()
    assert problems(answers["schema"], json.loads(body)) == []


ERRORS: Mapping[str, type[NotSent] | None] = {
    "21211": InvalidIdentifier,
    "21635": InvalidIdentifier,
    "63003": InvalidIdentifier,
    "21610": Refused,
    "21408": Refused,
    "14107": TooSoon,
    "20429": Throttled,
    "63018": Throttled,
    "20003": Misconfigured,
    "21608": Misconfigured,
    "63016": Misconfigured,
    "99999": Misconfigured,  # one that no list has yet
    "20500": None,
}


@pytest.mark.parametrize(("code", "kind"), ERRORS.items(), ids=ERRORS)
def test_the_code_of_an_answer_says_what_to_do(
    code: str, kind: type[NotSent] | None
) -> None:
    outcome = refused(code, twilio, message())

    if kind is None:
        assert isinstance(outcome, MaybeSent)
    else:
        assert type(outcome) is kind
        assert outcome.vendor_code == code
        if code == "20429":
            assert outcome.retry_after == timedelta(seconds=3)


@pytest.mark.sdk
def test_the_official_sdk_reads_a_refusal_of_the_fake() -> None:
    rest = pytest.importorskip("twilio.rest")
    base = pytest.importorskip("twilio.base.exceptions")
    fake = FakeSenders()
    fake.refuse("21610")
    with recorded(fake) as (url, _requests):
        client = rest.Client(ACCOUNT, KEY)
        client.api.base_url = url

        with pytest.raises(base.TwilioRestException) as refusal:
            client.messages.create(to=NUMBER.value, from_="+15550001111", body="1")

    assert (refusal.value.code, refusal.value.status) == (21610, 400)


def test_a_code_lives_no_longer_in_twilios_queue_than_it_works() -> None:
    long = sent_by(twilio, message(lifetime=timedelta(days=1)))
    short = sent_by(twilio, message(lifetime=timedelta(minutes=3)))

    assert (form(long)["ValidityPeriod"], form(short)["ValidityPeriod"]) == (
        "36000",
        "180",
    )


@pytest.mark.parametrize("channel", [Channel.CALL, Channel.EMAIL])
def test_another_channel_is_refused_before_anything_leaves(channel: Channel) -> None:
    with pytest.raises(UnsupportedChannel):
        sent_by(twilio, message(channel=channel))


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"account_sid": "AC1"}, "account_sid"),
        ({"auth_token": None}, "auth_token"),
        ({"sender": None}, "sender"),
        ({"messaging_service_sid": SERVICE}, "sender"),
        ({"sender": "a name far too long"}, "sender"),
        ({"sender": "12"}, "sender"),
        ({"sender": None, "messaging_service_sid": TEMPLATE}, "messaging_service_sid"),
        ({"content_sid": SERVICE}, "content_sid"),
        ({"edge": "dublin.example"}, "edge"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as error:
        twilio(Reach(), **changes)

    assert error.value.setting == setting


def test_a_url_names_account_sender_and_reach() -> None:
    fake = FakeSenders()
    with recorded(fake) as (url, requests):
        sender = sender_from_url(
            f"twilio-messages://{ACCOUNT}:{KEY}@?sender=Shop&base_url={url}", {}
        )
        assert isinstance(sender, TwilioMessagesSender)

        sender.send(message())

    assert form(requests[0])["From"] == "Shop"
    assert fake.outbox[0].to == NUMBER.value
