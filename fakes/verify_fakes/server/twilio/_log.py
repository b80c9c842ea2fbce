"""The request log of Twilio's API: what an operation knows, codes redacted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from attrs import evolve, field, frozen

from ...kit._faults import ConnectionBroken
from ...twilio.http._exchange import Request, Response, refuse
from ...twilio.http._parameters import is_secret
from ...twilio.http._routing import Route
from ...twilio.http._wire import ROUTES, route_of
from ...twilio.machine._commands import TwilioCommand
from ...twilio.machine._errors import ERRORS
from .._request_log import LONGEST_ANSWER, LONGEST_VALUE, REDACTED, LoggedExchange

#: What an entry weighs besides its texts, about.
_FRAME = 1_000
# The answer to a new TOTP factor holds its secret, and a URI for a code to be scanned.
_SECRET_MEMBERS = re.compile(rb'("(?:secret|uri)": ?")[^"]*(")')
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_ADDRESS = re.compile(r"\+[1-9][0-9]{6,14}|[^@\s]{1,64}@[^@\s]{1,255}")
#: An entity's identity: its owner's words, but no code.
_IDENTITY = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{8,64}")


@frozen(kw_only=True)
class TwilioExchange(LoggedExchange):
    """
    One request to Twilio's API and its answer, as a log shows them.

    Attributes:
        form: The parameters that the operation knows, as sent; codes and secrets
            redacted, long values cut.
        why: What a verification that was not found had become; the wire never says.
    """

    form: Mapping[str, str] = field(repr=False)
    user: str | None
    code: int | None
    why: str | None


def noted(
    request: Request,
    outcome: Response | ConnectionBroken,
    *,
    cursor: int,
    at: datetime,
    messages: tuple[int, ...] = (),
) -> TwilioExchange:
    """What a log keeps of a request and what came of it."""
    route = route_of(request)
    operation = None if route is None else route.operation
    path = _shown_path(request.path, operation)
    form = {} if route is None else _shown_form(request, route)
    answer = outcome if isinstance(outcome, Response) else None
    refused = None if answer is None else answer.refused
    said = b"" if answer is None else _shown_answer(request, answer, path)
    return TwilioExchange(
        cursor=cursor,
        at=at,
        method=request.method,
        path=path,
        operation=operation,
        form=form,
        unknown=len(request.parameters) - len(form),
        user=request.user,
        status=None if answer is None else answer.status,
        code=None if refused is None else ERRORS[refused.reason].code,
        why=None if refused is None or refused.was is None else refused.was.value,
        answer=said,
        messages=messages,
        weight=_FRAME + len(path) + len(said) + sum(map(len, form.values())),
    )


def _shown_form(request: Request, route: Route) -> dict[str, str]:
    known = _names(route.operation)
    shown = {}
    for name, value in request.parameters.items():
        found = known.get(name.lower())
        if found is not None:
            shown[name] = REDACTED if is_secret(found) else value[:LONGEST_VALUE]
    return shown


@lru_cache(maxsize=len(ROUTES))
def _names(operation: str) -> Mapping[str, str]:
    """The parameters of an operation, by their names in lower case."""
    return {name.lower(): name for name in _ROUTES[operation].table}


@lru_cache(maxsize=1024)
def _shown_path(path: str, operation: str | None) -> str:
    parts = path.split("/")
    named = () if operation is None else ("", *_ROUTES[operation].segments)
    fits = len(named) == len(parts)
    shown = [
        part if _is_shown(part, named[at] if fits else None) else REDACTED
        for at, part in enumerate(parts)
    ]
    return "/".join(shown)


def _is_shown(part: str, word: str | None) -> bool:
    """
    Whether a part of a path is shown.

    Args:
        part: Escaped.
        word: What the route has in its place: a word, or nothing for a variable part.
            None where there is no route.
    """
    text = unquote(part)
    if part in {"", word} or _SID.fullmatch(text):
        return True
    if word is None:
        return part in _WORDS
    return bool(_ADDRESS.fullmatch(text) or _IDENTITY.fullmatch(text))


_ROUTES = {route.operation: route for route in ROUTES}
#: Every word that stands in a path of the vendor's.
_WORDS = frozenset(segment for route in ROUTES for segment in route.segments)


def _shown_answer(request: Request, answer: Response, path: str) -> bytes:
    body = answer.body
    if answer.refused is not None and path != request.path:
        # A refusal repeats the path.
        body = refuse(evolve(request, path=path), answer.refused).body
    if b'"uri"' in body or b'"secret"' in body:
        body = _SECRET_MEMBERS.sub(rb"\1[redacted]\2", body)
    return body[:LONGEST_ANSWER]


_OPERATIONS = {
    "CreateVerification": TwilioCommand.START,
    "CreateVerificationCheck": TwilioCommand.CHECK,
    "FetchVerification": TwilioCommand.FETCH,
    "UpdateVerification": TwilioCommand.CANCEL,
    "FetchPhoneNumber": TwilioCommand.LOOKUP,
    "FetchPhoneNumberV1": TwilioCommand.LOOKUP,
}


def operation_of(request: Request) -> TwilioCommand | None:
    """The machine's word for what a request asks, where it has one."""
    route = route_of(request)
    if route is None:
        return None
    operation = _OPERATIONS.get(route.operation)
    if (
        operation is TwilioCommand.CANCEL
        and request.parameters.get("Status") == "approved"
    ):
        return TwilioCommand.APPROVE
    return operation
