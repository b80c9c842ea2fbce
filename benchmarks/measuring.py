"""What benchmarks share: callers in turns, and a line for each target."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Collection

from attrs import frozen

WARM_UP = 50
_RARELY = 20

Taken = dict[str, list[tuple[float, float]]]


@frozen(kw_only=True)
class Spent:
    """
    What a call takes, in microseconds.

    Attributes:
        passed_us: By the clock.
        used_us: Of the processor, by this thread: what a busy machine adds least to.
    """

    passed_us: float
    used_us: float


def judge(
    what: str,
    figure: float,
    *,
    most: float | None = None,
    least: float | None = None,
    form: str = ".2f",
) -> None:
    """
    Print whether a figure meets its target: `target: what: figure, at most most: met`.

    Args:
        what: What is measured, and against what.
        figure: What came of it.
        most: The highest figure that meets the target, or None.
        least: The lowest one, or None.
        form: How figures are written.
    """
    is_met = (most is None or figure <= most) and (least is None or figure >= least)
    limits = [f"at most {most:{form}}"] if most is not None else []
    limits += [f"at least {least:{form}}"] if least is not None else []
    met = "met" if is_met else "MISSED"
    print(f"target: {what}: {figure:{form}}, {' and '.join(limits)}: {met}")


def measure(
    callers: dict[str, Callable[[], object]], turns: int, rare: Collection[str] = ()
) -> dict[str, Spent]:
    """
    What each caller takes, as medians; they take turns.

    Args:
        callers: What is called, by name.
        turns: How often, after those that warm up.
        rare: Those that are called in every twentieth turn alone, being slow.
    """
    taken: Taken = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            if name in rare and turn % _RARELY:
                continue
            began, used = time.perf_counter(), time.thread_time()
            call()
            used = time.thread_time() - used
            taken[name].append((time.perf_counter() - began, used))
    return _medians(taken)


async def measure_awaited(
    callers: dict[str, Callable[[], Awaitable[object]]],
    turns: int,
    rare: Collection[str] = (),
) -> dict[str, Spent]:
    """What each awaited caller takes; otherwise as `measure`."""
    taken: Taken = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            if name in rare and turn % _RARELY:
                continue
            began, used = time.perf_counter(), time.thread_time()
            await call()
            used = time.thread_time() - used
            taken[name].append((time.perf_counter() - began, used))
    return _medians(taken)


def _medians(taken: Taken) -> dict[str, Spent]:
    found = {}
    for name, times in taken.items():
        passed, used = zip(*times[min(WARM_UP, len(times) // 10) :], strict=True)
        found[name] = Spent(
            passed_us=statistics.median(passed) * 1e6,
            used_us=statistics.median(used) * 1e6,
        )
    return found
