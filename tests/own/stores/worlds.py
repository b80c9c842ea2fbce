"""Every store of ours on a bench: blocking and awaited."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from verify_core.codestore import CodeStore
from verify_core.testing import StoreBench, StoreHarness
from verify_providers.own import SqliteStore


def sqlite_rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        tables = ("codes", "holders")
        rows = [
            row
            for table in tables
            for row in connection.execute(f"SELECT * FROM {table}")
        ]
    connection.close()
    return rows


@contextmanager
def sqlite_world(*, awaited: bool = False) -> Iterator[StoreBench]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.db"
        store: CodeStore = SqliteStore(path)
        yield StoreBench(
            store=store.awaited() if awaited else store,
            reopen=None if awaited else partial(SqliteStore, path),
            stored=lambda: repr(sqlite_rows(path)).encode(),
            count=lambda: len(sqlite_rows(path)),
        )


HARNESSES = [
    StoreHarness(name="sqlite", open=sqlite_world),
    StoreHarness(name="sqlite, awaited", open=partial(sqlite_world, awaited=True)),
]
