"""What goes over the wire: paths, parameters, bodies, headers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from tests.fake_twilio.conftest import basic
from verify_fakes import FakeClock, FakeTwilio
from verify_fakes.twilio import Reason, Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"
SERVICE = "VA" + "0" * 32
VERIFICATIONS = f"/v2/Services/{SERVICE}/Verifications"
LATE = FakeClock(datetime(2026, 1, 15, 12, 0, 0, 123_456, tzinfo=UTC))


def test_a_verification_has_the_captured_form(line_with: Callable[..., Line]) -> None:
    line = line_with(clock=FakeClock(LATE.now()))

    _, body = line.start()

    sid, account = body["sid"], "AC" + "1" * 32
    attempt = body["send_code_attempts"][0].pop("attempt_sid")
    assert re.fullmatch(r"VE[0-9a-f]{32}", sid)
    assert re.fullmatch(r"VL[0-9a-f]{32}", attempt)
    assert list(body.items()) == [
        ("sid", sid),
        ("service_sid", SERVICE),
        ("account_sid", account),
        ("to", PHONE),
        ("channel", "sms"),
        ("status", "pending"),
        ("valid", False),
        ("date_created", "2026-01-15T12:00:00Z"),
        ("date_updated", "2026-01-15T12:00:00Z"),
        ("lookup", {"carrier": None}),
        ("amount", None),
        ("payee", None),
        (
            "send_code_attempts",
            [{"time": "2026-01-15T12:00:00.123Z", "channel": "sms"}],
        ),
        ("url", f"https://verify.twilio.com{VERIFICATIONS}/{sid}"),
    ]


def test_a_check_has_the_captured_form(line: Line, twilio: FakeTwilio) -> None:
    _, started = line.start()
    twilio.clock.advance(timedelta(seconds=75))

    status, body = line.check(line.code(), To=PHONE)

    assert status == 200
    assert list(body) == [
        *("sid", "service_sid", "account_sid", "to", "channel", "status", "valid"),
        *("amount", "payee", "date_created", "date_updated"),
    ]
    assert body["sid"] == started["sid"]
    assert body["date_created"] == "2026-01-15T12:00:00Z"
    assert body["date_updated"] == "2026-01-15T12:01:15Z"


def test_attempt_sids_are_unique_and_stay(line: Line) -> None:
    for _ in range(3):
        _, body = line.start()
    first = [each["attempt_sid"] for each in body["send_code_attempts"]]

    again = [each["attempt_sid"] for each in line.fetch(PHONE)[1]["send_code_attempts"]]

    assert first == again
    assert len(set(first)) == 3


def test_a_lookup_fills_the_carrier(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(lookup_enabled=True))

    _, body = line.start()

    carrier = body["lookup"]["carrier"]
    assert carrier["type"] == "mobile"
    assert isinstance(carrier["mobile_country_code"], str)
    assert list(carrier) == [
        *("mobile_country_code", "type", "error_code", "mobile_network_code", "name")
    ]


def test_no_answer_contains_the_code(line: Line, twilio: FakeTwilio) -> None:
    answers = [line.start(), line.fetch(PHONE), line.check(line.wrong(), To=PHONE)]
    answers.append(line.check(line.code(), To=PHONE))

    code = twilio.outbox[-1].code
    for _, body in answers:
        shown = json.dumps({k: v for k, v in body.items() if "sid" not in k})
        assert code not in re.sub(r"V[EL][0-9a-f]{32}", "", shown)


@pytest.mark.parametrize(
    "path",
    [
        f"{VERIFICATIONS}/{PHONE}",
        f"{VERIFICATIONS}/%2B15555550100",
        f"{VERIFICATIONS}/{PHONE}/",
    ],
)
def test_a_number_in_a_path_may_be_escaped_or_not(line: Line, path: str) -> None:
    line.start()

    assert line.call("GET", path)[0] == 200


@pytest.mark.parametrize("key", ["ann@example.org", "ann%40example.org"])
def test_an_email_address_in_a_path_may_be_escaped_or_not(line: Line, key: str) -> None:
    line.start("ann@example.org")

    assert line.call("GET", f"{VERIFICATIONS}/{key}")[0] == 200


def test_links_are_built_from_the_clients_own_host() -> None:
    twilio = FakeTwilio(seed=1)

    _, _, body = twilio.handle(
        "POST",
        f"http://127.0.0.1:4010{VERIFICATIONS}",
        basic("AC" + "1" * 32, "x"),
        "To=%2B15555550100&Channel=sms",
    )

    assert json.loads(body)["url"].startswith("http://127.0.0.1:4010/v2/Services/VA")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("To", ""),
        ("To", "5555550100"),
        ("To", "+1555555010"),
        ("To", "+999123456789"),
        ("To", "+1 555 555 0100"),
        ("To", "ann@example.org"),
        ("Locale", "xx"),
        ("Tags", "no json"),
        ("Tags", json.dumps({str(n): "x" for n in range(11)})),
        ("Tags", json.dumps({"k": "x" * 129})),
        ("RateLimits", "[1]"),
        ("ChannelConfiguration", "{"),
        ("TemplateSid", "HJ1"),
        ("TemplateCustomSubstitutions", "1"),
        ("DeviceIp", "300.1.1.1"),
        ("RiskCheck", "maybe"),
        *(("SendDigits", each) for each in ("hello", "abc", "12,34", "1" * 33)),
        ("CustomFriendlyName", "x" * 31),
        *(("AppHash", each) for each in ("He42w354ol", "He42w354ol99", "He42w354 l9")),
        ("ChannelConfiguration", '{"from": "nobody"}'),
        ("ChannelConfiguration", '{"from": 1}'),
        ("EnableSnaClientToken", "perhaps"),
    ],
)
def test_a_malformed_parameter_is_60200_and_named(
    line: Line, twilio: FakeTwilio, field: str, value: str
) -> None:
    status, body = line.start(**{field: value})

    assert (status, body["code"]) == (400, 60200)
    named = f"Invalid parameter: {field}"
    assert body["message"] == (
        f"Invalid parameter `To`: {value}" if field == "To" else named
    )
    assert not twilio.outbox


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Locale", "pt-BR"),
        ("Tags", '{"order": "7"}'),
        ("RateLimits", '{"ip": "1.2.3.4"}'),
        ("DeviceIp", "2001:db8::1"),
        ("RiskCheck", "disable"),
        ("SendDigits", "wwW1234567890ABCD#*"),
        ("ChannelConfiguration", '{"from": "a@example.org", "from_name": "A"}'),
        ("EnableSnaClientToken", "true"),
        ("TemplateSid", "HJ" + "0" * 32),
        ("AppHash", "He42w354ol9"),
        ("Locale", ""),
        ("Unheard", "of"),
    ],
)
def test_a_well_formed_parameter_is_accepted(
    line: Line, field: str, value: str
) -> None:
    assert line.start(**{field: value})[0] == 201


def test_of_a_repeated_parameter_the_first_counts(twilio: FakeTwilio) -> None:
    form = "To=%2B15555550100&Channel=call&Channel=sms"
    url = f"https://verify.twilio.com{VERIFICATIONS}"

    twilio.handle("POST", url, basic("AC" + "1" * 32, "x"), form)

    assert twilio.outbox[-1].channel == "call"


def test_an_app_hash_goes_with_sms_only(line: Line) -> None:
    status, body = line.start(Channel="call", AppHash="He42w354ol9")

    assert (status, body["code"]) == (400, 60602)


def test_a_custom_message_is_refused(line: Line, twilio: FakeTwilio) -> None:
    status, body = line.start(CustomMessage="Hello")

    assert (status, body["code"]) == (400, 60243)
    assert not twilio.outbox


def test_a_check_of_a_malformed_address_is_an_invalid_parameter(line: Line) -> None:
    status, body = line.check("123456", To="5555550100")

    assert (status, body["code"]) == (400, 60200)


@pytest.mark.parametrize("status", ["", "pending", "expired", "Canceled", "absent"])
def test_an_update_asks_for_canceled_or_approved(line: Line, status: str) -> None:
    line.start()

    answer, body = line.update(PHONE, status)

    assert (answer, body["code"]) == (400, 60200)
    assert body["message"] == "Invalid parameter: Status"


def test_an_error_has_twilios_four_keys_in_twilios_order(line: Line) -> None:
    status, body = line.fetch("VE" + "9" * 32)

    assert status == 404
    assert list(body.items()) == [
        ("code", 20404),
        (
            "message",
            f"The requested resource {VERIFICATIONS}/VE{'9' * 32} was not found",
        ),
        ("more_info", "https://www.twilio.com/docs/errors/20404"),
        ("status", 404),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic not base64"},
        {"Authorization": "Basic /w=="},
        basic("AC" + "1" * 32, ""),
        basic("AC" + "1" * 31, "x"),
        basic("VA" + "1" * 32, "x"),
        basic("", ""),
    ],
)
def test_malformed_credentials_are_refused(line: Line, headers: dict[str, str]) -> None:
    line.headers = headers

    status, body = line.start()

    assert (status, body["code"], body["message"]) == (401, 20003, "Authenticate")


def test_an_account_does_not_see_anothers_service(line: Line) -> None:
    line.start()
    line.headers = basic("AC" + "2" * 32, "x")
    assert line.fetch(PHONE)[0] == 404

    line.headers = basic("SK" + "2" * 32, "x")
    assert line.fetch(PHONE)[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v2"),
        ("POST", "/v1/Services"),
        ("GET", f"/v2/Services/{SERVICE}/RateLimit"),
        ("GET", "/v2/Services/VA1"),
        ("GET", "/v2/Services/" + "0" * 34),
        ("POST", "/v2/Services//Verifications"),
        ("GET", "/v2/PhoneNumbers/"),
    ],
)
def test_what_is_not_there_is_not_found(line: Line, method: str, path: str) -> None:
    status, body = line.call(method, path)

    assert (status, body["code"]) == (404, 20404)


def test_a_path_without_this_method_says_so(line: Line) -> None:
    status, body = line.call("DELETE", f"{VERIFICATIONS}/{PHONE}")

    assert (status, body["code"]) == (405, 20004)


def test_every_answer_names_its_request(twilio: FakeTwilio) -> None:
    url = f"https://verify.twilio.com/v2/Services/{SERVICE}"
    ids = set()
    for headers in ({}, basic("AC" + "1" * 32, "x")):
        _, answered, _ = twilio.handle("GET", url, headers)
        assert answered["Content-Type"] == "application/json"
        ids.add(answered["Twilio-Request-Id"])
    assert len(ids) == 2
    assert all(re.fullmatch(r"RQ[0-9a-f]{32}", each) for each in ids)


def test_waiting_time_is_in_whole_seconds_and_never_too_short(
    twilio: FakeTwilio,
) -> None:
    twilio.faults.arm(
        "fetch", Reason.TOO_MANY_REQUESTS, retry_after=timedelta(seconds=1.2)
    )
    url = f"https://verify.twilio.com{VERIFICATIONS}/{PHONE}"

    status, headers, _ = twilio.handle("GET", url, basic("AC" + "1" * 32, "x"))

    assert (status, headers["Retry-After"]) == (429, "2")


@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "BREW"]),
    path=st.lists(
        st.one_of(
            st.sampled_from(["v2", "Services", SERVICE, "Verifications", PHONE]),
            st.sampled_from(["VerificationCheck", "PhoneNumbers", "%2B1", "%", "%ff"]),
            st.text(max_size=8).map(lambda t: re.sub(r"[?#/\\\[\]]", "", t)),
        ),
        max_size=6,
    ),
    authorization=st.one_of(st.just(basic("AC" + "1" * 32, "x")), st.text()),
    body=st.one_of(st.none(), st.text(), st.binary()),
)
def test_whatever_comes_gets_a_well_formed_answer(
    method: str, path: list[str], authorization: dict[str, str] | str, body: bytes | str
) -> None:
    twilio = FakeTwilio(seed=1)
    headers = authorization
    if isinstance(headers, str):
        headers = {"Authorization": headers}
    url = "https://verify.twilio.com/" + "/".join(path)

    status, _, answered = twilio.handle(method, url, headers, body)

    assert 200 <= status < 500
    assert status == 204 or isinstance(json.loads(answered), dict)
