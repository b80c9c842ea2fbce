"""Webhooks over real sockets, judged by Vonage's own package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest

from tests.support.receiver import Receiver, Seen, receiving
from tests.support.served import serving
from tests.support.served_vonage import Account, Application, application
from verify_core.channels import Channel
from verify_core.phone import read_phone
from verify_core.verification import StartRequest, Status
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.vonage._app import FakeVonageApp
from verify_fakes.server.vonage._settings import DeclaredVonageAccount, VonageSettings
from verify_fakes.server.vonage._webhooks import VonageOutgoing
from verify_providers.vonage import MemoryEvents, VonageVerify

NUMBER = "447700900000"
SMS = {"channel": "sms", "to": NUMBER}
CALL = {"channel": "voice", "to": NUMBER}
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def own() -> Application:
    return application()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def app(receiver: Receiver) -> FakeVonageApp:
    return FakeVonageApp(VonageSettings(sinks=[receiver.url], signature_secret=SECRET))


@pytest.fixture
def account(app: FakeVonageApp, own: Application) -> Iterator[Account]:
    """An application whose events go to the receiver."""
    with serving(app) as url:
        account = Account(url, own.id, application=own)
        yield account
        account.session.close()


def started(account: Account, *steps: object) -> str:
    body = {"brand": "ACME", "workflow": steps or [SMS]}
    answer = account.vonage("POST", "", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["request_id"])


def check(account: Account, request_id: str, code: str) -> int:
    answer = account.vonage("POST", f"/{request_id}", {"code": code})
    return int(answer.status_code)


def completed(account: Account) -> str:
    """A verification that its person completed."""
    request_id = started(account)
    assert check(account, request_id, account.messages()[-1]["code"]) == 200
    return request_id


def delivered(account: Account, **only: object) -> list[dict[str, Any]]:
    """The deliveries, once none is under way."""
    answer = account.door("GET", "/deliveries/wait", timeout_s=10, **only)
    assert answer.status_code == 200, "still under way"
    return list(answer.json()["deliveries"])


def advance(account: Account, seconds: float) -> None:
    assert account.door("POST", "/clock", {"advance_s": seconds}).ok


def token_of(seen: Seen) -> str:
    return seen.headers["authorization"].removeprefix("Bearer ")


def claims_of(seen: Seen) -> dict[str, Any]:
    return dict(jwt.decode(token_of(seen), SECRET, algorithms=["HS256"]))


class TestWhatIsPosted:
    def test_event_and_summary_in_order(
        self, account: Account, receiver: Receiver
    ) -> None:
        request_id = completed(account)

        posted = delivered(account)

        bodies = [json.loads(seen.body) for seen in receiver.seen]
        assert [each["type"] for each in bodies] == ["event", "summary"]
        assert {each["request_id"] for each in bodies} == {request_id}
        assert [each["body"] for each in posted] == bodies
        assert [(each["type"], each["status"]) for each in posted] == [
            ("event completed", "delivered"),
            ("summary completed", "delivered"),
        ]
        assert {seen.headers["content-type"] for seen in receiver.seen} == {
            "application/json"
        }

    @pytest.mark.sdk
    def test_vonages_own_package_takes_the_signature(
        self, account: Account, receiver: Receiver
    ) -> None:
        sdk = pytest.importorskip("vonage_jwt", reason="PyPI vonage is not installed")
        completed(account)
        delivered(account)

        for seen in receiver.seen:
            assert sdk.verify_signature(token_of(seen), SECRET) is True
            assert sdk.verify_signature(token_of(seen), SECRET[::-1]) is False

    def test_provider_of_this_project_answers_a_fetch_from_them(
        self, account: Account, receiver: Receiver, own: Application
    ) -> None:
        asked = StartRequest(
            identifier=read_phone(f"+{NUMBER}"),
            channel=Channel.SMS,
            attempt_id="attempt1",
        )
        with VonageVerify(
            brand="ACME",
            application_id=own.id,
            private_key=own.private,
            signature_secret=SECRET,
            events=MemoryEvents(),
            base_url=account.url,
        ) as provider:
            ref = provider.start(asked).ref
            before = provider.fetch(ref).status
            advance(account, 1_000)
            delivered(account)
            for seen in receiver.seen:
                provider.parse_webhook(seen.headers, seen.body)

            assert (before, provider.fetch(ref).status) == (
                Status.PENDING,
                Status.EXPIRED,
            )

    def test_claims_cover_the_bytes_and_name_the_application(
        self, account: Account, receiver: Receiver, own: Application
    ) -> None:
        completed(account)
        delivered(account)

        for seen in receiver.seen:
            claims = claims_of(seen)
            assert claims["payload_hash"] == sha256(seen.body).hexdigest()
            assert claims["application_id"] == own.id

    def test_no_code_is_posted_or_logged(
        self, account: Account, receiver: Receiver
    ) -> None:
        request_id = started(account)
        code = account.messages()[-1]["code"]
        wrong = "0000" if code != "0000" else "1111"
        check(account, request_id, wrong)
        check(account, request_id, code)

        log = json.dumps(delivered(account))

        everything = log + "".join(seen.body.decode() for seen in receiver.seen)
        assert f'"{code}"' not in everything
        assert f'"{wrong}"' not in everything

    def test_what_a_moved_clock_lets_expire(
        self, account: Account, receiver: Receiver
    ) -> None:
        started(account, SMS, CALL)

        advance(account, 400)

        assert [each["type"] for each in delivered(account)] == [
            "event expired",
            "event expired",
            "summary expired",
        ]
        # Signed by the machine's clock: a receiver goes by no account's.
        now = datetime.now(UTC).timestamp()
        assert all(abs(claims_of(s)["iat"] - now) < 60 for s in receiver.seen)

    def test_what_expires_when_the_server_is_asked_nothing(
        self,
        account: Account,
        receiver: Receiver,
        app: FakeVonageApp,
        own: Application,
    ) -> None:
        started(account)

        app.accounts.get(own.id).clock.advance(timedelta(minutes=4))

        receiver.wait_for(2)
        assert json.loads(receiver.seen[1].body)["status"] == "expired"

    def test_what_is_due_is_posted_before_the_log_is_shown(
        self, account: Account, app: FakeVonageApp, own: Application
    ) -> None:
        started(account)
        app.accounts.get(own.id).clock.advance(timedelta(minutes=4))

        assert [each["status"] for each in delivered(account)] == ["delivered"] * 2


class TestWhatIsKept:
    def test_of_what_is_due_when_the_log_is_asked(
        self, account: Account, app: FakeVonageApp, own: Application
    ) -> None:
        assert account.door("DELETE", "/sinks").ok
        started(account)
        app.accounts.get(own.id).clock.advance(timedelta(minutes=4))

        kept = account.door("GET", "/deliveries").json()["deliveries"]

        assert [each["type"] for each in kept] == ["event expired", "summary expired"]

    def test_of_a_start_by_key_and_secret(
        self, account: Account, receiver: Receiver
    ) -> None:
        by_key = Account(account.url, session=account.session)
        completed(by_key)

        for each in delivered(by_key):
            assert (each["status"], each["url"], each["attempts"]) == ("kept", None, [])
            assert "API key and secret" in each["reason"]
        assert receiver.seen == []

    def test_where_no_sink_is_set(self, account: Account, receiver: Receiver) -> None:
        assert account.door("DELETE", "/sinks").ok
        completed(account)

        kept = delivered(account, status="kept")

        assert len(kept) == 2
        assert all("no sink is set" in each["reason"] for each in kept)
        assert receiver.seen == []


class TestRetries:
    def test_any_answer_but_success_is_followed_by_another_attempt(
        self, account: Account, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [404, 302, 503]
        completed(account)
        [event, summary] = delivered(account)
        assert (event["status"], event["reason"]) == (
            "waiting",
            "the receiver answered 404",
        )
        for seconds in (5, 10):
            advance(account, seconds + 0.001)
            [event, summary] = delivered(account)

        assert [each["status"] for each in (event, summary)] == ["delivered"] * 2
        ids = [claims_of(seen)["jti"] for seen in receiver.seen]
        assert len(set(ids)) == 2

    def test_waits_double_up_to_a_quarter_of_an_hour_for_a_day(
        self, account: Account, app: FakeVonageApp, own: Application
    ) -> None:
        assert account.door("DELETE", "/sinks").ok
        account.door("POST", "/sinks", {"url": "http://127.0.0.1:9/"})
        started(account)
        assert account.door("POST", "/verifications", {
            "verification": account.messages()[-1]["request_id"],
            "status": "completed",
        }).ok  # fmt: skip
        waits = []
        while (each := delivered(account)[0])["status"] == "waiting":
            due = datetime.fromisoformat(each["next_attempt_at"])
            last = datetime.fromisoformat(each["attempts"][-1]["at"])
            waits.append((due - last).total_seconds())
            app.accounts.get(own.id).clock.set(due)
            advance(account, 0.001)

        assert waits[:9] == [5, 10, 20, 40, 80, 160, 320, 640, 900]
        assert set(waits[8:]) == {900}
        assert timedelta(hours=23) < timedelta(seconds=sum(waits)) < timedelta(days=1)
        assert each["status"] == "failed"


class TestWhereTo:
    def test_no_other_host_is_called(self, account: Account) -> None:
        account.door("DELETE", "/sinks")
        account.door("POST", "/sinks", {"url": "http://example.org/status"})
        completed(account)

        assert {each["status"] for each in delivered(account)} == {"refused"}

    def test_sink_needs_a_secret_to_sign_with(
        self, own: Application, receiver: Receiver
    ) -> None:
        with serving(FakeVonageApp()) as url:
            account = Account(url, own.id, application=own)
            unsigned = account.door("POST", "/sinks", {"url": receiver.url})
            sink = {"url": receiver.url.replace("//", "//ann:s%20t@")}
            added = account.door("POST", "/sinks", {**sink, "signature_secret": SECRET})
            completed(account)
            delivered(account)
            account.session.close()

        assert unsigned.json()["error"]["field"] == "signature_secret"
        assert added.json() == {"sinks": [receiver.url]}
        assert len(receiver.seen) == 2

    def test_declared_account_has_its_own(
        self, own: Application, receiver: Receiver
    ) -> None:
        declared = DeclaredVonageAccount(
            key="a1b2c3d4",
            secret="s3cret",
            applications={own.id: own.public},
            signature_secret=SECRET,
            sinks=(receiver.url,),
        )
        with serving(FakeVonageApp(VonageSettings(accounts=(declared,)))) as url:
            account = Account(url, "a1b2c3d4", application=own)
            completed(account)
            delivered(account)
            account.session.close()

        assert {claims_of(seen)["api_key"] for seen in receiver.seen} == {"a1b2c3d4"}

    def test_settings_need_a_secret_with_a_sink(self) -> None:
        with pytest.raises(BadSettings, match="--signature-secret"):
            VonageSettings(sinks=["http://127.0.0.1:9000/"])


def test_what_is_posted_shows_no_secret_when_printed(
    line_with: Callable[..., Any],
) -> None:
    line = line_with()
    line.check(line.started(SMS), line.code())

    outgoing = VonageOutgoing(notification=line.vonage.events[0], secret=SECRET)

    assert SECRET not in repr(outgoing)
