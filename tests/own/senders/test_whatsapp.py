"""WhatsApp's authentication templates, held against pywa and Meta's error table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from tests.support.senders import KEY, recorded, refused, sent_by, whatsapp
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
    Unavailable,
    UnsupportedChannel,
)
from verify_core.testing import VendorRequest
from verify_fakes import FakeSenders
from verify_providers.http import Reach
from verify_providers.own.senders import MaybeSent, Message
from verify_providers.own.senders._urls import sender_from_url


def by_whatsapp(**changes: Any) -> Message:  # noqa: ANN401 - any field
    return message(channel=Channel.WHATSAPP, **changes)


def content(request: VendorRequest) -> Any:  # noqa: ANN401 - JSON
    """The body, but for the two places where pywa writes other letters than Meta."""
    found = json.loads(request.body)
    for part in found["template"]["components"]:
        for name in {"type", "sub_type", "index"} & part.keys():
            part[name] = str(part[name]).lower()
    return found


def pywa_client(fake: FakeSenders, requests: list[Any]) -> Any:  # noqa: ANN401
    """The client of pywa, asking a fake."""
    pywa, httpx = pytest.importorskip("pywa"), pytest.importorskip("httpx")

    def answer(request: Any) -> Any:  # noqa: ANN401 - of httpx
        requests.append(request)
        target, sent = request.url.raw_path.decode(), request.read()
        status, headers, body = fake.handle("POST", target, request.headers, sent)
        return httpx.Response(status, headers=headers, content=body)

    session = httpx.Client(transport=httpx.MockTransport(answer))
    return pywa.WhatsApp(phone_id="106540352242922", token=KEY, session=session)


def send_template(client: Any) -> Any:  # noqa: ANN401 - of pywa
    templates = pytest.importorskip("pywa.types.templates")
    return client.send_template(
        NUMBER.value,
        "login_code",
        templates.TemplateLanguage.ENGLISH_US,
        [
            templates.AuthenticationBody.params(otp=CODE),
            templates.CopyCodeOTPButton.params(otp=CODE),
        ],
        tracker="att-7f3a",
    )


@pytest.mark.sdk
def test_the_request_is_that_of_pywa() -> None:
    ours = sent_by(whatsapp, by_whatsapp())
    theirs: list[Any] = []
    fake = FakeSenders()

    made = send_template(pywa_client(fake, theirs))

    (request,) = theirs
    assert made.id == fake.outbox[0].id
    assert ours.target == request.url.raw_path.decode()
    assert ours.headers["authorization"] == request.headers["authorization"]
    assert content(ours) == content(
        VendorRequest(method="POST", target="", body=request.read())
    )


@pytest.mark.sdk
def test_pywa_reads_a_refusal_of_the_fake() -> None:
    errors = pytest.importorskip("pywa.errors")
    fake = FakeSenders()
    fake.refuse("131026")

    with pytest.raises(errors.MessageUndeliverable) as refusal:
        send_template(pywa_client(fake, []))

    assert refusal.value.code == 131026


ERRORS: Mapping[str, type[NotSent] | None] = {
    "131026": InvalidIdentifier,
    "131050": Refused,
    "131049": Refused,
    "131056": TooSoon,
    "130429": Throttled,
    "131016": Unavailable,  # with status 500
    "190": Misconfigured,
    "132001": Misconfigured,
    "200": Misconfigured,  # a permission
    "131048": Misconfigured,
    "987654": Misconfigured,  # one that no table has yet, with status 400
    "131000": None,
    "1": None,
}


@pytest.mark.parametrize(("code", "kind"), ERRORS.items(), ids=ERRORS)
def test_the_code_of_an_answer_says_what_to_do(
    code: str, kind: type[NotSent] | None
) -> None:
    outcome = refused(code, whatsapp, by_whatsapp())

    if kind is None:
        assert isinstance(outcome, MaybeSent)
    else:
        assert type(outcome) is kind
        assert outcome.vendor_code == code


@pytest.mark.parametrize(
    ("language", "chosen"),
    [
        ("pt-BR", "pt_BR"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("de-AT", "de"),
        ("en", "en_US"),
        ("ja", "en_US"),
    ],
)
def test_the_template_comes_in_the_nearest_language(language: str, chosen: str) -> None:
    sent = content(sent_by(whatsapp, by_whatsapp(language=language)))

    assert sent["template"]["language"] == {"code": chosen}


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("zh", "zh_CN"), ("zh-Hant", "zh_HK"), ("zh-HK", "zh_HK")],
)
def test_chinese_comes_in_the_script_that_was_asked_for(
    language: str, chosen: str
) -> None:
    make = partial(whatsapp, languages=["en_US", "zh_HK", "zh_CN"])
    sent = content(sent_by(make, by_whatsapp(language=language)))

    assert sent["template"]["language"] == {"code": chosen}


def test_a_code_that_the_template_cannot_hold_is_refused_before_it_leaves() -> None:
    with pytest.raises(Misconfigured):
        sent_by(whatsapp, by_whatsapp(code="A" * 16))


def test_an_sms_is_refused() -> None:
    with pytest.raises(UnsupportedChannel):
        sent_by(whatsapp, message())


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"phone_number_id": "+15550001111"}, "phone_number_id"),
        ({"phone_number_id": None}, "phone_number_id"),
        ({"api_version": "26"}, "api_version"),
        ({"template": "Login Code"}, "template"),
        ({"languages": []}, "languages"),
        ({"languages": "en_US"}, "languages"),
        ({"languages": ["en-US"]}, "languages"),
        ({"access_token": ""}, "access_token"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as error:
        whatsapp(Reach(), **changes)

    assert error.value.setting == setting


def test_a_url_names_number_template_and_languages() -> None:
    with recorded(FakeSenders()) as (url, requests):
        sender = sender_from_url(
            f"whatsapp://106540352242922/login_code?languages=de,en_US&base_url={url}",
            {"WHATSAPP_TOKEN": KEY},
        )

        sender.send(by_whatsapp(language="de"))

    assert content(requests[0])["template"]["language"] == {"code": "de"}
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"
