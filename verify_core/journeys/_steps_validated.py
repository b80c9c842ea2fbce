"""Steps of the nodes that ask for attributes: username, password, and the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from ..nodes import NameCallback, PasswordCallback
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import (
    AttributeInputCallback,
    ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback,
)
from ._json import EMPTY, Members
from ._people import NodeFailed, member_at, with_member
from ._steps import Step, StepTurn, Visit, ask, go, text_in


def _failed(visit: Visit, attribute: str, value: object) -> tuple[str, ...]:
    """What the value fails for a person who is known, or in the making."""
    person = _person(visit)
    return visit.tenant.failed(
        attribute,
        value,
        person={**(person or {}), **visit.attributes},
        is_taken=lambda: visit.people.is_taken(attribute, value, person),
        required=visit.node.type != "AttributeCollectorNode",
    )


def _person(visit: Visit) -> Profile | None:
    if not visit.people.is_known:
        return None
    if visit.node.type == "AttributeCollectorNode":
        return visit.person("userName")
    value = text_in(visit.state, "_id")
    return visit.people.find("_id", value) if value else None


def validated_username(visit: Visit) -> StepTurn:
    attribute = visit.text("usernameAttribute", "userName")
    plain = NameCallback("User Name")
    name = _typed(visit, attribute, ValidatedCreateUsernameCallback, plain)
    if isinstance(name, StepTurn):
        return name
    if name:
        visit.state.merge_shared({OBJECT_ATTRIBUTES: {attribute: name}})
        visit.state.put_shared("username", name)
    return go()


def validated_password(visit: Visit) -> StepTurn:
    attribute = visit.text("passwordAttribute", "password")
    plain = PasswordCallback("Password")
    password = _typed(visit, attribute, ValidatedCreatePasswordCallback, plain)
    if isinstance(password, StepTurn):
        return password
    visit.state.merge_transient({OBJECT_ATTRIBUTES: {attribute: password}})
    visit.state.put_transient("password", password)
    return go()


def _typed(
    visit: Visit,
    attribute: str,
    checked: type[ValidatedCreateUsernameCallback | ValidatedCreatePasswordCallback],
    plain: NameCallback | PasswordCallback,
) -> str | StepTurn:
    """What was typed into the checked callback, or into the plain one; else the ask."""
    if not visit.flag("validateInput"):
        answer = visit.callback(type(plain))
        if answer is None:
            return ask(plain)
        return answer.name if isinstance(answer, NameCallback) else answer.password
    asked = visit.callback(checked)
    if asked is None:
        title = visit.tenant.title(attribute)
        return ask(
            checked(prompt=title, policies=visit.tenant.policies_shown(attribute))
        )
    is_name = isinstance(asked, ValidatedCreateUsernameCallback)
    value: str = getattr(asked, "username" if is_name else "password")
    failed = _failed(visit, attribute, value)
    if not failed and not asked.validate_only:
        return value
    again = evolve(asked, failed_policies=failed)
    return ask(again if is_name or asked.validate_only else again.answered(""))


def attribute_collector(visit: Visit) -> StepTurn:
    names = visit.texts("attributesToCollect")
    required = visit.flag("required")
    validates = visit.flag("validateInputs")
    given = {each.name: each for each in visit.callbacks_of(AttributeInputCallback)}
    if not given.keys() >= {*names}:
        return ask(*_attribute_inputs(visit, names, validates=validates))
    if validates:
        for name in names:
            failed = _failed(visit, name, given[name].value)
            given[name] = evolve(given[name], failed_policies=failed)
    asked = [given[name] for name in names]
    if (
        (required and any(each.value in ("", None) for each in asked))
        or any(each.failed_policies or each.validate_only for each in asked)
    ):  # fmt: skip
        return ask(*asked)
    for name in names:
        top, value = with_member(visit.attributes, name, given[name].value)
        visit.state.merge_shared({OBJECT_ATTRIBUTES: {top: value}})
    return go()


def _attribute_inputs(
    visit: Visit, names: tuple[str, ...], *, validates: bool
) -> Iterator[AttributeInputCallback]:
    profile = _person(visit) or EMPTY
    collected = visit.attributes
    for name in names:
        found = member_at(collected, name)
        value = member_at(profile, name) if found is None else found
        about = _known(visit, name, validates=validates)
        kind = _kind_of(about, value)
        yield AttributeInputCallback(
            name=name,
            prompt=visit.tenant.title(name),
            required=visit.flag("required") and "null" not in _types(about),
            kind=kind,
            value=_fitting(kind, value),
            policies=visit.tenant.policies_shown(name) if validates else EMPTY,
        )


def _known(visit: Visit, name: str, *, validates: bool) -> Members:
    """What the schema says of an attribute that a person may see and change."""
    about = visit.tenant.attribute(name)
    if about is None and name.startswith("preferences/"):
        about = {"type": "boolean"}
    if about is None:
        if visit.tenant.own_schema:
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
