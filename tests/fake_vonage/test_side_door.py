"""The side door of the fake Vonage."""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

import pytest
import requests

from tests.support.served import serving
from tests.support.served_vonage import Account
from verify_fakes.server.vonage._app import FakeVonageApp
from verify_fakes.server.vonage._settings import VonageSettings

NUMBER = "447700900000"


def refused(response: requests.Response) -> str:
    """The field that a side door's 400 names."""
    assert response.status_code == 400, response.text
    return str(response.json()["error"]["field"])


class TestMessages:
    def test_of_one_address_after_a_cursor(self, account: Account) -> None:
        for n in range(3):
            account.start(f"44770090000{n}")
        first = account.messages()[0]["cursor"]

        after = account.door("GET", "/messages", after=first).json()["messages"]
        one = account.door("GET", "/messages", to="+447700900001").json()["messages"]

        assert [m["to"] for m in after] == ["447700900001", "447700900002"]
        assert [m["to"] for m in one] == ["447700900001"]

    def test_of_all_accounts(self, url: str, account: Account) -> None:
        account.start(NUMBER)
        found = account.session.get(f"{url}/_fake/messages", timeout=5).json()

        assert account.name in {each["account"] for each in found["messages"]}

    def test_a_step_that_comes_due_is_seen(self, account: Account) -> None:
        step = {"channel": "sms", "to": NUMBER}
        body = {"brand": "A", "workflow": [step, {**step, "channel": "voice"}]}
        account.vonage("POST", "", body)
        account.door("POST", "/clock", {"advance_s": 180})

        assert [m["channel"] for m in account.messages()] == ["sms", "voice"]

    def test_a_message_can_be_waited_for(self, account: Account) -> None:
        account.start(NUMBER)
        found = account.door("GET", "/messages/wait", to=NUMBER)
        cursor = found.json()["cursor"]
        none = account.door("GET", "/messages/wait", after=cursor, timeout_s=0)

        assert found.json()["to"] == NUMBER
        assert none.status_code == 204

    def test_a_window_has_bounds(self, account: Account) -> None:
        assert refused(account.door("GET", "/messages", limit=0)) == "limit"
        assert refused(account.door("GET", "/messages", after="x")) == "after"
        waited = account.door("GET", "/messages/wait", timeout_s=61)
        assert refused(waited) == "timeout_s"


