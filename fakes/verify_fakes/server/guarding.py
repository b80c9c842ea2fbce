"""Who may use the side door: our own pages and programs, from here, with the token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ..kit.jsontext import encoded
from .reading import BadRequest

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def guard(endpoint: Endpoint, *, token: str | None, loopback_only: bool) -> Endpoint:
    """
    An endpoint that only its owner's programs and pages reach.

    Args:
        endpoint: Of the side door.
        token: Bearer token that it asks for; None asks for none.
        loopback_only: Whether it answers to no other name than this machine's.
    """

    async def guarded(request: Request) -> Response:
        if not _is_own(request):
            return problem(403, "origin", "other sites may not use the side door")
        if loopback_only and not _is_loopback(request.headers.get("host", "")):
            return problem(403, "host", "takes localhost or an address, no other name")
        if token is not None and not _has_token(request, token):
            return problem(401, "authorization", "takes Bearer and the token")
        try:
            return await endpoint(request)
        except BadRequest as bad:
            return problem(400, bad.field, bad.takes)

    return guarded


def _is_own(request: Request) -> bool:
    """Whether this comes from our own page, or from no browser at all."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in {None, "same-origin", "none"}
    return urlsplit(origin).netloc == request.headers.get("host")


def _is_loopback(host: str) -> bool:
    """
    Whether a Host header names this machine.

    A site can let its own name point here (DNS rebinding); then its pages are of the
    same origin, but the name still gives them away.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _has_token(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "")
    # EventSource cannot send headers, so a cookie or a query would be its only way; the
    # page asks for the token and sends it as a query parameter to its own server.
    offered = given.removeprefix("Bearer ") or request.query_params.get("token", "")
    return hmac.compare_digest(offered.encode(), token.encode())


def problem(status: int, name: str, takes: str) -> Response:
    """A refusal that names a field and says what it takes."""
    return Response(
        encoded({"error": {"field": name, "message": takes}}),
        status_code=status,
        media_type="application/json",
    )
