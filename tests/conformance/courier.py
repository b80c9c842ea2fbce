"""A made-up vendor over HTTP, and a provider for it as somebody writes one by hand."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from attrs import define, evolve, field
from urllib3.exceptions import NewConnectionError

from verify_core.accepting import accept, attempt_of
from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
)
from verify_core.identifiers import Identifier
from verify_core.provider import CancelSupport, Capabilities, LookupKey, Resend, owns
from verify_core.testing import (
    Bench,
    Call,
    Harness,
    HttpDoors,
    SeenMessage,
    VendorReply,
    VendorRequest,
    json_reply,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

KEY, NEXT_KEY = "key-live-5f2c77", "key-live-91d0ae"
DEADLINE = timedelta(seconds=1)
LIFETIME = timedelta(minutes=10)
GUESSES = 5

VERDICTS = {
    "right": Verdict.APPROVED,
    "wrong": Verdict.WRONG_CODE,
    "spent": Verdict.EXHAUSTED,
    "late": Verdict.EXPIRED,
}
STATUSES = {
    "open": Status.PENDING,
    "right": Status.APPROVED,
    "late": Status.EXPIRED,
    "spent": Status.FAILED,
    "gone": Status.CANCELED,
}
REFUSALS = {
    401: Misconfigured,
    402: Misconfigured,
    403: Refused,
    409: TooSoon,
    422: InvalidIdentifier,
    429: Throttled,
    503: Unavailable,
}


@define
class Parcel:
    """One verification at the vendor."""

    to: str
    code: str
    until: datetime
    left: int = GUESSES
    state: str = "open"


@define
class CourierOffice:
    """The vendor: numbers and e-mails by text, a code each, five guesses."""

    moment: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    key: str = KEY
    arrived: list[tuple[str, str, str]] = field(factory=list)
    parcels: dict[str, Parcel] = field(factory=dict)
    numbers: itertools.count[int] = field(factory=itertools.count)

    def now(self) -> datetime:
        return self.moment

    def advance(self, span: timedelta) -> None:
        self.moment += span

    def answer(self, request: VendorRequest) -> VendorReply:
        if request.headers.get("x-key") != self.key:
            return json_reply(401, {"error": "no such key"})
        body = json.loads(request.body or b"{}")
        _, _, number, action = (*request.target.split("/"), "", "")[:4]
        if not number:
            known = {"to", "by"} <= {*body}
            return self._send(body) if known else json_reply(422, {"error": "to whom"})
        parcel = self.parcels.get(number)
        if parcel is None:
            return json_reply(404, {"error": "no such parcel"})
        if parcel.state == "open" and self.moment >= parcel.until:
            parcel.state = "late"
        if request.method == "GET":
            return json_reply(200, {"id": number, "state": parcel.state})
        if request.method == "DELETE":
            return self._drop(number, parcel)
        return self._act(number, parcel, action, body)

    def _send(self, body: dict[str, Any]) -> VendorReply:
        number = next(self.numbers)
        code = f"{(number + 1) * 7_654_321 % 10**6:06}"
        parcel = Parcel(body["to"], code, self.moment + LIFETIME)
        self.parcels[f"p{number}"] = parcel
        self.arrived.append((parcel.to, body["by"], code))
        return json_reply(201, {"id": f"p{number}", "seconds": 600})

    def _drop(self, number: str, parcel: Parcel) -> VendorReply:
        if parcel.state != "open":
            return json_reply(404, {"error": "it is over"})
        parcel.state = "gone"
        return json_reply(200, {"id": number, "state": "gone"})

    def _act(
        self, number: str, parcel: Parcel, action: str, body: dict[str, Any]
    ) -> VendorReply:
        if parcel.state in {"right", "gone"} or (
            action == "again" and parcel.state != "open"
        ):
            return json_reply(404, {"error": "it is over"})
        if action == "again":
            self.arrived.append((parcel.to, body["by"], parcel.code))
            return json_reply(200, {"id": number, "state": "open"})
        if parcel.state == "open":
            return self._guess(number, parcel, body["code"])
        return json_reply(200, {"id": number, "result": parcel.state})

    def _guess(self, number: str, parcel: Parcel, code: str) -> VendorReply:
        if code == parcel.code:
            parcel.state = "right"
            return json_reply(200, {"id": number, "result": "right"})
        parcel.left -= 1
        if parcel.left == 0:
            parcel.state = "spent"
        return json_reply(200, {"id": number, "result": "wrong", "left": parcel.left})


class Courier:
    """The provider; what a hurried author gets wrong is a method of its own."""

    name = "courier"
    capabilities = Capabilities(
        channels={Channel.SMS, Channel.CALL},
        check_key=LookupKey.ID,
        fetch=LookupKey.ID,
        cancel=CancelSupport.YES,
        resend=Resend.SAME_CODE,
        attempts_reported=True,
    )

    def __init__(
        self, read_key: Callable[[], str], url: str, clock: Callable[[], datetime]
    ) -> None:
        self.read_key = read_key
        self.url = url
        self.clock = clock
        self.patience = timedelta(seconds=10)

    def __repr__(self) -> str:
        return f"Courier({self.url!r})"

    @property
    def key(self) -> str:
        return self.read_key()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        accepted = accept(self, request, previous)
        again = accepted.previous
        attempt_id = attempt_of(request, again, lambda: uuid.uuid4().hex)
        by = {"by": request.channel.value}
        if again is not None and self.knows(again):
            found = self.ask("POST", self.path(again, "/again"), by)
            if found is not None:
                ref = evolve(
                    again,
                    channel=request.channel,
                    attempt_id=attempt_id,
                    sends=again.sends + 1,
                )
                return Started(ref=ref, ignored_hints=accepted.ignored)
        found = self.ask("POST", "/parcels", {"to": request.identifier.value, **by})
        ref = VerificationRef(
            provider=self.name,
            vendor_id=self.text(found, "id"),
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_id,
            created_at=self.clock(),
            sends=1 if again is None else again.sends + 1,
        )
        return Started(
            ref=ref, expires_at=self.expiry(found), ignored_hints=accepted.ignored
        )

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if not self.knows(ref):
            return CheckResult(verdict=Verdict.GONE)
        found = self.ask("POST", self.path(ref, "/check"), {"code": code})
        if found is None:
            return CheckResult(verdict=Verdict.GONE)
        verdict = VERDICTS.get(self.text(found, "result"))
        if verdict is None or found.get("id") != ref.vendor_id:
            raise Unexpected("an unknown result", self.name)
        left = found.get("left")
        left = left if type(left) is int and left >= 0 else None
        return CheckResult(
            verdict=verdict,
            attempts_remaining=left,
            retry_allowed=verdict is Verdict.WRONG_CODE and left != 0,
        )

    def fetch(self, ref: VerificationRef) -> VerificationState:
        if not self.knows(ref):
            return VerificationState(status=Status.UNKNOWN)
        found = self.ask("GET", self.path(ref))
        if found is None:
            return VerificationState(status=Status.UNKNOWN)
        status = STATUSES.get(self.text(found, "state"), Status.UNKNOWN)
        return VerificationState(status=status)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        if not self.knows(ref):
            return CancelOutcome.GONE
        found = self.ask("DELETE", self.path(ref))
        return CancelOutcome.GONE if found is None else CancelOutcome.CANCELED

    def knows(self, ref: VerificationRef) -> bool:
        """Whether the reference is its own, and may stand in a path."""
        return owns(self, ref) and ref.vendor_id.isalnum()

    def path(self, ref: VerificationRef, action: str = "") -> str:
        return f"/parcels/{ref.vendor_id}{action}"

    def ask(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> dict[str, Any] | None:
        """One request; None where the vendor knows no such parcel."""
        try:
            response = self.send(method, path, body)
        except requests.ConnectTimeout:
            raise Unavailable("no connection in time", self.name) from None
        except requests.RequestException as error:
            raise self.without_answer(error) from None
        return self.read(response)

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        response = requests.request(
            method,
            self.url + path,
            data=None if body is None else json.dumps(body),
            headers={"X-Key": self.key, "Accept-Encoding": "identity"},
            timeout=self.patience.total_seconds(),
            allow_redirects=False,
            stream=True,
        )
        self.load(response)
        return response

    def load(self, response: requests.Response) -> None:
        """Read the body, for as long as the deadline allows and not longer."""
        began = datetime.now(UTC)
        body = b""
        for part in response.iter_content(1):
            body += part
            if datetime.now(UTC) - began > self.patience:
                response.close()
                raise requests.ReadTimeout
        response._content = body  # noqa: SLF001

    def without_answer(self, error: requests.RequestException) -> Exception:
        cause = error.args[0] if error.args else None
        if isinstance(getattr(cause, "reason", None), NewConnectionError):
            return Unavailable("nothing listens there", self.name)
        return Ambiguous("no answer", self.name)

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        status = response.status_code
        try:
            found = response.json()
        except (ValueError, RecursionError):
            found = None
        if status == 404 and isinstance(found, dict) and "error" in found:
            return None
        if status in REFUSALS:
            wait = response.headers.get("Retry-After", "")
            pause = timedelta(seconds=int(wait)) if wait.isdecimal() else None
            raise REFUSALS[status]("refused", self.name, status, retry_after=pause)
        if status >= 500:
            raise Ambiguous("failed inside", self.name, status)
        if status not in {200, 201} or not isinstance(found, dict):
            raise Unexpected("cannot be read", self.name, status)
        return found

    def text(self, found: dict[str, Any] | None, name: str) -> str:
        value = None if found is None else found.get(name)
        if not isinstance(value, str) or not value.isalnum():
            raise Unexpected(f"no {name}", self.name)
        return value

    def expiry(self, found: dict[str, Any] | None) -> datetime | None:
        seconds = None if found is None else found.get("seconds")
        if type(seconds) is not int or not 0 < seconds < 86_400:
            return None
        return self.clock() + timedelta(seconds=seconds)


def courier_harness(kind: type[Courier]) -> Harness:
    """The provider over a fresh office, with every door."""

    @contextmanager
    def opened() -> Iterator[Bench]:
        office = CourierOffice()

        def inbox(identifier: Identifier) -> list[SeenMessage]:
            return [
                SeenMessage(code=code, channel=by)
                for to, by, code in office.arrived
                if to == identifier.value
            ]

        with HttpDoors(answer=office.answer, call_of=call_of) as doors:

            def make() -> Courier:
                return kind(lambda: office.key, doors.url, office.now)

            def impatient() -> Courier:
                one = make()
                one.patience = DEADLINE
                return one

            yield Bench(
                provider=make(),
                inbox=inbox,
                secrets=[KEY, NEXT_KEY],
                rotate_key=lambda: setattr(office, "key", NEXT_KEY),
                guesses=GUESSES,
                lifetime=LIFETIME,
                now=office.now,
                advance=office.advance,
                another_process=make,
                refuse_next_start={
                    error: lambda status=status: doors.answer_next(
                        json_reply(status, {"error": "no"}), Call.START
                    )
                    for status, error in REFUSALS.items()
                },
                speak_strangely=lambda: doors.change_answers(strange),
                deadline=DEADLINE,
                impatient=impatient,
                **doors.openings(),
            )

    return Harness(name=kind.__name__, open=opened)


def call_of(request: VendorRequest) -> Call:
    """Which call a request is."""
    if request.method == "DELETE":
        return Call.CANCEL
    if request.method == "GET":
        return Call.FETCH
    return Call.CHECK if request.target.endswith("/check") else Call.START


def strange(_request: VendorRequest, reply: VendorReply) -> VendorReply:
    """The same answer with a word that no document knows."""
    said = json.loads(reply.body)
    odd = {name: "perhaps" for name in ("result", "state") if name in said}
    return json_reply(reply.status, {**said, **odd})
