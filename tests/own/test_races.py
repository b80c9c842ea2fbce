"""Many at once: one approval, five guesses, one message; in threads and in tasks."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.support.own_world import AT_ONCE, KEYS, SAME, sms, wrong
from verify_core.channels import Channel
from verify_core.errors import NotSent, TooSoon
from verify_core.verification import Delivery, Started, Verdict
from verify_providers.own import (
    AsyncOwnCodes,
    CodePolicy,
    MemoryStore,
    OwnCodes,
    SqliteStore,
)
from verify_providers.own.senders import MemorySender

MANY = 100
PATIENT = evolve(AT_ONCE, most_failures=10_000)


class Plain:
    """A store that blocks and has nothing awaited, so that threads run it."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - any store
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == "awaited":
            raise AttributeError(name)
        return getattr(self._inner, name)


def in_threads(store: Any, sender: MemorySender, policy: CodePolicy) -> Any:  # noqa: ANN401
    provider = OwnCodes(
        store=store,
        senders={Channel.SMS: sender},
        keys=KEYS,
        brand="Shop",
        policy=policy,
    )

    def at_once(calls: list[Callable[[Any], Any]]) -> list[Any]:
        gate = threading.Barrier(len(calls))

        def call(each: Callable[[Any], Any]) -> Any:  # noqa: ANN401
            gate.wait(30)
            return settled(lambda: each(provider))

        with ThreadPoolExecutor(len(calls)) as pool:
            return [*pool.map(call, calls)]

    return at_once


def settled(call: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        return call()
    except NotSent as error:
        return error


def in_tasks(store: Any, sender: MemorySender, policy: CodePolicy) -> Any:  # noqa: ANN401
    def at_once(calls: list[Callable[[Any], Any]]) -> list[Any]:
        async def all_of_them() -> list[Any]:
            async with AsyncOwnCodes(
                store=Plain(store),  # type: ignore[arg-type] - as a store
                senders={Channel.SMS: sender},
                keys=KEYS,
                brand="Shop",
                policy=policy,
            ) as provider:
                found = await asyncio.gather(
                    *(each(provider) for each in calls), return_exceptions=True
                )
                odd = [
                    each
                    for each in found
                    if isinstance(each, BaseException) and not isinstance(each, NotSent)
                ]
                assert not odd, odd
                return found

        return asyncio.run(all_of_them())

    return at_once


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:  # noqa: ANN401
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "c")


@pytest.fixture(params=[in_threads, in_tasks], ids=["threads", "tasks"])
def world(request: pytest.FixtureRequest, store: Any) -> Any:  # noqa: ANN401
    sender = MemorySender()

    def make(policy: CodePolicy = PATIENT) -> tuple[Any, MemorySender]:
        return request.param(store, sender, policy), sender

    return make


def checks(started: Started, code: str, count: int) -> list[Callable[[Any], Any]]:
    return [lambda provider: provider.check(started.ref, code)] * count


def test_of_many_right_codes_one_is_approved(world: Any) -> None:  # noqa: ANN401
    at_once, sender = world()
    [started] = at_once([lambda provider: provider.start(sms())])
    code = sender.outbox[-1].code.reveal()

    found = at_once(checks(started, code, MANY))

    verdicts = Counter(each.verdict for each in found)
    assert verdicts[Verdict.APPROVED] == 1
    assert set(verdicts) <= {Verdict.APPROVED, Verdict.GONE, Verdict.EXHAUSTED}


def test_of_many_wrong_codes_five_are_counted(world: Any) -> None:  # noqa: ANN401
    at_once, sender = world()
    [started] = at_once([lambda provider: provider.start(sms())])
    code = sender.outbox[-1].code.reveal()

    found = at_once(checks(started, wrong(code), MANY))

    verdicts = Counter(each.verdict for each in found)
    assert verdicts == {Verdict.WRONG_CODE: 5, Verdict.EXHAUSTED: MANY - 5}
    left = sorted(each.attempts_remaining for each in found if each.retry_allowed)
    assert left == [1, 2, 3, 4]
    [late] = at_once(checks(started, code, 1))
    assert late.verdict is Verdict.EXHAUSTED


def test_wrong_and_right_codes_at_once_make_at_most_five_guesses(
    world: Any,  # noqa: ANN401
) -> None:
    at_once, sender = world()
    [started] = at_once([lambda provider: provider.start(sms())])
    code = sender.outbox[-1].code.reveal()
    mixed = checks(started, wrong(code), 8) + checks(started, code, 2)

    verdicts = Counter(each.verdict for each in at_once(mixed))

    assert verdicts[Verdict.APPROVED] <= 1
    assert verdicts[Verdict.WRONG_CODE] + verdicts[Verdict.APPROVED] <= 5


def test_failures_of_an_identifier_are_counted_over_codes_at_once(
    world: Any,  # noqa: ANN401
) -> None:
    at_once, sender = world(evolve(AT_ONCE, most_failures=12))
    started = at_once([lambda provider: provider.start(sms())] * 6)
    codes = {each.code.reveal() for each in sender.outbox}
    guess = next(f"{n:06}" for n in range(9) if f"{n:06}" not in codes)

    found = at_once([each for one in started for each in checks(one, guess, 5)])

    verdicts = Counter(each.verdict for each in found)
    assert verdicts == {Verdict.WRONG_CODE: 12, Verdict.EXHAUSTED: 18}


def test_of_many_equal_starts_one_sends(world: Any) -> None:  # noqa: ANN401
    at_once, sender = world()

    found = at_once([lambda provider: provider.start(sms(attempt_id="a-1"))] * 20)

    assert len(sender.outbox) == 1
    assert len({each.ref.vendor_id for each in found}) == 1
    deliveries = Counter(each.delivery for each in found)
    assert deliveries == {Delivery.SENT: 1, Delivery.MAYBE_SENT: 19}


def test_of_many_starts_for_one_person_one_sends(world: Any) -> None:  # noqa: ANN401
    at_once, sender = world(CodePolicy())

    found = at_once([lambda provider: provider.start(sms())] * 20)

    assert len(sender.outbox) == 1
    assert Counter(map(type, found)) == {Started: 1, TooSoon: 19}


@pytest.mark.parametrize("policy", [PATIENT, SAME], ids=["new code", "same code"])
def test_resends_at_once_leave_one_code_that_works(
    world: Any,  # noqa: ANN401
    policy: CodePolicy,
) -> None:
    at_once, sender = world(policy)
    [first] = at_once([lambda provider: provider.start(sms())])

    found = at_once([lambda provider: provider.start(sms(), previous=first.ref)] * 4)

    again = [each for each in found if isinstance(each, Started)]
    assert again
    assert {type(each) for each in found} <= {Started, TooSoon}
    assert len({each.ref.sends for each in again}) == len(again)
    newest = max(sender.outbox, key=lambda message: message.number)
    assert newest.number == max(each.ref.sends for each in again)
    [result] = at_once(checks(again[0], newest.code.reveal(), 1))
    assert result.verdict is Verdict.APPROVED
