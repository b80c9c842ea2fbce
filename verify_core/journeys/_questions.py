"""What a walk asks of a person, and how an answer finds its field by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from attrs import evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Discreet, Hidden, Revealed, Secret
from ..nodes import (
    Buttons,
    Callback,
    ConfirmationCallback,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._json import shown
from ._kinds import COLLECTOR, OTP_COLLECTOR, SENDER
from ._values import JourneyNode


@frozen
class ChoiceCallback:
    """
    A list of which one is chosen.

    Attributes:
        prompt: Its label.
        choices: What there is to choose.
        default_choice: Index of the one to highlight.
        selected_index: Index of the one chosen; the default at first.
    """

    prompt: str
    choices: tuple[str, ...]
    default_choice: int = field(default=0, kw_only=True)
    selected_index: int = field(kw_only=True)

    @selected_index.default
    def _default(self) -> int:
        return self.default_choice

    def selected(self, index: int) -> ChoiceCallback:
        """Answer by choosing; `InvalidSetting` if there is no such choice."""
        if not 0 <= index < len(self.choices):
            last = len(self.choices) - 1
            raise InvalidSetting("selected_index", f"takes 0 to {last}")
        return evolve(self, selected_index=index)


def _hide(value: object) -> Hidden[object]:
    return Hidden(value)


def _hidden(value: Hidden[object]) -> str:
    return "''" if value.reveal() in ("", None) else "'***'"


@frozen(kw_only=True)
class AttributeInputCallback(Discreet):
    """
    A field for one attribute of a profile.

    Attributes:
        name: The attribute, such as `givenName`.
        prompt: Its label.
        required: Whether it may stay empty.
        kind: `String`, `Number` or `Boolean`, the first word of the callback's type.
        value: What stands in it: a text, a number or None, a truth value.
    """

    name: str
    prompt: str
    required: bool = False
    kind: str = "String"
    _value: Hidden[object] = field(default="", converter=_hide, repr=_hidden)

    value = Revealed[object]("_value", "What stands in it.")

    def answered(self, value: object) -> AttributeInputCallback:
        """Answer the field; `InvalidSetting` where its kind is another."""
        if not isinstance(value, _KINDS[self.kind]) or (
            isinstance(value, bool) is not (self.kind == "Boolean")
        ):
            raise InvalidSetting(self.name, f"takes a {self.kind.lower()}")
        return evolve(self, value=value)


_KINDS: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Number": (int, float),
    "Boolean": bool,
}

AnyCallback: TypeAlias = Callback | ChoiceCallback | AttributeInputCallback
Answer: TypeAlias = object


@frozen(kw_only=True)
class Question:
    """
    A callback and the node that asks.

    Attributes:
        callback: The question, or the same answered.
        node: Who asks.
        child: The index of the child of a page that asks, or None.
        id: Its number on the page; grows where a child asks again.
    """

    callback: AnyCallback
    node: JourneyNode
    child: int | None = None
    id: int = 0

    @property
    def takes_an_answer(self) -> bool:
        """Whether there is something to fill in or to press."""
        return not isinstance(self.callback, TextOutputCallback)

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Names by which it is answered, the closest ones first."""
        callback, node = self.callback, self.node
        own: list[str] = []
        if isinstance(callback, AttributeInputCallback):
            own.append(callback.name)
        named_by = _NAMES.get((node.type, _by_typing(callback)))
        if named_by:
            own += named_by(node)
        prompt = getattr(callback, "prompt", "")
        return tuple(own), (prompt,) if prompt else (), (type_of(callback),)

    @property
    def first_name(self) -> str:
        """The name that a list of what is asked shows."""
        name = next(name for tier in self.names for name in tier)
        return snake(name)

    @property
    def buttons(self) -> Mapping[str, int]:
        """Index of each button or choice, by its squashed label."""
        callback = self.callback
        if isinstance(callback, ChoiceCallback):
            labels = callback.choices
        elif isinstance(callback, ConfirmationCallback):
            labels = callback.options
        else:
            return {}
        found: dict[str, int] = {}
        if self.node.type == COLLECTOR:
            outcomes = Buttons.from_export(self.node.attributes).outcomes
            names = ("next", *outcomes)
            found = {squashed(name): index for index, name in enumerate(names)}
        return {squashed(label): index for index, label in enumerate(labels)} | found

    def answered(self, name: str, value: Answer) -> Question:
        """The same with an answer; `InvalidSetting` of that name where none fits."""
        callback, fault = self.callback, "takes no answer"
        try:
            if isinstance(callback, NameCallback | PasswordCallback):
                return evolve(self, callback=callback.answered(_text(value)))
            if isinstance(callback, AttributeInputCallback):
                return evolve(self, callback=callback.answered(value))
            if isinstance(callback, ChoiceCallback | ConfirmationCallback):
                return evolve(self, callback=callback.selected(self._index(value)))
        except InvalidSetting as error:
            fault = error.message
        raise InvalidSetting(shown(name), fault)

    def _index(self, value: Answer) -> int:
        if isinstance(value, bool) and self.node.type == "MessageNode":
            return 0 if value else 1
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        found = self.buttons.get(squashed(value)) if isinstance(value, str) else None
        if found is None:
            options = ", ".join(shown(each) for each in self.buttons)
            raise InvalidSetting("selected_index", f"takes one of: {options}")
        return found


