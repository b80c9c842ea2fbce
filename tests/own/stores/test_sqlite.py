"""What `SqliteStore` says of its file, beside the rules of every store."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from verify_core.codestore import GuessAnswer, StoreLimits
from verify_core.errors import InvalidSetting, Unavailable
from verify_core.testing._store_bench import NOON, a_record
from verify_providers.own import SqliteStore

LIMITS = StoreLimits()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "codes.db"


def test_files_are_readable_for_their_owner_alone(path: Path) -> None:
    store = SqliteStore(path)
    store.start(a_record(), now=NOON, limits=LIMITS)

    modes = {
        each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()
    }

    assert modes == {"codes.db": 0o600, "codes.db-shm": 0o600, "codes.db-wal": 0o600}
    store.close()


def test_store_that_was_closed_opens_again_with_what_it_kept(path: Path) -> None:
    store = SqliteStore(path)
    store.start(a_record(), now=NOON, limits=LIMITS)
    store.close()
    store.close()

    assert store.fetch("v1", now=NOON) == a_record()
    store.close()
    assert [each.name for each in path.parent.iterdir()] == ["codes.db"]


@pytest.mark.parametrize("place", ["", ":memory:", "missing/codes.db"])
def test_place_without_a_file_is_refused(place: str) -> None:
    with pytest.raises(InvalidSetting, match="path"):
        SqliteStore(place)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="path: is a folder"):
        SqliteStore(tmp_path)


def test_database_of_another_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE codes (mine)")
    connection.close()

    with pytest.raises(InvalidSetting, match="another program"):
        SqliteStore(path)


def test_tables_of_a_later_version_are_refused(path: Path) -> None:
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(InvalidSetting, match="version 99"):
        SqliteStore(path)


def test_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("surely no database, and long enough to be read as one\n" * 20)

    with pytest.raises(InvalidSetting, match="not an SQLite database"):
        SqliteStore(path)


def test_file_that_stays_locked_is_unavailable_and_nothing_is_kept(
    path: Path,
) -> None:
    store = SqliteStore(path, timeout=timedelta(milliseconds=10))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="SQLITE_BUSY"):
        store.start(a_record(), now=NOON, limits=LIMITS)

    other.execute("ROLLBACK")
    other.close()
    assert store.fetch("v1", now=NOON) is None
    store.close()


def test_rule_that_fails_leaves_no_transaction_open(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(AttributeError):
        store.start(None, now=NOON, limits=LIMITS)  # type: ignore[arg-type]

    store.start(a_record(), now=NOON, limits=LIMITS)

    assert store.fetch("v1", now=NOON) is not None
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_forked_process_opens_the_file_anew_whatever_its_parent_did(
    path: Path,
) -> None:
    store = SqliteStore(path)
    store.start(a_record(), now=NOON, limits=LIMITS)
    lock = store._here().lock  # noqa: SLF001
    lock.acquire()  # as another thread might, when the process forks
    child = os.fork()
    if not child:
        counted = store.guess("v1", now=NOON, limits=LIMITS).answer
        store.close()
        os._exit(0 if counted is GuessAnswer.COUNTED else 1)
    lock.release()

    assert os.waitpid(child, 0)[1] == 0
    found = store.guess("v1", now=NOON, limits=LIMITS).record
    assert found is not None
    assert found.tries == 2
    store.close()


def test_nothing_of_an_ended_verification_is_left_in_the_files(path: Path) -> None:
    """Overwritten, once the log is written back: not only marked as deleted."""
    store = SqliteStore(path)
    record = a_record(holder="holder-to-be-forgotten", digest="digest-to-be-removed")
    store.start(record, now=NOON, limits=LIMITS)
    store.approve(record, now=NOON)
    store.sweep(now=record.forget_at)
    store.close()

    content = b"".join(each.read_bytes() for each in path.parent.iterdir())

    assert b"to-be" not in content


def test_threads_share_one_store(path: Path) -> None:
    store = SqliteStore(path)
    names = [f"v{number}" for number in range(20)]
    started = partial(store.start, now=NOON, limits=LIMITS)
    threads = [Thread(target=started, args=(a_record(name),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(store.fetch(name, now=NOON) for name in names)
    store.close()
