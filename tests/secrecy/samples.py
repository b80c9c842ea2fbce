"""Values that hold a number, an address, a code or a token, two unequal ones each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from attrs import evolve

from tests.secrecy.doors import CODE, EMAIL, OWN_CODE, PHONE, TOKEN
from tests.secrecy.fake_twilio import FAKE_TWILIO
from verify_core import (
    Channel,
    EmailAddress,
    ProviderSettings,
    Secret,
    Started,
    StartRequest,
    TokenKeys,
    VerificationRef,
    read_phone,
)
from verify_core.masking import Hidden, hiding
from verify_core.nodes import (
    Credentials,
    MemoryDirectory,
    NameCallback,
    NodeState,
    PasswordCallback,
    TreeContext,
)
from verify_core.nodes._bookkeeping import FoundIdentifier
from verify_fakes.mounted._twilio import RecordedRequest
from verify_fakes.mounted._vonage import RecordedVonageRequest
from verify_fakes.twilio._outbox import Message
from verify_fakes.vonage._outbox import VonageMessage
from verify_fakes.vonage.machine._workflow import VonageChannel
from verify_providers.config import BearerToken, SecretReader
from verify_providers.conversations import CheckCall, LateAnswer, StartCall
from verify_providers.http import Ask, HttpAnswer, HttpRequest
from verify_providers.twilio import TwilioExtras

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


NUMBER, OTHER = read_phone(PHONE), read_phone("+442079460018")
ADDRESS = EmailAddress(EMAIL)


def reference(**fields: object) -> VerificationRef:
    made = VerificationRef(
        provider="twilio",
        vendor_id="VE" + "ab" * 16,
        identifier=NUMBER,
        channel=Channel.SMS,
        attempt_id="a",
        created_at=NOON,
        vendor_data={"service": "VA1", "limit.who": PHONE},
    )
    return evolve(made, **fields)


def request(**fields: object) -> StartRequest:
    made = StartRequest(
        identifier=NUMBER,
        custom_code=OWN_CODE,
        extras=TwilioExtras(rate_limits={"who": PHONE}),
    )
    return evolve(made, **fields)


def message(**fields: object) -> Message:
    made = Message(
        to=PHONE,
        channel="sms",  # type: ignore[arg-type]  # its value is all that is shown
        code=CODE,
        body=f"Your code is {CODE}",
        subject=f"{CODE}",
        at=NOON,
        verification_sid="VE1",
        service_sid="VA1",
    )
    return evolve(made, **fields)


def vonage_message(**fields: object) -> VonageMessage:
    made = VonageMessage(
        to=PHONE[1:],
        channel=VonageChannel.SMS,
        code=CODE,
        body=f"{CODE} is your code",
        at=NOON,
        request_id="r",
        place=0,
        sender="Brand",
        locale="en-us",
    )
    return evolve(made, **fields)


def recorded(path: str) -> RecordedRequest:
    return RecordedRequest(
        at=NOON,
        method="POST",
        path=path,
        form={"To": PHONE},
        account_sid=None,
        status=201,
        code=None,
    )


def recorded_by_vonage(body: object) -> RecordedVonageRequest:
    return RecordedVonageRequest(
        at=NOON,
        method="POST",
        path="/v2/verify",
        operation=None,
        body=body,
        status=202,
        reason=None,
    )


def http_request(path: str = f"/{PHONE}", body: bytes = CODE.encode()) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=path,
        shown_path="/***",
        body=body,
        headers={"X-Key": TOKEN},
    )


def http_answer(echo: str) -> HttpAnswer:
    return HttpAnswer(status=400, headers={"x-echo": echo}, body=echo.encode())


KEY = TOKEN + "abcdefghijk="

SAMPLES: dict[str, tuple[object, object]] = {
    "secret": (Secret(TOKEN), Secret(CODE)),
    "hidden": (Hidden({"a": TOKEN}), Hidden({"a": CODE})),
    "hiding": (hiding(NUMBER, CODE), hiding(ADDRESS)),
    "number": (NUMBER, OTHER),
    "address": (ADDRESS, EmailAddress("ann@example.org")),
    "reference by number": (reference(), reference(identifier=OTHER)),
    "reference by data": (reference(), reference(vendor_data={"x": TOKEN})),
    "reference by address": (
        reference(identifier=ADDRESS, channel=Channel.EMAIL),
        reference(attempt_id="b"),
    ),
    "request by number": (request(), request(identifier=OTHER)),
    "request by code": (request(), request(custom_code=CODE)),
    "request by extras": (request(), request(extras=())),
    "started": (
        Started(ref=reference()),
        Started(ref=reference(identifier=OTHER)),
    ),
    "message": (message(), message(to=OTHER.e164)),
    "message by code": (message(), message(code="000000")),
    "message of Vonage": (vonage_message(), vonage_message(to="1")),
    "message of Vonage by code": (vonage_message(), vonage_message(code="1234")),
    "recorded request": (recorded(f"/{PHONE}"), recorded("/x")),
    "recorded request of Vonage": (
        recorded_by_vonage({"to": PHONE}),
        recorded_by_vonage({}),
    ),
    "name": (NameCallback("Code", CODE), NameCallback("Code", "1")),
    "password": (PasswordCallback("Code", CODE), PasswordCallback("Code", "1")),
    "state": (
        NodeState(shared={"userIdentifier": PHONE}, transient={"code": CODE}),
        NodeState(secure={"x": EMAIL}),
    ),
    "context": (
        TreeContext(NodeState(shared={"a": PHONE}), callbacks=[NameCallback("", CODE)]),
        TreeContext(NodeState()),
    ),
    "found identifier": (
        FoundIdentifier(text=PHONE, private=True),
        FoundIdentifier(text=EMAIL, private=True),
    ),
    "directory": (
        MemoryDirectory([{"userName": EMAIL, "telephoneNumber": PHONE}]),
        MemoryDirectory([{"mail": EMAIL, "password": CODE}]),
    ),
    "settings": (
        ProviderSettings(name="x", secret=TOKEN, environ={"A": TOKEN}),
        ProviderSettings(name="x", options={"auth_token": TOKEN}),
    ),
    "settings of a key before the colon": (
        ProviderSettings(name="x", user=TOKEN),
        ProviderSettings(name="x", user=CODE),
    ),
    "settings of a key in another place": (
        ProviderSettings(name="x", host=TOKEN),
        ProviderSettings(name="x", path=TOKEN),
    ),
    "credentials": (Credentials(auth_token=TOKEN), Credentials(auth_token=CODE)),
    "token keys": (
        TokenKeys(keys={"a": KEY}),
        TokenKeys(keys={"a": TokenKeys.new_key()}),
    ),
    "request over HTTP": (http_request(), evolve(http_request(), body=b"")),
    "request over HTTP by path": (http_request(), evolve(http_request(), path="/")),
    "answer over HTTP": (http_answer(PHONE), http_answer(CODE)),
    "answer over HTTP by body": (
        http_answer(EMAIL),
        evolve(http_answer(EMAIL), body=TOKEN.encode()),
    ),
    "ask": (Ask(http_request()), Ask(http_request(path="/"))),
    "call": (
        CheckCall(ref=reference(), code=CODE),
        CheckCall(ref=reference(), code=OWN_CODE),
    ),
    "late answer": (
        LateAnswer(call=StartCall(request=request()), answer=None, error=None),
        LateAnswer(call=CheckCall(ref=reference(), code=CODE), answer=None, error=None),
    ),
    "secret to read": (
        SecretReader(setting="key", provider="x", source=TOKEN),
        SecretReader(setting="key", provider="x", source=CODE),
    ),
    "bearer token": (
        BearerToken(setting="key", provider="x", source=TOKEN),
        BearerToken(setting="key", provider="x", source=CODE),
    ),
    "extras of Twilio": (
        TwilioExtras(rate_limits={"who": PHONE}, amount="1", payee=EMAIL),
        TwilioExtras(tags={"who": PHONE}),
    ),
    **FAKE_TWILIO,
}

REVEALED: dict[str, Callable[[], str]] = {
    "e164": lambda: NUMBER.e164,
    "value": lambda: NUMBER.value,
    "address": lambda: ADDRESS.address,
    "code": lambda: message().code,
    "to": lambda: message().to,
    "body": lambda: message().body,
    "code of Vonage": lambda: vonage_message().code,
    "typed": lambda: NameCallback("", CODE).typed,
    "revealed": lambda: Secret(TOKEN).reveal(),
}
"""What a caller asks for by its name is a plain text."""
