"""What the inbox's buttons ask of the side door, and what they may not do."""

from __future__ import annotations

import pytest
import requests

from tests.support.served import Account, serving
from verify_fakes.server.vonage._app import FakeVonageApp

NUMBER = "+15553231234"
OTHER = "+442071838750"


def standing(account: Account) -> str:
    return str(account.door("GET", "/messages")["messages"][-1]["status"])


def end(account: Account, verification: str, status: str) -> requests.Response:
    body = {"verification": verification, "status": status}
    return account.door_response("POST", "/verifications", body)


@pytest.mark.parametrize("status", ["approved", "canceled", "expired"])
def test_verification_ends_as_asked_for_and_once(account: Account, status: str) -> None:
    sid = account.start(NUMBER).json()["sid"]
    account.door("POST", "/faults", {"operation": "cancel", "error": 20503})

    assert end(account, sid, status).status_code == 204

    assert standing(account) == status
    again = end(account, sid, status)
    assert again.json() == {
        "error": {"field": "verification", "message": f"it is {status}"}
    }
    assert account.check(NUMBER, account.code(NUMBER)).status_code == 404
    assert account.door("GET", "/faults")["faults"][0]["hits"] == 0


def test_waiting_of_an_exhausted_one_can_be_ended(account: Account) -> None:
    sid = account.start(NUMBER).json()["sid"]
    for _ in range(6):
        account.check(NUMBER, "000000")
    assert standing(account) == "max_attempts_reached"

    assert end(account, sid, "approved").status_code == 400
    assert end(account, sid, "expired").status_code == 204

    assert account.start(NUMBER).json()["sid"] != sid


@pytest.mark.parametrize("status", ["pending", "absent", "nonsense", ""])
def test_other_ends_are_refused(account: Account, status: str) -> None:
    sid = account.start(NUMBER).json()["sid"]

    assert end(account, sid, status).status_code == 400
    assert end(account, "VE" + "0" * 32, "approved").status_code == 400
    assert standing(account) == "pending"


def test_end_is_an_event_like_any_other(account: Account) -> None:
    account.door("POST", "/sinks", {"url": "http://127.0.0.1:9/"})
    heard = {"FriendlyName": "heard", "VerifyEventSubscriptionEnabled": "true"}
    account.service = account.twilio("POST", "/v2/Services", **heard).json()["sid"]
    sid = account.start(NUMBER).json()["sid"]

    end(account, sid, "expired")

    kinds = [each["type"] for each in account.door("GET", "/deliveries")["deliveries"]]
    assert [kind.rpartition(".")[2] for kind in kinds][-1:] == ["expired"]
    assert account.door("GET", "/deliveries", about="nothing")["deliveries"] == []


def test_messages_are_deleted_one_by_one_by_verification_and_all(
    account: Account, url: str
) -> None:
    stranger = Account(url)
    stranger.start(NUMBER)
    first = account.start(NUMBER).json()["sid"]
    account.start(NUMBER)
    account.start(OTHER)
    code = account.code(NUMBER)
    one, two, three = (
        each["cursor"] for each in account.door("GET", "/messages")["messages"]
    )

    def left() -> list[int]:
        return [each["cursor"] for each in account.door("GET", "/messages")["messages"]]

    account.door("DELETE", "/messages", cursors=one)
    assert left() == [two, three]
    account.door("DELETE", "/messages", verification=first)
    assert left() == [three]
    account.door("DELETE", "/messages")
    assert left() == []
    assert account.check(NUMBER, code).json()["status"] == "approved"
    assert stranger.code(NUMBER)
    stranger.session.close()


def test_one_rule_is_taken_away_by_its_number(account: Account) -> None:
    for effect in ({"error": 60203}, {"delay_ms": 1}, {"connection": "hang_up"}):
        account.door("POST", "/faults", {"operation": "check", **effect})
    first, second, third = (
        each["number"] for each in account.door("GET", "/faults")["faults"]
    )

    account.door("DELETE", "/faults", number=second)
    account.door("DELETE", "/faults", number=first)

    [kept] = account.door("GET", "/faults")["faults"]
    assert kept["number"] == third
    again = account.door_response("DELETE", "/faults", number=first)
    assert again.json()["error"]["field"] == "number"
    account.door("DELETE", "/faults")
    assert account.door("GET", "/faults")["faults"] == []


