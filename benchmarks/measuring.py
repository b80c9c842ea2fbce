"""What benchmarks share: callers in turns, and a line for each target."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Collection

WARM_UP = 50
_RARELY = 20

Timings = dict[str, list[float]]


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
) -> dict[str, float]:
    """
    Median microseconds of each caller, taken in turns.

    Args:
        callers: What is called, by name.
        turns: How often, after those that warm up.
        rare: Those that are called in every twentieth turn alone, being slow.
    """
    taken: Timings = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            if name in rare and turn % _RARELY:
                continue
            began = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - began)
    return _medians(taken)


async def measure_awaited(
    callers: dict[str, Callable[[], Awaitable[object]]],
    turns: int,
    rare: Collection[str] = (),
) -> dict[str, float]:
    """Median microseconds of each awaited caller; otherwise as `measure`."""
    taken: Timings = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            if name in rare and turn % _RARELY:
                continue
            began = time.perf_counter()
            await call()
            taken[name].append(time.perf_counter() - began)
    return _medians(taken)


def _medians(taken: Timings) -> dict[str, float]:
    return {
        name: statistics.median(times[min(WARM_UP, len(times) // 10) :]) * 1e6
        for name, times in taken.items()
    }
