"""People and their attributes, where nodes look them up."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from io import StringIO
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from attrs import field, frozen

from ..errors import InvalidSetting, Unavailable, VerifyError
from ..frames import unframed, unframed_init
from ..masking import Hidden
from ..validation import read_or, require_members, require_text
from ._bookkeeping import texts_of
from ._state import own_copy

T = TypeVar("T")

Profile: TypeAlias = Mapping[str, object]
"""A person's attributes by name, such as `userName` and `telephoneNumber`."""

FindPerson: TypeAlias = Callable[[str, str], "Profile | None"]
"""A function that does what `Directory.find` does."""


@runtime_checkable
class Directory(Protocol):
    """Finds people; a function with the arguments of `find` serves as well."""

    def find(self, attribute: str, value: str) -> Profile | None:
        """
        The attributes of the person who has this value, or None.

        Args:
            attribute: Such as `_id`, `userName` or `mail`.
            value: The whole value, as it is written.

        Raises:
            InvalidSetting: Several people have the value.
            VerifyError: The directory cannot be asked. Any other exception is taken
                for `Unavailable`, and only its class name is kept.
        """


def attribute_of(person: Profile, name: str) -> object:
    """
    The attribute, or None; also where its name is written in other capitals.

    Source: RFC 4512, section 2.5 (names of attributes are case insensitive); exports
    have `telephonenumber`, too.
    """
    if name in person:
        return person[name]
    same = (key for key in person if str(key).lower() == name.lower())
    return next((person[key] for key in same), None)


def _own_people(
    people: Iterable[Profile] | Hidden[tuple[Profile, ...]],
) -> Hidden[tuple[Profile, ...]]:
    if isinstance(people, Hidden):  # from attrs.evolve
        return people
    return Hidden(tuple(map(_own, require_members("people", people, "objects"))))


def _own(person: object) -> Profile:
    if not isinstance(person, Mapping):
        raise InvalidSetting("people", "takes people as objects of attributes")
    if not all(isinstance(name, str) for name in person):
        raise InvalidSetting("people", "takes attributes by their names")
    return {name: own_copy("people", value) for name, value in person.items()}


@unframed_init
@frozen(repr=False)
class MemoryDirectory:
    """
    A directory of people kept in memory; for tests and small installations.

    Args:
        people: Their attributes, as JSON types. A person has each value of a list.

    Raises:
        InvalidSetting: They are not a collection of objects.
    """

    _people: Hidden[tuple[Profile, ...]] = field(default=(), converter=_own_people)

    @classmethod
    @unframed
    def from_json(cls, text: str) -> MemoryDirectory:
        """
        Read a JSON list of objects, or an object whose `result` is that list.

        Raises:
            InvalidSetting: The text is not that.
        """
        error = InvalidSetting("people", "takes a JSON list of objects")
        plain = require_text("people", text).removeprefix("\ufeff")
        found = read_or(json.loads, plain, error, (ValueError, RecursionError))
        return cls(found.get("result", ()) if isinstance(found, dict) else found)

    @classmethod
    @unframed
    def from_csv(cls, text: str) -> MemoryDirectory:
        """
        Read CSV (RFC 4180) whose first line names the attributes.

        An empty cell is an attribute that the person does not have.

        Raises:
            InvalidSetting: The text is not that.
        """
        plain = require_text("people", text).removeprefix("\ufeff")
        error = InvalidSetting("people", "takes CSV with commas and quotation marks")
        lines = read_or(_cells, plain, error, csv.Error)
        names = [name.strip() for name in lines[0]] if lines else []
        if len({*names}) < len(names) or not all(names):
            raise InvalidSetting("people", "takes CSV that names each column, once")
        if any(len(cells) > len(names) for cells in lines):
            raise InvalidSetting("people", "has a line with more cells than names")
        rows = (zip(names, cells, strict=False) for cells in lines[1:])
        return cls([{name: cell for name, cell in row if cell} for row in rows])

    def __repr__(self) -> str:
        return f"<MemoryDirectory of {len(self._people.reveal())} people>"

    def find(self, attribute: str, value: str) -> Profile | None:
        """The one person who has this value; see `Directory`."""
        found = [
            person
            for person in self._people.reveal()
            if value in texts_of(attribute_of(person, attribute))
        ]
        if len(found) > 1:
            raise InvalidSetting("directory", f"several people have the {attribute}")
        return deepcopy(found[0]) if found else None


def _cells(text: str) -> list[list[str]]:
    return [
        line for line in csv.reader(StringIO(text, newline=""), strict=True) if line
    ]


class _FunctionDirectory:
    """A function as a directory."""

    def __init__(self, function: FindPerson) -> None:
        self._function = Hidden(function)  # its repr may show what it is bound to

    def __repr__(self) -> str:
        return "<Directory of a function>"

    def find(self, attribute: str, value: str) -> Profile | None:
        return self._function.reveal()(attribute, value)


def to_directory(value: Directory | FindPerson) -> Directory:
    """
    A directory, also of a function.

    Raises:
        InvalidSetting: It is neither.
    """
    if isinstance(value, Directory) and not isinstance(value, str | bytes):
        return value  # texts have a `find` of their own
    if not callable(value):
        kind = type(value).__name__
        raise InvalidSetting(
            "directory", f"takes a Directory or a function, not {kind}"
        )
    return _FunctionDirectory(value)


def find_person(directory: Directory, attribute: str, value: str) -> Profile | None:
    """As `Directory.find`, whose errors and answer are judged; see `asked`."""
    found: object = asked("directory", lambda: directory.find(attribute, value))
    if found is not None and not isinstance(found, Mapping):
        raise InvalidSetting("directory", "takes what returns a mapping, or None")
    return found


@unframed
def asked(part: str, question: Callable[[], T]) -> T:
    """
    The answer of something that the application passed in.

    Raises:
        InvalidSetting: As it raised.
        VerifyError: As it raised; `Unavailable` in place of any other exception, whose
            message may quote a person.
    """
    try:
        return question()
    except (InvalidSetting, VerifyError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever an application's part raises
        name = type(error).__name__
    raise Unavailable(f"{part} raised {name}", part)
