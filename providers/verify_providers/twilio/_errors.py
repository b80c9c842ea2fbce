"""
Twilio's error answers, by what the caller may do next.

The code decides (`_codes`), and where it says nothing, the HTTP status. Statuses and
messages also from answers quoted in public issue trackers, read 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from attrs import frozen

from verify_core.errors import InvalidIdentifier, Misconfigured, Unexpected, VerifyError
from verify_core.masking import Discreet, HasValue, Hidden, Hiding, Secret, hiding

from ..http import STATUS_ERRORS, HttpAnswer, answer_error, json_object
from ._codes import ERROR_CODES, INVALID_PARAMETER, INVALID_PARAMETERS, NOT_FOUND
from ._credentials import NAME

CREATED = frozenset({200, 201})
"""Statuses of a success."""

_FIVE_DIGITS = re.compile("[1-9][0-9]{4}")
_NAMED = re.compile(r"[Ii]nvalid parameters?[:\s]*[`'\"]?([A-Za-z]+)")


class TwilioAction(Enum):
    """What was asked of Twilio; the same failure means different things."""

    START = auto()
    CHECK = auto()
    FETCH = auto()
    CANCEL = auto()
    LOOKUP = auto()

    @property
    def has_effect(self) -> bool:  # a message, or a guess spent
        return self in {TwilioAction.START, TwilioAction.CHECK}


@frozen
class TwilioErrorBody(Discreet):
    """An error answer, in Twilio's own form or RFC 9457's; may echo a secret."""

    _body: Hidden[Mapping[str, Any]]

    @property
    def code(self) -> int | None:
        """Twilio's; anything but five digits may be a number or a passcode."""
        code = self._body.reveal().get("code")
        if isinstance(code, int | str) and _FIVE_DIGITS.fullmatch(str(code)):
            return int(code)
        return None

    @property
    def message(self) -> str:
        """Twilio's, unmasked."""
        texts = map(self._body.reveal().get, ("message", "detail", "title"))
        return next((text for text in texts if isinstance(text, str)), "")

    @property
    def parameter(self) -> str | None:
        """The parameter that a 60200 complains of, or None."""
        found = _NAMED.search(self.message)
        return found[1] if found and self.code == INVALID_PARAMETER else None


def read_problem(answer: HttpAnswer) -> TwilioErrorBody:
    """The problem in an error answer; empty where it cannot be read."""
    return TwilioErrorBody(Hidden(json_object(answer.body)))


def error_of(
    answer: HttpAnswer,
    operation: TwilioAction,
    *known: HasValue | Secret | None,
    now: datetime,
) -> VerifyError:
    """
    The error for a refusal, or for a success that does not say what it should.

    It shows no echo of what the exchange is about (`known`).
    """
    hidden = hiding(*known)
    code: str | None = None
    kind: type[VerifyError] | None = Unexpected
    message = f"Twilio answered {answer.status}, unreadable or not about this"
    if answer.status not in CREATED:
        problem = read_problem(answer)
        kind = _kind(answer.status, problem, operation)
        code = _shown_code(problem.code, hidden)
        text = hidden.mask(problem.message) or "no text"
        message = f"Twilio answered {answer.status}, {code or 'no code'}: {text}"
    return answer_error(
        answer,
        kind,
        message,
        provider=NAME,
        has_effect=operation.has_effect,
        now=now,
        vendor_code=code,
        vendor_request_id=_request_id(answer.headers),
    )


def _kind(
    status: int, problem: TwilioErrorBody, operation: TwilioAction
) -> type[VerifyError] | None:
    if operation is TwilioAction.LOOKUP and problem.code == NOT_FOUND:
        return InvalidIdentifier  # what is looked up is the number
    kind = ERROR_CODES.get(problem.code or 0)
    if problem.code == INVALID_PARAMETER:
        kind = INVALID_PARAMETERS.get(problem.parameter or "", Misconfigured)
    if kind is Misconfigured and status in {429, 503}:
        return STATUS_ERRORS[status]  # "come again" does not mean a wrong setting
    return kind


def _shown_code(code: int | None, hidden: Hiding) -> str | None:
    # A passcode may have five digits, too, and so may a part of a number.
    text = None if code is None else str(code)
    return None if text is None or hidden.is_echoed_in(text) else text


def _request_id(headers: Mapping[str, str]) -> str | None:
    """What Twilio's support asks for; `***` for one of another form than Twilio's."""
    text = headers.get("twilio-request-id")
    known = text is None or re.fullmatch("RQ[0-9a-fA-F]{32}", text)
    return text if known else "***"
