"""A server of SMTP on loopback that answers as told, and cuts, stalls and dribbles."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from attrs import Factory, define, field

from verify_providers.own.senders import SmtpSender

USER, PASSWORD = "codes", "s3cr3t-Pa55"
LONG = timedelta(seconds=10)


def sender_to(port: int, **options: Any) -> SmtpSender:  # noqa: ANN401 - any option
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "from_address": "codes@shop.example",
        "timeout": LONG,
    }
    return SmtpSender(**{**settings, **options})


#: What a server says to each command, and to the mail; a patient one.
YES: Mapping[str, str] = {
    "": "220 mx.example ESMTP",
    "EHLO": "250-mx.example\n250-SIZE 1000000\n250 AUTH PLAIN LOGIN",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 queued as 4F2A",
    "QUIT": "221 bye",
}


def bytes_of(*commands: str) -> int:
    """How many bytes `YES` has for these commands."""
    return sum(len(f"{YES[each]}\r\n") + YES[each].count("\n") for each in commands)


@define
class MailServer:
    """
    Serves one connection after another, each in a thread.

    Attributes:
        answers: By command; what stands here goes before `YES`.
        tls: For STARTTLS, which is offered with it alone; `implicit` begins with TLS.
        cut_at: Bytes of its answers after which a connection ends.
        stalls: Whether it then stays open in silence.
        resets: Whether it ends by a reset.
        dribbles: Whether each byte of an answer is sent alone.
        pause_s: Seconds before each of those bytes.
        reads_mail: Whether it reads what follows DATA.
        lines: What it read, command by command; the mail as one.
        took: How often it read a mail's last dot.
        taken: Set when it did.
        said: Bytes that it wrote.
    """

    answers: Mapping[str, str] = Factory(dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    cut_at: int | None = None
    stalls: bool = False
    resets: bool = False
    dribbles: bool = False
    pause_s: float = 0
    reads_mail: bool = True
    lines: list[str] = Factory(list)
    took: int = 0
    taken: threading.Event = Factory(threading.Event)
    said: int = 0
    _listener: socket.socket = field(
        factory=lambda: socket.create_server(("127.0.0.1", 0))
    )
    _stop: threading.Event = Factory(threading.Event)
    _threads: list[threading.Thread] = Factory(list)
    _open: list[socket.socket] = Factory(list)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def commands(self) -> list[str]:
        """The first word of each command."""
        return [line.split(" ")[0].rstrip() for line in self.lines]

    @contextmanager
    def running(self) -> Iterator[MailServer]:
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._close(self._listener)
            accepting.join(timeout=5)
            self.settle()

    def settle(self) -> None:
        """Wait until every connection so far has ended."""
        self._stop.set()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_WR)
        for thread in self._threads:
            thread.join(timeout=5)
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(10)
        with suppress(OSError, EOFError):
            if self.implicit and self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self._talk(connection)
        if self.resets:
            with suppress(OSError):
                linger = b"\1\0\0\0\0\0\0\0"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._close(connection, gently=not self.resets)

    @staticmethod
    def _close(connection: socket.socket, *, gently: bool = True) -> None:
        if gently:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _talk(self, connection: socket.socket) -> None:
        buffer = bytearray()
        self._say(connection, "")
        while True:
            line = self._read(connection, buffer, b"\r\n")
            self.lines.append(line)
            command = line.split(" ")[0].strip().upper()
            self._say(connection, command)
            if command == "STARTTLS" and self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            if command == "QUIT":
                return
            if command == "DATA" and self._answer(connection, "DATA").startswith("354"):
                if not self.reads_mail:
                    self._stop.wait(10)
                    return
                self.lines.append(self._read(connection, buffer, b"\r\n.\r\n"))
                self.took += 1
                self.taken.set()
                self._say(connection, ".")

    def _answer(self, connection: socket.socket, command: str) -> str:
        found = self.answers.get(command, YES.get(command, "500 what?"))
        is_clear = self.tls is not None and not isinstance(connection, ssl.SSLSocket)
        if command == "EHLO" and is_clear:
            first, _, rest = found.partition("\n")
            return f"{first}\n250-STARTTLS\n{rest}"
        return found

    def _say(self, connection: socket.socket, command: str) -> None:
        data = b"".join(
            f"{line}\r\n".encode()
            for line in self._answer(connection, command).split("\n")
        )
        if self.cut_at is not None and self.said + len(data) > self.cut_at:
            data = data[: self.cut_at - self.said]
            self._write(connection, data)
            if self.stalls:
                self._wait_for_the_other_end(connection)
            raise EOFError
        self._write(connection, data)

    def _write(self, connection: socket.socket, data: bytes) -> None:
        pieces = [data[at : at + 1] for at in range(len(data))]
        for piece in pieces if self.dribbles else [data]:
            if self.pause_s:
                self._stop.wait(self.pause_s)
            connection.sendall(piece)
        self.said += len(data)

    def _wait_for_the_other_end(self, connection: socket.socket) -> None:
        while not self._stop.is_set() and connection.recv(65536):
            pass

    @staticmethod
    def _read(connection: socket.socket, buffer: bytearray, end: bytes) -> str:
        while end not in buffer:
            data = connection.recv(65536)
            if not data:
                raise EOFError
            buffer += data
        found, _, rest = bytes(buffer).partition(end)
        buffer[:] = rest
        return (found + end).decode("utf-8", "surrogateescape")
