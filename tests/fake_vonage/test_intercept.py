"""`fake_vonage()`: Vonage's hosts on the library `responses`."""

from __future__ import annotations

import pytest
import requests
import responses

from verify_fakes import FakeTwilio, FakeVonage, fake_vonage
from verify_fakes.kit._faults import Break

NUMBER = "447700900000"
URL = "https://api.nexmo.com/v2/verify"
BODY = {"brand": "ACME", "workflow": [{"channel": "sms", "to": NUMBER}]}
AUTH = ("a1b2c3d4", "secret")


@pytest.mark.parametrize(
    "host", ["api.nexmo.com", "api.vonage.com", "api-eu-3.vonage.com"]
)
def test_vonages_hosts_are_answered_for(host: str) -> None:
    with fake_vonage(seed=1) as vonage:
        url = f"https://{host}/v2/verify"
        started = requests.post(url, json=BODY, auth=AUTH, timeout=1)

    assert started.status_code == 202
    assert vonage.outbox[-1].request_id == started.json()["request_id"]


@pytest.mark.parametrize(
    "url",
    [
        "https://rest.nexmo.com/sms/json",
        "https://api.nexmo.com/v1/messages",
        "https://api.nexmo.com.example.org/v2/verify",
        "https://example.org/",
    ],
)
def test_other_places_are_refused(url: str) -> None:
    with fake_vonage(), pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)


@pytest.mark.parametrize(
    ("kind", "exception", "messages"),
    [
        (Break.REFUSED, requests.ConnectionError, 0),
        (Break.HANG_UP, requests.ConnectionError, 0),
        (Break.ANSWER_LOST, requests.ConnectionError, 1),
        (Break.ANSWER_LATE, requests.ReadTimeout, 1),
    ],
)
def test_a_broken_connection_reads_like_a_real_one(
    kind: Break, exception: type[Exception], messages: int
) -> None:
    with fake_vonage() as vonage:
        vonage.faults.arm("start", kind)
        with pytest.raises(exception):
            requests.post(URL, json=BODY, auth=AUTH, timeout=1)

        assert len(vonage.outbox) == messages
        assert vonage.requests[-1].status is None


def test_a_repeat_after_a_lost_answer_finds_what_was_started() -> None:
    with fake_vonage() as vonage:
        vonage.faults.arm("start", Break.ANSWER_LOST, last=1)
        with pytest.raises(requests.ConnectionError):
            requests.post(URL, json=BODY, auth=AUTH, timeout=1)

        again = requests.post(URL, json=BODY, auth=AUTH, timeout=1)

    assert again.status_code == 409
    assert again.json()["request_id"] == vonage.outbox[0].request_id
    assert len(vonage.outbox) == 1


def test_without_a_socket_one_fake_is_one_account() -> None:
    with fake_vonage():
        first = requests.post(URL, json=BODY, auth=AUTH, timeout=1)
        second = requests.post(URL, json=BODY, auth=("another1", "x"), timeout=1)

    assert (first.status_code, second.status_code) == (202, 409)


def test_two_vendors_answer_side_by_side() -> None:
    twilio, vonage = FakeTwilio(seed=1), FakeVonage(seed=1)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        twilio.mount(mock)
        vonage.mount(mock)
        requests.post(URL, json=BODY, auth=AUTH, timeout=1)
        requests.post(
            f"https://verify.twilio.com/v2/Services/VA{'0' * 32}/Verifications",
            data={"To": "+15555550100", "Channel": "sms"},
            auth=(f"AC{'1' * 32}", "x"),
            timeout=1,
        )

    assert (len(twilio.outbox), len(vonage.outbox)) == (1, 1)


def test_only_the_last_thousand_requests_are_remembered() -> None:
    vonage = FakeVonage()
    for _ in range(1_001):
        vonage.handle("DELETE", f"{URL}/x", {})

    assert len(vonage.requests) == 1_000
