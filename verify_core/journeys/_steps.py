"""
What a step is given and what it answers.

A step is what a node type does when a walk visits one; `_steps_*.py` have them.

Behaviour from ForgeRock/am-external, branch releases/8.0.2, and Ping Identity's
"Authentication node reference", read 2026-11-28; docs/reference/journeys.md lists what
is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeAlias, TypeVar

from attrs import define, evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Discreet, Hidden, Revealed, Secret, hide_text
from ..nodes import NodeState, _export as export
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import AnyCallback
from ._people import NodeFailed, People
from ._tenant import Tenant
from ._values import JourneyNode, Tree

CallbackT = TypeVar("CallbackT", bound=AnyCallback)

OUTCOME = "outcome"


@frozen(kw_only=True)
class Suspension:
    """A walk that goes on by the link of a message."""

    id: str  # what the link has as `suspendedId`
    until: datetime | None = None  # when the link stops working, if ever


@frozen(kw_only=True)
class StepTurn:
    """What a node did: an outcome, or callbacks to ask."""

    outcome: str | None = None
    ask: tuple[AnyCallback, ...] = ()
    suspended: Suspension | None = None


def go(outcome: str = OUTCOME) -> StepTurn:
    """Move on."""
    return StepTurn(outcome=outcome)


def decide(yes: object) -> StepTurn:
    """Move on by `true` or `false`."""
    return go("true" if yes else "false")


def ask(*callbacks: AnyCallback) -> StepTurn:
    """Stay, and ask."""
    return StepTurn(ask=callbacks)


@frozen(kw_only=True)
class OutboxMessage(Discreet):
    """A message of AM's own senders and e-mail nodes, by `email` or `sms`."""

    channel: str
    _to: Hidden[str] = field(converter=hide_text)
    _subject: Hidden[str] = field(converter=hide_text)
    _text: Hidden[str] = field(converter=hide_text)

    to = Revealed[str]("_to", "The address or number.")
    subject = Revealed[str]("_subject", "Its first line.")
    text = Revealed[str]("_text", "The text, with the code or the link in it.")


@define(kw_only=True, repr=False)
class Effects:
    """What nodes did besides writing to state."""

    people: People
    outbox: tuple[OutboxMessage, ...] = ()
    details: Mapping[str, Mapping[str, object]] = field(factory=dict)
    failure_message: str = ""
    error_message: str = ""
    refusal: str = ""
    session: Mapping[str, str] = field(factory=dict)
    session_times: Mapping[str, int] = field(factory=dict)
    shown_of_session: Mapping[str, str] = field(factory=dict)

    def copy(self) -> Effects:
        """One that changes by itself."""
        return evolve(self, people=self.people.copy())


