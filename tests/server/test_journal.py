"""Persistence: playing the journal again gives the state that there was."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from verify_fakes.server import snapshots
from verify_fakes.server.acts import ACTS
from verify_fakes.server.journal import Journal
from verify_fakes.server.settings import Settings
from verify_fakes.server.tenants import Tenant, Tenants
from verify_fakes.twilio.exchange import read_request

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SID = "AC" + "a" * 32
SERVICE = f"/v2/Services/VA{'b' * 32}"
KEY = base64.b64encode(f"{SID}:x".encode()).decode()
HEADERS = {"authorization": f"Basic {KEY}"}


class World:
    """A server's inside on one file, with a real time of its own."""

    def __init__(self, path: Path, seed: int | None = None) -> None:
        self.now = NOON
        self.path = path
        self.seed = seed
        self.open()

    def open(self) -> None:
        self.tenants = Tenants(Settings(seed=self.seed), lambda: self.now)
        self.tenants.journal = self.journal = Journal(self.path, lambda: self.now)
        self.journal.restore(self.tenants)

    def die(self) -> None:
        """As by kill -9: nothing is said to the journal."""
        self.journal.close()
        self.open()

    @property
    def tenant(self) -> Tenant:
        return self.tenants.get(SID)

    def post(self, path: str, form: str) -> dict[str, Any]:
        request = read_request(
            "POST", f"http://here{SERVICE}{path}", HEADERS, form, request_id="RQ1"
        )
        self.journal.request(self.tenant, request)
        answer = self.tenant.play(request)
        self.tenant.receive()
        self.journal.settle(self.tenant)
        body = getattr(answer, "body", b"")
        content: dict[str, Any] = json.loads(body or b"{}")
        return content

    def act(self, name: str, **body: Any) -> None:  # noqa: ANN401 - JSON
        self.journal.act(self.tenant, name, body)
        ACTS[name](self.tenant, body)


def state(world: World) -> str:
    # "now" moves whenever somebody looks.
    document = snapshots.dump(world.tenant)
    document.pop("digest")
    document["state"]["v"][0]["v"].pop("_latest")
    return json.dumps(document)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.sampled_from(["+15553230001", "a@b.example"])),
        st.tuples(st.just("check"), st.sampled_from(["right", "0000"])),
        st.tuples(st.just("wait"), st.integers(0, 700)),
        st.tuples(st.just("advance"), st.integers(0, 700)),
        st.tuples(st.just("fault"), st.sampled_from(["start", "check"])),
        st.tuples(st.just("entity"), st.integers(0, 9)),
        st.tuples(st.just("reset"), st.integers(0, 9)),
        st.tuples(st.just("die"), st.none()),
    ),
    max_size=25,
)


def take(world: World, step: str, what: Any) -> None:  # noqa: ANN401 - per step
    match step:
        case "start":
            channel = "email" if "@" in what else "sms"
            to = what.replace("+", "%2B")
            world.post("/Verifications", f"To={to}&Channel={channel}")
        case "check":
            messages = world.tenant.messages
            code = messages[-1].message.code if messages and what == "right" else what
            world.post("/VerificationCheck", f"To=%2B15553230001&Code={code}")
        case "wait":
            world.now += timedelta(seconds=what)
        case "advance":
            world.act("move_clock", advance_s=what)
        case "fault":
            world.act("arm_fault", operation=what, error=60203, first=2)
        case "entity":
            world.post("/Entities", f"Identity=identity-{what}")
        case "reset":
            world.act("reset", seed=what)
        case "die":
            world.die()


@given(steps=STEPS, seed=st.none() | st.integers(0, 3))
@settings(max_examples=40)
def test_dying_at_any_moment_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, Any]],
    seed: int | None,
) -> None:
    """Whatever was done and however often the server died, the state comes back."""
    world = World(tmp_path_factory.mktemp("state") / "state.db", seed)
    for step, what in steps:
        take(world, step, what)
        before = state(world)
        world.die()
        assert state(world) == before
    world.journal.close()


def test_many_entries_become_one_snapshot(tmp_path: Path, monkeypatch: Any) -> None:  # noqa: ANN401
    monkeypatch.setattr("verify_fakes.server.journal._MOST_ENTRIES", 5)
    world = World(tmp_path / "state.db")
    for _ in range(20):
        world.post("/VerificationCheck", "To=%2B15553230001&Code=0000")
    before = state(world)
    world.journal.close()

    with closing(sqlite3.connect(tmp_path / "state.db")) as file:
        [(entries,)] = file.execute("select count(*) from entries")
    world.open()

    assert entries <= 6
    assert state(world) == before
    world.journal.close()


def test_an_account_that_left_is_forgotten(tmp_path: Path, monkeypatch: Any) -> None:  # noqa: ANN401
    monkeypatch.setattr("verify_fakes.server.tenants.MOST_TENANTS", 1)
    world = World(tmp_path / "state.db")
    world.post("/Verifications", "To=%2B15553230001&Channel=sms")

    world.tenants.get("AC" + "c" * 32)
    world.die()

    assert [tenant.sid for tenant in world.tenants] == []
    world.journal.close()


def test_time_goes_on_while_the_server_is_down(tmp_path: Path) -> None:
    world = World(tmp_path / "state.db")
    world.post("/Verifications", "To=%2B15553230001&Channel=sms")
    code = world.tenant.messages[0].message.code

    world.now += timedelta(seconds=601)
    world.die()

    gone = world.post("/VerificationCheck", f"To=%2B15553230001&Code={code}")
    assert gone["code"] == 20404
    world.journal.close()
