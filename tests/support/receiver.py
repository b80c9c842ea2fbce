"""Somebody's server that webhooks and events are posted to, and what it saw."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from attrs import Factory, define, frozen


@frozen(kw_only=True)
class Seen:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@define(eq=False)
class Receiver:
    """
    Attributes:
        url: Where it listens.
        answers: What it says to the next requests, each once; then 200.
        seen: What came in.
        gate: Is waited for before each answer.
        came: Is notified of each request.
    """

    url: str
    answers: list[int] = Factory(list)
    seen: list[Seen] = Factory(list)
    gate: threading.Event = Factory(threading.Event)
    came: threading.Condition = Factory(threading.Condition)

    def take(self, seen: Seen) -> None:
        """Write down a request."""
        with self.came:
            self.seen.append(seen)
            self.came.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many requests have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.seen) >= count, 20)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.take(Seen(path=self.path, headers=headers, body=body))
            receiver.gate.wait(10)
            status = receiver.answers.pop(0) if receiver.answers else 200
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as inherited
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    receiver.gate.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
