"""A store in a file, by the standard library's SQLite: for one machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

from attrs import define, field

from verify_core.codestore import (
    AsyncCodeStore,
    Change,
    CodeHolder,
    CodeRecord,
    RuledStore,
    Stored,
)
from verify_core.errors import Ambiguous, InvalidSetting, Unavailable
from verify_core.validation import require_kind

from ...threads import InThreads
from ._rows import (
    HOLDER,
    INSTANTS,
    NUMBERS,
    RECORD,
    holder_of,
    milliseconds,
    record_of,
    to_row,
)

T = TypeVar("T")

_TIMEOUT = timedelta(seconds=10)
_WITH_EACH_START = 4
"""Records and holders dropped at most with a start, which adds one of each."""
_VERSION = 1
"""Of the tables, in the file's `user_version`; 0 is a file without tables."""


def _table(name: str, columns: tuple[str, ...]) -> str:
    numeric = INSTANTS | NUMBERS
    typed = [f"{each} {'INTEGER' if each in numeric else 'TEXT'}" for each in columns]
    return f"CREATE TABLE {name} ({', '.join(typed)}, PRIMARY KEY (id)) WITHOUT ROWID"


_SCHEMA = (
    _table("codes", RECORD),
    _table("holders", HOLDER),
    "CREATE INDEX codes_forget_at ON codes (forget_at)",
    "CREATE INDEX holders_forget_at ON holders (forget_at)",
    f"PRAGMA user_version = {_VERSION}",
)
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # With NORMAL a power cut undoes the last commits, and an approved code opens again.
    "PRAGMA synchronous = FULL",
    # What was deleted is overwritten, too: a digest does not outlive its verification.
    "PRAGMA secure_delete = ON",
)


def _put(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    places = ", ".join(f":{each}" for each in columns)
    return f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})"  # noqa: S608


_GET = {
    "codes": f"SELECT {', '.join(RECORD)} FROM codes WHERE id = ?",  # noqa: S608
    "holders": f"SELECT {', '.join(HOLDER)} FROM holders WHERE id = ?",  # noqa: S608
}
_PUT = {"codes": _put("codes", RECORD), "holders": _put("holders", HOLDER)}
_DROP = {
    table: f"DELETE FROM {table} WHERE id = ?"  # noqa: S608
    for table in ("codes", "holders")
}
_SWEEP = {
    table: f"DELETE FROM {table} WHERE id IN "  # noqa: S608
    f"(SELECT id FROM {table} WHERE forget_at <= ? LIMIT ?)"
    for table in ("codes", "holders")
}


@define(eq=False)
class _Opened:
    """The connection of one process, which one thread uses at a time."""

    lock: Lock = field(factory=Lock)
    connection: sqlite3.Connection | None = None
    process: int = field(factory=os.getpid)

    def __del__(self) -> None:
        # Python 3.13 warns of a connection that is left to the collector.
        if self.connection is not None and self.process == os.getpid():
            self.connection.close()


