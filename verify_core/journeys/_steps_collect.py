"""Steps of the nodes that ask, and of those that write state, URLs and details."""

from __future__ import annotations

import json
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from ..nodes import (
    ConfirmationCallback,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._callbacks import ChoiceCallback
from ._json import frozen_json
from ._people import NodeFailed
from ._steps import Step, StepTurn, Visit, ask, decide, go


def username_collector(visit: Visit) -> StepTurn:
    answer = visit.callback(NameCallback)
    if answer is None or not answer.name:
        return ask(NameCallback("User Name"))
    visit.state.put_shared("username", answer.name)
    return go()


def password_collector(visit: Visit) -> StepTurn:
    answer = visit.callback(PasswordCallback)
    if answer is None or not answer.password:
        return ask(PasswordCallback("Password"))
    visit.state.put_transient("password", answer.password)
    return go()


def choice_collector(visit: Visit) -> StepTurn:
    choices = visit.texts("choices")
    if not choices:
        raise NodeFailed("has no choices")
    if len(choices) == 1:
        return go(choices[0])
    answer = visit.callback(ChoiceCallback)
    if answer is not None:
        return go(choices[answer.selected_index])
    default = visit.text("defaultChoice")
    index = choices.index(default) if default in choices else 0
    prompt = visit.text("prompt")
    return ask(ChoiceCallback(prompt, choices, default_choice=index))


def message(visit: Visit) -> StepTurn:
    key = visit.text("stateField")
    answer = visit.callback(ConfirmationCallback)
    if key:
        index = None if answer is None else answer.selected_index
        visit.state.put_shared(key, index)
    if answer is not None:
        return decide(answer.selected_index == 0)
    text = visit.localised("message", "Default message", first=False)
    yes = visit.localised("messageYes", "Yes", first=False)
    no = visit.localised("messageNo", "No", first=False)
    buttons = ConfirmationCallback((yes, no), default_option=1)
    return ask(TextOutputCallback(text), buttons)


def zero_page_login(visit: Visit) -> StepTurn:
    if not _is_referer_allowed(visit):
        return decide(yes=False)
    username = _header(visit, visit.text("usernameHeader", "X-OpenAM-Username"))
    password = _header(visit, visit.text("passwordHeader", "X-OpenAM-Password"))
    if username:
        visit.state.put_shared("username", username)
    if password:
        visit.state.put_transient("password", password)
    return decide(username or password)


def _is_referer_allowed(visit: Visit) -> bool:
    if visit.flag("allowWithoutReferer", default=True):
        return True
    allowed = visit.texts("referrerWhiteList")
    return any(referer in allowed for referer in visit.headers.get("referer", ()))


def _header(visit: Visit, name: str) -> str:
    values = visit.headers.get(name.casefold(), ())
    if len(values) > 1:
        raise NodeFailed("a header is given twice")
    text = values[0] if values else ""
    try:
        return f"{make_header(decode_header(text))}"
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return text


def set_state(visit: Visit) -> StepTurn:
    for key, value in visit.map("attributes").items():
        visit.state.remove(key)
        visit.state.put_shared(key, value)
    return go()


def set_url(name: str) -> Step:
    """The step of a node that notes a URL."""

    def step(visit: Visit) -> StepTurn:
        visit.state.put_shared(name, visit.text(name))
        return go()

    return step


def set_details(name: str) -> Step:
    """The step of a node whose details become members of the last answer."""

    def step(visit: Visit) -> StepTurn:
        effects = visit.effects
        so_far = effects.details.get(name, {})
        texts = visit.map(name)
        added = {key: _json_or_text(text) for key, text in texts.items()}
        effects.details = {**effects.details, name: {**so_far, **added}}
        if name == "successDetails":
            shown = visit.map("sessionProperties")
            effects.shown_of_session = {**effects.shown_of_session, **shown}
        if text := visit.localised("failureMessage", "", first=False):
            effects.failure_message = text
        if text := visit.localised("errorMessage", "", first=False):
            effects.error_message = text
        return go()

    return step


def _json_or_text(text: str) -> object:
    try:
        found = json.loads(text)
        frozen_json(found, "details")  # no NaN, not nested without end
    except (ValueError, RecursionError):
        return text
    return found


def timer_start(visit: Visit) -> StepTurn:
    key = visit.text("startTimeProperty", "TimerNodeStartTime")
    visit.state.put_shared(key, int(visit.now.timestamp() * 1000))
    return go()


def stay_out(_visit: Visit) -> StepTurn:
    """Go on; what the node does is outside of a walk."""
    return go()


COLLECT_STEPS: dict[str, Step] = {
    "UsernameCollectorNode": username_collector,
    "PasswordCollectorNode": password_collector,
    "ChoiceCollectorNode": choice_collector,
    "MessageNode": message,
    "ZeroPageLoginNode": zero_page_login,
    "SetStateNode": set_state,
    "SetSuccessUrlNode": set_url("successUrl"),
    "SetFailureUrlNode": set_url("failureUrl"),
    "SetSuccessDetailsNode": set_details("successDetails"),
    "SetFailureDetailsNode": set_details("failureDetails"),
    "SetErrorDetailsNode": set_details("errorDetails"),
    "SetCustomCookieNode": stay_out,
    "TimerStartNode": timer_start,
    "TimerStopNode": stay_out,
}
"""Collectors, and what writes to state."""
