"""
Codes of our own: pairs of start and check per second, memory, and what waits for whom.

    python benchmarks/bench_own.py [--full]

For each store: pairs per second while 10 and while many verifications are pending
(10,000; with `--full` a million), how much longer a check takes then (target: at most
1.3), and what a pending verification weighs. Beside it, in the same run, on the same
SQLite and PostgreSQL: django-otp's e-mail device, which keeps one code for a device, in
clear, and reads before it writes. Then what an awaited start takes while 1,000
deliveries by SMTP hang, beside the same start alone.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, evolve, field
from measuring import judge
from peers import postgres_server, redis_server

from verify_core.channels import Channel
from verify_core.codestore import CodeRecord, CodeStore, StoreLimits
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, Provenance
from verify_core.verification import StartRequest, Verdict
from verify_providers._clock import utc_now
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    MemoryStore,
    OwnCodes,
    SqliteStore,
)
from verify_providers.own.senders import MemorySender, SmtpSender

FEW, MANY, FULL = 10, 10_000, 1_000_000
PAIRS, WARMING = 300, 30
HANGING, STARTS = 1_000, 300
TARGET = 1.3
PEOPLE = count(5_550_000_000)


def a_request() -> StartRequest:
    number = PhoneNumber(
        e164=f"+1{next(PEOPLE)}",
        calling_code=1,
        region="US",
        provenance=Provenance.EXPLICIT,
    )
    return StartRequest(identifier=number)


@define
class Place:
    """
    A store, and how a benchmark fills and weighs it.

    Attributes:
        name: As printed.
        store: The store.
        fill: Adds so many pending verifications like the record; returns the bytes
            that they take.
    """

    name: str
    store: CodeStore
    fill: Callable[[CodeRecord, int], int]


def start_all(store: CodeStore, record: CodeRecord, many: int) -> None:
    limits, now = StoreLimits(), utc_now()
    for place in range(many):
        made = evolve(record, id=f"{place:048x}", holder=f"{place:064x}")
        store.start(made, now=now, limits=limits)


@contextmanager
def memory() -> Iterator[Place]:
    store = MemoryStore()

    def fill(record: CodeRecord, many: int) -> int:
        tracemalloc.start()
        start_all(store, record, many)
        taken, _most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return taken

    yield Place("memory", store, fill)


def copies(columns: dict[str, str], table: str, many: str) -> str:
    """SQL that copies a row so often, under ids of their own."""
    chosen = ", ".join(columns.values())
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {many}"


@contextmanager
def sqlite() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "codes.db"
        store = SqliteStore(file)

        def fill(record: CodeRecord, many: int) -> int:
            before = sum_of_files(Path(folder))
            with sqlite3.connect(file) as opened:
                numbers = (
                    f"(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
                    f"WHERE i < {many - 1}) SELECT i FROM n)"
                )
                tables = {"codes": record.id, "holders": record.holder}
                for table, found in tables.items():
                    names = [
                        row[1] for row in opened.execute(f"PRAGMA table_info({table})")
                    ]
                    columns = {name: name for name in names}
                    columns["id"] = "printf('%064x', i)"
                    if "holder" in columns:
                        columns["holder"] = "printf('%064x', i)"
                    many_rows = f"{table}, {numbers} WHERE id = '{found}'"
                    opened.execute(copies(columns, table, many_rows))
            opened.close()
            return sum_of_files(Path(folder)) - before

        yield Place("SQLite", store, fill)
        store.close()


def sum_of_files(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())


@contextmanager
def valkey() -> Iterator[Place | None]:
    with redis_server() as url:
        if url is None:
            yield None
            return
        import redis

        from verify_providers.own import RedisStore

        client = redis.Redis.from_url(url)
        store = RedisStore(url)

        def fill(record: CodeRecord, many: int) -> int:
            before = client.info("memory")["used_memory"]
            start_all(store, record, many)
            return int(client.info("memory")["used_memory"]) - before

        yield Place("Valkey", store, fill)
        store.close()


@contextmanager
def postgres(url: str | None) -> Iterator[Place | None]:
    if url is None:
        yield None
        return
    import sqlalchemy

    from verify_providers.own import SqlAlchemyStore

    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sqlalchemy.create_engine(driver)
    prefix = f"bench{next(PEOPLE)}_"
    store = SqlAlchemyStore(engine, prefix=prefix)
    tables = (f"{prefix}codes", f"{prefix}holders")

    def ask(statement: str) -> Any:  # noqa: ANN401 - rows
        with engine.begin() as connection:
            found = connection.execute(sqlalchemy.text(statement))
            return found.all() if found.returns_rows else None

    def size() -> int:
        return sum(
            ask(f"SELECT pg_total_relation_size('{table}')")[0][0] for table in tables
        )

    def fill(record: CodeRecord, many: int) -> int:
        before = size()
        for table, found in zip(tables, (record.id, record.holder), strict=True):
            names = [
                row[0]
                for row in ask(
                    "SELECT column_name FROM information_schema.columns "
                    f"WHERE table_name = '{table}'"
                )
            ]
            columns = {name: name for name in names}
            made = "lpad(to_hex(i), 64, '0')"
            columns |= {name: made for name in names if name in {"id", "holder"}}
            numbers = f"generate_series(1, {many}) AS n(i)"
            ask(copies(columns, table, f"{table}, {numbers} WHERE id = '{found}'"))
            ask(f"ANALYZE {table}")
        return size() - before

    yield Place("PostgreSQL", store, fill)
    for table in tables:
        ask(f"DROP TABLE {table}")
    engine.dispose()


@define
class Measured:
    """
    A store beside so many pending verifications.

    Attributes:
        pairs: Seconds of each start and check.
        checks: Seconds of each check.
        weight: Bytes of a pending verification.
    """

    place: Place
    pending: int
    pairs: list[float] = field(factory=list)
    checks: list[float] = field(factory=list)
    weight: float = 0.0
    sender: MemorySender = field(factory=lambda: MemorySender(most=1))
    provider: OwnCodes = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.provider = OwnCodes(
            store=self.place.store,
            senders={Channel.SMS: self.sender},
            keys=CodeKeys.generate(),
            brand="Shop",
        )
        ref = self.provider.start(a_request()).ref
        record = self.place.store.fetch(ref.vendor_id, now=utc_now())
        assert record is not None
        self.weight = self.place.fill(record, self.pending) / self.pending

    def play(self) -> None:
        """Start, and check the right code."""
        request = a_request()
        begun = time.perf_counter()
        started = self.provider.start(request)
        middle = time.perf_counter()
        code = self.sender.outbox[-1].code.reveal()
        checked = time.perf_counter()
        result = self.provider.check(started.ref, code)
        ended = time.perf_counter()
        assert result.verdict is Verdict.APPROVED
        self.checks.append(ended - checked)
        self.pairs.append(ended - checked + middle - begun)


def per_second(taken: list[float]) -> float:
    return 1 / statistics.median(taken[WARMING:])


def measured(make: Callable[[], Any], many: int) -> tuple[Measured, Measured] | None:
    """Measure beside few and beside many, pair by pair, so that both have one day."""
    with make() as one, make() as other:
        if one is None:
            return None
        few, full = Measured(one, FEW), Measured(other, many)
        for _ in range(WARMING + PAIRS):
            few.play()
            full.play()
        return few, full


def django_otp_on(
    databases: dict[str, dict[str, Any]],
) -> dict[str, Callable[[], object]]:
    """Pairs of django-otp's e-mail device on each of the databases, one at a time."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES=databases,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django_otp"),
            "django_otp.plugins.otp_email",
        ],
        OTP_EMAIL_BODY_TEMPLATE="{{ token }}",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SECRET_KEY="of a benchmark",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    django.setup()
    return {alias: _django_pairs(alias) for alias in databases}


