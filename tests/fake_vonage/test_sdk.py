"""Judged by the vendor's own SDK, over TLS: it must see no difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt as pyjwt
import pytest

from tests.support.served_vonage import Account, certified, commanded
from verify_fakes import fake_vonage

vonage = pytest.importorskip(
    "vonage", reason="the official SDK (PyPI vonage) is not installed"
)
pytest.importorskip("trustme", reason="trustme is not installed")
http = pytest.importorskip("vonage_http_client.errors")
verify = pytest.importorskip("vonage_verify")

pytestmark = pytest.mark.sdk

NUMBER = "447700900000"
SECRET = "s3cret"


class Caller:
    """The SDK on one account of the served fake, and the account's side door."""

    def __init__(self, account: Any, auth: Any, host: str) -> None:  # noqa: ANN401
        # Its own retries would repeat a start up to ten times.
        options = vonage.HttpClientOptions(api_host=host, max_retries=0)
        self.account = account
        self.verify = vonage.Vonage(auth, options).verify

    def start(self, *steps: Any, **more: Any) -> str:  # noqa: ANN401
        workflow = list(steps) or [verify.SmsChannel(to=NUMBER)]
        request = verify.VerifyRequest(brand="ACME", workflow=workflow, **more)
        return str(self.verify.start_verification(request).request_id)

    def code(self) -> str:
        return str(self.account.messages()[-1]["code"])

    def wrong(self) -> str:
        return "0000" if self.code() != "0000" else "1111"

    def later(self, seconds: float) -> None:
        moved = self.account.door("POST", "/clock", {"advance_s": seconds})
        assert moved.ok, moved.text


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    ca, server = certified(tmp_path_factory.mktemp("tls"))
    with commanded("--tls-cert", server) as url:
        yield url, ca


@pytest.fixture
def caller(
    served: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Caller]:
    url, ca = served
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
    name = uuid4().hex[:8]
    account = Account(url, name)
    auth = vonage.Auth(api_key=name, api_secret=SECRET)
    caller = Caller(account, auth, url.removeprefix("https://"))
    yield caller
    caller.verify.http_client._session.close()  # noqa: SLF001 - the SDK has no close
    account.session.close()


def refused(kind: type[Exception], call: Any, *given: Any) -> dict[str, Any]:  # noqa: ANN401
    """The problem in the exception that the SDK raises."""
    with pytest.raises(http.HttpRequestError) as caught:
        call(*given)
    assert type(caught.value) is kind
    response = caught.value.response
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = dict(response.json())
    assert {"title", "type", "detail", "instance"} <= set(problem)
    return {"status": response.status_code, **problem}


@pytest.mark.parametrize(
    ("step", "channel"),
    [
        (lambda: verify.SmsChannel(to=NUMBER, from_="ACME"), "sms"),
        (lambda: verify.VoiceChannel(to=NUMBER), "voice"),
        (lambda: verify.WhatsappChannel(to=NUMBER, from_="ACME"), "whatsapp"),
        (lambda: verify.EmailChannel(to="ann@example.org"), "email"),
    ],
    ids=["sms", "voice", "whatsapp", "email"],
)
def test_a_code_on_each_channel_is_checked(
    caller: Caller,
    step: Any,  # noqa: ANN401
    channel: str,
) -> None:
    request_id = caller.start(step())

    result = caller.verify.check_code(request_id, caller.code())

    assert (result.request_id, result.status) == (request_id, "completed")
    assert caller.account.messages()[-1]["channel"] == channel


def test_a_full_request(caller: Caller) -> None:
    request_id = caller.start(
        verify.SmsChannel(to=NUMBER, app_hash="A" * 11, entity_id="1", content_id="2"),
        verify.VoiceChannel(to=NUMBER),
        verify.EmailChannel(to="ann@example.org", from_="acme@example.com"),
        locale=verify.Locale.ES_MX,
        channel_timeout=60,
        client_ref="attempt1",
        code_length=8,
    )

    message = caller.account.messages()[-1]

    assert (len(message["code"]), message["locale"]) == (8, "es-mx")
    assert message["request_id"] == request_id


def test_a_wrong_code_twice_and_then_the_end(caller: Caller) -> None:
    request_id = caller.start()
    check = caller.verify.check_code

    problems = [
        refused(http.HttpRequestError, check, request_id, caller.wrong())
        for _ in range(3)
    ]

    assert [each["status"] for each in problems] == [400, 400, 410]
    assert {each["title"] for each in problems} == {"Invalid Code"}


def test_a_verified_one_is_not_found(caller: Caller) -> None:
    request_id = caller.start()
    caller.verify.check_code(request_id, caller.code())

    problem = refused(
        http.NotFoundError, caller.verify.check_code, request_id, caller.code()
    )

    assert problem["title"] == "Not Found"
    assert request_id in problem["detail"]


