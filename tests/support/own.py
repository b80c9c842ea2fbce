"""Codes of our own in a world where store and senders can be made to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from attrs import define, evolve, field

from tests.support.kinds import shared_loop
from verify_core.channels import Channel
from verify_core.codestore import Change, RuledStore
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.identifiers import Identifier
from verify_core.provider import VerifyProvider
from verify_core.testing import Bench, Blocking, Call, Garbage, Harness, SeenMessage
from verify_core.testing._troubles import FAILED_INSIDE
from verify_fakes import FakeClock
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    OwnCodes,
)
from verify_providers.own.senders import MaybeSent, MemorySender, Message, Sent

KEYS = CodeKeys.generate()
AT_ONCE = CodePolicy(cool_downs=())
WAIT = timedelta(seconds=3)
STATUSES: Mapping[int, type[NotSent]] = {
    401: Misconfigured,
    402: Misconfigured,
    429: Throttled,
    503: Unavailable,
}
REMEDIES: tuple[type[NotSent], ...] = (
    *(InvalidIdentifier, Refused, TooSoon, Throttled, Misconfigured, Unavailable),
    UnsupportedChannel,
)
OPERATIONS = {"guess": Call.CHECK, "fetch": Call.FETCH, "cancel": Call.CANCEL}


def failure(status: int) -> VerifyError:
    """What a store or sender over HTTP makes of a status."""
    if status in FAILED_INSIDE:
        return Ambiguous("failed inside", http_status=status)
    kind = STATUSES.get(status)
    if kind is None:
        return Unexpected("no success", http_status=status, maybe_sent=status >= 500)
    return kind("refused", http_status=status, retry_after=WAIT)


@define
class Troubles:
    """
    Failures that are due, by call; of each, whether it is acted upon all the same.

    Attributes:
        asked: How often store and sender were asked.
    """

    asked: int = 0
    _due: list[tuple[Call, bool, VerifyError]] = field(factory=list)
    _for_good: list[tuple[Call, bool, VerifyError]] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def arm(
        self, call: Call, error: VerifyError, *, acted: bool, always: bool = False
    ) -> None:
        (self._for_good if always else self._due).append((call, acted, error))

    def meet(self, call: Call | None, act: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Act, or fail as it is due; then perhaps after acting."""
        with self._lock:
            self.asked += 1
            due = [each for each in self._due if each[0] is call]
            if due:
                self._due.remove(due[0])
            due += [each for each in self._for_good if each[0] is call]
        if not due:
            return act()
        _call, acted, error = due[0]
        if acted:
            act()
        raise error.but()


class FaultyStore(MemoryStore):
    """A store in memory that can be made to fail."""

    def __init__(self, troubles: Troubles) -> None:
        super().__init__()
        self._troubles = troubles
        self._names = threading.local()

    def change(self, change: Change[Any]) -> Any:  # noqa: ANN401
        call = getattr(self._names, "call", None)
        return self._troubles.meet(call, partial(super().change, change))


def _named(name: str, call: Call) -> Callable[..., Any]:
    def method(self: FaultyStore, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        self._names.call = call
        try:
            return getattr(RuledStore, name)(self, *args, **kwargs)
        finally:
            self._names.call = None

    return method


for _name, _call in OPERATIONS.items():
    setattr(FaultyStore, _name, _named(_name, _call))


class FaultySender(MemorySender):
    """A sender into memory that can be made to fail."""

    def __init__(self, troubles: Troubles) -> None:
        super().__init__()
        self._troubles = troubles

    def send(self, message: Message) -> Sent | MaybeSent:
        found: Sent | MaybeSent = self._troubles.meet(
            Call.START, partial(super().send, message)
        )
        return found


def received(sender: MemorySender, identifier: Identifier) -> list[SeenMessage]:
    """The messages that reached a person."""
    return [
        SeenMessage(code=message.code, channel=message.channel, locale=message.language)
        for message in [*sender.outbox]
        if message.to == identifier.value
    ]


@contextmanager
def own_bench(
    *, is_awaited: bool, policy: CodePolicy, channels: Iterable[Channel] = Channel
) -> Iterator[Bench]:
    """A world with every door that a store and a sender can have."""
    clock, troubles = FakeClock(), Troubles()
    store, sender = FaultyStore(troubles), FaultySender(troubles)
    kind: Any = AsyncOwnCodes if is_awaited else OwnCodes

    def provider() -> VerifyProvider:
        made = kind(
            store=store,
            senders=dict.fromkeys(channels, sender),
            keys=KEYS,
            brand="Shop",
            policy=policy,
            clock=clock.now,
        )
        return Blocking(made, loop=shared_loop()) if is_awaited else made

    def lose_all_answers() -> None:
        for call in Call:
            troubles.arm(call, Ambiguous("lost"), acted=True, always=True)

    def refuse_connections() -> None:
        for call in Call:
            troubles.arm(call, Unavailable("away"), acted=False, always=True)

    def throttle_next(call: Call) -> timedelta:
        troubles.arm(call, failure(429), acted=False)
        return WAIT

    def garble_next(_garbage: Garbage, call: Call) -> None:
        troubles.arm(call, Unexpected("unreadable"), acted=True)

    yield Bench(
        provider=provider(),
        inbox=partial(received, sender),
        secrets=KEYS.to_text().reveal().split(),
        guesses=policy.tries,
        lifetime=policy.lifetime,
        now=clock.now,
        advance=clock.advance,
        another_process=provider,
        asked=lambda: troubles.asked,
        lose_next=lambda call: troubles.arm(call, Ambiguous("lost"), acted=True),
        lose_all_answers=lose_all_answers,
        drop_next_start=lambda: troubles.arm(
            Call.START, Ambiguous("broken off"), acted=False
        ),
        fail_next=lambda status, call: troubles.arm(
            call, failure(status), acted=status in FAILED_INSIDE
        ),
        garble_next=garble_next,
        redirect_next=lambda call: troubles.arm(
            call, Unexpected("it is elsewhere", maybe_sent=False), acted=False
        ),
        refuse_next_start={
            kind: partial(troubles.arm, Call.START, kind("no"), acted=False)
            for kind in REMEDIES
        },
        throttle_next_check=lambda: troubles.arm(Call.CHECK, failure(429), acted=False),
        throttle_next=throttle_next,
        refuse_connections=refuse_connections,
    )


def own_harness(
    *,
    is_awaited: bool,
    policy: CodePolicy = AT_ONCE,
    channels: tuple[Channel, ...] = tuple(Channel),
) -> Harness:
    """Codes of our own, in memory, blocking or awaited."""
    return Harness(
        name=f"{'AsyncOwnCodes' if is_awaited else 'OwnCodes'}, {policy.resend}",
        open=lambda: own_bench(is_awaited=is_awaited, policy=policy, channels=channels),
    )


SAME_CODE = evolve(AT_ONCE, resend="same_code")
