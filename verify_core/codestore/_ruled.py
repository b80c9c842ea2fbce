"""A store in a page, for whoever can lock a record and its holder."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from . import _rules
from ._protocol import CodeRecord, StoreGuess, StoreLimits, StoreStarted
from ._rules import Change

T = TypeVar("T")


class RuledStore:
    """
    The methods of `CodeStore` but `sweep`, from one: `change`.

    Inherit it, and keep what `change` and `sweep` say; then every rule holds.
    """

    def change(self, change: Change[T]) -> T:
        """
        Read and lock, apply the rule, write, in one transaction; return the answer.

        Raises:
            verify_core.errors.Unavailable: The store cannot be reached.
        """
        raise NotImplementedError

    def start(
        self,
        record: CodeRecord,
        *,
        now: datetime,
        limits: StoreLimits,
        previous: CodeRecord | None = None,
    ) -> StoreStarted:
        """See `CodeStore.start`."""
        return self.change(
            _rules.start(record, now=now, limits=limits, previous=previous)
        )

    def take_back(
        self, record: CodeRecord, begun: StoreStarted, *, now: datetime
    ) -> None:
        """See `CodeStore.take_back`."""
        self.change(_rules.take_back(record, begun, now=now))

    def guess(self, id: str, *, now: datetime, limits: StoreLimits) -> StoreGuess:  # noqa: A002
        """See `CodeStore.guess`."""
        return self.change(_rules.guess(id, now=now, limits=limits))

    def approve(self, record: CodeRecord, *, now: datetime) -> bool:
        """See `CodeStore.approve`."""
        return self.change(_rules.approve(record, now=now))

    def fetch(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """See `CodeStore.fetch`."""
        return self.change(_rules.fetch(id, now=now))

    def cancel(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """See `CodeStore.cancel`."""
        return self.change(_rules.cancel(id, now=now))

    def unlock(self, holder: str, *, now: datetime) -> None:
        """See `CodeStore.unlock`."""
        self.change(_rules.unlock(holder, now=now))


class AsyncRuledStore:
    """The methods of `AsyncCodeStore` but `sweep`, from one: `change`."""

    async def change(self, change: Change[T]) -> T:
        """See `RuledStore.change`."""
        raise NotImplementedError

    async def start(
        self,
        record: CodeRecord,
        *,
        now: datetime,
        limits: StoreLimits,
        previous: CodeRecord | None = None,
    ) -> StoreStarted:
        """See `CodeStore.start`."""
        return await self.change(
            _rules.start(record, now=now, limits=limits, previous=previous)
        )

    async def take_back(
        self, record: CodeRecord, begun: StoreStarted, *, now: datetime
    ) -> None:
        """See `CodeStore.take_back`."""
        await self.change(_rules.take_back(record, begun, now=now))

    async def guess(
        self,
        id: str,  # noqa: A002
        *,
        now: datetime,
        limits: StoreLimits,
    ) -> StoreGuess:
        """See `CodeStore.guess`."""
        return await self.change(_rules.guess(id, now=now, limits=limits))

    async def approve(self, record: CodeRecord, *, now: datetime) -> bool:
        """See `CodeStore.approve`."""
        return await self.change(_rules.approve(record, now=now))

    async def fetch(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """See `CodeStore.fetch`."""
        return await self.change(_rules.fetch(id, now=now))

    async def cancel(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """See `CodeStore.cancel`."""
        return await self.change(_rules.cancel(id, now=now))

    async def unlock(self, holder: str, *, now: datetime) -> None:
        """See `CodeStore.unlock`."""
        await self.change(_rules.unlock(holder, now=now))
