"""The official SDK on the in-process transport: it must not be able to tell."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest

from verify_fakes import FakeTwilio, twilio_http_client
from verify_fakes.mounted._sdk import SdkResponse
from verify_fakes.twilio import Break

rest = pytest.importorskip(
    "twilio.rest", reason="the official SDK (PyPI twilio) is not installed"
)
TwilioRestException = pytest.importorskip("twilio.base.exceptions").TwilioRestException

pytestmark = pytest.mark.sdk

PHONE = "+15555550100"


def service_on(fake: FakeTwilio, **options: bool) -> Any:  # noqa: ANN401 - no stubs
    transport = twilio_http_client(fake, **options)
    client = rest.Client("AC" + "1" * 32, "token", http_client=transport)
    return client.verify.v2.services("VA" + "0" * 32)


def test_whole_life_with_no_socket_and_no_patch() -> None:
    fake = FakeTwilio(seed=1)
    service = service_on(fake)

    made = service.verifications.create(to=PHONE, channel="sms", rate_limits={"a": "b"})
    assert service.verifications(made.sid).fetch().status == "pending"
    wrong = service.verification_checks.create(to=PHONE, code="00000000")
    assert wrong.status == "pending"
    code = fake.outbox[-1].code
    assert service.verification_checks.create(to=PHONE, code=code).valid is True
    with pytest.raises(TwilioRestException) as caught:
        service.verification_checks.create(to=PHONE, code=code)
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_lists_page_and_what_is_deleted_is_gone() -> None:
    service = service_on(FakeTwilio(seed=1))
    names = [f"limit{number}" for number in range(5)]
    for name in names:
        service.rate_limits.create(unique_name=name)

    listed = service.rate_limits.list(page_size=2)

    assert sorted(limit.unique_name for limit in listed) == names
    assert listed[0].delete() is True
    assert len(service.rate_limits.list()) == 4


def test_asynchronous_calls() -> None:
    fake = FakeTwilio(seed=1)
    service = service_on(fake, asynchronous=True)

    async def login() -> str:
        await service.verifications.create_async(to=PHONE, channel="sms")
        check = await service.verification_checks.create_async(
            to=PHONE, code=fake.outbox[-1].code
        )
        status: str = check.status
        return status

    assert asyncio.run(login()) == "approved"


@pytest.mark.parametrize(
    ("effect", "error", "sent"),
    [
        (Break.REFUSED, "ConnectionError", 0),
        (Break.HANG_UP, "ConnectionError", 0),
        (Break.ANSWER_LOST, "ConnectionError", 1),
        (Break.ANSWER_LATE, "ReadTimeout", 1),
    ],
)
def test_broken_connection_is_what_the_sdk_lets_through(
    effect: Break, error: str, sent: int
) -> None:
    fake = FakeTwilio(seed=1)
    fake.faults.arm("start", effect)
    requests = pytest.importorskip("requests")

    with pytest.raises(getattr(requests, error)):
        service_on(fake).verifications.create(to=PHONE, channel="sms")

    assert len(fake.outbox) == sent


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (Break.REFUSED, "ClientConnectorError"),
        (Break.HANG_UP, "ServerDisconnectedError"),
        (Break.ANSWER_LOST, "ServerDisconnectedError"),
        (Break.ANSWER_LATE, "ServerTimeoutError"),
    ],
)
def test_broken_connection_is_what_the_asynchronous_sdk_lets_through(
    effect: Break, error: str
) -> None:
    aiohttp = pytest.importorskip("aiohttp")
    fake = FakeTwilio(seed=1)
    fake.faults.arm("start", effect)
    service = service_on(fake, asynchronous=True)

    with pytest.raises(getattr(aiohttp, error)) as caught:
        asyncio.run(service.verifications.create_async(to=PHONE, channel="sms"))

    assert str(caught.value)


def test_clock_and_faults_are_the_fakes_own() -> None:
    fake = FakeTwilio(seed=1)
    service = service_on(fake)
    fake.faults.arm("start", 60203, first=2)
    made = service.verifications.create(to=PHONE, channel="sms")

    with pytest.raises(TwilioRestException) as caught:
        service.verifications.create(to=PHONE, channel="sms")
    assert caught.value.code == 60203
    fake.clock.advance(timedelta(minutes=10))
    with pytest.raises(TwilioRestException, match="not found"):
        service.verifications(made.sid).fetch()


def test_transport_needs_neither_the_sdk_nor_requests() -> None:
    code = (
        "import sys; from verify_fakes import FakeTwilio, twilio_http_client; "
        "client = twilio_http_client(FakeTwilio()); "
        "client.request('GET', 'https://verify.twilio.com/v2/Services'); "
        "sys.exit(bool({'twilio', 'requests', 'aiohttp'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_call_takes_a_small_part_of_what_a_socket_would() -> None:
    """The SDK's own work is in it; a loopback server takes well over a millisecond."""
    service = service_on(FakeTwilio(seed=1))
    numbers = [f"+1555555{number:04d}" for number in range(200)]
    service.verifications.create(to=PHONE, channel="sms")

    began = time.thread_time()
    for number in numbers:
        service.verifications.create(to=number, channel="sms")
    each_ms = (time.thread_time() - began) / len(numbers) * 1000

    assert each_ms < 1.5


def test_credentials_may_come_in_a_header_or_not_at_all() -> None:
    transport = twilio_http_client(FakeTwilio())
    url = "https://verify.twilio.com/v2/Services"
    pair = base64.b64encode(b"AC" + b"1" * 32 + b":token").decode()

    def status(**options: object) -> int:
        answer = transport.request("GET", url, **options)  # type: ignore[arg-type]
        assert isinstance(answer, SdkResponse)
        return answer.status_code

    assert status(headers={"authorization": f"Basic {pair}"}) == 200
    assert status(auth=("AC" + "1" * 32, "token")) == 200
    assert status(auth=("AC" + "1" * 32, "")) == 401
    assert status(auth=("nobody", "token")) == 401
    assert status() == 401
