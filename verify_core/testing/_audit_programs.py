"""Forms that are programs: one is started for each text, or one lives on."""

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
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

from attrs import define

from verify_core.errors import InvalidSetting
from verify_core.files import reason_of

from ._audit_forms import (
    MOST_BYTES,
    REFUSED,
    TIMED_OUT,
    Form,
    FormAnswer,
    is_encodable,
    judge_ending,
    read_answer,
)

_START_S = 30.0
"""Seconds for a program to start in, however long its answers may take."""
_EXAMPLE = "+15553231234"
_STARTS = 10
"""How many times as long as the first, which is measured, a later start may take."""
_ENDED = FormAnswer(fault="crashed", detail="it ended without an answer")


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
        until = time.monotonic() + self.timeout_s
        try:
            process = _start(self.argv)
        except OSError as error:
            return FormAnswer(fault="not_run", detail=reason_of(error))
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
                status = process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                return TIMED_OUT
        finally:
            _kill(process)
        complained.join(1)
        return judge_ending(printed.data, complained.data, status)

    def is_doubted(self) -> bool:
        """Never: each text has a program of its own."""
        return False

    def close(self) -> None:
        """End nothing: every program has ended."""


@define
class Lines:
    """
    A program that lives on: a line in, a line out.

    As JSON, it says by a first line that it has started. Then a line in is a string and
    a line out a string, null, or `{"fault": "crashed", "detail": …}`.

    Otherwise a program that prints a line too many answers the texts after it wrongly.
    Once it is seen to do so, or a fault does not come again, each text has a program of
    its own, whose input ends after it.
    """

    argv: Sequence[str]
    timeout_s: float
    as_json: bool = False
    jobs: int = 1
    start_s: float = _START_S
    _running: _Running | None = None
    _is_apart: bool = False
    _is_out_of_step: bool = False

    def takes(self, text: str) -> bool:
        """Whether the text is one line."""
        if self.as_json:
            return True
        return is_encodable(text) and not re.search(r"[\r\n\0]", text)

    def ask(self, text: str) -> FormAnswer:
        """Write a line, and wait for one."""
        if self._is_apart:
            return self.ask_apart(text)
        answer = self.ask_along(text)
        if self.as_json or answer.fault not in {"crashed", "timed_out"}:
            return answer
        again = self.ask_apart(text)
        self._is_out_of_step |= again.fault != answer.fault
        return again

    def begin(self) -> FormAnswer | None:
        """Start the program, unless it runs, and say what went wrong, if anything."""
        if self._running is not None and self._running.has_more():
            self._is_out_of_step = True
            self.close()
        if self._running is not None:
            return None
        try:
            self._running = _Running.of(self.argv, errors=subprocess.DEVNULL)
        except OSError as error:
            return FormAnswer(fault="not_run", detail=reason_of(error))
        if not self.as_json:
            return None
        ready = self._next(self._running, self.start_s)
        return None if ready == REFUSED else ready

    def ask_along(self, text: str) -> FormAnswer:
        """Ask the program that lives on, and believe it."""
        fault = self.begin()
        running = self._running
        if fault or running is None:
            return fault or _ENDED
        is_started = self.as_json or running.asked > 0
        running.write(json.dumps(text) if self.as_json else text)
        return self._next(running, self.timeout_s if is_started else self.start_s)

    def _next(self, running: _Running, seconds: float) -> FormAnswer:
        try:
            found = running.lines.get(timeout=seconds)
        except queue.Empty:
            self.close()
            return TIMED_OUT
        if not found.endswith(b"\n"):
            self.close()
            if len(found) >= MOST_BYTES:
                return FormAnswer(fault="garbage", detail="a line without an end")
            return _ENDED
        return _from_json(found) if self.as_json else read_answer(found)

    def ask_apart(self, text: str) -> FormAnswer:
        """Ask a program of its own, and hear all that it prints."""
        try:
            running = _Running.of(self.argv, errors=subprocess.PIPE)
        except OSError as error:
            return FormAnswer(fault="not_run", detail=reason_of(error))
        complained = _Printed(running.process.stderr)
        try:
            running.write(text)
            running.end_input()
            lines = running.rest(self.start_s, self.timeout_s)
            if lines == [b""]:
                status = running.process.wait(self.timeout_s)
                complained.join(1)
                fault = judge_ending(b"", complained.data, status)
                return fault if fault.fault else _ENDED
        except subprocess.TimeoutExpired:
            return TIMED_OUT
        finally:
            running.close()
        printed = b"".join(lines)
        if not lines:
            return TIMED_OUT
        if len(printed.splitlines()) > 1:
            detail = f"more than a line: {printed[:40].decode(errors='replace')!a}"
            return FormAnswer(fault="garbage", detail=detail)
        return read_answer(printed)

    def is_doubted(self) -> bool:
        """Whether it has printed a line too many, or a fault has not come again."""
        if self.as_json or self._is_apart:
            return False
        if self._running is not None:
            self._running.end_input()
            rest = self._running.rest(self.timeout_s, 0)
            self._is_out_of_step |= any(rest)
            self.close()
        if self._is_out_of_step:
            self._is_apart, self.jobs = True, os.cpu_count() or 1
        return self._is_apart

    def close(self) -> None:
        """End the program."""
        if self._running is not None:
            self._running.close()
            self._running = None