def _text(value: Answer) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value}"
    if not isinstance(value, str):
        raise InvalidSetting("text", f"takes a text, not {type(value).__name__}")
    return value


def type_of(callback: AnyCallback) -> str:
    """The callback's type as on the wire, without the word Callback."""
    if isinstance(callback, AttributeInputCallback):
        return f"{callback.kind}AttributeInput"
    return type(callback).__name__.removesuffix("Callback")


def _by_typing(callback: AnyCallback) -> bool:
    return isinstance(callback, NameCallback | PasswordCallback)


def _named(*names: str) -> Callable[[JourneyNode], list[str]]:
    return lambda _node: [*names]


def _and_attribute(name: str, setting: str) -> Callable[[JourneyNode], list[str]]:
    def names(node: JourneyNode) -> list[str]:
        attribute = node.attributes.get(setting)
        return [name, attribute] if isinstance(attribute, str) else [name]

    return names


_NAMES: Mapping[tuple[str, bool], Callable[[JourneyNode], list[str]]] = {
    ("UsernameCollectorNode", True): _named("username"),
    ("PasswordCollectorNode", True): _named("password"),
    ("ValidatedUsernameNode", True): _and_attribute("username", "usernameAttribute"),
    ("ValidatedPasswordNode", True): _and_attribute("password", "passwordAttribute"),
    (OTP_COLLECTOR, True): _named("code", "otp"),
    (COLLECTOR, True): _named("code"),
    (SENDER, True): _named("identifier", "phone", "email"),
    ("MessageNode", False): _named("confirm"),
    ("ChoiceCollectorNode", False): _named("choice"),
}


def snake(name: str) -> str:
    """A name or a prompt as a keyword: `User Name` is `user_name`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", shown(name))
    return re.sub(r"\W+", "_", parts).strip("_").lower()


def squashed(name: str) -> str:
    """Letters and digits alone, in lower case: names are compared in this form."""
    return re.sub(r"[\W_]+", "", name).casefold()


def answer_all(
    asked: tuple[Question, ...],
    by_place: tuple[Answer, ...],
    by_name: Mapping[str, Answer],
) -> tuple[Question, ...]:
    """
    The same questions with these answers; what is left out stays as it stands.

    Raises:
        InvalidSetting: A name that nothing goes by, or several things, or a value that
            does not fit; says what is asked, never what was answered.
    """
    fields = [index for index, each in enumerate(asked) if each.takes_an_answer]
    if len(by_place) > len(fields):
        raise InvalidSetting("answer", f"takes {_what_is_asked(asked)}")
    answers: dict[int, tuple[str, Answer]] = {}
    for index, value in zip(fields, by_place, strict=False):
        answers[index] = asked[index].first_name, value
    for name, value in by_name.items():
        index, meant = _find(asked, name, value)
        if meant is _UNPRESSED:
            continue
        if index in answers:
            raise InvalidSetting(shown(name), "is answered twice")
        answers[index] = name, meant
    return tuple(
        each.answered(*answers[index]) if index in answers else each
        for index, each in enumerate(asked)
    )


_UNPRESSED = object()


def _find(asked: tuple[Question, ...], name: str, value: Answer) -> tuple[int, Answer]:
    key = squashed(name.removesuffix("Callback").removesuffix("_callback"))
    found: set[int] = set()
    for tier in range(3):
        found = found or {*_named_so(asked, key, tier)}
    if len(found) == 1:
        return found.pop(), value
    if len(found) > 1:
        raise InvalidSetting(shown(name), f"is not one thing: {_what_is_asked(asked)}")
    pressed = [i for i, each in enumerate(asked) if key in each.buttons]
    if len(pressed) == 1 and isinstance(value, bool):
        index = asked[pressed[0]].buttons[key]
        return pressed[0], index if value else _UNPRESSED
    raise InvalidSetting(shown(name), f"is not asked; {_what_is_asked(asked)}")


def _named_so(asked: tuple[Question, ...], key: str, tier: int) -> Iterator[int]:
    for index, each in enumerate(asked):
        if each.takes_an_answer and key in map(squashed, each.names[tier]):
            yield index


def _what_is_asked(asked: tuple[Question, ...]) -> str:
    names = [each.first_name for each in asked if each.takes_an_answer]
    return f"asked: {', '.join(names) or 'nothing'}"
