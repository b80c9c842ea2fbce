"""
What a server weighs after what one client can send it: `python benchmarks memory`.

1,000 requests of 1 MiB that are refused, spread over the API and the side door, and
then 500,000 starts for as many numbers. What is kept of them is bounded
(docs/how-to/server.md, "Bounds"). A start that waits for its check is kept for ten
minutes, so the second figure is the price of as many as came in that time.

The starts are pipelined, so that the client costs little of the machine that it shares
with the server; a line for each 100,000 shows the growth.
"""

from __future__ import annotations

import itertools
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

from bench_server import ACCOUNT, AUTH, START, resident
from load import post
from peers import wait_for

PORT = 4121
HOST = f"127.0.0.1:{PORT}"
REFUSED, STARTS = 1_000, 500_000
CONNECTIONS, AT_ONCE, SHOWN_EVERY = 16, 32, 100_000
STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
MIB = 1 << 20


def main(starts: int) -> None:
    command = [sys.executable, "-m", "verify_fakes", "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(PORT)
        begin = shown("idle", server.pid)
        refuse(REFUSED)
        refused = shown(f"after {REFUSED:,} refused requests of 1 MiB", server.pid)
        begun, ended = time.perf_counter(), refused
        for first in range(0, starts, SHOWN_EVERY):
            last = min(first + SHOWN_EVERY, starts)
            start(range(first, last))
            rate = last / (time.perf_counter() - begun)
            ended = shown(f"after {last:,} starts at {rate:,.0f}/s", server.pid)
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


def start(numbers: range) -> None:
    """Start a verification for each number, many to a write, on connections in turn."""
    requests = (
        post(START, HOST, b"To=%%2B1555%07d&Channel=sms" % each, AUTH)
        for each in numbers
    )
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", PORT), 60))
            for _ in range(CONNECTIONS)
        ]
        owed = dict.fromkeys(lines, 0)
        for line in itertools.cycle(lines):
            hear(line, owed[line])
            batch = list(itertools.islice(requests, AT_ONCE))
            line.sendall(b"".join(batch))
            owed[line] = len(batch)
            if not any(owed.values()):
                return


def hear(line: socket.socket, owed: int) -> None:
    """Read as many answers; each is a verification that has begun."""
    heard, statuses = b"", []
    while len(statuses) < owed or (owed and not heard.endswith(b"}")):
        part = line.recv(1 << 16)
        heard += part
        statuses = STATUS.findall(heard)
        if not part or {*statuses} - {b"201"}:
            raise SystemExit(f"not started: {heard[-2_000:]!r}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS)
