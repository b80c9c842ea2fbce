"""`CodeStore` by Django's ORM: the library has the rules, this locks the rows."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import TypeVar

from attrs import asdict, fields
from django.db import DatabaseError, IntegrityError, models, transaction

from verify_core import Channel
from verify_core.codestore import (
    Change,
    CodeHolder,
    CodeRecord,
    CodeStatus,
    RuledStore,
    Stored,
)
from verify_core.errors import Ambiguous, Unavailable

from .models import Code, Holder

T = TypeVar("T")

_MOST_ATTEMPTS = 10
_SWEEP_EVERY = 16
_RECORD = [each.name for each in fields(CodeRecord)]
_HOLDER = [each.name for each in fields(CodeHolder)]


class _TryAgain(Exception):
    """Another request changed what was to be locked."""


class DjangoStore(RuledStore):
    """
    Keeps verifications in Django's database.

    A counted guess must stay counted, so that a change is never part of a transaction
    around it: with `ATOMIC_REQUESTS`, give the store a database alias of its own.

    Args:
        using: The alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._starts = count(1)

    def change(self, change: Change[T]) -> T:
        """Apply the rule in a transaction of its own."""
        if change.sweep_at and next(self._starts) % _SWEEP_EVERY == 0:
            self.sweep(now=change.sweep_at, most=4 * _SWEEP_EVERY)
        for _attempt in range(_MOST_ATTEMPTS):
            is_applied = False
            try:
                with transaction.atomic(self._using, durable=True):
                    answer = self._apply(change)
                    is_applied = True
            except (_TryAgain, IntegrityError):
                continue
            except DatabaseError as error:
                if is_applied:  # so it is the commit that failed, or its answer is lost
                    raise Ambiguous("The database's answer is missing.") from error
                raise Unavailable("The database cannot be reached.") from error
            return answer
        raise Unavailable("The database is changed by others all the time.")

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """See `verify_core.codestore.CodeStore.sweep`."""
        for table in (Holder, Code):
            due = table.objects.using(self._using).filter(forget_at__lte=now)
            ids = list(due.order_by("pk").values_list("pk", flat=True)[:most])
            gone, _by_table = due.filter(pk__in=ids).delete()
        return gone

    def _apply(self, change: Change[T]) -> T:
        codes = Code.objects.using(self._using)
        holder_id = change.holder
        if holder_id is None:
            found = codes.filter(pk=change.id).values_list("holder", flat=True)
            holder_id = found.first()
        if holder_id is None:
            return change.rule(Stored(record=None, holder=None))[0]
        holder = self._locked(Holder, holder_id) or self._made(holder_id)
        row = self._locked(Code, change.id) if change.id else None
        if change.holder is None and (row is None or row["holder"] != holder_id):
            raise _TryAgain
        before = Stored(record=_record(row), holder=CodeHolder(**holder))
        answer, after = change.rule(before)
        self._write(Code, before.record, after.record)
        self._write(Holder, before.holder, after.holder)
        return answer

    def _locked(self, table: type[models.Model], key: str) -> dict[str, object] | None:
        names = _RECORD if table is Code else _HOLDER
        rows = table.objects.using(self._using).select_for_update()
        return rows.filter(pk=key).values(*names).first()

    def _made(self, key: str) -> dict[str, object]:
        Holder.objects.using(self._using).get_or_create(pk=key)
        made = self._locked(Holder, key)
        if made is None:
            raise _TryAgain
        return made

    def _write(
        self,
        table: type[models.Model],
        before: CodeRecord | CodeHolder | None,
        after: CodeRecord | CodeHolder | None,
    ) -> None:
        rows = table.objects.using(self._using)
        if isinstance(after, CodeHolder) and not after.failures and not after.messages:
            after = None  # it was made to be locked, and counts nothing
        if after is before:
            return
        if after is None:
            rows.filter(pk=before.id).delete()
        elif before is None:
            rows.create(**asdict(after))
        else:
            rows.filter(pk=after.id).update(**asdict(after))


def _record(row: dict[str, object] | None) -> CodeRecord | None:
    if row is None:
        return None
    channel, status = Channel(row["channel"]), CodeStatus(row["status"])
    return CodeRecord(**{**row, "channel": channel, "status": status})
