"""Steps of the nodes that wait, send e-mail, choose a way in, and write sessions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta

from ..nodes import ConfirmationCallback, TextOutputCallback, _export as export
from ..nodes._bookkeeping import texts_of
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import (
    ExitCallback,
    PersonalText,
    PollingWaitCallback,
    SelectIdPCallback,
    SuspendedTextOutputCallback,
)
from ._json import Members
from ._people import NodeFailed, member_at
from ._steps import (
    OutboxMessage,
    Step,
    StepContext,
    StepTurn,
    Suspension,
    attributes_in,
    go,
    identity_in,
    localised,
    map_of_setting,
    number_of_setting,
    person_in,
    text_of_setting,
    texts_of_setting,
)
from ._tenant import plain_json
from ._values import JourneyNode

_SUSPENDED = (
    "An email has been sent to the address you entered. "
    "Click the link in that email to proceed."
)
_LONGEST_WAIT = 86_400  # seconds; also where a node sets more
_LONGEST_SUSPENSION = 525_600  # minutes, a year


def email_suspend(node: JourneyNode, context: StepContext) -> StepTurn:
    if context.resumed:
        return go()
    seed = f"{node.id} {context.serial} {context.now.isoformat()}".encode()
    suspended_id = hashlib.sha256(seed).hexdigest()[:32]
    about: Profile = attributes_in(context.state)
    if export.flag(node.attributes, "objectLookup", default=False):
        attribute, value = identity_in(node, context.state, "userName")
        about = (context.people.find(attribute, value) if value else None) or {}
    to = texts_of(about.get(text_of_setting(node, "emailAttribute", "mail")))
    if to:
        link = f"?suspendedId={suspended_id}"
        _send_template(node, context, to[0], {**about, "resumeURI": link})
    texts = map_of_setting(node, "emailSuspendMessage")
    default = "An email has been sent to your inbox."
    if "emailSuspendMessage" not in node.attributes:
        texts, default = {}, _SUSPENDED
    minutes = number_of_setting(node, "suspendDuration", 0)
    kept = min(minutes, _LONGEST_SUSPENSION)
    until = context.now + timedelta(minutes=kept) if kept > 0 else None
    message = localised(texts, context.locales, default, first=True)
    return StepTurn(
        ask=(SuspendedTextOutputCallback(message),),
        suspended=Suspension(id=suspended_id, until=until),
    )


def email_template(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute, value = identity_in(node, context.state, "userName")
    person = (context.people.find(attribute, value) if value else None) or {}
    to = texts_of(person.get(text_of_setting(node, "emailAttribute", "mail")))
    if not to:
        return go("EMAIL_NOT_SENT")
    _send_template(node, context, to[0], person)
    return go("EMAIL_SENT")


def _send_template(
    node: JourneyNode, context: StepContext, to: str, about: Profile
) -> None:
    """Put the template's text into the outbox, or the link where there is no text."""
    is_welcome = node.type == "EmailTemplateNode"
    default = "welcome" if is_welcome else "registration"
    name = text_of_setting(node, "emailTemplateName", default)
    templates = context.journey.others.get("emailTemplates")
    found = templates.get(name) if isinstance(templates, Mapping) else None
    template = found if isinstance(found, Mapping) else {}
    link = f"{about.get('resumeURI', '')}"
    subject, text = (
        _filled(_template_text(template, part, context) or without, about)
        for part, without in (("subject", name), ("message", link))
    )
    sent = OutboxMessage(channel="email", to=to, subject=subject, text=text)
    context.effects.outbox = (*context.effects.outbox, sent)


def _template_text(template: Members, part: str, context: StepContext) -> str:
    texts = template.get(part)
    by_locale = texts if isinstance(texts, Mapping) else {}
    written = {tag: each for tag, each in by_locale.items() if isinstance(each, str)}
    return localised(written, context.locales, "", first=True)


_PLACE = re.compile(r"\{\{\{? ?(?:object\.)?([\w/.]{1,80}) ?\}?\}\}")


def _filled(text: str, about: Profile) -> str:
    def value(place: re.Match[str]) -> str:
        found = texts_of(member_at(about, place[1].replace(".", "/")))
        return found[0] if found else ""

    return _PLACE.sub(value, text)


def polling_wait(node: JourneyNode, context: StepContext) -> StepTurn:
    seconds = min(max(number_of_setting(node, "secondsToWait", 8), 0), _LONGEST_WAIT)
    detects = export.flag(node.attributes, "spamDetectionEnabled", default=False)
    state, now = context.state, int(context.now.timestamp() * 1000)
    end_key, spam_key = f"{node.id}.end_time", f"{node.id}.spam_count"
    pressed = context.callback(ConfirmationCallback)
    end, count = state.get(end_key), state.get(spam_key)
    outcome = ""
    if not isinstance(end, int) or not isinstance(count, int):
        state.put_shared(end_key, now + 1000 * seconds)
        state.put_shared(spam_key, 0)
    elif pressed is not None and pressed.selected_index == 0:
        outcome = "EXITED"
    elif detects and count + 1 > number_of_setting(node, "spamDetectionTolerance", 3):
        outcome = "SPAM"
    elif now > end:
        outcome = "DONE"
    else:
        state.put_shared(spam_key, count + 1)
    if outcome:
        state.remove(end_key, spam_key)
        return go(outcome)
    return StepTurn(ask=_waiting(node, context, seconds))


