"""The fake mounted on `responses`: what any client on `requests` meets."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests
import responses

from verify_fakes import FakeClock, FakeTwilio, fake_twilio
from verify_fakes.twilio import Break, Switches

if TYPE_CHECKING:
    from verify_fakes.twilio import Outbox

ACCOUNT = ("AC" + "1" * 32, "secret")
SERVICE = "VA" + "0" * 32
BASE = f"https://verify.twilio.com/v2/Services/{SERVICE}"
PHONE = "+15555550100"


def start(**more: str) -> requests.Response:
    form = {"To": PHONE, "Channel": "sms", **more}
    return requests.post(f"{BASE}/Verifications", form, auth=ACCOUNT, timeout=5)


def test_a_requests_client_meets_twilios_json() -> None:
    with fake_twilio(seed=1) as twilio:
        answer = start()
        assert answer.status_code == 201
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Twilio-Request-Id"].startswith("RQ")

        form = {"To": PHONE, "Code": twilio.outbox[-1].code}
        url = f"{BASE}/VerificationCheck"
        checked = requests.post(url, form, auth=ACCOUNT, timeout=5)
        assert checked.json()["status"] == "approved"


def test_its_clock_lets_a_code_expire() -> None:
    with fake_twilio() as twilio:
        start()
        twilio.clock.advance(timedelta(minutes=11))

        url = f"{BASE}/Verifications/{PHONE}"
        assert requests.get(url, auth=ACCOUNT, timeout=5).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        *("verify.twilio.com", "verify.ie1.twilio.com", "verify.dublin.ie1.twilio.com"),
    ],
)
def test_edges_and_regions_are_answered_too(host: str) -> None:
    with fake_twilio():
        url = f"https://{host}/v2/Services/{SERVICE}"
        answer = requests.get(url, auth=ACCOUNT, timeout=5)
        assert answer.json()["url"] == url


def test_each_product_answers_at_its_own_host() -> None:
    with fake_twilio():
        for host, status in (("lookups", 200), ("verify", 404)):
            url = f"https://{host}.twilio.com/v2/PhoneNumbers/{PHONE}"
            assert requests.get(url, auth=ACCOUNT, timeout=5).status_code == status


@pytest.mark.parametrize(
    "url", ["https://example.org/", "https://verify.twilio.com.example.org/v2/Services"]
)
def test_another_host_is_not_reached(url: str) -> None:
    with fake_twilio(), pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


@pytest.mark.parametrize(
    ("kind", "error", "sent"),
    [
        (Break.ANSWER_LOST, requests.ConnectionError, 1),
        (Break.ANSWER_LATE, requests.ReadTimeout, 1),
        (Break.HANG_UP, requests.ConnectionError, 0),
        (Break.REFUSED, requests.ConnectionError, 0),
    ],
)
def test_a_broken_connection_looks_as_requests_shows_it(
    kind: Break, error: type[Exception], sent: int
) -> None:
    with fake_twilio() as twilio:
        twilio.faults.arm("start", kind, last=1)
        with pytest.raises(error):
            start()
        assert len(twilio.outbox) == sent
        assert twilio.requests[-1].status is None
        assert start().status_code == 201


def test_a_refused_connection_differs_from_a_lost_answer() -> None:
    from urllib3.exceptions import (
        MaxRetryError,
        ProtocolError,
    )

    with fake_twilio() as twilio:
        for kind, inner in (
            (Break.REFUSED, MaxRetryError),
            (Break.ANSWER_LOST, ProtocolError),
        ):
            twilio.faults.arm("start", kind, last=1)
            with pytest.raises(requests.ConnectionError) as caught:
                start()
            assert isinstance(caught.value.args[0], inner)
            twilio.faults.clear()


def test_a_code_under_a_name_that_is_nearly_right_is_not_recorded_either() -> None:
    form = {"code": "271828", "CUSTOMMESSAGE": "Your code is 271828"}
    with fake_twilio() as twilio:
        requests.post(f"{BASE}/VerificationCheck", form, auth=ACCOUNT, timeout=5)

        assert set(twilio.requests[-1].form.values()) == {"[redacted]"}


def test_requests_are_recorded_without_codes_and_credentials() -> None:
    with fake_twilio(switches=Switches(custom_code_enabled=True)) as twilio:
        start(CustomCode="271828")
        form = {"To": PHONE, "Code": "999999"}
        requests.post(f"{BASE}/VerificationCheck", form, auth=ACCOUNT, timeout=5)
        requests.get(f"{BASE}/Verifications/none", auth=ACCOUNT, timeout=5)

        create, check, fetch = twilio.requests
        assert create.form["To"] == PHONE
        assert create.form["CustomCode"] == check.form["Code"] == "[redacted]"
        assert (create.method, create.status, create.code) == ("POST", 201, None)
        assert create.path == f"/v2/Services/{SERVICE}/Verifications"
        assert (fetch.method, fetch.status, fetch.code) == ("GET", 404, 20404)
        assert create.account_sid == ACCOUNT[0]
        everything = repr(twilio.requests) + str(
            [each.form for each in twilio.requests]
        )
        assert "271828" not in everything
        assert "999999" not in everything
        assert "secret" not in everything
        assert PHONE not in repr(twilio.requests)


def test_the_request_log_is_a_ring(twilio: FakeTwilio) -> None:
    for _ in range(1_010):
        twilio.handle("GET", BASE, {})

    assert len(twilio.requests) == 1_000


def test_nested_blocks_keep_apart() -> None:
    boxes: list[Outbox] = []
    with fake_twilio() as outer:
        start()
        with fake_twilio() as inner:
            start()
            start()
            boxes.append(inner.outbox)
        start(Channel="call")

        assert [message.channel for message in outer.outbox] == ["sms", "call"]
        assert len(boxes[0]) == 2


def test_a_mock_of_ones_own_can_answer_for_other_hosts_as_well() -> None:
    twilio = FakeTwilio(clock=FakeClock())
    with responses.RequestsMock() as mock:
        mock.get("https://example.org/", body="hello")
        twilio.mount(mock)
        mock.assert_all_requests_are_fired = False

        assert requests.get("https://example.org/", timeout=5).text == "hello"
        assert start().status_code == 201


def test_importing_the_fakes_loads_no_network_library() -> None:
    program = (
        "import sys, verify_fakes, verify_fakes.twilio\n"
        "print([m for m in ('requests', 'responses', 'urllib3', 'phonenumbers')"
        " if m in sys.modules])"
    )
    paths = [path for path in sys.path if path]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(paths)},
    )
    assert ran.stdout.strip() == "[]"


def test_without_responses_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "responses", None)

    with pytest.raises(ImportError, match=r"verify-core\[testing\]"), fake_twilio():
        pass


def test_answers_are_dated_by_the_fakes_own_clock() -> None:
    """A client that reads `Date`, to find a lost message again, sees one time."""
    with fake_twilio(seed=1) as twilio:
        twilio.clock.set(datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC))

        _status, headers, _body = twilio.handle(
            "GET", "https://verify.twilio.com/v2/Services", {}, None
        )

    assert headers["Date"] == "Mon, 06 May 2030 07:08:09 GMT"
