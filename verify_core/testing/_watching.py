"""
What a provider lets out while a case runs: answers, errors, log, output, warnings.

Every plain case runs watched, and what was seen is kept for the cases that look at all
of it: a code that is logged only in the recovery of a lost answer is still logged.
"""

from __future__ import annotations

import decimal
import io
import json
import locale
import logging
import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO, TypeVar

from attrs import define, evolve, field

from verify_core.channels import Channel
from verify_core.identifiers import Identifier
from verify_core.provider import Capabilities, VerifyProvider
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from ._bench import Bench
from ._troubles import Call

AnswerT = TypeVar("AnswerT")

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({})))


@define(eq=False)
class Seen:
    """
    What one case saw of a provider.

    Attributes:
        answers: What each call returned.
        errors: What each call raised.
        shown: By the kind of place (`a log record`, `the output`, `a warning`), the
            texts that came out there.
        reprs: How the provider showed itself.
        typed: Codes that were tried.
        sent: Codes that arrived.
        people: Whom the case could reach.
        secrets: The keys that the bench names.
        names: The names of the provider, and of those behind it that its answers name.
        changed: What did not stay as it was: the name, the capabilities, a reference
            that was passed.
    """

    answers: list[tuple[Call, object]] = field(factory=list)
    errors: list[tuple[Call, BaseException]] = field(factory=list)
    shown: dict[str, list[str]] = field(factory=dict)
    reprs: list[str] = field(factory=list)
    typed: set[str] = field(factory=set)
    sent: set[str] = field(factory=set)
    people: list[Identifier] = field(factory=list)
    secrets: set[str] = field(factory=set)
    names: set[str] = field(factory=set)
    changed: list[str] = field(factory=list)

    def take_stock(self, bench: Bench) -> None:
        """Note what only the world knows, before it is left."""
        self.people = [
            bench.identifier(channel, other=other)
            for channel in Channel
            for other in (False, True)
        ]
        self.sent = {
            message.code.reveal()
            for person in {each.value: each for each in self.people}.values()
            for message in bench.inbox(person)
        }
        self.secrets = {secret.reveal() for secret in bench.secrets}


