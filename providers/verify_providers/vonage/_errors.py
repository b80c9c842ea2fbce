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
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from attrs import frozen

from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    Refused,
    TooSoon,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import Discreet, HasValue, Hidden, Secret, hiding

from ..http import STATUS_ERRORS, HttpAnswer, answer_error, json_object
from ._credentials import NAME, is_uuid


class VonageAction(Enum):
    """What was asked of Vonage; the same answer means different things."""

    START = auto()
    NEXT = auto()
    """The next step of a workflow."""
    CHECK = auto()
    CANCEL = auto()

    @property
    def has_effect(self) -> bool:  # a message, or a guess spent
        return self is not VonageAction.CANCEL


SUCCESSES: Mapping[VonageAction, frozenset[int]] = {
    VonageAction.START: frozenset({202}),
    VonageAction.NEXT: frozenset({200}),
    VonageAction.CHECK: frozenset({200}),
    VonageAction.CANCEL: frozenset({200, 204}),  # 204 is the documented one
}

STATUSES: Mapping[int, type[VerifyError]] = {
    **STATUS_ERRORS,  # 404: of a start, no such template, or not Vonage's address
    409: TooSoon,  # one request at a time per number
    412: UnsupportedChannel,  # the number's network does not offer it
    422: Misconfigured,  # but see `INVALID_PARAMETERS`
}
"""What each status means unless it is a verdict; any other 5xx is `Ambiguous`."""

REFUSALS = re.compile(r"fraud|velocity|blocked|block ?list|suspicious", re.IGNORECASE)
"""Words of a 403 that refuses this message; without them a permission is missing."""

INVALID_PARAMETERS: Mapping[str, type[VerifyError]] = {
    "to": InvalidIdentifier,
    "channel": UnsupportedChannel,
}
"""422 by the last part of a parameter's name; every other one is `Misconfigured`."""

# Statuses that speak of a request or a number; of a start, 404 speaks of the address.
_OWN_WORD = frozenset({404, 409, 410, 412})
_OWN_TYPE = re.compile(r"https?://([a-z0-9-]+\.)*(vonage|nexmo)\.com/.*")


@frozen
class VonageErrorBody(Discreet):
    """An error answer, in any of Vonage's forms; may echo a secret."""

    _body: Hidden[Mapping[str, Any]]

    @property
    def is_vonages(self) -> bool:
        """Whether it has a `type` on Vonage's pages, or none at all and a title."""
        own_type = _OWN_TYPE.fullmatch(self._text("type"))
        return bool(own_type if "type" in self._body.reveal() else self.title)

    @property
    def code(self) -> str | None:
        """The last part of `type`, such as `conflict`, or a word made of the title."""
        kind, title = self._text("type"), self.title
        word = kind.rpartition("#")[2] if "#" in kind else ""
        # A title with anything but plain words may hold what the request said.
        plain = re.fullmatch("[A-Za-z]{1,20}( [A-Za-z]{1,20}){0,5}", title)
        if not word and plain:
            word = title.lower().replace(" ", "-")
        return word if re.fullmatch("[a-z]{1,20}(-[a-z]{1,20}){0,5}", word) else None

    @property
    def title(self) -> str:
        """Vonage's headline, unmasked."""
        return self._text("title") or self._text("Error", "error_title")

    @property
    def detail(self) -> str:
        """Vonage's text, unmasked."""
        return self._text("detail")

    @property
    def text(self) -> str:
        """Headline and text, unmasked."""
        return ": ".join(filter(None, (self.title, self.detail)))

    @property
    def instance(self) -> str | None:
        """What Vonage's support asks for; `***` for one of another form."""
        text = self._text("instance")
        known = not text or re.fullmatch("[0-9a-fA-F]{32}", text) or is_uuid(text)
        return (text or None) if known else "***"

    @property
    def running(self) -> str | None:
        """The request that a conflict is with, or None."""
        found = self._text("request_id")
        return found if self.is_vonages and is_uuid(found) else None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that a 422 complains of, as logs may show."""
        items = self._body.reveal().get("invalid_parameters")
        listed = items if isinstance(items, list) else [items]
        found = [_text(x, "name", "field") for x in listed[:16] if isinstance(x, dict)]
        return tuple(map(_shown_name, found))

    def _text(self, *names: str) -> str:
        return _text(self._body.reveal(), *names)


def read_problem(answer: HttpAnswer) -> VonageErrorBody:
    """The problem in an error answer; empty where it cannot be read."""
    return VonageErrorBody(Hidden(json_object(answer.body)))


def _text(body: Mapping[str, Any], *names: str) -> str:
    return next((body[n] for n in names if isinstance(body.get(n), str)), "")


def _shown_name(name: str) -> str:
    # A name may be a path such as `workflow[0].to`; anything stranger may be a value.
    part = r"[a-z_]{1,40}|[0-9]{1,2}"
    known = re.fullmatch(rf"[a-z_]{{1,40}}((\.({part}))|(\[({part})\])){{0,4}}", name)
    return name if known else "a parameter"


def error_of(
    answer: HttpAnswer,
    operation: VonageAction,
    *known: HasValue | Secret | None,
    now: datetime,
) -> VerifyError:
    """
    The error for a refusal, or for a success that does not say what it should.

    It shows no echo of what the exchange is about (`known`).
    """
    problem, hidden = read_problem(answer), hiding(*known)
    code = None if hidden.is_echoed_in(problem.code or "") else problem.code
    text = hidden.mask(problem.text) or "no text"
    names = hidden.mask(", ".join(problem.parameters))
    message = f"Vonage answered {answer.status}: {text}" + (names and f" ({names})")
    kind = _kind(answer.status, problem, operation)
    if answer.status in SUCCESSES[operation]:
        message = f"Vonage answered {answer.status}, unreadable or not about this"
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
    status: int, problem: VonageErrorBody, operation: VonageAction
) -> type[VerifyError] | None:
    own_word = status in _OWN_WORD
    if status == HTTPStatus.NOT_FOUND and operation is VonageAction.START:
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
