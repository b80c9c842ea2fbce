"""How the provider is set up for the conformance kit, and the side door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from attrs import define

from verify_core.channels import Channel
from verify_core.identifiers import Identifier
from verify_core.testing import Bench, Harness, SeenMessage
from verify_providers.http import Reach

from .provider import PigeonPost
from .serving import KEY, Fault, Network, served
from .vendor import PigeonLoft

#: Short, for the case of a vendor that stalls; long enough for a busy machine.
TIMEOUT = timedelta(seconds=2)


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


@contextmanager
def opened() -> Iterator[Bench]:
    """A fresh loft with nothing sent, and a provider that knows its address."""
    clock, network = Clock(), Network()
    loft = PigeonLoft(clock.now)

    def inbox(identifier: Identifier) -> list[SeenMessage]:
        return [
            SeenMessage(code=code, channel=Channel.SMS)
            for to, code in loft.arrived
            if to == identifier.value
        ]

    def arrange(name: str, value: object) -> None:
        setattr(network, name, value)

    with served(loft, network) as url:
        yield Bench(
            provider=PigeonPost(
                KEY, reach=Reach(base_url=url, timeout=TIMEOUT), clock=clock.now
            ),
            inbox=inbox,
            guesses=3,
            lifetime=timedelta(minutes=10),
            advance=clock.advance,
            lose_next_start=lambda: arrange("fault_once", Fault.LOST),
            lose_all_answers=lambda: arrange("fault", Fault.LOST),
            throttle_next_check=lambda: arrange("throttle", value=True),
            speak_strangely=lambda: arrange("fault", Fault.STRANGE),
            refuse_connections=network.unplug,
            stall=lambda: arrange("fault", Fault.STALLED),
            deadline=TIMEOUT,
        )


def make() -> Harness:
    """What `verify-core conformance --bench verify_pigeon.bench:make` asks for."""
    return Harness(name="pigeon", open=opened)
