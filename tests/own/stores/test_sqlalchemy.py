"""What the stores on SQLAlchemy say of their database, beside the rules of all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from tests.own.stores.worlds import postgres
from verify_core.codestore import StoreLimits
from verify_core.errors import Ambiguous, InvalidSetting, Unavailable
from verify_core.testing._store_bench import NOON, a_record
from verify_providers.own import AsyncSqlAlchemyStore, SqlAlchemyStore

LIMITS = StoreLimits()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/codes.db"


def test_engine_of_ones_own_stays_open(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    store = SqlAlchemyStore(engine, prefix="shop_")
    store.start(a_record(), now=NOON, limits=LIMITS)
    pool = engine.pool
    store.close()

    assert engine.pool is pool
    assert store.fetch("v1", now=NOON) == a_record()
    assert repr(store) == "SqlAlchemyStore(sqlite, shop_codes)"
    assert set(sqlalchemy.inspect(engine).get_table_names()) == {
        "shop_codes",
        "shop_holders",
    }
    engine.dispose()


def test_awaited_engine_of_ones_own_will_do(url: str) -> None:
    async def life() -> None:
        engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
        store = AsyncSqlAlchemyStore(engine)
        await store.start(a_record(), now=NOON, limits=LIMITS)
        await store.aclose()

        assert await store.approve(a_record(), now=NOON)
        assert not await store.approve(a_record(), now=NOON)
        await engine.dispose()

    asyncio.run(life())


def test_store_that_blocks_is_awaited_in_threads(url: str) -> None:
    store = SqlAlchemyStore(url).awaited()

    async def life() -> None:
        await store.start(a_record(), now=NOON, limits=LIMITS)
        assert await store.fetch("v1", now=NOON) == a_record()
        await store.aclose()  # type: ignore[attr-defined]  # optional

    asyncio.run(life())


@pytest.mark.parametrize(
    "find",
    [lambda: None, pytest.param(postgres, marks=pytest.mark.database)],
    ids=["a file", "PostgreSQL"],
)
def test_tables_are_made_by_one_of_those_who_begin_together(
    url: str, find: Callable[[], str | None]
) -> None:
    found = find() or url
    stores = [
        SqlAlchemyStore(
            found.replace("postgresql:", "postgresql+psycopg:"), prefix="t_"
        )
        for _each in range(4)
    ]
    barrier, kept = Barrier(4), []

    def begin(store: SqlAlchemyStore) -> None:
        barrier.wait()
        kept.append(store.start(a_record(), now=NOON, limits=LIMITS).answer)

    threads = [Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(kept) == ["kept", "repeated", "repeated", "repeated"]
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("nonsense", "not a URL"),
        ("postgresql+no_such_driver://u:s3cret@h/d", "not a URL"),
        ("mysql+mysqlconnector://u:s3cret@h/d", "driver is missing"),
        ("sqlite+aiosqlite:///x.db", "awaited"),
    ],
)
def test_place_that_will_not_do_is_refused(place: str, reason: str) -> None:
    with pytest.raises(InvalidSetting, match=reason) as caught:
        SqlAlchemyStore(place)

    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_engine_that_blocks_is_refused_where_one_awaits(url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"blocks|not a URL"):
        AsyncSqlAlchemyStore(url)
    engine = sqlalchemy.create_engine(url)
    with pytest.raises(InvalidSetting, match="blocks"):
        AsyncSqlAlchemyStore(engine)  # type: ignore[arg-type]


def test_prefix_is_a_plain_name(url: str) -> None:
    with pytest.raises(InvalidSetting, match="prefix"):
        SqlAlchemyStore(url, prefix='x"; DROP')


def test_database_that_is_gone_is_unavailable_and_shows_no_password() -> None:
    store = SqlAlchemyStore("postgresql+psycopg://u:s3cret@127.0.0.1:1/d")

    with pytest.raises(Unavailable, match="OperationalError") as caught:
        store.start(a_record(), now=NOON, limits=LIMITS)

    assert "s3cret" not in repr(store) + str(caught.value)


def test_awaited_database_that_is_gone_is_unavailable() -> None:
    store = AsyncSqlAlchemyStore("postgresql+asyncpg://u:s3cret@127.0.0.1:1/d")

    async def fail() -> None:
        with pytest.raises(Unavailable):
            await store.start(a_record(), now=NOON, limits=LIMITS)
        await store.aclose()

    asyncio.run(fail())


def test_error_shows_nothing_of_what_is_stored(url: str) -> None:
    store = SqlAlchemyStore(url)
    store.start(a_record(), now=NOON, limits=LIMITS)
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE verify_codes")
    engine.dispose()

    with pytest.raises(Unavailable) as caught:
        store.start(a_record(digest="digest-to-hide"), now=NOON, limits=LIMITS)

    error: BaseException | None = caught.value
    while error is not None:
        assert "digest-to-hide" not in str(error)
        error = error.__cause__
    store.close()


def test_commit_without_an_answer_is_ambiguous(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlAlchemyStore(url)
    store.start(a_record(), now=NOON, limits=LIMITS)

    def lost(_connection: object) -> None:
        raise sqlalchemy.exc.OperationalError("COMMIT", {}, OSError("gone"))

    monkeypatch.setattr(sqlalchemy.Connection, "commit", lost)

    with pytest.raises(Ambiguous):
        store.guess("v1", now=NOON, limits=LIMITS)
    monkeypatch.undo()
    store.close()


@pytest.mark.database
def test_connection_that_the_server_closed_meanwhile_costs_no_call() -> None:
    found = postgres()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    url = found.replace("postgresql:", "postgresql+psycopg:")
    store = SqlAlchemyStore(url, prefix="stale_")
    store.start(a_record(), now=NOON, limits=LIMITS)
    other = sqlalchemy.create_engine(url)
    with other.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    other.dispose()

    counted = store.guess("v1", now=NOON, limits=LIMITS).record

    assert counted is not None
    assert counted.tries == 1
    store.close()
