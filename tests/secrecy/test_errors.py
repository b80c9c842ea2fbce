"""A failing call shows no secret: not in its error, not in a frame of ours."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from verify_pigeon import AsyncPigeonPost, PigeonPost

from tests.secrecy.doors import (
    CODE,
    EMAIL,
    OWN_CODE,
    PHONE,
    TOKEN,
    drawn_by_rich,
    leaks,
    leaks_of,
    shown_by_walkers,
)
from tests.secrecy.samples import ADDRESS, KEY, NOON, NUMBER, reference
from tests.support.each import require_each
from verify_core import (
    AsyncVerifier,
    Channel,
    CheckResult,
    EmailAddress,
    PhoneNumber,
    PhonePolicy,
    ProviderSettings,
    Secret,
    StartRequest,
    TokenKeys,
    VerificationRef,
    Verifier,
    from_token,
    load_provider,
    read_phone,
    to_token,
)
from verify_core.codes import read_code
from verify_core.errors import Unexpected
from verify_core.nodes import (
    CollectorDecisionNode,
    MemoryDirectory,
    NameCallback,
    NodeState,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_fakes import FakeVerifyProvider
from verify_providers.config import SecretReader
from verify_providers.conversations import LateAnswer
from verify_providers.failover import Child, FailoverProvider
from verify_providers.guard import CoolDown, GuardPolicy, GuardProvider
from verify_providers.http import Reach
from verify_providers.telemetry import AsyncTelemetry
from verify_providers.test_numbers import AsyncTestNumbers, TestNumbers
from verify_providers.threads import as_async
from verify_providers.twilio import (
    AsyncTwilioVerify,
    TwilioExtras,
    TwilioLookup,
    TwilioVerify,
)
from verify_providers.twilio._settings import (
    async_from_settings as async_twilio_settings,
    from_settings as twilio_settings,
)
from verify_providers.vonage import AsyncVonageVerify, VonageVerify
from verify_providers.vonage._settings import (
    async_from_settings as async_vonage_settings,
)

SERVICE = "VA" + "ab" * 16
ACCOUNT = "AC" + "cd" * 16
TWILIO: dict[str, Any] = {
    "service_sid": SERVICE,
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
}
VONAGE: dict[str, Any] = {
    "brand": "Acme",
    "api_key": "abcd1234",
    "api_secret": TOKEN,
    "signature_secret": TOKEN,
}
NOWHERE = "http://127.0.0.1:9"


def twilio() -> TwilioVerify:
    return TwilioVerify(**TWILIO)


def vonage() -> VonageVerify:
    return VonageVerify(**VONAGE)


def fake() -> FakeVerifyProvider:
    provider = FakeVerifyProvider(seed=1)
    for operation in ("start", "check", "fetch", "cancel"):
        provider.faults.arm(operation, 20429, last=50)
    return provider


PROVIDERS: dict[str, Callable[[], Any]] = {
    "twilio": twilio,
    "vonage": vonage,
    "fake": fake,
    "failover": lambda: FailoverProvider(
        [Child(name="a", provider=twilio()), Child(name="b", provider=vonage())]
    ),
    "guard": lambda: GuardProvider(
        twilio(),
        GuardPolicy(cool_down=CoolDown(steps=[timedelta(seconds=30)])),
        pepper=Secret(TOKEN),
    ),
    "test numbers": lambda: TestNumbers(
        twilio(),
        codes={"+14155550123": "0000"},
        until=NOON + timedelta(days=900),
        clock=lambda: NOON,
    ),
}


def references(provider: Any) -> list[VerificationRef]:  # noqa: ANN401 - any
    by_name = {"vonage": "c11236f4-00bf-4b89-84ba-88b25df97315"}
    own = by_name.get(provider.name, "VE" + "ab" * 16)
    data = {"service": SERVICE} if provider.name != "fake" else {}
    made = [
        reference(provider=provider.name, vendor_id=own, vendor_data=data),
        reference(provider=provider.name, vendor_id="", vendor_data=data),
    ]
    return [*made, *(reference(provider=name) for name in ("twilio", "elsewhere"))]


REQUESTS = [
    StartRequest(identifier=NUMBER),
    StartRequest(identifier=NUMBER, custom_code=OWN_CODE),
    StartRequest(identifier=NUMBER, extras=TwilioExtras(rate_limits={"a": PHONE})),
    StartRequest(identifier=ADDRESS, channel=Channel.EMAIL),
]


def calls_of(provider: Any) -> Iterator[Callable[[], object]]:  # noqa: ANN401 - any
    """Every call of a provider, alone and through a `Verifier`."""
    verifier = Verifier(provider)
    for request in REQUESTS:
        yield lambda request=request: provider.start(request)
        yield lambda request=request: provider.start(request, previous=reference())
    yield lambda: verifier.start("+1 (415) 555-2671")
    yield lambda: verifier.start(PHONE, custom_code=OWN_CODE)
    yield lambda: verifier.start(EMAIL, "email")
    for ref in references(provider):
        for code in (CODE, f" {CODE[:3]}-{CODE[3:]} "):
            yield lambda ref=ref, code=code: verifier.check(ref, code)
        yield lambda ref=ref: provider.check(ref, CODE)
        yield lambda ref=ref: provider.check(ref, int(CODE))
        yield lambda ref=ref: provider.fetch(ref)
        yield lambda ref=ref: provider.cancel(ref)


def vonage_signing() -> VonageVerify:
    return VonageVerify(**VONAGE, signature_secret=TOKEN)


def echo(status: int) -> Callable[[requests.PreparedRequest], Any]:
    """A vendor that repeats all that it was told, in several spellings."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        told = (
            f"{request.url} {request.body!r} {request.headers} {EMAIL} {PHONE} {CODE}"
        )
        plain = re.sub('["\\\\]', "", told)
        body = f'{{"code": 60200, "message": "{plain}", "title": "{plain}", '
        body += f'"detail": "{plain}", "sid": "{PHONE}", "status": "{CODE}"}}'
        return status, {"Twilio-Request-Id": plain[:200]}, body

    return answer


