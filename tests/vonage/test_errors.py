"""Every problem of Vonage's documents and test data, by what the caller may do next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import Secret
from verify_core.verification import CancelOutcome, CheckResult, Verdict
from verify_providers.http import HttpAnswer
from verify_providers.vonage import _wire as wire
from verify_providers.vonage._errors import VonageAction, error_of, read_problem

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID = "c11236f4-00bf-4b89-84ba-88b25df97315"
DEV = "https://developer.vonage.com/en/api-errors"


def answer(status: int, body: object = None, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status=status, headers=headers, body=raw)


def told(kind: str, title: str, detail: str = "", **more: object) -> dict[str, Any]:
    instance = "bf0ca0bf927b3b52e3cb03217e1a1ddf"
    return {
        "type": kind,
        "title": title,
        "detail": detail,
        "instance": instance,
        **more,
    }


def invalid(*pairs: tuple[str, str]) -> dict[str, Any]:
    named = [{"name": name, "reason": reason} for name, reason in pairs]
    return told(
        f"{DEV}#invalid-params",
        "Invalid params",
        "The value of one or more parameters is invalid",
        invalid_parameters=named,
    )


OPERATIONS: dict[Callable[..., Any], VonageAction] = {
    wire.read_started: VonageAction.START,
    wire.read_moved: VonageAction.NEXT,
    wire.read_check: VonageAction.CHECK,
    wire.read_cancel: VonageAction.CANCEL,
}


def of(read: Callable[..., Any], received: HttpAnswer, *args: object) -> Any:  # noqa: ANN401 - any result
    """What is read, or the error that the caller gets instead."""
    found = read(received, *args)
    operation = OPERATIONS[read]
    return error_of(received, operation, now=NOW) if found is None else found


STARTS: list[tuple[str, int, object, type[VerifyError], str | None]] = [
    (
        "credentials",
        401,
        told(f"{DEV}#unauthorized", "Unauthorized", "No."),
        Misconfigured,
        "unauthorized",
    ),
    (
        "token over",
        401,
        told(f"{DEV}#jwt-expired", "You did not provide correct credentials."),
        Misconfigured,
        "jwt-expired",
    ),
    (
        "fixture 401",
        401,
        {"Error": "Authentication Failed"},
        Misconfigured,
        "authentication-failed",
    ),
    (
        "balance",
        402,
        told(f"{DEV}/#low-balance", "Low balance"),
        Misconfigured,
        "low-balance",
    ),
    (
        "fixture 403",
        403,
        told(f"{DEV}#forbidden", "Forbidden", "Your account does not have permission."),
        Misconfigured,
        "forbidden",
    ),
    (
        "fraud",
        403,
        told(f"{DEV}#forbidden", "Forbidden", "Blocked due to suspected fraud"),
        Refused,
        "forbidden",
    ),
    (
        "no template",
        404,
        told(f"{DEV}/verify-v2#template-not-found", "Not Found"),
        Misconfigured,
        "template-not-found",
    ),
    ("not vonage", 404, b"<html>", Misconfigured, None),
    (
        "0.0.18 conflict",
        409,
        told(
            "https://www.developer.vonage.com/api-errors/verify#conflict",
            "Conflict",
            "Concurrent verifications to the same number are not allowed.",
            request_id=ID,
        ),
        TooSoon,
        "conflict",
    ),
    (
        "1.0.1 conflict",
        409,
        told(f"{DEV}/verify-v2#concurrent", "Conflict"),
        TooSoon,
        "concurrent",
    ),
    (
        "fixture conflict",
        409,
        {"title": "Conflict", "detail": "Concurrent.", "request_id": ID},
        TooSoon,
        "conflict",
    ),
    (
        "network",
        412,
        told(f"{DEV}/verify-v2#precondition-failed", "Network not supported"),
        UnsupportedChannel,
        "precondition-failed",
    ),
    (
        "0.0.18 throttled",
        429,
        told("https://www.developer.vonage.com/api-errors#throttled", "Rate Limit Hit"),
        Throttled,
        "throttled",
    ),
    (
        "fixture 429",
        429,
        {"Error": "Too Many Requests"},
        Throttled,
        "too-many-requests",
    ),
    (
        "1.0.1 internal",
        500,
        told(f"{DEV}#internal-error", "Internal error"),
        Ambiguous,
        "internal-error",
    ),
    (
        "fixture 500",
        500,
        {"Error": "Internal Server Error"},
        Ambiguous,
        "internal-server-error",
    ),
    ("gateway", 502, b"<html>", Ambiguous, None),
    ("out of order", 503, b"", Unavailable, None),
    ("gateway time-out", 504, b"", Ambiguous, None),
    ("not built", 501, b"", NotSupported, None),
    ("request time-out", 408, b"", Unavailable, None),
    ("fixture 400", 400, {"Error": "Bad Request"}, Unexpected, "bad-request"),
    ("redirect", 302, b"", Unexpected, None),
    ("teapot", 418, b"", Unexpected, None),
    ("empty", 202, b"", Unexpected, None),
    ("another success", 200, {"request_id": ID}, Unexpected, None),
    ("legacy", 200, {"request_id": "b6fc", "status": "10"}, Unexpected, None),
    ("no content", 204, b"", Unexpected, None),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [pytest.param(*row[1:], id=row[0]) for row in STARTS],
)
def test_refused_start(
    status: int, body: object, kind: type[VerifyError], code: str | None
) -> None:
    error = of(wire.read_started, answer(status, body))

    assert type(error) is kind
    assert error.http_status == status
    assert error.vendor_code == code
    assert error.provider == "vonage"


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        ([("to", "Invalid phone number")], InvalidIdentifier),
        ([("workflow[0].to", "no")], InvalidIdentifier),
        ([("workflow.0.to", "no")], InvalidIdentifier),
        ([("workflow[0].to", "a"), ("workflow[1].to", "b")], InvalidIdentifier),
        ([("workflow", "must be a list of up to 5 channels")], Misconfigured),
        ([("workflow", "`to` is not a valid phone number")], Misconfigured),
        ([("workflow[0]", "Must be a valid email address")], Misconfigured),
        ([("brand", "`to` and channel")], Misconfigured),
        ([("workflow", "`from` is not a valid phone number")], Misconfigured),
        ([("workflow[0].from", "Unknown sender")], Misconfigured),
        ([("workflow[0].channel", "Not offered")], UnsupportedChannel),
        ([("brand", "Brand is required")], Misconfigured),
        ([("code", "Not on this pricing model")], Misconfigured),
        ([("workflow[0].to", "no"), ("brand", "no")], Misconfigured),
        ([("workflow[0].to", "no"), ("workflow[0].channel", "no")], Misconfigured),
        ([], Misconfigured),
    ],
)
def test_invalid_parameters_by_what_is_at_fault(
    pairs: list[tuple[str, str]], kind: type[VerifyError]
) -> None:
    error = of(wire.read_started, answer(422, invalid(*pairs)))

    assert type(error) is kind
    assert isinstance(error, VerifyError)
    for name, _reason in pairs:
        assert name in str(error)


def test_parameter_that_is_an_object_is_read_like_a_list_of_one() -> None:
    """As the example of the document of 2023 has it."""
    body = invalid() | {"invalid_parameters": {"name": "to", "reason": "no"}}

    assert type(of(wire.read_started, answer(422, body))) is InvalidIdentifier


@pytest.mark.parametrize(
    "name", ["15553231234", "workflow[15553231234].to", "a b", "To!", "x" * 200, ""]
)
def test_name_that_is_none_is_not_repeated(name: str) -> None:
    error = of(wire.read_started, answer(422, invalid((name, "no"))))

    assert isinstance(error, Misconfigured)
    assert "(a parameter)" in str(error)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:09 GMT"}, timedelta(seconds=9)),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 12:00:09 GMT",
                "date": "Mon, 23 Nov 2026 12:00:05 GMT",
            },
            timedelta(seconds=4),
        ),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, timedelta(0)),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [409, 429, 503])
def test_retry_after(
    status: int, headers: dict[str, str], wait: timedelta | None
) -> None:
    body = {"title": "Conflict"}
    error = error_of(answer(status, body, **headers), VonageAction.START, now=NOW)

    assert isinstance(error, TooSoon | Throttled | Unavailable)
    assert error.retry_after == wait


CHECKS: list[tuple[str, int, object, Verdict]] = [
    (
        "0.0.18 wrong",
        400,
        told("https://www.developer.vonage.com/api-errors/verify#invalid-code", "x"),
        Verdict.WRONG_CODE,
    ),
    (
        "title alone",
        400,
        {"title": "Invalid Code", "detail": "No."},
        Verdict.WRONG_CODE,
    ),
    ("by type", 400, told(f"{DEV}#bad-request", "Invalid Code"), Verdict.WRONG_CODE),
    ("malformed code", 422, invalid(("code", "4 to 10")), Verdict.WRONG_CODE),
    ("unknown", 404, told(f"{DEV}#not-found", "Not Found"), Verdict.GONE),
    (
        "1.0.1 unknown",
        404,
        told(f"{DEV}/verify-v2#request-not-found", "x"),
        Verdict.GONE,
    ),
    (
        "no code now",
        409,
        told(f"{DEV}/verify-v2#no-code", "Conflict"),
        Verdict.NOT_CHECKABLE,
    ),
    ("0.0.18 conflict", 409, {"title": "Conflict"}, Verdict.NOT_CHECKABLE),
    (
        "fixture 410",
        410,
        told("https://developer.nexmo.com/api-errors#gone", "Invalid Code"),
        Verdict.EXHAUSTED,
    ),
    (
        "0.0.18 expired",
        410,
        told(f"{DEV}/verify#expired", "Invalid Code"),
        Verdict.EXHAUSTED,
    ),
    (
        "right",
        200,
        {"request_id": ID, "status": "completed"},
        Verdict.APPROVED,
    ),
    (
        "right, id in capitals",
        200,
        {"request_id": ID.upper(), "status": "completed"},
        Verdict.APPROVED,
    ),
]


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [pytest.param(*row[1:], id=row[0]) for row in CHECKS],
)
def test_verdict_of_a_check(status: int, body: object, verdict: Verdict) -> None:
    again = verdict is Verdict.WRONG_CODE

    found = of(wire.read_check, answer(status, body), ID)

    assert found == CheckResult(verdict=verdict, retry_allowed=again)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"Error": "Bad Request"}, Unexpected),
        (400, b"", Unexpected),
        (400, b"<html>Invalid Code", Unexpected),
        (401, {"Error": "Authentication Failed"}, Misconfigured),
        (402, told(f"{DEV}/#low-balance", "Low balance"), Misconfigured),
        (422, invalid(("token", "no")), Misconfigured),
        (429, {"Error": "Too Many Requests"}, Throttled),
        (500, {"Error": "Internal Server Error"}, Ambiguous),
        (503, b"", Unavailable),
        (200, b"", Unexpected),
        (200, {"status": "completed"}, Unexpected),
        (200, {"request_id": ID}, Unexpected),
        (200, {"request_id": ID, "status": "contemplating"}, Unexpected),
        (200, {"request_id": ID, "status": ["completed"]}, Unexpected),
        (200, {"request_id": ID[::-1], "status": "completed"}, Unexpected),
        (200, [{"request_id": ID, "status": "completed"}], Unexpected),
        (201, {"request_id": ID, "status": "completed"}, Unexpected),
        (204, b"", Unexpected),
    ],
)
def test_check_that_is_no_verdict(
    status: int, body: object, kind: type[VerifyError]
) -> None:
    assert type(of(wire.read_check, answer(status, body), ID)) is kind


@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=40),
        st.fixed_dictionaries(
            {},
            optional={
                "request_id": st.sampled_from([ID, ID[::-1], "", None]),
                "status": st.one_of(st.text(max_size=10), st.just("completed")),
                "title": st.text(max_size=12),
                "type": st.text(max_size=12),
            },
        ),
    ),
)
def test_only_one_answer_in_the_world_is_approval(status: int, body: object) -> None:
    """200, of this request, in Vonage's one word; nothing else, ever."""
    found = of(wire.read_check, answer(status, body), ID)

    approved = isinstance(found, CheckResult) and found.verdict is Verdict.APPROVED
    said = isinstance(body, dict) and (body.get("request_id"), body.get("status")) == (
        ID,
        "completed",
    )
    assert approved is (said and status == 200)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (204, b"", CancelOutcome.CANCELED),
        (200, {}, CancelOutcome.CANCELED),
        (404, {"title": "Not Found"}, CancelOutcome.GONE),
        (410, {"title": "Gone"}, CancelOutcome.GONE),
        (409, {"title": "Conflict"}, CancelOutcome.TOO_LATE),
    ],
)
def test_outcome_of_a_cancel(status: int, body: object, outcome: CancelOutcome) -> None:
    assert of(wire.read_cancel, answer(status, body), ID) is outcome


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Unexpected),
        (401, Misconfigured),
        (402, Misconfigured),
        (429, Throttled),
        (500, Unavailable),  # to ask again does no harm
    ],
)
def test_refused_cancel(status: int, kind: type[VerifyError]) -> None:
    error = of(wire.read_cancel, answer(status, {}), ID)

    assert type(error) is kind
    assert isinstance(error, VerifyError)
    assert not error.maybe_sent


