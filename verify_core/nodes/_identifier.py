"""
The Identifier: finds the identifier on the person's profile, for the Sender.

Attributes and outcomes are those of Ping's node; source: Ping Identity, "Twilio
Identifier node", read 2026-11-22. `docs/reference/nodes.md` lists what differs.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ..errors import IdentifierReason, InputError, InvalidSetting, MissingIdentifier
from ..frames import unframed
from ..validation import any_text, flag, optional_text
from . import _bookkeeping as kept, _export as export
from ._directory import (
    Directory,
    FindPerson,
    Profile,
    attribute_of,
    find_person,
    to_directory,
)
from ._framework import Action, Outcome, TreeContext
from ._state import NodeState

_NAMES = "_id", "userName"
"""What `username` in state may be; "Identify Existing User" writes either."""


@frozen(kw_only=True, eq=False)
class IdentifierNode:
    """
    Copies an attribute of the person to state; outcomes `True`, `False` and `Error`.

    Attributes:
        directory: Where the person is found, by `_id` or `userName`.
        identifier_attribute: Such as `telephoneNumber` or `mail`.
        identifier_key: State key to write.
        identity_attribute: Finds the person, too, by what a node before has collected
            under this name in `objectAttributes`, or by `username`. Some builds of the
            original have it.
        ping_compatible: Whether to write the original's `Exception` key, too.
    """

    directory: Directory = field(converter=to_directory)
    identifier_attribute: str = field(default="", validator=any_text)
    identifier_key: str = field(default=kept.IDENTIFIER_KEY, validator=any_text)
    identity_attribute: str | None = field(default=None, validator=optional_text)
    ping_compatible: bool = field(default=False, validator=flag)

    @classmethod
    @unframed
    def from_export(
        cls,
        attributes: export.Attributes,
        directory: Directory | FindPerson,
        *,
        ping_compatible: bool = False,
    ) -> IdentifierNode:
        """The node that a journey export describes; see `verify_core.nodes`."""
        attributes = export.require_attributes(attributes)
        return cls(
            directory=directory,
            identifier_attribute=export.text(attributes, "identifierAttribute"),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", kept.IDENTIFIER_KEY
            ),
            identity_attribute=export.text(attributes, "identityAttribute") or None,
            ping_compatible=ping_compatible,
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome that this node can have, in the order of the designer."""
        return Outcome.TRUE, Outcome.FALSE, Outcome.ERROR

    def process(self, context: TreeContext) -> Action:
        """
        Find the person, and write the identifier.

        A directory that fails is the outcome `Error`.
        """
        return kept.decided(
            context.state,
            lambda: self._found(context.state),
            ping_compatible=self.ping_compatible,
        )

    def _found(self, state: NodeState) -> Mapping[str, object]:
        if not self.identifier_attribute:
            raise InvalidSetting("identifierAttribute", "required; such as mail")
        known_by = self._known_by(state)
        if not known_by:
            raise InvalidSetting("username", "not in state; a node before writes it")
        found = (find_person(self.directory, *each) for each in known_by)
        people = [person for person in found if person]
        if not people:
            message = "identifier: the directory has no such person"
            raise InputError(IdentifierReason.NO_PERSON, message)
        # One person's name may be another's id: whose number is meant is not known.
        text, *others = map(self._value, people)
        if any(other != text for other in others):
            raise InvalidSetting("directory", "what is in state belongs to two people")
        if text is None:
            raise MissingIdentifier
        return {self.identifier_key: text}

    def _value(self, person: Profile) -> str | None:
        value = attribute_of(person, self.identifier_attribute)
        return next(iter(kept.texts_of(value)), None)

    def _known_by(self, state: NodeState) -> list[tuple[str, str]]:
        """Attributes and their values that the person may be found by, each once."""
        own = self.identity_attribute
        username = kept.find_identifier(state, kept.USERNAME_KEY)
        collected = None if own is None else kept.find_collected(state, own)
        known_by = [(own, collected.text)] if own and collected else []
        if username is not None:
            names = _NAMES if own is None or collected else (*_NAMES, own)
            known_by += [(name, username.text) for name in names]
        return list(dict.fromkeys(known_by))
