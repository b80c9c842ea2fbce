"""Steps of the nodes that wait, send e-mail, choose a way in, and write sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from ..nodes import ConfirmationCallback, TextOutputCallback
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
from ._steps import Step, StepTurn, Suspension, Visit, ask, go, localised
from ._tenant import plain_json

_SUSPENDED = (
    "An email has been sent to the address you entered. "
    "Click the link in that email to proceed."
)
_LONGEST_WAIT = 86_400  # seconds; also where a node sets more
_LONGEST_SUSPENSION = 525_600  # minutes, a year


def email_suspend(visit: Visit) -> StepTurn:
    if visit.resumed:
        return go()
    suspended_id = visit.seed[:32]
    about: Profile = visit.attributes
    if visit.flag("objectLookup"):
        about = visit.person("userName") or {}
    to = texts_of(about.get(visit.text("emailAttribute", "mail")))
    if to:
        link = f"?suspendedId={suspended_id}"
        _send_template(visit, to[0], {**about, "resumeURI": link})
    texts = visit.map("emailSuspendMessage")
    default = "An email has been sent to your inbox."
    if "emailSuspendMessage" not in visit.node.attributes:
        texts, default = {}, _SUSPENDED
    minutes = visit.number("suspendDuration", 0)
    kept = min(minutes, _LONGEST_SUSPENSION)
    until = visit.now + timedelta(minutes=kept) if kept > 0 else None
    message = localised(texts, visit.locales, default, first=True)
    return StepTurn(
        ask=(SuspendedTextOutputCallback(message),),
        suspended=Suspension(id=suspended_id, until=until),
    )


def email_template(visit: Visit) -> StepTurn:
    person = visit.person("userName") or {}
    to = texts_of(person.get(visit.text("emailAttribute", "mail")))
    if not to:
        return go("EMAIL_NOT_SENT")
    _send_template(visit, to[0], person)
    return go("EMAIL_SENT")


def _send_template(visit: Visit, to: str, about: Profile) -> None:
    """Put the template's text into the outbox, or the link where there is no text."""
    is_welcome = visit.node.type == "EmailTemplateNode"
    default = "welcome" if is_welcome else "registration"
    name = visit.text("emailTemplateName", default)
    templates = visit.journey.others.get("emailTemplates")
    found = templates.get(name) if isinstance(templates, Mapping) else None
    template = found if isinstance(found, Mapping) else {}
    link = f"{about.get('resumeURI', '')}"
    subject, text = (
        _filled(_template_text(template, part, visit) or without, about)
        for part, without in (("subject", name), ("message", link))
    )
    visit.send("email", to, subject, text)


def _template_text(template: Members, part: str, visit: Visit) -> str:
    texts = template.get(part)
    by_locale = texts if isinstance(texts, Mapping) else {}
    written = {tag: each for tag, each in by_locale.items() if isinstance(each, str)}
    return localised(written, visit.locales, "", first=True)


_PLACE = re.compile(r"\{\{\{? ?(?:object\.)?([\w/.]{1,80}) ?\}?\}\}")


def _filled(text: str, about: Profile) -> str:
    def value(place: re.Match[str]) -> str:
        found = texts_of(member_at(about, place[1].replace(".", "/")))
        return found[0] if found else ""

    return _PLACE.sub(value, text)


def polling_wait(visit: Visit) -> StepTurn:
    seconds = min(max(visit.number("secondsToWait", 8), 0), _LONGEST_WAIT)
    detects = visit.flag("spamDetectionEnabled")
    state, now = visit.state, int(visit.now.timestamp() * 1000)
    end_key, spam_key = f"{visit.node.id}.end_time", f"{visit.node.id}.spam_count"
    pressed = visit.callback(ConfirmationCallback)
    end, count = state.get(end_key), state.get(spam_key)
    outcome = ""
    if not isinstance(end, int) or not isinstance(count, int):
        state.put_shared(end_key, now + 1000 * seconds)
        state.put_shared(spam_key, 0)
    elif pressed is not None and pressed.selected_index == 0:
        outcome = "EXITED"
    elif detects and count + 1 > visit.number("spamDetectionTolerance", 3):
        outcome = "SPAM"
    elif now > end:
        outcome = "DONE"
    else:
        state.put_shared(spam_key, count + 1)
    if outcome:
        state.remove(end_key, spam_key)
        return go(outcome)
    return ask(*_waiting(visit, seconds))