@pytest.mark.parametrize(
    ("status", "body", "moved"),
    [
        (200, b"", wire.Moved.ON),
        (200, {"request_id": ID}, wire.Moved.ON),
        (404, {"title": "Not Found"}, wire.Moved.GONE),
        (410, told(f"{DEV}/verify#expired", "Gone"), wire.Moved.GONE),
        (
            409,
            told(
                "https://developer.nexmo.com/api-errors#conflict",
                "Conflict",
                "There are no more events left to trigger.",
            ),
            wire.Moved.NO_STEP_LEFT,
        ),
        (409, told(f"{DEV}/verify-v2#no-events", "Conflict"), wire.Moved.NO_STEP_LEFT),
    ],
)
def test_outcome_of_the_next_step(status: int, body: object, moved: wire.Moved) -> None:
    assert of(wire.read_moved, answer(status, body), ID) is moved


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b"[]"), (200, None), (202, b"")]
)
def test_success_of_somebody_elses_making_moves_nothing(
    status: int, body: bytes | None
) -> None:
    """A portal's page of welcome, or a body longer than we read, is no yes."""
    strange = HttpAnswer(status=status, body=body)

    assert type(of(wire.read_moved, strange, ID)) is Unexpected
    assert type(of(wire.read_cancel, strange, ID)) is Unexpected


