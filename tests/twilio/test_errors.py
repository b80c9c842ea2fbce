"""Twilio's error codes, by what the caller may do next."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from verify_core import errors
from verify_core.errors import VerifyError
from verify_core.explain import record_of
from verify_core.masking import Secret
from verify_providers.http import HttpAnswer
from verify_providers.http._reading import retry_after
from verify_providers.twilio import _codes as codes
from verify_providers.twilio._codes import ERROR_CODES, TITLES
from verify_providers.twilio._errors import TwilioAction, error_of, read_problem

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(status: int, body: object = None, **headers: str) -> HttpAnswer:
    raw = json.dumps(body or {}).encode()
    return HttpAnswer(status=status, headers=headers, body=raw)


def error(
    status: int,
    code: object,
    message: str = "",
    operation: TwilioAction = TwilioAction.START,
) -> VerifyError:
    body = {"code": code, "message": message, "status": status}
    return error_of(answer(status, body), operation, now=NOON)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_every_documented_code_has_its_error_and_keeps_a_wait(status: int) -> None:
    for code in (60200, *ERROR_CODES):
        body = {"code": code, "message": "Invalid parameter: To"}
        received = answer(status, body, **{"retry-after": "7"})

        found = error_of(received, TwilioAction.START, now=NOON)

        assert found.vendor_code == str(code)
        assert not isinstance(found, errors.Unexpected)
        if isinstance(found, errors.NotSent):
            assert found.retry_after == timedelta(seconds=7)
        if status in {429, 503}:
            assert not isinstance(found, errors.Misconfigured)


def test_each_code_stands_once_with_its_title() -> None:
    """Of a member that is repeated, JSON's reader would keep the last in silence."""
    source = Path(codes.__file__).with_name("codes.json").read_text(encoding="utf-8")
    rows = re.findall(r'^    "([0-9]{5})": "\S.+"', source, re.MULTILINE)

    assert len(rows) > 200
    assert sorted(map(int, rows)) == sorted(ERROR_CODES) == sorted(TITLES)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 20003, errors.Misconfigured),
        (403, 20008, errors.Misconfigured),
        (404, 20404, errors.Misconfigured),
        (429, 20429, errors.Throttled),
        (500, 20500, errors.Ambiguous),
        (503, 20503, errors.Unavailable),
        (400, 21608, errors.Misconfigured),
        (429, 60202, errors.TooSoon),
        (429, 60203, errors.TooSoon),
        (429, 60212, errors.TooSoon),
        (403, 60205, errors.InvalidIdentifier),
        (400, 60217, errors.Misconfigured),
        (400, 60223, errors.UnsupportedChannel),
        (403, 60238, errors.Refused),
        (403, 60410, errors.Refused),
        (403, 60605, errors.Refused),
        (400, 60436, errors.InvalidIdentifier),
        (400, 60428, errors.UnsupportedChannel),
        (400, 60008, errors.UnsupportedChannel),
        (400, 60227, errors.UnsupportedChannel),
        (429, 60616, errors.Throttled),
        (400, 60616, errors.Throttled),
        (503, 60613, errors.Unavailable),
        (500, 60608, errors.Unavailable),
        (400, 60607, errors.InvalidIdentifier),
        (400, 60610, errors.InvalidIdentifier),
        (400, 60612, errors.InvalidIdentifier),
        (400, 60625, errors.InvalidIdentifier),
        (400, 60614, errors.Misconfigured),
        (429, 60606, errors.Throttled),
        (503, 60217, errors.Unavailable),
        (429, 60410, errors.Refused),
    ],
)
def test_what_the_caller_may_do(
    status: int, code: int, kind: type[VerifyError]
) -> None:
    found = error(status, code)

    assert type(found) is kind
    assert found.http_status == status


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invalid parameter `To`: +447700900123", errors.InvalidIdentifier),
        ("Invalid parameter: To", errors.InvalidIdentifier),
        ("Invalid parameter: Channel", errors.UnsupportedChannel),
        ("Invalid parameter `Locale`: xx", errors.Misconfigured),
        ("Invalid parameter: CustomCode", errors.Misconfigured),
        ("Invalid parameter", errors.Misconfigured),
        ("", errors.Misconfigured),
    ],
)
def test_invalid_parameter_is_split_by_the_parameter_it_names(
    message: str, kind: type[VerifyError]
) -> None:
    assert type(error(400, 60200, message)) is kind


@pytest.mark.parametrize(
    ("status", "kind", "maybe_sent"),
    [
        (400, errors.Unexpected, False),
        (401, errors.Misconfigured, False),
        (402, errors.Misconfigured, False),
        (403, errors.Misconfigured, False),
        (404, errors.Misconfigured, False),
        (409, errors.Unexpected, False),
        (422, errors.Unexpected, False),
        (429, errors.Throttled, False),
        (500, errors.Ambiguous, True),
        (502, errors.Ambiguous, True),
        (503, errors.Unavailable, False),
        (504, errors.Ambiguous, True),
        (302, errors.Unexpected, True),
    ],
)
def test_unknown_code_is_kept(
    status: int, kind: type[VerifyError], *, maybe_sent: bool
) -> None:
    """The status decides; the code survives."""
    found = error(status, 69999)

    assert type(found) is kind
    assert found.maybe_sent is maybe_sent
    assert found.vendor_code == "69999"


