"""
One POST to a webhook's receiver: bounded in time and size, no redirects, no proxies.

It goes to this machine, and to hosts that `--allow-webhooks-to` names. No other name is
looked up, so no name server can lead the server to an address of its choice (DNS
rebinding): loopback is an address written out, or a name that RFC 6761 reserves for it.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

import h11
from attrs import field, frozen

from verify_core.files import reason_of

_CONNECT_S = 5.0  # Twilio, "Webhook connection overrides", read 2026-11-23
_LONGEST_ANSWER = 1 << 16
_PORTS = {"http": 80, "https": 443}
#: What may stand in a request line as it is; everything else is percent-encoded.
_PLAIN = "!#$%&'()*+,/:;=?@[]~"


class NotAllowed(ValueError):
    """Nothing is posted there; the message says why."""


class NotPosted(Exception):
    """No answer came; the message says why, without an address."""


@frozen(kw_only=True)
class Destination:
    """
    A URL that may be posted to.

    Attributes:
        url: As it is called and signed: without credentials and fragment, which no
            receiver gets to see there.
        name: Whose certificate it must be; None where no TLS is spoken.
        addresses: What to connect to, in order: addresses, or the one allowed name.
        host: The Host header.
        authorization: The Authorization header, where the URL has credentials.
    """

    url: str
    name: str | None
    addresses: tuple[str, ...]
    port: int
    host: str
    authorization: str | None = field(repr=False)


def plain_host(host: str) -> str:
    """
    A host as it is compared: lower case, and an address in its usual form.

    Raises:
        ValueError: It is more than a host, such as a URL, or has a port.
    """
    name = host.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")
    try:
        return str(ip_address(name))
    except ValueError:
        if not name or set(name) & set("/:@?#[] "):
            raise ValueError("takes a name or an address, without port") from None
        return name


def read_destination(url: str, allowed: Iterable[str]) -> Destination:
    """
    Where a URL leads.

    Args:
        url: Absolute, http or https.
        allowed: Hosts besides this machine, as `plain_host` gives them.

    Raises:
        NotAllowed: The URL cannot be read, or leads elsewhere.
    """
    try:
        parts = urlsplit(url)
        port, name = parts.port, plain_host(parts.hostname or "")
    except ValueError:
        raise NotAllowed("the URL has no host and port that can be read") from None
    if parts.scheme not in _PORTS:
        raise NotAllowed("the URL is neither http nor https")
    host = parts.netloc.rpartition("@")[2]
    return Destination(
        url=f"{parts.scheme}://{host}{_target(parts)}",
        name=name if parts.scheme == "https" else None,
        addresses=_addresses(name, allowed),
        port=_PORTS[parts.scheme] if port is None else port,
        host=host,
        authorization=_authorization(parts),
    )


def without_password(url: str) -> str:
    """A URL that can be shown."""
    scheme, slashes, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{netloc.rpartition('@')[2]}{slash}{path}"


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_PLAIN)


def _addresses(name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1", "::1"
    with suppress(ValueError):
        if ip_address(name).is_loopback:
            return (name,)
    if name in allowed:
        return (name,)
    raise NotAllowed(
        f"{name} is not this machine, and --allow-webhooks-to does not name it"
    )


def _authorization(parts: SplitResult) -> str | None:
    # Source: Twilio, "Webhook quickstart" of Event Streams, read 2026-11-23: a sink's
    # URL may hold credentials, sent with every request.
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


async def post(
    destination: Destination,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    answer_s: float,
) -> int:
    """
    Post once; gives the HTTP status, of a redirect its own.

    Args:
        destination: Where to connect.
        url: The URL there, as it was signed.
        headers: Besides Host, length and credentials.
        body: As it was signed.
        answer_s: Seconds for connecting and for the whole answer.

    Raises:
        NotPosted: No answer came.
    """
    try:
        async with asyncio.timeout(answer_s):
            return await _post(destination, _request(destination, url, headers, body))
    except TimeoutError:
        raise NotPosted(f"no answer within {answer_s:g} s") from None


def _request(
    destination: Destination, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[h11.Event, ...]:
    sent = {"Host": destination.host, **headers, "Content-Length": str(len(body))}
    if destination.authorization is not None:
        sent["Authorization"] = destination.authorization
    try:
        head = h11.Request(
            method="POST", target=_target(urlsplit(url)), headers=list(sent.items())
        )
    except (h11.LocalProtocolError, UnicodeError):
        raise NotPosted("the URL cannot be asked for by HTTP") from None
    return head, h11.Data(data=body), h11.EndOfMessage()


async def _post(destination: Destination, request: tuple[h11.Event, ...]) -> int:
    reader, writer = await _connected(destination)
    connection = h11.Connection(h11.CLIENT)
    try:
        writer.write(b"".join(connection.send(event) or b"" for event in request))
        return await _status(connection, reader)
    except h11.RemoteProtocolError:
        raise NotPosted("what came back is no HTTP answer") from None
    finally:
        writer.close()


async def _connected(
    destination: Destination,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name, why = destination.name, ""
    for address in destination.addresses:
        try:
            async with asyncio.timeout(_CONNECT_S):
                return await asyncio.open_connection(
                    address,
                    destination.port,
                    ssl=None if name is None else ssl.create_default_context(),
                    server_hostname=name,
                )
        except ssl.SSLError as error:
            raise NotPosted(f"no TLS: {error.reason or 'it failed'}") from None
        except TimeoutError:
            why = why or f"no connection within {_CONNECT_S:g} s"
        except OSError as error:
            why = why or f"no connection: {reason_of(error)}"
        except UnicodeError:
            why = why or "no connection: no such name"
    raise NotPosted(why)


async def _status(connection: h11.Connection, reader: asyncio.StreamReader) -> int:
    # The answer is read to its end, so that its writer is not cut off; within reason.
    status, heard = 0, 0
    while heard < _LONGEST_ANSWER:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            part = b""
            with suppress(OSError):  # a receiver may answer and hang up before it read
                part = await reader.read(1 << 14)
            if not part:
                break
            connection.receive_data(part)
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            heard += len(event.data)
        elif isinstance(event, h11.EndOfMessage):
            break
    if not status:
        raise NotPosted("the connection broke before the answer")
    return status
