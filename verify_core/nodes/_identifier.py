"""
The Identifier: finds the identifier on the person's profile, for the Sender.

Attributes and outcomes are those of Ping's node; source: Ping Identity, "Twilio
Identifier node", read 2026-11-22. `docs/nodes.md` lists what differs.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ..errors import IdentifierReason, InputError, InvalidSetting, MissingIdentifier
from ..frames import unframed
from ..validation import any_text, flag
from . import _bookkeeping as kept, _export as export
from ._directory import Directory, FindPerson, Profile, asked, to_directory
from ._framework import Action, Outcome, TreeContext
from ._state import NodeState

_NAMES = ("_id", "userName")
"""What `username` in state may be; "Identify Existing User" writes either."""


@frozen(kw_only=True, eq=False)
class IdentifierNode:
    """
    Copies an attribute of the person to state; outcomes `True`, `False` and `Error`.

    Attributes:
        directory: Where the person is found, by `_id` or `userName`.
        identifier_attribute: Such as `telephoneNumber` or `mail`.
        identifier_key: State key to write.
        ping_compatible: Whether to write the original's `Exception` key, too.

    Raises:
        InvalidSetting: A field of another type; names it.
    """

    directory: Directory = field(converter=to_directory)
    identifier_attribute: str = field(default="", validator=any_text)
    identifier_key: str = field(default=kept.IDENTIFIER_KEY, validator=any_text)
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
        """
        The node that a journey export describes.

        Attributes go by their names in exports; unknown ones are passed over.

        Raises:
            InvalidSetting: An attribute is malformed; names it.
        """
        attributes = export.require_attributes(attributes)
        return cls(
            directory=directory,
            identifier_attribute=export.text(attributes, "identifierAttribute"),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", kept.IDENTIFIER_KEY
            ),
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
        username = kept.find_identifier(state, kept.USERNAME_KEY)
        if username is None:
            raise InvalidSetting("username", "not in state; a node before writes it")
        profile = self._profile(username.text)
        text = next(iter(kept.texts_of(profile.get(self.identifier_attribute))), None)
        if text is None:
            raise MissingIdentifier
        return {self.identifier_key: text}

    def _profile(self, username: str) -> Profile:
        found = [person for name in _NAMES if (person := self._person(name, username))]
        if not found:
            message = "identifier: the directory has no such person"
            raise InputError(IdentifierReason.NO_PERSON, message)
        # One person's name may be the other's id: whose number is meant is not known.
        if any(found[0].get(name) != found[-1].get(name) for name in _NAMES):
            raise InvalidSetting("directory", "two people go by the username")
        return found[0]

    def _person(self, name: str, value: str) -> Profile | None:
        found = asked("directory", lambda: self.directory.find(name, value))
        if found is not None and not isinstance(found, Mapping):
            raise InvalidSetting("directory", "takes what returns a mapping, or None")
        return found
