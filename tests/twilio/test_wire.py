"""Values to requests, answers to values; no socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given, strategies as st

from tests.support.loopback import NUMBER, SERVICE
from verify_core.channels import Channel
from verify_core.errors import Unexpected, VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_providers.http import HttpAnswer, HttpRequest
from verify_providers.twilio import TwilioExtras, wire

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SID = "VE" + "d4" * 16
OTHER = "VE" + "e5" * 16
TO = NUMBER.e164
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner)
    ),
    max_leaves=12,
)
WORDS = ["pending", "approved", "canceled", "expired", "failed", "APPROVED", "ok"]
# Bodies that look like Twilio's, with anything in any field.
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "sid": st.just(SID) | JSON,
        "status": st.sampled_from(WORDS) | JSON,
        "valid": st.booleans() | JSON,
        "channel": st.sampled_from(["sms", "SMS", "auto", "rcs"]) | JSON,
        "date_created": st.sampled_from(
            [
                "2026-11-22T12:00:00Z",
                "9999-12-31T23:59:59Z",
                "0001-01-01T00:00:00+23:59",
            ]
        )
        | JSON,
        "send_code_attempts": JSON
        | st.lists(
            st.fixed_dictionaries({}, optional={"time": JSON, "channel": JSON}),
            max_size=3,
        ),
        "code": st.sampled_from([20404, 60200, 60202, 60203]) | JSON,
        "message": JSON,
    },
)


def answer(status: int, body: object) -> HttpAnswer:
    return HttpAnswer(status=status, body=json.dumps(body).encode())


def form(request: HttpRequest) -> dict[str, str]:
    fields = parse_qs((request.body or b"").decode("ascii"), keep_blank_values=True)
    assert all(len(values) == 1 for values in fields.values())
    return {name: values[0] for name, values in fields.items()}


def ref(vendor_id: str = SID, **data: str) -> VerificationRef:
    return VerificationRef(
        provider="twilio",
        vendor_id=vendor_id,
        identifier=NUMBER,
        channel=Channel.SMS,
        attempt_id="a",
        created_at=NOON,
        vendor_data=data,
    )


def test_start_says_whom_and_how_and_no_more() -> None:
    request = StartRequest(identifier=NUMBER, attempt_id="mine")

    made = wire.create_request(SERVICE, request, None, None)

    assert made.method == "POST"
    assert made.path == f"/v2/Services/{SERVICE}/Verifications"
    assert form(made) == {"To": "+15553231234", "Channel": "sms"}


def test_check_is_by_sid() -> None:
    made = wire.check_request(SERVICE, ref(), "123456")

    assert made.path == f"/v2/Services/{SERVICE}/VerificationCheck"
    assert form(made) == {"Code": "123456", "VerificationSid": SID}


def test_check_is_by_address_only_where_there_is_no_sid() -> None:
    made = wire.check_request(SERVICE, ref(""), "123456")

    assert form(made) == {"Code": "123456", "To": "+15553231234"}


def test_check_repeats_amount_and_payee() -> None:
    made = wire.check_request(SERVICE, ref(amount="39.99", payee="Acmé"), "123456")

    assert form(made)["Amount"] == "39.99"
    assert form(made)["Payee"] == "Acmé"


def test_extras_device_address_wins_over_the_request_s() -> None:
    request = StartRequest(identifier=NUMBER, client_address="192.0.2.1")
    extras = TwilioExtras(device_ip="2001:db8::1")

    made = wire.create_request(SERVICE, request, extras, None)

    assert form(made)["DeviceIp"] == "2001:db8::1"


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (SID, SID),
        ("+15553231234", "+15553231234"),
        ("pat+x@example.org", "pat+x@example.org"),
        ("a/../b?c#d%@example.org", "a%2F..%2Fb%3Fc%23d%25@example.org"),
    ],
)
def test_verification_is_found_under_its_key(key: str, path: str) -> None:
    made = wire.fetch_request(SERVICE, key)

    assert made.path == f"/v2/Services/{SERVICE}/Verifications/{path}"


@given(local=st.text("abc0189+./%~", min_size=1, max_size=20))
def test_shown_path_holds_no_address(local: str) -> None:
    for key in ("+15553231234", f"{local}@example.org"):
        for made in (
            wire.fetch_request(SERVICE, key),
            wire.cancel_request(SERVICE, key),
        ):
            assert made.shown_path == f"/v2/Services/{SERVICE}/Verifications/***"
            assert key not in repr(made)


def test_request_hides_what_it_carries() -> None:
    made = wire.check_request(SERVICE, ref(""), "482913")

    assert "482913" not in repr(made)
    assert "555" not in repr(made)


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("pending", Verdict.WRONG_CODE),
        ("max_attempts_reached", Verdict.EXHAUSTED),
        ("expired", Verdict.EXPIRED),
        ("canceled", Verdict.GONE),
        ("deleted", Verdict.GONE),
        ("failed", Verdict.GONE),
    ],
)
def test_each_word_of_a_check_has_its_verdict(word: str, verdict: Verdict) -> None:
    found = wire.read_check(
        answer(200, {"status": word, "valid": False}), SID, now=NOON
    )

    assert isinstance(found, CheckResult)
    assert found.verdict is verdict
    assert found.retry_allowed is (verdict is Verdict.WRONG_CODE)


@pytest.mark.parametrize("status", [200, 201])
def test_approval_is_the_word_and_no_contradiction(status: int) -> None:
    for body in ({"status": "approved", "valid": True}, {"status": "approved"}):
        found = wire.read_check(answer(status, body), SID, now=NOON)
        assert isinstance(found, CheckResult)
        assert found.verdict is Verdict.APPROVED
    for body in (
        {"status": "approved", "valid": False},
        {"status": "APPROVED", "valid": True},
        {"valid": True},
    ):
        assert isinstance(
            wire.read_check(answer(status, body), SID, now=NOON), Unexpected
        )


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, {"code": 20404, "message": "…VerificationCheck was not found"}, "gone"),
        (429, {"code": 60202, "message": "Max check attempts reached"}, "exhausted"),
        (400, {"code": 60200, "message": "Invalid parameter: Code"}, "wrong_code"),
        (400, {"code": 60200, "message": "Invalid parameter `Code`: x"}, "wrong_code"),
    ],
)
def test_some_refused_checks_are_verdicts(
    status: int, body: dict[str, object], verdict: str
) -> None:
    found = wire.read_check(answer(status, body), SID, now=NOON)

    assert isinstance(found, CheckResult)
    assert found.verdict == verdict


@given(status=st.integers(100, 999), body=BODIES | JSON)
def test_nothing_but_approval_is_approval(status: int, body: object) -> None:
    """Any JSON under any status: approved only where Twilio says that word."""
    found = wire.read_check(answer(status, body), SID, now=NOON)

    assert isinstance(found, CheckResult | VerifyError)
    if isinstance(found, CheckResult) and found.verdict is Verdict.APPROVED:
        assert isinstance(body, dict)
        assert status in {200, 201}
        assert body["status"] == "approved"
        assert body.get("valid", True) is True


@given(status=st.integers(100, 999), body=BODIES | JSON)
def test_any_answer_to_the_others_is_a_value_or_an_error(
    status: int, body: object
) -> None:
    received = answer(status, body)

    started = wire.read_started(received, now=NOON)
    state = wire.read_state(received, SID, now=NOON)
    canceled = wire.read_cancel(received, SID, now=NOON)

    assert isinstance(started, wire.Verification | VerifyError)
    assert isinstance(canceled, CancelOutcome | VerifyError)
    assert isinstance(state, VerificationState | VerifyError)
    if isinstance(state, VerificationState) and state.status is Status.APPROVED:
        assert isinstance(body, dict)
        assert body["status"] == "approved"


@given(status=st.integers(100, 999), raw=st.binary(max_size=80) | st.none())
def test_any_bytes_are_an_error_or_a_verdict_short_of_approval(
    status: int, raw: bytes | None
) -> None:
    received = HttpAnswer(status=status, body=raw)

    assert isinstance(wire.read_check(received, SID, now=NOON), VerifyError)
    assert isinstance(wire.read_started(received, now=NOON), VerifyError)


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"sid":' * 20_000, b"1" * 5000, b"\xff\xfe{}", b"NaN"]
)
def test_hostile_json_is_unreadable(raw: bytes) -> None:
    found = wire.read_check(HttpAnswer(status=200, body=raw), SID, now=NOON)

    assert isinstance(found, Unexpected)


def test_captured_answer_is_read() -> None:
    """As quoted in public: channels in lower case, milliseconds, no `sna`."""
    body = {
        "sid": SID,
        "status": "pending",
        "channel": "sms",
        "valid": False,
        "date_created": "2026-11-22T12:00:00Z",
        "send_code_attempts": [
            {
                "time": "2026-11-22T12:00:00.123Z",
                "channel": "sms",
                "attempt_sid": "VL1",
            },
            {
                "time": "2026-11-22T12:01:00.000Z",
                "channel": "CALL",
                "attempt_sid": "VL2",
            },
        ],
    }

    found = wire.read_started(answer(201, body), now=NOON)

    assert isinstance(found, wire.Verification)
    assert found.created_at == NOON
    assert [send.channel for send in found.sends] == [Channel.SMS, Channel.CALL]
    assert found.sends[0].at == NOON.replace(microsecond=123_000)


@pytest.mark.parametrize("word", ["auto", "sna", "rcs", "rbm", None, 7])
def test_channel_that_is_none_of_ours_is_not_passed_off_as_one(word: object) -> None:
    body = {"sid": SID, "status": "pending", "channel": word}

    found = wire.read_started(answer(201, body), now=NOON)

    assert isinstance(found, wire.Verification)
    assert found.channel is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", Status.PENDING),
        ("approved", Status.APPROVED),
        ("canceled", Status.CANCELED),
        ("max_attempts_reached", Status.FAILED),
        ("expired", Status.EXPIRED),
        ("deleted", Status.EXPIRED),
        ("failed", Status.FAILED),
        ("something_new", Status.UNKNOWN),
    ],
)
def test_each_status_has_its_own(word: str, status: Status) -> None:
    found = wire.read_state(answer(200, {"sid": SID, "status": word}), SID, now=NOON)

    assert isinstance(found, VerificationState)
    assert found.status is status
    assert found.reason == word


def test_verification_that_is_not_found_is_unknown_not_approved() -> None:
    found = wire.read_state(answer(404, {"code": 20404}), SID, now=NOON)

    assert isinstance(found, VerificationState)
    assert found.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"status": "canceled"}, CancelOutcome.CANCELED),
        (200, {"status": "approved"}, CancelOutcome.TOO_LATE),
        (404, {"code": 20404}, CancelOutcome.GONE),
    ],
)
def test_cancel_says_what_became_of_it(
    status: int, body: dict[str, object], outcome: CancelOutcome
) -> None:
    assert wire.read_cancel(answer(status, body), SID, now=NOON) is outcome


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00Z", "0002-06-01T00:00:00Z", "9998-01-01T00:00:00Z"]
)
def test_instant_that_nobody_can_reckon_with_is_none(instant: str) -> None:
    """Such an answer comes after the message left: it is no reason to lose it."""
    sent = {"time": instant, "channel": "sms", "attempt_sid": "VL" + "a1" * 16}
    body = {
        "sid": SID,
        "status": "pending",
        "to": TO,
        "date_created": instant,
        "send_code_attempts": [sent],
    }

    started = wire.read_started(answer(201, body), now=NOON)

    assert isinstance(started, wire.Verification)
    assert started.created_at is None
    assert started.sends[0].at is None
    assert isinstance(wire.read_state(answer(200, body), SID, now=NOON), object)


@pytest.mark.parametrize("name", ["VL\ud800", "VL 1", "../x", "", 7, None])
def test_attempt_whose_id_is_none_has_none(name: object) -> None:
    body = {
        "sid": SID,
        "status": "pending",
        "send_code_attempts": [{"attempt_sid": name}],
    }

    found = wire.read_verification(body)

    assert found is not None
    assert found.sends[0].vendor_id == ""


def test_email_address_is_sent_in_full() -> None:
    request = StartRequest(identifier=EmailAddress("pat@example.org"), channel="email")

    made = wire.create_request(SERVICE, request, None, None)

    assert form(made) == {"To": "pat@example.org", "Channel": "email"}


@pytest.mark.parametrize(
    ("named", "key", "ours"),
    [
        ({"sid": SID}, SID, True),
        ({"sid": OTHER}, SID, False),
        ({"sid": 7}, SID, False),
        ({"sid": SID, "to": "+4915123456789"}, SID, True),
        ({"to": TO}, TO, True),
        ({"to": "whatsapp:" + TO}, TO, True),
        ({"to": "+5215512345678"}, "+525512345678", True),
        ({"to": "+5491123456789"}, "+541123456789", True),
        ({"to": "+15553231235"}, TO, False),
        ({"to": "+445553231234"}, TO, False),
        ({"to": "5553231234"}, TO, False),
        ({"to": "+5215512345678"}, "+545512345678", False),
        ({"to": ""}, TO, False),
        ({"to": [TO]}, TO, False),
        ({"to": "P@Example.org"}, "p@example.org", True),
        ({"to": "q@example.org"}, "p@example.org", False),
        ({}, SID, True),
    ],
)
def test_answer_about_another_verification_is_unreadable(
    named: dict[str, object],
    key: str,
    ours: bool,  # noqa: FBT001 - a table's column
) -> None:
    """However a vendor writes a number, another one's answer approves nothing."""
    about = wire.is_about(named, key)
    approved = answer(200, named | {"status": "approved", "valid": True})
    checked = wire.read_check(approved, key, now=NOON)

    assert about is ours
    assert isinstance(checked, CheckResult) is ours
    assert ours or isinstance(checked, Unexpected)


