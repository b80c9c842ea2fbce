"""The official SDK as a judge: the same requests, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.loopback import (
    ACCOUNT,
    SERVICE,
    TOKEN,
    Loopback,
    Received,
    TinyVerify,
)
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest
from verify_providers.twilio import (
    EmailConfiguration,
    Template,
    TwilioExtras,
    TwilioLookup,
    TwilioVerify,
)

pytestmark = pytest.mark.sdk
rest = pytest.importorskip("twilio.rest")

TEMPLATE = "HJ" + "e5" * 16
JSON_FIELDS = {
    "ChannelConfiguration",
    "RateLimits",
    "Tags",
    "TemplateCustomSubstitutions",
    "Templates",
}


@pytest.fixture
def sdk(loopback: Loopback) -> Any:  # noqa: ANN401 - the SDK is not typed
    client = rest.Client(ACCOUNT, TOKEN)
    client.verify.base_url = loopback.url
    client.lookups.base_url = loopback.url
    return client


def read(request: Received) -> dict[str, Any]:
    """What a server makes of a request, without what tells one client from another."""
    return {
        "method": request.method,
        "target": request.target,
        "authorization": request.headers["authorization"],
        "accept": request.headers["accept"],
        "content_type": request.headers.get("content-type"),
        "form": {
            name: json.loads(value) if name in JSON_FIELDS else value
            for name, value in request.form.items()
        },
    }


def last_two(loopback: Loopback) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = loopback.requests[-2:]
    return read(first), read(second)


START = [
    pytest.param({}, {}, {}, id="nothing"),
    pytest.param({"locale": "de"}, {}, {"locale": "de"}, id="locale"),
    pytest.param({"custom_code": "12345"}, {}, {"custom_code": "12345"}, id="code"),
    pytest.param(
        {"client_address": "192.0.2.1"}, {}, {"device_ip": "192.0.2.1"}, id="address"
    ),
    pytest.param({"channel": "call"}, {}, {"channel": "call"}, id="call"),
    pytest.param({"channel": "whatsapp"}, {}, {"channel": "whatsapp"}, id="whatsapp"),
    *(
        pytest.param({}, {name: value}, {name: value}, id=name)
        for name, value in {
            "custom_friendly_name": "Acmé & Söhne",
            "send_digits": "ww123#",
            "rate_limits": {"ip": "192.0.2.1", "who": "é"},
            "app_hash": "He42w354ol9",
            "template_sid": TEMPLATE,
            "device_ip": "2001:db8::1",
            "risk_check": "disable",
        }.items()
    ),
    pytest.param(
        {},
        {"amount": "39.99", "payee": "Acme+Co"},
        {"amount": "39.99", "payee": "Acme+Co"},
        id="payment",
    ),
    pytest.param({}, {"tags": {"a": "b"}}, {"tags": '{"a": "b"}'}, id="tags"),
    pytest.param(
        {},
        {"template_custom_substitutions": {"a": "b"}},
        {"template_custom_substitutions": '{"a": "b"}'},
        id="substitutions",
    ),
    pytest.param(
        {},
        {"templates": (Template(sid=TEMPLATE, substitutions={"a": "b"}),)},
        {"templates": json.dumps([{"sid": TEMPLATE, "substitutions": {"a": "b"}}])},
        id="templates",
    ),
]


@pytest.mark.parametrize(("fields", "extras", "theirs"), START)
def test_start_is_the_same_request(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    sdk: Any,  # noqa: ANN401 - the SDK is not typed
    number: PhoneNumber,
    fields: dict[str, Any],
    extras: dict[str, Any],
    theirs: dict[str, Any],
) -> None:
    provider.start(
        StartRequest(identifier=number, extras=TwilioExtras(**extras), **fields)
    )
    sdk.verify.v2.services(SERVICE).verifications.create(
        **{"to": number.e164, "channel": "sms", **theirs}
    )

    ours, official = last_two(loopback)
    assert ours == official
    assert len(tiny.messages) == 2


def test_email_is_the_same_request(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    sdk: Any,  # noqa: ANN401 - the SDK is not typed
) -> None:
    address = EmailAddress("pat+x@example.org")
    configuration = EmailConfiguration(
        template_id="d-1",
        from_address="a@example.org",
        from_name="A",
        substitutions={"x": "y"},
    )
    provider.start(
        StartRequest(
            identifier=address,
            channel="email",
            extras=TwilioExtras(channel_configuration=configuration),
        )
    )
    sdk.verify.v2.services(SERVICE).verifications.create(
        to=address.address,
        channel="email",
        channel_configuration={
            "template_id": "d-1",
            "from": "a@example.org",
            "from_name": "A",
            "substitutions": {"x": "y"},
        },
    )

    ours, official = last_two(loopback)
    assert ours == official
    assert tiny.messages == ["email", "email"]


@pytest.mark.parametrize("by_address", [False, True], ids=["by_sid", "by_address"])
@pytest.mark.parametrize("step", ["check", "fetch", "cancel"])
def test_the_rest_is_the_same_requests(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    sdk: Any,  # noqa: ANN401 - the SDK is not typed
    number: PhoneNumber,
    step: str,
    *,
    by_address: bool,
) -> None:
    from attrs import evolve

    extras = TwilioExtras(amount="1", payee="Acme")
    started = provider.start(StartRequest(identifier=number, extras=extras))
    ref = evolve(started.ref, vendor_id="") if by_address else started.ref
    service = sdk.verify.v2.services(SERVICE)
    key = number.e164 if by_address else ref.vendor_id
    if step == "check":
        provider.check(ref, "000000")
        name = "to" if by_address else "verification_sid"
        service.verification_checks.create(
            code="000000", amount="1", payee="Acme", **{name: key}
        )
    elif step == "fetch":
        provider.fetch(ref)
        service.verifications(key).fetch()
    else:
        provider.cancel(ref)
        service.verifications(key).update(status="canceled")

    ours, official = last_two(loopback)
    assert ours == official
    assert tiny.messages == ["sms"]


def test_api_key_is_the_same_credentials(
    loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    key = "SK" + "f6" * 16
    with TwilioVerify(
        service_sid=SERVICE,
        account_sid=ACCOUNT,
        api_key=key,
        api_secret="s:secret",
        base_url=loopback.url,
    ) as provider:
        provider.start(StartRequest(identifier=number))
    client = rest.Client(key, "s:secret", account_sid=ACCOUNT)
    client.verify.base_url = loopback.url
    client.verify.v2.services(SERVICE).verifications.create(
        to=number.e164, channel="sms"
    )

    ours, official = last_two(loopback)
    assert ours == official
    assert len(tiny.messages) == 2


def test_lookup_is_the_same_request(
    loopback: Loopback,
    tiny: TinyVerify,
    sdk: Any,  # noqa: ANN401 - the SDK is not typed
    number: PhoneNumber,
) -> None:
    loopback.answer = lambda _request: tiny.answer(_request).replace(b"404", b"200", 1)
    with TwilioLookup(
        account_sid=ACCOUNT, auth_token=TOKEN, base_url=loopback.url
    ) as lookup:
        lookup.line_type(number)
    sdk.lookups.v2.phone_numbers(number.e164).fetch(fields="line_type_intelligence")

    ours, official = last_two(loopback)
    assert ours == official