def _django_pairs(alias: str) -> Callable[[], object]:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django_otp.plugins.otp_email.models import EmailDevice

    call_command("migrate", database=alias, verbosity=0)
    devices = [
        EmailDevice.objects.using(alias).create(
            user=User.objects.using(alias).create(username=f"u{place}"),
            email=f"u{place}@shop.example",
        )
        for place in range(WARMING + PAIRS)
    ]
    left = iter(devices)

    def play() -> None:
        device = next(left)
        device.generate_challenge()
        assert device.verify_token(device.token)

    return play


async def hanging() -> tuple[float, float]:
    """Medians of an awaited start by SMS: alone, and while deliveries of mail hang."""
    connected: list[asyncio.StreamWriter] = []
    all_hang = asyncio.Event()

    def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)  # and never a greeting
        if len(connected) == HANGING:
            all_hang.set()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=HANGING)
    smtp = SmtpSender(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        from_address="codes@shop.example",
        timeout=timedelta(minutes=5),
    )
    senders = {Channel.SMS: MemorySender(most=1), Channel.EMAIL: smtp}
    provider = AsyncOwnCodes(
        store=MemoryStore(), senders=senders, keys=CodeKeys.generate(), brand="Shop"
    )
    await _median_start(provider)  # warms up
    alone = await _median_start(provider)
    mails = [
        asyncio.create_task(
            provider.start(
                StartRequest(
                    identifier=EmailAddress(f"person{place}@shop.example"),
                    channel=Channel.EMAIL,
                )
            )
        )
        for place in range(HANGING)
    ]
    await all_hang.wait()
    beside = await _median_start(provider)
    assert not any(mail.done() for mail in mails)
    for writer in connected:
        writer.transport.abort()
    await asyncio.gather(*mails, return_exceptions=True)
    server.close()
    await provider.aclose()
    return alone, beside


