"""The official SDK as a judge, over TLS: the same requests, field by field."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.support.loopback import Loopback, Received
from tests.vonage.keys import PEM
from tests.vonage.tiny import APPLICATION, KEY, SECRET, Clock, TinyVonage
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber
from verify_core.verification import StartHints, StartRequest
from verify_providers.vonage import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    VonageVerify,
    WhatsAppStep,
)

pytestmark = [
    pytest.mark.sdk,
    # The SDK's packages may use what newer Pythons and libraries deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
trustme = pytest.importorskip("trustme")
vonage = pytest.importorskip("vonage", exc_type=ImportError)
theirs = pytest.importorskip("vonage_verify", exc_type=ImportError)
http_client = pytest.importorskip("vonage_http_client", exc_type=ImportError)

TO = "15553231234"


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The loopback server behind a certificate that only this test's CA signed."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server = Loopback()
    server._listener = context.wrap_socket(server._listener, server_side=True)  # noqa: SLF001 - behind TLS
    server.run()
    yield server
    server.stop()


@pytest.fixture
def vendor(tls: Loopback, clock: Clock) -> TinyVonage:
    found = TinyVonage(now=clock.now)
    tls.answer = found.answer
    return found


def host(tls: Loopback) -> str:
    return tls.url.removeprefix("http://")


def ours(tls: Loopback, clock: Clock, **account: Any) -> VonageVerify:  # noqa: ANN401 - options
    return VonageVerify(
        brand="Acme",
        base_url=f"https://{host(tls)}",
        trust_env=True,
        clock=clock.now,
        **account,
    )


@pytest.fixture
def provider(tls: Loopback, clock: Clock) -> Iterator[VonageVerify]:
    with ours(tls, clock, api_key=KEY, api_secret=SECRET) as made:
        yield made


def sdk(tls: Loopback, **auth: str) -> Any:  # noqa: ANN401 - the SDK's client
    options = vonage.HttpClientOptions(api_host=host(tls), max_retries=0, timeout=5)
    return vonage.Vonage(vonage.Auth(**auth), options).verify


@pytest.fixture
def official(tls: Loopback) -> Any:  # noqa: ANN401 - the SDK's client
    return sdk(tls, api_key=KEY, api_secret=SECRET)


def read(request: Received) -> dict[str, Any]:
    """What a server makes of a request, without what tells one client from another."""
    return {
        "method": request.method,
        "target": request.target,
        "authorization": request.headers["authorization"],
        "accept": request.headers["accept"],
        "content_type": request.headers.get("content-type"),
        "body": json.loads(request.body) if request.body else None,
    }


def last_two(tls: Loopback) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = tls.requests[-2:]
    return read(first), read(second)


Case = tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[Any]]
"""Fields of ours, extras of ours, fields of theirs, steps of theirs."""

STARTS: list[Any] = [
    pytest.param(({}, {}, {}, [theirs.SmsChannel(to=TO)]), id="sms"),
    pytest.param(
        ({"channel": "call"}, {}, {}, [theirs.VoiceChannel(to=TO)]), id="voice"
    ),
    pytest.param(
        (
            {"fallback_channels": ("call",)},
            {},
            {},
            [theirs.SmsChannel(to=TO), theirs.VoiceChannel(to=TO)],
        ),
        id="steps",
    ),
    pytest.param(
        ({"locale": "pt-BR"}, {}, {"locale": "pt-br"}, [theirs.SmsChannel(to=TO)]),
        id="locale",
    ),
    pytest.param(
        (
            {"hints": StartHints(time_to_live=timedelta(seconds=60), code_length=8)},
            {},
            {"channel_timeout": 60, "code_length": 8},
            [theirs.SmsChannel(to=TO)],
        ),
        id="hints",
    ),
    pytest.param(
        ({"custom_code": "a1B2c3"}, {}, {"code": "a1B2c3"}, [theirs.SmsChannel(to=TO)]),
        id="code",
    ),
    pytest.param(
        (
            {},
            {"brand": "Söhne & Co"},
            {"brand": "Söhne & Co"},
            [theirs.SmsChannel(to=TO)],
        ),
        id="brand",
    ),
    pytest.param(
        (
            {},
            {
                "workflow": (
                    SmsStep(
                        sender="Acme",
                        app_hash="FA+9qCX9VSu",
                        entity_id="1101407360000017170",
                        content_id="1107158078772563946",
                    ),
                )
            },
            {},
            [
                theirs.SmsChannel(
                    to=TO,
                    from_="Acme",
                    app_hash="FA+9qCX9VSu",
                    entity_id="1101407360000017170",
                    content_id="1107158078772563946",
                )
            ],
        ),
        id="sms options",
    ),
    pytest.param(
        (
            {"channel": "whatsapp"},
            {
                "workflow": (
                    WhatsAppStep(sender="44770090000", mode="zero_tap"),
                    VoiceStep(),
                )
            },
            {},
            [
                theirs.WhatsappChannel(to=TO, from_="44770090000", mode="zero_tap"),
                theirs.VoiceChannel(to=TO),
            ],
        ),
        id="whatsapp",
    ),
]


@pytest.mark.parametrize("case", STARTS)
def test_start_is_the_same_request(
    provider: VonageVerify,
    tls: Loopback,
    vendor: TinyVonage,
    official: Any,  # noqa: ANN401 - the SDK's client
    number: PhoneNumber,
    case: Case,
) -> None:
    fields, extras, more, steps = case
    given = (VonageExtras(**extras),) if extras else ()
    provider.start(
        StartRequest(identifier=number, attempt_id="mine", extras=given, **fields)
    )
    vendor.requests.clear()
    official.start_verification(
        theirs.VerifyRequest(
            **{"brand": "Acme", "client_ref": "mine", **more}, workflow=steps
        )
    )

    mine, judge = last_two(tls)
    assert mine == judge
    assert len(vendor.messages) == 2


def test_email_is_the_same_request(
    provider: VonageVerify,
    tls: Loopback,
    vendor: TinyVonage,
    official: Any,  # noqa: ANN401 - the SDK's client
) -> None:
    address = EmailAddress("pat+x@example.org")
    steps = VonageExtras(workflow=(EmailStep(sender="otp@example.com"),))
    provider.start(
        StartRequest(
            identifier=address, channel="email", attempt_id="mine", extras=steps
        )
    )
    vendor.requests.clear()
    channel = theirs.EmailChannel(to=address.address, from_="otp@example.com")
    official.start_verification(
        theirs.VerifyRequest(brand="Acme", client_ref="mine", workflow=[channel])
    )

    mine, judge = last_two(tls)
    assert mine == judge
    assert vendor.messages == ["email", "email"]


@pytest.mark.parametrize("step", ["check", "cancel", "next"])
def test_the_rest_is_the_same_requests(
    provider: VonageVerify,
    tls: Loopback,
    vendor: TinyVonage,
    official: Any,  # noqa: ANN401 - the SDK's client
    clock: Clock,
    number: PhoneNumber,
    step: str,
) -> None:
    request = StartRequest(identifier=number, fallback_channels=("call", "call"))
    ref = provider.start(request).ref
    code = vendor.code_of(ref.vendor_id)
    clock.move(seconds=40)
    if step == "check":
        provider.check(ref, code)
        vendor.requests[ref.vendor_id].over = False
        assert official.check_code(ref.vendor_id, code).status == "completed"
    elif step == "cancel":
        provider.cancel(ref)
        vendor.requests[ref.vendor_id].over = False
        official.cancel_verification(ref.vendor_id)
    else:
        provider.start(request, previous=ref)
        official.trigger_next_workflow(ref.vendor_id)

    mine, judge = last_two(tls)
    if step == "cancel":  # the SDK says of a body that is not there that it is JSON
        assert judge.pop("content_type") == "application/json"
        assert mine.pop("content_type") is None
    assert mine == judge


def test_tokens_say_the_same(
    tls: Loopback, vendor: TinyVonage, clock: Clock, number: PhoneNumber
) -> None:
    with ours(tls, clock, application_id=APPLICATION, private_key=PEM) as provider:
        provider.start(StartRequest(identifier=number, attempt_id="mine"))
    vendor.requests.clear()
    official = sdk(tls, application_id=APPLICATION, private_key=PEM)
    steps = [theirs.SmsChannel(to=TO)]
    official.start_verification(
        theirs.VerifyRequest(brand="Acme", client_ref="mine", workflow=steps)
    )

    mine, judge = last_two(tls)
    tokens = [found.pop("authorization").split(" ") for found in (mine, judge)]
    assert mine == judge
    assert [scheme for scheme, _ in tokens] == ["Bearer", "Bearer"]
    headers = [jwt.get_unverified_header(token) for _, token in tokens]
    assert headers[0] == headers[1]
    claims = [
        jwt.decode(token, options={"verify_signature": False}) for _, token in tokens
    ]
    assert [claim["exp"] - claim["iat"] for claim in claims] == [900, 900]
    assert claims[0]["application_id"] == claims[1]["application_id"] == APPLICATION
    assert [set(claim) for claim in claims] == [set(claims[0])] * 2


def test_the_sdk_reads_what_our_tests_vendor_answers(
    tls: Loopback,
    vendor: TinyVonage,
    official: Any,  # noqa: ANN401 - the SDK's client
) -> None:
    """So that the tiny vendor is one to the SDK, too."""
    steps = [theirs.SmsChannel(to=TO)]
    request = theirs.VerifyRequest(brand="Acme", workflow=steps)
    started = official.start_verification(request)

    with pytest.raises(http_client.HttpRequestError, match="409"):
        official.start_verification(request)
    with pytest.raises(http_client.HttpRequestError, match="400"):
        official.check_code(started.request_id, "9999")
    assert vendor.messages == ["sms"]
    user, _, secret = (
        b64decode(tls.requests[-1].headers["authorization"].removeprefix("Basic "))
        .decode()
        .partition(":")
    )
    assert (user, secret) == (KEY, SECRET)
