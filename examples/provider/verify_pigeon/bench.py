"""How the provider is set up for the conformance kit: its world and the doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from attrs import define

from verify_core import Channel, Identifier
from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    Throttled,
    Unavailable,
)
from verify_core.testing import (
    Bench,
    Blocking,
    Harness,
    HttpDoors,
    SeenMessage,
    VendorReply,
    VendorRequest,
    json_reply,
)
from verify_providers.http import Reach

from .provider import AsyncPigeonPost, PigeonPost
from .vendor import PigeonLoft

KEY = "coo-coo-coo"

#: Short, for the cases of a vendor that stalls; all others have time.
DEADLINE = timedelta(seconds=1)
TIMEOUT = timedelta(seconds=10)

#: What the documents name as refusals, by what the caller may do next.
REFUSALS = {
    Misconfigured: 402,
    InvalidIdentifier: 422,
    Throttled: 429,
    Unavailable: 503,
}


@define
class Clock:
    """A clock that stands until it is moved."""

    moment: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The present."""
        return self.moment

    def advance(self, duration: timedelta) -> None:
        """Let time pass."""
        self.moment += duration


def doors_to(loft: PigeonLoft) -> HttpDoors:
    """The loft behind a real socket: "not sent" against "maybe sent" is about those."""

    def answer(request: VendorRequest) -> VendorReply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return json_reply(401, {"error": "no such key"})
        body = json.loads(request.body or b"{}")
        return json_reply(*loft.answer(request.method, request.target, body))

    return HttpDoors(answer=answer)


@contextmanager
def opened(*, awaited: bool = False) -> Iterator[Bench]:
    """A fresh loft with nothing sent, and a provider that knows its address."""
    clock = Clock()
    loft = PigeonLoft(clock.now)

    def inbox(identifier: Identifier) -> list[SeenMessage]:
        return [
            SeenMessage(code=code, channel=Channel.SMS)
            for to, code in loft.arrived
            if to == identifier.value
        ]

    with doors_to(loft) as doors, ExitStack() as made:

        def provider(timeout: timedelta = TIMEOUT) -> PigeonPost | Blocking:
            reach = Reach(base_url=doors.url, timeout=timeout)
            if not awaited:
                return made.enter_context(PigeonPost(KEY, reach=reach, clock=clock.now))
            inner = AsyncPigeonPost(KEY, reach=reach, clock=clock.now)
            return made.enter_context(Blocking(inner))

        def refuse(status: int) -> None:
            doors.answer_next(json_reply(status, {"error": "no"}))

        yield Bench(
            provider=provider(),
            inbox=inbox,
            secrets=[KEY],
            guesses=3,
            lifetime=timedelta(minutes=10),
            now=clock.now,
            advance=clock.advance,
            another_process=provider,
            refuse_next_start={
                kind: lambda status=status: refuse(status)
                for kind, status in REFUSALS.items()
            },
            speak_strangely=lambda: doors.change_answers(_strange),
            deadline=DEADLINE,
            impatient=lambda: provider(DEADLINE),
            **doors.openings(),
        )


def _strange(_request: VendorRequest, reply: VendorReply) -> VendorReply:
    """The same answer, with a result that no document knows."""
    said = json.loads(reply.body)
    return json_reply(reply.status, {**said, "result": "perhaps"})


def make() -> Harness:
    """What `verify-core conformance --bench verify_pigeon.bench:make` asks for."""
    return Harness(name="pigeon", open=opened)


def make_awaited() -> Harness:
    """Return the same for the provider that is awaited, run by a loop in a thread."""
    return Harness(name="pigeon-awaited", open=lambda: opened(awaited=True))
