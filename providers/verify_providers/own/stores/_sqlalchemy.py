"""A store in the application's database, by SQLAlchemy's Core."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from verify_core.codestore import (
    AsyncCodeStore,
    AsyncRuledStore,
    Change,
    RuledStore,
)
from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Secret, to_secret
from verify_core.validation import require_kind

from ...threads import InThreads
from ._rows import milliseconds

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ._sql import Tables

T = TypeVar("T")
EngineT = TypeVar("EngineT", "Engine", "AsyncEngine")

PREFIX = "verify_"
_PREFIX = re.compile("[a-z][a-z0-9_]{0,40}")
_MOST_ATTEMPTS = 20
_SWEEP_EVERY = 16
_SWEPT = 4 * _SWEEP_EVERY
"""Rows dropped at most with every sixteenth start; sixteen starts add 32 or fewer."""


class _Sql(Generic[EngineT]):
    """What both stores share: the engine, the tables, and how errors are read."""

    @unframed
    def __init__(
        self,
        engine: EngineT | str | Secret,
        prefix: str,
        make: Callable[[str], EngineT],
    ) -> None:
        if not _PREFIX.fullmatch(require_kind("prefix", prefix, str)):
            raise InvalidSetting("prefix", "takes small letters, digits and '_'")
        try:
            from . import _sql
        except ImportError:
            text = f"SQLAlchemy needs more: {install_hint('sqlalchemy')}"
            raise InvalidSetting("store", text) from None
        self.is_ours = isinstance(engine, str | Secret)
        if not self.is_ours and not hasattr(engine, "dialect"):
            raise InvalidSetting("engine", "takes a URL, or an engine of SQLAlchemy")
        self.engine: EngineT = (
            _made(cast("str | Secret", engine), make)
            if self.is_ours
            else cast("EngineT", engine)
        )
        self.sql = _sql
        self.isolated: EngineT = _isolated(self.engine)
        self.tables: Tables = _sql.Tables(prefix)
        self.is_prepared = False
        self._starts = count(1)

    def __str__(self) -> str:
        url = self.engine.url
        return f"{url.get_backend_name()}, {self.tables.codes.name}"

    def work(self, change: Change[T]) -> Callable[[Connection], T]:
        do = self.sql.read if change.reads_only else self.sql.apply
        return partial(do, tables=self.tables, change=change)

    def sweeps(self, now: datetime, most: int) -> list[Callable[[Connection], int]]:
        tables = (self.tables.holders, self.tables.codes)
        due = milliseconds(now)
        return [
            partial(self.sql.sweep, table=table, now=due, most=most) for table in tables
        ]

    def is_time_to_sweep(self) -> bool:
        return next(self._starts) % _SWEEP_EVERY == 0

    def require_again(self, error: Exception, attempt: int) -> None:
        """
        Return where the transaction is worth another attempt.

        Raises:
            Unavailable: It is not, and nothing was done.
            Ambiguous: The commit failed.
        """
        if attempt >= _MOST_ATTEMPTS or not self.sql.is_to_repeat(error):
            raise self.sql.of_store(error)


def _made(url: str | Secret, make: Callable[[str], EngineT]) -> EngineT:
    from sqlalchemy.exc import SQLAlchemyError

    fault = ""
    try:
        return make(to_secret(url).reveal().strip())
    except ImportError as error:
        fault = f"its driver is missing: {error.name}"
    except (SQLAlchemyError, ValueError, TypeError) as error:
        fault = f"not a URL that SQLAlchemy takes ({type(error).__name__})"
    # Not chained: the library's error may show the URL, and that a password.
    raise InvalidSetting("store", fault)


class SqlAlchemyStore(RuledStore):
    """
    Keeps verifications in two tables of a database: PostgreSQL, MySQL, MariaDB, SQLite.

    Each operation is a transaction that locks the holder's row, then the record's. What
    was answered is as durable as the database's commits. The tables `verify_codes` and
    `verify_holders` are made with the first call where they are missing. A transaction
    that only another one beside it made fail is made anew.

    Args:
        engine: Your own engine, which `close` leaves open; or a URL, such as
            `postgresql+psycopg://user:password@host/database`. Its driver is yours.
        prefix: Begins the names of the tables.

    Raises:
        InvalidSetting: The URL or the prefix has another form, the engine is awaited,
            its driver or the extra `sqlalchemy` is not installed. Nothing connects yet.
    """

    def __init__(self, engine: str | Secret | Engine, *, prefix: str = PREFIX) -> None:
        self._sql: _Sql[Engine] = _Sql(engine, prefix, _blocking_engine)
        if self._sql.engine.dialect.is_async:
            raise InvalidSetting("store", "is awaited: use AsyncSqlAlchemyStore")

    def __repr__(self) -> str:
        return f"SqlAlchemyStore({self._sql})"

    def awaited(self) -> AsyncCodeStore:
        """
        Return this store as an `AsyncCodeStore`, whose calls run in threads.

        `AsyncSqlAlchemyStore` awaits the database itself.
        """
        return cast("AsyncCodeStore", InThreads(self))

    def close(self) -> None:
        """Close the connections, unless the engine is yours."""
        if self._sql.is_ours:
            self._sql.engine.dispose()

    def change(self, change: Change[T]) -> T:
        """Apply the rule in a transaction that has locked the rows."""
        if change.sweep_at and self._sql.is_time_to_sweep():
            self.sweep(now=change.sweep_at, most=_SWEPT)
        return self._transaction(self._sql.work(change))

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """Drop what may be forgotten; see `CodeStore.sweep`."""
        holders, codes = self._sql.sweeps(now, most)
        self._transaction(holders)
        return self._transaction(codes)

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        if not self._sql.is_prepared:
            self._attempt(self._sql.tables.create)
            self._sql.is_prepared = True
        return self._attempt(work)

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        for attempt in count(1):
            try:
                with self._sql.isolated.connect() as connection:
                    answer: T = self._sql.sql.committed(connection, work)
                    return answer
            except self._sql.sql.ERRORS as error:
                self._sql.require_again(error, attempt)
        raise AssertionError  # the last attempt has returned or raised


class AsyncSqlAlchemyStore(AsyncRuledStore):
    """
    `SqlAlchemyStore`, awaited on one event loop; `aclose` stands for `close`.

    Args:
        engine: Your own `AsyncEngine`; or a URL whose driver awaits, such as
            `postgresql+asyncpg://…`.
        prefix: As for `SqlAlchemyStore`.

    Raises:
        InvalidSetting: As for `SqlAlchemyStore`; or the engine blocks.
    """

    def __init__(
        self, engine: str | Secret | AsyncEngine, *, prefix: str = PREFIX
    ) -> None:
        self._sql: _Sql[AsyncEngine] = _Sql(engine, prefix, _awaited_engine)
        if not self._sql.engine.dialect.is_async:
            raise InvalidSetting("store", "blocks: use SqlAlchemyStore")

    def __repr__(self) -> str:
        return f"AsyncSqlAlchemyStore({self._sql})"

    async def aclose(self) -> None:
        """Close the connections, unless the engine is yours."""
        if self._sql.is_ours:
            await self._sql.engine.dispose()

    async def change(self, change: Change[T]) -> T:
        """Apply the rule in a transaction that has locked the rows."""
        if change.sweep_at and self._sql.is_time_to_sweep():
            await self.sweep(now=change.sweep_at, most=_SWEPT)
        return await self._transaction(self._sql.work(change))

    async def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """Drop what may be forgotten; see `CodeStore.sweep`."""
        holders, codes = self._sql.sweeps(now, most)
        await self._transaction(holders)
        return await self._transaction(codes)

    async def _transaction(self, work: Callable[[Connection], T]) -> T:
        if not self._sql.is_prepared:
            await self._attempt(self._sql.tables.create)
            self._sql.is_prepared = True
        return await self._attempt(work)

    async def _attempt(self, work: Callable[[Connection], T]) -> T:
        for attempt in count(1):
            try:
                async with self._sql.isolated.connect() as connection:
                    return await connection.run_sync(self._sql.sql.committed, work)
            except self._sql.sql.ERRORS as error:
                self._sql.require_again(error, attempt)
        raise AssertionError  # the last attempt has returned or raised


def _blocking_engine(url: str) -> Engine:
    from sqlalchemy import create_engine

    return create_engine(url, hide_parameters=True)


def _awaited_engine(url: str) -> AsyncEngine:
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine(url, hide_parameters=True)


def _isolated(engine: EngineT) -> EngineT:
    """
    The engine, with transactions that see what others committed before each statement.

    A lock that was waited for is followed by what its last owner wrote: MySQL's
    default, REPEATABLE READ, would show what was there before.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="READ COMMITTED")
