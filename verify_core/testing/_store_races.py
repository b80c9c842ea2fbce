"""The rules of `CodeStore` under callers at the same time, and when one is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from verify_core.codestore import (
    Change,
    CodeHolder,
    CodeRecord,
    CodeStatus,
    CodeStore,
    GuessAnswer,
    RuledStore,
    StartAnswer,
    Stored,
    StoreLimits,
)
from verify_core.codestore._rules import T

from ._bench import CaseInconclusive, fail, require
from ._store_bench import (
    MINUTE,
    NOON,
    AnyStore,
    a_record,
    resent,
    started,
    store_case,
)
from ._store_callers import (
    Done,
    StoreCall,
    answered,
    approve,
    guess,
    processes,
    rounds,
    start,
    together,
)

Reopen = Callable[[], AnyStore]


def answers(calls: Sequence[Done]) -> Counter[str]:
    """How often each answer came."""
    return Counter(str(getattr(each.answer, "answer", each.answer)) for each in calls)


def in_processes(reopen: Reopen, shares: Sequence[Sequence[StoreCall]]) -> list[Done]:
    """Make each share of the calls in a process of its own, all at the same time."""
    with processes(reopen, shares) as workers:
        found = [each for worker in workers for each in answered(worker)]
    if len(found) < sum(map(len, shares)):
        raise CaseInconclusive("another process did not answer all calls")
    return found


@store_case()
def parallel_guesses_are_counted_exactly(store: CodeStore) -> None:
    """Of forty guesses at the same time five are counted, and only five."""
    for number in rounds():
        record = a_record(f"v{number}")
        started(store, record)

        found = answers(together(store, [guess(record.id)] * 40))

        require(found == {"counted": 5, "exhausted": 35}, f"answered {dict(found)}")


@store_case()
def parallel_approvals_open_once(store: CodeStore) -> None:
    """Of a hundred approvals of the right code at the same time one is the first."""
    for number in rounds():
        record = a_record(f"v{number}")
        started(store, record)

        found = answers(together(store, [approve(record)] * 100))

        require(found == {"True": 1, "False": 99}, f"answered {dict(found)}")


@store_case()
def parallel_starts_send_once(store: CodeStore) -> None:
    """Of starts at the same time one is kept: of one id, of one holder, of resends."""
    slow = StoreLimits(cool_downs=(MINUTE,))
    for number in rounds():
        record = a_record(f"v{number}")
        found = answers(together(store, [start(record, limits=slow)] * 16))
        require(found == {"kept": 1, "repeated": 15}, f"one id: {dict(found)}")
        holder = f"one-{number}"
        others = [a_record(f"o{number}-{each}", holder=holder) for each in range(16)]
        found = answers(together(store, [start(each, limits=slow) for each in others]))
        require(found == {"kept": 1, "too_soon": 15}, f"one holder: {dict(found)}")
        now = NOON + MINUTE
        following = start(resent(record), previous=record, now=now, limits=slow)
        found = answers(together(store, [following] * 16))
        require(found == {"kept": 1, "gone": 15}, f"resends: {dict(found)}")


@store_case()
def parallel_guesses_lock_the_holder(store: CodeStore) -> None:
    """Guesses at several codes of one holder at the same time stop at its limit."""
    limits = StoreLimits(most_failures=7)
    for number in rounds():
        names = [f"v{number}-{each}" for each in range(4)]
        for name in names:
            started(store, a_record(name, holder=f"one-{number}"))

        calls = [guess(name, limits=limits) for name in names * 8]
        found = answers(together(store, calls))

        counted = found[GuessAnswer.COUNTED]
        require(counted == limits.most_failures, f"answered {dict(found)}")


@store_case()
def every_history_has_an_order(store: CodeStore) -> None:
    """What callers at the same time were answered has an order that explains it."""
    for number in rounds():
        _require_an_order(together(store, _mixed(f"r{number}")))


@store_case(door="reopen")
def four_processes_are_as_one(store: CodeStore, reopen: Reopen) -> None:
    """What four processes are answered has an order; five guesses, one approval."""
    names = [f"v{number}" for number in range(5)]
    for name in names:
        started(store, a_record(name))
    calls = [call for name in names for call in [guess(name)] * 5]
    calls += [approve(a_record(name)) for name in names]
    mixed = {f"r{number}": _mixed(f"r{number}") for number in range(4)}
    shares = [
        calls + [call for each in mixed.values() for call in each[share::4]]
        for share in range(4)
    ]

    found = in_processes(reopen, shares)

    for name in mixed:
        _require_an_order([each for each in found if _is_of(each, name)])
    counts = answers([each for each in found if each.call in calls])
    # Guesses that came after an approval are refused, so fewer may count.
    refused = counts.pop("exhausted", 0) + counts.pop("ended", 0)
    counted = counts.pop("counted")
    require(counts == {"True": 5, "False": 15}, f"approvals were {dict(counts)}")
    require(counted <= 5 * len(names), f"{counted} guesses counted, {refused} did not")


def _is_of(each: Done, name: str) -> bool:
    given = each.call.given[0]
    return bool((given.id if isinstance(given, CodeRecord) else given) == name)


def _mixed(name: str) -> list[StoreCall]:
    """Calls on one verification that get in each other's way."""
    record = a_record(name)
    strict = StoreLimits(most_failures=4)
    again = resent(record)
    more = {"now": NOON}
    return [
        start(record),
        start(again, previous=record),
        approve(record),
        approve(again),
        StoreCall(method="cancel", given=(name,), more=more),
        StoreCall(method="fetch", given=(name,), more=more),
        *[guess(name, limits=strict)] * 6,
    ]


