"""
Vonage's HTTP interface over a store: request to command, answer to JSON.

Nothing here knows the life cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import evolve, frozen

from .._store import VonageStore
from ..machine._commands import VonageRefusal
from ..machine._reasons import Reason
from ..resources._auth import Caller, Keyring, caller_of
from ._exchange import Request, Response, answer, refuse
from ._parameters import code_of, object_of, start_of

#: Store, caller, request and the id in its path in; an answer out.
Action: TypeAlias = Callable[[VonageStore, Caller, Request, str], Response]


@frozen(kw_only=True)
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
) -> Response:
    body = object_of(request.body)
    if isinstance(body, VonageRefusal):
        return refuse(request, body)
    strict = store.profile.strict_numbers
    command = start_of(body, store.limits, strict_numbers=strict)
    if isinstance(command, VonageRefusal):
        return refuse(request, command)
    started = store.start(command, caller=caller)
    if isinstance(started, VonageRefusal):
        return refuse(request, started)
    return answer(202, {"request_id": started.request_id})


def _check(
    store: VonageStore, _caller: Caller, request: Request, request_id: str
) -> Response:
    body = object_of(request.body)
    if isinstance(body, VonageRefusal):
        return refuse(request, body)
    code = code_of(body)
    if isinstance(code, VonageRefusal):
        return refuse(request, code)
    checked = store.check(request_id, code)
    if isinstance(checked, VonageRefusal):
        return refuse(request, checked)
    return answer(200, {"request_id": request_id, "status": checked.status.value})


def _cancel(
    store: VonageStore, _caller: Caller, request: Request, request_id: str
) -> Response:
    canceled = store.cancel(request_id)
    if isinstance(canceled, VonageRefusal):
        return refuse(request, canceled)
    return answer(204)


def _next(
    store: VonageStore, _caller: Caller, request: Request, request_id: str
) -> Response:
    moved = store.next_step(request_id)
    if isinstance(moved, VonageRefusal):
        return refuse(request, moved)
    return answer(200)


_ID = "{id}"
_BASE = ("v2", "verify")
_TEMPLATES = ("templates",)
_TEMPLATE = (*_TEMPLATES, _ID)
_FRAGMENTS = (*_TEMPLATE, "template_fragments")
_FRAGMENT = (*_FRAGMENTS, _ID)

#: Every operation of the document 1.0.1; a literal part goes before a variable one.
ROUTES: Final[tuple[Route, ...]] = (
    Route(
        operation="newRequest",
        method="POST",
        path=(),
        action=_start,
    ),
    Route(operation="listTemplates", method="GET", path=_TEMPLATES),
    Route(operation="createTemplate", method="POST", path=_TEMPLATES),
    Route(operation="getTemplate", method="GET", path=_TEMPLATE),
    Route(operation="deleteTemplate", method="DELETE", path=_TEMPLATE),
    Route(operation="updateTemplate", method="PATCH", path=_TEMPLATE),
    Route(operation="listTemplateFragments", method="GET", path=_FRAGMENTS),
    Route(operation="createTemplateFragment", method="POST", path=_FRAGMENTS),
    Route(operation="getTemplateFragment", method="GET", path=_FRAGMENT),
    Route(operation="deleteTemplateFragment", method="DELETE", path=_FRAGMENT),
    Route(operation="updateTemplateFragment", method="PATCH", path=_FRAGMENT),
    Route(
        operation="silentAuthCheck", method="GET", path=(_ID, "silent-auth", "redirect")
    ),
    Route(
        operation="nextWorkflow",
        method="POST",
        path=(_ID, "next_workflow"),
        action=_next,
    ),
    Route(
        operation="checkCode",
        method="POST",
        path=(_ID,),
        action=_check,
    ),
    Route(
        operation="cancelRequest",
        method="DELETE",
        path=(_ID,),
        action=_cancel,
    ),
)


def handle(
    store: VonageStore, request: Request, keyring: Keyring | None = None
) -> Response:
    """
    Answer a request as Vonage would.

    Args:
        store: The machine.
        request: What is asked.
        keyring: Whom to let in; None lets everybody in who is well-formed.

    Raises:
        ConnectionBroken: A fault asks for it.
    """
    caller = caller_of(request.authorization, keyring)
    if isinstance(caller, VonageRefusal):
        return refuse(request, caller)
    if request.packed:
        return refuse(request, VonageRefusal(reason=Reason.BODY_ENCODED))
    found = _fitting(request.segments)
    if not found:
        return refuse(request, VonageRefusal(reason=Reason.NO_SUCH_PATH))
    route = next((each for each in found if each.method == request.method), None)
    if route is None:
        refused = refuse(request, VonageRefusal(reason=Reason.METHOD_NOT_ALLOWED))
        allow = {"Allow": ", ".join(methods_of(request))}
        return evolve(refused, headers={**refused.headers, **allow})
    if route.action is None:
        missing = VonageRefusal(reason=Reason.NOT_SERVED, detail=route.operation)
        return refuse(request, missing)
    request_id = request.segments[len(_BASE)] if route.path else ""
    return route.action(store, caller, request, request_id)


def methods_of(request: Request) -> list[str]:
    """
    The methods that a path takes; none where there is no such path.

    HEAD goes with GET, and OPTIONS with every path (RFC 9110, 9.3.2 and 9.3.7).
    """
    found = {route.method for route in _fitting(request.segments)}
    if not found:
        return []
    return sorted({*found, "OPTIONS", *(("HEAD",) if "GET" in found else ())})


def route_of(request: Request) -> Route | None:
    """The operation that a request asks for; None where Vonage has none."""
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
