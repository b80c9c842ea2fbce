"""
From bytes to requests, within bounds; no socket and no clock.

httptools parses. This decides how far it goes: one request at a time comes out, and
what a client sends behind it stays bytes. What breaks a bound, or is not a request
that one server of one name can answer, comes out as a refusal; nothing comes after it.

Sources: RFC 9110 (semantics), RFC 9112 (syntax).
"""

from __future__ import annotations

import re
from collections import deque
from enum import Enum
from urllib.parse import unquote

import httptools
from attrs import define, field, frozen

from ._bounds import Bounds

#: Bytes parsed at a time. A parser cannot be stopped in the middle of them, so it finds
#: as many requests as fit in here, at most.
_PART = 1_024
#: A chunked body weighs more than it holds (RFC 9112, 7.1); within reason.
_CHUNKED = 8
#: RFC 9112, 3.2, and RFC 3986, 3.2.2, without the characters that no host's name has.
_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?"
)
_ABSOLUTE_FORM = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE)


class ReadPhase(Enum):
    """What a reader waits for."""

    IDLE = "request"
    HEAD = "head of the request"
    BODY = "body of the request"
    DEAF = "nothing"


@frozen
class HttpRefusal:
    """Why a request is not for an application: an HTTP status and a sentence."""

    status: int
    why: str


@define(eq=False, kw_only=True)
class Incoming:
    """
    A request, or what was read of one that is refused.

    Attributes:
        method: As sent; empty where it was not read.
        version: `1.0` or `1.1`.
        headers: In order, names in lower case. For a target in absolute form the one
            Host line is what the target names.
        path: Still escaped; empty for `CONNECT`.
        query: Still escaped.
        absolute: Whether the target was in absolute form, as it is for a proxy.
        keep_alive: Whether another request may follow.
        expects: Whether the client waits for `100 Continue` before it sends the body.
        body: So far.
    """

    method: str = ""
    version: str = "1.1"
    target: bytes = field(default=b"", repr=False)
    headers: list[tuple[bytes, bytes]] = field(factory=list, repr=False)
    path: bytes = field(default=b"", repr=False)
    query: bytes = field(default=b"", repr=False)
    absolute: bool = False
    keep_alive: bool = False
    expects: bool = False
    body: bytearray = field(factory=bytearray, repr=False)
    refusal: HttpRefusal | None = None

    @property
    def decoded_path(self) -> str:
        """The path, unescaped."""
        text = self.path.decode("latin-1")
        return unquote(text) if "%" in text else text


