"""Steps of the nodes that ask for attributes: username, password, and the others."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from ..nodes import NameCallback, PasswordCallback, _export as export
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import (
    AttributeInputCallback,
    ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback,
)
from ._json import EMPTY, Members
from ._people import NodeFailed, member_at, with_member
from ._steps import (
    Step,
    StepContext,
    StepTurn,
    attributes_in,
    go,
    identity_in,
    text_in,
    text_of_setting,
    texts_of_setting,
)
from ._values import JourneyNode


def _failed(
    node: JourneyNode, context: StepContext, attribute: str, value: object
) -> tuple[str, ...]:
    """What the value fails for a person who is known, or in the making."""
    person = _person(node, context)
    return context.tenant.failed(
        attribute,
        value,
        person={**(person or {}), **attributes_in(context.state)},
        is_taken=lambda: context.people.is_taken(attribute, value, person),
        required=node.type != "AttributeCollectorNode",
    )


def _person(node: JourneyNode, context: StepContext) -> Profile | None:
    if not context.people.is_known:
        return None
    if node.type == "AttributeCollectorNode":
        attribute, value = identity_in(node, context.state, "userName")
    else:
        attribute, value = "_id", text_in(context.state, "_id")
    return context.people.find(attribute, value) if value else None


def validated_username(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute = text_of_setting(node, "usernameAttribute", "userName")
    if export.flag(node.attributes, "validateInput", default=False):
        asked = context.callback(ValidatedCreateUsernameCallback)
        if asked is None:
            made = ValidatedCreateUsernameCallback(
                prompt=context.tenant.title(attribute),
                policies=context.tenant.policies_shown(attribute),
            )
            return StepTurn(ask=(made,))
        failed = _failed(node, context, attribute, asked.username)
        if failed or asked.validate_only:
            return StepTurn(ask=(evolve(asked, failed_policies=failed),))
        name = asked.username
    else:
        answer = context.callback(NameCallback)
        if answer is None:
            return StepTurn(ask=(NameCallback("User Name"),))
        name = answer.name
    if name:
        context.state.merge_shared({OBJECT_ATTRIBUTES: {attribute: name}})
        context.state.put_shared("username", name)
    return go()


def validated_password(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute = text_of_setting(node, "passwordAttribute", "password")
    if export.flag(node.attributes, "validateInput", default=False):
        asked = context.callback(ValidatedCreatePasswordCallback)
        if asked is None:
            made = ValidatedCreatePasswordCallback(
                prompt=context.tenant.title(attribute),
                policies=context.tenant.policies_shown(attribute),
            )
            return StepTurn(ask=(made,))
        failed = _failed(node, context, attribute, asked.password)
        if failed or asked.validate_only:
            kept = asked.password if asked.validate_only else ""
            again = evolve(asked, failed_policies=failed, password=kept)
            return StepTurn(ask=(again,))
        password = asked.password
    else:
        answer = context.callback(PasswordCallback)
        if answer is None:
            return StepTurn(ask=(PasswordCallback("Password"),))
        password = answer.password
    context.state.merge_transient({OBJECT_ATTRIBUTES: {attribute: password}})
    context.state.put_transient("password", password)
    return go()


def attribute_collector(node: JourneyNode, context: StepContext) -> StepTurn:
    names = texts_of_setting(node, "attributesToCollect")
    required = export.flag(node.attributes, "required", default=False)
    validates = export.flag(node.attributes, "validateInputs", default=False)
    given = {
        each.name: each
        for each in context.callbacks
        if isinstance(each, AttributeInputCallback)
    }
    if not given.keys() >= {*names}:
        return StepTurn(ask=_attribute_inputs(node, context, names, validates))
    if validates:
        for name in names:
            failed = _failed(node, context, name, given[name].value)
            given[name] = evolve(given[name], failed_policies=failed)
    asked = [given[name] for name in names]
    if (
        (required and any(each.value in ("", None) for each in asked))
        or any(each.failed_policies or each.validate_only for each in asked)
    ):  # fmt: skip
        return StepTurn(ask=tuple(asked))
    for name in names:
        top, value = with_member(attributes_in(context.state), name, given[name].value)
        context.state.merge_shared({OBJECT_ATTRIBUTES: {top: value}})
    return go()


def _attribute_inputs(
    node: JourneyNode,
    context: StepContext,
    names: tuple[str, ...],
    validates: bool,  # noqa: FBT001
) -> tuple[AttributeInputCallback, ...]:
    profile = _person(node, context) or EMPTY
    collected = attributes_in(context.state)
    made = []
    for name in names:
        found = member_at(collected, name)
        value = member_at(profile, name) if found is None else found
        about = _known(context, name, validates=validates)
        kind = _kind_of(about, value)
        made.append(
            AttributeInputCallback(
                name=name,
                prompt=context.tenant.title(name),
                required=_is_required(node, about),
                kind=kind,
                value=_fitting(kind, value),
                policies=context.tenant.policies_shown(name) if validates else EMPTY,
            )
        )
    return tuple(made)


def _known(context: StepContext, name: str, *, validates: bool) -> Members:
    """What the schema says of an attribute that a person may see and change."""
    about = context.tenant.attribute(name)
    if about is None and name.startswith("preferences/"):
        about = {"type": "boolean"}
    if about is None:
        if context.tenant.own_schema:
            raise NodeFailed("an attribute is not in the schema")
        return EMPTY
    if about.get("viewable") is False or (
        validates and about.get("userEditable") is False
    ):
        raise NodeFailed("an attribute is not one that a person may see and change")
    return about


def _types(about: Members) -> tuple[object, ...]:
    found = about.get("type")
    return found if isinstance(found, tuple) else (found,)


def _is_required(node: JourneyNode, about: Members) -> bool:
    required = export.flag(node.attributes, "required", default=False)
    return required and "null" not in _types(about)


_WORDS = {"string": "String", "number": "Number", "boolean": "Boolean"}


def _kind_of(about: Members, value: object) -> str:
    """The first word of the callback: by the schema, else by the value."""
    types = [each for each in _types(about) if each not in (None, "null")]
    if types:
        word = _WORDS.get(f"{types[0]}")
        if word is None:
            raise NodeFailed("an attribute is neither text, number nor truth value")
        return word
    if isinstance(value, bool):
        return "Boolean"
    return "Number" if isinstance(value, int | float) else "String"


def _fitting(kind: str, value: object) -> object:
    if kind == "Boolean":
        return value is True
    if kind == "Number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None
    return value if isinstance(value, str) else ""


VALIDATED_STEPS: Mapping[str, Step] = {
    "ValidatedUsernameNode": validated_username,
    "ValidatedPasswordNode": validated_password,
    "AttributeCollectorNode": attribute_collector,
}
