"""A fake that breaks a connection on purpose shows no number and no code by that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from tests.secrecy.doors import CODE, PHONE, leaks_of
from verify_fakes import FakeTwilio, twilio_http_client
from verify_fakes.kit._faults import ConnectionBroken
from verify_fakes.twilio import Break

ACCOUNT, SECRET = "AC" + "1" * 32, "x"
SERVICE = "VA" + "0" * 32
START = f"https://verify.twilio.com/v2/Services/{SERVICE}/Verifications"
CHECK = f"https://verify.twilio.com/v2/Services/{SERVICE}/VerificationCheck"
FORM = {"To": PHONE, "Channel": "sms", "Code": CODE}


def over_requests(fake: FakeTwilio, url: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        fake.mount(mock)
        requests.post(url, data=FORM, auth=(ACCOUNT, SECRET))


def through_the_sdk(fake: FakeTwilio, url: str) -> None:
    _service(fake, asynchronous=False, create="create", url=url)


def through_the_async_sdk(fake: FakeTwilio, url: str) -> None:
    asyncio.run(_service(fake, asynchronous=True, create="create_async", url=url))


def _service(fake: FakeTwilio, *, asynchronous: bool, create: str, url: str) -> Any:  # noqa: ANN401 - as the SDK
    rest = pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")
    client = rest.Client(
        ACCOUNT, SECRET, http_client=twilio_http_client(fake, asynchronous=asynchronous)
    )
    service = client.verify.v2.services(SERVICE)
    if url == START:
        return getattr(service.verifications, create)(to=PHONE, channel="sms")
    return getattr(service.verification_checks, create)(to=PHONE, code=CODE)


@pytest.mark.parametrize("effect", Break)
@pytest.mark.parametrize("url", [START, CHECK])
@pytest.mark.parametrize(
    "door", [over_requests, through_the_sdk, through_the_async_sdk]
)
def test_no_error_and_no_frame_shows_them(
    door: Callable[[FakeTwilio, str], None], url: str, effect: Break
) -> None:
    fake = FakeTwilio(seed=1)
    fake.codes.fix(PHONE, CODE)
    fake.faults.arm("start" if url == START else "check", effect)

    with pytest.raises(Exception) as caught:  # noqa: PT011  of three libraries
        door(fake, url)

    assert not isinstance(caught.value, ConnectionBroken)
    assert leaks_of(caught.value) == []
