"""A server on loopback that answers, holds back, dribbles and cuts, byte by byte."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from attrs import Factory, define, field, frozen

from verify_core.phone import PhoneNumber, Provenance
from verify_core.verification import StartRequest

ACCOUNT = "AC" + "a1" * 16
SERVICE = "VA" + "b2" * 16
TOKEN = "tok" + "c3" * 14 + "Zq"
NUMBER = PhoneNumber(
    e164="+15553231234", calling_code=1, region="US", provenance=Provenance.EXPLICIT
)


@frozen
class Received:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        fields = parse_qs(self.body.decode(), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}


@frozen(kw_only=True)
class Reply:
    """
    What the server does with a request.

    Attributes:
        raw: The answer's bytes.
        cut_at: Bytes of the answer after which the connection breaks.
        dribble_s: Seconds between single bytes; None sends all at once.
        reset: Break with a reset instead of an orderly end.
        close: Close after the answer.
    """

    raw: bytes
    cut_at: int | None = None
    dribble_s: float | None = None
    reset: bool = False
    close: bool = False


def http(
    status: int, body: object = None, *, raw_body: bytes | None = None, **headers: str
) -> bytes:
    """An answer in HTTP/1.1; header names are written with underscores."""
    content = json.dumps(body).encode() if raw_body is None else raw_body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {
        "Content-Type": "application/json",
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Content-Length": str(len(content)),
        **named,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content


Answer = Callable[[Received], "Reply | bytes"]


@contextmanager
def silent_address() -> Iterator[tuple[str, int]]:
    """Where a server listens that accepts no connection any more."""
    with ExitStack() as opened:
        listener = opened.enter_context(
            socket.create_server(("127.0.0.1", 0), backlog=0)
        )
        address: tuple[str, int] = listener.getsockname()
        for _ in range(4):
            held = opened.enter_context(socket.socket())
            held.settimeout(0)
            held.connect_ex(address)
        yield address


@define
class Loopback:
    """
    The server.

    Attributes:
        answer: Called with each complete request.
        cut_request_at: Bytes of the first request of the next connection after which
            that connection breaks.
    """

    answer: Callable[[Received], Reply | bytes] = field(
        default=lambda _request: http(
            404, {"code": 20404, "message": "no", "status": 404}
        )
    )
    cut_request_at: int | None = None
    requests: list[Received] = Factory(list)
    connections: int = 0
    _stop: threading.Event = Factory(threading.Event)
    _listener: socket.socket = Factory(lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = Factory(list)
    _open: list[socket.socket] = Factory(list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def run(self) -> None:
        self._listener.settimeout(0.05)
        thread = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        self._stop.set()
        for waiting in (self._listener, *self._open):
            # Unlike close(), this also wakes a thread that waits in accept() or recv().
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def wait_until_closed(self) -> None:
        """Wait for the server's end of every connection so far to be closed."""
        for thread in self._threads[1:]:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            limit, self.cut_request_at = self.cut_request_at, None
            thread = threading.Thread(
                target=self._serve, args=(connection, limit), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, limit: int | None) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(10)
            while not self._stop.is_set():
                request = self._read(connection, limit)
                if request is None:
                    break
                self.requests.append(request)
                reply = self.answer(request)
                if isinstance(reply, bytes):
                    reply = Reply(raw=reply)
                if not self._write(connection, reply):
                    break
        except OSError:
            pass
        finally:
            connection.close()

    def _read(self, connection: socket.socket, limit: int | None) -> Received | None:
        data = b""
        while True:
            if limit is not None and len(data) >= limit:
                return None
            size = 65536 if limit is None else limit - len(data)
            chunk = connection.recv(size)
            if not chunk:
                return None
            data += chunk
            head, ended, body = data.partition(b"\r\n\r\n")
            if not ended:
                continue
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, value in (line.split(":", 1) for line in lines)
            }
            if len(body) >= int(headers.get("content-length", 0)) and limit is None:
                method, target, _version = first.split(" ")
                return Received(method, target, headers, body)

    def _write(self, connection: socket.socket, reply: Reply) -> bool:
        raw = reply.raw if reply.cut_at is None else reply.raw[: reply.cut_at]
        if reply.dribble_s is None:
            connection.sendall(raw)
        else:
            for position in range(len(raw)):
                connection.sendall(raw[position : position + 1])
                if self._stop.wait(reply.dribble_s):
                    return False
        if reply.reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return reply.cut_at is None and not reply.close


