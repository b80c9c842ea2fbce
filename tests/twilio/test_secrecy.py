"""No log, repr or exception holds a code, a token or a full number."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import traceback
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.secrecy.doors import shown_by_walkers
from tests.support.kinds import Make
from tests.support.loopback import (
    ACCOUNT,
    SERVICE,
    TOKEN,
    Loopback,
    Misbehaviour,
    TinyVerify,
    http,
)
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest, VerificationRef
from verify_providers.config import SecretReader
from verify_providers.http import HttpAnswer
from verify_providers.twilio import (
    EmailConfiguration,
    Template,
    TwilioExtras,
    TwilioLookup,
    TwilioVerify,
)
from verify_providers.twilio._credentials import TwilioCredentials
from verify_providers.twilio._errors import read_problem
from verify_providers.twilio._recovery import TwilioOpenStarts
from verify_providers.twilio._wire import Target

CODE = "482913"
CUSTOM_CODE = "K7-9xQ"
SECRETS = (
    "5553231234",
    "323-1234",
    "pat.smith",
    CODE,
    CUSTOM_CODE,
    TOKEN,
    ACCOUNT,
    b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode(),
)


def assert_silent(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text]


def shown(error: BaseException) -> str:
    """Everything that a handler, a log or a pickle would show of an error."""
    links = []
    link: BaseException | None = error
    while link is not None:
        links += [str(link), repr(link), repr(vars(link)), repr(link.args)]
        assert link.__cause__ is None
        assert link.__context__ is None
        link = link.__cause__ or link.__context__
    trace = "".join(traceback.format_exception(error))
    return "\n".join([*links, trace, repr(pickle.loads(pickle.dumps(error)))])


def every_call(provider: TwilioVerify, number: PhoneNumber) -> list[Callable[[], Any]]:
    by_address = VerificationRef(
        provider="twilio",
        identifier=number,
        channel="sms",
        attempt_id="a",
        created_at=datetime.now(UTC),
    )
    email = EmailAddress("pat.smith@example.org")
    return [
        lambda: provider.start(StartRequest(identifier=number)),
        lambda: provider.start(
            StartRequest(
                identifier=number,
                custom_code=Secret(CUSTOM_CODE),
                extras=TwilioExtras(rate_limits={"number": number.e164}),
            )
        ),
        lambda: provider.start(StartRequest(identifier=email, channel="email")),
        lambda: provider.check(by_address, CODE),
        lambda: provider.fetch(by_address),
        lambda: provider.cancel(by_address),
    ]


def echo(status: int, code: int) -> Callable[[Any], bytes]:
    """A vendor that repeats everything it was told."""

    def answer(request: Any) -> bytes:  # noqa: ANN401 - a request of the server's
        told = " ".join(request.form.values())
        message = f"Invalid parameter `To`: {told} {request.target} 1 (555) 323-1234"
        return http(status, {"code": code, "message": message, "status": status})

    return answer


@pytest.mark.parametrize(
    "fate",
    ["works", "echoes", "echoes_unknown", "fails", "garbage", "cut", "refused", "slow"],
)
def test_nothing_leaks(
    fate: str,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    make: Make,
    number: PhoneNumber,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fates: dict[str, Any] = {
        "works": tiny.answer,
        "echoes": echo(400, 60200),
        "echoes_unknown": echo(409, 77777),
        "fails": echo(500, 20500),
        "garbage": lambda _request: http(200, raw_body=b"<html>+15553231234"),
        "cut": reply.cut_all(tiny, cut_at=20),
        "slow": reply.dribble_posts(tiny, pause_s=1),
        "refused": None,
    }
    url = loopback.url
    loopback.answer = fates[fate]
    if fate == "refused":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    timeout = timedelta(seconds=0.2 if fate == "slow" else 4)

    with (
        caplog.at_level(logging.DEBUG),
        make(base_url=url, timeout=timeout) as provider,
    ):
        assert_silent(repr(provider))
        inside = vars(getattr(provider, "_provider", provider)).values()
        assert_silent(repr([getattr(part, "__dict__", part) for part in inside]))
        raised = 0
        for call in every_call(provider, number):
            try:
                assert_silent(repr(call()))
            except VerifyError as error:
                raised += 1
                assert_silent(shown(error))

    assert raised > 0 or fate == "works"
    if fate == "works" and isinstance(provider, TwilioVerify):
        assert "/Verifications/*** HTTP" in caplog.text  # logged, and masked
    for record in caplog.records:
        assert_silent(record.getMessage())
        assert_silent(repr(vars(record)))
    assert_silent(caplog.text)


def test_lookup_leaks_nothing(
    loopback: Loopback, number: PhoneNumber, caplog: pytest.LogCaptureFixture
) -> None:
    loopback.answer = lambda _request: http(400, {"code": 1, "message": number.e164})
    with (
        caplog.at_level(logging.DEBUG),
        TwilioLookup(
            account_sid=ACCOUNT, auth_token=TOKEN, base_url=loopback.url
        ) as lookup,
        pytest.raises(VerifyError) as caught,
    ):
        lookup.line_type(number)

    assert_silent(shown(caught.value))
    assert_silent(caplog.text)


def test_logs_of_others_are_left_alone(
    loopback: Loopback, tiny: TinyVerify, caplog: pytest.LogCaptureFixture
) -> None:
    """Masking is for our pool only; somebody else's `requests` logs as ever."""
    import requests

    url = f"{loopback.url}/v2/Services/{SERVICE}/Verifications/+15553231234"
    with caplog.at_level(logging.DEBUG):
        requests.get(url, timeout=2)

    assert "+15553231234" in caplog.text
    assert tiny.messages == []


