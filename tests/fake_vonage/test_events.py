"""Webhooks as data: what is posted, when, and how it is signed."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from verify_fakes.vonage import Keep, Webhook, signed
from verify_providers.vonage import VonageVerify

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_vonage.conftest import Line

NUMBER = "447700900000"
SMS = {"channel": "sms", "to": NUMBER}
CALL = {"channel": "voice", "to": NUMBER}
SECRET = "s" * 32
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key}:x".encode()).decode()}


def bearer(application: str) -> dict[str, str]:
    """A token of an application, whose signature this fake does not check."""
    parts = [
        {"alg": "RS256"},
        {"application_id": application, "iat": 1, "jti": "1"},
    ]
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return {"Authorization": f"Bearer {'.'.join(encoded)}.c2ln"}


def claims(webhook: Webhook) -> dict[str, Any]:
    token = webhook.headers["Authorization"].removeprefix("Bearer ")
    return dict(jwt.decode(token, options={"verify_signature": False}))


def posted(line: Line) -> list[tuple[str, str]]:
    return [(each.type, each.status) for each in line.vonage.events]


def later(line: Line, seconds: float) -> None:
    line.vonage.clock.advance(timedelta(seconds=seconds))


def test_nothing_is_posted_while_it_runs(line: Line) -> None:
    request_id = line.started(SMS)
    line.check(request_id, line.wrong())

    assert posted(line) == []


def test_a_right_code_completes_step_and_whole(line: Line) -> None:
    request_id = line.started(SMS, client_ref="attempt1")
    later(line, 10)
    line.check(request_id, line.code())

    event, summary = (each.body for each in line.vonage.events)
    assert event == {
        "request_id": request_id,
        "triggered_at": "2026-01-15T12:00:00.000Z",
        "type": "event",
        "channel": "sms",
        "status": "completed",
        "finalized_at": "2026-01-15T12:00:10.000Z",
        "channel_timeout": 180,
        "client_ref": "attempt1",
    }
    assert summary == {
        "request_id": request_id,
        "submitted_at": "2026-01-15T12:00:00.000Z",
        "status": "completed",
        "type": "summary",
        "channel_timeout": 180,
        "workflow": [
            {
                "channel": "sms",
                "initiated_at": "2026-01-15T12:00:00.000Z",
                "status": "completed",
            }
        ],
        "client_ref": "attempt1",
    }


def test_silence_expires_each_step_and_then_the_whole(line: Line) -> None:
    line.started(SMS, CALL)
    later(line, 180)
    first = posted(line)
    later(line, 180)

    assert first == [("event", "expired")]
    assert posted(line) == [
        ("event", "expired"),
        ("event", "expired"),
        ("summary", "expired"),
    ]


def test_what_is_due_is_dated_when_it_was_due(line: Line) -> None:
    line.started(SMS)
    later(line, 10_000)

    at = datetime(2026, 1, 15, 12, 3, tzinfo=UTC)
    assert {each.at for each in line.vonage.events} == {at}


def test_three_wrong_codes_fail_it(line: Line) -> None:
    request_id = line.started(SMS, CALL)
    for _ in range(3):
        line.check(request_id, line.wrong())

    assert posted(line) == [("event", "failed"), ("summary", "failed")]
    workflow = line.vonage.events[-1].body["workflow"]
    assert [each["status"] for each in workflow] == ["failed", "unused"]
    assert "initiated_at" not in workflow[1]


def test_a_cancellation_posts_nothing(line: Line) -> None:
    request_id = line.started(SMS)
    later(line, 30)
    line.cancel(request_id)
    later(line, 3600)

    assert posted(line) == []


def test_a_step_that_was_left_has_expired(line: Line) -> None:
    request_id = line.started(SMS, CALL)
    line.next(request_id)

    assert posted(line) == [("event", "expired")]


def test_only_the_newest_are_kept(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(events=3))
    for _ in range(3):
        request_id = line.started(SMS)
        line.check(request_id, line.code())

    assert len(line.vonage.events) == 3


class TestSignature:
    @pytest.fixture
    def completed(self, line: Line) -> Line:
        request_id = line.started(SMS)
        line.check(request_id, line.code())
        return line

    def test_it_is_a_jwt_over_the_very_bytes(self, completed: Line) -> None:
        event = completed.vonage.events[0]

        webhook = signed(event, SECRET, api_key="a1b2c3d4", application_id=APPLICATION)

        token = webhook.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(
            token, SECRET, algorithms=["HS256"], options={"verify_iat": False}
        )
        assert claims == {
            "iat": int(event.at.timestamp()),
            "jti": event.id,
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(webhook.body).hexdigest(),
            "api_key": "a1b2c3d4",
            "application_id": APPLICATION,
        }
        assert json.loads(webhook.body) == event.body

    @pytest.mark.parametrize("key", ["a1b2c3d4", "9f8e7d6c"])
    def test_it_names_the_account_that_started(
        self, line_with: Callable[..., Line], key: str
    ) -> None:
        line = line_with()
        line.headers = basic(key)
        line.check(line.started(SMS), line.code())

        for each in line.vonage.events:
            assert claims(signed(each, SECRET))["api_key"] == key
            assert claims(signed(each, SECRET, api_key="x"))["api_key"] == "x"

    def test_each_application_has_an_account_of_its_own(self, line: Line) -> None:
        keys = []
        for n in range(2):
            application = f"{n}aaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
            line.headers = bearer(application)
            line.check(line.started(SMS), line.code())
            said = claims(signed(line.vonage.events[-1], SECRET))
            assert said["application_id"] == application
            keys.append(said["api_key"])

        assert keys == ["0aaaaaaa", "1aaaaaaa"]

    @pytest.mark.sdk
    def test_receivers_take_it_by_the_clock_that_they_go_by(self, line: Line) -> None:
        """Ours by the moved one of the fake; the vendor's SDK by the machine's."""
        sdk = pytest.importorskip("vonage_jwt", reason="PyPI vonage is not installed")
        line.vonage.clock.set(datetime(2036, 1, 1, tzinfo=UTC))
        line.check(line.started(SMS), line.code())
        event = line.vonage.events[-1]
        provider = VonageVerify(
            brand="ACME",
            api_key="a1b2c3d4",
            api_secret="x",
            signature_secret=SECRET,
            clock=line.vonage.clock,
        )
        ahead = signed(event, SECRET)
        present = signed(event, SECRET, at=datetime.now(UTC))

        assert provider.parse_webhook(ahead.headers, ahead.body)
        token = present.headers["Authorization"].removeprefix("Bearer ")
        assert sdk.verify_signature(token, SECRET) is True
        provider.close()

    def test_another_secret_does_not_fit(self, completed: Line) -> None:
        webhook = signed(completed.vonage.events[0], SECRET)
        token = webhook.headers["Authorization"].removeprefix("Bearer ")

        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, "t" * 32, algorithms=["HS256"])

    def test_it_is_dated_as_one_likes(self, completed: Line) -> None:
        at = datetime(2030, 1, 1, tzinfo=UTC)
        webhook = signed(completed.vonage.events[0], SECRET, at=at)
        token = webhook.headers["Authorization"].removeprefix("Bearer ")

        claims = jwt.decode(token, options={"verify_signature": False})

        assert claims["iat"] == int(at.timestamp())

    def test_each_webhook_has_an_id_of_its_own(self, completed: Line) -> None:
        first, second = completed.vonage.events

        assert first.id != second.id

    def test_no_repr_holds_the_signature(self, completed: Line) -> None:
        webhook = signed(completed.vonage.events[0], SECRET)

        assert "Bearer" not in repr(webhook)
