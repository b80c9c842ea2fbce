"""
Vonage's HTTP interface over a store: request to command, answer to JSON.

Nothing here knows the life cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

from .._store import VonageStore
from ..machine._commands import Reason, VonageRefusal
from ..resources._auth import Caller, Keyring, caller_of
from ._exchange import Request, Response, answer, refuse
from ._parameters import code_of, object_of, start_of

#: Takes the store, the caller, the request and the id in its path.
Action: TypeAlias = Callable[
    [VonageStore, Caller, Request, str], Response | VonageRefusal
]


@frozen
class Route:
    """
    One operation of the vendor's document.

    Attributes:
        operation: Its `operationId` there.
        method: Of the request.
        path: Below `/v2/verify`; `{id}` is a variable part.
        action: What answers; None where it is not served.
    """

    operation: str
    method: str
    path: tuple[str, ...]
    action: Action | None = None


def _start(
    store: VonageStore, caller: Caller, request: Request, _request_id: str
) -> Response | VonageRefusal:
    body = object_of(request.body)
    if isinstance(body, VonageRefusal):
        return body
    strict = store.profile.strict_numbers
    command = start_of(body, store.limits, strict_numbers=strict)
    if isinstance(command, VonageRefusal):
        return command
    started = store.start(command, caller=caller)
    if isinstance(started, VonageRefusal):
        return started
    return answer(202, {"request_id": started.request_id})


def _check(
    store: VonageStore, _caller: Caller, request: Request, request_id: str
) -> Response | VonageRefusal:
    body = object_of(request.body)
    code = body if isinstance(body, VonageRefusal) else code_of(body)
    if isinstance(code, VonageRefusal):
        return code
    checked = store.check(request_id, code)
    if isinstance(checked, VonageRefusal):
        return checked
    return answer(200, {"request_id": request_id, "status": checked.status.value})


def _cancel(
    store: VonageStore, _caller: Caller, _request: Request, request_id: str
) -> Response | VonageRefusal:
    canceled = store.cancel(request_id)
    return canceled if isinstance(canceled, VonageRefusal) else answer(204)


def _next(
    store: VonageStore, _caller: Caller, _request: Request, request_id: str
) -> Response | VonageRefusal:
    moved = store.next_step(request_id)
    return moved if isinstance(moved, VonageRefusal) else answer(200)


_ID = "{id}"
_BASE = ("v2", "verify")
_TEMPLATE = ("templates", _ID)
_FRAGMENTS = (*_TEMPLATE, "template_fragments")
_FRAGMENT = (*_FRAGMENTS, _ID)

#: Every operation of the document 1.0.1; a literal part goes before a variable one.
ROUTES = (
    Route("newRequest", "POST", (), _start),
    Route("listTemplates", "GET", ("templates",)),
    Route("createTemplate", "POST", ("templates",)),
    Route("getTemplate", "GET", _TEMPLATE),
    Route("deleteTemplate", "DELETE", _TEMPLATE),
    Route("updateTemplate", "PATCH", _TEMPLATE),
    Route("listTemplateFragments", "GET", _FRAGMENTS),
    Route("createTemplateFragment", "POST", _FRAGMENTS),
    Route("getTemplateFragment", "GET", _FRAGMENT),
    Route("deleteTemplateFragment", "DELETE", _FRAGMENT),
    Route("updateTemplateFragment", "PATCH", _FRAGMENT),
    Route("silentAuthCheck", "GET", (_ID, "silent-auth", "redirect")),
    Route("nextWorkflow", "POST", (_ID, "next_workflow"), _next),
    Route("checkCode", "POST", (_ID,), _check),
    Route("cancelRequest", "DELETE", (_ID,), _cancel),
)


def handle(
    store: VonageStore, request: Request, keyring: Keyring | None = None
) -> Response:
    """
    Answer a request as Vonage would; without a keyring, all credentials are accepted.

    Raises:
        ConnectionBroken: A fault asks for it.
    """
    answered = _answered(store, request, keyring)
    if isinstance(answered, VonageRefusal):
        return refuse(request, answered)
    return answered


def _answered(
    store: VonageStore, request: Request, keyring: Keyring | None
) -> Response | VonageRefusal:
    caller = caller_of(request.authorization, keyring)
    if isinstance(caller, VonageRefusal):
        return caller
    if request.packed:
        return VonageRefusal(reason=Reason.BODY_ENCODED)
    methods = methods_of(request)
    if not methods:
        return VonageRefusal(reason=Reason.NO_SUCH_PATH)
    route = route_of(request)
    if route is None:
        allow = ", ".join(methods)
        return VonageRefusal(reason=Reason.METHOD_NOT_ALLOWED, detail=allow)
    if route.action is None:
        return VonageRefusal(reason=Reason.NOT_SERVED, detail=route.operation)
    request_id = request.segments[len(_BASE)] if route.path else ""
    return route.action(store, caller, request, request_id)


def methods_of(request: Request) -> list[str]:
    """
    The methods that a path takes; an empty list where there is no such path.

    HEAD goes with GET, and OPTIONS with every path (RFC 9110, 9.3.2 and 9.3.7).
    """
    found = {route.method for route in _fitting(request.segments)}
    also = {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())
    return sorted(found | also) if found else []


def route_of(request: Request) -> Route | None:
    """The operation that a request asks for, or None."""
    found = _fitting(request.segments)
    return next((each for each in found if each.method == request.method), None)


def _fitting(segments: tuple[str, ...]) -> tuple[Route, ...]:
    """The routes of a path; those with a literal part shadow the variable ones."""
    if segments[: len(_BASE)] != _BASE:
        return ()
    rest = segments[len(_BASE) :]
    fits = [route for route in ROUTES if _matches(route.path, rest)]
    literal = [route for route in fits if rest[:1] == route.path[:1]]
    return tuple(literal or fits)


def _matches(path: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return len(path) == len(segments) and all(
        bool(segment) and part in {_ID, segment}
        for part, segment in zip(path, segments, strict=True)
    )
