"""
The fake's HTTP server against npm Prism serving Twilio's own document, and moto_server.

One client for all (`load.py`, raw sockets), one run, servers in turn. The ceiling is a
handler on the same framework that parses the form and answers JSON without any state.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from load import Load, post, run
from peers import DOCUMENT, set_up_moto, set_up_prism, wait_for

ACCOUNT, SERVICE = "AC" + "a" * 32, "VA" + "b" * 32
AUTH = "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
AWS = (
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sns/aws4_request, "
    "SignedHeaders=host, Signature=x"
)
START = f"/v2/Services/{SERVICE}/Verifications"
ROUNDS, CONNECTIONS = 3, 16

CEILING = """
import json, sys
from urllib.parse import parse_qsl
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
BODY = json.loads(sys.argv[2])
async def create(request):
    form = dict(parse_qsl((await request.body()).decode()))
    body = {**BODY, "to": form["To"], "channel": form["Channel"]}
    return Response(json.dumps(body), status_code=201, media_type="application/json")
path = "/v2/Services/{s}/Verifications"
app = Starlette(routes=[Route(path, create, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""


@frozen(kw_only=True)
class Server:
    """A server that is running, and how it is spoken to."""

    name: str
    port: int
    boot_s: float
    pid: int
    path: str = START
    authorization: str = AUTH
    closes: bool = False

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def bodies(self) -> Iterator[bytes]:
        for number in itertools.count(next(_STARTS)):
            if self.name == "moto_server":
                topic = "arn:aws:sns:us-east-1:123456789012:otp"
                yield f"Action=Publish&TopicArn={topic}&Message={number}".encode()
            else:
                yield f"To=%2B1555{number:07d}&Channel=sms".encode()

    def load(self, *, count: int, connections: int) -> Load:
        host = f"127.0.0.1:{self.port}"
        requests = (
            post(self.path, host, body, self.authorization) for body in self.bodies()
        )
        return run(
            self.address,
            requests,
            count=count,
            connections=connections,
            reconnect=self.closes,
        )


_STARTS = itertools.count(0, 200_000)


def main() -> None:
    with running_all() as servers:
        results: dict[str, list[tuple[Load, Load]]] = {s.name: [] for s in servers}
        for _ in range(ROUNDS):
            for server in servers:
                slow = server.name in {"Prism", "moto_server"}
                many = server.load(
                    count=2_000 if slow else 15_000, connections=CONNECTIONS
                )
                one = server.load(count=300 if slow else 2_000, connections=1)
                results[server.name].append((many, one))
        report(servers, results)
        ours = next(s for s in servers if s.name == "verify_fakes")
        checks(ours)
        pending(ours)


def report(servers: list[Server], results: dict[str, list[tuple[Load, Load]]]) -> None:
    def median(name: str) -> tuple[float, float]:
        return (
            statistics.median(many.per_second for many, _ in results[name]),
            statistics.median(one.median_us for _, one in results[name]),
        )

    ours, _ = median("verify_fakes")
    print(f"{'start':14} {'boot s':>6} {'16 conn /s':>10} {'1 conn us':>9}  ours is")
    for server in servers:
        rate, latency = median(server.name)
        statuses = {s for many, _ in results[server.name] for s in many.statuses}
        note = f"  answers {sorted(statuses)}" if statuses - {200, 201} else ""
        print(
            f"{server.name:14} {server.boot_s:6.2f} {rate:10,.0f} {latency:9.0f}  "
            f"{ours / rate:5.2f} of it{note}"
        )
    print("targets: at least 12 of Prism, 12 of moto_server, 0.6 of the ceiling")


def checks(ours: Server) -> None:
    """Checks: a wrong code for a verification that is pending."""
    number = "%2B15550001111"
    host = f"127.0.0.1:{ours.port}"
    start = post(ours.path, host, f"To={number}&Channel=sms".encode(), AUTH)
    path = ours.path.removesuffix("Verifications") + "VerificationCheck"
    check = post(path, host, f"To={number}&Code=0000".encode(), AUTH)
    side_door(ours, "reset", {"limits": False})
    run(ours.address, itertools.repeat(start), count=1, connections=1)
    many = run(ours.address, itertools.repeat(check), count=10_000, connections=16)
    one = run(ours.address, itertools.repeat(check), count=2_000, connections=1)
    side_door(ours, "reset", {"limits": True})
    print(f"check: {many.per_second:,.0f}/s with 16, {one.median_us:.0f} us with 1")


def pending(ours: Server) -> None:
    """The same rate at a million pending, and what one of them weighs."""
    side_door(ours, "reset", {})
    few = ours.load(count=10_000, connections=CONNECTIONS)
    before = resident(ours.pid)
    filled = 0
    while filled < 1_000_000:
        ours.load(count=100_000, connections=CONNECTIONS)
        filled += 100_000
    grown = resident(ours.pid) - before
    many = ours.load(count=10_000, connections=CONNECTIONS)
    print(
        f"with {filled:,} pending: {many.per_second / few.per_second:.2f} of the rate "
        f"with few; {grown / filled:,.0f} bytes each"
    )


def side_door(ours: Server, verb: str, body: dict[str, object]) -> None:
    url = f"http://127.0.0.1:{ours.port}/_fake/accounts/{ACCOUNT}/{verb}"
    data = json.dumps(body).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=data)).close()


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running_all() -> Iterator[list[Server]]:
    commands: dict[str, list[str]] = {
        "verify_fakes": [sys.executable, "-m", "verify_fakes", "--port", "4101"],
        "ceiling": [sys.executable, "-c", CEILING, "4102", json.dumps(BODY)],
    }
    if prism := set_up_prism():
        commands["Prism"] = [str(prism), "mock", "-v", "silent", "-p", "4103"]
        commands["Prism"].append(str(DOCUMENT))
    if moto := set_up_moto():
        commands["moto_server"] = [str(moto), "-p", "4104"]
    processes, servers = [], []
    try:
        for position, (name, command) in enumerate(commands.items(), start=1):
            begun = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            processes.append(process)
            port = 4100 + position if name in {"verify_fakes", "ceiling"} else 0
            port = port or {"Prism": 4103, "moto_server": 4104}[name]
            wait_for(port)
            is_moto = name == "moto_server"
            servers.append(
                Server(
                    name=name,
                    port=port,
                    boot_s=time.perf_counter() - begun,
                    pid=process.pid,
                    path="/" if is_moto else START,
                    authorization=AWS if is_moto else AUTH,
                    closes=is_moto,
                )
            )
            if is_moto:
                create_topic(port)
        yield servers
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait()


def create_topic(port: int) -> None:
    body = b"Action=CreateTopic&Name=otp"
    host = f"127.0.0.1:{port}"
    run(
        ("127.0.0.1", port),
        itertools.repeat(post("/", host, body, AWS)),
        count=1,
        connections=1,
        reconnect=True,
    )


BODY = {
    "sid": "VE" + "c" * 32,
    "service_sid": SERVICE,
    "account_sid": ACCOUNT,
    "to": "",
    "channel": "",
    "status": "pending",
    "valid": False,
    "date_created": "2026-01-15T12:00:00Z",
    "date_updated": "2026-01-15T12:00:00Z",
    "lookup": {"carrier": None},
    "amount": None,
    "payee": None,
    "send_code_attempts": [
        {
            "time": "2026-01-15T12:00:00.000Z",
            "channel": "sms",
            "attempt_sid": "VL" + "d" * 32,
        }
    ],
    "url": f"http://127.0.0.1:4102/v2/Services/{SERVICE}/Verifications/VE" + "c" * 32,
}


if __name__ == "__main__":
    main()
