"""Keys of codes: drawn, rotated, written, read, and never shown."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from verify_core.errors import InvalidSetting
from verify_providers.own import CodeKeys
from verify_providers.own._keys import keys_at


def secrets_of(keys: CodeKeys) -> list[str]:
    return [pair.partition(":")[2] for pair in keys.to_text().reveal().split()]


def test_text_and_file_are_read_as_they_were_written(tmp_path: Path) -> None:
    keys = CodeKeys.generate().rotated()
    file = tmp_path / "own.keys"
    keys.write(file)

    assert CodeKeys.from_text(keys.to_text()) == keys
    assert CodeKeys.read(file) == keys
    assert file.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [file]


def test_rotation_puts_a_new_key_first_and_keeps_some() -> None:
    keys = CodeKeys.generate()
    first = keys.current
    for _ in range(5):
        older, keys = keys, keys.rotated(most=3)
        assert keys.current != older.current
        assert keys.key(older.current) == older.key(older.current)

    assert keys.key(first) is None
    assert len(secrets_of(keys)) == 4
    assert keys.index_key() == older.index_key()


def test_file_is_not_lost_by_accident(tmp_path: Path) -> None:
    file, keys = tmp_path / "own.keys", CodeKeys.generate()
    keys.write(file)

    with pytest.raises(InvalidSetting, match="there already"):
        CodeKeys.generate().write(file)
    assert CodeKeys.read(file) == keys
    keys.rotated().write(file, replace=True)
    assert CodeKeys.read(file) != keys
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_file_that_others_can_use_is_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, keys = tmp_path / "own.keys", CodeKeys.generate()
    keys.write(file)
    assert CodeKeys.read(file) == keys
    assert caplog.messages == []

    file.chmod(0o640)
    assert CodeKeys.read(file) == keys
    [message] = caplog.messages
    assert message.startswith(str(file))


def test_who_comes_at_once_reads_the_same_keys(tmp_path: Path) -> None:
    file = tmp_path / "codes.db.keys"
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda _n: keys_at(file), range(40))]

    assert len({keys.to_text() for keys, _is_new in found}) == 1
    assert sum(is_new for _keys, is_new in found) == 1


@pytest.mark.parametrize("place", ["missing/own.keys", "."])
def test_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(InvalidSetting, match="keys: "):
        CodeKeys.generate().write(tmp_path / place, replace=True)


KEY = "A" * 43 + "="
ODD = [
    "",
    "index:",
    f"index:{KEY}",
    f"index:{KEY} k1:{KEY[:-1]}",
    f"index:{KEY} k1:{KEY} k1:{KEY}",
    f"k1:{KEY}",
    f"index:{KEY} K_1:{KEY}",
    f"index:{KEY} k1:AAAA",
    f"index {KEY} k1 {KEY}",
    "\ud800:\udfff",
]


@pytest.mark.parametrize("text", ODD)
def test_other_texts_are_refused_unrepeated(text: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        CodeKeys.from_text(text)

    assert caught.value.setting == "keys"
    assert "AAAA" not in f"{caught.value}{caught.value.__context__}"


@pytest.mark.parametrize(
    "given", [{"index": b"short"}, {"index": "i" * 32}, {"keys": {}}, {"keys": 7}]
)
def test_other_values_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidSetting):
        CodeKeys(**{"index": b"i" * 32, "keys": {"k1": b"k" * 32}} | given)


def test_keys_are_never_shown() -> None:
    """However they are looked at; `pickle` and `copy` keep them all the same."""
    keys = CodeKeys.generate().rotated()
    console = Console(record=True, width=400)
    console.print(keys, attrs.asdict(keys), keys.index_key(), [vars(type(keys))])
    shown = "\n".join(
        [
            *(repr(keys), str(keys), pretty_repr(keys), str(attrs.asdict(keys))),
            *(repr(attrs.astuple(keys)), f"{dir(keys)}", console.export_text()),
        ]
    )

    assert keys.current in repr(keys)
    raw = [repr(keys.index_key().reveal()), repr(keys.index_key().reveal().hex())]
    assert not [each for each in [*secrets_of(keys), *raw] if each in shown]
    assert pickle.loads(pickle.dumps(keys)) == keys
