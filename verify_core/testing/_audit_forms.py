"""
The form under audit, as a black box: a text goes in, E.164 or nothing comes out.

Whatever else it does is an answer, too: it crashes, takes too long, prints something
else. Nothing that a form does may stop the audit, or fill the machine's memory.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Protocol

from attrs import define, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import reason_of

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
MOST_BYTES = 1 << 16
_STACK = re.compile(
    r"Traceback \(most recent call last\)|\n\s+at \S+|panic: |Exception in thread"
    r"|Fatal error|Segmentation fault"
)
_MISSING = 127
_SIGNALLED = 128


@frozen
class FormAnswer:
    """
    What a form said to one text.

    Attributes:
        e164: The number, or None where it was refused.
        fault: What went wrong instead: `crashed`, `timed_out` or `garbage`.
        detail: What came instead of a number, cut short.
    """

    e164: str | None = None
    fault: str | None = None
    detail: str = ""


REFUSED = FormAnswer()
TIMED_OUT = FormAnswer(fault="timed_out")


class Form(Protocol):
    """A form: `takes` says which texts its way of asking can carry."""

    jobs: int

    def takes(self, text: str) -> bool:
        """Whether the text can be handed over as it is."""

    def ask(self, text: str) -> FormAnswer:
        """What the form says to a text."""

    def close(self) -> None:
        """End what was started."""


def read_answer(output: bytes) -> FormAnswer:
    """An answer from what was printed; one line, and nothing but a number."""
    text = output.decode("utf-8-sig", errors="replace").strip()
    if not text:
        return REFUSED
    if _E164.fullmatch(text):
        return FormAnswer(text)
    return FormAnswer(fault="garbage", detail=ascii(text[:40]))


@define
class Command:
    """A program that is started for each text: standard input, standard output."""

    argv: Sequence[str]
    timeout_s: float
    jobs: int = 1

    def takes(self, text: str) -> bool:
        """Whether the text has an encoding."""
        return is_encodable(text)

    def ask(self, text: str) -> FormAnswer:
        """Start the program, hand the text over and wait for its end."""
        process = _start(self.argv)
        printed, complained = _Printed(process.stdout), _Printed(process.stderr)
        try:
            with suppress(OSError):
                _pipe(process.stdin).write(text.encode())
            with suppress(OSError):
                _pipe(process.stdin).close()
            printed.join(self.timeout_s)
            if printed.is_alive():
                return TIMED_OUT
            if len(printed.data) >= MOST_BYTES:
                return FormAnswer(fault="garbage", detail="without an end")
            try:
                status = process.wait(self.timeout_s)
            except subprocess.TimeoutExpired:
                return TIMED_OUT
        finally:
            _kill(process)
        complained.join(1)
        return self._judged(printed.data, complained.data, status)

    def _judged(self, printed: bytes, complained: bytes, status: int) -> FormAnswer:
        answer = read_answer(printed)
        text = complained.decode(errors="replace")
        if status < 0 or status > _SIGNALLED:
            return FormAnswer(fault="crashed", detail=f"exit status {status}")
        if status and _STACK.search(text):
            return FormAnswer(fault="crashed", detail=_last_line(text))
        return answer

    def close(self) -> None:
        """End nothing: every program has ended."""


@define
class Lines:
    """
    A program that lives on: a line in, a line out.

    As JSON, a line in is a string and a line out a string, null, or
    `{"fault": "crashed", "detail": …}`.
    """

    argv: Sequence[str]
    timeout_s: float
    as_json: bool = False
    jobs: int = 1
    _process: subprocess.Popen[bytes] | None = None
    _lines: queue.Queue[bytes] = field(factory=queue.Queue)

    def takes(self, text: str) -> bool:
        """Whether the text is one line."""
        if self.as_json:
            return True
        return is_encodable(text) and not re.search(r"[\r\n\0]", text)

    def ask(self, text: str) -> FormAnswer:
        """Write a line, and wait for one."""
        process = self._running()
        line = json.dumps(text) if self.as_json else text
        try:
            _pipe(process.stdin).write(f"{line}\n".encode())
            _pipe(process.stdin).flush()
            found = self._lines.get(timeout=self.timeout_s)
        except queue.Empty:
            self.close()
            return TIMED_OUT
        except OSError:
            found = b""
        if not found.endswith(b"\n"):
            self.close()
            if len(found) >= MOST_BYTES:
                return FormAnswer(fault="garbage", detail="a line without an end")
            return FormAnswer(fault="crashed", detail="it ended without an answer")
        return _from_json(found) if self.as_json else read_answer(found)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and not self._lines.empty():
            self.close()  # it printed more than a line, so that answers are out of step
        if self._process is None:
            self._process = _start(self.argv, errors=subprocess.DEVNULL)
            self._lines = queue.Queue()
            reading = (_pipe(self._process.stdout), self._lines)
            threading.Thread(target=_read_lines, args=reading, daemon=True).start()
        return self._process

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            _kill(self._process)
            self._process = None


def command_form(command: str, *, timeout_s: float, lines: bool, jobs: int) -> Form:
    """
    The form that a command line starts.

    Raises:
        InvalidSetting: It is no command line, no program has that name, or it does not
            answer line by line, as `lines` says.
    """
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise InvalidSetting("--command", f"{error}".lower()) from None
    if not argv:
        raise InvalidSetting("--command", "is empty; pass a program")
    try:
        process = _start(argv)
    except OSError as error:
        fault = f"{argv[0]} cannot be started: {reason_of(error)}"
        raise InvalidSetting("--command", fault) from None
    _kill(process)
    for unread in (process.stdout, process.stderr):
        _pipe(unread).close()
    if not lines:
        return Command(argv, timeout_s, jobs)
    form = Lines(argv, timeout_s)
    if form.ask("+15553231234").fault in {"crashed", "timed_out"}:
        form.close()
        raise InvalidSetting(
            "--lines",
            "no line came back; print one for each that is read, and flush it",
        )
    return form


def call_form(place: str, *, timeout_s: float) -> Form:
    """
    The form that is a function, `package.module:function`, in a process of its own.

    Raises:
        InvalidSetting: There is no such function.
    """
    argv = [sys.executable, "-m", "verify_core.testing._audit_call", place]
    form = Lines(argv, max(timeout_s, 30), as_json=True)
    answer = form.ask("")
    form.timeout_s = timeout_s
    if answer.fault == "missing":
        form.close()
        raise InvalidSetting("--call", answer.detail)
    return form


def is_encodable(text: str) -> bool:
    """Whether a text has an encoding in UTF-8: it holds no lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _from_json(line: bytes) -> FormAnswer:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return FormAnswer(fault="garbage", detail=ascii(line[:40]))
    if isinstance(found, dict):
        return FormAnswer(fault=found.get("fault"), detail=f"{found.get('detail')}")
    return REFUSED if found is None else read_answer(f"{found}".encode())


def _start(
    argv: Sequence[str], errors: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the caller's own form
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )


class _Printed(threading.Thread):
    """Reads what a program prints, up to a bound."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self.data = b""
        self._stream = _pipe(stream)
        self.start()

    def run(self) -> None:
        with suppress(OSError, ValueError), self._stream as stream:
            self.data = stream.read(MOST_BYTES)


def _read_lines(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    with suppress(OSError, ValueError), stream:
        while line := stream.readline(MOST_BYTES):
            lines.put(line)
            if lines.qsize() > 1000:  # noqa: PLR2004 - it goes on by itself
                return
    lines.put(b"")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - asked for
    return stream


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Whatever it has started, too.
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    with suppress(OSError):
        _pipe(process.stdin).close()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines() or [""]
    return ascii(lines[-1][:80])
