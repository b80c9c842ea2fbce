"""The fake Vonage on a socket, and the accounts of its server."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import requests

from tests.support.served_vonage import Account, application
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._events import Broadcast
from verify_fakes.server.vonage._accounts import VonageAccounts
from verify_fakes.server.vonage._settings import DeclaredVonageAccount, VonageSettings
from verify_fakes.vonage.machine._commands import VonageStart
from verify_fakes.vonage.machine._workflow import VonageChannel, WorkflowStep
from verify_fakes.vonage.resources._auth import Caller

NUMBER = "447700900000"


class TestApi:
    def test_a_whole_life(self, account: Account) -> None:
        started = account.start(NUMBER)
        request_id = started.json()["request_id"]
        code = account.messages()[-1]["code"]
        checked = account.vonage("POST", f"/{request_id}", {"code": code})

        assert (started.status_code, checked.status_code) == (202, 200)
        assert checked.json() == {"request_id": request_id, "status": "completed"}
        assert account.messages()[-1]["status"] == "completed"

    def test_strangers_are_not_let_in(self, account: Account) -> None:
        answer = account.session.post(f"{account.url}/v2/verify", json={}, timeout=5)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"

    def test_accounts_do_not_see_each_other(self, url: str, account: Account) -> None:
        other = Account(url, uuid4().hex[:8], account.session)
        request_id = account.start(NUMBER).json()["request_id"]

        assert other.start(NUMBER).status_code == 202
        assert other.vonage("DELETE", f"/{request_id}").status_code == 404

    @pytest.mark.parametrize("connection", ["hang_up", "answer_lost"])
    def test_a_connection_that_breaks(self, account: Account, connection: str) -> None:
        account.door(
            "POST", "/faults", {"operation": "start", "connection": connection}
        )

        with pytest.raises(requests.ConnectionError):
            account.start(NUMBER)

        assert len(account.messages()) == (connection == "answer_lost")
        last = account.door("GET", "/requests").json()["requests"][-1]
        assert (last["operation"], last["status"]) == ("newRequest", None)

    def test_a_body_over_the_bound_is_refused(self, account: Account) -> None:
        answer = account.session.post(
            f"{account.url}/v2/verify",
            data=b"a" * ((1 << 20) + 1),
            auth=(account.name, "x"),
            timeout=5,
        )

        assert answer.status_code == 413

    def test_the_log_holds_no_code(self, account: Account) -> None:
        request_id = account.start(NUMBER, code="SECRET77").json()["request_id"]
        account.vonage("POST", f"/{request_id}", {"code": "SECRET77"})

        assert "SECRET77" not in account.door("GET", "/requests").text


def test_the_webhooks_of_an_application_name_its_owner() -> None:
    own = application()
    settings = VonageSettings(
        accounts=(
            DeclaredVonageAccount(
                key="9f8e7d6c", secret="x", applications={own.id: own.public}
            ),
        )
    )
    account = VonageAccounts(settings, Broadcast()).get(own.id)
    steps = (WorkflowStep(channel=VonageChannel.SMS, to=NUMBER),)

    account.store.start(
        VonageStart(brand="ACME", steps=steps),
        caller=Caller(application_id=own.id),
    )
    account.clock.advance(timedelta(hours=1))

    assert {each.api_key for each in account.store.events} == {"9f8e7d6c"}


def test_the_account_used_longest_ago_leaves() -> None:
    settings = VonageSettings(bounds=Bounds(accounts=3))
    accounts = VonageAccounts(settings, Broadcast())
    for n in range(3):
        accounts.get(f"key{n}")
    accounts.get("key0")
    accounts.get("one-more")

    names = [each.name for each in accounts]
    assert len(names) == 3
    assert "key0" in names
    assert "key1" not in names
