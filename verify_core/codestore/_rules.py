"""
The rules of a store, pure: what was stored and an operation, to what is stored then.

Whoever can lock a record and its holder stores by these rules: `RuledStore`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Generic, TypeVar

from attrs import evolve, field, frozen
from attrs.converters import optional

from ._protocol import (
    CodeRecord,
    CodeStatus,
    GuessAnswer,
    StartAnswer,
    StoreGuess,
    StoreLimits,
    StoreStarted,
    to_millisecond,
)

T = TypeVar("T")
_MESSAGES_REMEMBERED = timedelta(days=1)


@frozen(kw_only=True)
class CodeHolder:
    """
    What a store counts for one holder, over all codes.

    Attributes:
        id: `CodeRecord.holder`.
        failures: Guesses counted since the last approval.
        messages: Messages since then.
        ready_at: When the next message may leave; None: at once.
        forget_at: From then on the holder is as if it were not there; None: never.
    """

    id: str = field(repr=False)
    failures: int = 0
    messages: int = 0
    ready_at: datetime | None = field(default=None, converter=optional(to_millisecond))
    forget_at: datetime | None = field(default=None, converter=optional(to_millisecond))


@frozen(kw_only=True)
class Stored:
    """A record and its holder, as they are or will be stored; None: not there."""

    record: CodeRecord | None
    holder: CodeHolder | None


@frozen(kw_only=True)
class Change(Generic[T]):
    """
    One operation, for a store that can lock what it changes.

    Attributes:
        id: Of the record to read, lock and write; None: only the holder is.
        holder: Of the holder, likewise; None: it is the record's.
        now: The present, for a server that drops by itself what may be forgotten.
        rule: From what is stored to what is answered and stored then. What is the same
            object as before needs no writing; what is None then is removed.
        reads_only: Whether the rule never changes anything, so that no lock is needed.
        sweep_at: The present, where a store is to `sweep` a little before: at a start,
            so that it stays bounded. Otherwise None.
    """

    id: str | None
    holder: str | None = None
    now: datetime
    reads_only: bool = False
    sweep_at: datetime | None = None
    rule: Callable[[Stored], tuple[T, Stored]]


def start(
    record: CodeRecord,
    *,
    now: datetime,
    limits: StoreLimits,
    previous: CodeRecord | None = None,
) -> Change[StoreStarted]:
    now = to_millisecond(now)

    def rule(stored: Stored) -> tuple[StoreStarted, Stored]:
        earlier = _known(stored.record, now)
        holder = _known(stored.holder, now) or CodeHolder(id=record.holder)
        refused = _refused(earlier, holder, now, limits, previous)
        if refused:
            return refused, stored
        counted = _with_message(holder, now, limits)
        begun = StoreStarted(
            answer=StartAnswer.KEPT,
            earlier=earlier,
            ready_at=holder.ready_at,
            next_at=counted.ready_at,
        )
        kept = record
        if previous and earlier and earlier.digest == record.digest:
            kept = evolve(record, tries=max(record.tries, earlier.tries))
        return begun, Stored(record=kept, holder=counted)

    return Change(id=record.id, holder=record.holder, now=now, sweep_at=now, rule=rule)


def take_back(
    record: CodeRecord, begun: StoreStarted, *, now: datetime
) -> Change[None]:
    now = to_millisecond(now)

    def rule(stored: Stored) -> tuple[None, Stored]:
        current = _known(stored.record, now)
        if current is None or not _is_message(current, record):
            return None, stored
        holder = _known(stored.holder, now)
        return None, Stored(
            record=begun.earlier and _restored(begun.earlier, record, current),
            holder=holder and _without_message(holder, begun),
        )

    return Change(id=record.id, holder=record.holder, now=now, rule=rule)


def guess(id: str, *, now: datetime, limits: StoreLimits) -> Change[StoreGuess]:  # noqa: A002
    now = to_millisecond(now)

    def rule(stored: Stored) -> tuple[StoreGuess, Stored]:
        record = _known(stored.record, now)
        if record is None:
            return StoreGuess(answer=GuessAnswer.MISSING), stored
        holder = _known(stored.holder, now) or CodeHolder(id=record.holder)
        refusal = _uncounted(record, holder, now, limits)
        if refusal:
            return StoreGuess(answer=refusal, record=record), stored
        counted = evolve(record, tries=record.tries + 1)
        return (
            StoreGuess(answer=GuessAnswer.COUNTED, record=counted),
            Stored(record=counted, holder=_with_failure(holder, now, limits)),
        )

    return Change(id=id, now=now, rule=rule)


def approve(record: CodeRecord, *, now: datetime) -> Change[bool]:
    now = to_millisecond(now)

    def rule(stored: Stored) -> tuple[bool, Stored]:
        current = _known(stored.record, now)
        if current is None or not _is_of(current, record):
            return False, stored
        return True, Stored(record=_ended(current, CodeStatus.APPROVED), holder=None)

    return Change(id=record.id, now=now, rule=rule)


def fetch(id: str, *, now: datetime) -> Change[CodeRecord | None]:  # noqa: A002
    now = to_millisecond(now)
    return Change(
        id=id,
        now=now,
        rule=lambda stored: (_known(stored.record, now), stored),
        reads_only=True,
    )


def cancel(id: str, *, now: datetime) -> Change[CodeRecord | None]:  # noqa: A002
    now = to_millisecond(now)

    def rule(stored: Stored) -> tuple[CodeRecord | None, Stored]:
        record = _known(stored.record, now)
        if record is None or not _runs(record, now):
            return record, stored
        return record, evolve(stored, record=_ended(record, CodeStatus.CANCELED))

    return Change(id=id, now=now, rule=rule)


def unlock(holder: str, *, now: datetime) -> Change[None]:
    return Change(
        id=None,
        holder=holder,
        now=to_millisecond(now),
        rule=lambda stored: (None, evolve(stored, holder=None)),
    )


K = TypeVar("K", bound=CodeRecord | CodeHolder)


def _known(stored: K | None, now: datetime) -> K | None:
    """What is stored, unless it may be forgotten."""
    if stored and stored.forget_at is not None and now >= stored.forget_at:
        return None
    return stored


def _runs(record: CodeRecord, now: datetime) -> bool:
    return (
        record.status is CodeStatus.PENDING
        and now < record.expires_at
        and record.tries < record.most_tries
    )


def _is_of(current: CodeRecord, record: CodeRecord) -> bool:
    """Whether it is pending with the code of the record."""
    return (
        current.status is CodeStatus.PENDING
        and bool(current.digest)
        and compare_digest(current.digest, record.digest)
    )


def _is_message(current: CodeRecord, record: CodeRecord) -> bool:
    """Whether it is pending with the message of the record as its newest."""
    return _is_of(current, record) and current.sends == record.sends


def _ended(record: CodeRecord, status: CodeStatus) -> CodeRecord:
    return evolve(record, status=status, digest="", nonce="")


def _refused(
    earlier: CodeRecord | None,
    holder: CodeHolder,
    now: datetime,
    limits: StoreLimits,
    previous: CodeRecord | None,
) -> StoreStarted | None:
    answer, wait, next_at = None, None, None
    running = earlier if earlier and _runs(earlier, now) else None
    if previous is None and running:
        answer, next_at = StartAnswer.REPEATED, holder.ready_at
    elif previous and (running is None or not _is_message(running, previous)):
        answer = StartAnswer.GONE
    elif holder.failures >= limits.most_failures:
        answer = StartAnswer.LOCKED
        wait = holder.forget_at - now if holder.forget_at else None
    elif holder.ready_at and now < holder.ready_at:
        answer, wait = StartAnswer.TOO_SOON, holder.ready_at - now
    if answer is None:
        return None
    return StoreStarted(answer=answer, earlier=earlier, wait=wait, next_at=next_at)


def _uncounted(
    record: CodeRecord, holder: CodeHolder, now: datetime, limits: StoreLimits
) -> GuessAnswer | None:
    if record.status is not CodeStatus.PENDING:
        return GuessAnswer.ENDED
    if now >= record.expires_at:
        return GuessAnswer.EXPIRED
    if record.tries >= record.most_tries:
        return GuessAnswer.EXHAUSTED
    if holder.failures >= limits.most_failures:
        return GuessAnswer.LOCKED
    return None


def _with_message(holder: CodeHolder, now: datetime, limits: StoreLimits) -> CodeHolder:
    nth = min(holder.messages, len(limits.cool_downs) - 1)
    cool_down = limits.cool_downs[nth] if limits.cool_downs else timedelta(0)
    # Without one, a start whose clock is a moment behind has nothing to wait for.
    ready_at = now + cool_down if cool_down else None
    counted = evolve(holder, messages=holder.messages + 1, ready_at=ready_at)
    return _remembered(counted, now, limits)


def _with_failure(holder: CodeHolder, now: datetime, limits: StoreLimits) -> CodeHolder:
    return _remembered(evolve(holder, failures=holder.failures + 1), now, limits)


def _remembered(holder: CodeHolder, now: datetime, limits: StoreLimits) -> CodeHolder:
    if limits.locked_for is None and holder.failures:
        return evolve(holder, forget_at=None)
    remembered = limits.locked_for
    until = now + (_MESSAGES_REMEMBERED if remembered is None else remembered)
    return evolve(holder, forget_at=max(until, holder.ready_at or until))


def _without_message(holder: CodeHolder, begun: StoreStarted) -> CodeHolder | None:
    messages = max(holder.messages - 1, 0)
    if not messages and not holder.failures:
        return None
    is_last = holder.ready_at == begun.next_at
    return evolve(
        holder,
        messages=messages,
        ready_at=begun.ready_at if is_last else holder.ready_at,
    )


def _restored(
    earlier: CodeRecord, record: CodeRecord, current: CodeRecord
) -> CodeRecord:
    """The record before a start, with the guesses that were counted since."""
    if earlier.digest == current.digest:
        return evolve(earlier, tries=current.tries)
    since = current.tries - record.tries
    return evolve(earlier, tries=min(earlier.tries + since, earlier.most_tries))
