"""What is no vendor's: the side door and the pages, as one Starlette application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..kit._http import encoded
from ._access import has_token
from ._asgi import problem_of
from ._reading import BadRequest

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
#: Method, path, endpoint.
Row: TypeAlias = tuple[str, str, Endpoint]

_NO_STORE = {"Cache-Control": "no-store"}


def people(rows: Iterable[Row]) -> Starlette:
    """The application of these rows; all else is refused in JSON, whatever it is."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in rows:
        by_path.setdefault(path, {})[method] = endpoint
    made = Starlette(
        routes=[Route(path, _ByMethod(found)) for path, found in by_path.items()],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    made.router.redirect_slashes = False
    return made


class _ByMethod:
    """What answers at one path, by method."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints
        self._allow = {"Allow": ", ".join(with_implied(endpoints))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say which methods there are (RFC 9110, 9.3.7 and 15.5.6)."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._endpoints.get(method)
        if endpoint is not None:
            answer = await endpoint(Request(scope, receive))
        elif method == "OPTIONS":
            answer = Response(status_code=204, headers=self._allow)
        else:
            why = f"takes {self._allow['Allow']}"
            answer = problem(405, "method", why, headers=self._allow)
        await answer(scope, receive, send)


def with_implied(methods: Iterable[str]) -> list[str]:
    """Methods, and those that come with them: HEAD with GET, and OPTIONS."""
    found = set(methods)
    return sorted(found | ({"HEAD"} if "GET" in found else set()) | {"OPTIONS"})


async def _refused(_request: Request, refused: Any) -> Response:  # noqa: ANN401 - Starlette's
    missing = refused.status_code == HTTPStatus.NOT_FOUND
    what = "there is nothing at this path" if missing else refused.detail
    return problem(refused.status_code, "path", what)


async def _failed(_request: Request, _error: Exception) -> Response:
    return problem(500, "request", "the fake has failed; its log says how")


def guarded(endpoint: Endpoint, token: str | None) -> Endpoint:
    """
    An endpoint of the side door.

    Args:
        endpoint: May raise `BadRequest`.
        token: Bearer token that it asks for; None asks for none.
    """

    async def asked(request: Request) -> Response:
        if token is not None and not has_token(
            request.headers, request.query_params, token
        ):
            return problem(401, "authorization", "takes Bearer and the token")
        try:
            return await endpoint(request)
        except BadRequest as bad:
            return problem(400, bad.field, bad.takes)

    return asked


def problem(
    status: int, name: str, takes: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal that names a field and says what it takes."""
    return Response(
        encoded(problem_of(name, takes)),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )


def as_json(content: object, status: int = 200) -> Response:
    """An answer of the side door."""
    return Response(
        encoded(content),
        status_code=status,
        media_type="application/json",
        headers=_NO_STORE,
    )


def as_list(
    name: str,
    items: Sequence[Callable[[], object]],
    *,
    most: int,
    most_bytes: int,
    newest: bool,
    **more: object,
) -> Response:
    """
    A list as an answer, as much of it as fits.

    Args:
        name: Of the list in the answer.
        items: What makes each of them, oldest first; called only where it is shown.
        most: How many of them.
        most_bytes: What they may weigh.
        newest: Whether the newest go before the oldest where not all fit.
        **more: What else the answer says.
    """
    shown: list[bytes] = []
    left = most_bytes
    for item in islice(reversed(items) if newest else items, most):
        part = encoded(item())
        left -= len(part) + 1
        if left < 0 and shown:
            break
        shown.append(part)
    if newest:
        shown.reverse()
    rest = encoded({"left_out": len(items) - len(shown), **more})
    body = b"{%b:[%b],%b" % (encoded(name), b",".join(shown), rest[1:])
    return Response(body, media_type="application/json", headers=_NO_STORE)