def _waiting(
    node: JourneyNode, context: StepContext, seconds: int
) -> tuple[PollingWaitCallback | ExitCallback, ...]:
    message, button = (
        localised(map_of_setting(node, name), context.locales, default, first=False)
        for name, default in (
            ("waitingMessage", "Waiting for response..."),
            ("exitMessage", "Cancel"),
        )
    )
    message = message.replace("{{time}}", f"{seconds}")
    wait = PollingWaitCallback(wait_time=1000 * seconds, message=message)
    if not export.flag(node.attributes, "exitable", default=False):
        return (wait,)
    return wait, ExitCallback((button,))


LOCAL = "localAuthentication"


def select_idp(node: JourneyNode, context: StepContext) -> StepTurn:
    local = export.flag(node.attributes, "includeLocalAuthentication", default=True)
    wanted = texts_of_setting(node, "filteredProviders")
    offered = [
        each for each in _providers(context) if not wanted or each["provider"] in wanted
    ]
    if local:
        offered.append({"provider": LOCAL})
    if export.flag(node.attributes, "offerOnlyExisting", default=False):
        known = _ways_of(node, context)
        offered = [each for each in offered if each["provider"] in known]
    if not offered:
        raise NodeFailed("there is no provider to choose")
    answer = context.callback(SelectIdPCallback)
    chosen = answer.provider if answer is not None else ""
    if len(offered) == 1:
        chosen = f"{offered[0]['provider']}"
    if not chosen:
        return StepTurn(ask=(SelectIdPCallback(providers=tuple(offered)),))
    if chosen not in {each["provider"] for each in offered}:
        raise NodeFailed("the selected provider is unknown")
    context.state.put_shared("selectedIdp", chosen)
    return go(LOCAL if chosen == LOCAL else "socialAuthentication")


def _providers(context: StepContext) -> list[Members]:
    """The providers of the export that are switched on."""
    found = context.journey.others.get("socialIdentityProviders")
    listed = found if isinstance(found, Mapping) else {}
    return [
        {"provider": name, "uiConfig": plain_json(about.get("uiConfig") or {})}
        for name, about in listed.items()
        if isinstance(about, Mapping) and about.get("enabled") is not False
    ]


def _ways_of(node: JourneyNode, context: StepContext) -> frozenset[str]:
    """The ways in that the person has used before."""
    person = person_in(node, context, "mail") or {}
    linked = person.get("idpData")
    names = {*linked} if isinstance(linked, Mapping) else set()
    if person.get(text_of_setting(node, "passwordAttribute", "password")):
        names.add(LOCAL)
    return frozenset(f"{name}" for name in names)


def display_username(node: JourneyNode, context: StepContext) -> StepTurn:
    if context.callback(TextOutputCallback) is not None:
        return go()
    name = text_of_setting(node, "userName", "userName")
    found = texts_of(attributes_in(context.state).get(name))
    if not found:
        found = texts_of((person_in(node, context, "mail") or {}).get(name))
    if not found:
        raise NodeFailed("unable to find the username to display")
    return StepTurn(ask=(TextOutputCallback(PersonalText(found[0])),))


def session_data(node: JourneyNode, context: StepContext) -> StepTurn:
    session = context.tenant.session
    found = (session or {}).get(text_of_setting(node, "sessionDataKey", "UserToken"))
    if isinstance(found, str):
        key = text_of_setting(node, "sharedStateKey", "userName")
        context.state.put_shared(key, found)
        context.state.merge_shared({OBJECT_ATTRIBUTES: {key: found}})
    return go()


def set_session_properties(node: JourneyNode, context: StepContext) -> StepTurn:
    effects = context.effects
    times = {
        name: number_of_setting(node, name, 0)
        for name in ("maxSessionTime", "maxIdleTime")
    }
    effects.session = {**effects.session, **map_of_setting(node, "properties")}
    kept = {name: minutes for name, minutes in times.items() if minutes > 0}
    effects.session_times = {**effects.session_times, **kept}
    return go()


def remove_session_properties(node: JourneyNode, context: StepContext) -> StepTurn:
    gone = texts_of_setting(node, "propertyNames")
    effects = context.effects
    effects.session = {k: v for k, v in effects.session.items() if k not in gone}
    return go()


def anonymous_session_upgrade(_node: JourneyNode, context: StepContext) -> StepTurn:
    if context.tenant.session is None:
        raise NodeFailed("there is no session to upgrade")
    return go()


WAIT_STEPS: Mapping[str, Step] = {
    "EmailSuspendNode": email_suspend,
    "EmailTemplateNode": email_template,
    "PollingWaitNode": polling_wait,
    "SelectIdPNode": select_idp,
    "DisplayUserNameNode": display_username,
    "SessionDataNode": session_data,
    "SetSessionPropertiesNode": set_session_properties,
    "RemoveSessionPropertiesNode": remove_session_properties,
    "AnonymousSessionUpgradeNode": anonymous_session_upgrade,
}
