"""What customers' servers get, and how it is signed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from tests.fake_twilio.conftest import ACCOUNT, PHONE, SERVICE, Line
from tests.fake_twilio.totp import ANN, SECRET, challenge, enrolled, now, rfc_code
from verify_fakes.twilio import Keep, Switches, form_signature
from verify_fakes.twilio.resources._events import HookCall, StreamEvent
from verify_fakes.twilio.resources._signing import HEADER, signed_json

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "12345"
HOOK = "https://example.org/hook?x=1"


@pytest.fixture
def loud(line_with: Callable[..., Line]) -> Line:
    """A line to a fake whose services emit events."""
    return line_with(switches=Switches(verify_event_subscription_enabled=True))


def streamed(line: Line) -> list[StreamEvent]:
    return [e for e in line.twilio.store.records.events if isinstance(e, StreamEvent)]


def kinds(line: Line) -> list[str]:
    return [event.type.rpartition(".")[2] for event in streamed(line)]


def hooked(line: Line, *kinds: str, **form: str) -> dict[str, Any]:
    """A new webhook for these events."""
    pairs = "&".join(f"EventTypes={kind}" for kind in kinds)
    fields = {"FriendlyName": "Hook", "WebhookUrl": HOOK.replace("?x=1", ""), **form}
    body = pairs + "".join(f"&{name}={value}" for name, value in fields.items())
    url = f"https://verify.twilio.com/v2/Services/{SERVICE}/Webhooks"
    status, _, answered = line.twilio.handle("POST", url, line.headers, body)
    assert status == 201, answered
    return dict(json.loads(answered))


def called(line: Line) -> list[HookCall]:
    return [e for e in line.twilio.store.records.events if isinstance(e, HookCall)]


class TestStream:
    def test_a_service_is_silent_unless_it_allows_events(self, line: Line) -> None:
        line.start()
        line.check(line.code(), To=PHONE)
        assert not streamed(line)

        path = f"/v2/Services/{SERVICE}"
        line.call("POST", path, VerifyEventSubscriptionEnabled="true")
        line.start()
        assert kinds(line) == ["pending"]

    def test_a_life_has_events_from_start_to_end(self, loud: Line) -> None:
        loud.start()
        loud.start()
        loud.check(loud.wrong(), To=PHONE)
        loud.check(loud.code(), To=PHONE)
        loud.start()
        loud.update(PHONE, "canceled")
        loud.start()
        for _ in range(7):
            loud.check(loud.wrong(), To=PHONE)

        assert kinds(loud) == [
            *("pending", "pending", "approved", "pending", "canceled"),
            *("pending", "max-attempts-reached"),
        ]

    def test_an_event_is_a_cloud_event(self, loud: Line) -> None:
        _, started = loud.start(Tags='{"order": "7"}', CustomFriendlyName="Shop")
        loud.check(loud.wrong(), To=PHONE)
        loud.twilio.clock.advance(timedelta(seconds=2))
        loud.check(loud.code(), To=PHONE)

        event = streamed(loud)[-1]

        sid = started["sid"]
        assert event.body == {
            "specversion": "1.0",
            "type": "com.twilio.accountsecurity.verify.verification.approved",
            "source": f"/v1/Accounts/{ACCOUNT}/Services/{SERVICE}/Verifications/{sid}",
            "id": event.id,
            "dataschema": "https://events-schemas.twilio.com/"
            "AccountSecurity.VerifyEventStreamEvent/2",
            "datacontenttype": "application/json",
            "time": "2026-01-15T12:00:02.000Z",
            "data": {
                "account_sid": ACCOUNT,
                "service_sid": SERVICE,
                "verification_sid": sid,
                "friendly_name": "Demo",
                "custom_code_enabled": False,
                "custom_friendly_name": "Shop",
                "created_at": "2026-01-15T12:00:00.000Z",
                "verified_at": "2026-01-15T12:00:02.000Z",
                "to": PHONE,
                "verification_status": "APPROVED",
                "country": "US",
                "code_length": 6,
                "send_code_attempts": {
                    "count": 1,
                    "attempts": [
                        {
                            "time": "2026-01-15T12:00:00.000Z",
                            "channel": "SMS",
                            "attempt_sid": started["send_code_attempts"][0][
                                "attempt_sid"
                            ],
                        }
                    ],
                },
                "check_attempts": {
                    "count": 2,
                    "attempts": [
                        {"time": "2026-01-15T12:00:00.000Z", "status": "FAILED"},
                        {"time": "2026-01-15T12:00:02.000Z", "status": "SUCCESS"},
                    ],
                },
                "expired_at": "2026-01-15T12:10:00.000Z",
                "tags": {"order": "7"},
            },
        }
        assert json.loads(json.dumps(event.body)) == event.body

    def test_expiry_has_events_in_order_dated_when_it_was_due(self, loud: Line) -> None:
        for number in range(3):
            loud.start(f"+1555555010{number}")
            loud.twilio.clock.advance(timedelta(minutes=1))
        loud.twilio.clock.advance(timedelta(hours=1))
        loud.twilio.store.settle()

        ended = [event for event in streamed(loud) if event.type.endswith("expired")]

        assert [event.body["data"]["to"][-1] for event in ended] == list("012")
        assert [event.at.minute for event in ended] == [10, 11, 12]
        loud.twilio.store.settle()
        assert len(kinds(loud)) == 6

    def test_one_out_of_checks_has_no_event_of_expiry(self, loud: Line) -> None:
        loud.start()
        for _ in range(6):
            loud.check(loud.wrong(), To=PHONE)
        loud.twilio.clock.advance(timedelta(hours=1))
        loud.twilio.store.settle()

        assert kinds(loud) == ["pending", "max-attempts-reached"]

    def test_no_event_has_a_code(self, loud: Line) -> None:
        loud.twilio.codes.fix(PHONE, "27182818")
        loud.start()
        loud.check("27182818", To=PHONE)

        assert "27182818" not in json.dumps([event.body for event in streamed(loud)])

    def test_ids_are_all_different(self, loud: Line) -> None:
        for number in range(20):
            loud.start(f"+155555501{number:02d}")

        assert len({event.id for event in streamed(loud)}) == 20

    def test_the_ring_keeps_the_newest(self, line_with: Callable[..., Line]) -> None:
        switches = Switches(verify_event_subscription_enabled=True)
        line = line_with(switches=switches, keep=Keep(events=3))
        for number in range(5):
            line.start(f"+1555555010{number}")

        assert [e.body["data"]["to"][-1] for e in streamed(line)] == list("234")

    def test_a_listener_hears_each_from_then_on(self, loud: Line) -> None:
        loud.start()
        heard: list[object] = []
        loud.twilio.store.records.events.listen(heard.append)
        loud.start()

        assert heard == streamed(loud)[1:]


class TestWebhooks:
    def test_factors_and_challenges_are_posted(self, line: Line) -> None:
        hooked(line, "*")
        factor = enrolled(line)["sid"]
        path = f"{ANN}/Factors/{factor}"
        code = rfc_code(SECRET, now(line))
        line.call("POST", path, AuthPayload="00000000")
        line.call("POST", path, AuthPayload=code)
        _, made = challenge(line, factor, AuthPayload=code)
        line.call("DELETE", path)

        calls = called(line)

        assert [call.type for call in calls] == [
            *("factor.created", "factor.verified", "challenge.approved"),
            "factor.deleted",
        ]
        form = calls[2].form
        assert list(form)[:7] == [
            *("uuid", "type", "account_sid", "service_sid", "entity_identity"),
            *("factor_sid", "factor_type"),
        ]
        assert (form["type"], form["service_sid"]) == ("challenge.approved", SERVICE)
        assert (form["account_sid"], form["factor_type"]) == (ACCOUNT, "totp")
        assert (form["factor_sid"], form["challenge_sid"]) == (factor, made["sid"])
        assert SECRET not in repr(calls) + json.dumps([dict(c.form) for c in calls])

    def test_only_what_was_asked_for(self, line: Line) -> None:
        hook = hooked(line, "factor.deleted", "factor.verified")
        factor = enrolled(line)["sid"]
        line.call("DELETE", f"{ANN}/Factors/{factor}")

        (call,) = called(line)
        assert (call.type, call.webhook_sid) == ("factor.deleted", hook["sid"])
        assert call.url == "https://example.org/hook"

    def test_a_disabled_or_deleted_one_is_not_called(self, line: Line) -> None:
        hooked(line, "*", Status="disabled")
        gone = hooked(line, "*")["sid"]
        line.call("DELETE", f"/v2/Services/{SERVICE}/Webhooks/{gone}")
        enrolled(line)

        assert not called(line)

    def test_an_entity_takes_its_factors_along(self, line: Line) -> None:
        hooked(line, "factor.deleted")
        enrolled(line)
        enrolled(line)
        line.call("DELETE", ANN)

        assert len(called(line)) == 2

    def test_it_has_the_documents_form(self, line: Line) -> None:
        body = hooked(line, "factor.created", Version="v1")

        assert (body["status"], body["version"]) == ("enabled", "v1")
        assert (body["webhook_method"], body["event_types"]) == (
            "POST",
            ["factor.created"],
        )


class Form(dict[str, Any]):
    """A form as web frameworks hand it to the official validator."""

    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return [value] if isinstance(value, str) else value


class TestSigning:
    def test_the_example_of_the_vendors_page(self) -> None:
        """Source: Twilio, "Webhooks security", its worked example, read 2026-11-22."""
        form = {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675309",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
        }

        signature = form_signature(
            TOKEN, "https://mycompany.com/myapp.php?foo=1&bar=2", form
        )

        assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        assert HEADER == "X-Twilio-Signature"

    @pytest.mark.sdk
    @given(
        form=st.dictionaries(
            st.text("abcAB_.", min_size=1, max_size=8),
            st.one_of(st.text(max_size=9), st.lists(st.text(max_size=4), min_size=1)),
        ),
        url=st.sampled_from([HOOK, "http://127.0.0.1:4010/a", "https://a.example"]),
    )
    def test_the_official_validator_accepts_forms(
        self, form: dict[str, Any], url: str
    ) -> None:
        validator = pytest.importorskip("twilio.request_validator").RequestValidator

        signature = form_signature(TOKEN, url, form)

        assert validator(TOKEN).validate(url, Form(form), signature)
        assert not validator("other").validate(url, Form(form), signature)

    @pytest.mark.sdk
    @given(st.binary(max_size=60), st.sampled_from([HOOK, "http://127.0.0.1:4010/a"]))
    def test_and_json(self, body: bytes, url: str) -> None:
        validator = pytest.importorskip("twilio.request_validator").RequestValidator
        text = json.dumps([body.hex()]).encode()

        hashed, signature = signed_json(TOKEN, url, text)

        assert validator(TOKEN).validate(hashed, text.decode(), signature)
        assert not validator(TOKEN).validate(hashed, text.decode() + " ", signature)
        assert hashed.startswith(url)
