"""The rules of `CodeStore` around `start` and `take_back`, one caller at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from attrs import evolve

from verify_core.channels import Channel
from verify_core.codestore import (
    CodeRecord,
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

SLOW = StoreLimits(cool_downs=(30 * SECOND, 60 * SECOND))


@store_case()
def keeps_what_it_is_given(store: CodeStore) -> None:
    """Every field comes back as it was given, instants to the millisecond."""
    odd = timedelta(milliseconds=123)
    record = a_record(
        channel=Channel.EMAIL,
        nonce="",
        tries=2,
        most_tries=7,
        sends=3,
        created_at=NOON + odd,
        sent_at=NOON + 2 * odd,
        expires_at=NOON + MINUTE + 3 * odd,
        forget_at=NOON + HOUR + 4 * odd,
    )

    begun = started(store, record, now=NOON + odd)

    require(begun.earlier is None, "start found an earlier record in an empty store")
    require_kept_as(store, record, now=NOON + odd)
    require(store.fetch("other", now=NOON) is None, "fetch finds what is not there")


@store_case()
def tells_ids_apart_by_every_character(store: CodeStore) -> None:
    """Ids and holders of 128 characters are kept whole, and differ by case."""
    long = "a" * 127
    records = [
        a_record(long + last, holder="h" * 127 + last, digest=f"digest-{last}")
        for last in ("a", "A", "b")
    ]
    for record in records:
        started(store, record, limits=SLOW)
    for record in records:
        require_kept_as(store, record)


@store_case()
def repeated_start_changes_nothing(store: CodeStore) -> None:
    """The id of a running verification is answered `REPEATED`, whatever is locked."""
    record = a_record()
    started(store, record, limits=SLOW)
    guessed(store, record, times=3, limits=STRICT)
    again = a_record(digest="another")
    limits = StoreLimits(cool_downs=SLOW.cool_downs, most_failures=3)

    begun = started(store, again, StartAnswer.REPEATED, limits=limits)

    running = evolve(record, tries=3)
    require(begun.earlier == running, "REPEATED does not bring what is running")
    require(begun.next_at == NOON + 30 * SECOND, "REPEATED has another next_at")
    require_kept_as(store, running)
    later = NOON + 30 * SECOND
    started(store, a_record("v2", holder=record.holder), now=later, limits=SLOW)


@store_case()
def ended_verification_may_start_again(store: CodeStore) -> None:
    """An id that was approved, canceled, expired or is used up starts anew."""
    ends: dict[str, Callable[[CodeRecord], object]] = {
        "approved": lambda record: store.approve(record, now=NOON),
        "canceled": lambda record: store.cancel(record.id, now=NOON),
        "used-up": lambda record: guessed(store, record, times=5),
        "expired": lambda _record: None,
    }
    for name, end in ends.items():
        record = a_record(name)
        started(store, record)
        end(record)
        now = record.expires_at if name == "expired" else NOON
        before = store.fetch(name, now=now)
        fresh = a_record(name, digest="fresh", expires_at=NOON + 20 * MINUTE)

        begun = started(store, fresh, now=now)

        require(begun.earlier == before, f"start of what was {name}: no earlier record")
        require_kept_as(store, fresh, now=now)


@store_case()
def resend_replaces_the_code(store: CodeStore) -> None:
    """A new code's guesses are counted anew, and the old one is approved no more."""
    record = a_record()
    started(store, record)
    guessed(store, record, times=4)
    following = resent(record)

    begun = started(store, following, previous=record)

    require(begun.earlier == evolve(record, tries=4), "earlier is not what was there")
    require_kept_as(store, following)
    guessed(store, record, times=5)
    require(not store.approve(record, now=NOON), "a replaced code was approved")
    require(store.approve(following, now=NOON), "the new code was not approved")


@store_case()
def resend_of_the_same_code_keeps_its_guesses(store: CodeStore) -> None:
    """A code that is sent again has as many guesses left as before."""
    record = a_record()
    started(store, record)
    guessed(store, record, times=4)

    started(store, resent(record, digest=record.digest), previous=record)

    guessed(store, record)
    guessed(store, record, GuessAnswer.EXHAUSTED)


