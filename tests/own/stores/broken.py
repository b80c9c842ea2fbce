# ruff: noqa: A002, ANN401
"""Stores that each break one rule, as stores in the field do."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError, Lock
from typing import Any

from attrs import evolve

from verify_core.codestore import (
    Change,
    CodeHolder,
    CodeRecord,
    RuledStore,
    StartAnswer,
    Stored,
    StoreGuess,
    StoreLimits,
    StoreStarted,
)


class DictStore(RuledStore):
    """Right: the rules over two dictionaries, under a lock."""

    def __init__(self) -> None:
        self.records: dict[str, CodeRecord] = {}
        self.holders: dict[str, CodeHolder] = {}
        self.lock = Lock()

    def change(self, change: Change[Any]) -> Any:
        with self.lock:
            answer, after, holder_id = self._read(change)
            self._write(change, after, holder_id)
            return answer

    def _read(self, change: Change[Any]) -> tuple[Any, Stored, str]:
        record = self.records.get(change.id or "")
        holder_id = change.holder or (record.holder if record else "")
        before = Stored(record=record, holder=self.holders.get(holder_id))
        answer, after = change.rule(before)
        return answer, after, holder_id

    def _write(self, change: Change[Any], after: Stored, holder_id: str) -> None:
        self.records.pop(change.id or "", None)
        self.holders.pop(holder_id, None)
        if after.record:
            self.records[after.record.id] = after.record
        if after.holder:
            self.holders[after.holder.id] = after.holder

    def start(self, record: CodeRecord, *, now: datetime, **more: Any) -> StoreStarted:
        self.sweep(now=now, most=2)
        return super().start(record, now=now, **more)

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        with self.lock:
            old = [each.id for each in self.records.values() if each.forget_at <= now][
                :most
            ]
            for each in old:
                del self.records[each]
            for holder in [*self.holders.values()]:
                if holder.forget_at and holder.forget_at <= now:
                    del self.holders[holder.id]
            return len(old)

    def stored(self) -> bytes:
        return repr(
            [(each.id, each.digest, each.nonce) for each in self.records.values()]
        ).encode()

    def count(self) -> int:
        return len(self.records) + len(self.holders)


class ReadThenWrite(DictStore):
    """Counts by reading, and writing later, as most hand-written checks do."""

    def __init__(self) -> None:
        super().__init__()
        self.two = Barrier(2)

    def change(self, change: Change[Any]) -> Any:
        answer, after, holder_id = self._read(change)
        if isinstance(answer, StoreGuess):  # another one reads before this one writes
            with suppress(BrokenBarrierError):
                self.two.wait(timeout=0.1)
        self._write(change, after, holder_id)
        return answer


class NoLock(DictStore):
    """Leaves it to chance whether another thread comes between reading and writing."""

    def change(self, change: Change[Any]) -> Any:
        answer, after, holder_id = self._read(change)
        self._write(change, after, holder_id)
        return answer


class ApprovesWithoutCompare(DictStore):
    """Approves whatever is pending, and trusts that the caller compared."""

    def approve(self, record: CodeRecord, *, now: datetime) -> bool:
        known = self.records.get(record.id)
        return super().approve(known or record, now=now)


class RepeatsTooLate(DictStore):
    """Refuses a repeated start for its own cool-down."""

    def start(
        self, record: CodeRecord, *, now: datetime, limits: StoreLimits, **more: Any
    ) -> StoreStarted:
        holder = self.holders.get(record.holder)
        ready_at = holder and holder.ready_at
        if ready_at and now < ready_at and not more.get("previous"):
            return StoreStarted(answer=StartAnswer.TOO_SOON, wait=ready_at - now)
        return super().start(record, now=now, limits=limits, **more)


class ForgetsTries(DictStore):
    """Puts the record before back as it was, without the guesses since."""

    def take_back(
        self, record: CodeRecord, begun: StoreStarted, *, now: datetime
    ) -> None:
        super().take_back(record, begun, now=now)
        if begun.earlier and record.id in self.records:
            self.records[record.id] = begun.earlier


class OwnClock(DictStore):
    """Expires by the time of day, not by the time passed in."""

    def guess(self, id: str, *, now: datetime, limits: StoreLimits) -> StoreGuess:
        return super().guess(id, now=datetime.now(UTC), limits=limits)


class KeepsDigest(DictStore):
    """Keeps the digest of what was approved."""

    def approve(self, record: CodeRecord, *, now: datetime) -> bool:
        first = super().approve(record, now=now)
        if first:
            self.records[record.id] = evolve(
                self.records[record.id], nonce=record.nonce
            )
        return first


class NeverSweeps(DictStore):
    """Grows for ever unless swept."""

    def start(self, record: CodeRecord, *, now: datetime, **more: Any) -> StoreStarted:
        return RuledStore.start(self, record, now=now, **more)


class TimesInSeconds(DictStore):
    """Keeps instants to the second, as some databases' columns do."""

    def _write(self, change: Change[Any], after: Stored, holder_id: str) -> None:
        if after.record:
            expires_at = after.record.expires_at.replace(microsecond=0)
            after = evolve(after, record=evolve(after.record, expires_at=expires_at))
        super()._write(change, after, holder_id)


class FoldsCase(DictStore):
    """Reads ids whatever their case, as MySQL compares text unless it is set up."""

    def change(self, change: Change[Any]) -> Any:
        folded = change.id and change.id.lower()
        return super().change(evolve(change, id=folded))

    def _write(self, change: Change[Any], after: Stored, holder_id: str) -> None:
        super()._write(change, after, holder_id)
        if after.record:
            self.records.pop(after.record.id)
            self.records[after.record.id.lower()] = after.record


BROKEN = {
    ReadThenWrite: "parallel_guesses_are_counted_exactly",
    ApprovesWithoutCompare: "approval_comes_once",
    RepeatsTooLate: "repeated_start_changes_nothing",
    ForgetsTries: "resend_is_taken_back",
    OwnClock: "code_expires_by_the_time_passed_in",
    KeepsDigest: "keeps_no_digest_that_has_ended",
    NeverSweeps: "stays_bounded_without_a_sweep",
    TimesInSeconds: "keeps_what_it_is_given",
    FoldsCase: "tells_ids_apart_by_every_character",
}