def test_state_of_another_s_verification_is_unreadable() -> None:
    body = {"sid": OTHER, "status": "pending", "to": TO}

    assert isinstance(wire.read_state(answer(200, body), SID, now=NOON), Unexpected)
    assert isinstance(wire.read_cancel(answer(200, body), SID, now=NOON), Unexpected)


def test_state_by_address_is_taken_however_twilio_writes_it() -> None:
    body = {"sid": SID, "status": "canceled", "to": "tel:5553231234"}

    state = wire.read_state(answer(200, body), "p@example.org", now=NOON)

    assert isinstance(state, VerificationState)
    assert wire.read_cancel(answer(200, body), TO, now=NOON) is CancelOutcome.CANCELED


def test_start_is_known_by_its_sid_however_twilio_writes_the_address() -> None:
    body = {"sid": SID, "status": "pending", "to": "tel:5553231234"}

    started = wire.read_started(answer(201, body), now=NOON)

    assert isinstance(started, wire.Verification)
    assert started.sid == SID


@pytest.mark.parametrize(
    ("key", "in_path"),
    [
        ("o'hara+x@example.org", "o'hara+x@example.org"),
        ("a/b?c#d%e@example.org", "a%2Fb%3Fc%23d%25e@example.org"),
    ],
)
def test_address_stands_in_a_path_as_the_official_sdk_writes_it(
    key: str, in_path: str
) -> None:
    request = wire.fetch_request(SERVICE, key)

    assert request.path.endswith("/Verifications/" + in_path)
    assert key not in request.shown_path
