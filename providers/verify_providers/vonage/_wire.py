"""
Vonage Verify v2 on the wire: our values to requests, answers to our values. Pure.

Sources: Vonage, Verify API documents 0.0.18 (2023-02-08) and 1.0.1, and PyPI
`vonage-verify` 2.2.0, whose requests ours are compared with.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from attrs import field, frozen

from verify_core.channels import Channel, IdentifierKind
from verify_core.identifiers import Identifier
from verify_core.masking import Hiding, Secret
from verify_core.verification import (
    MAX_CODE_LENGTH,
    MIN_CODE_LENGTH,
    CancelOutcome,
    CheckResult,
    Verdict,
)

from ..http import JSON, HttpAnswer, HttpRequest, json_object
from ._credentials import is_uuid
from ._errors import (
    NOTHING_KNOWN,
    Operation,
    Problem,
    error_of,
    read_problem,
    unreadable,
)
from ._extras import Step

PATH: Final = "/v2/verify"

STARTED: Final = 202
DONE: Final = 200
CANCELED: Final = frozenset({200, 204})
"""Vonage documents 204."""

_WORDS: Final[Mapping[Channel, str]] = {
    Channel.SMS: "sms",
    Channel.CALL: "voice",
    Channel.WHATSAPP: "whatsapp",
    Channel.EMAIL: "email",
}

_CODE: Final = re.compile(f"[0-9A-Za-z]{{{MIN_CODE_LENGTH},{MAX_CODE_LENGTH}}}")

_NO_STEP_LEFT: Final = re.compile(r"no more (events|steps|workflows?)", re.IGNORECASE)
_NOT_NOW: Final = re.compile(r"cancel", re.IGNORECASE)

MAX_CLIENT_REF: Final = 40
"""Characters of `client_ref`. Source: Vonage, Verify API 1.0.1."""


def channel_of(word: object) -> Channel | None:
    """Our channel for Vonage's word; None for one that is not ours."""
    return next((channel for channel, own in _WORDS.items() if own == word), None)


def takes_code(code: str) -> bool:
    """Whether a code can be right at all: Vonage's and our own are of these forms."""
    return _CODE.fullmatch(code) is not None


def client_ref_of(attempt_id: str) -> str:
    """
    The attempt's name in Vonage's webhooks: the same where Vonage takes it.

    Vonage takes 1 to 40 letters and digits; anything else becomes the first 40
    hexadecimal digits of its SHA-256, so that it can be found again. Vonage's own
    library stops at 16, but only in what it sends, and 16 of a UUID's digits would no
    longer be the attempt's name.
    """
    if re.fullmatch(f"[A-Za-z0-9]{{1,{MAX_CLIENT_REF}}}", attempt_id):
        return attempt_id
    digest = hashlib.sha256(attempt_id.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:MAX_CLIENT_REF]


def bare(identifier: Identifier) -> str:
    """The identifier in the form that Vonage takes: a number without its plus."""
    if identifier.kind is IdentifierKind.PHONE:
        return identifier.value.removeprefix("+")
    return identifier.value


@frozen(kw_only=True)
class Start:
    """
    What a request for a verification says.

    Attributes:
        identifier: Whom it reaches.
        brand: Who the message says it is from.
        steps: The workflow.
        client_ref: Our name for the attempt.
        locale: One of Vonage's tags, or None.
        channel_timeout: How long each step lasts; None leaves it to Vonage.
        code_length: None leaves it to Vonage.
        code: A code of the caller's own, or None.
        template_id: A template of the account's own, or None.
        fraud_check: None leaves it to Vonage.
    """

    identifier: Identifier
    brand: str
    steps: tuple[Step, ...]
    client_ref: str
    locale: str | None = None
    channel_timeout: timedelta | None = None
    code_length: int | None = None
    code: Secret | None = field(default=None)
    template_id: str | None = None
    fraud_check: bool | None = None


def start_request(start: Start) -> HttpRequest:
    """The request that sends a passcode."""
    to = bare(start.identifier)
    timeout = start.channel_timeout
    fields: dict[str, Any] = {
        "brand": start.brand,
        "workflow": [
            {"channel": _WORDS[step.channel], "to": to, **step.to_json()}
            for step in start.steps
        ],
        "locale": start.locale,
        "channel_timeout": None if timeout is None else int(timeout.total_seconds()),
        "client_ref": start.client_ref,
        "code_length": start.code_length,
        "code": None if start.code is None else start.code.reveal(),
        "template_id": start.template_id,
        "fraud_check": start.fraud_check,
    }
    return _post(PATH, {k: v for k, v in fields.items() if v is not None})


def check_request(request_id: str, code: Secret) -> HttpRequest:
    """The request that checks a code."""
    return _post(f"{PATH}/{request_id}", {"code": code.reveal()})


def next_request(request_id: str) -> HttpRequest:
    """The request that moves a workflow on to its next step."""
    path = f"{PATH}/{request_id}/next_workflow"
    return HttpRequest(
        method="POST", path=path, shown_path=path, body=b"", content_type=JSON
    )


def cancel_request(request_id: str) -> HttpRequest:
    """The request that ends a verification."""
    path = f"{PATH}/{request_id}"
    return HttpRequest(method="DELETE", path=path, shown_path=path)