@store_case()
def resend_needs_what_runs_as_it_was(store: CodeStore) -> None:
    """`GONE`, before any limit: missing, another message, ended, expired, used up."""
    record = a_record()
    following = resent(record)
    started(store, following, StartAnswer.GONE, previous=record, limits=SLOW)
    require_kept_as(store, None)
    started(store, record, limits=SLOW)
    for wrong in (evolve(record, sends=2), evolve(record, digest="another")):
        begun = started(store, following, StartAnswer.GONE, previous=wrong, limits=SLOW)
        require(begun.earlier == record, "GONE does not bring what is there")
    require_kept_as(store, record)
    end = record.expires_at
    started(store, following, StartAnswer.GONE, previous=record, now=end)
    guessed(store, record, times=5)
    started(store, following, StartAnswer.GONE, previous=record, limits=STRICT)
    require_kept_as(store, spent(record))
    for end_by in ("approve", "cancel"):
        other = a_record(end_by)
        started(store, other)
        if end_by == "approve":
            store.approve(other, now=NOON)
        else:
            store.cancel(other.id, now=NOON)
        started(store, resent(other), StartAnswer.GONE, previous=other)


@store_case()
def cool_downs_grow_with_each_message(store: CodeStore) -> None:
    """The n-th message is followed by the n-th cool-down, to the millisecond."""
    now, record = NOON, a_record()
    started(store, record, limits=SLOW)
    started(store, a_record("other"), limits=SLOW)
    for wait in (30 * SECOND, 60 * SECOND, 60 * SECOND):
        following, early = resent(record), now + wait - MILLISECOND
        refused = started(
            store,
            following,
            StartAnswer.TOO_SOON,
            previous=record,
            now=early,
            limits=SLOW,
        )
        require(
            refused.wait == MILLISECOND, "wait is not what is left of the cool-down"
        )
        now += wait
        begun = started(store, following, previous=record, now=now, limits=SLOW)
        require(
            begun.ready_at == now, "ready_at is not the end of the cool-down before"
        )
        record = following


@store_case()
def cool_down_is_remembered_to_its_end(store: CodeStore) -> None:
    """A holder has to wait for longer than `locked_for`, if a cool-down is longer."""
    limits = StoreLimits(cool_downs=(HOUR,), locked_for=MINUTE)
    started(store, a_record(holder="one"), limits=limits)
    second, early = a_record("v2", holder="one"), NOON + HOUR - MILLISECOND
    started(store, second, StartAnswer.TOO_SOON, now=early, limits=limits)
    begun = started(store, second, now=NOON + HOUR, limits=limits)
    require(begun.ready_at is None, "messages count for longer than they should")


@store_case()
def refused_start_counts_nothing(store: CodeStore) -> None:
    """What is refused is not kept, and lengthens no wait."""
    record = a_record("v0", holder="one")
    started(store, record, limits=SLOW)
    for _time in range(3):
        fresh = a_record(holder="one")
        started(store, fresh, StartAnswer.TOO_SOON, now=NOON + SECOND, limits=SLOW)
    require_kept_as(store, None)
    now = NOON + 30 * SECOND
    begun = started(store, a_record(holder="one"), now=now, limits=SLOW)
    require(begun.next_at == now + MINUTE, "refused starts counted as messages")


@store_case()
def holder_is_locked_by_wrong_guesses(store: CodeStore) -> None:
    """Guesses over all codes lock start and guess for the time set, and not longer."""
    first, second = a_record("v1", holder="one"), a_record("v2", holder="one")
    limits = evolve(STRICT, cool_downs=(SECOND,))
    started(store, first, now=NOON - MINUTE)
    started(store, second, limits=limits)
    guessed(store, first, times=2, limits=limits)
    guessed(store, second, limits=limits, now=NOON + MILLISECOND)
    for record in (first, second):
        guessed(store, record, GuessAnswer.LOCKED, limits=limits)
    require_kept_as(store, evolve(second, tries=1))
    later = NOON + 2 * HOUR
    third = a_record("v3", holder="one", expires_at=later, forget_at=later)
    refused = started(store, third, StartAnswer.LOCKED, limits=limits)
    require(refused.wait == HOUR + MILLISECOND, "wait is not what is left of the lock")
    require(store.fetch("v3", now=NOON) is None, "a locked holder's start was kept")
    end = NOON + HOUR + MILLISECOND
    before = end - MILLISECOND
    started(store, third, StartAnswer.LOCKED, limits=limits, now=before)
    started(store, third, limits=limits, now=end)
    guessed(store, third, times=3, limits=limits, now=end)


