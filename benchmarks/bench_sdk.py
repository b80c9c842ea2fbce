"""
The official SDK on the fake, three ways: a loopback server, `responses`, no socket.

One client each, one thread, the same calls in turns; the figure is the median of
rounds. Target: in process at least 10 times a loopback server.
"""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "fakes")]

from measuring import judge  # noqa: E402  the path comes first

from verify_fakes import FakeTwilio, fake_twilio, twilio_http_client  # noqa: E402
from verify_fakes.served._process import FakeServerProcess  # noqa: E402  the path comes first

ACCOUNT: Final = "AC" + "1" * 32
SERVICE: Final = "VA" + "0" * 32
TARGET: Final = 10
ROUNDS: Final = 9
PAIRS: Final = 150


class Way:
    """One way for the SDK to reach a fake, and a supply of fresh numbers."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - the SDK has no types
        self._service = client.verify.v2.services(SERVICE)
        self._next = 2_005_550_000

    def calls(self) -> float:
        """Seconds that one call took, on average of starts and wrong checks."""
        service, first = self._service, self._next
        self._next += PAIRS
        began = time.perf_counter()
        for number in range(first, first + PAIRS):
            service.verifications.create(to=f"+1{number}", channel="sms")
            service.verification_checks.create(to=f"+1{number}", code="0000000000")
        return (time.perf_counter() - began) / PAIRS / 2


def main() -> None:
    """Print the table, and whether the target was met."""
    try:
        from twilio.rest import Client
    except ImportError:
        print("the official SDK is not installed: pip install twilio")
        return
    with ExitStack() as stack:
        server = FakeServerProcess()
        stack.callback(server.stop)
        served = Client(ACCOUNT, "token")
        served.verify.base_url = server.url
        direct = Client(
            ACCOUNT, "token", http_client=twilio_http_client(FakeTwilio(seed=1))
        )
        loopback, in_process = Way(served), Way(direct)
        mounted = Way(Client(ACCOUNT, "token"))
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            times.setdefault("loopback server", []).append(loopback.calls())
            times.setdefault("in process", []).append(in_process.calls())
            with fake_twilio(seed=1):
                times.setdefault("responses", []).append(mounted.calls())
    base = statistics.median(times["loopback server"])
    print(f"{'official SDK on':16} {'ms/call':>8} {'times as fast':>14}")
    for way, taken in times.items():
        median = statistics.median(taken)
        print(f"{way:16} {median * 1e3:>8.3f} {base / median:>14.1f}")
    ratio = base / statistics.median(times["in process"])
    judge("in process, times as fast as on loopback", ratio, least=TARGET, form=".1f")


if __name__ == "__main__":
    main()