@define
class TinyVerify:
    """
    A Verify service in thirty lines: one code, sends counted, nothing else.

    Attributes:
        messages: Channel of every message that "left".
        now: Its clock.
        use_instead: A channel to use whatever was asked for.
    """

    code: str = "482913"
    messages: list[str] = Factory(list)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pending: dict[str, dict[str, Any]] = Factory(dict)
    dated: bool = True
    use_instead: str | None = None

    def answer(self, request: Received) -> bytes:
        headers: dict[str, Any] = {"Twilio_Request_Id": "RQ" + "d4" * 16}
        if self.dated:
            headers["Date"] = format_datetime(self.now(), usegmt=True)
        status, body = self._act(request)
        return http(status, body, **headers)

    def _act(self, request: Received) -> tuple[int, dict[str, Any]]:
        path = unquote(request.target)
        if request.method == "GET":
            return self._found(path.rpartition("/")[2])
        if path.endswith("/Verifications"):
            return 201, self._send(request.form)
        if path.endswith("/VerificationCheck"):
            return self._check(request.form)
        return self._found(path.rpartition("/")[2], status="canceled")

    def _send(self, form: dict[str, str]) -> dict[str, Any]:
        channel = self.use_instead or form["Channel"]
        self.messages.append(channel)
        now = self.now()
        found = self.pending.setdefault(
            form["To"],
            {
                "sid": f"VE{len(self.messages):032x}",
                "to": form["To"],
                "status": "pending",
                "valid": False,
                "date_created": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "send_code_attempts": [],
            },
        )
        found["channel"] = channel
        found["send_code_attempts"].append(
            {
                "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "channel": channel,
                "attempt_sid": f"VL{len(self.messages):032x}",
            }
        )
        return found

    def _found(self, key: str, **changes: str) -> tuple[int, dict[str, Any]]:
        for found in self.pending.values():
            if key in {found["sid"], found["to"]}:
                return 200, found | changes
        return 404, {"code": 20404, "message": "not found", "status": 404}

    def _check(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        key = form.get("VerificationSid") or form["To"]
        status, found = self._found(key)
        if status == 200 and form["Code"] == self.code:
            del self.pending[found["to"]]
            return 200, found | {"status": "approved", "valid": True}
        return status, found


class Misbehaviour:
    """Answers that no good server gives, made from those of a `TinyVerify`."""

    http = staticmethod(http)

    def start_like(self, request: StartRequest) -> Received:
        form = {"To": request.identifier.value, "Channel": request.channel.value}
        return Received(
            "POST",
            f"/v2/Services/{SERVICE}/Verifications",
            {},
            urlencode(form).encode(),
        )

    def always(self, raw: bytes) -> Answer:
        return lambda _request: raw

    def cut_posts(
        self, tiny: TinyVerify, *, cut_at: int, reset: bool = False
    ) -> Answer:
        def answer(request: Received) -> Reply | bytes:
            raw = tiny.answer(request)
            if request.method == "GET":
                return raw
            return Reply(raw=raw, cut_at=cut_at, reset=reset)

        return answer

    def cut_all(self, tiny: TinyVerify, *, cut_at: int) -> Answer:
        return lambda request: Reply(raw=tiny.answer(request), cut_at=cut_at)

    def dribble_posts(self, tiny: TinyVerify, *, pause_s: float) -> Answer:
        def answer(request: Received) -> Reply | bytes:
            raw = tiny.answer(request)
            if request.method == "GET":
                return raw
            return Reply(raw=raw, dribble_s=pause_s)

        return answer

    def lose_everything(self, tiny: TinyVerify) -> Answer:
        """Obey, and answer nobody."""
        return self.cut_all(tiny, cut_at=0)

    def fail_posts(self, tiny: TinyVerify, status: int, *, obey: bool) -> Answer:
        def answer(request: Received) -> bytes:
            if request.method == "GET":
                return tiny.answer(request)
            if obey:
                tiny.answer(request)
            return http(status, {"code": 20000 + status, "message": "fault"})

        return answer

    def cut_unframed(self, tiny: TinyVerify) -> Answer:
        """Bodies end with the connection, and those of POST end too early."""

        def answer(request: Received) -> Reply | bytes:
            raw = tiny.answer(request)
            if request.method == "GET":
                return raw
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = [
                line
                for line in head.split(b"\r\n")
                if not line.lower().startswith(b"content-length")
            ]
            unframed = b"\r\n".join(lines) + b"\r\n\r\n" + body
            return Reply(raw=unframed, cut_at=len(unframed) - 40)

        return answer

    def closing(self, tiny: TinyVerify) -> Answer:
        """Close after each answer without saying so beforehand."""
        return lambda request: Reply(raw=tiny.answer(request), close=True)