def test_request_that_a_conflict_is_with() -> None:
    body = {"title": "Conflict"}
    assert read_problem(answer(409, body | {"request_id": ID})).running == ID
    for other in ("", "b6fc2b91d23c43f9b8ea05f9be64415c", 7, None, ID + "\n"):
        assert read_problem(answer(409, body | {"request_id": other})).running is None
    assert read_problem(answer(409, {"request_id": ID})).running is None


GATEWAYS: list[object] = [
    b"<html>Not Found</html>",
    b"",
    None,
    {},
    [],
    {"message": "no Route matched with those values"},
    {"type": "about:blank", "title": "Not Found", "status": 404},
    {"type": "https://gateway.example/errors#conflict", "title": "Conflict"},
    {"type": "https://vonage.com.example/x#conflict", "title": "Conflict"},
    {"type": None, "title": "Conflict"},
    b'{"title": "Not Found", "title": "Conflict"}',
]


@pytest.mark.parametrize("body", GATEWAYS, ids=repr)
@pytest.mark.parametrize("status", [404, 409, 410])
def test_page_of_a_gateway_is_not_vonages_word(status: int, body: object) -> None:
    """What has become of a request is known to Vonage alone."""
    received = answer(status, body)

    for read in (wire.read_check, wire.read_moved, wire.read_cancel):
        error = of(read, received, ID)
        assert type(error) is Unexpected
        assert not error.maybe_sent
    assert read_problem(received).running is None
    if status != 404:
        assert type(of(wire.read_started, received)) is Unexpected


