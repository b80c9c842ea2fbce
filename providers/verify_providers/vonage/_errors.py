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
from typing import Any, Final

from attrs import field, frozen

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import Hiding, hiding

from ..http import HttpAnswer, json_object, retry_after
from ._credentials import NAME, is_uuid


class Operation(StrEnum):
    """What was asked of Vonage; the same answer means different things."""

    START = "start"
    NEXT = "next"
    """The next step of a workflow."""
    CHECK = "check"
    CANCEL = "cancel"

    @property
    def has_effect(self) -> bool:
        """Whether it may send a message or spend a guess."""
        return self is not Operation.CANCEL


NOTHING_KNOWN: Final = hiding()
"""Hides anybody's numbers, codes and addresses."""

STATUSES: Final[Mapping[int, type[VerifyError]]] = {
    401: Misconfigured,  # wrong credentials, or a token that is over
    402: Misconfigured,  # the balance is low
    403: Misconfigured,  # the account may not; see also `REFUSALS`
    404: Misconfigured,  # at a start: no such template, or not Vonage's address
    405: Misconfigured,
    407: Misconfigured,
    408: Unavailable,
    409: TooSoon,  # one request at a time per number
    412: UnsupportedChannel,  # the number's network does not offer it
    422: Misconfigured,  # but see `INVALID_PARAMETERS`
    429: Throttled,
    501: NotSupported,
    503: Unavailable,
}
"""What each status means unless it is a verdict; any other 5xx is `Ambiguous`."""

REFUSALS: Final = re.compile(
    r"fraud|velocity|blocked|block ?list|suspicious", re.IGNORECASE
)
"""Words of a 403 that tell a refusal of this message from a missing permission."""

INVALID_PARAMETERS: Final[Mapping[str, type[VerifyError]]] = {
    "to": InvalidIdentifier,
    "channel": UnsupportedChannel,
}
"""422 by the last part of a parameter's name; every other one is `Misconfigured`."""

# Statuses that tell of a request or a number; of a start, 404 tells of the address.
_OWN_WORD: Final = frozenset({404, 409, 410, 412})
_OWN_TYPE: Final = re.compile(r"https?://([a-z0-9-]+\.)*(vonage|nexmo)\.com/.*")


@frozen(kw_only=True)
class Problem:
    """
    An error answer, read.

    Attributes:
        is_vonages: Whether it is a problem of Vonage's own: with a `type` on its pages,
            or without any and with a title.
        code: The last part of `type`, such as `conflict`; a word made of the title
            where there is none; None without both.
        title: Vonage's headline, unmasked: never log it.
        detail: Vonage's text, unmasked: never log it.
        instance: What Vonage's support asks for, or None.
        request_id: The request that a conflict is with, or None.
        parameters: Names of the parameters that a 422 complains of, as logs may show.
    """

    is_vonages: bool = False
    code: str | None = None
    title: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    instance: str | None = None
    request_id: str | None = None
    parameters: tuple[str, ...] = field(default=(), repr=False)


def read_problem(answer: HttpAnswer) -> Problem:
    """The problem in an error answer, in any of Vonage's forms; empty for another."""
    body = json_object(answer.body)
    kind = _text(body, "type")
    title = _text(body, "title") or _text(body, "Error", "error_title")
    return Problem(
        is_vonages=bool(_OWN_TYPE.fullmatch(kind) if "type" in body else title),
        code=_code(kind, title),
        title=title,
        detail=_text(body, "detail"),
        instance=_instance(_text(body, "instance")),
        request_id=_text(body, "request_id") or None,
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
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> VerifyError:
    """
    Our error for an answer that is neither a success nor a verdict.

    Args:
        answer: The answer.
        operation: What was asked.
        now: For a `Retry-After` that is a date, where the answer has no `Date`.
        hidden: What the exchange is about, so that no echo of it is shown.
    """
    problem = read_problem(answer)
    kind = _kind(answer.status, problem, operation)
    facts: dict[str, Any] = {
        "message": _sentence(answer.status, problem, hidden),
        "provider": NAME,
        "http_status": answer.status,
        "vendor_code": _shown_code(problem.code, hidden),
        "vendor_request_id": problem.instance,
    }
    if issubclass(kind, NotSent):
        facts["retry_after"] = retry_after(answer, now)
    if kind is Unexpected:
        # A refusal that we cannot read is still a refusal; anything else may be a yes.
        refused = 400 <= answer.status < 500  # noqa: PLR2004 - the class of statuses
        facts["maybe_sent"] = operation.has_effect and not refused
    return kind(**facts)


def _shown_code(code: str | None, hidden: Hiding) -> str | None:
    return None if hidden.is_echoed_in(code or "") else code


def unreadable(answer: HttpAnswer, operation: Operation) -> Unexpected:
    """The error for a success that does not say what it should."""
    return Unexpected(
        message=f"Vonage answered {answer.status} with a body that we cannot read",
        provider=NAME,
        http_status=answer.status,
        maybe_sent=operation.has_effect,
    )


def _kind(status: int, problem: Problem, operation: Operation) -> type[VerifyError]:
    if not speaks_of_a_request(status, problem, operation):
        return Unexpected
    if status == 422:  # noqa: PLR2004 - RFC 9110, section 15.5.21
        return _of_parameters(problem)
    if status == 403 and REFUSALS.search(f"{problem.title} {problem.detail}"):  # noqa: PLR2004 - section 15.5.4
        return Refused
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:  # noqa: PLR2004 - the class of statuses
        return Ambiguous if operation.has_effect else Unavailable
    return Unexpected


def speaks_of_a_request(status: int, problem: Problem, operation: Operation) -> bool:
    """Whether the status may be believed: only Vonage can know of its requests."""
    told = status in _OWN_WORD
    if status == 404 and operation is Operation.START:  # noqa: PLR2004 - no such address
        told = False
    return problem.is_vonages or not told


def _of_parameters(problem: Problem) -> type[VerifyError]:
    kinds = {_of_parameter(name) for name in problem.parameters}
    # Where something else is wrong, too, another number alone does not help.
    return kinds.pop() if len(kinds) == 1 else Misconfigured


def _of_parameter(name: str) -> type[VerifyError]:
    # By the name alone: a reason is a sentence, and its words are not names.
    last = re.split(r"[.\[]", name.rstrip("]"))[-1]
    return INVALID_PARAMETERS.get(last, Misconfigured)


def _sentence(status: int, problem: Problem, hidden: Hiding) -> str:
    text = ": ".join(part for part in (problem.title, problem.detail) if part)
    names = hidden.mask(", ".join(problem.parameters))
    about = f" ({names})" if names else ""
    return f"Vonage answered {status}: {hidden.mask(text) or 'no text'}{about}"
