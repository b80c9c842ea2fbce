"""Webhooks and events over real sockets, judged by the official validator."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.server.commanded import hello, started
from tests.support.receiver import Receiver, receiving
from tests.support.served import Account, running, serving
from verify_fakes.served import FakeServerClient
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.twilio._app import FakeTwilioApp
from verify_fakes.server.twilio._settings import (
    DeclaredTwilioAccount as Declared,
    TwilioSettings,
)

TO = "+15553231234"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def hook(account: Account, url: str, *events: str, **more: str) -> str:
    """A new webhook of the account's service; gives its sid."""
    form = {"FriendlyName": "Hook", "WebhookUrl": url, **more}
    response = account.session.post(
        f"{account.url}/v2/Services/{account.service}/Webhooks",
        data={**form, "EventTypes": list(events) or ["*"]},
        auth=(account.sid, account.token),
        timeout=10,
    )
    assert response.status_code == 201, response.text
    return str(response.json()["sid"])


def enrol(account: Account) -> str:
    """A new TOTP factor, of which webhooks hear; gives its sid."""
    response = account.twilio(
        "POST",
        "Entities/ann-from-accounting/Factors",
        FriendlyName="Phone",
        FactorType="totp",
    )
    assert response.status_code == 201, response.text
    return str(response.json()["sid"])


def stream(account: Account, url: str) -> None:
    """Let the account's events go somewhere."""
    account.door("POST", "/sinks", {"url": url})
    path = f"/v2/Services/{account.service}"
    account.twilio("POST", path, VerifyEventSubscriptionEnabled="true")


def delivered(account: Account, **only: object) -> list[dict[str, Any]]:
    """The deliveries, once none is under way."""
    found = account.door("GET", "/deliveries/wait", timeout_s=10, **only)
    assert found is not None, "still under way"
    return list(found["deliveries"])


