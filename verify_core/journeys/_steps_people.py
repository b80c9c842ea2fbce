"""Steps of the nodes that find people, decide on them, and write to their profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from ..nodes import (
    ConfirmationCallback,
    MessageType,
    PasswordCallback,
    TextOutputCallback,
)
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._people import NodeFailed, member_at
from ._steps import Step, StepTurn, Visit, ask, decide, go, text_in


def identify_existing_user(visit: Visit) -> StepTurn:
    person = visit.person("mail")
    if person is None:
        return decide(yes=False)
    state = visit.state
    state.put_shared("_id", person.get("_id"))
    identifier = visit.text("identifier", "userName")
    named = person.get(identifier)
    if named is not None:
        state.put_shared("username", named)
        state.merge_shared({OBJECT_ATTRIBUTES: {identifier: named}})
    if aliases := person.get("aliasList"):
        state.merge_transient({OBJECT_ATTRIBUTES: {"aliasList": aliases}})
    return decide(yes=True)


def attribute_present(visit: Visit) -> StepTurn:
    person = visit.identified("userName") or {}
    name = visit.text("presentAttribute", "password")
    return decide(member_at(person, name) not in (None, "", [], ()))


def patch_object(visit: Visit) -> StepTurn:
    visit.require_resource()
    if not visit.identity("userName")[1]:
        return go("FAILURE")
    person = visit.required_person()
    changes: dict[str, object] = dict(visit.attributes)
    for ignored in visit.texts("ignoredFields"):
        top, _, member = ignored.strip("/").partition("/")
        inner = changes.get(top)
        if not member:
            changes.pop(top, None)
        elif isinstance(inner, Mapping):
            changes[top] = {k: v for k, v in inner.items() if k != member}
    if visit.refused_by_policies(changes, person):
        return go("FAILURE")
    accepted = visit.state.get("termsAccepted")
    further = {} if accepted is None else {"termsAccepted": accepted}
    if changes:
        visit.people.change(person, {**changes, **further})
    return go("PATCHED")


def increment_login_count(visit: Visit) -> StepTurn:
    person = None
    if visit.people.is_known:
        with suppress(NodeFailed):  # as documented: all failures are swallowed
            person = visit.person("userName")
    if person is not None:
        count = _login_count(person) or 0
        visit.people.change(person, {"loginCount": count + 1})
    return go()


def _login_count(person: Mapping[str, object]) -> int | None:
    """The count, also as a text of CSV; None without a count."""
    found = person.get("loginCount")
    if isinstance(found, str) and re.fullmatch("[0-9]{1,9}", found):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def data_store_decision(visit: Visit) -> StepTurn:
    password = visit.state.get("password")
    if password is None:
        raise NodeFailed("unable to authenticate: there is no password in state")
    person = visit.people.named(visit.username)
    return decide(password and person and person.get("password") == password)


def identity_store_decision(visit: Visit) -> StepTurn:
    password = text_in(visit.state, "password")
    username = visit.username
    if not username.strip() or not password.strip():
        return go("FALSE")
    person = visit.people.named(username)
    outcome = "FALSE" if person is None else _login(visit, person, password)
    if person is None or outcome:
        return go(outcome)
    if person.get("passwordResetRequired") in (True, "true"):
        turn = _change_password(visit, person)
        if turn is not None:
            return turn
    if visit.flag("useUniversalIdForUsername"):
        visit.state.put_shared("username", person.get("_id", username))
    return go("TRUE")


def _login(visit: Visit, person: Profile, password: str) -> str:
    """Why the person may not log in; empty where the person may."""
    if visit.people.is_inactive(person):
        return "LOCKED"
    if person.get("password") != password:
        return "FALSE"
    return "EXPIRED" if person.get("passwordExpired") in (True, "true") else ""


_FORM = ("Old Password", "New Password", "Confirm Password")


def _change_password(visit: Visit, person: Profile) -> StepTurn | None:
    """The form after a reset, or its end; None where the password is changed."""
    pressed = visit.callback(ConfirmationCallback)
    typed = [each.password for each in visit.callbacks_of(PasswordCallback)]
    if pressed is None or len(typed) != len(_FORM):
        visit.state.put_shared("lastModuleState", "CHANGE_AFTER_RESET")
        return _password_form(visit, "Password must be reset.", MessageType.INFORMATION)
    if pressed.selected_index:
        return go("CANCELLED")
    fault = _fault_of(visit, person, *typed)
    if fault:
        return _password_form(visit, fault, MessageType.ERROR)
    new = {"password": typed[1], "passwordResetRequired": False}
    visit.people.change(person, new)
    visit.state.put_transient("password", typed[1])
    return None


def _password_form(visit: Visit, text: str, kind: MessageType) -> StepTurn:
    mixed = visit.flag("mixedCaseForPasswordChangeMessages")
    shown = TextOutputCallback(text if mixed else text.upper(), kind)
    buttons = ConfirmationCallback(("SUBMIT", "CANCEL"), default_option=1)
    return ask(shown, *map(PasswordCallback, _FORM), buttons)


def _fault_of(visit: Visit, person: Profile, old: str, new: str, again: str) -> str:
    """What is wrong with a new password, in AM's order; empty where nothing is."""
    least = visit.number("minimumPasswordLength", 8)
    if old != person.get("password"):
        return "The old password is wrong."
    if not new or len(new) < least:
        return f"The password must have at least {max(least, 1)} characters."
    if new != again:
        return "The password and the confirm password do not match."
    if new == old:
        return "The new password must not be the old one."
    if new == person.get("userName"):
        return "The password must not be the username."
    return ""