def test_number_in_the_place_of_an_id_is_in_no_result_and_no_error(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    """Wherever a vendor puts it: verification, attempt, request, code."""
    digits = number.e164.removeprefix("+")
    attempt = {"attempt_sid": digits, "channel": "sms", "time": "2026-11-22T12:00:00Z"}
    body = tiny._send({"To": number.e164, "Channel": "sms"})  # noqa: SLF001 - its answer
    odd = body | {"send_code_attempts": [attempt]}
    loopback.answer = lambda _request: http(201, odd, Twilio_Request_Id=digits)
    started = provider.start(StartRequest(identifier=number))

    shown_values = [repr(started), repr(provider.fetch(started.ref))]
    odd["sid"] = digits
    with pytest.raises(VerifyError) as caught:
        provider.start(StartRequest(identifier=number))

    assert_silent("".join(shown_values))
    assert_silent(shown(caught.value))
    assert caught.value.maybe_sent


@pytest.mark.parametrize("status", [200, 400, 500])
def test_code_is_in_no_frame_that_a_traceback_shows(
    provider: TwilioVerify, loopback: Loopback, number: PhoneNumber, status: int
) -> None:
    """Tools that print a traceback print the local variables with it."""
    loopback.answer = lambda _request: http(status, {"message": "no"})
    ref = VerificationRef(
        provider="twilio",
        vendor_id="VE" + "d4" * 16,
        identifier=number,
        channel="sms",
        attempt_id="a",
        created_at=datetime.now(UTC),
    )

    with pytest.raises(VerifyError) as caught:
        provider.check(ref, CODE)

    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert frames
    for frame in frames:
        for value in frame.f_locals.values():
            assert CODE not in repr(value)


def test_what_walks_the_fields_of_private_values_finds_masks(
    number: PhoneNumber,
) -> None:
    target = Target(service_sid=SERVICE, address=number.e164)
    starts = TwilioOpenStarts()
    starts.begin(target, Channel.SMS, at=datetime.now(UTC), previous=None)
    message = {"message": f"{number.e164} {CODE}", "code": CODE}
    secret = SecretReader(setting="auth_token", provider="twilio", source=TOKEN)
    texts = {"number": number.e164}

    for value in (
        target,
        starts,
        read_problem(HttpAnswer(status=400, body=json.dumps(message).encode())),
        TwilioCredentials(user=ACCOUNT, secret=secret),
        EmailConfiguration(substitutions=texts),
        Template(sid="HJ" + "a1" * 16, substitutions=texts),
        TwilioExtras(rate_limits=texts, tags=texts, amount="1", payee="pat.smith"),
    ):
        assert_silent(shown_by_walkers(value))
