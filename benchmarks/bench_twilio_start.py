"""
One `start` beside the same request by others, against one server on loopback.

The server runs in a process of its own, answers each request with one write and keeps
connections open. The callers take turns, so that a busy moment of the machine hits all
alike; what counts is the ratios. Target: at most 0.62 of the official SDK, by the clock
and by processor time, which a busy machine leaves alone.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlencode, urlsplit

import requests
from measuring import judge, measure

from verify_core.phone import read_phone
from verify_core.verification import StartRequest
from verify_providers.twilio import TwilioVerify

ACCOUNT = "AC" + "a1" * 16
SERVICE = "VA" + "b2" * 16
TOKEN = "c3" * 16
PATH = f"/v2/Services/{SERVICE}/Verifications"
FORM = {"To": "+15553231234", "Channel": "sms"}
ROUNDS = 600
TARGET = 0.62
OURS, SDK = "verify_providers.twilio start", "twilio verifications.create"

_BODY = json.dumps(
    {
        "sid": "VE" + "d4" * 16,
        "service_sid": SERVICE,
        "account_sid": ACCOUNT,
        "to": FORM["To"],
        "channel": "sms",
        "status": "pending",
        "valid": False,
        "date_created": "2026-11-22T12:00:00Z",
        "date_updated": "2026-11-22T12:00:00Z",
        "lookup": {"carrier": None},
        "amount": None,
        "payee": None,
        "send_code_attempts": [
            {
                "time": "2026-11-22T12:00:00.123Z",
                "channel": "sms",
                "attempt_sid": "VL" + "e5" * 16,
            }
        ],
        "url": f"https://verify.twilio.com{PATH}/VE" + "d4" * 16,
    }
).encode()
_ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
    b"Twilio-Request-Id: RQ" + b"f6" * 16 + b"\r\n"
    b"Content-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)


def _serve(ready: Connection) -> None:
    """Answer every complete request on every connection, one thread for all of them."""
    import selectors

    listener = socket.create_server(("127.0.0.1", 0))
    ready.send(listener.getsockname()[1])
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    pending: dict[socket.socket, bytes] = {}
    while True:
        for key, _ in selector.select():
            ready_socket = key.fileobj
            if not isinstance(ready_socket, socket.socket):
                continue
            if ready_socket is listener:
                connection, _address = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                pending[connection] = b""
                continue
            data = pending[ready_socket] + ready_socket.recv(65536)
            if not data:
                selector.unregister(ready_socket)
                ready_socket.close()
                continue
            pending[ready_socket] = data
            if _is_complete(data):
                pending[ready_socket] = b""
                ready_socket.sendall(_ANSWER)


def _is_complete(data: bytes) -> bool:
    head, ended, body = data.partition(b"\r\n\r\n")
    if not ended:
        return False
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)


def _ours(url: str) -> Callable[[], object]:
    provider = TwilioVerify(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        service_sid=SERVICE,
        base_url=url,
    )
    number = read_phone(FORM["To"])
    return lambda: provider.start(StartRequest(identifier=number, channel="sms"))


def _sdk(url: str) -> Callable[[], object] | None:
    try:
        from twilio.rest import Client
    except ImportError:
        return None
    client = Client(ACCOUNT, TOKEN)
    client.verify.base_url = url
    service = client.verify.v2.services(SERVICE)
    return lambda: service.verifications.create(to=FORM["To"], channel="sms")


def _session(url: str) -> Callable[[], object]:
    session = requests.Session()
    auth = (ACCOUNT, TOKEN)
    return lambda: session.post(url + PATH, data=FORM, auth=auth, timeout=4).json()


def _bare(url: str) -> Callable[[], object]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=4)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {
        "Authorization": requests.auth._basic_auth_str(ACCOUNT, TOKEN),  # noqa: SLF001
        "Content-Type": "application/x-www-form-urlencoded",
    }

    def post() -> object:
        connection.request("POST", PATH, urlencode(FORM), headers)
        return json.loads(connection.getresponse().read())

    return post


@contextmanager
def vendor() -> Iterator[str]:
    """The vendor in a process of its own; its address."""
    spawning = multiprocessing.get_context("spawn")
    near, far = spawning.Pipe()
    server = spawning.Process(target=_serve, args=(far,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{near.recv()}"
    finally:
        server.terminate()
        server.join()


def main() -> None:
    """Print medians and ratios, and whether the target is met."""
    with vendor() as url:
        callers = {
            OURS: _ours(url),
            "requests.Session.post": _session(url),
            "http.client": _bare(url),
        }
        sdk = _sdk(url)
        if sdk is not None:
            callers[SDK] = sdk
        print(f"Twilio start on loopback, medians of {ROUNDS}, {os.cpu_count()} cores")
        spent = measure(callers, ROUNDS)
    ours = spent[OURS]
    for name, each in sorted(spent.items(), key=lambda item: item[1].passed_us):
        share, used = ours.passed_us / each.passed_us, ours.used_us / each.used_us
        print(
            f"  {name:32} {each.passed_us:8.0f} us, ours is {share:5.2f} of it", end=""
        )
        print(f"; processor {each.used_us:8.0f} us, {used:5.2f}")
        if name == SDK:
            shares = share, used
    if sdk is None:
        print("  no target is judged: PyPI twilio is not installed")
        return
    judge("a blocking start against the SDK's", shares[0], most=TARGET)
    what = "processor time of a blocking start against the SDK's"
    judge(what, shares[1], most=TARGET)


if __name__ == "__main__":
    main()
