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
    _export as export,
)
from ._callbacks import ChoiceCallback
from ._json import frozen_json
from ._people import NodeFailed
from ._steps import (
    Step,
    StepContext,
    StepTurn,
    decide,
    go,
    localised,
    map_of_setting,
    text_of_setting,
    texts_of_setting,
)
from ._values import JourneyNode


def username_collector(_node: JourneyNode, context: StepContext) -> StepTurn:
    answer = context.callback(NameCallback)
    if answer is None or not answer.name:
        return StepTurn(ask=(NameCallback("User Name"),))
    context.state.put_shared("username", answer.name)
    return go()


def password_collector(_node: JourneyNode, context: StepContext) -> StepTurn:
    answer = context.callback(PasswordCallback)
    if answer is None or not answer.password:
        return StepTurn(ask=(PasswordCallback("Password"),))
    context.state.put_transient("password", answer.password)
    return go()


def choice_collector(node: JourneyNode, context: StepContext) -> StepTurn:
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
    return StepTurn(ask=(ChoiceCallback(prompt, choices, default_choice=index),))


def message(node: JourneyNode, context: StepContext) -> StepTurn:
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
    return StepTurn(ask=(TextOutputCallback(text), buttons))


def zero_page_login(node: JourneyNode, context: StepContext) -> StepTurn:
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
    return any(referer in allowed for referer in context.headers.get("referer", ()))


def _header(context: StepContext, name: str) -> str:
    values = context.headers.get(name.casefold(), ())
    if len(values) > 1:
        raise NodeFailed("a header is given twice")
    text = values[0] if values else ""
    try:
        return f"{make_header(decode_header(text))}"
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return text


def set_state(node: JourneyNode, context: StepContext) -> StepTurn:
    for key, value in map_of_setting(node, "attributes").items():
        context.state.remove(key)
        context.state.put_shared(key, value)
    return go()


def set_url(name: str) -> Step:
    """The step of a node that notes a URL."""

    def step(node: JourneyNode, context: StepContext) -> StepTurn:
        context.state.put_shared(name, text_of_setting(node, name))
        return go()

    return step


def set_details(name: str) -> Step:
    """The step of a node whose details become members of the last answer."""

    def step(node: JourneyNode, context: StepContext) -> StepTurn:
        effects = context.effects
        so_far = effects.details.get(name, {})
        texts = map_of_setting(node, name)
        added = {key: _json_or_text(text) for key, text in texts.items()}
        effects.details = {**effects.details, name: {**so_far, **added}}
        if name == "successDetails":
            shown = map_of_setting(node, "sessionProperties")
            effects.shown_of_session = {**effects.shown_of_session, **shown}
        texts = map_of_setting(node, "failureMessage")
        if text := localised(texts, context.locales, "", first=False):
            effects.failure_message = text
        texts = map_of_setting(node, "errorMessage")
        if text := localised(texts, context.locales, "", first=False):
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


def timer_start(node: JourneyNode, context: StepContext) -> StepTurn:
    key = text_of_setting(node, "startTimeProperty", "TimerNodeStartTime")
    context.state.put_shared(key, int(context.now.timestamp() * 1000))
    return go()


def stay_out(_node: JourneyNode, _context: StepContext) -> StepTurn:
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