def refuse(_request: requests.PreparedRequest) -> Any:  # noqa: ANN401 - raises
    raise requests.ConnectTimeout(f"no route to {PHONE}")


def lose(request: requests.PreparedRequest) -> Any:  # noqa: ANN401 - raises
    raise requests.ReadTimeout(request=request)


FATES: dict[str, Callable[[requests.PreparedRequest], Any]] = {
    "refused": refuse,
    "lost": lose,
    "200": echo(200),
    "202": echo(202),
    "400": echo(400),
    "401": echo(401),
    "404": echo(404),
    "409": echo(409),
    "422": echo(422),
    "429": echo(429),
    "503": echo(503),
}


@contextmanager
def vendors(fate: str) -> Iterator[None]:
    """Every vendor answers like this."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST", "DELETE"):
            mock.add_callback(method, re.compile(".*"), FATES[fate])
        yield


def outcome_of(call: Callable[[], object]) -> tuple[object, Exception | None]:
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001 - whatever it is
        return None, error


def assert_silent(call: Callable[[], object]) -> bool:
    """Whether it failed; in no case it may show a secret."""
    value, error = outcome_of(call)
    assert not leaks(shown_by_walkers(value))
    if error is None:
        return False
    assert leaks_of(error) == []
    return True


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_failing_call_of_a_provider_shows_a_secret(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def shows_none(fate: str) -> None:
        caplog.clear()
        with vendors(fate):
            provider = PROVIDERS[name]()
            failed = [assert_silent(call) for call in calls_of(provider)]
        assert any(failed)
        assert not leaks(caplog.text)
        assert not leaks("".join(repr(vars(record)) for record in caplog.records))
        assert not leaks(shown_by_walkers(provider))

    require_each(FATES, shows_none)


@pytest.mark.parametrize("name", ["twilio", "vonage"])
def test_no_failing_call_that_is_awaited_shows_a_secret(name: str) -> None:
    async def play() -> int:
        if name == "twilio":
            provider: Any = AsyncTwilioVerify(**TWILIO, base_url=NOWHERE)
        else:
            provider = as_async(VonageVerify(**VONAGE, base_url=NOWHERE))
        verifier = AsyncVerifier(provider)
        ref = references(provider)[0]
        failed = 0
        async with provider:
            for make in (
                lambda: verifier.start(PHONE, custom_code=OWN_CODE),
                lambda: verifier.start(EMAIL, "email"),
                lambda: verifier.check(ref, CODE),
                lambda: provider.check(ref, CODE),
                lambda: provider.start(REQUESTS[1]),
                lambda: provider.cancel(ref),
                lambda: verifier.check(ref, f"{CODE} is it"),
            ):
                try:
                    await make()
                except Exception as error:  # noqa: BLE001 - whatever it is
                    failed += 1
                    assert leaks_of(error) == []  # noqa: PT017
        return failed

    assert asyncio.run(play()) >= 6


TOKEN_KEYS = TokenKeys(keys={"k": KEY})
SEALED = to_token(reference(), TOKEN_KEYS, now=NOON)
STORED: dict[str, Any] = {
    "kind": "phone",
    "e164": PHONE,
    "calling_code": 1,
    "region": "US",
    "provenance": "explicit",
}

READINGS: dict[str, Callable[[], object]] = {
    "number in a sentence": lambda: read_phone(f"call {PHONE}"),
    "number twice": lambda: read_phone(f"{PHONE} {PHONE}"),
    "number of nowhere": lambda: read_phone(f"+999{PHONE[1:]}"),
    "number without its plus": lambda: read_phone("415 555 2671"),
    "number as an integer": lambda: read_phone(int(PHONE)),  # type: ignore[arg-type]
    "number as bytes": lambda: read_phone(PHONE.encode()),  # type: ignore[arg-type]
    "number not allowed": lambda: read_phone(
        PHONE, PhonePolicy(allowed_calling_codes={44})
    ),
    "number for an e-mail": lambda: Verifier(FakeVerifyProvider(seed=1)).start(
        PHONE, "email"
    ),
    "e-mail for a number": lambda: Verifier(FakeVerifyProvider(seed=1)).start(EMAIL),
    "e-mail twice": lambda: Verifier(FakeVerifyProvider(seed=1)).start(
        f"{EMAIL} {EMAIL}", "email"
    ),
    "e-mail, made": lambda: EmailAddress(f"{EMAIL}, or so"),
    "e-mail as bytes": lambda: EmailAddress(EMAIL.encode()),  # type: ignore[arg-type]
    "number, made": lambda: PhoneNumber(
        e164=PHONE[1:], calling_code=1, region="US", provenance="explicit"
    ),
    "number, made of another country": lambda: PhoneNumber(
        e164=PHONE, calling_code=44, region="GB", provenance="explicit"
    ),
    "identifier, stored": lambda: VerificationRef.from_json(
        {**reference().to_json(), "identifier": {**STORED, "region": 5}}
    ),
    "reference, stored": lambda: VerificationRef.from_json(
        {**reference().to_json(), "sends": -1}
    ),
    "reference, made": lambda: reference(vendor_data={"a": PHONE, "b": 5}),
    "code with words": lambda: read_code(f"the code is {CODE}"),
    "code as an integer": lambda: read_code(int(CODE)),  # type: ignore[arg-type]
    "code to a verifier": lambda: Verifier(FakeVerifyProvider(seed=1)).check(
        reference(), f"my code: {CODE}"
    ),
    "number to a verifier": lambda: Verifier(FakeVerifyProvider(seed=1)).start(
        f"{PHONE} or {PHONE}", custom_code=OWN_CODE
    ),
    "code without a reference": lambda: Verifier(FakeVerifyProvider(seed=1)).check(
        None,  # type: ignore[arg-type]
        CODE,
    ),
    "request of a wrong channel": lambda: StartRequest(
        identifier=NUMBER, channel="email", custom_code=OWN_CODE
    ),
    "request with a code of bytes": lambda: StartRequest(
        identifier=NUMBER,
        custom_code=CODE.encode(),  # type: ignore[arg-type]
    ),
    "secret of bytes": lambda: Secret(TOKEN.encode()),  # type: ignore[arg-type]
    "key that is none": lambda: TokenKeys(keys={"k": TOKEN}),
    "key twice": lambda: TokenKeys(keys={"k": KEY, "l": KEY}),
    "token, altered": lambda: from_token(f"{SEALED}=", TOKEN_KEYS, now=NOON),
    "token, too old": lambda: from_token(
        SEALED, TOKEN_KEYS, now=NOON + timedelta(days=1)
    ),
    "URL of nobody": lambda: load_provider(f"nobody://{ACCOUNT}:{TOKEN}@verify/VA"),
    "URL of Twilio": lambda: load_provider(f"twilio://{ACCOUNT}:{TOKEN}@verify/VA"),
    "URL with an option": lambda: load_provider(
        f"twilio://{ACCOUNT}:x@verify/{SERVICE}?a={TOKEN}"
    ),
    "URL with a port": lambda: load_provider(f"twilio://{ACCOUNT}@verify:{TOKEN}/x"),
    "Twilio without a service": lambda: TwilioVerify(**{**TWILIO, "service_sid": "x"}),
    "Vonage with a key that is none": lambda: VonageVerify(**{**VONAGE, "brand": ""}),
    "Lookup without an account": lambda: TwilioLookup(auth_token=TOKEN),
    "test numbers with a bad code": lambda: TestNumbers(
        fake(), codes={PHONE: "!"}, until=NOON
    ),
    "test numbers with a bad number": lambda: TestNumbers(
        fake(), codes={f"{PHONE} x": CODE}, until=NOON
    ),
    "test numbers, awaited, with a bad number": lambda: AsyncTestNumbers(
        as_async(fake()), codes={f"{PHONE} x": CODE}, until=NOON
    ),
    "Twilio, awaited, without a service": lambda: AsyncTwilioVerify(
        **{**TWILIO, "service_sid": "x"}
    ),
    "Vonage, awaited, without a brand": lambda: AsyncVonageVerify(
        **{**VONAGE, "brand": ""}
    ),
    "settings of Twilio": lambda: twilio_settings(
        ProviderSettings(name="twilio", environ={"TWILIO_AUTH_TOKEN": TOKEN})
    ),
    "settings of Twilio, awaited": lambda: async_twilio_settings(
        ProviderSettings(name="twilio", environ={"TWILIO_AUTH_TOKEN": TOKEN})
    ),
    "settings of Vonage, awaited": lambda: async_vonage_settings(
        ProviderSettings(
            name="vonage", user="a", secret=TOKEN, options={"private_key_file": "x"}
        )
    ),
    "a key of bytes": lambda: SecretReader(
        setting="key",
        provider="x",
        source=TOKEN.encode(),  # type: ignore[arg-type]
    ),
    "a key of no encoding": lambda: SecretReader(
        setting="key", provider="x", source=f"{TOKEN}\ud800"
    ),
    "the tutorial's vendor in clear": lambda: PigeonPost(
        TOKEN, reach=Reach(base_url="http://post.example")
    ),
    "the tutorial's vendor in clear, awaited": lambda: AsyncPigeonPost(
        f"{TOKEN}\ud800"
    ),
    "state with keys that repr cannot sort": lambda: NodeState(
        shared={"a": PHONE},
        secure=3,  # type: ignore[arg-type]
    ),
    "state with a value that cannot be copied": lambda: NodeState(
        shared={"a": PHONE, "b": threading.Lock()}
    ),
    "a value of a state that cannot be copied": lambda: NodeState().put_shared(
        "a", [PHONE, threading.Lock()]
    ),
    "values of a state that cannot be copied": lambda: NodeState().merge_transient(
        {"a": PHONE, "b": threading.Lock()}
    ),
    "people of a directory that cannot be copied": lambda: MemoryDirectory(
        [{"telephoneNumber": PHONE, "lock": threading.Lock()}]
    ),
    "people in JSON that is none": lambda: MemoryDirectory.from_json(
        f'[{{"telephoneNumber": "{PHONE}"}}'
    ),
    "people in CSV that is none": lambda: MemoryDirectory.from_csv(
        f"mail\n{EMAIL},{PHONE}"
    ),
    "a webhook with strange headers": lambda: vonage_signing().parse_webhook(
        [("authorization", f"Bearer {TOKEN}")],  # type: ignore[arg-type]
        PHONE.encode(),
    ),
    "extras with a flag": lambda: TwilioExtras(rate_limits={"who": PHONE, "x": True}),
}


def test_what_is_refused_is_nowhere_to_be_seen() -> None:
    def is_nowhere(name: str) -> None:
        _, error = outcome_of(READINGS[name])
        assert error is not None
        assert leaks_of(error) == []

    require_each(READINGS, is_nowhere)


@pytest.mark.parametrize("fate", ["refused", "lost", "400", "429"])
def test_no_error_of_a_node_shows_a_secret(fate: str) -> None:
    shared = {"userIdentifier": PHONE, "verifyReference": reference().to_json()}
    with vendors(fate):
        sender = SenderNode(provider=twilio())
        collector = CollectorDecisionNode(provider=twilio())
        actions = [
            sender.process(TreeContext(NodeState(shared=shared))),
            sender.process(TreeContext(NodeState(shared={"userIdentifier": "x"}))),
            *(
                collector.process(
                    TreeContext(NodeState(shared=shared), callbacks=[callback])
                )
                for callback in (
                    PasswordCallback("", CODE),
                    NameCallback("", f"the code is {CODE}"),
                )
            ),
        ]

    causes = [action.cause for action in actions if action.cause is not None]
    assert causes
    for action in actions:
        assert not leaks(shown_by_walkers(action))
    for cause in causes:
        assert leaks_of(cause) == []


def test_rich_draws_no_secret_of_ours() -> None:
    """The whole picture: its own frame aside, since that is the caller's."""

    def check(make: Callable[[], object]) -> Exception:
        _, error = outcome_of(make)
        assert error is not None
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        return error

    with vendors("400"):
        verifier = Verifier(twilio())
        errors = [
            check(lambda: verifier.check(references(verifier.provider)[0], CODE)),
            check(lambda: verifier.start(PHONE, custom_code=OWN_CODE)),
            check(lambda: read_phone(f"call {PHONE}")),
        ]

    for error in errors:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        assert not leaks(drawn_by_rich(error))


@pytest.mark.parametrize("threads", [False, True], ids=["conversation", "threads"])
def test_error_that_comes_late_shows_no_code_in_its_frames(*, threads: bool) -> None:
    """The caller is gone; what it asked and what came of it go to `on_late`."""
    late: list[LateAnswer] = []

    class Refusing(FakeVerifyProvider):
        def check(self, ref: VerificationRef, code: str) -> CheckResult:
            begun.set()
            assert ended.wait(10)
            raise Unexpected(f"{ref.provider} does not know it", code[:0])

    begun, ended = threading.Event(), threading.Event()

    async def play() -> None:
        blocking = as_async(Refusing(seed=1), on_late=late.append)
        provider: Any = blocking if threads else AsyncTelemetry(blocking)
        provider.on_late = late.append
        task = asyncio.create_task(provider.check(reference(), CODE))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        ended.set()
        await provider.aclose()

    asyncio.run(play())

    assert [type(each.error) for each in late] == [Unexpected]
    for each in late:
        assert each.error is not None
        assert leaks_of(each.error) == []
        assert not leaks(drawn_by_rich(each.error))