def _waiting(
    visit: Visit, seconds: int
) -> Iterator[PollingWaitCallback | ExitCallback]:
    text = visit.localised("waitingMessage", "Waiting for response...", first=False)
    message = text.replace("{{time}}", f"{seconds}")
    yield PollingWaitCallback(wait_time=1000 * seconds, message=message)
    if visit.flag("exitable"):
        yield ExitCallback((visit.localised("exitMessage", "Cancel", first=False),))


LOCAL = "localAuthentication"


def select_idp(visit: Visit) -> StepTurn:
    local = visit.flag("includeLocalAuthentication", default=True)
    wanted = visit.texts("filteredProviders")
    offered = [
        each for each in _providers(visit) if not wanted or each["provider"] in wanted
    ]
    if local:
        offered.append({"provider": LOCAL})
    if visit.flag("offerOnlyExisting"):
        known = _ways_of(visit)
        offered = [each for each in offered if each["provider"] in known]
    if not offered:
        raise NodeFailed("there is no provider to choose")
    answer = visit.callback(SelectIdPCallback)
    chosen = answer.provider if answer is not None else ""
    if len(offered) == 1:
        chosen = f"{offered[0]['provider']}"
    if not chosen:
        return ask(SelectIdPCallback(providers=tuple(offered)))
    if chosen not in {each["provider"] for each in offered}:
        raise NodeFailed("the selected provider is unknown")
    visit.state.put_shared("selectedIdp", chosen)
    return go(LOCAL if chosen == LOCAL else "socialAuthentication")


def _providers(visit: Visit) -> list[Members]:
    """The providers of the export that are switched on."""
    found = visit.journey.others.get("socialIdentityProviders")
    listed = found if isinstance(found, Mapping) else {}
    return [
        {"provider": name, "uiConfig": plain_json(about.get("uiConfig") or {})}
        for name, about in listed.items()
        if isinstance(about, Mapping) and about.get("enabled") is not False
    ]


def _ways_of(visit: Visit) -> frozenset[str]:
    """The ways in that the person has used before."""
    person = visit.identified("mail") or {}
    linked = person.get("idpData")
    names = {*linked} if isinstance(linked, Mapping) else set()
    if person.get(visit.text("passwordAttribute", "password")):
        names.add(LOCAL)
    return frozenset(f"{name}" for name in names)


def display_username(visit: Visit) -> StepTurn:
    if visit.callback(TextOutputCallback) is not None:
        return go()
    name = visit.text("userName", "userName")
    found = texts_of(visit.attributes.get(name))
    if not found:
        found = texts_of((visit.identified("mail") or {}).get(name))
    if not found:
        raise NodeFailed("unable to find the username to display")
    return ask(TextOutputCallback(PersonalText(found[0])))


def session_data(visit: Visit) -> StepTurn:
    session = visit.tenant.session
    found = (session or {}).get(visit.text("sessionDataKey", "UserToken"))
    if isinstance(found, str):
        key = visit.text("sharedStateKey", "userName")
        visit.state.put_shared(key, found)
        visit.state.merge_shared({OBJECT_ATTRIBUTES: {key: found}})
    return go()


def set_session_properties(visit: Visit) -> StepTurn:
    effects = visit.effects
    times = {name: visit.number(name, 0) for name in ("maxSessionTime", "maxIdleTime")}
    effects.session = {**effects.session, **visit.map("properties")}
    kept = {name: minutes for name, minutes in times.items() if minutes > 0}
    effects.session_times = {**effects.session_times, **kept}
    return go()


def remove_session_properties(visit: Visit) -> StepTurn:
    gone = visit.texts("propertyNames")
    effects = visit.effects
    effects.session = {k: v for k, v in effects.session.items() if k not in gone}
    return go()


def anonymous_session_upgrade(visit: Visit) -> StepTurn:
    if visit.tenant.session is None:
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
