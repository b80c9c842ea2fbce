"""Values to requests, answers to values; no socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, strategies as st

from tests.support.loopback import NUMBER, SERVICE
from verify_core.channels import Channel
from verify_core.errors import Misconfigured, Unexpected, VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.masking import Secret
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
from verify_providers.twilio import TwilioExtras, _wire as wire
from verify_providers.twilio._errors import TwilioAction, error_of
from verify_providers.twilio._wire import Target, names, names_another

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SID = "VE" + "d4" * 16
OTHER = "VE" + "e5" * 16
TO = NUMBER.e164
BY_SID = Target(service_sid=SERVICE, sid=SID, address=TO)
BY_ADDRESS = Target(service_sid=SERVICE, address=TO)
APPROVED = {
    "sid": SID,
    "service_sid": SERVICE,
    "to": TO,
    "channel": "sms",
    "status": "approved",
    "valid": True,
}
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


OPERATIONS: dict[Callable[..., Any], TwilioAction] = {
    wire.read_started: TwilioAction.START,
    wire.read_check: TwilioAction.CHECK,
    wire.read_state: TwilioAction.FETCH,
    wire.read_cancel: TwilioAction.CANCEL,
}


def answer(status: int, body: object) -> HttpAnswer:
    return HttpAnswer(status=status, body=json.dumps(body).encode())


def of(read: Callable[..., Any], received: HttpAnswer, asked: Target) -> Any:  # noqa: ANN401 - any result
    """What is read, or the error that the caller gets instead."""
    found = read(received, asked)
    operation = OPERATIONS[read]
    return error_of(received, operation, now=NOON) if found is None else found


def form(request: HttpRequest) -> dict[str, str]:
    fields = parse_qs((request.body or b"").decode("ascii"), keep_blank_values=True)
    assert all(len(values) == 1 for values in fields.values())
    return {name: values[0] for name, values in fields.items()}


def target(key: str) -> Target:
    known = {"sid": key, "address": TO} if key.startswith("VE") else {"address": key}
    return Target(service_sid=SERVICE, **known)


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
    made = wire.check_request(SERVICE, ref(), Secret("123456"))

    assert made.path == f"/v2/Services/{SERVICE}/VerificationCheck"
    assert form(made) == {"Code": "123456", "VerificationSid": SID}


def test_check_is_by_address_only_where_there_is_no_sid() -> None:
    made = wire.check_request(SERVICE, ref(""), Secret("123456"))

    assert form(made) == {"Code": "123456", "To": "+15553231234"}


def test_check_repeats_amount_and_payee() -> None:
    made = wire.check_request(
        SERVICE, ref(amount="39.99", payee="Acmé"), Secret("123456")
    )

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
    made = wire.fetch_request(target(key))

    assert made.path == f"/v2/Services/{SERVICE}/Verifications/{path}"


@given(local=st.text("abc0189+./%~", min_size=1, max_size=20))
def test_shown_path_holds_no_address(local: str) -> None:
    for key in ("+15553231234", f"{local}@example.org"):
        for made in (
            wire.fetch_request(target(key)),
            wire.cancel_request(target(key)),
        ):
            assert made.shown_path == f"/v2/Services/{SERVICE}/Verifications/***"
            assert key not in repr(made)


def test_request_hides_what_it_carries() -> None:
    made = wire.check_request(SERVICE, ref(""), Secret("482913"))

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
    found = of(wire.read_check, answer(200, {"status": word, "valid": False}), BY_SID)

    assert isinstance(found, CheckResult)
    assert found.verdict is verdict
    assert found.retry_allowed is (verdict is Verdict.WRONG_CODE)


@pytest.mark.parametrize("status", [200, 201])
def test_approval_is_the_word_and_no_contradiction(status: int) -> None:
    for more in ({}, {"valid": True}):
        body = {"sid": SID, "status": "approved"} | more
        found = of(wire.read_check, answer(status, body), BY_SID)
        assert isinstance(found, CheckResult)
        assert found.verdict is Verdict.APPROVED
    for contradiction in (
        {"valid": False},
        {"valid": None},
        {"valid": 1},
        {"status": "APPROVED"},
        {"status": None},
    ):
        body = APPROVED | contradiction
        assert isinstance(of(wire.read_check, answer(status, body), BY_SID), Unexpected)


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
    found = of(wire.read_check, answer(status, body), BY_SID)

    assert isinstance(found, CheckResult)
    assert found.verdict == verdict


def test_a_check_that_is_refused_for_another_parameter_says_nothing_of_the_code() -> (
    None
):
    body = {"code": 60200, "message": "Invalid parameter: VerificationSid"}

    assert isinstance(of(wire.read_check, answer(400, body), BY_SID), Misconfigured)


@given(status=st.integers(100, 999), body=BODIES | JSON)
def test_nothing_but_approval_is_approval(status: int, body: object) -> None:
    """Any JSON under any status: approved only where Twilio says that word."""
    found = of(wire.read_check, answer(status, body), BY_SID)

    assert isinstance(found, CheckResult | VerifyError)
    if isinstance(found, CheckResult) and found.verdict is Verdict.APPROVED:
        assert isinstance(body, dict)
        assert status in {200, 201}
        assert body["status"] == "approved"
        assert body["sid"] == SID
        assert body.get("valid", True) is True


@given(status=st.integers(100, 999), body=BODIES | JSON)
def test_any_answer_to_the_others_is_a_value_or_an_error(
    status: int, body: object
) -> None:
    received = answer(status, body)

    started = of(wire.read_started, received, BY_ADDRESS)
    state = of(wire.read_state, received, BY_SID)
    canceled = of(wire.read_cancel, received, BY_SID)

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

    assert isinstance(of(wire.read_check, received, BY_SID), VerifyError)
    assert isinstance(of(wire.read_started, received, BY_ADDRESS), VerifyError)


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"sid":' * 20_000, b"1" * 5000, b"\xff\xfe{}", b"NaN"]
)
def test_hostile_json_is_unreadable(raw: bytes) -> None:
    found = of(wire.read_check, HttpAnswer(status=200, body=raw), BY_SID)

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
                "attempt_sid": "VL" + "1" * 32,
            },
            {
                "time": "2026-11-22T12:01:00.000Z",
                "channel": "CALL",
                "attempt_sid": "VL" + "2" * 32,
            },
        ],
    }

    found = of(wire.read_started, answer(201, body), BY_ADDRESS)

    assert isinstance(found, wire.Verification)
    assert found.created_at == NOON
    assert [send.channel for send in found.sends] == [Channel.SMS, Channel.CALL]
    assert found.sends[0].at == NOON.replace(microsecond=123_000)


@pytest.mark.parametrize("word", ["auto", "sna", "rcs", "rbm", None, 7])
def test_channel_that_is_none_of_ours_is_not_passed_off_as_one(word: object) -> None:
    body = {"sid": SID, "status": "pending", "channel": word}

    found = of(wire.read_started, answer(201, body), BY_ADDRESS)

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
    found = of(wire.read_state, answer(200, {"sid": SID, "status": word}), BY_SID)

    assert isinstance(found, VerificationState)
    assert found.status is status
    assert found.reason == word


def test_verification_that_is_not_found_is_unknown_not_approved() -> None:
    found = of(wire.read_state, answer(404, {"code": 20404}), BY_SID)

    assert found == VerificationState(status=Status.UNKNOWN, reason="not_found")


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
    assert of(wire.read_cancel, answer(status, body), BY_SID) is outcome


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

    started = of(wire.read_started, answer(201, body), BY_ADDRESS)

    assert isinstance(started, wire.Verification)
    assert started.created_at is None
    assert started.sends[0].at is None
    assert isinstance(of(wire.read_state, answer(200, body), BY_SID), object)


@pytest.mark.parametrize(
    "name", ["VL\ud800", "VL 1", "VL1", "14158675309", "../x", "", 7, None]
)
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


@pytest.mark.parametrize("named", [{}, {"to": TO}, {"sid": SID}])
def test_absence_is_no_contradiction(named: dict[str, object]) -> None:
    for asked in (BY_SID, BY_ADDRESS):
        assert not names_another(named, asked)
    assert names(named, BY_SID) is ("sid" in named)
    assert not names(named, BY_ADDRESS)


@pytest.mark.parametrize(
    "named",
    [
        {"sid": OTHER},
        {"sid": None},
        {"sid": 7},
        {"sid": [SID]},
        {"sid": SID + "\n"},
        {"sid": SID.lower()},
        {"to": "+15553231235"},
        {"to": "+445553231234"},
        {"to": "5553231234"},
        {"to": ""},
        {"to": None},
        {"to": [TO]},
        {"to": f"{TO} or +15553231235"},
        {"to": "+1555abc3231234"},
        {"service_sid": "VA" + "99" * 16},
        {"service_sid": None},
    ],
)
@pytest.mark.parametrize("asked", [BY_SID, BY_ADDRESS], ids=["by sid", "by address"])
def test_answer_about_another_verification_is_unreadable(
    named: dict[str, object], asked: Target
) -> None:
    """Null is not absence, and a right member beside a wrong one helps nothing."""
    if named == {"sid": OTHER}:
        asked = BY_SID  # which SID an address has is what is asked
    body = APPROVED | named

    assert names_another(body, asked)
    for word in ("approved", "pending", "canceled", "expired", "max_attempts_reached"):
        received = answer(200, body | {"status": word})
        for read in (wire.read_check, wire.read_state, wire.read_cancel):
            assert isinstance(of(read, received, asked), Unexpected)
    started = answer(201, body | {"status": "pending"})
    if named != {"sid": OTHER}:
        assert isinstance(of(wire.read_started, started, BY_ADDRESS), Unexpected)


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("whatsapp:" + TO, TO),
        ("+1 (555) 323-1234", TO),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("P@Example.org", "p@example.org"),
    ],
)
def test_however_a_vendor_writes_an_address_it_is_the_same(
    to: str, address: str
) -> None:
    asked = Target(service_sid=SERVICE, address=address)
    body = APPROVED | {"to": to}

    assert names(body, asked)
    assert of(wire.read_check, answer(200, body), asked).verdict is Verdict.APPROVED


MEMBERS = ["sid", "service_sid", "to", "status", "valid", "channel"]


@given(
    by_sid=st.booleans(),
    member=st.sampled_from(["sid", "to", "service_sid", "status"]),
    deed=st.sampled_from(["remove", "null", "double", "change"]),
    other=JSON,
    order=st.permutations(MEMBERS),
)
def test_approval_is_believed_only_of_the_one_it_names(
    *, by_sid: bool, member: str, deed: str, other: object, order: list[str]
) -> None:
    """
    One member of a right approval removed, nulled, doubled or changed.

    What may be missing is what Twilio was not asked by.
    """
    asked = BY_SID if by_sid else BY_ADDRESS
    pairs = [(name, APPROVED[name]) for name in order]
    at = order.index(member)
    if deed == "double":
        pairs.append((member, APPROVED[member] if other is None else other))
    elif deed == "remove":
        del pairs[at]
    else:
        pairs[at] = (member, other if deed == "change" else None)
    raw = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)
    received = HttpAnswer(status=200, body=f"{{{raw}}}".encode())

    found = of(wire.read_check, received, asked)

    optional = {"service_sid"} | ({"to"} if by_sid else set())
    unharmed = deed == "change" and other == APPROVED[member]
    if not (unharmed or (deed == "remove" and member in optional)):
        assert not isinstance(found, CheckResult) or (
            found.verdict is not Verdict.APPROVED
        )


def test_right_approval_is_believed() -> None:
    for asked in (BY_SID, BY_ADDRESS):
        found = of(wire.read_check, answer(200, APPROVED), asked)
        assert found.verdict is Verdict.APPROVED
        state = of(wire.read_state, answer(200, APPROVED), asked)
        assert state.status is Status.APPROVED


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_cut_approval_is_unreadable(cut: int) -> None:
    raw = json.dumps(APPROVED).encode()[:-cut]

    found = of(wire.read_check, HttpAnswer(status=200, body=raw), BY_SID)

    assert isinstance(found, Unexpected)


@pytest.mark.parametrize(
    "sid", ["14158675309", "482913", "VE12", "VE" + "g" * 32, 74, SID + " "]
)
def test_started_verification_has_a_sid_of_twilios_form(sid: object) -> None:
    """Anything else may be a number that is echoed, and goes into no reference."""
    body = {"sid": sid, "status": "pending", "to": TO}

    found = of(wire.read_started, answer(201, body), BY_ADDRESS)

    assert isinstance(found, Unexpected)
    assert found.maybe_sent
    assert str(sid) not in f"{found!r}{found}"


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
    request = wire.fetch_request(target(key))

    assert request.path.endswith("/Verifications/" + in_path)
    assert key not in request.shown_path