async def _median_start(provider: AsyncOwnCodes) -> float:
    taken = []
    for request in [a_request() for _ in range(STARTS)]:
        begun = time.perf_counter()
        await provider.start(request)
        taken.append(time.perf_counter() - begun)
        await asyncio.sleep(0)
    return statistics.median(taken) * 1e6


def main(*, full: bool) -> None:
    """Print all figures, and whether the targets are met."""
    many = FULL if full else MANY
    print(f"pairs of start and check, medians of {PAIRS}, in turns; one process")
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server())
        for make in (memory, sqlite, valkey, partial(postgres, url)):
            found = measured(make, many)
            if found is not None:
                _report(*found)
        _report_peers(stack, url)
    alone, beside = asyncio.run(hanging())
    print(
        f"  an awaited start: {alone:.0f} us alone, {beside:.0f} us while {HANGING} "
        f"deliveries by SMTP hang: {beside / alone:.2f} times"
    )


def _report(few: Measured, full: Measured) -> None:
    medians = [statistics.median(each.checks[WARMING:]) * 1e6 for each in (few, full)]
    ratio = medians[1] / medians[0]
    print(
        f"  {few.place.name:11} {per_second(few.pairs):6.0f} pairs/s at {FEW} pending, "
        f"{per_second(full.pairs):6.0f} at {full.pending:,}; "
        f"{full.weight:.0f} bytes each\n"
        f"  {'':11} a check takes {medians[0]:.0f} us and {medians[1]:.0f} us: "
        f"{ratio:.2f} times",
        flush=True,
    )
    judge(f"a check in {few.place.name}, many pending to few", ratio, most=TARGET)


def _report_peers(stack: ExitStack, url: str | None) -> None:
    if find_spec("django_otp") is None:
        print("  django-otp is left out: pip install django-otp")
        return
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    as_ours = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
    databases: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(folder) / "peer.db"),
            "OPTIONS": {"init_command": as_ours, "transaction_mode": "IMMEDIATE"},
        }
    }
    makers: dict[str, Callable[[], Any]] = {"default": sqlite}
    if url is not None:
        databases["postgres"] = _django_database(url)
        makers["postgres"] = partial(postgres, url)
    for alias, play in django_otp_on(databases).items():
        with makers[alias]() as place:
            ours, theirs = Measured(place, FEW), []
            for _ in range(WARMING + PAIRS):
                ours.play()
                begun = time.perf_counter()
                play()
                theirs.append(time.perf_counter() - begun)
        here, there = per_second(ours.pairs), per_second(theirs)
        print(
            f"  on {place.name} beside django-otp's e-mail device, in turns: "
            f"{here:.0f} and {there:.0f} pairs/s, {here / there:.1f} times as many"
        )
    from django.db import connections

    connections.close_all()


def _django_database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
        "PORT": parts.port or "",
    }


if __name__ == "__main__":
    main(full="--full" in sys.argv[1:])