@pytest.mark.parametrize("status", [404, 410])
def test_end_of_a_request_has_one_meaning(status: int) -> None:
    received = answer(status, told(f"{DEV}/verify-v2#not-found", "Not Found"))

    assert of(wire.read_moved, received, ID) is wire.Moved.GONE
    assert of(wire.read_cancel, received, ID) is CancelOutcome.GONE
    assert of(wire.read_check, received, ID).verdict in {
        Verdict.GONE,
        Verdict.EXHAUSTED,
    }


RIGHT = {"request_id": ID, "status": "completed"}


@given(
    member=st.sampled_from(sorted(RIGHT)),
    deed=st.sampled_from(["remove", "null", "double", "change"]),
    other=st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    turned=st.booleans(),
)
def test_approval_is_believed_only_of_the_request_it_names(
    *, member: str, deed: str, other: object, turned: bool
) -> None:
    """One member of a right approval removed, nulled, doubled or changed."""
    pairs: list[tuple[str, object]] = list(RIGHT.items())
    if deed == "double":
        pairs.append((member, RIGHT[member] if other is None else other))
    else:
        pairs = [(name, value) for name, value in pairs if name != member]
        pairs += [] if deed == "remove" else [(member, other)] * (deed == "change")
        pairs += [(member, None)] * (deed == "null")
    pairs = pairs[::-1] if turned else pairs
    raw = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)

    found = of(wire.read_check, answer(200, f"{{{raw}}}".encode()), ID)

    assert isinstance(found, Unexpected) or dict(pairs) == RIGHT


