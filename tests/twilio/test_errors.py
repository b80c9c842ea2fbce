"""Twilio's error codes, by what the caller may do next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from verify_core import errors
from verify_core.errors import VerifyError
from verify_core.masking import hiding
from verify_providers.http import HttpAnswer, retry_after
from verify_providers.twilio.errors import (
    ERROR_CODES,
    Operation,
    error_of,
    read_problem,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

# Every code of Twilio's "Verify API error codes" and the general ones seen with Verify,
# read 2026-11-22; ranges where the dictionary has one code for each field.
DOCUMENTED = sorted(
    {
        *(20003, 20008, 20404, 20429, 20500, 20503, 21608, 25109, 60001, 60006),
        *range(60200, 60244),
        *range(60245, 60249),
        *(60250, 60252),
        *range(60300, 60316),
        *(60317, 60318, *range(60322, 60336)),
        *range(60361, 60389),
        *range(60390, 60394),
        *range(60401, 60414),
        *range(60420, 60429),
        *range(60431, 60442),
        *(60500, 60510, 60511, 60517, 60519, 60520),
        *range(60531, 60536),
        *(60540, 60550, 60600, *range(60602, 60627), 60734),
        *range(68001, 68009),
    }
)


def answer(status: int, **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, headers=headers)


def error(
    status: int, code: object, message: str = "", operation: Operation = Operation.START
) -> VerifyError:
    problem = read_problem({"code": code, "message": message, "status": status})
    return error_of(answer(status), problem, operation, now=NOON)


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_its_error(code: int) -> None:
    found = error(400, code, "Invalid parameter: To")

    assert type(found) is not errors.Unexpected
    assert found.vendor_code == str(code)


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
        (403, errors.Unexpected, False),
        (404, errors.Unexpected, False),
        (409, errors.Unexpected, False),
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
    """The status decides only where it has one meaning; the code survives."""
    found = error(status, 69999)

    assert type(found) is kind
    assert found.maybe_sent is maybe_sent
    assert found.vendor_code == "69999"


@pytest.mark.parametrize("operation", [Operation.FETCH, Operation.CANCEL])
def test_fault_while_reading_did_no_harm(operation: Operation) -> None:
    assert type(error(500, 20500, operation=operation)) is errors.Unavailable


def test_problem_details_are_read_too() -> None:
    """RFC 9457, which Twilio's newer products use."""
    body = {"type": "x", "title": "Slow", "status": 429, "code": 60203}

    found = error_of(answer(429), read_problem(body), Operation.START, now=NOON)

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
    problem = read_problem({"code": code})

    found = error_of(answer(status, **headers), problem, Operation.START, now=NOON)

    assert isinstance(found, kind)
    assert found.retry_after == timedelta(seconds=7)
    assert found.vendor_request_id == request_id


@pytest.mark.parametrize("text", ["+15553231234", "482913", "a p@example.org b"])
def test_request_id_of_another_form_is_masked(text: str) -> None:
    received = answer(500, **{"twilio-request-id": text})

    found = error_of(received, read_problem(None), Operation.START, now=NOON)

    assert found.vendor_request_id is not None
    assert "***" in found.vendor_request_id
    assert text not in repr(found)


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
    operation=st.sampled_from(Operation),
)
def test_any_error_answer_is_one_of_ours(
    code: object, message: object, status: int, operation: Operation
) -> None:
    problem = read_problem({"code": code, "message": message})

    found = error_of(answer(status), problem, operation, now=NOON)

    assert isinstance(found, VerifyError)
    assert found.provider == "twilio"
    assert found.http_status == status


@given(text=st.text(max_size=60))
def test_echoed_number_code_and_address_are_masked(text: str) -> None:
    secrets = ("+15553231234", "kod-é7", "pat@example.org")
    message = f"Invalid parameter `To`: {secrets[0]} {text} {secrets[1]} {secrets[2]}"
    problem = read_problem({"code": 60200, "message": message})

    found = error_of(
        answer(400), problem, Operation.START, now=NOON, hidden=hiding(secrets[1])
    )

    assert not any(secret in str(found) for secret in secrets)


@pytest.mark.parametrize(
    "code",
    [15553231234, "15553231234", 5553231234, -60200, 0, 1_000_000, True, 6.02, "x"],
)
def test_what_can_be_no_code_is_none(code: object) -> None:
    """A number may stand where the code should."""
    problem = read_problem({"code": code, "message": "m", "status": 400})

    found = error_of(answer(400), problem, Operation.START, now=NOON)

    assert problem.code is None
    assert found.vendor_code is None
    assert "5553231234" not in f"{found!r}{found}"


def test_the_two_codes_that_get_swapped() -> None:
    """60202 is about checks, 60203 about sends; both make a start wait."""
    assert ERROR_CODES[60202] is ERROR_CODES[60203] is errors.TooSoon
    assert ERROR_CODES[60205] is errors.InvalidIdentifier
