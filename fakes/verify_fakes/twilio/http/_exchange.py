"""A request as it came, an answer as it goes: what a server and a mount both speak."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from attrs import evolve, field, frozen

from ...kit import _http as http
from ...kit._hiding import Hidden, Revealed, hidden
from ...kit._http import MalformedForm, encoded, fields_of
from ..machine._commands import TwilioRefusal
from ..machine._errors import ERRORS, Reason, message_for

ACCOUNT_OR_KEY = re.compile(r"(?:AC|SK)[0-9a-fA-F]{32}")


@frozen(kw_only=True)
class Request:
    """
    One HTTP request, taken apart.

    Attributes:
        method: Upper case.
        base_url: Scheme and host as the client knows them; links are built from it.
        path: As sent, still escaped.
        parameters: Of the form, or of the query for GET; the first of each name.
        user: The user name of Basic authentication; None without well-formed ones.
        request_id: Twilio's name for this exchange.
        repeated: All values of the parameters that came more than once, in order.
        at: When it came, by the machine's clock; dates the answer where it is known.
        unreadable: Why its body cannot be read, if it cannot.
    """

    method: str
    base_url: str
    _path: Hidden[str] = field(converter=hidden)
    _parameters: Hidden[Mapping[str, str]] = field(converter=hidden)
    user: str | None
    request_id: str
    _repeated: Hidden[Mapping[str, tuple[str, ...]]] = field(
        factory=dict, converter=hidden
    )
    at: datetime | None = None
    unreadable: Reason | None = None

    path = Revealed[str]()
    parameters = Revealed[Mapping[str, str]]()
    repeated = Revealed[Mapping[str, tuple[str, ...]]]()

    @property
    def host(self) -> str:
        """The host, lower case, without port."""
        return _host(self.base_url)

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, unescaped; a literal plus sign stays one."""
        return _segments(self.path)

    @property
    def account_sid(self) -> str | None:
        """The caller's account; None with an API key, which does not name it."""
        return self.user if self.user and self.user.startswith("AC") else None


# Clients ask for few places, and again and again.
@lru_cache(maxsize=1024)
def _segments(path: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in path.strip("/").split("/"))


@lru_cache(maxsize=64)
def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


@frozen(kw_only=True)
class Response(http.VendorResponse[TwilioRefusal]):
    """One HTTP answer; a refusal that it reports is the machine's."""


def read_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | str | None,
    *,
    request_id: str,
    at: datetime | None = None,
) -> Request:
    """
    Take a request apart; no header and no body makes this fail.

    The body is a form, URL-encoded or multipart/form-data as Content-Type says; both
    are Twilio's (error page 31400). `at` is when it came, by the machine's clock.

    Raises:
        ValueError: The URL is malformed.
    """
    parts = urlsplit(url)
    pairs, unreadable = _pairs(method.upper(), parts.query, headers, body or "")
    request = request_of(
        method,
        parts,
        pairs,
        user=user_of(http.header_of(headers, "authorization")),
        request_id=request_id,
        at=at,
    )
    return request if unreadable is None else evolve(request, unreadable=unreadable)


def _pairs(
    method: str, query: str, headers: Mapping[str, str], body: bytes | str
) -> tuple[list[tuple[str, str]], Reason | None]:
    """Names and values of a request's parameters; or why they cannot be read."""
    try:
        if method == "GET":
            return fields_of(query), None
        if body and http.is_packed(http.header_of(headers, "content-encoding")):
            return [], Reason.BODY_ENCODED
        return fields_of(body, http.header_of(headers, "content-type")), None
    except MalformedForm:
        return [], Reason.BODY_MALFORMED


def request_of(
    method: str,
    url: SplitResult,
    pairs: Sequence[tuple[str, str]],
    *,
    user: str | None,
    request_id: str,
    at: datetime | None = None,
) -> Request:
    """A request whose form was never text; `user` is what `user_of` has found."""
    first = dict(reversed(pairs))
    return Request(
        method=method.upper(),
        base_url=f"{url.scheme}://{url.netloc}",
        path=url.path,
        parameters=first,
        user=user,
        request_id=request_id,
        repeated=_repeated(pairs) if len(first) < len(pairs) else {},
        at=at,
    )


def _repeated(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: tuple(each) for name, each in values.items() if len(each) > 1}


def answer(
    request: Request, status: int, content: Mapping[str, object] | None
) -> Response:
    """An answer with Twilio's usual headers; without content it has no body."""
    body = b"" if content is None else encoded(content)
    return Response(status=status, headers=_headers(request, body), body=body)


def refuse(request: Request, refused: TwilioRefusal) -> Response:
    """A refusal as Twilio words it, its four keys in Twilio's order."""
    row = ERRORS[refused.reason]
    message = message_for(
        refused.reason,
        detail=refused.detail,
        channel=refused.channel,
        path=unquote(request.path),
    )
    content = {
        "code": row.code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{row.code}",
        "status": row.status,
    }
    body = encoded(content)
    headers = _headers(request, body)
    if refused.retry_after is not None:
        headers["Retry-After"] = http.whole_seconds(refused.retry_after)
    if refused.reason is Reason.RATE_LIMITED:
        # The description names the header, not its form; a limit's name is the guess.
        headers["Twilio-Reached-Rate-Limit"] = refused.detail
    if refused.reason is Reason.BODY_ENCODED:
        headers["Accept-Encoding"] = "identity"  # RFC 9110, 15.5.16
    if row.status == _UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return Response(status=row.status, headers=headers, body=body, refused=refused)


_UNAUTHORIZED = 401

# Seen around answers of api.twilio.com, published 2023; Verify's own were not captured.
# Left out of them: Access-Control-Allow-Origin "*", with which the pages of any site
# could read a fake's answers on their reader's machine.
_ALWAYS = {
    "Twilio-Concurrent-Requests": "1",
    "Twilio-Request-Duration": "0.001",
    "X-Home-Region": "us1",
    "X-Shenanigans": "none",
}


def _headers(request: Request, body: bytes) -> dict[str, str]:
    headers = {**_ALWAYS, "Twilio-Request-Id": request.request_id}
    if request.at is not None:
        headers["Date"] = _http_date(int(request.at.timestamp()))
    if body:
        headers["Content-Type"] = "application/json"
    return headers


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def user_of(authorization: str) -> str | None:
    """The user of Basic credentials that Twilio could accept, or None."""
    found = credentials_of(authorization)
    return None if found is None else found[0]


def credentials_of(authorization: str) -> tuple[str, str] | None:
    """User and secret of Basic credentials that Twilio could accept, or None."""
    # The cache keeps short texts only, however long a header can be.
    return _credentials(authorization) if len(authorization) <= _LONGEST else None


_LONGEST = 1_024


@lru_cache(maxsize=1024)
def _credentials(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    user, _, secret = decoded.partition(":")
    return None if admitted(user, secret) is None else (user, secret)


def admitted(user: str, secret: str) -> str | None:
    """The user, if Twilio could accept the credentials, or None."""
    return user if secret and ACCOUNT_OR_KEY.fullmatch(user) else None
