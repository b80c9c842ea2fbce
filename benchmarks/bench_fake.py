"""
The Twilio machine under load: a fresh start and its check, with many others pending.

Law to hold: a pair costs at most 1.3 times as much beside a million pending
verifications as beside ten. The three stores are measured in turns, round by round, in
one process and with the garbage collector as it is; the figure is the median of rounds.
"""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "fakes")]

from measuring import judge  # noqa: E402  the path comes first

from verify_fakes import FakeClock  # noqa: E402  the path comes first
from verify_fakes.twilio._store import VerifyStore  # noqa: E402
from verify_fakes.twilio.machine._commands import CheckCommand, StartCommand  # noqa: E402
from verify_fakes.twilio.machine._state import TwilioVerification  # noqa: E402

SERVICE: Final = "VA" + "0" * 32
SIZES: Final = (10, 10_000, 1_000_000)
TARGET: Final = 1.3
ROUNDS: Final = 31
PAIRS: Final = 2_000
#: Pairs before the first round, so that every store keeps its full ten thousand ended
#: ones: the stores then differ by what is pending alone.
WARM_UP: Final = 12_000


class Loaded:
    """A store with so many verifications pending, and a supply of fresh numbers."""

    def __init__(self, pending: int) -> None:
        self.store = VerifyStore(clock=FakeClock(), seed=1)
        for number in range(pending):
            self.store.start(SERVICE, StartCommand(to=f"+1{2_000_000_000 + number}"))
        self._next = 9_000_000_000

    def pairs(self, count: int) -> float:
        """Seconds that one pair took, on average of so many."""
        store, first = self.store, self._next
        self._next += count
        began = time.perf_counter()
        for number in range(first, first + count):
            started = store.start(SERVICE, StartCommand(to=f"+1{number}"))
            if isinstance(started, TwilioVerification):
                store.check(SERVICE, CheckCommand(code=started.code, sid=started.sid))
        return (time.perf_counter() - began) / count


def bytes_per_pending(count: int = 100_000) -> tuple[float, int]:
    """Bytes that Python allocates for one pending verification; objects gc tracks."""
    store = VerifyStore(clock=FakeClock(), seed=1)
    store.start(SERVICE, StartCommand(to="+12000000000"))
    store.outbox.clear()
    gc.collect()
    tracked = len(gc.get_objects())
    tracemalloc.start()
    for number in range(1, count):
        store.start(SERVICE, StartCommand(to=f"+1{2_000_000_000 + number}"))
    store.outbox.clear()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count, round((len(gc.get_objects()) - tracked) / count)


def main() -> None:
    """Print the table, and whether the target was met."""
    size, tracked = bytes_per_pending()
    loaded = [Loaded(pending) for pending in SIZES]
    for each in loaded:
        each.pairs(WARM_UP)
    times: list[list[float]] = [[] for _ in SIZES]
    ratios: list[list[float]] = [[] for _ in SIZES]
    for turn in range(ROUNDS):
        order = range(len(SIZES)) if turn % 2 else reversed(range(len(SIZES)))
        took = {place: loaded[place].pairs(PAIRS) for place in order}
        for place in range(len(SIZES)):
            times[place].append(took[place])
            ratios[place].append(took[place] / took[0])
    print("Twilio machine: a fresh start and its check (median of", ROUNDS, "rounds)")
    print(f"{'pending':>10} {'us/pair':>9} {'pairs/s':>9} {'to 10':>7}")
    for place, pending in enumerate(SIZES):
        median = statistics.median(times[place])
        ratio = statistics.median(ratios[place])
        print(f"{pending:>10,} {median * 1e6:>9.1f} {1 / median:>9,.0f} {ratio:>7.2f}")
    print(f"one pending verification: {size:.0f} bytes, {tracked} objects under gc")
    began = time.perf_counter()
    gc.collect()
    took_ms = (time.perf_counter() - began) * 1e3
    print(f"one full garbage collection beside all three stores: {took_ms:.0f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, all three stores: {peak:.0f} MB")
    judge(f"ratio at {SIZES[-1]:,}", statistics.median(ratios[-1]), most=TARGET)


if __name__ == "__main__":
    main()
