"""Callbacks as AM writes them into JSON, and a client's answers read from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from verify_core.errors import InvalidSetting

from ..kit._hiding import Hidden, Revealed, hidden

Json: TypeAlias = dict[str, Any]

LONGEST_ANSWER = 4_000
"""Characters of one answer; a client's whole body has a bound of its own."""


class BadCallbacks(ValueError):
    """Callbacks that do not fit what was asked; the message is AM's, without values."""


_POLICIES = ("policies", "failedPolicies", "validateOnly")
# By their names on the wire; the callback's attributes have them in snake case.
_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "TextOutputCallback": ("message", "messageType"),
    "SuspendedTextOutputCallback": ("message", "messageType"),
    "NameCallback": ("prompt",),
    "PasswordCallback": ("prompt",),
    "ChoiceCallback": ("prompt", "choices", "defaultChoice"),
    "ConfirmationCallback": (
        *("prompt", "messageType", "options", "optionType", "defaultOption"),
    ),
    "AttributeInputCallback": ("name", "prompt", "required", *_POLICIES, "value"),
    "ValidatedCreateUsernameCallback": (*_POLICIES, "prompt"),
    "ValidatedCreatePasswordCallback": ("echoOn", *_POLICIES, "prompt"),
    "KbaCreateCallback": (
        *("prompt", "predefinedQuestions", "allowUserDefinedQuestions"),
    ),
    "TermsAndConditionsCallback": ("version", "terms", "createDate"),
    "ConsentMappingCallback": (
        *("name", "displayName", "icon", "accessLevel", "isRequired"),
        *("message", "fields"),
    ),
    "SelectIdPCallback": ("providers",),
    "PollingWaitCallback": ("waitTime", "message"),
}
_CHECK = {"validateOnly": "validate_only"}
# Suffix of the input's name after IDTokenN, and the attribute that it fills in.
_INPUTS: Mapping[str, Mapping[str, str]] = {
    "NameCallback": {"": "name"},
    "PasswordCallback": {"": "password"},
    "ChoiceCallback": {"": "selected_index"},
    "ConfirmationCallback": {"": "selected_index"},
    "AttributeInputCallback": {"": "value", **_CHECK},
    "ValidatedCreateUsernameCallback": {"": "username", **_CHECK},
    "ValidatedCreatePasswordCallback": {"": "password", **_CHECK},
    "KbaCreateCallback": {"question": "question", "answer": "answer"},
    "TermsAndConditionsCallback": {"": "accepted"},
    "ConsentMappingCallback": {"": "accepted"},
    "SelectIdPCallback": {"": "provider"},
}
# Members of ConfirmationCallback for which ours has no attribute.
_CONSTANTS: Mapping[tuple[str, str], object] = {
    ("ConfirmationCallback", "prompt"): "",
    ("ConfirmationCallback", "optionType"): -1,
}
# What AM hands out as a text though it is a number.
_TEXTS = {("TextOutputCallback", "messageType"), ("PollingWaitCallback", "waitTime")}
_SECRET = frozenset({"PasswordCallback", "ValidatedCreatePasswordCallback"})


def _kind(callback: object) -> str:
    """The name under which the tables have it: its class's, or a base's."""
    names = (each.__name__ for each in type(callback).__mro__)
    return next(name for name in names if name in _OUTPUTS)


def type_of(callback: object) -> str:
    """The callback's type on the wire."""
    kind = _kind(callback)
    if kind == "AttributeInputCallback":
        return f"{getattr(callback, 'kind', 'String')}{kind}"
    return kind


def to_json(callback: object, position: int, number: int | None = None) -> Json:
    """
    A callback as AM writes it: its place among those of the step, from 1, and the
    `_id` that callbacks of a page have.
    """
    kind = _kind(callback)
    made: Json = {
        "type": type_of(callback),
        "output": [
            {"name": name, "value": _output(callback, kind, name)}
            for name in _OUTPUTS[kind]
        ],
    }
    if kind in _INPUTS:
        made["input"] = [
            {"name": f"IDToken{position}{suffix}", "value": _initial(callback, attr)}
            for suffix, attr in _INPUTS[kind].items()
        ]
    return made if number is None else {**made, "_id": number}