class TestActs:
    def test_the_clock_moves(self, account: Account) -> None:
        request_id = account.start(NUMBER).json()["request_id"]
        moved = account.door("POST", "/clock", {"set": "2090-01-01T00:00:00Z"})

        assert moved.json()["now"].startswith("2090-01-01T00:00:00.")
        assert account.door("GET", "/clock").json()["account"] == account.name
        assert (
            account.vonage("POST", f"/{request_id}", {"code": "1234"}).status_code
            == 404
        )

    @pytest.mark.parametrize(
        "body", [{}, {"advance_s": -1}, {"advance_s": 1, "set": "2090-01-01T00:00:00Z"}]
    )
    def test_it_moves_forward_only(self, account: Account, body: Any) -> None:  # noqa: ANN401
        assert refused(account.door("POST", "/clock", body)) == "advance_s"

    def test_faults_are_armed_counted_and_cleared(self, account: Account) -> None:
        body = {"operation": "start", "error": "low_balance", "first": 2, "last": 2}
        armed = account.door("POST", "/faults", body)
        statuses = [account.start(f"44770090000{n}").status_code for n in range(3)]
        listed = account.door("GET", "/faults").json()["faults"]
        account.door("DELETE", "/faults")

        assert armed.status_code == 201
        assert statuses == [202, 402, 202]
        assert [(each["hits"], each["error"]) for each in listed] == [(1, 402)]
        assert account.door("GET", "/faults").json()["faults"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"operation": "start"}, "error"),
            ({"operation": "start", "error": 500, "connection": "hang_up"}, "error"),
            ({"operation": "start", "error": 418}, "error"),
            ({"operation": "start", "error": "magic"}, "error"),
            ({"operation": "start", "error": []}, "error"),
            ({"operation": "start", "error": 500, "delay_ms": 1}, "error"),
            ({"operation": "start", "delay_ms": -1}, "delay_ms"),
            ({"operation": "fetch", "error": 500}, "operation"),
            ({"error": 500}, "operation"),
            ({"operation": "start", "connection": "magic"}, "connection"),
            ({"operation": "start", "error": 500, "first": 0}, "first"),
            ({"operation": "start", "error": 500, "first": 2, "last": 1}, "last"),
            (
                {"operation": "start", "connection": "hang_up", "retry_after_s": 1},
                "retry_after_s",
            ),
            ({"operation": "start", "error": 500, "colour": 1}, "colour"),
        ],
    )
    def test_what_cannot_be_armed_is_named(
        self, account: Account, body: dict[str, Any], field: str
    ) -> None:
        assert refused(account.door("POST", "/faults", body)) == field

    def test_answers_can_be_late(self, account: Account) -> None:
        rule = {"operation": "start", "delay_ms": 300, "last": None}
        account.door("POST", "/faults", {**rule, "to": f"+{NUMBER}"})
        began = monotonic()
        account.start("447700900001")
        quick = monotonic() - began
        request_id = account.start(NUMBER).json()["request_id"]
        slow = monotonic() - began - quick
        account.door("POST", "/faults", {**rule, "operation": "check", "to": NUMBER})
        code = account.messages()[-1]["code"]
        account.vonage("POST", f"/{request_id}", {"code": code})

        shown = account.door("GET", "/faults").json()["faults"]
        assert slow > 0.3
        assert [(each["delay_ms"], each["hits"]) for each in shown] == [(300, 1)] * 2
        number = shown[0]["number"]
        assert account.door("DELETE", "/faults", number=number).ok
        assert account.door("DELETE", "/faults", number=number).status_code == 400
        assert account.door("POST", "/reset").ok
        assert account.door("GET", "/faults").json()["faults"] == []

    def test_numbers_get_traits_and_lose_them(self, account: Account) -> None:
        account.door("POST", "/numbers", {"blocked": [f"+{NUMBER}"]})
        account.start(NUMBER)
        before = len(account.messages())
        account.door("POST", "/numbers", {"ordinary": [NUMBER]})
        account.start(NUMBER)

        assert (before, len(account.messages())) == (0, 1)
        assert (
            refused(account.door("POST", "/numbers", {"blocked": NUMBER})) == "blocked"
        )

    def test_codes_are_fixed_and_freed(self, account: Account) -> None:
        account.door("POST", "/codes", {"to": NUMBER, "code": "271828"})
        account.start(NUMBER)
        account.door("POST", "/codes", {"to": NUMBER, "code": None})
        wrong = account.door("POST", "/codes", {"to": NUMBER, "code": "1"})

        assert account.messages()[-1]["code"] == "271828"
        assert refused(wrong) == "code"

    def test_a_reset_forgets_and_seeds(self, account: Account) -> None:
        codes = []
        for _ in range(2):
            account.door("POST", "/reset", {"seed": 5})
            account.start(NUMBER)
            codes.append(account.messages()[-1]["code"])

        assert len(account.messages()) == 1
        assert codes[0] == codes[1]
        assert refused(account.door("POST", "/reset", {"seed": "x"})) == "seed"
        assert refused(account.door("POST", "/reset", {"profile": "x"})) == "profile"

    def test_a_profile_is_chosen_by_a_reset(self, account: Account) -> None:
        account.door("POST", "/reset", {"profile": "strict-numbers"})

        assert account.start(NUMBER).status_code == 422

    def test_a_question_is_answered(self, account: Account) -> None:
        started = account.start(NUMBER, "whatsapp_interactive").json()
        body = {"request_id": started["request_id"], "yes": True}
        replied = account.door("POST", "/replies", body)
        again = account.door("POST", "/replies", body)

        assert replied.status_code == 204
        assert refused(again) == "request_id"
        assert refused(account.door("POST", "/replies", {"request_id": "x"})) == "yes"

    def test_webhooks_are_read_and_signed(self, account: Account) -> None:
        request_id = account.start(NUMBER).json()["request_id"]
        code = account.messages()[-1]["code"]
        account.vonage("POST", f"/{request_id}", {"code": code})

        events = account.door("GET", "/events").json()["events"]
        body = {"signature_secret": "x" * 32}
        webhooks = account.door("POST", "/webhooks", body).json()["webhooks"]

        assert [json.loads(each["body"]) for each in webhooks] == [
            each["body"] for each in events
        ]
        assert refused(account.door("POST", "/webhooks", {})) == "signature_secret"


