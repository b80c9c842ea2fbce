"""The log of requests of the fake Vonage, as its side door shows it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st

from tests.support.served_vonage import Account
from verify_fakes.server._events import Broadcast
from verify_fakes.server.vonage import _views as views
from verify_fakes.server.vonage._accounts import VonageAccounts
from verify_fakes.server.vonage._log import noted
from verify_fakes.server.vonage._settings import VonageSettings
from verify_fakes.vonage.http._exchange import read_request
from verify_fakes.vonage.machine._commands import VonageOperation

NUMBER = "447700900000"


@pytest.mark.parametrize(
    "workflow", ["abc", 5, None, {"a": 1}, ["x"], [None], [{"to": 5}], [[]]]
)
def test_log_takes_any_workflow(account: Account, workflow: Any) -> None:  # noqa: ANN401
    rule = {"operation": "start", "delay_ms": 1, "to": NUMBER}
    account.door("POST", "/faults", rule)
    answer = account.vonage("POST", "", {"brand": "ACME", "workflow": workflow})

    [seen] = account.door("GET", "/requests").json()["requests"]
    assert (answer.status_code, seen["status"]) == (422, 422)
    assert seen["masked_to"] is None


def test_log_has_filters(account: Account) -> None:
    other = "447700900001"
    account.start(NUMBER)
    request_id = account.start(other, "voice").json()["request_id"]
    account.vonage("POST", f"/{request_id}", {"code": "wrong"})

    def logged(**only: str) -> list[str]:
        found = account.door("GET", "/requests", **only).json()["requests"]
        return [each["operation"] for each in found]

    assert logged(to=f"+{other}") == ["newRequest"]
    assert logged(operation="checkCode") == ["checkCode"]
    assert logged(to="1") == []
    spoken = account.door("GET", "/messages", channel="voice").json()["messages"]
    assert [each["to"] for each in spoken] == [other]


def test_log_says_what_had_become_of_what_was_not_found(account: Account) -> None:
    def check(request_id: str) -> str | None:
        account.vonage("POST", f"/{request_id}", {"code": "1234"})
        last = account.door("GET", "/requests").json()["requests"][-1]
        assert last["status"] == 404
        assert "completed" not in last["response"]
        return last["why"]

    found = {}
    for status in ("completed", "canceled", "expired"):
        begun = account.start(NUMBER).json()["request_id"]
        body = {"verification": begun, "status": status}
        account.door("POST", "/verifications", body)
        found[status] = check(begun)

    assert all(status == why for status, why in found.items())
    assert check(str(uuid4())) == "absent"
    account.vonage("GET", "/nothing/of/that")
    assert account.door("GET", "/requests").json()["requests"][-1]["why"] is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)
    ),
    max_leaves=6,
)
STEP = st.dictionaries(st.sampled_from(["channel", "to", "from", "code"]), JSON)
MEMBERS = st.dictionaries(
    st.sampled_from(["brand", "workflow", "Workflow", "code", "client_ref"]),
    JSON | st.lists(STEP | JSON, max_size=3),
)


@given(body=MEMBERS)
def test_whatever_a_start_holds_its_log_can_be_shown(body: dict[str, Any]) -> None:
    account = VonageAccounts(VonageSettings(), Broadcast()).get("a1b2c3d4")
    account.arm(
        VonageOperation.START, timedelta(seconds=1), first=1, last=None, to=NUMBER
    )
    headers = {"Authorization": "Basic YTpi"}
    sent = json.dumps(body).encode()
    request = read_request("POST", "/v2/verify", headers, sent, instance="1")

    seen = noted(request, account.play(request), cursor=1, at=account.store.now())

    assert account.delay(request) in {0.0, 1.0}
    assert json.dumps(views.exchange(account, seen))
