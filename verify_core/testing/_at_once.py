"""Calls that are made at the same time, each in a thread of its own."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

AnswerT = TypeVar("AnswerT")


def at_once(
    calls: Sequence[Callable[[], AnswerT]], limit_s: float
) -> list[AnswerT | BaseException | None]:
    """What each call returned or raised; None for one that did not end in time."""
    answers: list[AnswerT | BaseException | None] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def make(number: int, call: Callable[[], AnswerT]) -> None:
        gate.wait()
        try:
            answers[number] = call()
        except BaseException as error:  # noqa: BLE001 - the caller looks at it
            answers[number] = error

    # Daemons: a call that hangs must not keep the process.
    threads = [
        threading.Thread(target=make, args=each, daemon=True)
        for each in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return list(answers)


@contextmanager
def switching_often() -> Iterator[None]:
    """
    Let threads take turns as often as can be.

    Else one is through with what waits for nothing before the next one begins.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