def command_form(command: str, *, timeout_s: float, lines: bool, jobs: int) -> Form:
    """
    The form that a command line starts.

    Raises:
        InvalidSetting: It is no command line, no program has that name, the program
            starts one that is missing, or it does not answer line by line, as `lines`
            says.
    """
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise InvalidSetting("--command", f"{error}".lower()) from None
    if not argv:
        raise InvalidSetting("--command", "is empty; pass a program")
    begin = time.monotonic()
    form = Lines(argv, timeout_s) if lines else Command(argv, timeout_s, jobs)
    ask = form.ask_apart if isinstance(form, Lines) else form.ask
    answer = ask(_EXAMPLE)
    if answer.fault == "not_run":
        fault = f"{argv[0]} cannot be started: {answer.detail}"
        raise InvalidSetting("--command", fault)
    if isinstance(form, Lines):
        took = time.monotonic() - begin
        form.start_s = max(timeout_s, min(_START_S, took * _STARTS))
        if answer.fault is None or answer == _ENDED:
            _require_a_line(form)
    return form


def _require_a_line(form: Lines) -> None:
    if form.ask_along(_EXAMPLE).fault in {"crashed", "timed_out"}:
        form.close()
        raise InvalidSetting(
            "--lines",
            "no line came back; print one for each that is read, and flush it",
        )


def call_form(place: str, *, timeout_s: float) -> Form:
    """
    The form that is a function, `package.module:function`, in a process of its own.

    Raises:
        InvalidSetting: There is no such function, or its module cannot be loaded.
    """
    argv = [sys.executable, "-m", "verify_core.testing._audit_call", place]
    form = Lines(argv, timeout_s, as_json=True, start_s=max(timeout_s, _START_S))
    fault = form.begin()
    if fault is None:
        return form
    form.close()
    if fault == TIMED_OUT:
        raise InvalidSetting("--call", f"is not loaded within {form.start_s:g} seconds")
    if fault == _ENDED:
        raise InvalidSetting("--call", "ends the program while its module is loaded")
    raise InvalidSetting("--call", fault.detail)


@define
class _Running:
    """A program that runs; what it prints is read by lines, and b"" is its end."""

    process: subprocess.Popen[bytes]
    lines: queue.Queue[bytes]
    asked: int = 0

    @classmethod
    def of(cls, argv: Sequence[str], *, errors: int) -> _Running:
        """Start it."""
        running = cls(_start(argv, errors=errors), queue.Queue())
        reading = (_pipe(running.process.stdout), running.lines)
        threading.Thread(target=_read_lines, args=reading, daemon=True).start()
        return running

    def write(self, line: str) -> None:
        """Hand it a line; whether it still reads is seen by what it prints."""
        self.asked += 1
        with suppress(OSError):
            _pipe(self.process.stdin).write(f"{line}\n".encode())
            _pipe(self.process.stdin).flush()

    def end_input(self) -> None:
        """Let it know that no more lines come."""
        with suppress(OSError):
            _pipe(self.process.stdin).close()

    def has_more(self) -> bool:
        """Whether it has printed, or ended, without having been asked."""
        return not self.lines.empty()

    def rest(self, first_s: float, more_s: float) -> list[bytes]:
        """What it prints before its end; b"" if nothing, an empty list if in vain."""
        found: list[bytes] = []
        until = time.monotonic() + first_s
        with suppress(queue.Empty):
            while line := self.lines.get(timeout=max(0, until - time.monotonic())):
                if not found:
                    until = time.monotonic() + more_s
                found.append(line)
            return found or [b""]
        return found

    def close(self) -> None:
        """End it, and whatever it has started."""
        _kill(self.process)


def _from_json(line: bytes) -> FormAnswer:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return FormAnswer(fault="garbage", detail=ascii(line[:40]))
    if isinstance(found, dict):
        return FormAnswer(fault=found.get("fault"), detail=f"{found.get('detail')}")
    if found is None:
        return REFUSED
    return read_answer(f"{found}".encode(errors="backslashreplace"))


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