class RequestReader:
    """
    Reads the requests of one connection.

    Attributes:
        newest: The request whose body is being read.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._parser = httptools.HttpRequestParser(self)
        self._held, self._at = b"", 0
        self._ready: deque[Incoming] = deque()
        self._phase = ReadPhase.IDLE
        self._weight = 0
        self.newest = Incoming()

    @property
    def phase(self) -> ReadPhase:
        """What it waits for."""
        waits = self._phase is ReadPhase.IDLE and self._weight
        return ReadPhase.HEAD if waits else self._phase

    @property
    def held(self) -> bytes:
        """What came and has not been looked at."""
        return self._held[self._at :]

    def feed(self, data: bytes) -> None:
        """Take in bytes; `next` looks at them."""
        if self._phase is not ReadPhase.DEAF:
            self._held = self.held + data
            self._at = 0

    def close(self) -> None:
        """Read no more."""
        self._phase = ReadPhase.DEAF
        self._held, self._at = b"", 0
        self._ready.clear()

    def next(self) -> Incoming | None:
        """The next request that is whole, or refused; None where more must come."""
        while not self._ready and self._phase is not ReadPhase.DEAF:
            part = self._held[self._at : self._at + _PART]
            if not part:
                self._held, self._at = b"", 0
                return None
            self._at += len(part)
            self._weight += len(part)
            self._parse(part)
        return self._ready.popleft() if self._ready else None

    def _parse(self, part: bytes) -> None:
        try:
            self._parser.feed_data(part)
        except httptools.HttpParserUpgrade as upgrade:
            self._at -= len(part) - int(upgrade.args[0])
            self._upgrade()
        except httptools.HttpParserCallbackError:
            raise  # a mistake of this module
        except httptools.HttpParserError:
            # Behind the last request of a connection anything may come.
            self._refuse(HttpRefusal(400, "The request cannot be read as HTTP."))
        self._weigh()

    def _upgrade(self) -> None:
        """Another protocol is asked for; or a tunnel, and then nothing more is read."""
        self._parser = httptools.HttpRequestParser(self)
        if self._phase is ReadPhase.HEAD:
            # The parser has left the body out. Without its Upgrade lines this is the
            # head of a plain request, as which RFC 9110, 7.8, lets a server take it.
            lines = [
                b"%b: %b\r\n" % pair for pair in self._headers if pair[0] != _UPGRADE
            ]
            line = b"%b %b HTTP/1.1\r\n" % (self._method, self._target)
            self._parser.feed_data(b"".join((line, *lines, b"\r\n")))

    def _weigh(self) -> None:
        """Refuse what has no end; the parser itself keeps a line until it ends."""
        if self._phase is ReadPhase.BODY:
            bounds = self._bounds
            if self._weight > bounds.head_bytes + _CHUNKED * bounds.body_bytes:
                self._refuse(self._body_too_long())
        elif self._weight > self._bounds.head_bytes + 2 * _PART:
            self._refuse(self._head_too_long())

    def _refuse(self, refusal: HttpRefusal) -> None:
        if self._phase is not ReadPhase.DEAF:
            self._queue(Incoming(method=self._method.decode(), refusal=refusal))

    def _queue(self, incoming: Incoming) -> None:
        self._ready.append(incoming)
        self._weight, self._method = 0, b""
        last = incoming.refusal is not None or not incoming.keep_alive
        self._phase = ReadPhase.DEAF if last else ReadPhase.IDLE

    # What the parser says.

    _method = b""

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._phase is ReadPhase.DEAF:
            return
        self._phase, self._weight = (
            ReadPhase.HEAD,
            _PART,
        )  # of which it has this at most
        self._target = self._method = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = self._length = 0
        self._once: dict[bytes, bytes] = {}
        self._twice = b""
        self._expects = False

    def on_url(self, url: bytes) -> None:
        """The target, or a part of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head; those behind a chunked body are left out."""
        if self._phase is not ReadPhase.HEAD:
            return
        name = name.lower()
        self._headers.append((name, value))
        self._head_bytes += len(name) + len(value) + len(b": \r\n")
        if name in _ONCE:
            self._twice = name if name in self._once else self._twice
            self._once[name] = value
        elif name == b"content-length":
            self._length = int(value)
        elif name == b"expect":
            self._expects = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """The head is here: see whether an application may have the request."""
        if self._phase is not ReadPhase.HEAD:
            return
        self._method = self._parser.get_method()
        tunnel = self._method == b"CONNECT"
        if self._parser.should_upgrade() and not tunnel:
            return  # `_upgrade` has it parsed again
        version: str = self._parser.get_http_version()
        self.newest = Incoming(
            method=self._method.decode(),
            version=version,
            target=self._target,
            headers=self._headers,
            keep_alive=not tunnel
            and version == "1.1"
            and self._parser.should_keep_alive(),
            expects=self._expects,
        )
        self._phase = ReadPhase.BODY
        self.newest.refusal = self._judged(self.newest)
        if self.newest.refusal is not None:
            self._queue(self.newest)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._phase is not ReadPhase.BODY:
            return
        self.newest.body += body
        if len(self.newest.body) > self._bounds.body_bytes:
            self.newest.refusal = self._body_too_long()
            self._queue(self.newest)

    def on_message_complete(self) -> None:
        """The request is here."""
        if self._phase is ReadPhase.BODY:
            self._queue(self.newest)

    # What is refused.

    def _judged(self, incoming: Incoming) -> HttpRefusal | None:
        """Why an application may not have a request, going by its head."""
        bounds, target = self._bounds, self._target
        if incoming.version not in {"1.0", "1.1"}:
            return HttpRefusal(505, "This server speaks HTTP/1.1.")
        line = len(self._method) + len(target) + len(b"  HTTP/1.1\r\n\r\n")
        if line + self._head_bytes > bounds.head_bytes:
            return self._head_too_long()
        if len(target) > bounds.target_bytes:
            return HttpRefusal(
                414, f"The target has over {bounds.target_bytes:,} bytes."
            )
        wrong = self._ill_addressed(incoming)
        if wrong is None and self._length > bounds.body_bytes:
            return self._body_too_long()
        return wrong

    def _ill_addressed(self, incoming: Incoming) -> HttpRefusal | None:
        host = self._once.get(b"host")
        if self._twice:
            return HttpRefusal(
                400, f"A request has one {self._twice.decode()} line only."
            )
        if host is None and incoming.version == "1.1":
            return HttpRefusal(400, "A request has a host line.")
        if host is not None and not _HOST.fullmatch(host):
            return HttpRefusal(400, "The host line names no host.")
        if incoming.method != "CONNECT" and not _place(incoming):
            return HttpRefusal(400, "The target of the request cannot be read.")
        return None

    def _head_too_long(self) -> HttpRefusal:
        return HttpRefusal(431, f"The head has over {self._bounds.head_bytes:,} bytes.")

    def _body_too_long(self) -> HttpRefusal:
        return HttpRefusal(413, f"The body has over {self._bounds.body_bytes:,} bytes.")


_UPGRADE = b"upgrade"
#: Lines that have one meaning; of two, a browser's gateway and this server might each
#: believe another one (RFC 9112, 3.2; RFC 9110, 5.3).
_ONCE = frozenset({b"host", b"origin", b"authorization"})


def _place(incoming: Incoming) -> bool:
    """Find path and query in the target; False where it cannot be read."""
    target = incoming.target
    absolute = None if target.startswith(b"/") else _ABSOLUTE_FORM.fullmatch(target)
    if absolute is not None:
        if not _HOST.fullmatch(absolute[1]):
            return False
        # The target's own host counts, whatever the Host line says (RFC 9112, 3.2.2).
        others = [pair for pair in incoming.headers if pair[0] != b"host"]
        incoming.headers = [(b"host", absolute[1]), *others]
        incoming.absolute = True
        target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
    incoming.path, _, incoming.query = target.partition(b"?")
    whole = target.startswith(b"/") or (target == b"*" and incoming.method == "OPTIONS")
    return whole and b"#" not in target
