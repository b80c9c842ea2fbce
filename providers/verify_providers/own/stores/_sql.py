"""Tables of codes and holders in SQLAlchemy's Core, and one change of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    Dialect,
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
_KEY: BindParameter[str] = bindparam("key")
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
        codes, holders = self.codes, self.holders
        same_code, same_holder = codes.c.id == _KEY, holders.c.id == _KEY
        holder_of_code = select(codes.c.holder).where(same_code)
        self.code = select(codes).where(same_code)
        self.locked_code = self.code.with_for_update()
        self.locked_holder = select(holders).where(same_holder).with_for_update()
        self.locked_holder_of_code = (
            select(holders)
            .where(holders.c.id == holder_of_code.scalar_subquery())
            .with_for_update(of=holders)
        )
        self.holder_of_code = holder_of_code
        self.no_holder = delete(holders).where(false())

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
    record = record_of(_row(connection, tables.code, change.id))
    return change.rule(Stored(record=record, holder=None))[0]


def apply(connection: Connection, tables: Tables, change: Change[T]) -> T:
    """
    Lock the holder and then the record, apply the rule, and write what it says.

    All lock the holder first, so that no two wait for each other.

    Raises:
        TryAgain: The record has another holder now.
    """
    if connection.dialect.name == "sqlite":  # which locks the file with the first write
        connection.execute(tables.no_holder)
    holder = _locked_holder(connection, tables, change)
    if holder is None:
        return change.rule(Stored(record=None, holder=None))[0]
    record = None
    if change.id is not None:
        record = record_of(_row(connection, tables.locked_code, change.id))
        if change.holder is None and (record is None or record.holder != holder.id):
            raise TryAgain
    answer, after = change.rule(Stored(record=record, holder=holder))
    _write(connection, tables.codes, record, after.record)
    kept = after.holder
    # What was made to be locked, and counts nothing, is not kept.
    is_blank = kept is not None and not kept.failures and not kept.messages
    _write(connection, tables.holders, holder, None if is_blank else kept)
    return answer


def _row(connection: Connection, query: Executable, key: str | None) -> Any:  # noqa: ANN401
    return connection.execute(query, {"key": key}).one_or_none()


def _locked_holder(
    connection: Connection, tables: Tables, change: Change[Any]
) -> CodeHolder | None:
    """The holder, made where it is missing; None: there is no such record."""
    holder_id = change.holder
    if holder_id is None:
        found = holder_of(_row(connection, tables.locked_holder_of_code, change.id))
        if found is not None:
            return found
        query = tables.holder_of_code
        holder_id = connection.execute(query, {"key": change.id}).scalar_one_or_none()
        if holder_id is None:
            return None
    for _attempt in range(_MOST_ATTEMPTS):
        found = holder_of(_row(connection, tables.locked_holder, holder_id))
        if found is not None:
            return found
        blank = to_row(CodeHolder(id=holder_id))
        insertion = _insert_unless_there(connection.dialect, tables.holders)
        connection.execute(insertion, blank)
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
        gone = delete(table).where(table.c.id == _KEY)
        connection.execute(gone, {"key": before.id})
    elif before is None:
        connection.execute(insert(table), to_row(after))
    else:
        old, new = to_row(before), to_row(after)
        new = {name: new[name] for name in new if new[name] != old[name]}
        if new:
            changed = update(table).where(table.c.id == _KEY)
            connection.execute(changed, new | {"key": after.id})


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
    """Whether only another transaction, or a stale connection, made this one fail."""
    if isinstance(error, TryAgain | IntegrityError):
        return True
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    if error.connection_invalidated:  # which was open for long; the next one is new
        return True
    cause = error.orig
    codes = {getattr(cause, name, None) for name in ("sqlstate", "pgcode")}
    codes |= {each for each in cause.args[:1] if isinstance(each, int)}
    return bool(_REPEATED & codes)


ERRORS = (SQLAlchemyError, OSError, TryAgain, NotCommitted)


def of_store(error: Exception) -> VerifyError:
    """Make this library's error of a database's, without the values of a query."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    if isinstance(error, NotCommitted):
        made: VerifyError = Ambiguous(
            f"The store's answer is missing: {type(cause).__name__}"
        )
    else:
        made = Unavailable(f"The store cannot be reached: {type(cause).__name__}")
    made.__cause__ = cause if isinstance(cause, Exception) else None
    return made
