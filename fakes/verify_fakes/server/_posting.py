"""
One POST to somebody's server: bounded in time and size, no redirects, no proxies.

The bytes are the business of h11; the connection is opened here,
so that it goes to the address that was judged, and ends at once when it must.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ._destinations import Destination, target_of

if TYPE_CHECKING:
    import h11

CONNECT_S: Final = 5.0
"""How long connecting may take (Twilio, "Webhook connection overrides", 2026-11)."""

_PART: Final = 1 << 14
_LONGEST_ANSWER: Final = 1 << 16
_BROKE: Final = "the connection broke before the answer"


class NotPosted(Exception):
    """No answer came; the message says why, without an address."""


async def post(
    destination: Destination,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    answer_s: float,
) -> int:
    """
    Post once.

    Args:
        destination: Where to connect.
        url: The URL there, as it was signed.
        headers: Besides Host, length and credentials.
        body: What is posted.
        answer_s: Seconds for connecting and for the whole answer.

    Returns:
        The HTTP status; of a redirect, its own.

    Raises:
        NotPosted: No answer came.
    """
    try:
        async with asyncio.timeout(answer_s):
            return await _post(destination, url, headers, body)
    except TimeoutError:
        raise NotPosted(f"no answer within {answer_s:g} s") from None


async def _post(
    destination: Destination, url: str, headers: Mapping[str, str], body: bytes
) -> int:
    import h11

    try:
        request = _request(destination, url, headers, body)
    except (h11.LocalProtocolError, UnicodeError):
        raise NotPosted("the URL cannot be asked for by HTTP") from None
    reader, writer = await _connected(destination)
    try:
        return await _talk(reader, writer, request)
    except h11.RemoteProtocolError:
        raise NotPosted("what came back is no HTTP answer") from None
    finally:
        writer.close()


async def _connected(
    destination: Destination,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context() if destination.secure else None
    why = ""
    for address in destination.addresses:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(
                    address,
                    destination.port,
                    ssl=context,
                    server_hostname=destination.name if destination.secure else None,
                )
        except ssl.SSLError as error:
            raise NotPosted(f"no TLS: {error.reason or 'it failed'}") from None
        except TimeoutError:
            why = why or f"no connection within {CONNECT_S:g} s"
        except (OSError, UnicodeError) as error:
            why = why or f"no connection: {type(error).__name__}"
    raise NotPosted(why)


def _request(
    destination: Destination, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[h11.Request, h11.Data]:
    import h11

    sent = {"Host": destination.host, **headers, "Content-Length": str(len(body))}
    if destination.authorization is not None:
        sent["Authorization"] = destination.authorization
    request = h11.Request(
        method="POST", target=target_of(url), headers=list(sent.items())
    )
    return request, h11.Data(data=body)


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: tuple[h11.Request, h11.Data],
) -> int:
    import h11

    connection = h11.Connection(h11.CLIENT)
    events = (*request, h11.EndOfMessage())
    writer.write(b"".join(connection.send(event) or b"" for event in events))
    status, heard = 0, 0
    # The answer is read to its end, so that its writer is not cut off; within reason.
    while heard < _LONGEST_ANSWER:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            part = await _part(reader)
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
        raise NotPosted(_BROKE)
    return status


async def _part(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(_PART)
    except OSError:  # a receiver may answer and hang up before it has read everything
        return b""
