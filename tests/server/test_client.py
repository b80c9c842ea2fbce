"""The Python client speaks every verb of the side door."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.support.served import Account, running
from verify_fakes.served import FakeServerClient, SideDoorRefused
from verify_fakes.server.twilio._settings import TwilioSettings

TO = "+15553231234"


@pytest.fixture
def server(url: str) -> FakeServerClient:
    return FakeServerClient(url)


def test_messages_of_an_account_and_of_all(
    server: FakeServerClient, account: Account
) -> None:
    mine = server.account(account.sid)
    account.start(TO)

    assert [message.code for message in mine.outbox] == [account.code(TO)]
    assert [each["to"] for each in server.messages(account=account.sid)] == [TO]
    assert server.messages(account=account.sid, channel="call") == []


def test_a_wait_gives_each_message_once(
    server: FakeServerClient, account: Account
) -> None:
    mine = server.account(account.sid)
    before = mine.cursor
    account.start(TO)

    found = mine.wait(TO, after=before, timeout_s=5)

    assert found is not None
    assert found[1].code == account.code(TO)
    assert mine.wait(TO, after=found[0], timeout_s=0) is None


def test_clock_faults_numbers_codes_and_reset(
    server: FakeServerClient, account: Account
) -> None:
    mine = server.account(account.sid)
    mine.fix_code(TO, "4242")
    mine.arm_fault("start", error=20429)
    mine.set_numbers(blocked_prefixes=["+4479"])
    before = mine.clock.now()

    mine.clock.advance(timedelta(hours=1))

    assert mine.clock.now() - before >= timedelta(hours=1)
    assert [account.start(TO).status_code for _ in range(2)] == [429, 201]
    assert mine.faults[0]["hits"] == 1
    assert account.start("+447911123456").json()["code"] == 60410
    assert account.code(TO) == "4242"
    mine.reset(limits=False)
    assert mine.outbox == []


def test_requests_can_be_counted_and_looked_at(
    server: FakeServerClient, account: Account
) -> None:
    mine = server.account(account.sid)
    account.start(TO)

    assert mine.count_requests(operation="CreateVerification", status=201) == 1
    assert len(mine.requests) == 1
    assert len(server.requests(account=account.sid, status=201)) == 1


def test_what_happens_is_streamed(server: FakeServerClient, account: Account) -> None:
    streamed: list[tuple[str, dict[str, Any]]] = []
    stream = server.events(account.sid)
    listening = threading.Thread(target=lambda: streamed.append(next(stream)))
    listening.start()
    while not streamed:
        account.start(TO)  # a stream has only what comes once it is open
        account.door("POST", "/reset", {})
        listening.join(0.02)
    listening.join(5)
    stream.close()

    assert streamed[0][0] in {"message", "request", "changed"}
    assert streamed[0][1]["account_sid"] == account.sid


def test_what_cannot_be_used_is_refused_by_name(server: FakeServerClient) -> None:
    with pytest.raises(SideDoorRefused, match="advance_s"):
        server.account().clock.advance(timedelta(seconds=-1))
    with pytest.raises(SideDoorRefused, match="limit"):
        server.messages(limit=0)


def test_accounts_and_health(server: FakeServerClient, account: Account) -> None:
    account.start(TO)

    assert server.is_healthy()
    assert account.sid in {each["account_sid"] for each in server.accounts}
    assert not FakeServerClient("http://127.0.0.1:1").is_healthy()


def test_a_token_is_sent_where_one_is_asked_for() -> None:
    with running(TwilioSettings(side_door_token="open")) as url:
        server = FakeServerClient(url, side_door_token="open")

        assert server.account().outbox == []
        with pytest.raises(SideDoorRefused, match="authorization"):
            FakeServerClient(url).messages()
        with pytest.raises(SideDoorRefused, match="authorization"):
            next(FakeServerClient(url).events())
        assert "open" not in repr(server)
