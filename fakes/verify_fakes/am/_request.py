"""A request to one of AM's paths: where it leads, what it has, or why it is refused."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from http import HTTPStatus
from json import loads
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen

from ..kit._hiding import Hidden, Revealed, hidden
from ..kit._http import is_packed
from ..server._access import is_loopback
from ..server._asgi import ApiCall
from ._walks import Said
from ._wire import Json

COOKIE = "iPlanetDirectoryPro"
"""AM's default name of the session's cookie, and of the header in its place."""

CONTEXTS = ("/am", "/openam", "")
"""Paths under which AM is usually deployed; the last is the server's root."""

_VERSION = re.compile(
    r"\s*(protocol|resource)\s*=\s*([0-9]{1,4})(?:\.([0-9]{1,4}))?\s*"
)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_MOST_LANGUAGES = 10


class AmRefused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, **detail: object) -> None:
        super().__init__(message)
        self.said = problem(status, message, **detail)


def problem(status: int, message: str, **detail: object) -> Said:
    """An error in AM's form."""
    body: Json = {
        "code": status,
        "reason": HTTPStatus(status).phrase,
        "message": message,
    }
    return Said(status=status, body={**body, "detail": detail} if detail else body)


@frozen(kw_only=True)
class AmRequest:
    """
    A request to one of AM's paths.

    Attributes:
        context: The path that stands before, such as `/am`.
        area: `json` or `oauth2`.
        realm: Such as `/alpha`, `/` for the top-level one.
        realm_path: How the client wrote it.
        resource: What follows, such as `authenticate`; `discovery`, or `oauth2` for
            all else of OAuth 2.0.
    """

    call: ApiCall
    context: str
    area: str
    realm: str
    realm_path: str
    resource: str
    _query: Hidden[Mapping[str, str]] = field(converter=hidden)

    query = Revealed[Mapping[str, str]]()

    @classmethod
    def of(cls, call: ApiCall, realms: Container[str]) -> AmRequest:
        """
        Read a request.

        Raises:
            AmRefused: Its path leads nowhere, or to an unknown realm.
        """
        try:
            path = urlsplit(call.url).path
            query = dict(reversed(parse_qsl(call.query, keep_blank_values=True)))
        except ValueError:
            raise AmRefused(400, "The address cannot be read") from None
        context = next(
            (x for x in CONTEXTS if path.startswith((f"{x}/json", f"{x}/oauth2"))), None
        )
        parts = path[len(context or "") :].strip("/").split("/")
        if context is None or parts[0] not in {"json", "oauth2"}:
            raise AmRefused(404, "Resource not found")
        realm, rest, written = _realm_of([unquote(each) for each in parts[1:]])
        realm = _normal(query["realm"]) if query.get("realm") else realm
        if realm not in realms:
            raise AmRefused(400, f"Invalid realm, {realm[:100]}")
        return cls(
            call=call,
            context=context,
            area=parts[0],
            realm=realm,
            realm_path=written,
            resource=rest if parts[0] == "json" else _OAUTH.get(rest, "oauth2"),
            query=query,
        )

    @property
    def origin(self) -> str:
        """The server as the client calls it."""
        parts = urlsplit(self.call.url)
        return f"{parts.scheme}://{parts.netloc}"

    def text(self, name: str) -> str:
        """A parameter of the query, or nothing."""
        return self.query.get(name, "")

    @property
    def token(self) -> str:
        """The session's token: the header, else the cookie."""
        found = self.call.headers.get(COOKIE.lower(), "")
        for each in self.call.headers.get("cookie", "").split(";"):
            name, _, value = each.strip().partition("=")
            if name == COOKIE and not found:
                found = unquote(value.strip('"'))
        return found

    @property
    def json(self) -> object:
        """
        The body; None where it is empty.

        Raises:
            AmRefused: It is not JSON.
        """
        headers, body = self.call.headers, self.call.body
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if not body.strip():
            return None
        if kind not in {"", "application/json"}:
            raise AmRefused(415, "Unsupported Media Type")
        if is_packed(headers.get("content-encoding", "")):
            raise AmRefused(415, "Unsupported Content-Encoding")
        try:
            return _without_nan(body)
        except (ValueError, RecursionError):
            fault = "The request body is not valid JSON"
        raise AmRefused(400, fault)


def _without_nan(body: bytes) -> object:
    def refuse(name: str) -> object:
        raise ValueError(name)

    return loads(body.decode(), parse_constant=refuse)


_OAUTH = {".well-known/openid-configuration": "discovery"}
_FIRST = frozenset(
    {
        *("authenticate", "sessions", "serverinfo", ".well-known"),
        *("authorize", "access_token", "tokeninfo", "userinfo", "introspect", "token"),
        *("connect", "par", "device", "idtokeninfo", "register", "bc-authorize"),
    }
)


def _realm_of(parts: list[str]) -> tuple[str, str, str]:
    """The realm of a path's parts, what comes behind it, and how it is written."""
    names: list[str] = []
    rest = [*parts]
    if rest[:1] == ["realms"]:
        while rest[:1] == ["realms"] and len(rest) > 1:
            names.append(rest[1])
            rest = rest[2:]
        if names[:1] != ["root"]:
            raise AmRefused(400, f"Invalid realm, /{'/'.join(names)[:100]}")
        names = names[1:]
    else:
        while rest and rest[0] not in _FIRST:
            names.append(rest.pop(0))
    written = "/".join(parts[: len(parts) - len(rest)])
    return _normal("/".join(names)), "/".join(rest).rstrip("/"), written


def _normal(realm: str) -> str:
    parts = [each for each in realm.split("/") if each]
    return f"/{'/'.join(parts[1:] if parts[:1] == ['root'] else parts)}"


def require_version(header: str) -> None:
    """
    Refuse an unknown version of the API.

    Raises:
        AmRefused: The header cannot be read, or names another protocol or resource.
    """
    for part in filter(None, header.split(",")):
        found = _VERSION.fullmatch(part)
        if found is None:
            raise AmRefused(400, "Invalid Accept-API-Version")
        most = 1 if found[1] == "protocol" else 9
        if not 1 <= int(found[2]) <= most:
            raise AmRefused(404, f"Accept-API-Version: there is no such {found[1]}")


def languages(request: AmRequest) -> tuple[str, ...]:
    """What the person prefers: the query's locale, then the header's, best first."""
    weighed = []
    for part in request.call.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0:
            weighed.append((-weight, tag))
    tags = [request.text("locale"), *(tag for _, tag in sorted(weighed, key=_weight))]
    found = (each for each in tags if _LANGUAGE.fullmatch(each))
    return tuple(dict.fromkeys(found))[:_MOST_LANGUAGES]


def _weight(weighed: tuple[float, str]) -> float:
    return weighed[0]


def own_url(url: str) -> str:
    """
    A URL to go to that is this server's or this machine's, else nothing.

    AM takes only those of its list of valid ones; here a page of the developer's is.
    """
    try:
        parts = urlsplit(url)
        is_ours = is_loopback(parts.netloc) if parts.netloc else url.startswith("/")
    except ValueError:
        return ""
    is_plain = parts.scheme in {"", "http", "https"} and url.isprintable()
    return url if is_plain and is_ours and "\\" not in url else ""
