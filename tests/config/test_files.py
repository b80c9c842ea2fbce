"""Files that a person named: regular, small and shallow, or a sentence that says so."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.files import MAX_DEPTH, MAX_FILE_BYTES
from verify_core.registry import load_provider
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.twilio._settings import read_accounts
from verify_fakes.server.vonage._settings import read_accounts as read_vonages
from verify_providers._toml import read_toml, text_of
from verify_providers.config import SecretReader

MANY = 400_000
TOO_DEEP = {
    "lists": "a = " + "[" * MANY,
    "closed lists": "a = " + "[" * 100 + "]" * 100,
    "inline tables": "a = " + "{a=" * 100_000,
    "closed inline tables": "a = " + "{a=" * 100 + "1" + "}" * 100,
    "a dotted key": ".".join("a" * MANY) + " = 1",
    "a quoted key": " . ".join(['"a"'] * 100) + " = 1",
    "a header": f"[{'.'.join('a' * MANY)}]",
    "headers of headers": "[" + ".".join("a" * MAX_DEPTH) + "]\na.a.a = 1",
}


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _large(folder: Path) -> Path:
    (folder / "large.toml").write_text("#" * (MAX_FILE_BYTES + 1))
    return folder / "large.toml"


STRANGE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an endless device": (lambda _: Path("/dev/zero"), "is a device or a pipe"),
    "an empty device": (lambda _: Path("/dev/null"), "is a device or a pipe"),
    "a pipe without a writer": (_pipe, "is a device or a pipe"),
    "a folder": (lambda folder: folder, "cannot be read: it is a folder"),
    "a large file": (_large, "is larger than 1 MiB"),
    "no file": (
        lambda folder: folder / "none",
        "cannot be read: there is no such file",
    ),
    "a null": (lambda _: Path("a\0b"), "cannot be read: no file can have"),
}


def _token_of_account(path: Path) -> None:
    text_of("key", {"key_file": str(path)}, path.parent, {})


READERS: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "a provider's file": (read_toml, InvalidSetting),
    "a secret's file": (
        lambda path: SecretReader(setting="key", provider="p", source=path).read(),
        Misconfigured,
    ),
    "a file in a file": (_token_of_account, InvalidSetting),
    "the fake Twilio's --config": (read_accounts, BadSettings),
    "the fake Vonage's --config": (read_vonages, BadSettings),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_no_small_regular_file_is_refused_at_once(
    reader: str, strange: str, tmp_path: Path
) -> None:
    (read, error), (make, message) = READERS[reader], STRANGE[strange]

    with pytest.raises(error, match=message):
        read(make(tmp_path))


def test_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a = 1\n" + "#" * (MAX_FILE_BYTES - 6))

    assert read_toml(path) == {"a": 1}


@pytest.mark.parametrize(
    "reader", [name for name in READERS if "secret" not in name and " in " not in name]
)
@pytest.mark.parametrize("deep", TOO_DEEP)
def test_depth_is_bounded(reader: str, deep: str, tmp_path: Path) -> None:
    read, error = READERS[reader]
    path = tmp_path / "deep.toml"
    path.write_text(TOO_DEEP[deep])

    with pytest.raises(error, match=f"more than {MAX_DEPTH}|is not valid TOML"):
        read(path)


def test_ordinary_depth_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("[" + ".".join("a" * (MAX_DEPTH - 2)) + "]\nb = [1]\n")

    found: Any = read_toml(path)
    for _level in range(MAX_DEPTH - 2):
        found = found["a"]

    assert found == {"b": [1]}


@pytest.mark.parametrize(
    "number", ["9" * 100_000, "1.5e99999999999999999999"], ids=["digits", "exponent"]
)
def test_number_that_nothing_can_hold_is_refused(tmp_path: Path, number: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"a = {number}")

    with pytest.raises(InvalidSetting, match="holds a number that cannot be read"):
        read_toml(path, parse_float=Decimal)


@given(st.text(alphabet="a.=[]{}\"'#\n \\", max_size=200))
def test_any_text_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.toml"
    path.write_text(text)
    try:
        assert isinstance(read_toml(path), dict)
    except InvalidSetting as refused:
        assert refused.setting == "path"  # noqa: PT017


def _failover(path: Path, *urls: str) -> str:
    path.write_text(
        "".join(
            f'[[children]]\nname = "c{place}"\nurl = "{url}"\n'
            for place, url in enumerate(urls)
        )
    )
    return f"failover://{path.as_posix()}"


def _guard(path: Path, url: str) -> str:
    path.write_text(f'provider = "{url}"\npepper_env = "PEPPER"\n')
    return f"guard://{path.as_posix()}"


ENVIRON = {"PEPPER": "p" * 40}


def test_files_that_name_each_other_three_times_each_are_refused(
    tmp_path: Path,
) -> None:
    """Each of 12 pairs of files doubles or trebles the providers that come of it."""
    url = "fake://"
    for level in range(4):
        inner = _guard(tmp_path / f"g{level}.toml", url)
        url = _failover(tmp_path / f"f{level}.toml", inner, inner, inner)

    with pytest.raises(InvalidSetting, match="more than 64 providers"):
        load_provider(url, environ=ENVIRON)


def test_children_of_one_file_are_bounded(tmp_path: Path) -> None:
    url = _failover(tmp_path / "f.toml", *["fake://"] * 65)

    with pytest.raises(InvalidSetting, match="more than 64 providers"):
        load_provider(url, environ=ENVIRON)


def test_files_within_files_are_bounded(tmp_path: Path) -> None:
    url = "fake://"
    for level in range(6):
        url = _guard(tmp_path / f"g{level}.toml", url)
        url = _failover(tmp_path / f"f{level}.toml", url)

    with pytest.raises(InvalidSetting, match="more than 8 nested files"):
        load_provider(url, environ=ENVIRON)


def test_bound_counts_one_load_not_all_of_the_process(tmp_path: Path) -> None:
    url = _failover(tmp_path / "f.toml", *["fake://"] * 40)

    for _time in range(3):
        assert load_provider(url, environ=ENVIRON).name == "failover"


def test_loads_in_threads_do_not_count_together(tmp_path: Path) -> None:
    url = _failover(tmp_path / "f.toml", *["fake://"] * 40)
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(load_provider(url, environ=ENVIRON).name)
        )
        for _each in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["failover"] * 4