class ModelStore(RuledStore):
    """The rules over two dictionaries: what a store is compared with."""

    def __init__(self) -> None:
        self.records: dict[str, CodeRecord] = {}
        self.holders: dict[str, CodeHolder] = {}

    def change(self, change: Change[T]) -> T:
        record = self.records.get(change.id or "")
        holder_id = change.holder or (record.holder if record else "")
        before = Stored(record=record, holder=self.holders.get(holder_id))
        answer, after = change.rule(before)
        self.records.pop(change.id or "", None)
        self.holders.pop(holder_id, None)
        if after.record:
            self.records[after.record.id] = after.record
        if after.holder:
            self.holders[after.holder.id] = after.holder
        return answer

    def copy(self) -> ModelStore:
        other = ModelStore()
        other.records, other.holders = dict(self.records), dict(self.holders)
        return other

    def state(self) -> object:
        return frozenset([*self.records.values(), *self.holders.values()])


def _require_an_order(calls: Sequence[Done]) -> None:
    """
    Require an order of the calls in which the model answers the same.

    A call that was answered before another was made comes before it (linearizability;
    Herlihy and Wing 1990; searched as by Wing and Gong 1993).
    """
    seen: set[object] = set()
    states = [(frozenset(range(len(calls))), ModelStore())]
    while states:
        left, model = states.pop()
        if not left:
            return
        if (left, model.state()) in seen:
            continue
        seen.add((left, model.state()))
        first_end = min(calls[each].ended for each in left)
        for each in left:
            if calls[each].began <= first_end:
                following = model.copy()
                if calls[each].call.on(following) == calls[each].answer:
                    states.append((left - {each}, following))
    answered = ", ".join(
        f"{each.call.method}: {getattr(each.answer, 'answer', each.answer is not None)}"
        for each in sorted(calls, key=lambda each: each.began)
    )
    fail(f"no order explains what was answered ({answered})")


@store_case(door="reopen")
def killed_caller_loses_nothing(store: CodeStore, reopen: Reopen) -> None:
    """What was answered before a `kill -9` is kept, and approved once only."""
    records = [a_record(f"v{number}") for number in range(2_000)]
    calls = [call for each in records for call in (start(each), approve(each))]
    with processes(reopen, [calls]) as [worker]:
        found = answered(worker, most=60)
        worker.kill()
        found += answered(worker)
    if not len(found) < len(calls):
        raise CaseInconclusive("the process was done before it could be killed")

    kept = {each.call.given[0].id: each for each in found}
    for name, last in kept.items():
        record = store.fetch(name, now=NOON)
        require(record is not None, "a start that was answered is lost")
        if last.call.method == "approve":
            again = store.approve(last.call.given[0], now=NOON)
            require(last.answer is True, "the first approval was refused")
            require(not again, "what was approved before the kill was approved again")
    _require_usable(store, records[: len(kept) + 1])


def _require_usable(store: CodeStore, records: Sequence[CodeRecord]) -> None:
    """Whatever the killed process had begun, each verification is whole."""
    for record in records:
        found = store.fetch(record.id, now=NOON)
        if found is None:
            answer = store.start(record, now=NOON, limits=StoreLimits()).answer
            require(answer is StartAnswer.KEPT, "what was not kept cannot be started")
        elif found.status is CodeStatus.PENDING:
            require(found == record, "a record is kept in part")
            require(store.approve(record, now=NOON), "what is pending is not approved")
            require(not store.approve(record, now=NOON), "approved twice")
