"""The rules of `CodeStore` once a code is out, one caller at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from attrs import evolve

from verify_core.codestore import (
    CodeStatus,
    CodeStore,
    GuessAnswer,
    StartAnswer,
    StoreLimits,
)

from ._bench import require
from ._store_bench import (
    HOUR,
    MILLISECOND,
    MINUTE,
    NOON,
    SECOND,
    STRICT,
    a_record,
    ended,
    guessed,
    require_kept_as,
    resent,
    spent,
    started,
    store_case,
)


@store_case()
def guesses_are_counted_up_to_the_most(store: CodeStore) -> None:
    """Each guess counts before it is compared; past the most it is refused."""
    record = a_record()
    started(store, record)
    for tries in range(1, 6):
        found = guessed(store, record)
        require(found == evolve(record, tries=tries), "guess returns another record")
    found = guessed(store, record, GuessAnswer.EXHAUSTED)
    require(found == spent(record), "an exhausted guess returns another record")
    require_kept_as(store, spent(record))


@store_case()
def guess_says_why_it_is_not_counted(store: CodeStore) -> None:
    """Refused in this order: missing, ended, expired, exhausted, locked."""
    record = a_record()
    guessed(store, record, GuessAnswer.MISSING)
    started(store, record)
    guessed(store, record, times=5)
    end, strict = record.expires_at, STRICT
    guessed(store, record, GuessAnswer.EXHAUSTED, limits=strict)
    guessed(store, record, GuessAnswer.EXPIRED, limits=strict, now=end)
    store.approve(record, now=NOON)
    found = guessed(store, record, GuessAnswer.ENDED, limits=strict, now=end)
    require(found == ended(spent(record)), "a refused guess returns another record")
    other = a_record("v2")
    started(store, other)
    store.cancel("v2", now=NOON)
    guessed(store, other, GuessAnswer.ENDED)


@store_case()
def code_expires_by_the_time_passed_in(store: CodeStore) -> None:
    """A guess counts until `expires_at`, which is compared with the `now` passed in."""
    for years in (-10, 0, 10):
        moved = NOON + timedelta(days=365 * years)
        end = moved + MINUTE
        record = a_record(
            f"in-{years}", created_at=moved, expires_at=end, forget_at=moved + HOUR
        )
        started(store, record, now=moved)
        guessed(store, record, now=end - MILLISECOND)
        guessed(store, record, GuessAnswer.EXPIRED, now=end)


@store_case()
def approval_comes_once(store: CodeStore) -> None:
    """The stored digest of a pending record is approved once, and removed then."""
    record = a_record()
    require(not store.approve(record, now=NOON), "approved what was never there")
    started(store, record)
    for wrong in ("digest-of-other", ""):
        other = evolve(record, digest=wrong)
        require(not store.approve(other, now=NOON), "approved another digest")
    guessed(store, record, times=5)
    end = record.expires_at
    require(
        store.approve(record, now=end), "a counted guess was not approved in the end"
    )
    require_kept_as(store, ended(spent(record)))
    for digest in (record.digest, ""):
        again = evolve(record, digest=digest)
        require(not store.approve(again, now=NOON), "approved twice")
    canceled = a_record("v2")
    started(store, canceled)
    store.cancel("v2", now=NOON)
    for digest in (canceled.digest, ""):
        late = evolve(canceled, digest=digest)
        require(not store.approve(late, now=NOON), "approved what was canceled")


@store_case()
def cancel_ends_what_runs(store: CodeStore) -> None:
    """Cancel returns the record before; what does not run is left as it is."""
    record = a_record()
    require(store.cancel("v1", now=NOON) is None, "canceled what is not there")
    started(store, record)
    end = record.expires_at
    require(store.cancel("v1", now=end) == record, "cancel of an expired one differs")
    require_kept_as(store, record)
    require(store.cancel("v1", now=NOON) == record, "cancel returns another record")
    after = ended(record, CodeStatus.CANCELED)
    require_kept_as(store, after)
    require(store.cancel("v1", now=NOON) == after, "a second cancel differs")
    full = a_record("v2")
    started(store, full)
    guessed(store, full, times=5)
    store.cancel("v2", now=NOON)
    require_kept_as(store, spent(full))


@store_case()
def forgotten_is_as_if_never_there(store: CodeStore) -> None:
    """From `forget_at` on a record is missing, swept or not; a holder, likewise."""
    record = a_record(expires_at=NOON + 2 * HOUR)
    started(store, record, limits=StoreLimits(cool_downs=(MINUTE,), locked_for=HOUR))
    end = record.forget_at
    require_kept_as(store, record, now=end - MILLISECOND)
    require_kept_as(store, None, now=end)
    guessed(store, record, GuessAnswer.MISSING, now=end)
    require(store.cancel("v1", now=end) is None, "canceled what is forgotten")
    require(not store.approve(record, now=end), "approved what is forgotten")
    later = resent(record, forget_at=end + HOUR)
    started(store, later, StartAnswer.GONE, previous=record, now=end)
    again = a_record(forget_at=end + HOUR, expires_at=end + MINUTE)
    slow = StoreLimits(cool_downs=(MINUTE, HOUR))
    begun = started(store, again, now=end, limits=slow)
    require(begun.earlier is None, "a start brings what is forgotten")
    require(begun.next_at == end + MINUTE, "messages of a forgotten holder still count")


@store_case(door="sweeps")
def sweep_drops_what_may_be_forgotten(store: CodeStore, _sweeps: object) -> None:
    """Sweep returns how many records went, at most as many as were asked for."""
    _start_five(store)
    now = NOON + HOUR + 2 * MINUTE

    gone = [store.sweep(now=now, most=2), store.sweep(now=now), store.sweep(now=now)]

    require(gone == [2, 1, 0], f"three that may be forgotten went as {gone}")


@store_case()
def sweep_leaves_what_may_not_be_forgotten(store: CodeStore) -> None:
    """A record is there until its `forget_at`, however often the store is swept."""
    _start_five(store)
    now = NOON + HOUR + 2 * MINUTE
    require(store.sweep(now=NOON) == 0, "sweep dropped what may not be forgotten")

    store.sweep(now=now)

    for name in ("v3", "v4"):
        require(store.fetch(name, now=now) is not None, f"sweep took {name}")


def _start_five(store: CodeStore) -> None:
    for number in range(5):
        forget_at = NOON + HOUR + number * MINUTE
        started(store, a_record(f"v{number}", forget_at=forget_at))


@store_case(door="count")
def stays_bounded_without_a_sweep(store: CodeStore, count: Callable[[], int]) -> None:
    """Starts drop what may be forgotten, so that a store does not grow for ever."""
    starts, few = 120, 5 * SECOND
    for number in range(starts):
        now = NOON + number * SECOND
        record = a_record(f"v{number}", expires_at=now + few, forget_at=now + few)
        started(store, record, now=now, limits=StoreLimits(locked_for=few))
    kept = count()
    require(kept <= starts, f"{kept} are kept, of which ten may not be forgotten yet")


@store_case(door="stored")
def keeps_no_digest_that_has_ended(
    store: CodeStore, stored: Callable[[], bytes]
) -> None:
    """What is stored has no digest and no nonce of what was approved or canceled."""
    names = ("approved", "canceled")
    records = [a_record(name, nonce=f"nonce-of-{name}") for name in names]
    for record in records:
        started(store, record)
    kept = stored()
    require(all(each.digest.encode() in kept for each in records), "the door is wrong")

    store.approve(records[0], now=NOON)
    store.cancel("canceled", now=NOON)

    kept = stored()
    for each in records:
        require(each.digest.encode() not in kept, "a digest is kept after the end")
        require(each.nonce.encode() not in kept, "a nonce is kept after the end")
