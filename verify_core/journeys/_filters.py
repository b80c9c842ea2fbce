"""
Query filters as nodes have them: `!(/preferences pr) or /sn eq "Jones"`.

Source: Ping Identity, PingIDM 8, "Construct queries", read 2026-11-28.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..errors import InvalidSetting
from ._people import member_at

Test: TypeAlias = Callable[[Mapping[str, object]], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()!])|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<word>[^\s()!"']+))"""
)
_DEEPEST = 50
_LONGEST = 10_000


def read_filter(text: str) -> Test:
    """
    Read a filter.

    Raises:
        InvalidSetting: It is not one, is longer than 10,000 characters, or nests more
            than 50 deep.
    """
    if len(text) > _LONGEST:
        raise _fault(f"is longer than {_LONGEST:,} characters")
    reader = _FilterReader(text)
    made = reader.any_of(0)
    if reader.next is not None:
        raise _fault("goes on after its end")
    return made


def _fault(why: str) -> InvalidSetting:
    return InvalidSetting("queryFilter", why)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        token = _TOKEN.match(text, place)
        if token is None:
            raise _fault("has a text without an end")
        found.append((f"{token.lastgroup}", f"{token[f'{token.lastgroup}']}"))
        place = token.end()
    return found


class _FilterReader:
    def __init__(self, text: str) -> None:
        self._rest = [*reversed(_tokens(text))]

    @property
    def next(self) -> str | None:
        """The next mark or word; None at the end."""
        return self._rest[-1][1] if self._rest else None

    def take(self) -> tuple[str, str]:
        if not self._rest:
            raise _fault("ends too early")
        return self._rest.pop()

    def any_of(self, depth: int) -> Test:
        tests = self._joined("or", lambda: self.all_of(depth))
        return lambda person: any(test(person) for test in tests)

    def all_of(self, depth: int) -> Test:
        tests = self._joined("and", lambda: self.one(depth))
        return lambda person: all(test(person) for test in tests)

    def _joined(self, word: str, read: Callable[[], Test]) -> list[Test]:
        tests = [read()]
        while f"{self.next}".lower() == word:
            self.take()
            tests.append(read())
        return tests

    def one(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise _fault(f"nests more than {_DEEPEST} deep")
        kind, word = self.take()
        if word == "!" and kind == "mark":
            test = self.one(depth + 1)
            return lambda person: not test(person)
        if word == "(" and kind == "mark":
            test = self.any_of(depth + 1)
            if self.take() != ("mark", ")"):
                raise _fault("has a bracket without its end")
            return test
        if kind != "word":
            raise _fault("takes the name of an attribute before a comparison")
        if word.lower() in ("true", "false"):
            return lambda _person: word.lower() == "true"
        return self._comparison(word)

    def _comparison(self, path: str) -> Test:
        name = self.take()[1].lower()
        if name == "pr":
            return lambda person: member_at(person, path) not in (None, "", (), [])
        compare = _COMPARISONS.get(name)
        if compare is None:
            raise _fault(f"takes pr or one of: {', '.join(_COMPARISONS)}")
        value = _value(*self.take())
        return lambda person: any(
            compare(each, value) for each in _values(member_at(person, path))
        )


def _value(kind: str, word: str) -> object:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    try:
        found: object = json.loads(word)
    except ValueError:
        found = word
    return found if found is None or isinstance(found, bool | int | float) else word


def _values(found: object) -> list[object]:
    return [*found] if isinstance(found, list | tuple) else [found]


def _equal(found: object, value: object) -> bool:
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    return found == value


def _ordered(keep: Callable[[int], bool]) -> Callable[[object, object], bool]:
    def compare(found: object, value: object) -> bool:
        if isinstance(found, str) and isinstance(value, str):
            return keep((found > value) - (found < value))
        if isinstance(found, bool) or isinstance(value, bool):
            return False
        if isinstance(found, int | float) and isinstance(value, int | float):
            return keep((found > value) - (found < value))
        return False

    return compare


def _both_texts(
    test: Callable[[str, str], bool],
) -> Callable[[object, object], bool]:
    return lambda found, value: (
        isinstance(found, str) and isinstance(value, str) and test(found, value)
    )


_COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    "eq": _equal,
    "co": _both_texts(lambda found, value: value.lower() in found.lower()),
    "sw": _both_texts(lambda found, value: found.lower().startswith(value.lower())),
    "gt": _ordered(lambda order: order > 0),
    "ge": _ordered(lambda order: order >= 0),
    "lt": _ordered(lambda order: order < 0),
    "le": _ordered(lambda order: order <= 0),
}
