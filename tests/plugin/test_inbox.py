"""An inbox hands out each message once, in order, and never an old one for a new."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.secrecy.doors import PHONE as NUMBER, leaks, leaks_of, shown_by_walkers
from verify_fakes import FakeTwilio
from verify_fakes._inbox import FakeSource, Inbox, NoMessage, ServedSource
from verify_fakes.mounted._sdk import SdkResponse, twilio_http_client
from verify_fakes.served._process import FakeServerProcess

PHONE, OTHER = "+15553231234", "+447700900123"
Send = Callable[[str], None]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServerProcess]:
    pytest.importorskip("httptools")
    running = FakeServerProcess()
    yield running
    running.stop()


@pytest.fixture(params=["in process", "served"])
def bench(request: pytest.FixtureRequest) -> tuple[Inbox, Send]:
    if request.param == "in process":
        fake = FakeTwilio()
        transport = twilio_http_client(fake)

        def send(to: str) -> None:
            answer = transport.request(
                "POST",
                f"https://verify.twilio.com/v2/Services/VA{'0' * 32}/Verifications",
                data={"To": to, "Channel": "sms"},
                auth=("AC" + "0" * 32, "any"),
            )
            assert isinstance(answer, SdkResponse)
            assert answer.ok

        return Inbox(FakeSource(fake)), send

    import requests

    account = request.getfixturevalue("server").new_account()

    def post(to: str) -> None:
        requests.post(
            f"{account.url}/v2/Services/{account.service_sid}/Verifications",
            data={"To": to, "Channel": "sms"},
            auth=(account.account_sid, account.auth_token),
            timeout=4,
        ).raise_for_status()

    return Inbox(ServedSource(account)), post


def test_messages_come_once_and_in_order(bench: tuple[Inbox, Send]) -> None:
    inbox, send = bench
    for to in (PHONE, OTHER, PHONE):
        send(to)

    first, second = inbox.next(PHONE), inbox.next(PHONE)

    assert first.verification_sid == second.verification_sid
    assert first.at <= second.at
    assert inbox.next(OTHER).to == OTHER
    with pytest.raises(NoMessage):
        inbox.next(PHONE, timeout_s=0)


def test_what_was_skipped_never_comes(bench: tuple[Inbox, Send]) -> None:
    inbox, send = bench
    send(PHONE)
    send(OTHER)
    inbox.next(PHONE)
    inbox.skip()
    send(PHONE)

    assert inbox.next(PHONE).to == PHONE
    for to in (PHONE, OTHER):
        with pytest.raises(NoMessage):
            inbox.next(to, timeout_s=0)


def test_waits_for_a_message_that_another_thread_sends(
    bench: tuple[Inbox, Send],
) -> None:
    inbox, send = bench
    late = threading.Timer(0.05, send, [PHONE])
    late.start()

    assert inbox.next(PHONE).to == PHONE
    late.join()


def test_says_what_came_instead_without_whole_addresses(
    bench: tuple[Inbox, Send],
) -> None:
    inbox, send = bench
    with pytest.raises(NoMessage, match="nothing was sent at all"):
        inbox.next(PHONE, timeout_s=0)
    send(PHONE)
    send(OTHER)
    code = inbox.next(PHONE).code

    with pytest.raises(NoMessage, match=r"1 came before.*others went to") as caught:
        inbox.next(PHONE, timeout_s=0)

    assert not any(secret in str(caught.value) for secret in (PHONE, OTHER, code))


def test_a_missing_message_shows_no_address() -> None:
    inbox = Inbox(FakeSource(FakeTwilio()))

    with pytest.raises(NoMessage) as caught:
        inbox.next(NUMBER, timeout_s=0)

    assert leaks_of(caught.value) == []
    assert leaks(shown_by_walkers(inbox)) == []


@pytest.mark.parametrize("timeout_s", [-1, 61])
def test_wait_beyond_the_servers_longest_is_refused(
    bench: tuple[Inbox, Send], timeout_s: float
) -> None:
    with pytest.raises(ValueError, match="timeout_s takes 0 to 60"):
        bench[0].next(PHONE, timeout_s=timeout_s)


def test_in_process_a_message_is_found_though_the_last_read_one_was_dropped() -> None:
    fake = FakeTwilio()
    inbox = Inbox(FakeSource(fake))
    transport = twilio_http_client(fake)
    form = {"To": PHONE, "Channel": "sms"}
    url = f"https://verify.twilio.com/v2/Services/VA{'0' * 32}/Verifications"
    auth = ("AC" + "0" * 32, "any")
    transport.request("POST", url, data=form, auth=auth)
    inbox.next(PHONE)
    fake.outbox.clear()
    fake.clock.advance(timedelta(minutes=11))
    transport.request("POST", url, data=form, auth=auth)

    assert inbox.next(PHONE) is fake.outbox[-1]
