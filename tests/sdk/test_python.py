"""The official Python SDK over a real socket: it must not be able to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.support.each import require_each
from tests.support.twilio.refusals import REFUSALS, Refusal
from tests.support.twilio.walks import (
    SERVED,
    Sdk,
    client_of,
    driven,
    walk_async,
    walk_sync,
)
from verify_fakes.served import ServedTwilio
from verify_fakes.served._process import FakeServerProcess
from verify_fakes.twilio.http._routing import Route
from verify_fakes.twilio.http._wire import ROUTES

pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")
from twilio.base.exceptions import TwilioRestException

pytestmark = [
    pytest.mark.sdk,
    # The SDK's async client gives its credentials the old way.
    pytest.mark.filterwarnings(
        "ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning"
    ),
]

PHONE = "+15553231234"
#: A call of the SDK's and the method of its `Version` that judges the answer.
JUDGES = {"POST": "create", "GET": "fetch", "PUT": "update", "DELETE": "delete"}


@pytest.fixture
def client(account: ServedTwilio) -> Sdk:
    return client_of(account)


@pytest.fixture
def service(client: Sdk, account: ServedTwilio) -> Sdk:
    return client.verify.v2.services(account.service_sid)


def refused(call: Callable[[], object]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call()
    assert caught.value.msg
    return caught.value.status, caught.value.code


def test_the_sync_client_takes_the_whole_walk(account: ServedTwilio) -> None:
    walk_sync(account)

    assert driven(account) == SERVED


def test_so_does_the_async_client(account: ServedTwilio) -> None:
    walk_async(account)

    assert driven(account) == SERVED


def test_every_refusal_is_the_sdks_own_exception(client: Sdk) -> None:
    def is_raised(case: Refusal) -> None:
        _, method, path, form, status, code = case
        lookups = client.lookups.v1 if path.startswith("/v1/") else client.lookups.v2
        version = lookups if "PhoneNumbers" in path else client.verify.v2
        call = getattr(version, JUDGES[method])
        found = refused(lambda: call(method, path[len("/v2") :], data=form))
        assert found == (status, code)

    require_each(REFUSALS, is_raised)


def test_what_is_not_served_says_so(client: Sdk) -> None:
    def says_so(route: Route) -> None:
        uri = route.path.removeprefix("/v2").replace("{", "").replace("}", "")
        call = getattr(getattr(client, route.product).v2, JUDGES[route.method])
        assert refused(lambda: call(route.method, uri)) == (501, 501)

    require_each([route for route in ROUTES if not route.action], says_so)


def test_life_with_the_clock_moved(service: Sdk, account: ServedTwilio) -> None:
    made = service.verifications.create(to=PHONE, channel="sms")
    account.clock.advance(timedelta(minutes=9))
    again = service.verifications.create(to=PHONE, channel="sms")
    account.clock.advance(timedelta(minutes=1))

    assert again.sid == made.sid
    assert len({each.code for each in account.outbox}) == 1
    code = account.outbox[-1].code

    def check() -> Sdk:
        return service.verification_checks.create(to=PHONE, code=code)

    assert refused(check) == (404, 20404)
    fresh = service.verifications.create(to=PHONE, channel="sms")
    assert fresh.sid != made.sid
    assert fresh.date_created - made.date_created >= timedelta(minutes=10)
    code = account.outbox[-1].code
    checked = check()
    assert (checked.status, checked.valid) == ("approved", True)
    assert refused(check) == (404, 20404)


def test_limits_and_blocks(service: Sdk, account: ServedTwilio) -> None:
    def start(to: str = PHONE, channel: str = "sms") -> Callable[[], Sdk]:
        return lambda: service.verifications.create(to=to, channel=channel)

    def guess() -> Sdk:
        return service.verification_checks.create(to=PHONE, code=wrong)

    assert refused(start("555")) == (400, 60200)
    assert refused(start("+15005550004")) == (403, 60410)
    for _ in range(5):
        start()()
    assert refused(start()) == (429, 60203)
    wrong = "".join("1" if each == "0" else "0" for each in account.outbox[-1].code)
    for _ in range(5):
        assert guess().valid is False
    assert refused(guess) == (429, 60202)
    account.arm_fault("start", error=20503)
    assert refused(start("+15553231235")) == (503, 20503)


def test_wrong_credentials(server: FakeServerProcess) -> None:
    stranger = client_of(ServedTwilio(url=server.url, account_sid="AC1"))

    assert refused(stranger.verify.v2.services("VA" + "0" * 32).fetch) == (401, 20003)


def test_the_async_client_raises_the_same(account: ServedTwilio) -> None:
    from twilio.http.async_http_client import AsyncTwilioHttpClient

    async def checked() -> None:
        async with AsyncTwilioHttpClient(timeout=10) as transport:
            service = client_of(account, http_client=transport).verify.v2.services(
                account.service_sid
            )
            await service.verification_checks.create_async(to=PHONE, code="123456")

    assert refused(lambda: asyncio.run(checked())) == (404, 20404)


def pages_of(stream: Sdk) -> list[str]:
    return [each.unique_name for each in stream]


def test_every_way_to_page_leads_through_all(service: Sdk) -> None:
    names = [f"limit{number:02d}" for number in range(7)]
    limits = service.rate_limits
    for name in names:
        limits.create(unique_name=name)

    first = limits.page(page_size=3)
    second = first.next_page()
    third = second.next_page()

    assert pages_of(limits.list(page_size=2)) == names
    assert pages_of(limits.stream(page_size=3, limit=5)) == names[:5]
    assert [pages_of(page) for page in (first, second, third)] == [
        names[:3],
        names[3:6],
        names[6:],
    ]
    assert third.next_page() is None
    assert pages_of(third.previous_page()) == names[3:6]
    again = limits.get_page(first.next_page_url)
    assert pages_of(again) == names[3:6]


def test_the_links_lead_back_to_this_server(
    service: Sdk, account: ServedTwilio
) -> None:
    """By the name the client came by, so that an SDK may follow them."""
    made = service.verifications.create(to=PHONE, channel="sms")
    fetched = service.fetch()

    addresses = [made.url, fetched.url, *fetched.links.values()]

    assert {f"http://{urlsplit(each).netloc}" for each in addresses} == {account.url}


def test_async_paging(account: ServedTwilio) -> None:
    from twilio.http.async_http_client import AsyncTwilioHttpClient

    async def listed() -> list[str]:
        async with AsyncTwilioHttpClient(timeout=10) as transport:
            limits = (
                client_of(account, http_client=transport)
                .verify.v2.services(account.service_sid)
                .rate_limits
            )
            for number in range(3):
                await limits.create_async(unique_name=f"limit{number}")
            return pages_of(await limits.list_async(page_size=1))

    assert asyncio.run(listed()) == ["limit0", "limit1", "limit2"]