class TestWebhooks:
    def test_a_factor_is_posted_as_a_signed_form(
        self, account: Account, receiver: Receiver
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator")
        hook(account, f"{receiver.url}/hook?x=1", "factor.created")

        factor = enrol(account)
        [delivery] = delivered(account)

        [seen] = receiver.seen
        assert (seen.path, delivery["status"]) == ("/hook?x=1", "delivered")
        assert seen.form == delivery["body"]
        assert seen.form["type"] == delivery["type"] == "factor.created"
        assert (seen.form["factor_sid"], seen.form["account_sid"]) == (
            factor,
            account.sid,
        )
        judge = validator.RequestValidator(account.token)
        signature = seen.headers["x-twilio-signature"]
        assert judge.validate(receiver.url + seen.path, seen.form, signature)
        assert not judge.validate(receiver.url + "/other", seen.form, signature)
        assert "x-twilio-webhooks-signature-settings" not in seen.headers

    def test_only_what_it_asked_for_and_only_while_enabled(
        self, account: Account, receiver: Receiver
    ) -> None:
        hook(account, f"{receiver.url}/none", "challenge.approved")
        off = hook(account, f"{receiver.url}/off", Status="disabled")
        enrol(account)

        assert delivered(account) == []

        account.twilio("POST", f"Webhooks/{off}", Status="enabled")
        enrol(account)

        assert [each["webhook_sid"] for each in delivered(account)] == [off]

    def test_both_versions_say_the_same(
        self, account: Account, receiver: Receiver
    ) -> None:
        for version in ("v1", "v2"):
            hook(account, f"{receiver.url}/{version}", Version=version)

        enrol(account)
        delivered(account)

        one, two = (dict(seen.form, uuid="") for seen in receiver.seen)
        assert one == two

    def test_two_webhooks_are_called_once_each(
        self, account: Account, receiver: Receiver
    ) -> None:
        for name in ("one", "two"):
            hook(account, f"{receiver.url}/{name}")

        enrol(account)
        delivered(account)

        assert sorted(seen.path for seen in receiver.seen) == ["/one", "/two"]


class TestEvents:
    def test_a_life_is_posted_as_cloud_events_in_order(
        self, account: Account, receiver: Receiver
    ) -> None:
        stream(account, f"{receiver.url}/sink")

        account.start(TO)
        account.check(TO, account.code(TO))
        delivered(account)

        bodies = [json.loads(seen.body) for seen in receiver.seen]
        assert all(len(body) == 1 for body in bodies)
        kinds = [body[0]["type"].rpartition(".")[2] for body in bodies]
        assert kinds == ["pending", "approved"]
        assert {seen.headers["content-type"] for seen in receiver.seen} == {
            "application/json"
        }

    def test_the_official_validator_accepts_the_body_by_its_hash(
        self, account: Account, receiver: Receiver
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator")
        stream(account, f"{receiver.url}/sink?a=b")

        account.start(TO)
        delivered(account)

        [seen] = receiver.seen
        judge = validator.RequestValidator(account.token)
        signature = seen.headers["x-twilio-signature"]
        url, body = receiver.url + seen.path, seen.body.decode()
        assert judge.validate(url, body, signature)
        assert not judge.validate(url, body + " ", signature)

    def test_no_code_is_ever_posted(self, account: Account, receiver: Receiver) -> None:
        stream(account, receiver.url)
        account.start(TO)
        code = account.code(TO)
        wrong = "0" * 6 if code != "0" * 6 else "1" * 6
        account.check(TO, wrong)
        account.check(TO, code)

        log = json.dumps(delivered(account))

        everything = log + "".join(seen.body.decode() for seen in receiver.seen)
        assert f'"{code}"' not in everything
        assert f'"{wrong}"' not in everything

    def test_what_expires_by_a_moved_clock_is_posted(
        self, account: Account, receiver: Receiver
    ) -> None:
        stream(account, receiver.url)
        account.start(TO)

        account.door("POST", "/clock", {"advance_s": 601})

        kinds = [each["type"].rpartition(".")[2] for each in delivered(account)]
        assert kinds == ["pending", "expired"]

    def test_a_service_that_allows_none_is_silent(
        self, account: Account, receiver: Receiver
    ) -> None:
        account.door("POST", "/sinks", {"url": receiver.url})
        account.start(TO)

        assert delivered(account) == []

    def test_sinks_can_be_seen_and_taken_away(self, account: Account) -> None:
        for url in ("http://127.0.0.1:1/a", "http://ann:secret@localhost:1/b"):
            account.door("POST", "/sinks", {"url": url})
            account.door("POST", "/sinks", {"url": url})

        served = FakeServerClient(account.url).account(account.sid)
        assert served.sinks == ["http://127.0.0.1:1/a", "http://localhost:1/b"]
        served.clear_sinks()
        assert served.sinks == []
        served.add_sink("http://127.0.0.1:1/c")
        assert served.sinks == ["http://127.0.0.1:1/c"]

    @pytest.mark.parametrize("sink", ["", "nowhere", "ftp://127.0.0.1/", "http://"])
    def test_what_is_no_url_is_no_sink(self, account: Account, sink: str) -> None:
        response = account.door_response("POST", "/sinks", {"url": sink})

        assert response.status_code == 400
        assert response.json()["error"]["field"] == "url"

    def test_there_are_no_more_than_twenty(self, account: Account) -> None:
        urls = [f"http://127.0.0.1/{number}" for number in range(21)]
        answers = [account.door_response("POST", "/sinks", {"url": u}) for u in urls]

        assert [each.status_code for each in answers] == [201] * 20 + [400]


class TestRetries:
    def test_come_with_the_same_token_until_one_is_taken(
        self, account: Account, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [500, 429]
        hook(account, receiver.url)
        enrol(account)

        [first] = delivered(account)
        assert (first["status"], first["reason"]) == (
            "waiting",
            "the receiver answered 500",
        )
        assert first["next_attempt_at"] is not None
        account.door("POST", "/clock", {"advance_s": 1})
        [second] = delivered(account)
        assert [each["status"] for each in second["attempts"]] == [500, 429]
        account.door("POST", "/clock", {"advance_s": 2})
        [last] = delivered(account)

        assert (last["status"], last["reason"]) == ("delivered", None)
        assert [each["status"] for each in last["attempts"]] == [500, 429, 200]
        tokens = {seen.headers["i-twilio-idempotency-token"] for seen in receiver.seen}
        assert len(tokens) == 1
        assert len({seen.body for seen in receiver.seen}) == 1

    def test_come_a_second_later_and_then_ever_more_slowly(
        self, account: Account, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [500] * 4
        hook(account, receiver.url)
        enrol(account)

        waits = []
        for _ in range(4):
            [delivery] = delivered(account)
            last = datetime.fromisoformat(delivery["attempts"][-1]["at"])
            due = datetime.fromisoformat(delivery["next_attempt_at"])
            waits.append((due - last).total_seconds())
            account.door("POST", "/clock", {"set": delivery["next_attempt_at"]})
            account.door("POST", "/clock", {"advance_s": 0.001})

        assert waits == [1, 2, 4, 8]

    def test_come_by_themselves(self, account: Account, receiver: Receiver) -> None:
        receiver.answers[:] = [503]
        hook(account, receiver.url)
        enrol(account)

        receiver.wait_for(2)

        [delivery] = delivered(account)
        assert [each["status"] for each in delivery["attempts"]] == [503, 200]

    @pytest.mark.parametrize("status", [400, 404, 410, 302, 307])
    def test_do_not_follow_an_answer_that_is_the_last(
        self, account: Account, receiver: Receiver, status: int
    ) -> None:
        receiver.answers[:] = [status]
        hook(account, receiver.url)
        enrol(account)

        [delivery] = delivered(account)

        assert delivery["status"] == "failed"
        assert delivery["reason"] == f"the receiver answered {status}"
        assert [seen.path for seen in receiver.seen] == ["/"]

    def test_end_after_four_hours(self, account: Account) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
        hook(account, url)
        enrol(account)
        [delivery] = delivered(account)
        assert delivery["reason"] == "no connection: nothing listens there"

        tries = 1
        while delivery["status"] == "waiting":
            account.door("POST", "/clock", {"set": delivery["next_attempt_at"]})
            account.door("POST", "/clock", {"advance_s": 0.001})
            [delivery] = delivered(account)
            tries += 1

        assert delivery["status"] == "failed"
        assert len(delivery["attempts"]) == tries == 14

    def test_hold_up_nothing_new(self, account: Account, receiver: Receiver) -> None:
        receiver.answers[:] = [500]
        hook(account, receiver.url)
        enrol(account)
        delivered(account)
        enrol(account)

        assert [each["status"] for each in delivered(account)] == [
            "waiting",
            "delivered",
        ]


class TestWhereTo:
    @pytest.mark.parametrize(
        "host",
        [
            *("example.org", "169.254.169.254", "0.0.0.0", "2130706433", "127.1"),
            *("[::ffff:10.0.0.1]", "127.0.0.1.example.org", "localhost.example.org"),
        ],
    )
    def test_no_other_host_is_called(self, account: Account, host: str) -> None:
        hook(account, f"http://{host}/hook")
        enrol(account)

        [delivery] = delivered(account)

        assert (delivery["status"], delivery["attempts"]) == ("refused", [])
        assert "--allow-webhooks-to does not name it" in delivery["reason"]

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "a.localhost"])
    def test_names_of_this_machine_are(
        self, account: Account, receiver: Receiver, host: str
    ) -> None:
        port = receiver.url.rpartition(":")[2]
        hook(account, f"http://{host}:{port}/hook")
        enrol(account)

        assert delivered(account, status="delivered")
        assert receiver.seen[0].headers["host"] == f"{host}:{port}"

    def test_a_host_is_called_that_the_server_allows(self, receiver: Receiver) -> None:
        # The unspecified address leads to this machine, and is not loopback.
        url = receiver.url.replace("127.0.0.1", "0.0.0.0")
        with running(TwilioSettings(webhook_hosts=["0.0.0.0"])) as server:
            account = Account(server)
            hook(account, url)
            enrol(account)

            assert [each["status"] for each in delivered(account)] == ["delivered"]
            account.session.close()

    def test_credentials_in_the_url_are_sent_and_not_shown(
        self, account: Account, receiver: Receiver
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator")
        stream(account, receiver.url.replace("//", "//ann:s%20t@"))
        account.start(TO)

        [delivery] = delivered(account)

        [seen] = receiver.seen
        assert seen.headers["authorization"] == "Basic YW5uOnMgdA=="
        assert delivery["url"] == receiver.url
        judge = validator.RequestValidator(account.token)
        signature = seen.headers["x-twilio-signature"]
        assert judge.validate(receiver.url + seen.path, seen.body.decode(), signature)

    def test_a_fragment_and_odd_characters_are_no_trouble(
        self, account: Account, receiver: Receiver
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator")
        hook(account, f"{receiver.url}/h\u00fck?q=a b#rc=2")
        enrol(account)
        delivered(account)

        [seen] = receiver.seen
        assert seen.path == "/h%C3%BCk?q=a%20b"
        judge = validator.RequestValidator(account.token)
        signature = seen.headers["x-twilio-signature"]
        assert judge.validate(receiver.url + seen.path, seen.form, signature)


class TestManners:
    def test_a_slow_receiver_holds_up_no_other(
        self, account: Account, another: Account, receiver: Receiver
    ) -> None:
        receiver.gate.clear()
        hook(account, receiver.url)
        enrol(account)
        receiver.wait_for(1)
        with receiving() as quick:
            hook(another, quick.url)
            hook(account, quick.url)
            enrol(another)
            enrol(account)
            quick.wait_for(2)

        served = FakeServerClient(account.url).account(account.sid)
        assert served.wait_deliveries(timeout_s=0) is None
        assert len(delivered(another)) == 1
        [slow, *_] = account.door("GET", "/deliveries")["deliveries"]
        assert (slow["status"], slow["attempts"]) == ("waiting", [])

    def test_a_reset_drops_what_waits(
        self, account: Account, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [500]
        hook(account, receiver.url)
        enrol(account)
        delivered(account)

        account.door("POST", "/reset")
        account.door("POST", "/clock", {"advance_s": 60})

        assert delivered(account) == []
        assert len(receiver.seen) == 1

    def test_no_account_sees_anothers(
        self, account: Account, another: Account, receiver: Receiver
    ) -> None:
        for each in (account, another):
            hook(each, receiver.url)
            enrol(each)
            delivered(each)

        client = FakeServerClient(account.url)
        everybodys = {each["account_sid"] for each in client.deliveries()}
        [own] = account.door("GET", "/deliveries")["deliveries"]
        assert own["account_sid"] == account.sid
        assert {account.sid, another.sid} <= everybodys
        assert client.deliveries(account=another.sid) == delivered(another)

    def test_the_log_has_filters_and_a_cursor(
        self, account: Account, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [404]
        stream(account, receiver.url)
        account.start(TO)
        account.check(TO, account.code(TO))
        first, second = delivered(account)
        served = FakeServerClient(account.url).account(account.sid)

        assert served.deliveries(status="failed") == [first]
        assert served.deliveries(type=second["type"]) == [second]
        assert served.wait_deliveries(after=first["cursor"], timeout_s=5) == [second]
        assert served.deliveries(limit=1) == [second]

    def test_the_head_alone_of_the_events_ends(self, account: Account) -> None:
        url = f"{account.url}/_fake/events"
        for _ in range(40):  # more than streams may be open at a time
            answer = account.session.head(url, timeout=5)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith("text/event-stream")

    def test_listeners_hear_of_each_change(
        self, account: Account, receiver: Receiver
    ) -> None:
        hook(account, receiver.url)
        url = f"{account.url}/_fake/events?account={account.sid}"
        with account.session.get(url, stream=True, timeout=10) as events:
            lines = events.iter_lines(chunk_size=1)
            assert next(lines).startswith(b"retry:")
            with requests.Session() as session:
                other = Account(
                    account.url, account.sid, account.token, account.service, session
                )
                enrol(other)
            heard = []
            for line in lines:
                if line.startswith(b"event: "):
                    kind = line.removeprefix(b"event: ").decode()
                elif line.startswith(b"data: ") and kind == "delivery":
                    heard.append(json.loads(line.removeprefix(b"data: "))["status"])
                    if len(heard) == 2:
                        break

        assert heard == ["waiting", "delivered"]


class TestWhoseToken:
    def test_that_of_the_configuration_where_there_is_one(
        self, receiver: Receiver
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator")
        sid, key, service = "AC" + "1" * 32, "SK" + "2" * 32, "VA" + "3" * 32
        declared = Declared(
            sid=sid,
            auth_token="the token",
            api_keys={key: "the secret"},
            services=(service,),
            sinks=(receiver.url,),
        )
        with running(TwilioSettings(accounts=(declared,))) as url:
            account = Account(url, key, "the secret", service)
            path = f"/v2/Services/{service}"
            account.twilio("POST", path, VerifyEventSubscriptionEnabled="true")
            account.start(TO)
            receiver.wait_for(1)
            account.session.close()

        [seen] = receiver.seen
        signature = seen.headers["x-twilio-signature"]
        judge = validator.RequestValidator("the token")
        assert judge.validate(receiver.url + seen.path, seen.body.decode(), signature)


def test_sinks_of_everybody(receiver: Receiver) -> None:
    with running(TwilioSettings(sinks=[receiver.url])) as url:
        account = Account(url)
        assert account.door("GET", "/sinks")["sinks"] == [receiver.url]
        account.door("DELETE", "/sinks")
        assert account.door("POST", "/reset")
        assert account.door("GET", "/sinks")["sinks"] == [receiver.url]
        account.session.close()


def test_what_expires_by_itself_is_posted(receiver: Receiver) -> None:
    """The server is not asked anything while it happens."""
    app = FakeTwilioApp()
    with serving(app) as url:
        account = Account(url)
        stream(account, receiver.url)
        account.start(TO)
        receiver.wait_for(1)

        app.accounts.get(account.sid).clock.advance(timedelta(minutes=11))
        receiver.wait_for(2)
        account.session.close()

    [event] = json.loads(receiver.seen[1].body)
    assert event["type"].endswith(".expired")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"webhook_hosts": ["http://x/"]}, "allow-webhooks-to"),
        ({"webhook_hosts": [""]}, "allow-webhooks-to"),
        ({"sinks": ["nowhere"]}, "event-sink"),
    ],
)
def test_a_bad_setting_is_named(settings: dict[str, Any], names: str) -> None:
    with pytest.raises(BadSettings, match=names):
        TwilioSettings(**settings)


def test_the_end_waits_for_no_receiver(receiver: Receiver) -> None:
    receiver.gate.clear()
    with started() as server:
        account = Account(hello(server))
        hook(account, receiver.url)
        enrol(account)
        receiver.wait_for(1)

        begin = time.monotonic()
        server.terminate()
        server.wait(5)
        took = time.monotonic() - begin
        account.session.close()

        assert (server.returncode, server.stderr and server.stderr.read()) == (0, "")
    assert took < 4