def _output(callback: object, kind: str, name: str) -> object:
    if (kind, name) in _CONSTANTS:
        return _CONSTANTS[kind, name]
    attribute = re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)
    default: object = {"policies": {}, "failed_policies": []}.get(attribute, False)
    value = plain(getattr(callback, attribute, default))
    is_text = any((each.__name__, name) in _TEXTS for each in type(callback).__mro__)
    return f"{value}" if is_text else value


def _initial(callback: object, attribute: str) -> object:
    if _kind(callback) in _SECRET and attribute == "password":
        return ""
    return plain(getattr(callback, attribute, False))


def plain(value: object) -> object:
    """A value as JSON types: tuples as arrays, enumerations as their numbers."""
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [*map(plain, value)]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


@frozen(kw_only=True)
class Answers:
    """
    What a client answers.

    Attributes:
        values: In the order in which `Walk.answer` takes them.
        only_check: Whether it asks to check them, and to stay.
    """

    _values: Hidden[tuple[object, ...]] = field(converter=hidden)
    only_check: bool = False

    values = Revealed[tuple[object, ...]]()


def read_answers(asked: Sequence[object], given: object) -> Answers:
    """
    Read what a client answers: the member `callbacks` of its body, which has the same
    number, order and types as those asked.

    Raises:
        BadCallbacks: It is not that, or an answer does not fit.
    """
    if not isinstance(given, list) or len(given) != len(asked):
        raise BadCallbacks("Incorrect number of callbacks found in JSON response")
    answers: list[object] = []
    only_check = False
    for position, (callback, theirs) in enumerate(zip(asked, given, strict=True), 1):
        if not isinstance(theirs, dict) or theirs.get("type") != type_of(callback):
            raise BadCallbacks("Required callback not found in JSON response")
        if _kind(callback) in _INPUTS:
            found = _found(callback, position, theirs)
            answers.append(_answer(callback, position, found))
            only_check = only_check or found.get("validate_only") is True
    return Answers(values=tuple(answers), only_check=only_check)


def _found(callback: object, position: int, theirs: Json) -> dict[str, object]:
    inputs = theirs.get("input", [])
    if not isinstance(inputs, list) or not all(isinstance(x, dict) for x in inputs):
        raise BadCallbacks(f"IDToken{position}: takes an array of name and value")
    values = {f"{each.get('name')}": each.get("value") for each in inputs}
    kind = _kind(callback)
    found: dict[str, object] = {}
    for suffix, attribute in _INPUTS[kind].items():
        name = f"IDToken{position}{suffix}"
        present = getattr(callback, attribute, False)
        found[attribute] = _value(name, values.get(name, present), present)
    return found


def _answer(callback: object, position: int, found: Mapping[str, object]) -> object:
    answer = _PUT_TOGETHER.get(_kind(callback), _first)(found)
    try:
        _try(callback, answer)
    except (InvalidSetting, ValueError, TypeError):
        fault = f"IDToken{position}: takes no such value"
    else:
        return answer
    raise BadCallbacks(fault)


def _first(found: Mapping[str, object]) -> object:
    return next(iter(found.values()))


_PUT_TOGETHER: Mapping[str, Callable[[Mapping[str, object]], object]] = {
    "KbaCreateCallback": lambda found: (found["question"], found["answer"]),
}


def _value(name: str, value: object, present: object) -> object:
    """A value of the type that stands there, however a client's JSON spells it."""
    if isinstance(value, str) and len(value) > LONGEST_ANSWER:
        raise BadCallbacks(f"{name}: takes at most {LONGEST_ANSWER} characters")
    if isinstance(present, str):
        # AM reads null as nothing typed, and numbers of codes as their digits.
        if value is None:
            return ""
        if type(value) is int and abs(value) < _LARGEST:
            return f"{value}"
    if isinstance(present, bool) and value in ("true", "false"):
        return value == "true"
    if type(present) is int and isinstance(value, str) and _is_index(value):
        return int(value)
    if isinstance(value, dict | list):
        raise BadCallbacks(f"{name}: takes no such value")
    return value


_LARGEST = 10**18


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < len("10000")


def _try(callback: Any, answer: object) -> None:  # noqa: ANN401 - any of the callbacks
    """Answer a copy; raises what the callback raises where the answer does not fit."""
    if isinstance(getattr(callback, "selected_index", None), int):
        if type(answer) is not int:
            raise TypeError
        callback.selected(answer)
    else:
        callback.answered(answer)
