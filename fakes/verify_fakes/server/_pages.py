"""The inbox's pages: files of the folder `inbox`, one set for every vendor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from ._door import Row, problem

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
STATIC_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PAGES = {
    "/": "index.html",
    "/requests": "requests.html",
    "/deliveries": "deliveries.html",
}
#: Stand in the pages for the vendor's name, and for links to the pages of others.
_VENDOR, _BESIDE = b"@vendor@", b"<!--beside-->"


def pages(vendor: str, *, beside: Mapping[str, str] | None = None) -> list[Row]:
    """
    The pages and what they are made of.

    Args:
        vendor: Its name, as the pages show it.
        beside: Other pages that these link to: path to title.
    """
    links = "".join(
        f'<a href="{path}">{name}</a>' for path, name in (beside or {}).items()
    )
    folder = files("verify_fakes.server").joinpath("inbox")
    known = {
        file.name: file
        for file in folder.iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }

    async def sent(name: str, _request: Request) -> Response:
        content = known[name].read_bytes().replace(_VENDOR, vendor.encode())
        content = content.replace(_BESIDE, links.encode())
        kind = _TYPES[name.rpartition(".")[2]]
        return Response(content, media_type=kind, headers=STATIC_HEADERS)

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in known:
            return problem(404, "path", "there is no such file")
        return await sent(name, request)

    rows: list[Row] = [
        ("GET", path, partial(sent, name)) for path, name in _PAGES.items()
    ]
    return [*rows, ("GET", "/_inbox/{name}", asset)]
