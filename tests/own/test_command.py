"""`verify-core own`: keys are drawn, put away and rotated; a store is swept."""

from __future__ import annotations

import json
import sqlite3
import stat
import tomllib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.own import AT_ONCE
from verify_core import Channel, StartRequest, read_phone
from verify_core.errors import InvalidSetting
from verify_fakes import FakeClock
from verify_providers.own import (
    CodeKeys,
    MemoryStore,
    OwnCodes,
    SqliteStore,
    _command as command,
)
from verify_providers.own._keys import keys_at
from verify_providers.own.senders import MemorySender

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, typed: str | None = None) -> Result:
    result = CliRunner().invoke(command.own, list(arguments), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def ids(keys: CodeKeys) -> list[str]:
    return [pair.partition(":")[0] for pair in keys.to_text().reveal().split()]


def test_the_package_announces_the_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    announced = project["project"]["entry-points"]["verify_core.commands"]["own"]
    module, _, name = announced.partition(":")

    assert getattr(import_module(module), name) is command.own


def test_keys_are_printed_as_they_are_read() -> None:
    first, second = (run("keys", "new").stdout for _ in range(2))

    assert CodeKeys.from_text(first) != CodeKeys.from_text(second)


def test_keys_in_a_file_are_for_its_owner_alone_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "codes.keys"

    result = run("keys", "new", "--file", str(file))

    keys = CodeKeys.read(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys.current in result.output
    for pair in keys.to_text().reveal().split():
        assert pair.partition(":")[2] not in result.output


def test_new_keys_replace_none_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "codes.keys"
    run("keys", "new", "--file", str(file))
    before = file.read_bytes()

    with pytest.raises(InvalidSetting, match="there already"):
        run("keys", "new", "--file", str(file))

    assert file.read_bytes() == before


def test_a_rotation_keeps_the_index_and_as_many_older_keys_as_said(
    tmp_path: Path,
) -> None:
    file = tmp_path / "codes.keys"
    run("keys", "new", "--file", str(file))
    seen = [ids(CodeKeys.read(file))]
    for _ in range(3):
        run("keys", "rotate", "--file", str(file), "--keep", "1")
        seen.append(ids(CodeKeys.read(file)))

    for older, newer in pairwise(seen):
        assert newer[0] == older[0] == "index"
        assert newer[1] not in older
        assert newer[2:] == [older[1]]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_of_a_variable_are_rotated_through_a_pipe() -> None:
    old = CodeKeys.generate()

    text = run("keys", "rotate", typed=old.to_text().reveal()).stdout

    assert ids(CodeKeys.from_text(text))[2:] == ids(old)[1:]


@pytest.mark.parametrize("typed", ["", " \n"])
def test_a_rotation_of_no_keys_says_where_they_are_missing(typed: str) -> None:
    with pytest.raises(InvalidSetting, match="missing; pass --file"):
        run("keys", "rotate", typed=typed)


@pytest.mark.parametrize("command", ["new", "rotate"])
def test_a_file_without_a_name_is_refused(command: str) -> None:
    with pytest.raises(InvalidSetting, match="takes the path of a file"):
        run("keys", command, "--file", "")


def test_a_code_under_way_survives_a_rotation(tmp_path: Path) -> None:
    file, store, sender = tmp_path / "codes.keys", MemoryStore(), MemorySender()
    run("keys", "new", "--file", str(file))
    senders = {Channel.SMS: sender}

    def provider() -> OwnCodes:
        keys = CodeKeys.read(file)
        return OwnCodes(store=store, senders=senders, keys=keys, brand="Shop")

    started = provider().start(StartRequest(identifier=read_phone("+15553231234")))
    run("keys", "rotate", "--file", str(file))

    code = sender.outbox[-1].code.reveal()
    assert provider().check(started.ref, code).verdict == "approved"


def test_a_sweep_drops_all_that_is_over_and_nothing_else() -> None:
    clock, store = FakeClock(), MemoryStore()
    provider = OwnCodes(
        store=store,
        senders={Channel.SMS: MemorySender()},
        keys=CodeKeys.generate(),
        brand="Shop",
        policy=AT_ONCE,
        clock=clock.now,
    )
    requests = [
        StartRequest(identifier=read_phone(f"+1555323{place:04}"))
        for place in range(1_200)
    ]
    for request in requests:
        provider.start(request)
    clock.advance(timedelta(days=2))
    live = provider.start(requests[0])

    assert command.sweep_all(provider) > 1_100
    assert provider.sweep() == 0
    assert provider.fetch(live.ref).status == "pending"


@pytest.fixture
def over(tmp_path: Path) -> Path:
    """A store in a file, with some codes that are over and one that is not."""
    file, clock = (
        tmp_path / "codes.db",
        FakeClock(datetime.now(UTC) - timedelta(days=2)),
    )
    with OwnCodes(
        store=SqliteStore(file),
        senders={Channel.SMS: MemorySender()},
        keys=keys_at(tmp_path / "codes.db.keys")[0],
        brand="Shop",
        clock=clock.now,
    ) as provider:
        for place in range(8):
            number = read_phone(f"+155532312{place:02}")
            provider.start(StartRequest(identifier=number))
        clock.advance(timedelta(days=2))
        # Its start drops a few of the others; `sweep` has the rest.
        provider.start(StartRequest(identifier=read_phone("+15553231299")))
    return file


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM codes").fetchone()[0])


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("in_a_file", [False, True])
def test_the_store_of_a_url_is_swept(
    over: Path, *, as_json: bool, in_a_file: bool
) -> None:
    url = f"own://sqlite:///{over}?sender=memory"
    if in_a_file:
        file = over.with_name("own.toml")
        senders = '[[senders]]\nurl = "memory"\n'
        file.write_text(f'store = "sqlite:///codes.db"\n{senders}')
        url = f"own://{file}"
    before = rows(over)

    said = run("sweep", "--provider", url, *(["--json"] if as_json else [])).stdout

    dropped = json.loads(said)["dropped"] if as_json else int(said.split()[0])
    assert dropped > 0
    assert rows(over) == before - dropped == 1


def test_a_store_that_is_not_there_is_not_made_to_be_swept(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('store = "sqlite:///cods.db"\n[[senders]]\nurl = "memory"\n')
    for url in (f"own://sqlite:///{tmp_path}/cods.db?sender=memory", f"own://{file}"):
        with pytest.raises(InvalidSetting, match=r"there is no store at .*cods\.db"):
            run("sweep", "--provider", url)

    assert [*tmp_path.iterdir()] == [file]


def test_a_provider_that_keeps_no_codes_has_nothing_to_sweep() -> None:
    with pytest.raises(InvalidSetting, match="keeps no codes"):
        run("sweep", "--provider", "fake://")