@pytest.mark.parametrize(
    "echo",
    [
        "15553231234 is not valid",
        "1-555-323-1234",
        "%2B15553231234",
        "pat.smith@example.org",
        "the code K79xQz",
        "code 482913",
    ],
)
@pytest.mark.parametrize("where", ["title", "detail", "Error", "reason"])
def test_nothing_that_vonage_echoes_is_repeated(echo: str, where: str) -> None:
    body: dict[str, Any] = {where: echo}
    if where == "reason":
        body = invalid(("workflow", echo))

    error = error_of(answer(422, body), VonageAction.START, Secret("K79xQz"), now=NOW)

    for secret in ("5553231234", "323", "pat", "K79xQz", "482913"):
        assert secret not in f"{error} {error!r} {vars(error)}"


@pytest.mark.parametrize("where", ["title", "type"])
def test_own_code_of_letters_is_not_taken_for_vonages_word(where: str) -> None:
    body = {where: "https://x#open-sesame" if where == "type" else "Open Sesame"}

    error = error_of(answer(400, body), VonageAction.CHECK, Secret("Sesame"), now=NOW)

    assert "esame" not in f"{error} {error!r}"


@pytest.mark.parametrize(
    ("instance", "shown"),
    [
        (ID, ID),
        ("bf0ca0bf927b3b52e3cb03217e1a1ddf", "bf0ca0bf927b3b52e3cb03217e1a1ddf"),
        ("for +15553231234", "***"),
        ("k7q9z", "***"),
        ("-" * 36, "***"),
        ("", None),
        (7, None),
    ],
)
def test_instance_is_kept_for_the_vendors_support(
    instance: object, shown: str | None
) -> None:
    assert read_problem(answer(400, {"instance": instance})).instance == shown


@given(st.binary(max_size=200))
def test_any_bytes_are_a_problem_that_can_be_shown(body: bytes) -> None:
    for status in (400, 409, 422, 500):
        error = error_of(answer(status, body), VonageAction.START, now=NOW)
        assert str(error)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "title", "invalid_parameters", "name", "reason"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_problem_that_can_be_shown(body: object) -> None:
    for status in (403, 409, 422):
        assert str(error_of(answer(status, body), VonageAction.CHECK, now=NOW))