class TestDoor:
    def test_half_a_character_breaks_nothing(self, account: Account) -> None:
        for path, body in (
            ("/codes", {"to": "\ud800", "code": "1234"}),
            ("/numbers", {"unreachable": ["\ud800"]}),
            ("/webhooks", {"signature_secret": "\ud800"}),
            ("/clock", {"\ud800": 1}),
            ("/faults", {"operation": "start", "error": 500, "to": "\ud800"}),
        ):
            assert account.door("POST", path, body).status_code < 500, path
        assert account.door("GET", "/faults").ok

    def test_it_is_healthy(self, url: str) -> None:
        assert requests.get(f"{url}/_fake/health", timeout=5).json() == {"status": "ok"}

    def test_accounts_are_listed(self, url: str, account: Account) -> None:
        account.start(NUMBER)
        listed = requests.get(f"{url}/_fake/accounts", timeout=5).json()["accounts"]

        assert account.name in {each["account"] for each in listed}

    def test_who_opens_it_in_a_browser_finds_the_inbox(self, url: str) -> None:
        found = requests.get(url, timeout=5)

        assert found.headers["Content-Type"].startswith("text/html")
        assert "Fake Vonage Verify" in found.text

    def test_inbox_can_let_a_verification_end_at_any_time(
        self, account: Account
    ) -> None:
        for status in ("completed", "canceled", "expired"):
            begun = account.start(NUMBER).json()["request_id"]
            body = {"verification": begun, "status": status}

            assert account.door("POST", "/verifications", body).status_code == 204
            [shown] = account.door("GET", f"/messages?verification={begun}").json()[
                "messages"
            ]
            assert shown["status"] == status
            again = account.door("POST", "/verifications", body)
            assert refused(again) == "verification"
            assert f"it is {status}" in again.text

    def test_requests_and_webhooks_of_all_accounts(
        self, url: str, account: Account
    ) -> None:
        begun = account.start(NUMBER).json()["request_id"]
        account.start(NUMBER)  # one runs already
        account.door("POST", "/clock", {"advance_s": 400})
        query = {"account": account.name}

        def listed(name: str, **more: str) -> list[dict[str, object]]:
            asked = {**query, **more}
            found = requests.get(f"{url}/_fake/{name}", params=asked, timeout=5)
            return list(found.json()[name])

        first, second = listed("requests")
        [message] = account.messages()
        assert first["messages"] == [message["cursor"]]
        assert [each["cursor"] for each in listed("requests", unsent="true")] == [
            second["cursor"]
        ]
        assert len(listed("deliveries", about=begun)) == 2
        assert listed("deliveries", about="nothing") == []

    def test_what_is_no_name_is_refused(self, url: str) -> None:
        bad = requests.get(f"{url}/_fake/accounts/a%20b/clock", timeout=5)

        assert refused(bad) == "account"

    def test_other_sites_may_not_use_it(self, url: str) -> None:
        headers = {"Origin": "https://evil.example"}

        assert (
            requests.get(
                f"{url}/_fake/messages", headers=headers, timeout=5
            ).status_code
            == 403
        )

    def test_another_name_for_this_machine_is_refused(self, url: str) -> None:
        headers = {"Host": "evil.example"}

        assert (
            requests.get(
                f"{url}/_fake/messages", headers=headers, timeout=5
            ).status_code
            == 403
        )

    def test_a_token_guards_it(self) -> None:
        settings = VonageSettings(side_door_token="t0ken")
        with serving(FakeVonageApp(settings)) as url:
            path = f"{url}/_fake/messages"
            headers = {"Authorization": "Bearer t0ken"}

            assert requests.get(path, timeout=5).status_code == 401
            assert requests.get(path, headers=headers, timeout=5).status_code == 200

    def test_without_it_only_vonage_answers(self) -> None:
        with serving(FakeVonageApp(VonageSettings(side_door=False))) as url:
            account = Account(url)

            assert account.start(NUMBER).status_code == 202
            assert account.door("GET", "/messages").status_code in {401, 404}
            account.session.close()
