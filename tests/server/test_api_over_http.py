"""Twilio's API over a real socket: what belongs to the server, not to the machine."""

from __future__ import annotations

import base64
import uuid

import pytest
import requests

from tests.support.served import Account, running
from verify_fakes.server.twilio._settings import (
    DeclaredTwilioAccount as Declared,
    TwilioSettings,
)

TO = "+15553231234"


def test_a_login_from_start_to_approval(account: Account) -> None:
    started = account.start(TO)
    wrong = account.check(TO, "000000" if account.code(TO) != "000000" else "111111")
    right = account.check(TO, account.code(TO))
    again = account.check(TO, account.code(TO))

    assert (started.status_code, started.json()["status"]) == (201, "pending")
    assert (wrong.json()["status"], wrong.json()["valid"]) == ("pending", False)
    assert (right.json()["status"], right.json()["valid"]) == ("approved", True)
    assert (again.status_code, again.json()["code"]) == (404, 20404)


def test_a_login_by_multipart_as_php_and_old_node_send_it(account: Account) -> None:
    """The request log has the fields, and no code."""
    service = f"{account.url}/v2/Services/{account.service}"
    auth = (account.sid, account.token)

    def post(path: str, **form: str) -> requests.Response:
        parts = {name: (None, value) for name, value in form.items()}
        return requests.post(f"{service}/{path}", files=parts, auth=auth, timeout=10)

    started = post("Verifications", To=TO, Channel="sms")
    checked = post("VerificationCheck", To=TO, Code=account.code(TO))

    assert (started.status_code, checked.json()["status"]) == (201, "approved")
    logged = account.door("GET", "/requests")["requests"][-1]
    assert logged["form"] == {"To": TO, "Code": "[redacted]"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "multipart/form-data; boundary=x"}, 400),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_twilios_json(
    account: Account, headers: dict[str, str], status: int
) -> None:
    answer = requests.post(
        f"{account.url}/v2/Services/{account.service}/Verifications",
        data=b"\x1f\x8b",
        headers=headers,
        auth=(account.sid, account.token),
        timeout=10,
    )

    assert (answer.status_code, answer.json()["code"]) == (status, status)


def test_no_answer_holds_a_code(account: Account) -> None:
    started = account.start(TO)
    fetched = account.twilio("GET", f"Verifications/{started.json()['sid']}")
    code = account.code(TO)

    assert code not in started.text.replace(started.json()["sid"], "")
    assert code not in fetched.text.replace(started.json()["sid"], "")


def test_no_code_opens_everything(account: Account) -> None:
    account.start(TO)

    for handy in {"123456", "000000", "111111"} - {account.code(TO)}:
        assert account.check(TO, handy).json()["valid"] is False


def test_links_lead_back_by_the_name_that_the_client_used(account: Account) -> None:
    named = account.url.replace("127.0.0.1", "localhost")

    answer = requests.post(
        f"{named}/v2/Services/{account.service}/Verifications",
        data={"To": TO, "Channel": "sms"},
        auth=(account.sid, "x"),
        timeout=10,
    )

    assert answer.json()["url"].startswith(f"{named}/v2/Services/")


def test_lookups_are_on_the_same_port(account: Account) -> None:
    found = account.twilio("GET", "/v2/PhoneNumbers/+14155552671")

    assert found.status_code == 200
    assert found.json()["calling_country_code"] == "1"


def test_accounts_never_see_each_other(account: Account, another: Account) -> None:
    sid = account.start(TO).json()["sid"]
    another.service = account.service

    assert another.twilio("GET", f"Verifications/{sid}").status_code == 404
    assert another.check(TO, account.code(TO)).status_code == 404
    assert another.door("GET", "/messages")["messages"] == []
    owners = {each["account_sid"] for each in another.services()}
    assert owners == {another.sid}


