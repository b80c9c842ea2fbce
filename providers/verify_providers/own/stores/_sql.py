"""Tables of codes and holders in SQLAlchemy's Core, and one change of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.expression import false

from verify_core.codestore import Change, CodeHolder, CodeRecord, Stored
from verify_core.errors import Ambiguous, Unavailable, VerifyError

from ._rows import HOLDER, INSTANTS, NUMBERS, RECORD, holder_of, record_of, to_row

T = TypeVar("T")

# MySQL would read ids that differ by case as the same one.
_TEXT = String(128).with_variant(
    mysql.VARCHAR(128, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
_OPTIONAL = {"ready_at"}
_MOST_ATTEMPTS = 20
_REPEATED = {"40001", "40P01", 1213}
"""A deadlock, or a conflict between transactions; PostgreSQL's and MySQL's codes."""


class TryAgain(Exception):
    """Another caller came in between; the transaction is to be made anew."""


class NotCommitted(Exception):
    """The commit failed, and what it was to do may be done."""


class Tables:
    """Both tables, and every statement on them."""

    def __init__(self, prefix: str) -> None:
        self.metadata = MetaData()
        self.codes = self._table(f"{prefix}codes", RECORD)
        self.holders = self._table(f"{prefix}holders", HOLDER)

    def _table(self, name: str, columns: Sequence[str]) -> Table:
        return Table(
            name,
            self.metadata,
            *[
                Column(
                    each,
                    BigInteger
                    if each in INSTANTS
                    else Integer
                    if each in NUMBERS
                    else _TEXT,
                    primary_key=each == "id",
                    # A holder is remembered for ever where a lock has no end.
                    nullable=each in _OPTIONAL
                    or (each == "forget_at" and columns is HOLDER),
                    index=each == "forget_at",
                )
                for each in columns
            ],
        )

    def create(self, connection: Connection) -> None:
        """
        Make the tables, unless they are there.

        Raises:
            TryAgain: It failed, perhaps since another one made them meanwhile.
        """
        if self._are_there(connection):
            return
        try:
            self.metadata.create_all(connection)
        except DBAPIError as error:
            raise TryAgain from error.orig

    def _are_there(self, connection: Connection) -> bool:
        found = inspect(connection)
        return all(found.has_table(each.name) for each in self.metadata.sorted_tables)


def committed(connection: Connection, work: Callable[[Connection], T]) -> T:
    """
    Do the work, and commit it.

    Raises:
        NotCommitted: The commit failed.
    """
    answer = work(connection)
    try:
        connection.commit()
    except (SQLAlchemyError, OSError) as error:
        raise NotCommitted from getattr(error, "orig", error)
    return answer


def read(connection: Connection, tables: Tables, change: Change[T]) -> T:
    """Apply a rule that changes nothing."""
    query = select(tables.codes).where(tables.codes.c.id == change.id)
    record = record_of(connection.execute(query).one_or_none())
    return change.rule(Stored(record=record, holder=None))[0]


def apply(connection: Connection, tables: Tables, change: Change[T]) -> T:
    """
    Lock the holder and then the record, apply the rule, and write what it says.

    The holder is locked first by everybody, so that nobody waits in a circle.

    Raises:
        TryAgain: The record has another holder now.
    """
    if connection.dialect.name == "sqlite":  # which locks the file with the first write
        connection.execute(delete(tables.holders).where(false()))
    holder_id = change.holder
    if holder_id is None:
        query = select(tables.codes.c.holder).where(tables.codes.c.id == change.id)
        holder_id = connection.execute(query).scalar_one_or_none()
    if holder_id is None:
        return change.rule(Stored(record=None, holder=None))[0]
    holder = _locked_holder(connection, tables.holders, holder_id)
    record = _locked_record(connection, tables.codes, change)
    if change.holder is None and (record is None or record.holder != holder_id):
        raise TryAgain
    answer, after = change.rule(Stored(record=record, holder=holder))
    _write(connection, tables.codes, record, after.record)
    kept = after.holder
    # What was made to be locked, and counts nothing, is not kept.
    is_blank = kept is not None and not kept.failures and not kept.messages
    _write(connection, tables.holders, holder, None if is_blank else kept)
    return answer


def _locked_holder(connection: Connection, table: Table, holder_id: str) -> CodeHolder:
    query = select(table).where(table.c.id == holder_id).with_for_update()
    for _attempt in range(_MOST_ATTEMPTS):
        found = holder_of(connection.execute(query).one_or_none())
        if found is not None:
            return found
        blank = to_row(CodeHolder(id=holder_id))
        connection.execute(_insert_unless_there(connection.dialect, table), blank)
    raise TryAgain


def _insert_unless_there(dialect: Dialect, table: Table) -> Executable:
    match dialect.name:
        case "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        case "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing()
        case "mysql" | "mariadb":  # IGNORE would lock in a way that ends in deadlocks
            return mysql.insert(table).on_duplicate_key_update(id=table.c.id)
    return insert(table)


def _locked_record(
    connection: Connection, table: Table, change: Change[Any]
) -> CodeRecord | None:
    if change.id is None:
        return None
    query = select(table).where(table.c.id == change.id).with_for_update()
    return record_of(connection.execute(query).one_or_none())


def _write(
    connection: Connection,
    table: Table,
    before: CodeRecord | CodeHolder | None,
    after: CodeRecord | CodeHolder | None,
) -> None:
    if after is before:
        return
    if after is None:
        assert before is not None  # noqa: S101 - they differ
        connection.execute(delete(table).where(table.c.id == before.id))
    elif before is None:
        connection.execute(insert(table), to_row(after))
    else:
        row = to_row(after)
        del row["id"]
        connection.execute(
            update(table).where(table.c.id == bindparam("same_id")),
            row | {"same_id": after.id},
        )


def sweep(connection: Connection, table: Table, now: int, most: int) -> int:
    """Drop rows that may be forgotten; return how many went."""
    due = table.c.forget_at <= now
    query = select(table.c.id).where(due).order_by(table.c.id).limit(most)
    ids = connection.execute(query).scalars().all()
    if not ids:
        return 0
    # Without the second condition, what was started anew meanwhile would go.
    gone = connection.execute(delete(table).where(table.c.id.in_(ids), due))
    return int(gone.rowcount)


def is_to_repeat(error: Exception) -> bool:
    """Whether the transaction failed only because of another one beside it."""
    if isinstance(error, TryAgain | IntegrityError):
        return True
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    cause = error.orig
    codes = {getattr(cause, name, None) for name in ("sqlstate", "pgcode")}
    codes |= {each for each in cause.args[:1] if isinstance(each, int)}
    return bool(_REPEATED & codes)


ERRORS = (SQLAlchemyError, OSError, TryAgain, NotCommitted)


def of_store(error: Exception) -> VerifyError:
    """The house's error for one of a database, which shows no parameter of a query."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    if isinstance(error, NotCommitted):
        made: VerifyError = Ambiguous(
            f"The store's answer is missing: {type(cause).__name__}"
        )
    else:
        made = Unavailable(f"The store cannot be reached: {type(cause).__name__}")
    made.__cause__ = cause if isinstance(cause, Exception) else None
    return made


EngineT = TypeVar("EngineT", Engine, AsyncEngine)


def isolated(engine: EngineT) -> EngineT:
    """
    The engine, with transactions that see what others committed before each statement.

    A lock that was waited for is followed by what its last owner wrote: MySQL's
    default, REPEATABLE READ, would show what was there before.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="READ COMMITTED")
