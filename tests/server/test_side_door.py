"""The side door: messages, clock, numbers, codes, state, requests; who may use it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from openapi_spec_validator import validate

from tests.support.served import Account, running
from verify_core import Delivery, Verdict, Verifier, load_provider
from verify_fakes.server._door import DoorOperation
from verify_fakes.server.twilio._door import OPERATIONS
from verify_fakes.server.twilio._settings import TwilioSettings

TO = "+15553231234"
MAIL = "ada@example.org"


class TestMessages:
    def test_a_message_is_what_the_person_got(self, account: Account) -> None:
        account.start(TO)

        [message] = account.door("GET", "/messages")["messages"]

        assert message["code"] in message["body"]
        assert message["to"] == TO
        assert message["masked_to"] != TO
        assert message["channel"] == "sms"
        assert message["locale"] == "en"
        assert (message["sends"], message["checks"]) == (1, 0)
        assert message["status"] == "pending"

    def test_an_email_has_a_subject_and_safe_html(self, account: Account) -> None:
        name = "<script>alert(1)</script>"
        account.start(MAIL, "email", CustomFriendlyName=name)

        [message] = account.door("GET", "/messages")["messages"]

        assert message["subject"]
        assert "<script>" not in message["html"]
        assert message["code"] in message["html"]

    @pytest.mark.parametrize("to", [TO, MAIL])
    def test_codes_of_our_own_reach_the_inbox(self, account: Account, to: str) -> None:
        channel = "email" if "@" in to else "sms"
        place = f"{account.url}/_fake/accounts/{account.sid}/messages"
        heard = requests.get(f"{account.url}/_fake/events", stream=True, timeout=5)
        with heard, load_provider(f"own://memory?brand=Shop&sender={place}") as own:
            started = Verifier(own).start(to, channel)

            [message] = account.door("GET", "/messages")["messages"]
            events = iter(heard.iter_lines(chunk_size=1))
            said = next(line for line in events if line.startswith(b"data: "))

            assert started.delivery is Delivery.SENT
            assert own.check(started.ref, message["code"]).verdict is Verdict.APPROVED
        assert message["to"] == to
        assert message["channel"] == channel
        assert "Shop" in message["body"]
        assert json.loads(said.removeprefix(b"data: "))["code"] == message["code"]

    @pytest.mark.parametrize("member", ["to", "channel", "code", "text"])
    def test_a_message_of_another_sender_needs_all_its_parts(
        self, account: Account, member: str
    ) -> None:
        whole = {"to": TO, "channel": "sms", "code": "1234", "text": "1234 it is"}
        url = f"{account.url}/_fake/accounts/{account.sid}/messages"
        refused = account.session.post(url, json={**whole, member: ""}, timeout=5)

        assert refused.status_code == 400
        assert refused.json()["error"]["field"] == member
        assert account.door("GET", "/messages")["messages"] == []

    def test_a_call_has_its_words(self, account: Account) -> None:
        account.start(TO, "call")

        [message] = account.door("GET", "/messages")["messages"]

        assert ", ".join(message["code"]) in message["body"]

    def test_filters(self, account: Account) -> None:
        account.start(TO)
        account.start(MAIL, "email")

        def found(**query: str) -> list[str]:
            return [
                m["to"] for m in account.door("GET", "/messages", **query)["messages"]
            ]

        assert found() == [TO, MAIL]
        assert found(to=MAIL) == [MAIL]
        assert found(channel="sms") == [TO]
        assert found(service="VA" + "0" * 32) == []
        assert found(limit="1") == [MAIL]

    def test_a_status_follows_the_verification(self, account: Account) -> None:
        account.start(TO)
        account.check(TO, "0000")
        account.check(TO, account.code(TO))

        [message] = account.door("GET", "/messages")["messages"]

        assert (message["status"], message["checks"]) == ("approved", 2)


class TestWaiting:
    def test_a_wait_ends_as_soon_as_the_message_is_there(
        self, account: Account
    ) -> None:
        found: list[Any] = []
        waiting = threading.Thread(
            target=lambda: found.append(
                account.door("GET", "/messages/wait", to=TO, after=0, timeout_s=15)
            )
        )
        begin = time.monotonic()
        waiting.start()
        # Another session: the waiting one's connection is busy.
        requests.post(
            f"{account.url}/v2/Services/{account.service}/Verifications",
            data={"To": TO, "Channel": "sms"},
            auth=(account.sid, "x"),
            timeout=10,
        )
        waiting.join(15)

        assert found[0]["to"] == TO
        assert time.monotonic() - begin < 5

    def test_a_message_after_the_cursor_and_never_a_stale_one(
        self, account: Account
    ) -> None:
        account.start(TO)
        first = account.door("GET", "/messages/wait", to=TO, after=0)
        account.start(TO)

        second = account.door("GET", "/messages/wait", to=TO, after=first["cursor"])
        none = account.door(
            "GET", "/messages/wait", to=TO, after=second["cursor"], timeout_s=0
        )

        assert second["sends"] == 2
        assert second["cursor"] > first["cursor"]
        assert none is None

    def test_without_a_cursor_only_what_is_still_to_come(
        self, account: Account
    ) -> None:
        account.start(TO)

        assert account.door("GET", "/messages/wait", to=TO, timeout_s=0) is None

    def test_the_first_of_several_after_a_cursor(self, account: Account) -> None:
        account.start(TO)
        account.start(MAIL, "email")
        account.start(TO)

        found = account.door("GET", "/messages/wait", after=0)

        assert found["to"] == TO
        assert (
            account.door("GET", "/messages")["messages"][0]["cursor"]
            == (found["cursor"])
        )

    @pytest.mark.parametrize("timeout", ["-1", "61", "nan", "x", "inf"])
    def test_a_wait_is_bounded(self, account: Account, timeout: str) -> None:
        answer = account.door_response("GET", "/messages/wait", timeout_s=timeout)

        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == "timeout_s"


class TestClock:
    def test_it_runs_and_can_be_moved(self, account: Account) -> None:
        before = account.door("GET", "/clock")["now"]

        after = account.door("POST", "/clock", {"advance_s": 86_400})["now"]

        assert after > before
        assert after[:10] != before[:10]

    def test_what_is_due_has_expired_when_the_call_returns(
        self, account: Account
    ) -> None:
        account.start(TO)

        account.door("POST", "/clock", {"advance_s": 601})

        [message] = account.door("GET", "/messages")["messages"]
        assert message["status"] == "expired"
        assert account.check(TO, message["code"]).status_code == 404

    def test_each_account_has_its_own(self, account: Account, another: Account) -> None:
        another.start(TO)

        account.door("POST", "/clock", {"advance_s": 3600})

        assert another.check(TO, another.code(TO)).json()["status"] == "approved"

    def test_it_can_be_set(self, account: Account) -> None:
        account.door("POST", "/clock", {"set": "2040-01-01T00:00:00Z"})

        assert account.start(TO).json()["date_created"].startswith("2040-01-01T00:00")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "advance_s"),
            ({"advance_s": 1, "set": "2040-01-01T00:00:00Z"}, "advance_s"),
            ({"advance_s": -1}, "advance_s"),
            ({"advance_s": True}, "advance_s"),
            ({"advance_s": 1e300}, "advance_s"),
            ({"advance_s": "1"}, "advance_s"),
            ({"set": "2000-01-01T00:00:00Z"}, "set"),
            ({"set": "2040-01-01T00:00:00"}, "set"),
            ({"set": "9999-12-31T23:59:59-23:00"}, "set"),
            ({"set": "soon"}, "set"),
            ({"set": 1}, "set"),
            ({"by": 1}, "by"),
        ],
    )
    def test_what_is_no_time_is_refused_by_name(
        self, account: Account, body: dict[str, object], field: str
    ) -> None:
        answer = account.door_response("POST", "/clock", body)

        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == field

    def test_time_ends_before_the_calendar_does(self, account: Account) -> None:
        for _ in range(300):
            answer = account.door_response("POST", "/clock", {"advance_s": 10**9})
            if not answer.ok:
                break

        assert answer.status_code == 400
        assert account.start(TO).status_code == 201


class TestNumbersAndCodes:
    def test_numbers_have_traits(self, account: Account) -> None:
        body = {
            "landline": ["+15553230001"],
            "unreachable": ["+15553230002"],
            "blocked_prefixes": ["+4479"],
            "blocked_countries": ["FR"],
        }
        account.door("POST", "/numbers", body)

        codes = [
            account.start(to).json().get("code")
            for to in ("+447911123456", "+33612345678")
        ]
        looked_up = account.twilio(
            "GET", "/v2/PhoneNumbers/+15553230001", Fields="line_type_intelligence"
        ).json()

        assert codes == [60410, 60605]
        assert looked_up["line_type_intelligence"]["type"] == "landline"
        assert account.start("+15553230002").status_code == 201
        assert account.door("GET", "/messages", to="+15553230002")["messages"] == []

    def test_one_address_can_have_a_fixed_code(self, account: Account) -> None:
        account.door("POST", "/codes", {"to": TO, "code": "424242"})
        account.start(TO)
        account.start(MAIL, "email")

        assert account.code(TO) == "424242"
        assert account.check(MAIL, "424242").json()["valid"] is False

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/codes", {"to": TO, "code": "12"}, "code"),
            ("/codes", {"to": TO, "code": 123456}, "code"),
            ("/codes", {"code": "123456"}, "to"),
            ("/numbers", {"landline": "x"}, "landline"),
            ("/numbers", {"blocked_prefixes": ["x"]}, "blocked_prefixes"),
            ("/numbers", {"mobile": []}, "mobile"),
            ("/faults", {"operation": "strat", "error": 60203}, "operation"),
            ("/faults", {"operation": "start", "error": 1}, "error"),
            ("/faults", {"operation": "start", "error": "60203"}, "error"),
            ("/faults", {"operation": "start"}, "error"),
            ("/faults", {"operation": "start", "connection": "x"}, "connection"),
            ("/faults", {"operation": "start", "delay_ms": -1}, "delay_ms"),
            ("/faults", {"operation": "start", "error": 60203, "first": 0}, "first"),
            ("/faults", {"operation": "start", "error": 60203, "first": 1.5}, "first"),
            (
                "/faults",
                {"operation": "start", "error": 60203, "first": 2, "last": 1},
                "last",
            ),
            ("/reset", {"limits": "no"}, "limits"),
            ("/reset", {"profile": "lax"}, "profile"),
            ("/reset", {"profile": []}, "profile"),
            ("/reset", {"seed": "x"}, "seed"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(
        self, account: Account, path: str, body: dict[str, object], field: str
    ) -> None:
        answer = account.door_response("POST", path, body)

        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == field


class TestAccount:
    def test_a_seed_gives_the_same_again(
        self, account: Account, another: Account
    ) -> None:
        for each in (account, another):
            each.door("POST", "/reset", {"seed": 7})
            each.start(TO)

        assert account.code(TO) == another.code(TO)

    def test_limits_can_be_switched_off(self, account: Account) -> None:
        account.door("POST", "/reset", {"limits": False})

        sends = [account.start(TO).status_code for _ in range(7)]
        checks = [account.check(TO, "0000").status_code for _ in range(7)]

        assert set(sends) == {201}
        assert set(checks) == {200}

    def test_a_profile_can_be_chosen(self, account: Account) -> None:
        fiction = "+442079460000"
        before = account.start(fiction).status_code
        account.door("POST", "/reset", {"profile": "trial-account"})

        refused = account.start(fiction)

        assert (before, refused.json()["code"]) == (201, 21608)

    def test_reset_forgets(self, account: Account) -> None:
        account.start(TO)

        account.door("POST", "/reset", {})

        assert account.door("GET", "/messages")["messages"] == []
        assert account.check(TO, "1234").status_code == 404


def test_states_are_neither_given_nor_taken(account: Account) -> None:
    assert account.door_response("GET", "/state").status_code == 404
    assert account.door_response("PUT", "/state", {"version": 1}).status_code == 404


class TestRequests:
    def test_the_log_holds_no_secret(self, account: Account) -> None:
        account.start(TO)
        code = account.code(TO)
        account.check(TO, code)

        log = account.door("GET", "/requests")

        assert len(log["requests"]) == 2
        assert account.token not in json.dumps(log["requests"])
        assert log["requests"][1]["form"] == {"To": TO, "Code": "[redacted]"}
        assert log["requests"][1]["headers"]["authorization"].endswith("[redacted]")

    @pytest.mark.parametrize(
        ("end", "why"),
        [
            (lambda a: a.check(TO, a.code(TO)), "approved"),
            (lambda a: a.door("POST", "/clock", {"advance_s": 601}), "expired"),
            (
                lambda a: a.twilio(
                    "POST",
                    "Verifications/"
                    + a.door("GET", "/messages")["messages"][0]["verification_sid"],
                    Status="canceled",
                ),
                "canceled",
            ),
        ],
    )
    def test_it_says_why_nothing_was_found(
        self, account: Account, end: Callable[[Account], object], why: str
    ) -> None:
        account.start(TO)
        end(account)

        gone = account.check(TO, "0000")

        assert gone.status_code == 404
        assert why not in gone.text
        assert account.door("GET", "/requests")["requests"][-1]["why"] == why

    def test_it_says_what_never_was(self, account: Account) -> None:
        account.check(TO, "0000")

        assert account.door("GET", "/requests")["requests"][-1]["why"] == "absent"

    def test_filters_and_counts(self, account: Account) -> None:
        account.start(TO)
        account.start("nobody")
        account.check(TO, "0000")

        def count(**like: object) -> int:
            found = account.door("POST", "/requests/count", like)["count"]
            return int(found)

        created = account.door("GET", "/requests", operation="CreateVerification")
        assert len(created["requests"]) == 2
        assert len(account.door("GET", "/requests", status="400")["requests"]) == 1
        assert len(account.door("GET", "/requests", to=TO)["requests"]) == 2
        assert count(operation="CreateVerification") == 2
        assert count(operation="CreateVerification", status=201) == 1
        assert count(code=60200) == 1
        assert count(form={"To": TO}) == 2
        assert count(method="DELETE") == 0


class TestWhoMay:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Host": "evil.example"},
        ],
    )
    def test_no_other_site(self, url: str, headers: dict[str, str]) -> None:
        answer = requests.get(f"{url}/_fake/messages", headers=headers, timeout=10)

        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers

    @pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80"])
    def test_this_machine_by_any_name(self, url: str, host: str) -> None:
        headers = {"Host": host, "Origin": f"http://{host}"}

        assert requests.get(f"{url}/_fake/health", headers=headers, timeout=10).ok

    def test_with_a_token_only_who_has_it(self) -> None:
        with running(TwilioSettings(side_door_token="open")) as url:
            path = f"{url}/_fake/messages"

            without = requests.get(path, timeout=10)
            wrong = requests.get(
                path, headers={"Authorization": "Bearer shut"}, timeout=10
            )
            right = requests.get(
                path, headers={"Authorization": "Bearer open"}, timeout=10
            )

        statuses = [without.status_code, wrong.status_code, right.status_code]
        assert statuses == [401, 401, 200]

    def test_switched_off_it_still_says_that_it_is_well(self) -> None:
        with running(TwilioSettings(side_door=False)) as url:
            answer = requests.get(f"{url}/_fake/health", timeout=10)

        assert answer.json() == {"status": "ok"}

    def test_health_needs_no_token(self) -> None:
        with running(TwilioSettings(side_door_token="open")) as url:
            assert requests.get(f"{url}/_fake/health", timeout=10).ok

    @pytest.mark.parametrize("path", ["/_fake/accounts", "/_fake/messages", "/"])
    def test_switched_off_it_is_not_there(self, path: str) -> None:
        with running(TwilioSettings(side_door=False)) as url:
            answer = requests.get(url + path, timeout=10)

        assert answer.status_code in {401, 404}
        assert answer.json()["code"] in {20003, 20404}


class TestDocument:
    def test_it_is_valid(self, url: str) -> None:
        validate(requests.get(f"{url}/_fake/openapi.json", timeout=10).json())

    def test_every_operation_stands_in_it_and_answers(
        self, url: str, account: Account
    ) -> None:
        document = requests.get(f"{url}/_fake/openapi.json", timeout=10).json()

        for row, path, name in rows():
            described = document["paths"][path][row.method.lower()]
            assert described["operationId"] == name
            assert described["summary"]
            with requests.request(
                row.method,
                url + path.replace("{account}", account.sid),
                params={"timeout_s": 0} if name == "wait_message" else {},
                stream=True,
                timeout=10,
            ) as answer:
                assert answer.status_code in {200, 204, 400}, name


def rows() -> Iterator[tuple[DoorOperation, str, str]]:
    for row in OPERATIONS:
        for path, name in row.paths.items():
            yield row, path, name
