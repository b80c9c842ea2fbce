"""Every refusal as `application/problem+json`, and how it is described."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from verify_core import CheckResult, record_of, text_of
from verify_core.errors import (
    InputError,
    InvalidIdentifier,
    MissingReference,
    PhoneReason,
    Refused,
    Throttled,
    TooSoon,
    VerifyError,
)


class Problem(BaseModel):
    """Every refusal (RFC 9457); what does not belong to it is left out."""

    model_config = ConfigDict(extra="forbid")

    status: int
    title: str
    reason: str
    retryable: bool | None = None
    retry_after_s: int | None = None
    retry_allowed: bool | None = None
    attempts_remaining: int | None = None
    fields: list[str] | None = None


_REFUSALS = {
    401: "Nobody is signed in.",
    403: "Sent from another site, or the provider sends nothing to this number.",
    409: "No verification runs.",
    422: "A field cannot be read, or the code does not sign in.",
    429: "Too often; try again after `retry_after_s`.",
    503: "The provider cannot answer now.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How refusals stand in the API's description."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {
        status: {"description": _REFUSALS[status], "content": content}
        for status in statuses
    }


def verdict_problem(result: CheckResult) -> Response:
    record = record_of(result.verdict)
    return _problem(
        422,
        record.reason,
        record.message,
        retry_allowed=result.retry_allowed,
        attempts_remaining=result.attempts_remaining,
    )


async def _on_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, InputError | VerifyError)
    record = record_of(error)
    answer = _problem(
        _status_of(error),
        record.reason,
        record.message,
        retryable=record.retryable,
        retry_after_s=record.retry_after_s,
    )
    if record.retry_after_s is not None:
        answer.headers["Retry-After"] = str(record.retry_after_s)
    return answer


def _status_of(error: InputError | VerifyError) -> int:
    match error:
        case MissingReference():
            return 409
        case InputError() | InvalidIdentifier():
            return 422
        case Refused():
            return 403
        case TooSoon() | Throttled():
            return 429
        case _:
            return 503


async def _on_timeout(_request: Request, _error: Exception) -> Response:
    return _problem(503, "provider.ambiguous", text_of("error.provider.ambiguous"))


async def _on_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = f"request.{HTTPStatus(error.status_code).name.lower()}"
    answer = _problem(error.status_code, reason, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _on_malformed(_request: Request, error: Exception) -> Response:
    # Where, but never what: the text may be a code or a number.
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    fields = sorted({".".join(map(str, each["loc"])) for each in found})
    if fields == ["body.to"] and found[0]["type"] in list(PhoneReason):
        return _problem(
            422, f"phone.{found[0]['type']}", found[0]["msg"], fields=fields
        )
    return _problem(422, "request.malformed", "Read the fields named.", fields=fields)


def _problem(status: int, reason: str, detail: str, **facts: object) -> Response:
    known = {"status": status, "title": detail, "reason": reason}
    problem = Problem.model_validate(known | facts)
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


#: Which answer an error becomes.
HANDLERS = {
    InputError: _on_error,
    VerifyError: _on_error,
    TimeoutError: _on_timeout,
    RequestValidationError: _on_malformed,
    HTTPException: _on_refusal,
}
