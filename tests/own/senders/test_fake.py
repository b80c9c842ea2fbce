"""The fake of the vendors' message APIs refuses what the vendors refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.support.senders import CASES, sent_by
from tests.support.sending import message
from verify_core import Channel
from verify_core.testing import VendorRequest
from verify_fakes import FakeSenders


def asked(name: str, channel: Channel | None = None) -> VendorRequest:
    """A request that the fake takes."""
    case = CASES[name]
    return sent_by(case.make, message(channel=channel or case.channel))


def answer(
    request: VendorRequest, *, body: bytes | None = None, **headers: str
) -> tuple[int, Any]:
    """Status and body of the fake's refusal, with another body or other headers."""
    headers = {**request.headers, **headers}
    sent = request.body if body is None else body
    fake = FakeSenders()
    status, _headers, found = fake.handle("POST", request.target, headers, sent)
    assert not fake.outbox
    text = found.decode()
    return status, json.loads(text) if text.startswith("{") else text


def of_form(request: VendorRequest, **changes: str) -> bytes:
    fields = dict(parse_qsl(request.body.decode())) | changes
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def of_json(request: VendorRequest, **changes: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(json.loads(request.body) | changes).encode()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "15553231234"}, 21211),
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "36001"}, 21621),
        ({"ValidityPeriod": "soon"}, 21621),
    ],
)
def test_twilio_refuses(changes: dict[str, str], code: int) -> None:
    request = asked("twilio")

    status, body = answer(request, body=of_form(request, **changes))

    assert (status, body["code"], body["status"]) == (400, code, 400)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"to": "+15553231234"}, "3"), ({"text": ""}, "2"), ({"from": ""}, "2")],
)
def test_vonage_refuses_with_status_200(changes: dict[str, str], status: str) -> None:
    request = asked("vonage")

    found, body = answer(request, body=of_form(request, **changes))

    assert (found, body["messages"][0]["status"]) == (200, status)


@pytest.mark.parametrize(
    "changes", [{"messaging_product": "telegram"}, {"template": {}}, {"template": None}]
)
def test_whatsapp_refuses(changes: dict[str, Any]) -> None:
    request = asked("whatsapp")

    status, body = answer(request, body=of_json(request, **changes))

    assert (status, body["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Action": "Subscribe"}, "InvalidAction"),
        ({"PhoneNumber": "15553231234"}, "InvalidParameter"),
        ({"Message": "x" * 1601}, "InvalidParameter"),
    ],
)
def test_sns_refuses(changes: dict[str, str], code: str) -> None:
    request = asked("sns")

    status, body = answer(request, body=of_form(request, **changes))

    assert status == 400
    assert f"<Code>{code}</Code>" in body


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("aws sms", {"DestinationPhoneNumber": "x"}, "DestinationPhoneNumber"),
        ("aws sms", {"MessageBody": "x" * 1601}, "MessageBody"),
        ("aws call", {"OriginationIdentity": ""}, "OriginationIdentity"),
    ],
)
def test_aws_end_user_messaging_refuses(
    name: str, changes: dict[str, str], field: str
) -> None:
    request = asked(name)

    status, body = answer(request, body=of_json(request, **changes))

    assert status == 400
    assert body["Reason"] == "FIELD_VALIDATION_FAILED"
    assert body["Fields"][0]["Name"] == field


UNSIGNED: dict[str, Callable[[Any], bool]] = {
    "twilio": lambda body: body["code"] == 20003,
    "vonage": lambda body: body["messages"][0]["status"] == "2",
    "whatsapp": lambda body: body["error"]["code"] == 190,
    "sns": lambda body: "IncompleteSignature" in body,
    "aws sms": lambda body: body["__type"].endswith("AccessDeniedException"),
}


@pytest.mark.parametrize(("name", "is_refused"), UNSIGNED.items(), ids=UNSIGNED)
@pytest.mark.parametrize("given", ["", "Basic", "Basic !", "Basic /w==", "Bearer"])
def test_no_vendor_takes_a_request_without_credentials(
    name: str, is_refused: Callable[[Any], bool], given: str
) -> None:
    _status, body = answer(asked(name), authorization=given)

    assert is_refused(body)


@pytest.mark.parametrize("name", UNSIGNED)
@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"[1]", b'{"to": 1}', b"a=%ff"])
def test_a_body_that_is_junk_is_refused(name: str, junk: bytes) -> None:
    request = asked(name)
    fake = FakeSenders()

    fake.handle("POST", request.target, request.headers, junk)

    assert not fake.outbox


def test_what_no_vendor_has_is_not_found() -> None:
    fake = FakeSenders()

    assert fake.handle("POST", "/v2/verify", {}, b"")[0] == 404
    assert fake.handle("GET", "/sms/json", {}, b"")[0] == 404