def test_an_api_key_is_an_account_of_its_own(account: Account) -> None:
    key = Account(account.url, sid=f"SK{uuid.uuid4().hex}")

    started = key.start(TO).json()

    assert started["account_sid"] == f"AC{key.sid[2:]}"
    assert key.check(TO, key.code(TO)).json()["status"] == "approved"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"AC1:x").decode(),
        "Basic " + base64.b64encode(b"AC" + b"a" * 32 + b":").decode(),
        "Bearer x",
    ],
)
def test_unknown_credentials_are_refused_as_by_twilio(
    url: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = requests.get(f"{url}/v2/Services", headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("path", ["/v2/Nothing", "/v2", "/v1/Services", "/v2//"])
def test_an_unknown_path_is_not_found_as_by_twilio(account: Account, path: str) -> None:
    answer = account.twilio("GET", path)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


class TestStrict:
    known = Declared(
        sid="AC" + "a" * 32,
        auth_token="right",
        api_keys={"SK" + "c" * 32: "secret"},
        services=("VA" + "b" * 32,),
    )

    @pytest.mark.parametrize(
        ("user", "secret", "service", "status"),
        [
            (known.sid, "right", "VA" + "b" * 32, 201),
            ("SK" + "c" * 32, "secret", "VA" + "b" * 32, 201),
            (known.sid, "wrong", "VA" + "b" * 32, 401),
            (known.sid, "secret", "VA" + "b" * 32, 401),
            ("SK" + "c" * 32, "right", "VA" + "b" * 32, 401),
            ("AC" + "d" * 32, "right", "VA" + "b" * 32, 401),
            (known.sid, "right", "VA" + "e" * 32, 404),
        ],
    )
    def test_only_what_is_declared_comes_in(
        self,
        user: str,
        secret: str,
        service: str,
        status: int,
    ) -> None:
        with running(TwilioSettings(accounts=(self.known,))) as url:
            account = Account(url, sid=user, token=secret, service=service)

            assert account.start(TO).status_code == status

    def test_a_key_and_its_account_are_one(self) -> None:
        service = "VA" + "b" * 32
        with running(TwilioSettings(accounts=(self.known,))) as url:
            account = Account(url, sid=self.known.sid, token="right", service=service)
            key = Account(url, sid="SK" + "c" * 32, token="secret", service=service)

            started = key.start(TO).json()

            assert started["account_sid"] == self.known.sid
            assert account.check(TO, account.code(TO)).json()["valid"] is True

    def test_the_side_door_knows_no_other_accounts(self) -> None:
        with running(TwilioSettings(accounts=(self.known,))) as url:
            stranger = Account(url)

            assert stranger.door_response("GET", "/clock").status_code == 400


class TestFaults:
    def test_hung_up_before_it_is_done(self, account: Account) -> None:
        account.door("POST", "/faults", {"operation": "start", "connection": "hang_up"})

        with pytest.raises(requests.ConnectionError):
            account.start(TO)

        assert account.door("GET", "/messages")["messages"] == []
        assert account.door("GET", "/faults")["faults"][0]["hits"] == 1
        assert account.start(TO).status_code == 201

    def test_done_and_the_answer_lost(self, account: Account) -> None:
        account.door(
            "POST", "/faults", {"operation": "start", "connection": "answer_lost"}
        )

        with pytest.raises(requests.ConnectionError):
            account.start(TO)

        assert account.check(TO, account.code(TO)).json()["status"] == "approved"

    def test_the_second_to_third_call_and_no_other(self, account: Account) -> None:
        account.door(
            "POST",
            "/faults",
            {"operation": "check", "error": 20429, "first": 2, "last": 3},
        )
        account.start(TO)

        statuses = [account.check(TO, "0000").status_code for _ in range(4)]

        assert statuses == [200, 429, 429, 200]
        assert account.door("GET", "/faults")["faults"][0]["hits"] == 2

    def test_any_operation_of_twilios_can_fail(self, account: Account) -> None:
        account.door("POST", "/faults", {"operation": "CreateService", "error": 20500})

        first = account.twilio("POST", "/v2/Services", FriendlyName="x")
        second = account.twilio("POST", "/v2/Services", FriendlyName="x")

        assert (first.json()["code"], second.status_code) == (20500, 201)

    def test_an_operation_of_twilios_can_be_hung_up_on(self, account: Account) -> None:
        account.door(
            "POST", "/faults", {"operation": "ListService", "connection": "hang_up"}
        )

        with pytest.raises(requests.ConnectionError):
            account.twilio("GET", "/v2/Services")

        assert account.twilio("GET", "/v2/Services").status_code == 200

    def test_a_slow_answer_is_slow_and_hinders_no_other(
        self, account: Account, another: Account
    ) -> None:
        account.door("POST", "/faults", {"operation": "start", "delay_ms": 1500})

        slow = account.start(TO)
        quick = another.start(TO)

        assert slow.elapsed.total_seconds() >= 1.5
        assert slow.status_code == quick.status_code == 201
        assert quick.elapsed.total_seconds() < 1.5

    def test_a_slow_check_is_found_by_its_verifications_address(
        self, account: Account
    ) -> None:
        sid = account.start(TO).json()["sid"]
        account.door("POST", "/faults", {"operation": "check", "delay_ms": 1, "to": TO})

        account.twilio("POST", "VerificationCheck", VerificationSid=sid, Code="1234")

        assert account.door("GET", "/faults")["faults"][0]["hits"] == 1

    def test_clearing_takes_every_rule_away(self, account: Account) -> None:
        account.door("POST", "/faults", {"operation": "start", "error": 60203})
        account.door("POST", "/faults", {"operation": "start", "delay_ms": 1})

        account.door("DELETE", "/faults")

        assert account.door("GET", "/faults")["faults"] == []
        assert account.start(TO).status_code == 201
