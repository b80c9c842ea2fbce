"""
Vonage's problems (RFC 9457), by what the caller may do next; a table and its reading.

The HTTP status decides, and where one status means several things, the last part of
the problem's `type`, or the names of the parameters. What only Vonage can know of a
request, such as that it has ended, is believed only where its own problem says so, and
not of a page that some gateway puts under the same status. Sources: Vonage, Verify API
documents 0.0.18 (2023-02-08) and 1.0.1; "API Errors", read 2026-11-23; the test data of
PyPI `vonage` 4.9.1, in which some answers are bare `{"Error": "…"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from attrs import field, frozen

from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    Refused,
    TooSoon,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import HasValue, Hidden, Secret, hiding

from ..http import STATUS_ERRORS, HttpAnswer, answer_error, json_object
from ._credentials import NAME, is_uuid


class Operation(StrEnum):
    """What was asked of Vonage; the same answer means different things."""

    START = "start"
    NEXT = "next"
    """The next step of a workflow."""
    CHECK = "check"
    CANCEL = "cancel"

    @property
    def has_effect(self) -> bool:  # a message, or a guess spent
        return self is not Operation.CANCEL


SUCCESSES: Mapping[Operation, frozenset[int]] = {
    Operation.START: frozenset({202}),
    Operation.NEXT: frozenset({200}),
    Operation.CHECK: frozenset({200}),
    Operation.CANCEL: frozenset({200, 204}),  # 204 is the documented one
}

STATUSES: Mapping[int, type[VerifyError]] = {
    **STATUS_ERRORS,  # 404: of a start, no such template, or not Vonage's address
    409: TooSoon,  # one request at a time per number
    412: UnsupportedChannel,  # the number's network does not offer it
    422: Misconfigured,  # but see `INVALID_PARAMETERS`
}
"""What each status means unless it is a verdict; any other 5xx is `Ambiguous`."""

REFUSALS = re.compile(r"fraud|velocity|blocked|block ?list|suspicious", re.IGNORECASE)
"""Words of a 403 that tell a refusal of this message from a missing permission."""

INVALID_PARAMETERS: Mapping[str, type[VerifyError]] = {
    "to": InvalidIdentifier,
    "channel": UnsupportedChannel,
}
"""422 by the last part of a parameter's name; every other one is `Misconfigured`."""

# Statuses that speak of a request or a number; of a start, 404 speaks of the address.
_OWN_WORD = frozenset({404, 409, 410, 412})
_OWN_TYPE = re.compile(r"https?://([a-z0-9-]+\.)*(vonage|nexmo)\.com/.*")


@frozen(kw_only=True)
class Problem:
    """
    An error answer, read. What Vonage wrote may echo a number or a code.

    Attributes:
        is_vonages: Whether it is a problem of Vonage's own: with a `type` on its pages,
            or without any and with a title.
        code: The last part of `type`, such as `conflict`; a word made of the title
            where there is none; None without both.
        title: Vonage's headline.
        detail: Vonage's text.
        instance: What Vonage's support asks for, or None.
        running: The request that a conflict is with, or None.
        parameters: Names of the parameters that a 422 complains of, as logs may show.
    """

    is_vonages: bool = False
    code: str | None = field(default=None, repr=False)
    title: Hidden[str]
    detail: Hidden[str]
    instance: str | None = None
    running: str | None = None
    parameters: tuple[str, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        parts = (self.title.reveal(), self.detail.reveal())
        return ": ".join(part for part in parts if part)


def read_problem(answer: HttpAnswer) -> Problem:
    """The problem in an error answer, in any of Vonage's forms; empty for another."""
    body = json_object(answer.body)
    kind = _text(body, "type")
    title = _text(body, "title") or _text(body, "Error", "error_title")
    own = bool(_OWN_TYPE.fullmatch(kind) if "type" in body else title)
    running = _text(body, "request_id")
    return Problem(
        is_vonages=own,
        code=_code(kind, title),
        title=Hidden(title),
        detail=Hidden(_text(body, "detail")),
        instance=_instance(_text(body, "instance")),
        running=running if own and is_uuid(running) else None,
        parameters=_parameters(body.get("invalid_parameters")),
    )


def _text(body: Mapping[str, Any], *names: str) -> str:
    found = (body.get(name) for name in names)
    return next((text for text in found if isinstance(text, str)), "")


def _code(kind: str, title: str) -> str | None:
    word = kind.rpartition("#")[2] if "#" in kind else ""
    # A title with anything but plain words may hold what the request said.
    plain = re.fullmatch("[A-Za-z]{1,20}( [A-Za-z]{1,20}){0,5}", title)
    if not word and plain:
        word = title.lower().replace(" ", "-")
    return word if re.fullmatch("[a-z]{1,20}(-[a-z]{1,20}){0,5}", word) else None


def _instance(text: str) -> str | None:
    known = not text or re.fullmatch("[0-9a-fA-F]{32}", text) or is_uuid(text)
    return (text or None) if known else "***"


def _parameters(items: object) -> tuple[str, ...]:
    listed = items if isinstance(items, list) else [items]
    return tuple(
        _shown_name(_text(item, "name", "field"))
        for item in listed[:16]
        if isinstance(item, dict)
    )


def _shown_name(name: str) -> str:
    # A name may be a path such as `workflow[0].to`; anything stranger may be a value.
    part = r"[a-z_]{1,40}|[0-9]{1,2}"
    known = re.fullmatch(rf"[a-z_]{{1,40}}((\.({part}))|(\[({part})\])){{0,4}}", name)
    return name if known else "a parameter"


def error_of(
    answer: HttpAnswer,
    operation: Operation,
    *known: HasValue | Secret | None,
    now: datetime,
) -> VerifyError:
    """
    The error for a refusal, or for a success that does not say what it should.

    Args:
        answer: The answer.
        operation: What was asked.
        known: What the exchange is about, so that no echo of it is shown.
        now: For a `Retry-After` that is a date, where the answer has no `Date`.
    """
    problem, hidden = read_problem(answer), hiding(*known)
    code = None if hidden.is_echoed_in(problem.code or "") else problem.code
    text = hidden.mask(problem.text) or "no text"
    names = hidden.mask(", ".join(problem.parameters))
    message = f"Vonage answered {answer.status}: {text}" + (names and f" ({names})")
    kind = _kind(answer.status, problem, operation)
    if answer.status in SUCCESSES[operation]:
        message = f"Vonage answered {answer.status} with a body that cannot be read"
        code, kind = None, Unexpected
    return answer_error(
        answer,
        kind,
        message,
        provider=NAME,
        has_effect=operation.has_effect,
        now=now,
        vendor_code=code,
        vendor_request_id=problem.instance,
    )


def _kind(
    status: int, problem: Problem, operation: Operation
) -> type[VerifyError] | None:
    own_word = status in _OWN_WORD
    if status == HTTPStatus.NOT_FOUND and operation is Operation.START:
        own_word = False  # no such address
    if own_word and not problem.is_vonages:
        return Unexpected  # only Vonage can know of its requests
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        kinds = {_of_parameter(name) for name in problem.parameters}
        # Where something else is wrong, too, another number alone does not help.
        return kinds.pop() if len(kinds) == 1 else Misconfigured
    if status == HTTPStatus.FORBIDDEN and REFUSALS.search(problem.text):
        return Refused
    return STATUSES.get(status)


def _of_parameter(name: str) -> type[VerifyError]:
    # By the name alone: a reason is a sentence, and its words are not names.
    last = re.split(r"[.\[]", name.rstrip("]"))[-1]
    return INVALID_PARAMETERS.get(last, Misconfigured)
