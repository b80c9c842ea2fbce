"""
Callbacks of nodes other than Twilio's: what is asked, and the same, answered.

Each class has the name of its type on the wire. Shapes: Ping Identity, PingAM 8,
"Supported callbacks", and the fixtures of ForgeRock's SDKs, read 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Discreet, Hidden, Revealed
from ..nodes import Callback, ConfirmationCallback, TextOutputCallback
from ._json import EMPTY, Members, shown

NOT_PRESSED = 100
"""The index that a Polling Wait node shows while its button is not pressed."""


def _hide(value: object) -> Hidden[object]:
    return Hidden(value)


def _hidden(value: Hidden[object]) -> str:
    return "''" if value.reveal() in ("", None) else "'***'"


def text_or_number(name: str, value: object) -> str:
    """A text, also as a number or hidden; `InvalidSetting` of that name otherwise."""
    if isinstance(value, Hidden):
        value = value.reveal()
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value}"
    if not isinstance(value, str):
        raise InvalidSetting(name, f"takes a text, not {type(value).__name__}")
    return value


def _require_truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidSetting(name, f"takes a truth value, not {type(value).__name__}")
    return value


@frozen
class ChoiceCallback:
    """A list of which one is chosen, by its index; at first that of the default."""

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


@frozen(kw_only=True)
class PolicyChecked(Discreet):
    """
    What callbacks with policies share.

    Attributes:
        policies: What the value is checked against, as IDM says it; empty without.
        failed_policies: What it failed, each a JSON document.
        validate_only: Whether the answer is only to be checked; the node then asks
            again whether it passes or not.
    """

    policies: Members = field(default=EMPTY, repr=False)
    failed_policies: tuple[str, ...] = ()
    validate_only: bool = False


@frozen(kw_only=True)
class ValidatedCreateUsernameCallback(PolicyChecked):
    """A field for a username, with policies; its label is from the schema."""

    prompt: str
    _username: Hidden[object] = field(default="", converter=_hide, repr=_hidden)

    username = Revealed[str]("_username", "What was typed.")

    def answered(self, value: object) -> ValidatedCreateUsernameCallback:
        """Answer the field with a text."""
        return evolve(self, username=text_or_number("username", value))


@frozen(kw_only=True)
class ValidatedCreatePasswordCallback(PolicyChecked):
    """A field for a password, with policies; `echo_on` shows what is typed."""

    prompt: str
    echo_on: bool = False
    _password: Hidden[object] = field(default="", converter=_hide, repr=_hidden)

    password = Revealed[str]("_password", "What was typed.")

    def answered(self, value: object) -> ValidatedCreatePasswordCallback:
        """Answer the field with a text."""
        return evolve(self, password=text_or_number("password", value))


_KINDS: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Number": (int, float),
    "Boolean": bool,
}


@frozen(kw_only=True)
class AttributeInputCallback(PolicyChecked):
    """
    A field for one attribute of a profile, such as `givenName`.

    Attributes:
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


@frozen(kw_only=True)
class KbaCreateCallback(Discreet):
    """A security question to choose, or to write where that is allowed; its answer."""

    prompt: str
    predefined_questions: tuple[str, ...]
    allow_user_defined_questions: bool = True
    _question: Hidden[object] = field(default="", converter=_hide, repr=_hidden)
    _answer: Hidden[object] = field(default="", converter=_hide, repr=_hidden)

    question = Revealed[str]("_question", "The question chosen, as text.")
    answer = Revealed[str]("_answer", "The answer.")

    def answered(self, value: object) -> KbaCreateCallback:
        """Answer by a pair, or by an object with `question` and `answer`."""
        if isinstance(value, Mapping):
            value = value.get("question"), value.get("answer")
        if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004
            raise InvalidSetting("question", "takes a question and an answer")
        question, answer = value
        return evolve(
            self,
            question=text_or_number("question", question),
            answer=text_or_number("answer", answer),
        )


@frozen(kw_only=True)
class TermsAndConditionsCallback:
    """Terms to accept; their date is a text, as configured."""

    version: str
    terms: str
    create_date: str
    accepted: bool = False

    def answered(self, value: object) -> TermsAndConditionsCallback:
        """Answer by a truth value."""
        return evolve(self, accepted=_require_truth("terms", value))


@frozen(kw_only=True)
class ConsentMappingCallback:
    """A mapping of personal data to agree to; `fields` are titles of what is shared."""

    name: str
    display_name: str = ""
    icon: str = ""
    access_level: str = ""
    is_required: bool = False
    message: str = ""
    fields: tuple[str, ...] = ()
    accepted: bool = False

    def answered(self, value: object) -> ConsentMappingCallback:
        """Answer by a truth value."""
        return evolve(self, accepted=_require_truth(shown(self.name), value))


@frozen(kw_only=True)
class SelectIdPCallback:
    """Ways to sign in, of which one is chosen: each has `provider`, some `uiConfig`."""

    providers: tuple[Members, ...]
    provider: str = ""

    def answered(self, value: object) -> SelectIdPCallback:
        """Answer by the name of a provider, or by `localAuthentication`."""
        names = [f"{each['provider']}" for each in self.providers]
        if value not in names:
            listed = ", ".join(shown(name) for name in names)
            raise InvalidSetting("provider", f"takes one of: {listed}")
        return evolve(self, provider=f"{value}")


@frozen(kw_only=True)
class PollingWaitCallback:
    """A time to wait before the answer, in milliseconds, and what to show meanwhile."""

    wait_time: int
    message: str


@frozen
class SuspendedTextOutputCallback(TextOutputCallback):
    """A text to show while the journey waits for the link of an e-mail."""


class PersonalText(str):
    """A text to show to a person alone: `repr` hides it, JSON and `str` have it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def _index_of_exit(_instance: object, _attribute: object, value: int) -> None:
    if value not in (0, NOT_PRESSED):
        raise InvalidSetting("selected_index", f"takes 0 or {NOT_PRESSED}")


@frozen
class ExitCallback(ConfirmationCallback):
    """The one button of a Polling Wait; a ConfirmationCallback on the wire."""

    selected_index: int = field(
        default=NOT_PRESSED, kw_only=True, validator=_index_of_exit
    )


AnyCallback: TypeAlias = (
    Callback
    | ChoiceCallback
    | ValidatedCreateUsernameCallback
    | ValidatedCreatePasswordCallback
    | AttributeInputCallback
    | KbaCreateCallback
    | TermsAndConditionsCallback
    | ConsentMappingCallback
    | SelectIdPCallback
    | PollingWaitCallback
)

ANSWERED_BY_VALUE = (
    ValidatedCreateUsernameCallback
    | ValidatedCreatePasswordCallback
    | AttributeInputCallback
    | KbaCreateCallback
    | TermsAndConditionsCallback
    | ConsentMappingCallback
    | SelectIdPCallback
)
"""Callbacks whose `answered` takes what a caller or a client says, and checks it."""


def type_of(callback: AnyCallback) -> str:
    """The callback's type as on the wire, without the word Callback."""
    if isinstance(callback, AttributeInputCallback):
        return f"{callback.kind}AttributeInput"
    if isinstance(callback, ExitCallback):
        return "Confirmation"
    return type(callback).__name__.removesuffix("Callback")
