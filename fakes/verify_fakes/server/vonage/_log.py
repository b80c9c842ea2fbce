"""The request log of Vonage's API: what an operation knows, codes redacted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from ...kit._faults import ConnectionBroken
from ...vonage.http._exchange import Request, Response, refuse
from ...vonage.http._wire import ROUTES, route_of
from ...vonage.machine._commands import Reason, VonageOperation
from .._request_log import LONGEST_ANSWER, LONGEST_VALUE, REDACTED, LoggedExchange

_FRAME = 700
_PAIR = 120
_SECRETS = frozenset({"code", "token"})
#: The members of each body: Vonage's OpenAPI documents of Verify v2, 1.0.1 and 0.0.18.
_CHECK = frozenset({"code", "token"})
_STEP = frozenset(
    {
        *("channel", "to", "from", "mode", "reuse_code", "sandbox", "redirect_url"),
        *("app_hash", "entity_id", "content_id"),
    }
)
_START = frozenset(
    {
        *("brand", "workflow", "locale", "channel_timeout", "client_ref"),
        *("code", "code_length", "fraud_check", "template_id"),
    }
)
_MEMBERS = {"newRequest": _START, "checkCode": _CHECK}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORDS = frozenset({"v2", "verify", *(each for r in ROUTES for each in r.path)})


@frozen(kw_only=True)
class VonageExchange(LoggedExchange):
    """
    One request to Vonage's API and its answer, as a log shows them.

    Attributes:
        body: The members that the operation knows; codes redacted, long texts cut.
            None where there was no JSON object.
        why: What a verification that was not found had become; the wire never says.
    """

    body: Mapping[str, Any] | None = field(repr=False)
    why: str | None

    @property
    def addresses(self) -> list[str]:
        """Those in the workflow of a start."""
        return _addresses_of(self.body or {})


def noted(
    request: Request,
    outcome: Response | ConnectionBroken,
    *,
    cursor: int,
    at: datetime,
    messages: tuple[int, ...] = (),
) -> VonageExchange:
    """What a log keeps of a request and what came of it."""
    route = route_of(request)
    operation = None if route is None else route.operation
    found = _object(request.body)
    members = _MEMBERS.get(operation or "", frozenset())
    body = None if found is None else _known(found, members)
    path = "/".join(map(_shown, request.path.split("/")))
    answer = _answer(request, outcome, path) if isinstance(outcome, Response) else b""
    kept = json_parameters(body)
    texts = 0 if body is None else len(json.dumps(body))
    return VonageExchange(
        cursor=cursor,
        at=at,
        method=request.method,
        path=path,
        operation=operation,
        body=body,
        why=_why(outcome),
        unknown=json_parameters(found) - kept,
        status=outcome.status if isinstance(outcome, Response) else None,
        answer=answer,
        messages=messages,
        weight=_FRAME + len(path) + len(answer) + texts + _PAIR * kept,
    )


def _why(outcome: Response | ConnectionBroken) -> str | None:
    refused = outcome.refused if isinstance(outcome, Response) else None
    if refused is None or refused.reason is not Reason.NOT_FOUND:
        return None
    return "absent" if refused.was is None else refused.was.value


def json_parameters(value: object) -> int:
    """How many members and items there are in JSON, at any depth."""
    number, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            each = list(each.values())
        if isinstance(each, list):
            number += len(each)
            waiting += each
    return number


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _known(found: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    """The members that are known, in any case, as far as they are plain values."""
    shown: dict[str, Any] = {}
    for name, value in found.items():
        known = name.lower()
        if known not in members:
            continue
        if known in _SECRETS:
            shown[name] = REDACTED
        elif known == "workflow" and isinstance(value, list):
            shown[name] = [
                _known(each, _STEP) for each in value if isinstance(each, dict)
            ]
        elif isinstance(value, str):
            shown[name] = value[:LONGEST_VALUE]
        elif value is None or isinstance(value, bool | int | float):
            shown[name] = value
    return shown


def _shown(part: str) -> str:
    return part if not part or part in _WORDS or _UUID.fullmatch(part) else REDACTED


def _answer(request: Request, answer: Response, path: str) -> bytes:
    body, refused = answer.body, answer.refused
    if refused is not None and path != request.path:
        # A refusal repeats the id that was asked for.
        named = None if refused.request_id is None else _shown(refused.request_id)
        hidden = evolve(refused, request_id=named)
        body = refuse(evolve(request, path=path), hidden).body
    return body[:LONGEST_ANSWER]


_OPERATIONS = {
    "newRequest": VonageOperation.START,
    "checkCode": VonageOperation.CHECK,
    "cancelRequest": VonageOperation.CANCEL,
    "nextWorkflow": VonageOperation.NEXT,
}


def operation_of(request: Request) -> VonageOperation | None:
    """The machine's word for what a request asks, where it has one."""
    route = route_of(request)
    return None if route is None else _OPERATIONS.get(route.operation)


def addresses_in(request: Request) -> list[str]:
    """The addresses in the workflow of a start."""
    return _addresses_of(_known(_object(request.body) or {}, _START))


def _addresses_of(known: Mapping[str, Any]) -> list[str]:
    steps = known.get("workflow")
    if not isinstance(steps, list):
        return []
    return [step["to"] for step in steps if isinstance(step.get("to"), str)]
