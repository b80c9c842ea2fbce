"""A Verify v2 in a hundred lines: one request per number, steps, three guesses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import Factory, define

from tests.support.loopback import Loopback, Received, Reply, http
from verify_core.phone import PhoneNumber, Provenance
from verify_core.verification import StartRequest

KEY = "a1b2c3d4"
SECRET = "sEcReT-0123456789"
APPLICATION = "0a1b2c3d-0000-4000-8000-0123456789ab"
NUMBER = PhoneNumber(
    e164="+15553231234", calling_code=1, region="US", provenance=Provenance.EXPLICIT
)
WINDOW = timedelta(seconds=30)
OTHER = PhoneNumber(
    e164="+442071838750", calling_code=44, region="GB", provenance=Provenance.EXPLICIT
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

ERRORS = "https://developer.vonage.com/en/api-errors"


def problem(status: int, code: str, title: str, detail: str, **more: object) -> bytes:
    """An error in Vonage's form."""
    body = {
        "type": f"{ERRORS}/verify-v2#{code}",
        "title": title,
        "detail": detail,
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
        **more,
    }
    return http(status, body, Content_Type="application/problem+json")


@define
class Running:
    """One request at the vendor."""

    request_id: str
    to: str
    steps: list[dict[str, Any]]
    timeout: timedelta
    began: datetime
    codes: list[str]
    locale: str
    step: int = 0
    guesses: int = 3
    over: bool = False


@define
class TinyVonage:
    """
    The vendor.

    Attributes:
        messages: Channel of every message that left.
        arrived: Channel, code and language of every message, by whom it reached.
        ids_in_conflicts: Whether a 409 names the request that runs.
    """

    messages: list[str] = Factory(list)
    arrived: dict[str, list[tuple[str, str, str]]] = Factory(dict)
    now: Callable[[], datetime] = lambda: NOON
    requests: dict[str, Running] = Factory(dict)
    ids_in_conflicts: bool = True
    cancel_too_early: bytes = problem(404, "not-found", "Not Found", "Not found.")
    lag_after_cancel: int = 0
    _lock: threading.Lock = Factory(threading.Lock)

    def answer(self, request: Received) -> bytes:
        with self._lock:
            return self._act(request)

    def code_of(self, request_id: str) -> str:
        found = self.requests[request_id]
        return found.codes[found.step]

    def running(self, to: str) -> Running | None:
        for found in self.requests.values():
            self._let_pass(found)
        alive = [r for r in self.requests.values() if r.to == to and not r.over]
        return alive[0] if alive else None

    def _let_pass(self, found: Running) -> None:
        over = found.began + found.timeout * len(found.steps)
        found.over = found.over or self.now() >= over

    def _act(self, request: Received) -> bytes:
        _, _, rest = request.target.partition("/v2/verify")
        if not rest:
            return self._start(json.loads(request.body))
        found = self.requests.get(rest.split("/")[1])
        if found is not None:
            self._let_pass(found)
        if found is None or found.over:
            return problem(404, "request-not-found", "Not Found", "Request not found.")
        if rest.endswith("/next_workflow"):
            return self._next(found)
        if request.method == "DELETE":
            return self._cancel(found)
        return self._check(found, json.loads(request.body)["code"])

    def _start(self, body: dict[str, Any]) -> bytes:
        to = body["workflow"][0]["to"]
        running = self.running(to)
        lags = self.lag_after_cancel > 0
        self.lag_after_cancel -= lags and running is None
        if running is not None or (lags and self.requests):
            last = running or list(self.requests.values())[-1]
            more = {"request_id": last.request_id} if self.ids_in_conflicts else {}
            text = "Concurrent verifications to the same number are not allowed."
            return problem(409, "concurrent", "Conflict", text, **more)
        number = len(self.requests)
        request_id = f"{number:08x}-aaaa-4bbb-8ccc-ddddddddddee"
        steps = body["workflow"]
        # With letters, so that no port, id or time in a log looks like one.
        length = body.get("code_length", 4)
        made = [(f"KZ{number % 10}{step}" * 3)[:length] for step in range(len(steps))]
        codes = [body.get("code") or code for code in made]
        self.requests[request_id] = Running(
            request_id,
            to,
            steps,
            timedelta(seconds=body.get("channel_timeout", 180)),
            self.now(),
            codes,
            body.get("locale", "en-us"),
        )
        self._send(self.requests[request_id])
        return http(202, {"request_id": request_id})

    def _send(self, found: Running) -> None:
        channel, code = found.steps[found.step]["channel"], found.codes[found.step]
        self.messages.append(channel)
        arrived = self.arrived.setdefault(found.to, [])
        arrived.append((channel, code, found.locale))

    def _check(self, found: Running, code: str) -> bytes:
        if code == found.codes[found.step]:
            found.over = True
            return http(200, {"request_id": found.request_id, "status": "completed"})
        found.guesses -= 1
        if not found.guesses:
            found.over = True
            text = "An incorrect code has been provided too many times."
            return problem(410, "expired", "Invalid Code", text)
        text = "The code you provided does not match the expected value."
        return problem(400, "invalid-code", "Invalid Code", text)

    def _next(self, found: Running) -> bytes:
        if found.step + 1 == len(found.steps):
            text = "There are no more events left to trigger."
            return problem(409, "no-events", "Conflict", text)
        found.step += 1
        self._send(found)
        return http(200, {})

    def _cancel(self, found: Running) -> bytes:
        if self.now() < found.began + timedelta(seconds=30) or found.step > 0:
            return self.cancel_too_early
        found.over = True
        return b"HTTP/1.1 204 X\r\nDate: x\r\n\r\n"


@define
class Clock:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def move(self, **span: float) -> None:
        self.moment += timedelta(**span)


def lose(
    tiny: TinyVonage, *, calls: int = 1, cut_at: int = 0, only: str = "/v2/verify"
) -> Callable[[Received], Reply | bytes]:
    """Obey everything, but cut the first answers to one target."""
    left = [calls]

    def answer(request: Received) -> Reply | bytes:
        raw = tiny.answer(request)
        if request.target.endswith(only) and left[0] > 0:
            left[0] -= 1
            return Reply(raw=raw, cut_at=cut_at)
        return raw

    return answer


def begin(request: StartRequest, **more: object) -> Received:
    """A start by somebody else, for the vendor's own ears."""
    body = {
        "brand": "Other",
        "workflow": [
            {"channel": "sms", "to": request.identifier.value.removeprefix("+")}
        ],
        **more,
    }
    return Received("POST", "/v2/verify", {}, json.dumps(body).encode())


def body_of(loopback: Loopback, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(loopback.requests[index].body)
    return found


def calls(loopback: Loopback) -> list[str]:
    return [
        f"{request.method} {request.target.partition('/v2/verify')[2][-14:]}".strip()
        for request in loopback.requests
    ]
