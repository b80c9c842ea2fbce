"""
Persistence: what changes an account is written to SQLite before it is done.

An entry is a request or an act of the side door, with the real time at which it came
and the seed of what chance then drew. Playing the entries again, on top of the last
snapshot, gives the same state. So a process that is killed at any moment has lost
nothing that it had acknowledged: the entry was with the operating system before the
answer was. (A power failure may cost the last moments; this is a tool for tests.)
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..twilio.exchange import Request
from . import snapshots
from .acts import ACTS
from .clock import system_now
from .reading import BadRequest
from .settings import BadSettings

if TYPE_CHECKING:
    from .tenants import Tenant, Tenants

_REQUEST: Final = "request"
_MOST_ENTRIES: Final = 10_000
"""Entries of an account after which a snapshot takes their place, if it is small."""

_SCHEMA: Final = """
create table if not exists accounts (
    sid text primary key, at text not null, snapshot text not null);
create table if not exists entries (
    id integer primary key, account text not null, at text not null,
    salt text not null, kind text not null, content text not null);
create index if not exists entries_of_account on entries (account, id);
"""


class Journal:
    """
    The file that an account's state survives in.

    Args:
        path: Made where it is missing.
        real_now: The time that runs.

    Raises:
        BadSettings: The file is no such file, or another server has it open.
    """

    def __init__(
        self, path: Path, real_now: Callable[[], datetime] = system_now
    ) -> None:
        self._real_now = real_now
        self._since: Counter[str] = Counter()
        try:
            self._file = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._file.executescript(
                "pragma locking_mode = exclusive; pragma journal_mode = wal;"
                f"pragma synchronous = normal; begin immediate; {_SCHEMA} commit;"
            )
        except sqlite3.Error as error:
            raise BadSettings(f"state: {path} cannot be used: {error}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def request(self, tenant: Tenant, request: Request) -> None:
        """Write down a request of Twilio's kind that is about to be answered."""
        content = {
            "method": request.method,
            "base_url": request.base_url,
            "path": request.path,
            "parameters": dict(request.parameters),
            "user": request.user,
            "request_id": request.request_id,
            "repeated": {name: list(all_) for name, all_ in request.repeated.items()},
        }
        self._write(tenant, _REQUEST, content)

    def act(self, tenant: Tenant, name: str, body: dict[str, Any]) -> None:
        """Write down an act of the side door that is about to be done."""
        self._write(tenant, name, body)

    def forget(self, sid: str) -> None:
        """An account has left."""
        self._file.execute("begin")
        self._file.execute("delete from accounts where sid = ?", (sid,))
        self._file.execute("delete from entries where account = ?", (sid,))
        self._file.execute("commit")
        del self._since[sid]

    def settle(self, tenant: Tenant) -> None:
        """Put a snapshot in place of an account's entries, once they are many."""
        many = max(_MOST_ENTRIES, 2 * len(tenant.store))
        if self._since[tenant.sid] > many:
            self._snapshot(tenant)

    def restore(self, tenants: Tenants) -> None:
        """Bring every account of the file back to where it was."""
        for (sid,) in self._rows(
            "select sid from accounts union select account from entries"
        ):
            try:
                tenant = tenants.get(sid)
            except KeyError:  # another configuration knows it no more
                continue
            self._restore(tenant)

    def _restore(self, tenant: Tenant) -> None:
        [(begin,)] = self._rows(
            "select min(at) from (select at from accounts where sid = ?1 "
            "union all select at from entries where account = ?1)",
            tenant.sid,
        )
        tenant.clock.run_on(_standing(begin))
        tenant.clock.restart(datetime.fromisoformat(begin), timedelta(0))
        tenant.reset()
        for at, snapshot in self._rows(
            "select at, snapshot from accounts where sid = ?", tenant.sid
        ):
            tenant.clock.run_on(_standing(at))
            snapshots.load(tenant, json.loads(snapshot), keep_offset=True)
        replayed = 0
        for at, salt, kind, content in self._rows(
            "select at, salt, kind, content from entries where account = ? order by id",
            tenant.sid,
        ):
            tenant.clock.run_on(_standing(at))
            tenant.store.chance.renew(salt)
            _again(tenant, kind, json.loads(content))
            replayed += 1
        tenant.clock.run_on(self._real_now)
        tenant.store.chance.renew(_salt(tenant))
        if replayed:
            self._snapshot(tenant)

    def _rows(self, query: str, *values: str) -> Iterator[tuple[str, ...]]:
        return iter(self._file.execute(query, values).fetchall())

    def _write(self, tenant: Tenant, kind: str, content: dict[str, Any]) -> None:
        salt = _salt(tenant)
        self._file.execute(
            "insert into entries (account, at, salt, kind, content) "
            "values (?, ?, ?, ?, ?)",
            (tenant.sid, self._at(), salt, kind, json.dumps(content)),
        )
        self._since[tenant.sid] += 1
        tenant.store.chance.renew(salt)

    def _snapshot(self, tenant: Tenant) -> None:
        written = json.dumps(snapshots.dump(tenant), separators=(",", ":"))
        self._file.execute("begin")
        self._file.execute(
            "insert or replace into accounts (sid, at, snapshot) values (?, ?, ?)",
            (tenant.sid, self._at(), written),
        )
        self._file.execute("delete from entries where account = ?", (tenant.sid,))
        self._file.execute("commit")
        self._since[tenant.sid] = 0

    def _at(self) -> str:
        return self._real_now().isoformat()


def _again(tenant: Tenant, kind: str, content: dict[str, Any]) -> None:
    if kind != _REQUEST:
        try:
            ACTS[kind](tenant, content)
        except BadRequest:  # as it was the first time
            return
        return
    repeated = {name: tuple(each) for name, each in content.pop("repeated").items()}
    tenant.play(Request(**content, repeated=repeated))
    tenant.receive()


def _standing(at: str) -> Callable[[], datetime]:
    instant = datetime.fromisoformat(at)
    return lambda: instant


def _salt(tenant: Tenant) -> str:
    # A seeded account draws the same again whatever was there before, so the seed goes
    # in with the count of what it has drawn for.
    if tenant.seed is None:
        return secrets.token_hex(16)
    tenant.drawn += 1
    return f"{tenant.seed}:{tenant.drawn}"
