"""The loft behind a real socket, with the faults that a network has."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attrs import define, field

from .vendor import PigeonLoft

KEY = "coo-coo-coo"


class Fault(StrEnum):
    """What goes wrong with an answer; what was asked for is done all the same."""

    LOST = "lost"
    STALLED = "stalled"
    STRANGE = "strange"
    """The result is a word that no document knows."""


@define
class Network:
    """
    What goes wrong from now on.

    Attributes:
        fault: What goes wrong with every answer, or None.
        fault_once: What goes wrong with the next one alone, or None.
        throttle: Whether the next question is put off.
        closed: Set when the loft closes; what stalls, ends.
        unplug: Closes the loft, so that nobody listens any more.
    """

    fault: Fault | None = None
    fault_once: Fault | None = None
    throttle: bool = False
    closed: threading.Event = field(factory=threading.Event)
    unplug: Callable[[], None] = lambda: None

    def next_fault(self) -> Fault | None:
        """What goes wrong with this answer."""
        once, self.fault_once = self.fault_once, None
        return once or self.fault


@contextmanager
def served(loft: PigeonLoft, network: Network) -> Iterator[str]:
    """Serve the loft on loopback; gives its address, and closes it at the end."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                self._reply(401, {})
                return
            if network.throttle:
                network.throttle = False
                self._reply(429, {})
                return
            status, said = loft.answer(self.command, self.path, body)
            fault = network.next_fault()
            if fault is Fault.STALLED:
                network.closed.wait()
            if fault in {Fault.STALLED, Fault.LOST}:
                return
            if fault is Fault.STRANGE and "result" in said:
                said = {**said, "result": "perhaps"}
            self._reply(status, said)

        do_POST = do_DELETE = handle_any  # noqa: N815 - http.server's names

        def _reply(self, status: int, said: dict[str, object]) -> None:
            raw = json.dumps(said).encode() if said else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_args: object) -> None:
            """Nothing: a code may stand in what is asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()

    def close() -> None:
        network.closed.set()
        server.shutdown()
        thread.join()
        server.server_close()

    with ExitStack() as stack:
        stack.callback(close)
        network.unplug = stack.close  # which closes once, then or at the end
        yield f"http://127.0.0.1:{server.server_port}"
