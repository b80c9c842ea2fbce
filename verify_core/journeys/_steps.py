"""
Steps: what each node type does when a walk comes to it.

Behaviour from ForgeRock/am-external, branch releases/8.0.2, and Ping Identity's
"Authentication node reference", read 2026-11-28; docs/journeys.md lists what is left
out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TypeAlias, TypeVar

from attrs import define, evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Discreet, Hidden, Revealed, Secret, hide_text
from ..nodes import (
    ConfirmationCallback,
    NameCallback,
    NodeState,
    PasswordCallback,
    TextOutputCallback,
    _export as export,
)
from ..nodes._state import OBJECT_ATTRIBUTES
from ._asking import AnyCallback, AttributeInputCallback, ChoiceCallback
from ._people import (
    NodeFailed,
    People,
    is_same_resource,
    member_at,
    with_member,
)
from ._values import JourneyNode

CallbackT = TypeVar("CallbackT", bound=AnyCallback)

OUTCOME = "outcome"


@frozen(kw_only=True)
class Turn:
    """What a node did: an outcome, or callbacks to ask."""

    outcome: str | None = None
    ask: tuple[AnyCallback, ...] = ()


def go(outcome: str = OUTCOME) -> Turn:
    """Move on."""
    return Turn(outcome=outcome)


def decide(yes: object) -> Turn:
    """Move on by `true` or `false`."""
    return go("true" if yes else "false")


@frozen(kw_only=True)
class SentMessage(Discreet):
    """
    A message of AM's own senders, as the outbox of a walk keeps it.

    Attributes:
        channel: `email` or `sms`.
        to: The address or number.
        subject: As configured.
        text: With the code in it.
    """

    channel: str
    _to: Hidden[str] = field(converter=hide_text)
    subject: str
    _text: Hidden[str] = field(converter=hide_text)

    to = Revealed[str]("_to", "The address or number.")
    text = Revealed[str]("_text", "The text, with the code in it.")


@define(kw_only=True, repr=False)
class Effects:
    """What nodes did besides writing to state."""

    people: People
    outbox: tuple[SentMessage, ...] = ()
    details: Mapping[str, Mapping[str, object]] = field(factory=dict)
    failure_message: str = ""

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
    headers: Mapping[str, str | tuple[str, ...]]
    effects: Effects
    resource: str
    serial: int

    def callback(self, kind: type[CallbackT]) -> CallbackT | None:
        """The first submitted callback of a type, or None."""
        return next((each for each in self.callbacks if isinstance(each, kind)), None)

    @property
    def people(self) -> People:
        """The directory, with what this walk has changed."""
        return self.effects.people


Step: TypeAlias = Callable[[JourneyNode, StepContext], Turn]


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


# Collectors


def username_collector(_node: JourneyNode, context: StepContext) -> Turn:
    answer = context.callback(NameCallback)
    if answer is None or not answer.name:
        return Turn(ask=(NameCallback("User Name"),))
    context.state.put_shared("username", answer.name)
    return go()


def password_collector(_node: JourneyNode, context: StepContext) -> Turn:
    answer = context.callback(PasswordCallback)
    if answer is None or not answer.password:
        return Turn(ask=(PasswordCallback("Password"),))
    context.state.put_transient("password", answer.password)
    return go()


def validated_username(node: JourneyNode, context: StepContext) -> Turn:
    answer = context.callback(NameCallback)
    if answer is None:
        checked = export.flag(node.attributes, "validateInput", default=False)
        return Turn(ask=(NameCallback("Username" if checked else "User Name"),))
    if answer.name:
        attribute = text_of_setting(node, "usernameAttribute", "userName")
        context.state.merge_shared({OBJECT_ATTRIBUTES: {attribute: answer.name}})
        context.state.put_shared("username", answer.name)
    return go()


def validated_password(node: JourneyNode, context: StepContext) -> Turn:
    answer = context.callback(PasswordCallback)
    if answer is None:
        return Turn(ask=(PasswordCallback("Password"),))
    attribute = text_of_setting(node, "passwordAttribute", "password")
    context.state.merge_transient({OBJECT_ATTRIBUTES: {attribute: answer.password}})
    context.state.put_transient("password", answer.password)
    return go()


_TITLES = {
    "userName": "Username",
    "password": "Password",
    "givenName": "First Name",
    "sn": "Last Name",
    "mail": "Email Address",
    "telephoneNumber": "Telephone Number",
}


def attribute_collector(node: JourneyNode, context: StepContext) -> Turn:
    names = texts_of_setting(node, "attributesToCollect")
    required = export.flag(node.attributes, "required", default=False)
    given = {
        each.name: each
        for each in context.callbacks
        if isinstance(each, AttributeInputCallback)
    }
    if not given.keys() >= {*names} or (
        required and any(given[name].value in ("", None) for name in names)
    ):
        return Turn(ask=_attribute_inputs(node, context, names, given))
    for name in names:
        top, value = with_member(attributes_in(context.state), name, given[name].value)
        context.state.merge_shared({OBJECT_ATTRIBUTES: {top: value}})
    return go()


def _attribute_inputs(
    node: JourneyNode,
    context: StepContext,
    names: tuple[str, ...],
    given: Mapping[str, AttributeInputCallback],
) -> tuple[AttributeInputCallback, ...]:
    profile: Mapping[str, object] = {}
    attribute, value = identity_in(node, context.state, "userName")
    if value and context.people.is_known:
        profile = context.people.find(attribute, value) or {}
    collected = attributes_in(context.state)
    required = export.flag(node.attributes, "required", default=False)
    return tuple(
        given.get(name)
        or _attribute_input(
            name, member_at(collected, name), member_at(profile, name), required
        )
        for name in names
    )


def _attribute_input(
    name: str,
    collected: object,
    stored: object,
    required: bool,  # noqa: FBT001
) -> AttributeInputCallback:
    value = stored if collected is None else collected
    kind = "String"
    if isinstance(value, bool) or name.startswith("preferences/"):
        kind, value = "Boolean", value is True
    elif isinstance(value, int | float):
        kind = "Number"
    elif not isinstance(value, str):
        value = ""
    prompt = _TITLES.get(name, name)
    return AttributeInputCallback(
        name=name, prompt=prompt, required=required, kind=kind, value=value
    )


def choice_collector(node: JourneyNode, context: StepContext) -> Turn:
    choices = texts_of_setting(node, "choices")
    if not choices:
        raise NodeFailed("has no choices")
    if len(choices) == 1:
        return go(choices[0])
    answer = context.callback(ChoiceCallback)
    if answer is not None:
        return go(choices[answer.selected_index])
    default = text_of_setting(node, "defaultChoice")
    index = choices.index(default) if default in choices else 0
    prompt = text_of_setting(node, "prompt")
    return Turn(ask=(ChoiceCallback(prompt, choices, default_choice=index),))


def message(node: JourneyNode, context: StepContext) -> Turn:
    key = text_of_setting(node, "stateField")
    answer = context.callback(ConfirmationCallback)
    if key:
        index = None if answer is None else answer.selected_index
        context.state.put_shared(key, index)
    if answer is not None:
        return decide(answer.selected_index == 0)
    text, yes, no = (
        localised(map_of_setting(node, name), context.locales, default, first=False)
        for name, default in (
            ("message", "Default message"),
            ("messageYes", "Yes"),
            ("messageNo", "No"),
        )
    )
    buttons = ConfirmationCallback((yes, no), default_option=1)
    return Turn(ask=(TextOutputCallback(text), buttons))


def zero_page_login(node: JourneyNode, context: StepContext) -> Turn:
    if not _is_referer_allowed(node, context):
        return decide(yes=False)
    found = {
        key: _header(context, text_of_setting(node, setting, default))
        for key, setting, default in (
            ("username", "usernameHeader", "X-OpenAM-Username"),
            ("password", "passwordHeader", "X-OpenAM-Password"),
        )
    }
    if found["username"]:
        context.state.put_shared("username", found["username"])
    if found["password"]:
        context.state.put_transient("password", found["password"])
    return decide(any(found.values()))


def _is_referer_allowed(node: JourneyNode, context: StepContext) -> bool:
    if export.flag(node.attributes, "allowWithoutReferer", default=True):
        return True
    allowed = texts_of_setting(node, "referrerWhiteList")
    return any(referer in allowed for referer in _headers(context, "Referer"))


def _headers(context: StepContext, name: str) -> tuple[str, ...]:
    found = context.headers.get(name.casefold(), ())
    return (found,) if isinstance(found, str) else tuple(found)


def _header(context: StepContext, name: str) -> str:
    values = _headers(context, name)
    if len(values) > 1:
        raise NodeFailed("a header is given twice")
    text = values[0] if values else ""
    try:
        return f"{make_header(decode_header(text))}"
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return text


# State, URLs, details, timers


def set_state(node: JourneyNode, context: StepContext) -> Turn:
    for key, value in map_of_setting(node, "attributes").items():
        context.state.remove(key)
        context.state.put_shared(key, value)
    return go()


def set_url(name: str) -> Step:
    """The step of a node that notes a URL."""

    def step(node: JourneyNode, context: StepContext) -> Turn:
        context.state.put_shared(name, text_of_setting(node, name))
        return go()

    return step


def set_details(name: str) -> Step:
    """The step of a node whose details become members of the last answer."""

    def step(node: JourneyNode, context: StepContext) -> Turn:
        effects = context.effects
        so_far = effects.details.get(name, {})
        texts = map_of_setting(node, name)
        added = {key: _json_or_text(text) for key, text in texts.items()}
        effects.details = {**effects.details, name: {**so_far, **added}}
        texts = map_of_setting(node, "failureMessage")
        if text := localised(texts, context.locales, "", first=False):
            effects.failure_message = text
        return go()

    return step


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def timer_start(node: JourneyNode, context: StepContext) -> Turn:
    key = text_of_setting(node, "startTimeProperty", "TimerNodeStartTime")
    context.state.put_shared(key, int(context.now.timestamp() * 1000))
    return go()


def stay_out(_node: JourneyNode, _context: StepContext) -> Turn:
    """Go on; what the node does is outside of a walk."""
    return go()


# Identity


def identify_existing_user(node: JourneyNode, context: StepContext) -> Turn:
    attribute, value = identity_in(node, context.state, "mail")
    person = context.people.find(attribute, value) if value else None
    if person is None:
        return decide(yes=False)
    state = context.state
    state.put_shared("_id", person.get("_id"))
    identifier = text_of_setting(node, "identifier", "userName")
    named = person.get(identifier)
    if named is not None:
        state.put_shared("username", named)
        state.merge_shared({OBJECT_ATTRIBUTES: {identifier: named}})
    if aliases := person.get("aliasList"):
        state.merge_transient({OBJECT_ATTRIBUTES: {"aliasList": aliases}})
    return decide(yes=True)


def attribute_present(node: JourneyNode, context: StepContext) -> Turn:
    attribute, value = identity_in(node, context.state, "userName")
    if not value:
        raise NodeFailed("the identity is not present in state")
    person = context.people.find(attribute, value) or {}
    name = text_of_setting(node, "presentAttribute", "password")
    return decide(member_at(person, name) not in (None, "", [], ()))


def patch_object(node: JourneyNode, context: StepContext) -> Turn:
    resource = text_of_setting(node, "identityResource", "managed/user")
    if not is_same_resource(resource, context.resource):
        raise NodeFailed("its identity resource is not the journey's")
    attribute, value = identity_in(node, context.state, "userName")
    if not value:
        return go("FAILURE")
    person = context.people.find(attribute, value)
    if person is None:
        raise NodeFailed("failed to retrieve the existing object")
    changes: dict[str, object] = dict(attributes_in(context.state))
    for ignored in texts_of_setting(node, "ignoredFields"):
        top, _, member = ignored.strip("/").partition("/")
        inner = changes.get(top)
        if not member:
            changes.pop(top, None)
        elif isinstance(inner, Mapping):
            changes[top] = {k: v for k, v in inner.items() if k != member}
    context.people.change(person, changes)
    return go("PATCHED")


def increment_login_count(node: JourneyNode, context: StepContext) -> Turn:
    attribute, value = identity_in(node, context.state, "userName")
    if not value or not context.people.is_known:
        return go()
    try:
        person = context.people.find(attribute, value)
    except NodeFailed:
        return go()  # as documented: all failures are swallowed
    if person is not None:
        count = person.get("loginCount")
        so_far = count if isinstance(count, int) else 0
        context.people.change(person, {"loginCount": so_far + 1})
    return go()


def data_store_decision(_node: JourneyNode, context: StepContext) -> Turn:
    password = context.state.get("password")
    if password is None:
        raise NodeFailed("unable to authenticate: there is no password in state")
    person = context.people.named(text_in(context.state, "username"))
    return decide(password and person and person.get("password") == password)


def identity_store_decision(node: JourneyNode, context: StepContext) -> Turn:
    password = text_in(context.state, "password")
    username = text_in(context.state, "username")
    if not username.strip() or not password.strip():
        return go("FALSE")
    person = context.people.named(username)
    if person is None:
        return go("FALSE")
    if context.people.is_inactive(person):
        return go("LOCKED")
    if person.get("password") != password:
        return go("FALSE")
    if person.get("passwordExpired") is True:
        return go("EXPIRED")
    if export.flag(node.attributes, "useUniversalIdForUsername", default=False):
        context.state.put_shared("username", person.get("_id", username))
    return go("TRUE")


def retry_limit(node: JourneyNode, context: StepContext) -> Turn:
    limit = number_of_setting(node, "retryLimit", 3)
    key = f"{node.id}.retryCount"
    on_person = export.flag(
        node.attributes, "incrementUserAttributeOnFailure", default=True
    )
    username = text_in(context.state, "username")
    people = context.people
    person = (
        people.named(username) if on_person and people.is_known and username else None
    )
    found = context.state.get(key)
    count = found if isinstance(found, int) else 0
    if person is not None:
        count = people.retries(person, node.id)
    if count >= limit:
        if person is not None:
            people.keep_retries(person, node.id, None)
        return go("Reject")
    context.state.put_shared(key, count + 1)
    if person is not None:
        people.keep_retries(person, node.id, count + 1)
    return go("Retry")


STEPS: dict[str, Step] = {
    "UsernameCollectorNode": username_collector,
    "PasswordCollectorNode": password_collector,
    "ValidatedUsernameNode": validated_username,
    "ValidatedPasswordNode": validated_password,
    "AttributeCollectorNode": attribute_collector,
    "ChoiceCollectorNode": choice_collector,
    "MessageNode": message,
    "ZeroPageLoginNode": zero_page_login,
    "SetStateNode": set_state,
    "SetSuccessUrlNode": set_url("successUrl"),
    "SetFailureUrlNode": set_url("failureUrl"),
    "SetSuccessDetailsNode": set_details("successDetails"),
    "SetFailureDetailsNode": set_details("failureDetails"),
    "TimerStartNode": timer_start,
    "TimerStopNode": stay_out,
    "IdentifyExistingUserNode": identify_existing_user,
    "AttributePresentDecisionNode": attribute_present,
    "PatchObjectNode": patch_object,
    "IncrementLoginCountNode": increment_login_count,
    "DataStoreDecisionNode": data_store_decision,
    "IdentityStoreDecisionNode": identity_store_decision,
    "RetryLimitDecisionNode": retry_limit,
}
"""Steps of the nodes that need no vendor; `_steps_codes` has the others."""