@pytest.mark.parametrize("operation", [TwilioAction.FETCH, TwilioAction.CANCEL])
def test_fault_while_reading_did_no_harm(operation: TwilioAction) -> None:
    assert type(error(500, 20500, operation=operation)) is errors.Unavailable


def test_problem_details_are_read_too() -> None:
    """RFC 9457, which Twilio's newer products use."""
    body = {"type": "x", "title": "Slow", "status": 429, "code": 60203}

    found = error_of(answer(429, body), TwilioAction.START, now=NOON)

    assert type(found) is errors.TooSoon
    assert "Slow" in str(found)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, 20429, errors.Throttled),
        (429, 60203, errors.TooSoon),
        (503, 20503, errors.Unavailable),
        (503, None, errors.Unavailable),
    ],
)
def test_request_id_and_wait_survive(
    status: int, code: int | None, kind: type[errors.Throttled]
) -> None:
    request_id = "RQ" + "0123456789abcdef" * 2
    headers = {"retry-after": "7", "twilio-request-id": request_id}
    received = answer(status, {"code": code}, **headers)

    found = error_of(received, TwilioAction.START, now=NOON)

    assert isinstance(found, kind)
    assert found.retry_after == timedelta(seconds=7)
    assert found.vendor_request_id == request_id


@pytest.mark.parametrize(
    "text", ["+15553231234", "482913", "a p@example.org b", "k7q9z", "RQ482913"]
)
def test_request_id_of_another_form_is_masked(text: str) -> None:
    received = answer(500, **{"twilio-request-id": text})

    found = error_of(received, TwilioAction.START, now=NOON)

    assert found.vendor_request_id == "***"
    assert text not in repr(found)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("73916", "73916"),
        (73916, "73916"),
        (60202, "60202"),
        (53231, "+15553231234"),
        ("739164", "739164"),
        (739164, "739164"),
        ("7391", "7391"),
    ],
)
def test_passcode_in_the_place_of_a_code_is_not_shown(code: object, known: str) -> None:
    received = answer(400, {"code": code, "message": "m", "status": 400})

    found = error_of(received, TwilioAction.CHECK, Secret(known), now=NOON)

    assert found.vendor_code is None
    assert str(code) not in f"{found!r} {found} {record_of(found)}"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 30 "}, 30),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "9" * 40}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:20 GMT"}, 20),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        (
            {
                "retry-after": "Sun, 22 Nov 2026 13:00:20 GMT",
                "date": "Sun, 22 Nov 2026 13:00:00 GMT",
            },
            20,
        ),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    headers: dict[str, str], wait_s: int | None
) -> None:
    wait = None if wait_s is None else timedelta(seconds=wait_s)

    assert retry_after(answer(429, **headers), NOON) == wait


@given(
    code=st.none() | st.integers() | st.text(max_size=12) | st.booleans(),
    message=st.none() | st.integers() | st.text(max_size=200),
    status=st.integers(100, 999),
    operation=st.sampled_from(TwilioAction),
)
def test_any_error_answer_is_one_of_ours(
    code: object, message: object, status: int, operation: TwilioAction
) -> None:
    received = answer(status, {"code": code, "message": message})

    found = error_of(received, operation, now=NOON)

    assert isinstance(found, VerifyError)
    assert found.provider == "twilio"
    assert found.http_status == status


@given(text=st.text(max_size=60))
def test_echoed_number_code_and_address_are_masked(text: str) -> None:
    secrets = ("+15553231234", "kod-é7", "pat@example.org")
    message = f"Invalid parameter `To`: {secrets[0]} {text} {secrets[1]} {secrets[2]}"
    received = answer(400, {"code": 60200, "message": message})

    found = error_of(received, TwilioAction.START, Secret(secrets[1]), now=NOON)

    assert not any(secret in str(found) for secret in secrets)


@pytest.mark.parametrize(
    "code",
    [
        *(15553231234, "15553231234", 5553231234, -60200, 0, 1_000_000, True, 6.02),
        *(100_000, 9999, "x", "060200", "60200\n", " 60200", None, [60200]),
        "\uff16\uff10\uff12\uff10\uff10",
    ],
)
def test_what_can_be_no_code_is_none(code: object) -> None:
    """A number may stand where the code should."""
    body = {"code": code, "message": "m", "status": 400}

    found = error_of(answer(400, body), TwilioAction.START, now=NOON)

    assert read_problem(answer(400, body)).code is None
    assert found.vendor_code is None
    assert "5553231234" not in f"{found!r}{found}"


def test_the_two_codes_that_get_swapped() -> None:
    """60202 is about checks, 60203 about sends; both make a start wait."""
    assert ERROR_CODES[60202] is ERROR_CODES[60203] is errors.TooSoon
    assert ERROR_CODES[60205] is errors.InvalidIdentifier