def _post(path: str, body: Mapping[str, Any]) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=path,
        shown_path=path,  # its id is a handle, no secret: it opens nothing alone
        body=json.dumps(body).encode("ascii"),
        content_type=JSON,
    )


def same_id(named: object, request_id: str) -> bool:
    """Whether an answer names that request."""
    return isinstance(named, str) and named.lower() == request_id.lower()


def _says_no_more(answer: HttpAnswer, request_id: str) -> bool:
    """Whether a success is that and no more: without a body, or with one of JSON."""
    if answer.body == b"":
        return True
    found = json_object(answer.body)
    is_object = bool(found) or (answer.body or b"").strip() == b"{}"
    return is_object and same_id(found.get("request_id", request_id), request_id)


def read_started(
    answer: HttpAnswer, *, now: datetime, hidden: Hiding = NOTHING_KNOWN
) -> str:
    """
    The id of the request that runs now.

    Args:
        answer: The answer.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Vonage refused, or says yes without an id.
    """
    if answer.status != STARTED:
        raise error_of(answer, Operation.START, now=now, hidden=hidden)
    found = json_object(answer.body).get("request_id")
    if isinstance(found, str) and is_uuid(found):
        return found
    raise unreadable(answer, Operation.START)


def read_running(answer: HttpAnswer) -> str | None:
    """The id of the running request that a start is in conflict with, if it says so."""
    problem = read_problem(answer)
    found = problem.request_id if problem.is_vonages else None
    return found if found is not None and is_uuid(found) else None


class Moved(Enum):
    """What became of a move to the next step."""

    ON = auto()
    NO_STEP_LEFT = auto()
    GONE = auto()
    """The request has ended, or was never there."""


def read_moved(
    answer: HttpAnswer,
    request_id: str,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> Moved:
    """
    What became of a move to the next step.

    Args:
        answer: The answer.
        request_id: Whose next step was asked for.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Vonage refused, or says something else.
    """
    if answer.status == DONE:
        if _says_no_more(answer, request_id):
            return Moved.ON
        raise unreadable(answer, Operation.NEXT)
    problem = read_problem(answer)
    if _has_ended(answer, problem):
        return Moved.GONE
    last = problem.code == "no-events" or _NO_STEP_LEFT.search(problem.detail)
    if answer.status == 409 and problem.is_vonages and last:  # noqa: PLR2004 - RFC 9110, section 15.5.10
        return Moved.NO_STEP_LEFT
    raise error_of(answer, Operation.NEXT, now=now, hidden=hidden)


_ENDED: Final = frozenset({404, 410})


def _has_ended(answer: HttpAnswer, problem: Problem) -> bool:
    """Whether Vonage says that the request has ended, or was never there."""
    return answer.status in _ENDED and problem.is_vonages


def read_check(
    answer: HttpAnswer,
    request_id: str,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> CheckResult:
    """
    What a check says; approved only by Vonage's own word for it, and of this request.

    Args:
        answer: The answer.
        request_id: What was asked about.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Vonage refused, or says neither yes nor no.
    """
    if answer.status == DONE:
        body = json_object(answer.body)
        named = same_id(body.get("request_id"), request_id)
        if named and body.get("status") == "completed":
            return CheckResult(verdict=Verdict.APPROVED)
        raise unreadable(answer, Operation.CHECK)
    verdict = _refused_check(answer)
    if verdict is None:
        raise error_of(answer, Operation.CHECK, now=now, hidden=hidden)
    return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)


_VERDICTS: Final[Mapping[int, Verdict]] = {
    404: Verdict.GONE,
    409: Verdict.NOT_CHECKABLE,  # the current step takes no code
    410: Verdict.EXHAUSTED,  # three wrong codes; the request has ended
}


def _refused_check(answer: HttpAnswer) -> Verdict | None:
    problem = read_problem(answer)
    # A wrong code is 400, but so is whatever else a gateway cannot read.
    wrong = problem.code == "invalid-code" or problem.title.lower() == "invalid code"
    if answer.status == 400:  # noqa: PLR2004 - RFC 9110, section 15.5.1
        return Verdict.WRONG_CODE if wrong else None
    if answer.status == 422:  # noqa: PLR2004 - section 15.5.21
        return Verdict.WRONG_CODE if problem.parameters == ("code",) else None
    return _VERDICTS.get(answer.status) if problem.is_vonages else None


def read_cancel(
    answer: HttpAnswer,
    request_id: str,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> CancelOutcome:
    """
    What became of a cancel.

    Vonage documents 204 and 404 and says that a request can be canceled only in a
    window, but not how it answers outside of it.

    Args:
        answer: The answer.
        request_id: What was to be canceled.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Vonage refused, or says something else.
    """
    if answer.status in CANCELED:
        if _says_no_more(answer, request_id):
            return CancelOutcome.CANCELED
        raise unreadable(answer, Operation.CANCEL)
    problem = read_problem(answer)
    if _has_ended(answer, problem):
        return CancelOutcome.GONE
    if problem.is_vonages and (
        answer.status == 409  # noqa: PLR2004 - RFC 9110, section 15.5.10
        or (answer.status in {400, 422} and _says_not_now(problem))
    ):
        return CancelOutcome.TOO_LATE
    raise error_of(answer, Operation.CANCEL, now=now, hidden=hidden)


def _says_not_now(problem: Problem) -> bool:
    return _NOT_NOW.search(f"{problem.title} {problem.detail}") is not None
