"""
What a server weighs after what one client can send it.

1,000 requests of 1 MiB that are refused, spread over the API and the side door, and
then 500,000 starts for as many numbers: `python benchmarks memory [STARTS]`. What of
them is kept is bounded (docs/server.md, "Bounds"); a start that waits for its check is
kept for ten minutes, so the second figure is the price of 500,000 of those.
"""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from contextlib import suppress

from bench_server import ACCOUNT, AUTH, START, resident
from load import post, run
from peers import wait_for

PORT = 4121
HOST = f"127.0.0.1:{PORT}"
REFUSED, STARTS = 1_000, 500_000
MIB = 1 << 20


def main(starts: int) -> None:
    command = [sys.executable, "-m", "verify_fakes", "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(PORT)
        begin = shown("idle", server.pid)
        refuse(REFUSED)
        refused = shown(f"after {REFUSED:,} refused requests of 1 MiB", server.pid)
        rate = start(starts)
        ended = shown(f"after {starts:,} starts at {rate:,.0f}/s", server.pid)
        print(
            f"the refused cost {(refused - begin) / REFUSED:,.0f} bytes each, the "
            f"starts {(ended - refused) / starts:,.0f} bytes each"
        )
    finally:
        server.terminate()
        server.wait()


def shown(when: str, pid: int) -> int:
    now = resident(pid)
    print(f"{when}: {now / MIB:.1f} MiB", flush=True)
    return now


def refuse(number: int) -> None:
    """Send what is refused, whole where the server takes it, and hear why."""
    body = b"To=" + b"a" * MIB
    paths = (START, "/v2/anything", f"/_fake/accounts/{ACCOUNT}/codes")
    for _, path in zip(range(number), itertools.cycle(paths), strict=False):
        with socket.create_connection(("127.0.0.1", PORT), timeout=30) as line:
            with suppress(OSError):
                line.sendall(post(path, HOST, body, AUTH))
            answer = line.recv(4_096)
        if not answer.startswith(b"HTTP/1.1 413 "):
            raise SystemExit(f"not refused: {answer[:200]!r}")


def start(number: int) -> float:
    """Start verifications for as many numbers; how many in a second."""
    bodies = (b"To=%%2B1555%07d&Channel=sms" % each for each in range(number))
    requests = (post(START, HOST, body, AUTH) for body in bodies)
    begin = time.perf_counter()
    done = run(("127.0.0.1", PORT), requests, count=number, connections=16)
    if done.statuses != {201}:
        raise SystemExit(f"answered {sorted(done.statuses)}")
    return number / (time.perf_counter() - begin)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS)
