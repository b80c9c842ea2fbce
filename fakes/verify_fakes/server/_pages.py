"""The inbox's pages: files of the folder `inbox`, one set for every vendor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from starlette.requests import Request
from starlette.responses import Response

from ._door import Row, problem

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_INBOX = files("verify_fakes.server").joinpath("inbox")


def pages(vendor: str, beside: Mapping[str, Traversable] | None = None) -> list[Row]:
    """
    The pages and what they are made of.

    A page `NAME` is the content in `NAME.html`, which `frame.html` surrounds; its
    script is `NAME.js`.

    Args:
        vendor: Its name, as the pages show it.
        beside: More pages by name, each with the folder of its files.
    """
    folders = {**dict.fromkeys(("inbox", "requests", "deliveries"), _INBOX)}
    folders |= beside or {}
    frame = Template(_INBOX.joinpath("frame.html").read_text("utf-8"))
    paths = {name: "/" if name == "inbox" else f"/{name}" for name in folders}

    def page(name: str) -> bytes:
        content = folders[name].joinpath(f"{name}.html").read_text("utf-8")
        here = {name: ' aria-current="page"'}
        links = [
            f'<a href="{path}"{here.get(each, "")}>{each.capitalize()}</a>'
            for each, path in paths.items()
        ]
        return frame.substitute(
            title=name.capitalize(),
            name=name,
            vendor=vendor,
            links="".join(links),
            content=content,
        ).encode()

    assets = {
        file.name: file.read_bytes()
        for folder in set(folders.values())
        for file in folder.iterdir()
        if _kind_of(file.name) in _TYPES
    }

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in assets:
            return problem(404, "path", "there is no such file")
        return await _sent(assets[name], _kind_of(name), request)

    rows: list[Row] = [
        ("GET", path, partial(_sent, page(name), "html"))
        for name, path in paths.items()
    ]
    return [*rows, ("GET", "/_inbox/{name}", asset)]


def _kind_of(name: str) -> str:
    return name.rpartition(".")[2]


async def _sent(content: bytes, kind: str, _request: Request) -> Response:
    return Response(content, media_type=_TYPES[kind], headers=_HEADERS)
