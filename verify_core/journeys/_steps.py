"""
What a step is given and what it answers, and how it reads state and configuration.

A step is what a node type does when a walk comes to it; `_steps_*.py` have them.

Behaviour from ForgeRock/am-external, branch releases/8.0.2, and Ping Identity's
"Authentication node reference", read 2026-11-28; docs/reference/journeys.md lists what
is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
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
from ._values import Journey, JourneyNode

CallbackT = TypeVar("CallbackT", bound=AnyCallback)

OUTCOME = "outcome"


@frozen(kw_only=True)
class Suspension:
    """
    A walk that goes on by the link of a message.

    Attributes:
        id: What the link has as `suspendedId`.
        until: When it stops working; None where the node sets no end.
    """

    id: str
    until: datetime | None = None


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


@frozen(kw_only=True)
class OutboxMessage(Discreet):
    """
    A message of AM's own senders and e-mail nodes, as the outbox of a walk keeps it.

    Attributes:
        channel: `email` or `sms`.
        to: The address or number.
        subject: Its first line.
        text: With the code or the link in it.
    """

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
class StepContext:
    """What a step sees."""

    state: NodeState
    callbacks: tuple[AnyCallback, ...]
    now: datetime
    locales: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    effects: Effects
    journey: Journey
    tenant: Tenant
    serial: int
    resumed: bool = False

    @property
    def resource(self) -> str:
        """Which kind of people the journey is for."""
        found = self.journey.settings.get("identityResource")
        is_named = isinstance(found, str) and found not in {"", "null"}
        return f"{found}" if is_named else "managed/user"

    def callback(self, kind: type[CallbackT]) -> CallbackT | None:
        """The first submitted callback of a type, or None."""
        return next((each for each in self.callbacks if isinstance(each, kind)), None)

    @property
    def people(self) -> People:
        """The directory, with what this walk has changed."""
        return self.effects.people


Step: TypeAlias = Callable[[JourneyNode, StepContext], StepTurn]


def text_of_setting(node: JourneyNode, name: str, default: str = "") -> str:
    """A text of the configuration."""
    return export.text(node.attributes, name, default)


def number_of_setting(node: JourneyNode, name: str, default: int) -> int:
    """An integer of the configuration."""
    value = node.attributes.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSetting(name, "takes a whole number")
    return value


def texts_of_setting(node: JourneyNode, name: str) -> tuple[str, ...]:
    """A list of texts of the configuration."""
    value = node.attributes.get(name) or ()
    if not isinstance(value, tuple) or not all(isinstance(x, str) for x in value):
        raise InvalidSetting(name, "takes an array of texts")
    return value


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


def attributes_in(state: NodeState) -> dict[str, object]:
    """`objectAttributes` of all stores, transient over secure over shared."""
    found: dict[str, object] = {}
    for store in (state.shared, state.secure, state.transient):
        members = store.get(OBJECT_ATTRIBUTES)
        found |= members if isinstance(members, Mapping) else {}
    return found


def identity_in(node: JourneyNode, state: NodeState, default: str) -> tuple[str, str]:
    """The attribute that says who it is, and its value; empty where there is none."""
    attribute = text_of_setting(node, "identityAttribute", default)
    value = attributes_in(state).get(attribute)
    if isinstance(value, str):
        return attribute, value
    return attribute, text_in(state, "username")


def person_in(node: JourneyNode, context: StepContext, default: str) -> Profile | None:
    """
    The person whom state names, or None where there is no such person.

    Raises:
        NodeFailed: The state names no person of the directory.
    """
    attribute, value = identity_in(node, context.state, default)
    if not value:
        raise NodeFailed("the identity is not present in state")
    return context.people.find(attribute, value)


def required_person(node: JourneyNode, context: StepContext) -> Profile:
    """As `person_in`, by `userName`; `NodeFailed` also where there is none."""
    person = person_in(node, context, "userName")
    if person is None:
        raise NodeFailed("failed to retrieve the existing object")
    return person


def require_resource(node: JourneyNode, context: StepContext) -> None:
    """Fail unless the node is for the same kind of people as the journey."""
    resource = text_of_setting(node, "identityResource", "managed/user")
    if resource.strip("/") != context.resource.strip("/"):
        raise NodeFailed("its identity resource is not the journey's")


def refused_by_policies(
    context: StepContext, values: Mapping[str, object], person: Profile | None
) -> bool:
    """Whether IDM refuses these attributes; notes why, for the last answer."""
    beside = {**(person or {}), **values}
    failed = (
        context.tenant.failed(
            name,
            value,
            person=beside,
            is_taken=lambda n=name, v=value: context.people.is_taken(n, v, person),  # type: ignore[misc]
        )
        for name, value in values.items()
    )
    if not any(failed):
        return False
    context.effects.refusal = "Policy validation failed"
    return True
