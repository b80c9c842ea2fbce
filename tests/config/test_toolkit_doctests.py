"""The examples in the docstrings of what vendors and wrappers are made with."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import verify_providers

FOLDER = Path(str(verify_providers.__file__)).parent
ROOMS = ["config", "http"]
MODULES = [
    "verify_providers._toml",
    *(
        f"verify_providers.{room}.{file.stem}"
        for room in ROOMS
        for file in sorted((FOLDER / room).glob("_[a-z]*.py"))
    ),
]


def test_examples_hold() -> None:
    failed = [name for name in MODULES if doctest.testmod(import_module(name)).failed]

    assert failed == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_examples(room: str) -> None:
    modules = (name for name in MODULES if f".{room}." in name)

    assert sum(doctest.testmod(import_module(name)).attempted for name in modules) >= 5


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_is_there_and_described(room: str) -> None:
    package = import_module(f"verify_providers.{room}")

    assert package.__all__ == sorted(set(package.__all__), key=_constants_first)
    for name in package.__all__:
        value = getattr(package, name)
        if callable(value) and not name.isupper() and hasattr(value, "__module__"):
            home = str(value.__module__)
            assert not home.startswith("verify_providers") or value.__doc__, name


def _constants_first(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