@frozen(kw_only=True, repr=False)
class Visit:
    """
    A walk at a node: what a step sees, and what it may change.

    Methods that read the configuration take the name of an attribute.
    """

    node: JourneyNode
    state: NodeState
    callbacks: tuple[AnyCallback, ...]
    now: datetime
    locales: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    effects: Effects
    journey: Tree
    tenant: Tenant
    serial: int
    resumed: bool = False

    def text(self, name: str, default: str = "") -> str:
        """A text of the configuration."""
        return export.text(self.node.attributes, name, default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A truth value of the configuration."""
        return export.flag(self.node.attributes, name, default=default)

    def number(self, name: str, default: int) -> int:
        """An integer of the configuration."""
        value = self.node.attributes.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidSetting(name, "takes a whole number")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts of the configuration."""
        value = self.node.attributes.get(name) or ()
        if not isinstance(value, tuple) or not all(isinstance(x, str) for x in value):
            raise InvalidSetting(name, "takes an array of texts")
        return value

    def map(self, name: str) -> Mapping[str, str]:
        """A map of texts of the configuration; other members are left out."""
        return map_of_setting(self.node, name)

    def localised(self, name: str, default: str, *, first: bool) -> str:
        """A text of the configuration for the person's languages; see `localised`."""
        return localised(self.map(name), self.locales, default, first=first)

    def callback(self, kind: type[CallbackT]) -> CallbackT | None:
        """The first submitted callback of a type, or None."""
        return next(iter(self.callbacks_of(kind)), None)

    def callbacks_of(self, kind: type[CallbackT]) -> list[CallbackT]:
        """All submitted callbacks of a type."""
        return [each for each in self.callbacks if isinstance(each, kind)]

    @property
    def seed(self) -> str:
        """Hexadecimal digits for what a node draws: equal walks draw the same."""
        seed = f"{self.node.id} {self.serial} {self.now.isoformat()}"
        return hashlib.sha256(seed.encode()).hexdigest()

    @property
    def moment(self) -> str:
        """The present, as profiles have it."""
        return f"{self.now:%Y-%m-%dT%H:%M:%S.000Z}"

    @property
    def username(self) -> str:
        """Who logs in; empty where state has no text there."""
        return text_in(self.state, "username")

    @property
    def attributes(self) -> dict[str, object]:
        """`objectAttributes` of all stores, transient over secure over shared."""
        found: dict[str, object] = {}
        for store in (self.state.shared, self.state.secure, self.state.transient):
            members = store.get(OBJECT_ATTRIBUTES)
            found |= members if isinstance(members, Mapping) else {}
        return found

    @property
    def people(self) -> People:
        """The directory, with what this walk has changed."""
        return self.effects.people

    def identity(self, default: str) -> tuple[str, str]:
        """The attribute that says who it is, and its value or an empty text."""
        attribute = self.text("identityAttribute", default)
        value = self.attributes.get(attribute)
        return attribute, value if isinstance(value, str) else self.username

    def person(self, default: str) -> Profile | None:
        """The person by that attribute, or None."""
        attribute, value = self.identity(default)
        return self.people.find(attribute, value) if value else None

    def identified(self, default: str) -> Profile | None:
        """As `person`; `NodeFailed` where the state has no value to look for."""
        if not self.identity(default)[1]:
            raise NodeFailed("the identity is not present in state")
        return self.person(default)

    def required_person(self) -> Profile:
        """As `identified`, by `userName`; `NodeFailed` also without such a person."""
        person = self.identified("userName")
        if person is None:
            raise NodeFailed("failed to retrieve the existing object")
        return person

    def require_resource(self) -> None:
        """Fail unless the node is for the same kind of people as the journey."""
        found = self.journey.settings.get("identityResource")
        is_named = isinstance(found, str) and found not in {"", "null"}
        journeys = f"{found}" if is_named else "managed/user"
        own = self.text("identityResource", "managed/user")
        if own.strip("/") != journeys.strip("/"):
            raise NodeFailed("its identity resource is not the journey's")

    def refused_by_policies(
        self, values: Mapping[str, object], person: Profile | None
    ) -> bool:
        """Whether IDM refuses these attributes; notes why, for the last answer."""
        beside = {**(person or {}), **values}
        for name, value in values.items():
            is_taken = partial(self.people.is_taken, name, value, person)
            if self.tenant.failed(name, value, person=beside, is_taken=is_taken):
                self.effects.refusal = "Policy validation failed"
                return True
        return False

    def send(self, channel: str, to: str, subject: str, text: str) -> None:
        """Put a message into the outbox."""
        sent = OutboxMessage(channel=channel, to=to, subject=subject, text=text)
        self.effects.outbox = (*self.effects.outbox, sent)


Step: TypeAlias = Callable[[Visit], StepTurn]


def map_of_setting(node: JourneyNode, name: str) -> Mapping[str, str]:
    """A map of texts of the configuration; members of another type are left out."""
    value = node.attributes.get(name)
    found = value if isinstance(value, Mapping) else {}
    texts = {
        key: each.reveal() if isinstance(each, Secret) else each
        for key, each in found.items()
    }
    return {key: text for key, text in texts.items() if isinstance(text, str)}


def localised(
    texts: Mapping[str, str], locales: Iterable[str], default: str, *, first: bool
) -> str:
    """
    The text for the person's languages.

    Args:
        texts: Texts by language tag.
        locales: Best first.
        default: Where nothing fits.
        first: Whether the map's first text comes before the default; else English.
    """
    by_tag = {tag.replace("_", "-").casefold(): text for tag, text in texts.items()}
    for locale in locales:
        parts = locale.replace("_", "-").casefold().split("-")
        for length in range(len(parts), 0, -1):
            if found := by_tag.get("-".join(parts[:length])):
                return found
    if first:
        return next(iter(texts.values()), "") or default
    return by_tag.get("en") or default


def text_in(state: NodeState, key: str) -> str:
    """A text in state, else an empty one."""
    value = state.get(key)
    return value if isinstance(value, str) else ""
