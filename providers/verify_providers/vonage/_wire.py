"""
Vonage Verify v2 on the wire: requests, and what their answers mean. Pure.

Sources: Vonage, Verify API documents 0.0.18 (2023-02-08) and 1.0.1, and PyPI
`vonage-verify` 2.2.0, whose requests ours are compared with.

What reads an answer returns None where Vonage refused, or said something else than it
was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from verify_core.channels import Channel
from verify_core.masking import Secret
from verify_core.verification import (
    MAX_CODE_LENGTH,
    MIN_CODE_LENGTH,
    CancelOutcome,
    CheckResult,
    Verdict,
)

from ..http import JSON, HttpAnswer, HttpRequest, json_object
from ._credentials import is_uuid
from ._errors import SUCCESSES, VonageAction, VonageErrorBody, read_problem

WORDS: Mapping[Channel, str] = {
    Channel.SMS: "sms",
    Channel.CALL: "voice",
    Channel.WHATSAPP: "whatsapp",
    Channel.EMAIL: "email",
}
_CHANNELS = {word: channel for channel, word in WORDS.items()}

_CODE = re.compile(f"[0-9A-Za-z]{{{MIN_CODE_LENGTH},{MAX_CODE_LENGTH}}}")

_NO_STEP_LEFT = re.compile(r"no more (events|steps|workflows?)", re.IGNORECASE)


def channel_of(word: object) -> Channel | None:
    """The channel for Vonage's word; None for any other."""
    return _CHANNELS.get(word) if isinstance(word, str) else None


def takes_code(code: str) -> bool:
    """Whether a code can be right at all: Vonage's and a caller's have these forms."""
    return _CODE.fullmatch(code) is not None


def start_request(body: Mapping[str, Any]) -> HttpRequest:
    return _request("POST", "", body)


def check_request(request_id: str, code: Secret) -> HttpRequest:
    return _request("POST", f"/{request_id}", {"code": code.reveal()})


def next_request(request_id: str) -> HttpRequest:
    return _request("POST", f"/{request_id}/next_workflow")


def cancel_request(request_id: str) -> HttpRequest:
    return _request("DELETE", f"/{request_id}")


def _request(method: str, place: str, body: object = None) -> HttpRequest:
    path = f"/v2/verify{place}"  # an id is a handle, no secret: it opens nothing alone
    content = b"" if method == "POST" else None
    if body is not None:
        content = json.dumps(body).encode("ascii")
    return HttpRequest(
        method=method, path=path, shown_path=path, body=content, content_type=JSON
    )


def same_id(named: object, request_id: str) -> bool:
    return isinstance(named, str) and named.lower() == request_id.lower()


def _says_no_more(answer: HttpAnswer, request_id: str) -> bool:
    """Whether a success is that and no more: without a body, or with one of JSON."""
    if answer.body == b"":
        return True
    found = json_object(answer.body)
    is_object = bool(found) or (answer.body or b"").strip() == b"{}"
    return is_object and same_id(found.get("request_id", request_id), request_id)


def read_started(answer: HttpAnswer) -> str | None:
    succeeded = answer.status in SUCCESSES[VonageAction.START]
    found = json_object(answer.body).get("request_id") if succeeded else None
    return found if is_uuid(found) else None


class Moved(Enum):
    """What became of a move to the next step."""

    ON = auto()
    NO_STEP_LEFT = auto()
    GONE = auto()
    """The request has ended, or was never there."""


def read_moved(answer: HttpAnswer, request_id: str) -> Moved | None:
    if answer.status in SUCCESSES[VonageAction.NEXT]:
        return Moved.ON if _says_no_more(answer, request_id) else None
    problem = read_problem(answer)
    if _has_ended(answer, problem):
        return Moved.GONE
    last = problem.code == "no-events" or _NO_STEP_LEFT.search(problem.detail)
    conflict = answer.status == HTTPStatus.CONFLICT and problem.is_vonages
    return Moved.NO_STEP_LEFT if conflict and last else None


def _has_ended(answer: HttpAnswer, problem: VonageErrorBody) -> bool:
    """Whether Vonage says that the request has ended, or was never there."""
    ended = answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
    return ended and problem.is_vonages


def read_check(answer: HttpAnswer, request_id: str) -> CheckResult | None:
    """Approved only by Vonage's own word for it, and of this request."""
    succeeded = answer.status in SUCCESSES[VonageAction.CHECK]
    verdict = _approval(answer, request_id) if succeeded else _refused_check(answer)
    if verdict is None:
        return None
    return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)


def _approval(answer: HttpAnswer, request_id: str) -> Verdict | None:
    body = json_object(answer.body)
    named = same_id(body.get("request_id"), request_id)
    return Verdict.APPROVED if named and body.get("status") == "completed" else None


VERDICTS: Mapping[int, Verdict] = {
    404: Verdict.GONE,
    409: Verdict.NOT_CHECKABLE,  # the current step takes no code
    410: Verdict.EXHAUSTED,  # three wrong codes; the request has ended
}


def _refused_check(answer: HttpAnswer) -> Verdict | None:
    problem = read_problem(answer)
    if answer.status == HTTPStatus.BAD_REQUEST:
        # A wrong code is 400, but so is whatever else a gateway cannot read.
        wrong = problem.title.lower() == "invalid code"
        return Verdict.WRONG_CODE if wrong or problem.code == "invalid-code" else None
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Verdict.WRONG_CODE if problem.parameters == ("code",) else None
    return VERDICTS.get(answer.status) if problem.is_vonages else None


def read_cancel(answer: HttpAnswer, request_id: str) -> CancelOutcome | None:
    """
    What became of a cancel.

    Vonage documents 204 and 404 and says that a request can be canceled only in a
    window, but not how it answers outside of it.
    """
    if answer.status in SUCCESSES[VonageAction.CANCEL]:
        return CancelOutcome.CANCELED if _says_no_more(answer, request_id) else None
    problem = read_problem(answer)
    if _has_ended(answer, problem):
        return CancelOutcome.GONE
    not_now = answer.status in {400, 422} and "cancel" in problem.text.lower()
    if problem.is_vonages and (answer.status == HTTPStatus.CONFLICT or not_now):
        return CancelOutcome.TOO_LATE
    return None