class Watched:
    """A provider that notes what it is asked and what it answers."""

    def __init__(self, inner: VerifyProvider, seen: Seen) -> None:
        self._inner = inner
        self._seen = seen
        self._named = (inner.name, inner.capabilities)
        seen.names.add(inner.name)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self._inner.capabilities

    def __repr__(self) -> str:
        return repr(self._inner)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        # What a provider may have besides: `owns`, `close`.
        return getattr(self._inner, name)

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if request.custom_code is not None:
            self._seen.typed.add(request.custom_code.reveal())
        return self._note(
            Call.START,
            lambda: self._inner.start(request, previous=previous),
            previous,
        )

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self._seen.typed.add(code)
        return self._note(Call.CHECK, lambda: self._inner.check(ref, code), ref)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self._note(Call.FETCH, lambda: self._inner.fetch(ref), ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self._note(Call.CANCEL, lambda: self._inner.cancel(ref), ref)

    def _note(
        self, call: Call, ask: Callable[[], AnswerT], ref: VerificationRef | None
    ) -> AnswerT:
        before = None if ref is None else json.dumps(ref.to_json())
        try:
            answer = ask()
        except BaseException as error:
            self._seen.errors.append((call, error))
            raise
        finally:
            self._compare(call, ref, before)
        self._seen.answers.append((call, answer))
        return answer

    def _compare(
        self, call: Call, ref: VerificationRef | None, before: str | None
    ) -> None:
        if ref is not None and json.dumps(ref.to_json(), default=str) != before:
            self._seen.changed.append(f"{call} changed the reference that it was given")
        name, capabilities = self._named
        if self._inner.name != name:
            self._seen.changed.append(f"the name was another after {call}")
        if self._inner.capabilities != capabilities:
            self._seen.changed.append(f"the capabilities were others after {call}")
        self._seen.reprs += [repr(self._inner), str(self._inner)]


@contextmanager
def watching(bench: Bench, seen: Seen) -> Iterator[Bench]:
    """The same bench, watched; what it lets out is in `seen` afterwards."""
    again, impatient = bench.another_process, bench.impatient
    watched = evolve(
        bench,
        provider=Watched(bench.provider, seen),
        another_process=again and (lambda: Watched(again(), seen)),
        impatient=impatient and (lambda: Watched(impatient(), seen)),
    )
    around = _surroundings()
    warned = warnings.catch_warnings(record=True, action="always")
    with _output() as output, warned as caught, _log() as records:
        try:
            yield watched
        finally:
            now = _surroundings()
            seen.changed += [
                f"a call changed {name} of the whole process"
                for name, value in around.items()
                if now[name] != value
            ]
            seen.take_stock(bench)
            seen.shown = {
                "a log record": [_shown(record) for record in records],
                "the output": [stream.getvalue() for stream in output],
                "a warning": [str(each.message) for each in caught or []],
            }


def _surroundings() -> dict[str, object]:
    """What all of a process share, and a library leaves alone."""
    return {
        "the environment": dict(os.environ),  # noqa: TID251 - compared, not used
        "the working directory": Path.cwd(),
        "the default time-out of sockets": socket.getdefaulttimeout(),
        "the locale": locale.setlocale(locale.LC_ALL),
        "the precision of decimals": decimal.getcontext().prec,
    }


class _Tee(io.StringIO):
    """Keeps what is written, and writes it where it was meant to go, too."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        return super().write(text)

    def flush(self) -> None:
        self._stream.flush()


@contextmanager
def _output() -> Iterator[list[io.StringIO]]:
    out, err = _Tee(sys.stdout), _Tee(sys.stderr)
    originals = sys.__stdout__, sys.__stderr__
    with redirect_stdout(out), redirect_stderr(err):
        vars(sys).update(__stdout__=out, __stderr__=err)
        try:
            yield [out, err]
        finally:
            vars(sys).update(__stdout__=originals[0], __stderr__=originals[1])


@contextmanager
def _log() -> Iterator[list[logging.LogRecord]]:
    """Every record of every logger at any level, whether it is passed on or not."""
    plain = logging.getLogRecordFactory()
    records: list[logging.LogRecord] = []

    def kept(*given: object, **more: object) -> logging.LogRecord:
        record = plain(*given, **more)
        records.append(record)
        return record

    root = logging.getLogger()
    quiet = logging.NullHandler()
    levels = {each: each.level for each in _loggers(root) if each.level}
    disabled, last = root.manager.disable, logging.lastResort
    logging.setLogRecordFactory(kept)
    root.addHandler(quiet)  # or the last resort would print what is logged
    for handler in root.handlers:
        handler.addFilter(_is_encodable)
    logging.lastResort = quiet
    logging.disable(logging.NOTSET)
    for logger in levels:
        logger.setLevel(1)
    try:
        yield records
    finally:
        for handler in root.handlers:
            handler.removeFilter(_is_encodable)
        for logger, level in levels.items():
            logger.setLevel(level)
        logging.disable(disabled)
        logging.lastResort = last
        root.removeHandler(quiet)
        logging.setLogRecordFactory(plain)


def _is_encodable(record: logging.LogRecord) -> bool:
    """Whether others may handle the record; a code of half a character ends them."""
    try:
        record.getMessage().encode()
    except Exception:  # noqa: BLE001 - or arguments that fit no text
        return False
    return True


def _loggers(root: logging.Logger) -> list[logging.Logger]:
    named = root.manager.loggerDict.values()
    return [root, *(each for each in named if isinstance(each, logging.Logger))]


def _shown(record: logging.LogRecord) -> str:
    extras = {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
    try:
        text = logging.Formatter().format(record)
    except Exception:  # noqa: BLE001 - arguments that fit no text
        text = str(record.msg)
    return f"{text} {record.args!r} {extras!r}"
