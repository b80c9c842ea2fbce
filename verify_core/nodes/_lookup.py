"""
The Lookup: is the number a mobile.

Attributes and outcomes are those of Ping's node; source: Ping Identity, "Twilio Verify
Lookup node", read 2026-11-22. `docs/reference/nodes.md` lists what differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol, cast, runtime_checkable

from attrs import field, frozen

from ..errors import (
    IdentifierReason,
    InputError,
    InvalidSetting,
    MissingIdentifier,
)
from ..frames import unframed
from ..masking import Secret
from ..phone import PhoneNumber, PhonePolicy, read_phone
from ..validation import (
    any_text,
    flag,
    instance_of,
    instance_or_none,
    optional_function,
    optional_text,
)
from . import _bookkeeping as kept, _export as export
from ._credentials import Credentials, SecretResolver, as_exported
from ._directory import asked
from ._framework import Action, Outcome, TreeContext
from ._state import NodeState

MOBILE, UNKNOWN = "mobile", "unknown"

# Words alone reach state: what another text quotes is not known.
_WORD = re.compile(r"[A-Za-z]{1,20}")


@runtime_checkable
class LineLookup(Protocol):
    """Knows what kind of line a number is, such as `TwilioLookup` and the fake."""

    def line_type(self, number: PhoneNumber) -> str:
        """
        The kind of line in Twilio's words, `mobile` or another one, or `unknown`.

        Raises:
            InvalidIdentifier: There is no such number.
            VerifyError: The question could not be put or its answer is missing. Any
                other exception is taken for `Unavailable`, and only its class name is
                kept.
        """


class MakeLookup(Protocol):
    """Makes a lookup of an account; the class `TwilioLookup` is one."""

    def __call__(self, *, account_sid: str, auth_token: Secret) -> LineLookup:
        """Return the lookup, or raise `InvalidSetting`."""


@frozen(kw_only=True, eq=False)
class LookupNode:
    """
    Asks whether the number in state is a mobile; outcomes `True`, `False` and `Error`.

    Attributes:
        lookup: Asked about the number; None makes one of `credentials`.
        make_lookup: Makes it, such as `TwilioLookup`; needed where `lookup` is None.
        credentials: The vendor's account.
        identifier_key: State key of the number.
        object_attribute: Attribute under `objectAttributes` to take it from where the
            key holds none; None looks no further.
        policy: How the number is read.
        ping_compatible: Whether to write the original's `Exception` key, too.

    Raises:
        InvalidSetting: Neither a lookup nor what makes one was passed.
    """

    lookup: LineLookup | None = field(
        default=None, validator=instance_or_none(LineLookup)
    )
    make_lookup: MakeLookup | None = field(
        default=None, repr=False, validator=optional_function
    )
    credentials: Credentials = field(
        factory=Credentials, validator=instance_of(Credentials)
    )
    identifier_key: str = field(default=kept.IDENTIFIER_KEY, validator=any_text)
    object_attribute: str | None = field(default=None, validator=optional_text)
    policy: PhonePolicy = field(factory=PhonePolicy, validator=instance_of(PhonePolicy))
    ping_compatible: bool = field(default=False, validator=flag)
    _made: dict[tuple[str, Secret], LineLookup] = field(
        init=False, factory=dict, repr=False
    )

    def __attrs_post_init__(self) -> None:
        if self.lookup is not None:
            return
        if self.make_lookup is None:
            raise InvalidSetting("lookup", "required unless make_lookup is passed")
        if self.credentials.secrets is None and not self.credentials.account_sid:
            raise InvalidSetting("accountSID", "required unless a lookup is passed")

    @classmethod
    @unframed
    def from_export(
        cls,
        attributes: export.Attributes,
        lookup: LineLookup | None = None,
        *,
        make_lookup: MakeLookup | None = None,
        secrets: SecretResolver | None = None,
        policy: PhonePolicy | None = None,
        object_attribute: str | None = None,
        ping_compatible: bool = False,
    ) -> LookupNode:
        """The node that a journey export describes; see `verify_core.nodes`."""
        attributes = export.require_attributes(attributes)
        return cls(
            lookup=lookup,
            make_lookup=make_lookup,
            credentials=Credentials.from_export(attributes, secrets=secrets),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", kept.IDENTIFIER_KEY
            ),
            object_attribute=object_attribute,
            policy=PhonePolicy() if policy is None else policy,
            ping_compatible=ping_compatible,
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome that this node can have, in the order of the designer."""
        return Outcome.TRUE, Outcome.FALSE, Outcome.ERROR

    def process(self, context: TreeContext) -> Action:
        """
        Ask about the number, and note its kind of line.

        A number that cannot be read or does not exist is not a mobile; a lookup that
        fails is the outcome `Error`.
        """
        context.state.remove(kept.LINE_TYPE_KEY)
        return kept.decided(
            context.state,
            lambda: self._require_mobile(context.state),
            ping_compatible=self.ping_compatible,
        )

    def _require_mobile(self, state: NodeState) -> Mapping[str, object]:
        line = self._line_type(state)
        state.merge_shared({kept.LINE_TYPE_KEY: line})
        if line == UNKNOWN:
            message = "identifier: it is not known whether it is a mobile"
            raise InputError(IdentifierReason.LINE_UNKNOWN, message)
        if line != MOBILE:
            raise InputError(IdentifierReason.NOT_MOBILE, "identifier: not a mobile")
        return {}

    def _line_type(self, state: NodeState) -> str:
        found = kept.find_identifier(
            state, self.identifier_key, object_attribute=self.object_attribute
        )
        if found is None:
            raise MissingIdentifier
        number = read_phone(found.text, self.policy)
        lookup = self._lookup()
        word: object = asked("lookup", lambda: lookup.line_type(number))
        known = isinstance(word, str) and _WORD.fullmatch(word)
        return str(word) if known else UNKNOWN

    def _lookup(self) -> LineLookup:
        if self.lookup is not None:
            return self.lookup
        sid, token = self.credentials.account()
        known = self._made.get((sid, token))
        if known is None:
            make = cast("MakeLookup", self.make_lookup)  # one of the two was required
            try:
                known = make(account_sid=sid, auth_token=token)
            except InvalidSetting as error:
                raise as_exported(error) from None
            self._made.clear()  # of a secret that has changed
            self._made[sid, token] = known
        return known