def test_a_second_start_conflicts(caller: Caller) -> None:
    request_id = caller.start()

    problem = refused(http.HttpRequestError, caller.start)

    assert (problem["status"], problem["title"]) == (409, "Conflict")
    assert problem["request_id"] == request_id


def test_the_next_step_until_the_last_one(caller: Caller) -> None:
    request_id = caller.start(
        verify.SmsChannel(to=NUMBER), verify.VoiceChannel(to=NUMBER)
    )
    following = caller.verify.trigger_next_workflow

    assert following(request_id) is None
    assert caller.account.messages()[-1]["channel"] == "voice"
    problem = refused(http.HttpRequestError, following, request_id)
    assert problem["detail"] == "There are no more events left to trigger."


def test_cancel_in_its_window(caller: Caller) -> None:
    request_id = caller.start()
    cancel = caller.verify.cancel_verification
    early = refused(http.HttpRequestError, cancel, request_id)
    caller.later(30)

    assert early["status"] == 409
    assert cancel(request_id) is None
    refused(http.NotFoundError, cancel, request_id)


def test_the_next_step_comes_by_itself(caller: Caller) -> None:
    caller.start(verify.SmsChannel(to=NUMBER), verify.VoiceChannel(to=NUMBER))
    caller.later(180)

    channels = [message["channel"] for message in caller.account.messages()]

    assert channels == ["sms", "voice"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (401, "AuthenticationError"),
        (402, "HttpRequestError"),
        (403, "ForbiddenError"),
        (412, "HttpRequestError"),
        (422, "HttpRequestError"),
        (429, "RateLimitedError"),
        (500, "ServerError"),
        (503, "HttpRequestError"),
    ],
)
def test_each_scripted_error_is_an_exception_of_its_own(
    caller: Caller, error: int, kind: str
) -> None:
    fault = {"operation": "start", "error": error, "retry_after_s": 7}
    armed = caller.account.door("POST", "/faults", fault)

    problem = refused(getattr(http, kind), caller.start)

    assert (armed.status_code, problem["status"]) == (201, error)
    assert not caller.account.messages()


def test_a_number_with_letters_is_named(caller: Caller) -> None:
    """The SDK would not let it pass, so it is sent by its HTTP client."""
    client = caller.verify.http_client
    body = {"brand": "ACME", "workflow": [{"channel": "sms", "to": "+4477"}]}

    problem = refused(
        http.HttpRequestError, client.post, client.api_host, "/v2/verify", body, "basic"
    )

    assert problem["status"] == 422
    assert [each["name"] for each in problem["invalid_parameters"]] == [
        "workflow[0].to"
    ]


def test_a_hang_up_after_the_start_leaves_a_message(caller: Caller) -> None:
    import requests

    lost = {"operation": "start", "connection": "answer_lost"}
    caller.account.door("POST", "/faults", lost)

    with pytest.raises((requests.ConnectionError, http.HttpRequestError)):
        caller.start()

    assert len(caller.account.messages()) == 1


@pytest.fixture(scope="module")
def private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_a_jwt_is_an_account_too(caller: Caller, private_key: str) -> None:
    application = str(uuid4())
    url = caller.account.url
    auth = vonage.Auth(application_id=application, private_key=private_key)
    account = Account(url, application)
    by_jwt = Caller(account, auth, url.removeprefix("https://"))

    request_id = by_jwt.start()

    assert by_jwt.verify.check_code(request_id, by_jwt.code()).status == "completed"
    events = account.door("GET", "/events").json()["events"]
    assert {each["application_id"] for each in events} == {application}
    assert [each["body"]["type"] for each in events] == ["event", "summary"]
    by_jwt.verify.http_client._session.close()  # noqa: SLF001 - the SDK has no close
    account.session.close()


def test_the_sdk_verifies_the_signature_of_a_webhook(caller: Caller) -> None:
    jwt = pytest.importorskip("vonage_jwt")
    caller.later(7200)  # the account's clock is ahead, the receiver's is not
    request_id = caller.start()
    caller.verify.check_code(request_id, caller.code())
    secret = "x" * 32

    body = {"signature_secret": secret}
    webhooks = caller.account.door("POST", "/webhooks", body).json()["webhooks"]

    token = webhooks[0]["headers"]["Authorization"].removeprefix("Bearer ")
    assert jwt.verify_signature(token, secret) is True
    assert jwt.verify_signature(token, "y" * 32) is False
    claims = pyjwt.decode(token, secret, algorithms=["HS256"])
    assert claims["api_key"] == caller.account.name


def test_the_same_sdk_without_a_socket() -> None:
    with fake_vonage(seed=1) as fake:
        client = vonage.Vonage(vonage.Auth(api_key="a1b2c3d4", api_secret="s"))
        request = verify.VerifyRequest(
            brand="ACME", workflow=[verify.SmsChannel(to=NUMBER)]
        )
        started = client.verify.start_verification(request)
        checked = client.verify.check_code(started.request_id, fake.outbox[-1].code)

    assert checked.status == "completed"
