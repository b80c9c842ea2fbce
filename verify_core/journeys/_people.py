"""The directory as a walk sees it, with what nodes have changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from attrs import evolve, field, frozen

from ..errors import InvalidSetting, VerifyError
from ..masking import Hidden
from ..nodes import Directory
from ..nodes._bookkeeping import texts_of
from ..nodes._directory import FindPerson, Profile, find_person, to_directory
from ._json import MAX_DEPTH

RETRIES = "retryLimitNodeCount"


class NodeFailed(Exception):
    """A node ends the journey by an exception, as documented; holds no secrets."""


def _own(value: Directory | FindPerson | None) -> Directory | None:
    return None if value is None else to_directory(value)


def _hide(value: dict[str, Profile]) -> Hidden[dict[str, Profile]]:
    return Hidden(value)


@frozen(kw_only=True, repr=False)
class People:
    """People of the directory; changes stay in the walk and never reach it."""

    directory: Directory | None = field(default=None, converter=_own)
    _changed: Hidden[dict[str, Profile]] = field(factory=dict, converter=_hide)

    def copy(self) -> People:
        """One that changes by itself."""
        return evolve(self, changed=dict(self._changed.reveal()))

    @property
    def is_known(self) -> bool:
        """Whether there is a directory."""
        return self.directory is not None

    def find(self, attribute: str, value: str) -> Profile | None:
        """
        The person who has this value, or None.

        Raises:
            InvalidSetting: The walk was begun without a directory.
            NodeFailed: It cannot answer, or several people have the value.
        """
        for person in self._changed.reveal().values():
            if value in texts_of(person.get(attribute)):
                return person
        found = self._ask(attribute, value)
        if found is None or _key(found) in self._changed.reveal():
            return None  # a person whose value has changed meanwhile
        return found

    def _ask(self, attribute: str, value: str) -> Profile | None:
        directory = self.directory
        if directory is None:
            raise InvalidSetting("directory", "required; pass it to begin")
        try:
            return find_person(directory, attribute, value)
        except (InvalidSetting, VerifyError) as error:
            fault = f"{error}"
        raise NodeFailed(fault)

    def named(self, username: str) -> Profile | None:
        """The person by `userName`, else by `_id`."""
        if not username:
            return None
        return self.find("userName", username) or self.find("_id", username)

    def is_taken(self, attribute: str, value: object, person: Profile | None) -> bool:
        """Whether another person has the value."""
        if not self.is_known or not isinstance(value, str) or not value:
            return False
        found = self.find(attribute, value)
        return found is not None and (person is None or _key(found) != _key(person))

    def add(self, person: Profile) -> None:
        """Add a person, found by this walk alone."""
        self._changed.reveal()[_key(person)] = person

    def change(self, person: Profile, changes: Mapping[str, object]) -> None:
        """Write attributes of a person; objects in them are merged."""
        if not changes:
            return
        changed = self._changed.reveal()
        known = (key for key, each in changed.items() if each is person)
        changed[next(known, None) or _key(person)] = _merged(person, changes)

    @staticmethod
    def is_inactive(person: Profile) -> bool:
        """Whether the person is locked out."""
        found = person.get("accountStatus", person.get("inetUserStatus"))
        return isinstance(found, str) and found.casefold() != "active"

    def retries(self, person: Profile, node: str) -> int:
        """How often the Retry Limit node has counted this person."""
        for text in texts_of(person.get(RETRIES)):
            name, _, count = text.rpartition("=")
            if name == node and count.isdecimal():
                return int(count[:9])
        return 0

    def keep_retries(self, person: Profile, node: str, count: int | None) -> None:
        """Write the count; None removes it."""
        texts = texts_of(person.get(RETRIES))
        others = [text for text in texts if text.rpartition("=")[0] != node]
        added = [] if count is None else [f"{node}={count}"]
        if others + added != texts:
            self.change(person, {RETRIES: others + added})


def _key(person: Profile) -> str:
    for name in ("_id", "userName", "mail"):
        if texts := texts_of(person.get(name)):
            return f"{name}={texts[0]}"
    raise InvalidSetting("directory", "takes people with _id, userName or mail")


def _merged(old: Mapping[str, object], new: Mapping[str, object]) -> Profile:
    made = dict(old)
    for name, value in new.items():
        was = made.get(name)
        both = isinstance(was, Mapping) and isinstance(value, Mapping)
        made[name] = (
            _merged(cast("Profile", was), cast("Profile", value)) if both else value
        )
    return made


def member_at(members: Mapping[str, object], path: str) -> object:
    """The value under a name such as `preferences/marketing`, or None."""
    found: object = members
    for name in path.strip("/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def with_member(
    members: Mapping[str, object], path: str, value: object
) -> tuple[str, object]:
    """
    The first name of a path, and its value with the member written.

    Raises:
        NodeFailed: The path nests more than 32 deep.
    """
    names = path.strip("/").split("/")
    if len(names) > MAX_DEPTH:
        raise NodeFailed(f"an attribute's name nests more than {MAX_DEPTH} deep")
    made = value
    for depth in range(len(names) - 1, 0, -1):
        was = member_at(members, "/".join(names[:depth]))
        made = {**(was if isinstance(was, Mapping) else {}), names[depth]: made}
    return names[0], made
