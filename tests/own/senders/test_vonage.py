"""Vonage's SMS API, held against the official SDK and Vonage's document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses

from tests.support.senders import KEY, recorded, refused, send, sent_by, vonage
from tests.support.sending import NUMBER, message
from verify_core import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    UnsupportedChannel,
)
from verify_core.testing import HttpDoors, VendorRequest, json_reply
from verify_fakes import FakeSenders
from verify_providers.http import Reach
from verify_providers.own.senders import MaybeSent, Sent
from verify_providers.own.senders._urls import sender_from_url

DOCUMENT = Path(__file__).parents[4] / "shared" / "openapi" / "vonage_sms.yml"


def form(request: VendorRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


@contextmanager
def nexmo(fake: FakeSenders) -> Iterator[tuple[Any, list[VendorRequest]]]:
    """The official SDK, what it and others ask Vonage's host, and a fake behind."""
    sdk, requests = pytest.importorskip("vonage"), list[VendorRequest]()

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401
        body = request.body
        sent = body if isinstance(body, bytes) else body.encode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        requests.append(
            VendorRequest(
                method=request.method, target=request.url, headers=headers, body=sent
            )
        )
        return fake.handle(request.method, request.path_url, headers, sent)

    with responses.RequestsMock() as network:
        network.add_callback("POST", "https://rest.nexmo.com/sms/json", answer)
        yield sdk.Vonage(sdk.Auth(api_key="abcd1234", api_secret=KEY)), requests


@pytest.mark.sdk
def test_the_request_is_that_of_the_official_sdk() -> None:
    sms = pytest.importorskip("vonage_sms")
    fake, what = FakeSenders(), message()
    with nexmo(fake) as (client, requests):
        made = client.sms.send(
            sms.SmsMessage(
                to=NUMBER.value[1:],
                from_="Shop",
                text=what.text,
                type="text",
                ttl=600_000,
                client_ref=what.attempt_id,
            )
        )

        sent = vonage(Reach()).send(what)

    one, other = requests
    assert made.messages[0].message_id == fake.outbox[0].id
    assert sent == Sent(vendor_id=fake.outbox[1].id)
    assert (one.method, one.target) == (other.method, other.target)
    assert form(one) == form(other)
    for name in ("authorization", "content-type"):
        assert one.headers[name] == other.headers[name]


@pytest.mark.sdk
def test_the_official_sdk_reads_a_refusal_of_the_fake() -> None:
    sms = pytest.importorskip("vonage_sms")
    errors = pytest.importorskip("vonage_sms.errors")
    fake = FakeSenders()
    fake.refuse("7")
    wanted = sms.SmsMessage(to=NUMBER.value[1:], from_="Shop", text="1")

    with (
        nexmo(fake) as (client, _requests),
        pytest.raises(errors.SmsError, match="error code 7"),
    ):
        client.sms.send(wanted)


@cache
def document() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    if not DOCUMENT.exists():
        pytest.skip("the vendor's document is absent")
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


def problems(schema: str, value: object) -> list[str]:
    validators = pytest.importorskip("openapi_schema_validator")
    components = document()["components"]
    whole = {"$ref": f"#/components/schemas/{schema}", "components": components}
    return [
        each.message for each in validators.OAS30Validator(whole).iter_errors(value)
    ]


@pytest.mark.spec
def test_the_request_is_as_the_document_says() -> None:
    sent: dict[str, Any] = form(sent_by(vonage, message()))
    sent |= {"ttl": int(sent["ttl"])}  # a form has texts alone
    sent |= {"api_key": "abcd1234", "api_secret": "0123456789"}  # here by Basic

    assert problems("NewMessage", sent) == []
    assert problems("NewMessage", sent | {"type": "emoji"}) != []


@pytest.mark.spec
@pytest.mark.parametrize("code", ["", "7"])
def test_the_answers_of_the_fake_are_as_the_document_says(code: str) -> None:
    fake = FakeSenders()
    if code:
        fake.refuse(code)
    request = sent_by(vonage, message())

    *_head, body = fake.handle("POST", request.target, request.headers, request.body)

    assert problems("Error" if code else "SMS", json.loads(body)) == []


STATUSES: Mapping[str, type[NotSent] | None] = {
    "1": Throttled,
    "3": Misconfigured,
    "4": Misconfigured,
    "6": InvalidIdentifier,
    "7": Refused,
    "9": Misconfigured,
    "29": Misconfigured,
    "33": InvalidIdentifier,
    "5": None,
    "77": None,  # one that no list has yet
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items(), ids=STATUSES)
def test_the_status_in_the_answer_says_what_to_do(
    status: str, kind: type[NotSent] | None
) -> None:
    outcome = refused(status, vonage, message())

    if kind is None:
        assert isinstance(outcome, MaybeSent)
    else:
        assert type(outcome) is kind
        assert outcome.vendor_code == status


def answered(*parts: dict[str, str]) -> Any:  # noqa: ANN401 - an outcome, or an error
    """What becomes of a message for which Vonage answers these parts."""
    reply = json_reply(200, {"message-count": str(len(parts)), "messages": parts})
    with HttpDoors(answer=lambda _request: reply) as doors:
        try:
            return send("blocking", vonage(Reach(base_url=doors.url)), message())
        except NotSent as error:
            return error


def test_a_parameter_that_is_the_number_is_the_persons_to_mend() -> None:
    outcome = answered({"status": "3", "error-text": "Invalid value for parameter: to"})

    assert type(outcome) is InvalidIdentifier


def test_a_text_of_which_a_part_left_may_have_been_sent() -> None:
    gone, refusal = {"status": "0", "message-id": "0A" * 8}, {"status": "9"}

    assert answered(gone, gone) == Sent(vendor_id="0A" * 8)
    assert isinstance(answered(gone, refusal), MaybeSent)
    assert isinstance(answered(refusal, gone), MaybeSent)
    assert isinstance(answered(), MaybeSent)
    assert type(answered(refusal, refusal)) is Misconfigured


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Your code: 1 €", "text"), ("Twój kod: 1", "unicode"), ("コード 1", "unicode")],
)
def test_a_text_beyond_gsm7_is_asked_for_as_unicode(text: str, kind: str) -> None:
    sent = form(sent_by(vonage, message(text=text)))

    assert (sent["text"], sent["type"]) == (text, kind)


@pytest.mark.parametrize(
    ("lifetime", "milliseconds"),
    [
        (timedelta(seconds=1), "20000"),
        (timedelta(minutes=5), "300000"),
        (timedelta(days=30), "604800000"),
    ],
)
def test_the_lifetime_goes_along_within_vonages_bounds(
    lifetime: timedelta, milliseconds: str
) -> None:
    assert form(sent_by(vonage, message(lifetime=lifetime)))["ttl"] == milliseconds


def test_another_channel_is_refused() -> None:
    with pytest.raises(UnsupportedChannel):
        sent_by(vonage, message(channel=Channel.CALL))


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"api_key": None}, "api_key"),
        ({"api_key": ""}, "api_key"),
        ({"api_secret": ""}, "api_secret"),
        ({"sender": None}, "sender"),
        ({"sender": "A name that is too long"}, "sender"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as error:
        vonage(Reach(), **changes)

    assert error.value.setting == setting


def test_a_url_names_key_and_sender() -> None:
    with recorded(FakeSenders()) as (url, requests):
        sender = sender_from_url(
            f"vonage-sms://?sender=%2B15550001111&base_url={url}",
            {"VONAGE_API_KEY": "abcd1234", "VONAGE_API_SECRET": KEY},
        )

        sender.send(message())

    assert form(requests[0])["from"] == "15550001111"