class SqliteStore(RuledStore):
    """
    Keeps verifications in one file, for the threads and processes of one machine.

    Each operation is a transaction that holds the file's write lock; what was answered
    survives a kill and a power cut (write-ahead log, synced with every commit). Not for
    a file on a network drive: SQLite cannot lock there.

    Args:
        path: The file; made with mode 0600 where it is missing, beside it `-wal` and
            `-shm`. Its folder must be there.
        timeout: How long an operation waits for a file that others have locked.

    Raises:
        InvalidSetting: The folder is missing, the file is another program's, or the
            timeout is negative.
        Unavailable: The file cannot be opened now, or stays locked.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, timeout: timedelta = _TIMEOUT
    ) -> None:
        if not isinstance(path, str | os.PathLike):
            raise InvalidSetting("path", "takes the path of a file")
        self._path = Path(path)
        self._timeout = require_kind("timeout", timeout, timedelta)
        if timeout < timedelta(0):
            raise InvalidSetting("timeout", "takes no negative time")
        if not self._path.name or self._path.name == ":memory:":
            raise InvalidSetting("path", "takes a file; without one, use MemoryStore")
        if not self._path.parent.is_dir():
            raise InvalidSetting("path", "its folder does not exist")
        if self._path.is_dir():
            raise InvalidSetting("path", "is a folder; takes a file")
        # A connection must not be used, nor closed, in a process forked after it was
        # opened (sqlite.org/howtocorrupt.html, 2.6), so that of a parent is kept.
        self._processes: dict[int, _Opened] = {}
        with self._connected():
            pass

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._path)!r})"

    def awaited(self) -> AsyncCodeStore:
        """Return this store as an `AsyncCodeStore`, whose calls run in threads."""
        return cast("AsyncCodeStore", InThreads(self))

    def close(self) -> None:
        """Close the file; a later call opens it anew."""
        opened = self._here()
        with opened.lock:
            connection, opened.connection = opened.connection, None
            if connection is not None:
                connection.close()

    def change(self, change: Change[T]) -> T:
        """Apply the rule in a transaction that no other one runs beside."""
        if change.sweep_at:
            self.sweep(now=change.sweep_at, most=_WITH_EACH_START)
        if change.reads_only:
            with self._connected() as connection:
                return change.rule(_stored(connection, change))[0]
        with self._transaction() as connection:
            return _apply(connection, change)

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """Drop what may be forgotten; see `CodeStore.sweep`."""
        due = (milliseconds(now), most)
        with self._transaction() as connection:
            connection.execute(_SWEEP["holders"], due)
            return connection.execute(_SWEEP["codes"], due).rowcount

    def _here(self) -> _Opened:
        return self._processes.setdefault(os.getpid(), _Opened())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                with suppress(sqlite3.Error):  # it was rolled back before it was raised
                    connection.execute("ROLLBACK")
                raise
            try:
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._here().connection = None
                connection.close()
                raise Ambiguous(
                    f"The store's answer is missing: {_named(error)}"
                ) from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        opened = self._here()
        with opened.lock:
            try:
                if opened.connection is None:
                    opened.connection = _connect(self._path, self._timeout)
                yield opened.connection
            except sqlite3.Error as error:
                raise Unavailable(
                    f"The store cannot be reached: {_named(error)}"
                ) from error


def _named(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", type(error).__name__)


def _connect(path: Path, timeout: timedelta) -> sqlite3.Connection:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path,
        timeout=timeout.total_seconds(),
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _migrate(connection)
    except BaseException as error:
        connection.close()
        if _named(error) == "SQLITE_NOTADB":
            raise InvalidSetting("path", "is not an SQLite database") from None
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    """
    Make the tables in a new file.

    Raises:
        InvalidSetting: The file is a later version's, or another program's.
    """
    connection.execute("BEGIN IMMEDIATE")
    with closing(connection.execute("PRAGMA user_version")) as found:
        [version] = found.fetchone()
    if version == 0:
        if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise InvalidSetting("path", "is a database of another program")
        for statement in _SCHEMA:
            connection.execute(statement)
    elif version != _VERSION:
        raise InvalidSetting("path", f"has tables of version {version}, not {_VERSION}")
    connection.execute("COMMIT")


def _stored(connection: sqlite3.Connection, change: Change[T]) -> Stored:
    record: CodeRecord | None = None
    holder: CodeHolder | None = None
    if change.id is not None:
        record = record_of(connection.execute(_GET["codes"], (change.id,)).fetchone())
    holder_id = change.holder or (record and record.holder)
    if holder_id and not change.reads_only:
        row = connection.execute(_GET["holders"], (holder_id,)).fetchone()
        holder = holder_of(row)
    return Stored(record=record, holder=holder)


def _apply(connection: sqlite3.Connection, change: Change[T]) -> T:
    before = _stored(connection, change)
    answer, after = change.rule(before)
    pairs = {
        "codes": (before.record, after.record),
        "holders": (before.holder, after.holder),
    }
    for table, (old, new) in pairs.items():
        if new is not None and new is not old:
            connection.execute(_PUT[table], to_row(new))
        elif new is None and old is not None:
            connection.execute(_DROP[table], (old.id,))
    return answer
