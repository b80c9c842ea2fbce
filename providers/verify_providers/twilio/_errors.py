"""
Twilio's error answers, by what the caller may do next.

The code decides (`codes`), and where it says nothing, the HTTP status. Statuses and
messages also from answers quoted in public issue trackers, read 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    NotSupported,
    Throttled,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.masking import Hiding, hiding

from ..http import retry_after
from ._codes import ERROR_CODES, INVALID_PARAMETER, INVALID_PARAMETERS, NOT_FOUND
from ._credentials import NAME

if TYPE_CHECKING:
    from ..http import HttpAnswer


class Operation(StrEnum):
    """What was asked of Twilio; the same failure means different things."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"
    LOOKUP = "lookup"

    @property
    def has_effect(self) -> bool:
        """Whether it may send a message or spend a guess."""
        return self in {Operation.START, Operation.CHECK}


NOTHING_KNOWN: Final = hiding()
"""Hides anybody's numbers, codes and addresses."""

_NAMED: Final = re.compile(r"[Ii]nvalid parameters?[:\s]*[`'\"]?([A-Za-z]+)")

# Where the code is missing, or not in the table.
# Source: RFC 9110, section 15, and RFC 6585, section 4. Of 429 Twilio says that such a
# request was not processed; of 500 that it may have been.
_STATUSES: Final[Mapping[int, type[VerifyError]]] = {
    401: Misconfigured,
    402: Misconfigured,
    403: Misconfigured,
    404: Misconfigured,
    405: Misconfigured,
    407: Misconfigured,
    408: Unavailable,
    429: Throttled,
    501: NotSupported,
    503: Unavailable,
}


@frozen(kw_only=True)
class Problem:
    """
    An error answer, read.

    Attributes:
        code: Twilio's code, or None.
        message: Twilio's text, unmasked: never log it.
    """

    code: int | None
    message: str

    @property
    def parameter(self) -> str | None:
        """The parameter that a 60200 complains of, or None."""
        found = _NAMED.search(self.message)
        return found[1] if found and self.code == INVALID_PARAMETER else None


def read_problem(body: Mapping[str, Any]) -> Problem:
    """Code and text of an error body, in Twilio's own form or RFC 9457's."""
    texts = (body.get(name) for name in ("message", "detail", "title"))
    message = next((text for text in texts if isinstance(text, str)), "")
    return Problem(code=_code(body.get("code")), message=message)


def _code(value: object) -> int | None:
    # Twilio's have five digits; anything else may be a number or a code that it echoes.
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if re.fullmatch("[1-9][0-9]{4}", text) else None


def error_of(
    answer: HttpAnswer,
    problem: Problem,
    operation: Operation,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> VerifyError:
    """
    Our error for an answer that is not a success.

    Args:
        answer: The answer.
        problem: Its body, read.
        operation: What was asked.
        now: For a `Retry-After` that is a date, where the answer has no `Date`.
        hidden: What the exchange is about, so that no echo of it is shown.
    """
    kind = _kind(answer.status, problem, operation)
    code = _shown_code(problem.code, hidden)
    facts: dict[str, Any] = {
        "message": _sentence(answer.status, code, problem, hidden),
        "provider": NAME,
        "http_status": answer.status,
        "vendor_code": code,
        "vendor_request_id": request_id(answer.headers),
    }
    if issubclass(kind, NotSent):
        facts["retry_after"] = retry_after(answer, now)
    if kind is Unexpected:
        # A refusal that we cannot read is still a refusal; anything else may be a yes.
        refused = 400 <= answer.status < 500  # noqa: PLR2004 - the class of statuses
        facts["maybe_sent"] = operation.has_effect and not refused
    return kind(**facts)


def _kind(status: int, problem: Problem, operation: Operation) -> type[VerifyError]:
    kind = _by_code(problem) or _by_status(status)
    if kind is Misconfigured and status in {429, 503}:
        kind = _STATUSES[status]  # who is asked to come again has set up nothing wrong
    if kind is Ambiguous and not operation.has_effect:
        return Unavailable  # reading or canceling again does no harm
    if operation is Operation.LOOKUP and problem.code == NOT_FOUND:
        return InvalidIdentifier  # what is looked up is the number
    return kind


def _by_code(problem: Problem) -> type[VerifyError] | None:
    if problem.code == INVALID_PARAMETER:
        return INVALID_PARAMETERS.get(problem.parameter or "", Misconfigured)
    return None if problem.code is None else ERROR_CODES.get(problem.code)


def _by_status(status: int) -> type[VerifyError]:
    if status in _STATUSES:
        return _STATUSES[status]
    return Ambiguous if status >= 500 else Unexpected  # noqa: PLR2004 - the class of statuses


def _shown_code(code: int | None, hidden: Hiding) -> str | None:
    # A passcode may have five digits, too, and so may a part of a number.
    text = None if code is None else str(code)
    return None if text is None or hidden.is_echoed_in(text) else text


def _sentence(status: int, code: str | None, problem: Problem, hidden: Hiding) -> str:
    text = hidden.mask(problem.message) or "no text"
    return f"Twilio answered {status}, {code or 'no code'}: {text}"


def request_id(headers: Mapping[str, str]) -> str | None:
    """
    What Twilio's support asks for; `***` for one of another form than Twilio's.

    Args:
        headers: Names in lower case.
    """
    text = headers.get("twilio-request-id")
    known = text is None or re.fullmatch("RQ[0-9a-fA-F]{32}", text)
    return text if known else "***"
