"""Every value of ours that a piece of work makes, kept to be looked at afterwards."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType

import attrs

from tests.secrecy.doors import leaks, shown_by_walkers

_MOST_OF_A_CLASS = 4


class Made:
    """
    The values of attrs that some packages made.

    Args:
        packages: Their names; values of others are not kept.
    """

    def __init__(self, *packages: str) -> None:
        self._packages = packages
        self._kept: dict[type, list[object]] = {}

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Keep what an `__init__` of attrs has just made; a profile function."""
        if event != "return" or frame.f_code.co_name != "__init__":
            return
        if not frame.f_code.co_filename.startswith("<attrs generated"):
            return
        value = frame.f_locals["self"]
        if type(value).__module__.startswith(self._packages):
            kept = self._kept.setdefault(type(value), [])
            kept.append(value)
            if len(kept) > _MOST_OF_A_CLASS:
                del kept[_MOST_OF_A_CLASS // 2]  # the first and the last ones stay

    @property
    def classes(self) -> set[type]:
        return set(self._kept)

    def leaks(self, *secrets: str) -> list[str]:
        """Each class whose values show a secret to what walks their fields."""
        return [
            f"{kind.__qualname__} shows {found}"
            for kind, values in self._kept.items()
            for shown in map(shown_by_walkers, values)
            if (found := leaks(shown) + [each for each in secrets if each in shown])
        ]


@contextmanager
def values_made(*packages: str) -> Iterator[Made]:
    """Keep what packages make within a block, in this thread and in new ones."""
    made = Made(*packages)
    before = sys.getprofile()
    threading.setprofile(made)
    sys.setprofile(made)
    try:
        yield made
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]


def classes_of(package: ModuleType) -> set[type[attrs.AttrsInstance]]:
    """Every class of attrs that a package defines."""
    names = [
        each.name
        for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    ]
    modules = [package, *map(importlib.import_module, names)]
    return {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and attrs.has(each) and each.__module__ in names
    }
