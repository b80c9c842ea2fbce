"""What a walk asks of a person, and how an answer finds its field by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import evolve, frozen

from ..errors import InvalidSetting
from ..nodes import (
    Buttons,
    ConfirmationCallback,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._callbacks import (
    ANSWERED_BY_VALUE,
    AnyCallback,
    AttributeInputCallback,
    ChoiceCallback,
    ConsentMappingCallback,
    ExitCallback,
    KbaCreateCallback,
    PolicyChecked,
    PollingWaitCallback,
    SelectIdPCallback,
    TermsAndConditionsCallback,
    ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback,
    text_or_number,
    type_of,
)
from ._json import shown
from ._kinds import COLLECTOR, OTP_COLLECTOR, SENDER
from ._values import JourneyNode

Answer: TypeAlias = object


@frozen(kw_only=True)
class AskedCallback:
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
        return not isinstance(self.callback, TextOutputCallback | PollingWaitCallback)

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Names by which it is answered, the closest ones first."""
        callback, node = self.callback, self.node
        own: list[str] = []
        if isinstance(callback, AttributeInputCallback | ConsentMappingCallback):
            own.append(callback.name)
        own += _NAMED_BY_TYPE.get(type(callback), ())
        named_by = _NAMES.get((node.type, _by_typing(callback)))
        if named_by:
            own += named_by(node)
        prompt = getattr(callback, "prompt", "")
        return tuple(own), (prompt,) if prompt else (), (type_of(callback),)

    @property
    def first_name(self) -> str:
        """The name that a list of what is asked shows."""
        names = (snake(name) for tier in self.names for name in tier)
        return next(name for name in names if name)

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
        found = {"exit": 0} if isinstance(callback, ExitCallback) else {}
        if self.node.type == COLLECTOR:
            outcomes = Buttons.from_export(self.node.attributes).outcomes
            names = ("next", *outcomes)
            found = {squashed(name): index for index, name in enumerate(names)}
        return {squashed(label): index for index, label in enumerate(labels)} | found

    def answered(self, name: str, value: Answer) -> AskedCallback:
        """The same with an answer; `InvalidSetting` of that name where none fits."""
        callback, fault = self.callback, "takes no answer"
        try:
            if isinstance(callback, NameCallback | PasswordCallback):
                typed = text_or_number("text", value)
                return evolve(self, callback=callback.answered(typed))
            if isinstance(callback, ANSWERED_BY_VALUE):
                return evolve(self, callback=callback.answered(value))
            if isinstance(callback, ChoiceCallback | ConfirmationCallback):
                return evolve(self, callback=callback.selected(self._index(value)))
        except InvalidSetting as error:
            fault = error.message
        raise InvalidSetting(shown(name), fault)

    def to_be_checked(self, *, only: bool) -> AskedCallback:
        """The same, whose answer is to be checked alone, or taken as well."""
        callback = self.callback
        if not isinstance(callback, ANSWERED_BY_VALUE) or not isinstance(
            callback, PolicyChecked
        ):
            return self
        return evolve(self, callback=evolve(callback, validate_only=only))

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


def _by_typing(callback: AnyCallback) -> bool:
    return isinstance(
        callback,
        NameCallback
        | PasswordCallback
        | ValidatedCreateUsernameCallback
        | ValidatedCreatePasswordCallback,
    )


def _named(*names: str) -> Callable[[JourneyNode], list[str]]:
    return lambda _node: [*names]


def _and_attribute(name: str, setting: str) -> Callable[[JourneyNode], list[str]]:
    def names(node: JourneyNode) -> list[str]:
        attribute = node.attributes.get(setting)
        return [name, attribute] if isinstance(attribute, str) else [name]

    return names


_NAMED_BY_TYPE: Mapping[type, tuple[str, ...]] = {
    KbaCreateCallback: ("kba",),
    TermsAndConditionsCallback: ("terms", "accept"),
    SelectIdPCallback: ("provider",),
}
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
    asked: tuple[AskedCallback, ...],
    by_place: tuple[Answer, ...],
    by_name: Mapping[str, Answer],
) -> tuple[AskedCallback, ...]:
    """
    The same questions with these answers; what is left out stays as it stands.

    Raises:
        InvalidSetting: A name that fits nothing or several things, or a value that does
            not fit; says what is asked, never what was answered.
    """
    only_check, rest = _only_check(asked, by_name)
    asked = tuple(each.to_be_checked(only=only_check) for each in asked)
    fields = [index for index, each in enumerate(asked) if each.takes_an_answer]
    if len(by_place) > len(fields):
        raise InvalidSetting("answer", f"takes {_what_is_asked(asked)}")
    answers: dict[int, tuple[str, Answer]] = {}
    for index, value in zip(fields, by_place, strict=False):
        answers[index] = asked[index].first_name, value
    for name, value in rest.items():
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


def _only_check(
    asked: tuple[AskedCallback, ...], by_name: Mapping[str, Answer]
) -> tuple[bool, Mapping[str, Answer]]:
    """Whether the answers are only to be checked, and the other ones."""
    rest = dict(by_name)
    if not any(isinstance(each.callback, PolicyChecked) for each in asked):
        return False, rest
    only = rest.pop("validate_only", False)
    if not isinstance(only, bool):
        raise InvalidSetting("validate_only", "takes a truth value")
    return only, rest


_UNPRESSED = object()
_LONGEST_NAME = 200
_NAME = re.compile(
    r"(?P<name>.*?)(?:_?Callback)?(?:_?(?P<number>[1-9][0-9]{0,3}))?", re.IGNORECASE
)


def _find(
    asked: tuple[AskedCallback, ...], name: str, value: Answer
) -> tuple[int, Answer]:
    if len(name) > _LONGEST_NAME:
        raise InvalidSetting(shown(name), f"is not asked; {_what_is_asked(asked)}")
    found = _named_so(asked, squashed(name))
    parts = _NAME.fullmatch(name)
    if not found and parts:
        found = _named_so(asked, squashed(parts["name"]))
        number = int(parts["number"] or 0)
        if number and len(found) > 1:
            found = found[number - 1 : number]
    if len(found) == 1:
        return found[0], value
    if len(found) > 1:
        raise InvalidSetting(shown(name), f"is not one thing; {_what_is_asked(asked)}")
    key = squashed(name)
    pressed = [i for i, each in enumerate(asked) if key in each.buttons]
    if len(pressed) == 1 and isinstance(value, bool):
        index = asked[pressed[0]].buttons[key]
        return pressed[0], index if value else _UNPRESSED
    raise InvalidSetting(shown(name), f"is not asked; {_what_is_asked(asked)}")


def _named_so(asked: tuple[AskedCallback, ...], key: str) -> list[int]:
    """Places of the callbacks with that name, among the closest kind of names."""
    fields = [(i, each.names) for i, each in enumerate(asked) if each.takes_an_answer]
    for tier in range(3):
        found = [i for i, names in fields if key in map(squashed, names[tier])]
        if found:
            return found
    return []


def _what_is_asked(asked: tuple[AskedCallback, ...]) -> str:
    names = [each.first_name for each in asked if each.takes_an_answer]
    numbered = [
        f"{name}_{names[:index].count(name) + 1}" if names.count(name) > 1 else name
        for index, name in enumerate(names)
    ]
    return f"asked: {', '.join(numbered) or 'nothing'}"