def test_requests_name_their_messages_and_starts_without_one_are_found(
    account: Account,
) -> None:
    account.door("POST", "/numbers", {"unreachable": [OTHER]})
    sid = account.start(NUMBER).json()["sid"]
    account.start(OTHER)
    account.start("nonsense")
    account.check(NUMBER, "000000")
    [message] = account.door("GET", "/messages")["messages"]

    asked = account.door("GET", "/requests")["requests"]
    unsent = account.door("GET", "/requests", unsent="true")["requests"]
    about = account.door("GET", "/requests", about=sid)["requests"]

    assert [each["messages"] for each in asked] == [[message["cursor"]], [], [], []]
    assert unsent == asked[1:3]
    assert about == [asked[0], asked[3]]


def test_pages_of_messages_go_back_to_the_first(account: Account) -> None:
    for number in range(5):
        account.start(f"+1555323000{number}")
    every = [each["cursor"] for each in account.door("GET", "/messages")["messages"]]
    seen: list[int] = []
    before = None
    while True:
        window = {"limit": 2, **({"before": before} if before else {})}
        page = account.door("GET", "/messages", **window)
        seen = [each["cursor"] for each in page["messages"]] + seen
        if not page["left_out"]:
            break
        before = seen[0]

    assert seen == every
    picked = account.door("GET", "/messages", cursors=f"{every[3]},{every[0]}")
    assert [each["cursor"] for each in picked["messages"]] == [every[0], every[3]]
    bad = account.door_response("GET", "/messages", cursors="1,x")
    assert bad.json()["error"]["field"] == "cursors"


def test_authenticator_apps_show_codes_that_are_taken(account: Account) -> None:
    factors = f"/v2/Services/{account.service}/Entities/user-4711/Factors"
    made = account.twilio("POST", factors, FriendlyName="phone", FactorType="totp")
    [device] = account.door("GET", "/devices")["devices"]

    verified = account.twilio(
        "POST", f"{factors}/{made.json()['sid']}", AuthPayload=device["code"]
    )

    assert verified.json()["status"] == "verified"
    assert device["identity"] == "user-4711"
    assert 0 < device["left_s"] <= 30


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("path", ["/verifications", "/messages", "/faults", "/clock"])
def test_pages_of_other_sites_can_do_nothing(
    account: Account, method: str, path: str
) -> None:
    account.start(NUMBER)
    target = f"{account.url}/_fake/accounts/{account.sid}{path}"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        answer = requests.request(method, target, headers=headers, json={}, timeout=5)
        assert answer.status_code == 403, headers
    assert len(account.door("GET", "/messages")["messages"]) == 1


def test_about_names_the_vendor_and_every_fault(account: Account, url: str) -> None:
    about = requests.get(f"{url}/_fake/about", timeout=5).json()

    assert about["vendor"] == "twilio"
    for each in about["errors"]:
        rule = {"operation": about["operations"][0], "error": each["error"]}
        account.door("POST", "/faults", rule)
        assert not set("{}") & set(each["text"])
    texts = {each["error"]: each["text"] for each in about["errors"]}
    assert texts[20404] == "The requested resource … was not found"
    assert texts[60200] == "Invalid parameter `To`: …"  # what arming it brings about
    assert account.door("GET", "/messages")["run"] == about["run"]


def test_fakes_own_501_is_no_fault(account: Account, url: str) -> None:
    """Twilio never answers so, whoever arms it."""
    about = requests.get(f"{url}/_fake/about", timeout=5).json()
    rule = {"operation": "CreateService", "error": 501}

    answer = account.door_response("POST", "/faults", rule)

    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "error"
    assert 501 not in [each["error"] for each in about["errors"]]


def test_vonages_faults_are_those_that_can_be_armed() -> None:
    with serving(FakeVonageApp()) as url:
        vonage = Account(url, sid="a1b2c3d4", token="secret")
        about = requests.get(f"{url}/_fake/about", timeout=5).json()
        for each in about["errors"]:
            vonage.door(
                "POST", "/faults", {"operation": "start", "error": each["error"]}
            )
            assert not set("{}") & set(each["text"])
        vonage.session.close()

    assert "not_served" not in [each["error"] for each in about["errors"]]