@store_case()
def lock_without_end_lasts_until_unlock(store: CodeStore) -> None:
    """With `locked_for=None` only `unlock` frees the holder, also from a cool-down."""
    limits = StoreLimits(most_failures=1, locked_for=None, cool_downs=(30 * SECOND,))
    record = a_record()
    started(store, record, limits=limits)
    guessed(store, record, limits=limits)
    years = NOON + timedelta(days=1_000)
    late = a_record(expires_at=years + MINUTE, forget_at=years + HOUR)
    refused = started(store, late, StartAnswer.LOCKED, now=years, limits=limits)
    require(refused.wait is None, "a lock without end has a wait")
    store.unlock("holder-of-another", now=years)
    started(store, late, StartAnswer.LOCKED, now=years, limits=limits)

    store.unlock(record.holder, now=years)

    started(store, late, now=years, limits=limits)
    store.unlock(record.holder, now=years)
    started(store, a_record("v2", holder=record.holder), now=years, limits=limits)


@store_case()
def approval_begins_anew(store: CodeStore) -> None:
    """After an approval the holder has neither failures nor a cool-down."""
    limits = evolve(STRICT, cool_downs=(MINUTE, HOUR))
    record = a_record(holder="one")
    started(store, record, limits=limits)
    guessed(store, record, times=3, limits=limits)
    require(store.approve(record, now=NOON), "the code was not approved")

    begun = started(store, a_record("v2", holder="one"), limits=limits)

    require(begun.next_at == NOON + MINUTE, "the cool-downs did not begin anew")
    guessed(store, a_record("v2"), times=3, limits=limits)


@store_case()
def start_is_taken_back(store: CodeStore) -> None:
    """A first start that is taken back leaves neither record nor cool-down."""
    record = a_record()
    begun = started(store, record, limits=SLOW)

    store.take_back(record, begun, now=NOON)

    require_kept_as(store, None)
    again = started(store, record, limits=SLOW)
    require(again.next_at == NOON + 30 * SECOND, "the message still counts")


@store_case()
def guesses_stay_counted_when_a_start_is_taken_back(store: CodeStore) -> None:
    """Guesses count for the holder, and for the code before, up to its most."""
    record = a_record()
    begun = started(store, record, limits=STRICT)
    guessed(store, record, times=2, limits=STRICT)
    store.take_back(record, begun, now=NOON)
    started(store, record, limits=STRICT)
    guessed(store, record, limits=STRICT)
    guessed(store, record, GuessAnswer.LOCKED, limits=STRICT)
    full = a_record("v2")
    started(store, full)
    guessed(store, full, times=4)
    following = resent(full)
    begun = started(store, following, previous=full)
    guessed(store, following, times=3)
    store.take_back(following, begun, now=NOON)
    require_kept_as(store, spent(full))


@store_case()
def resend_is_taken_back(store: CodeStore) -> None:
    """The record before takes its place again, with the guesses counted since."""
    record = a_record(most_tries=6)
    started(store, record, limits=SLOW)
    guessed(store, record, times=2)
    now = NOON + 30 * SECOND
    for digest in ("new", record.digest):
        tries = 2 if digest == "new" else 3
        following = resent(record, digest=digest)
        begun = started(store, following, previous=record, now=now, limits=SLOW)
        guessed(store, following, now=now)

        store.take_back(following, begun, now=now)

        require_kept_as(store, evolve(record, tries=tries + 1), now=now)
    begun = started(store, resent(record), previous=record, now=now, limits=SLOW)
    require(begun.next_at == now + MINUTE, "the message still counts")


@store_case()
def take_back_undoes_nothing_that_followed(store: CodeStore) -> None:
    """A verification that was sent again, approved or canceled since stays as it is."""
    for what in ("resend", "again", "approve", "cancel", "restart"):
        record = a_record(what)
        begun, after = started(store, record), ended(record)
        match what:
            case "resend" | "again":
                same = {"digest": record.digest} if what == "again" else {}
                after = resent(record, **same)
                started(store, after, previous=record)
            case "approve":
                store.approve(record, now=NOON)
            case "cancel":
                after = ended(record, CodeStatus.CANCELED)
                store.cancel(what, now=NOON)
            case _:
                store.cancel(what, now=NOON)
                after = a_record(what, digest="another")
                started(store, after)

        store.take_back(record, begun, now=NOON)

        require_kept_as(store, after)


@store_case()
def take_back_leaves_a_later_wait(store: CodeStore) -> None:
    """Another message of the holder since then still makes it wait."""
    first, second = a_record("v1", holder="one"), a_record("v2", holder="one")
    begun = started(store, first, limits=SLOW)
    now = NOON + 30 * SECOND
    started(store, second, now=now, limits=SLOW)

    store.take_back(first, begun, now=now)

    third = a_record("v3", holder="one")
    refused = started(store, third, StartAnswer.TOO_SOON, now=now, limits=SLOW)
    require(refused.wait == MINUTE, "taking back the first ended the second's wait")
