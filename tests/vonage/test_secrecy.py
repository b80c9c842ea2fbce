"""No log, repr or exception holds a code, a secret or a full number."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import traceback
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.secrecy.doors import shown_by_walkers
from tests.support.kinds import Make
from tests.support.loopback import Loopback, Received, Reply, http
from tests.vonage.tiny import KEY, SECRET, Clock, TinyVonage, problem
from verify_core.accepting import Accepted
from verify_core.errors import VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest, VerificationRef
from verify_providers.config import SecretReader
from verify_providers.http import HttpAnswer
from verify_providers.vonage import SmsStep, VonageExtras, VonageVerify
from verify_providers.vonage._asking import Defaults, ask_for
from verify_providers.vonage._credentials import JwtCredentials, KeyCredentials
from verify_providers.vonage._errors import read_problem
from verify_providers.vonage._recovery import VonageOpenStarts

CODE = "482913"
CUSTOM_CODE = "K79xQz"
SECRETS = (
    "5553231234",
    "323-1234",
    "pat.smith",
    CODE,
    CUSTOM_CODE,
    SECRET,
    KEY,
    b64encode(f"{KEY}:{SECRET}".encode()).decode(),
)


def assert_silent(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text]


def shown(error: BaseException) -> str:
    """Everything that a handler, a log or a pickle would show of an error."""
    assert error.__cause__ is None
    assert error.__context__ is None
    trace = "".join(traceback.format_exception(error))
    copied = pickle.loads(pickle.dumps(error))
    return "\n".join([str(error), repr(error), repr(vars(error)), trace, repr(copied)])


def every_call(
    provider: VonageVerify, number: PhoneNumber, clock: Clock
) -> list[Callable[[], Any]]:
    ref = VerificationRef(
        provider="vonage",
        vendor_id="c11236f4-00bf-4b89-84ba-88b25df97315",
        identifier=number,
        channel="sms",
        attempt_id="a",
        created_at=clock.now(),
        vendor_data={
            "workflow": "sms,call",
            "timeout": "180",
            "step": "0",
            "reached_at": clock.now().isoformat(),
        },
    )
    both = StartRequest(identifier=number, fallback_channels=("call",))
    email = EmailAddress("pat.smith@example.org")
    steps = VonageExtras(workflow=(SmsStep(sender="Acme"),))
    return [
        lambda: provider.start(StartRequest(identifier=number)),
        lambda: provider.start(
            StartRequest(identifier=number, custom_code=CUSTOM_CODE, extras=steps)
        ),
        lambda: provider.start(StartRequest(identifier=email, channel="email")),
        lambda: provider.start(both, previous=ref),
        lambda: provider.check(ref, CODE),
        lambda: provider.check(ref, CUSTOM_CODE),
        lambda: provider.cancel(ref),
    ]


def echo(status: int, code: str) -> Callable[[Received], bytes]:
    """A vendor that repeats everything it was told, in every field."""

    def answer(request: Received) -> bytes:
        told = json.loads(request.body or b"{}")
        words = " ".join(map(str, [*told.values(), request.target]))
        text = f"{words} 15553231234 1 (555) 323-1234"
        named = [{"name": text, "reason": text}, {"name": "workflow", "reason": text}]
        more = {"invalid_parameters": named, "request_id": text}
        return problem(status, code, text, text, **more)

    return answer


@pytest.mark.parametrize(
    "fate",
    ["works", "echoes", "conflicts", "unknown", "fails", "garbage", "cut", "refused"],
)
def test_nothing_leaks(
    fate: str,
    loopback: Loopback,
    tiny: TinyVonage,
    make: Make,
    number: PhoneNumber,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fates: dict[str, Any] = {
        "works": tiny.answer,
        "echoes": echo(422, "invalid-params"),
        "conflicts": echo(409, "conflict"),
        "unknown": echo(418, CUSTOM_CODE),
        "fails": echo(500, "internal-error"),
        "garbage": lambda _request: http(202, raw_body=b"<html>+15553231234"),
        "cut": lambda request: Reply(raw=tiny.answer(request), cut_at=20),
        "refused": None,
    }
    url = loopback.url
    loopback.answer = fates[fate]
    if fate == "refused":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with (
        caplog.at_level(logging.DEBUG),
        make(base_url=url, timeout=timedelta(seconds=2)) as provider,
    ):
        assert_silent(repr(provider))
        inside = vars(getattr(provider, "_provider", provider)).values()
        assert_silent(repr([getattr(part, "__dict__", part) for part in inside]))
        raised = 0
        for call in every_call(provider, number, clock):
            try:
                assert_silent(repr(call()))
            except VerifyError as error:
                raised += 1
                assert_silent(shown(error))

    assert raised > 0
    if fate == "works" and isinstance(provider, VonageVerify):
        assert "/v2/verify HTTP" in caplog.text  # logged, and without a number
    for record in caplog.records:
        assert_silent(record.getMessage())
        assert_silent(repr(vars(record)))
    assert_silent(caplog.text)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_code_is_in_no_frame_that_a_traceback_shows(
    provider: VonageVerify,
    loopback: Loopback,
    number: PhoneNumber,
    clock: Clock,
    status: int,
) -> None:
    """Tools that print a traceback print the local variables with it."""
    loopback.answer = lambda _request: http(status, {"title": "no"})
    ref = VerificationRef(
        provider="vonage",
        vendor_id="c11236f4-00bf-4b89-84ba-88b25df97315",
        identifier=number,
        channel="sms",
        attempt_id="a",
        created_at=clock.now(),
    )

    with pytest.raises(VerifyError) as caught:
        provider.check(ref, CODE)

    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert frames
    for frame in frames:
        for value in frame.f_locals.values():
            assert CODE not in repr(value)


def test_what_walks_the_fields_of_private_values_finds_masks(
    number: PhoneNumber, clock: Clock
) -> None:
    asked = ask_for(
        StartRequest(identifier=number, custom_code=CUSTOM_CODE),
        Accepted(previous=None, extras=None, ignored=()),
        Defaults(brand="Acme"),
        attempt_id="a",
    )
    starts = VonageOpenStarts()
    starts.begin(number.e164, "a", now=clock.now(), ends_at=clock.now())
    read = SecretReader(setting="api_secret", provider="vonage", source=SECRET)
    echoed = problem(422, CUSTOM_CODE, number.e164, CODE).partition(b"\r\n\r\n")[2]

    for value in (
        asked,
        starts,
        read_problem(HttpAnswer(status=422, body=echoed)),
        KeyCredentials(user=KEY, secret=read),
        JwtCredentials(application_id=KEY, private_key=read, clock=clock.now),
    ):
        assert_silent(shown_by_walkers(value))