def retry_limit(visit: Visit) -> StepTurn:
    limit = visit.number("retryLimit", 3)
    key = f"{visit.node.id}.retryCount"
    on_person = visit.flag("incrementUserAttributeOnFailure", default=True)
    username = visit.username
    people = visit.people
    person = (
        people.named(username) if on_person and people.is_known and username else None
    )
    found = visit.state.get(key)
    count = found if isinstance(found, int) else 0
    if person is not None:
        count = people.retries(person, visit.node.id)
    if count >= limit:
        if person is not None:
            people.keep_retries(person, visit.node.id, None)
        return go("Reject")
    visit.state.put_shared(key, count + 1)
    if person is not None:
        people.keep_retries(person, visit.node.id, count + 1)
    return go("Retry")


def _account(visit: Visit) -> Mapping[str, object]:
    person = visit.people.named(visit.username)
    if person is None:
        raise NodeFailed("failed to get the identity object")
    return person


def account_active(visit: Visit) -> StepTurn:
    return decide(not visit.people.is_inactive(_account(visit)))


def account_lockout(visit: Visit) -> StepTurn:
    unlocks = visit.text("lockAction", "LOCK") == "UNLOCK"
    status = "active" if unlocks else "inactive"
    visit.people.change(_account(visit), {"accountStatus": status})
    return go()


def login_count_decision(visit: Visit) -> StepTurn:
    person = visit.required_person()
    count = _login_count(person)
    amount = visit.number("amount", 25)
    if count is None:
        return decide(yes=False)
    if visit.text("interval", "AT") == "EVERY":
        return decide(amount and count % amount == 0)
    return decide(count == amount)


PEOPLE_STEPS: dict[str, Step] = {
    "IdentifyExistingUserNode": identify_existing_user,
    "AttributePresentDecisionNode": attribute_present,
    "PatchObjectNode": patch_object,
    "IncrementLoginCountNode": increment_login_count,
    "DataStoreDecisionNode": data_store_decision,
    "IdentityStoreDecisionNode": identity_store_decision,
    "LdapDecisionNode": identity_store_decision,
    "RetryLimitDecisionNode": retry_limit,
    "AccountActiveDecisionNode": account_active,
    "AccountLockoutNode": account_lockout,
    "LoginCountDecisionNode": login_count_decision,
}
"""Decisions on people, and writing to profiles."""
