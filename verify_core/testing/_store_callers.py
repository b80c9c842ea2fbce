"""Callers of one store at the same time: threads, tasks and processes."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from attrs import field, frozen

from verify_core.codestore import CodeRecord, CodeStore, StoreLimits

from ._at_once import at_once, switching_often
from ._bench import CaseInconclusive
from ._store_bench import FREE, NOON, AnyStore, opened


@frozen(kw_only=True)
class StoreCall:
    """One call of a method of a store, as other threads and processes make it."""

    method: str
    given: tuple[Any, ...]
    more: dict[str, Any] = field(factory=dict)

    def on(self, store: object) -> Any:  # noqa: ANN401 - what the method returns
        return getattr(store, self.method)(*self.given, **self.more)


@frozen(kw_only=True)
class Done:
    """A call that was answered, and when, in nanoseconds of the machine's clock."""

    call: StoreCall
    answer: Any
    began: int
    ended: int


def done(call: StoreCall, store: object) -> Done:
    """Make the call and keep what came of it."""
    began = time.monotonic_ns()
    answer = call.on(store)
    return Done(call=call, answer=answer, began=began, ended=time.monotonic_ns())


def start(record: CodeRecord, *, now: datetime = NOON, **more: Any) -> StoreCall:  # noqa: ANN401
    return StoreCall(
        method="start", given=(record,), more={"now": now, "limits": FREE} | more
    )


def guess(
    record_id: str, *, now: datetime = NOON, limits: StoreLimits = FREE
) -> StoreCall:
    return StoreCall(
        method="guess", given=(record_id,), more={"now": now, "limits": limits}
    )


def approve(record: CodeRecord, *, now: datetime = NOON) -> StoreCall:
    return StoreCall(method="approve", given=(record,), more={"now": now})


_LIMIT_S = 600.0
_LONG_S = 0.1
_MOST_ROUNDS = 20


def rounds() -> Iterator[int]:
    """Numbers for as many worlds as can be tried in a moment; the first in any case."""
    end = time.monotonic() + _LONG_S
    for number in range(_MOST_ROUNDS):
        yield number
        if time.monotonic() > end:
            return


def together(store: CodeStore, calls: Sequence[StoreCall]) -> list[Done]:
    """Make the calls at the same time, from a thread each; raise the first error."""
    with switching_often():
        found = at_once([partial(done, call, store) for call in calls], _LIMIT_S)
    for each in found:
        if isinstance(each, BaseException):
            raise each
    return [each for each in found if isinstance(each, Done)]


_BOOT = """\
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from verify_core.testing._store_callers import work
work()
"""


def work() -> None:
    """Make the calls that come on standard input, and answer on standard output."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    reopen, calls = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
    with opened(reopen()) as store:
        answers.write(b"ready\n")
        answers.flush()
        sys.stdin.buffer.readline()
        for call in calls:
            pickle.dump(done(call, store), answers)
            answers.flush()


@contextmanager
def processes(
    reopen: Callable[[], AnyStore], shares: Sequence[Sequence[StoreCall]]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """
    A process for each share of calls, at work when the context is entered.

    Raises:
        CaseInconclusive: One does not start, or cannot open the store.
    """
    command = [sys.executable, "-W", "ignore", "-c", _BOOT]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        workers = []
        for calls in shares:
            worker = subprocess.Popen(command, stdin=pipe, stdout=pipe)  # noqa: S603
            stack.enter_context(worker)
            stack.callback(worker.kill)
            workers.append(worker)
            pickle.dump(sys.path, _in(worker))
            pickle.dump((reopen, list(calls)), _in(worker))
            _in(worker).flush()
        for worker in workers:
            if _out(worker).readline() != b"ready\n":
                raise CaseInconclusive("another process cannot open the store")
        for worker in workers:
            _in(worker).write(b"go\n")
            _in(worker).flush()
        yield workers


def _in(worker: subprocess.Popen[bytes]) -> Any:  # noqa: ANN401 - a binary stream
    return worker.stdin


def _out(worker: subprocess.Popen[bytes]) -> Any:  # noqa: ANN401 - a binary stream
    return worker.stdout


def answered(worker: subprocess.Popen[bytes], most: int | None = None) -> list[Done]:
    """What a process was answered; all that arrived, or the first so many."""
    found: list[Done] = []
    while most is None or len(found) < most:
        try:
            found.append(pickle.load(_out(worker)))  # noqa: S301 - from our child
        except (EOFError, pickle.UnpicklingError):
            break
    return found
