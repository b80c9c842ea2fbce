"""Steps of the nodes that find people, decide on them, and write to their profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..nodes import (
    ConfirmationCallback,
    MessageType,
    PasswordCallback,
    TextOutputCallback,
    _export as export,
)
from ..nodes._directory import Profile
from ..nodes._state import OBJECT_ATTRIBUTES
from ._people import NodeFailed, member_at
from ._steps import (
    Step,
    StepContext,
    StepTurn,
    attributes_in,
    decide,
    go,
    identity_in,
    number_of_setting,
    person_in,
    refused_by_policies,
    require_resource,
    required_person,
    text_in,
    text_of_setting,
    texts_of_setting,
)
from ._values import JourneyNode


def identify_existing_user(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute, value = identity_in(node, context.state, "mail")
    person = context.people.find(attribute, value) if value else None
    if person is None:
        return decide(yes=False)
    state = context.state
    state.put_shared("_id", person.get("_id"))
    identifier = text_of_setting(node, "identifier", "userName")
    named = person.get(identifier)
    if named is not None:
        state.put_shared("username", named)
        state.merge_shared({OBJECT_ATTRIBUTES: {identifier: named}})
    if aliases := person.get("aliasList"):
        state.merge_transient({OBJECT_ATTRIBUTES: {"aliasList": aliases}})
    return decide(yes=True)


def attribute_present(node: JourneyNode, context: StepContext) -> StepTurn:
    person = person_in(node, context, "userName") or {}
    name = text_of_setting(node, "presentAttribute", "password")
    return decide(member_at(person, name) not in (None, "", [], ()))


def patch_object(node: JourneyNode, context: StepContext) -> StepTurn:
    require_resource(node, context)
    if not identity_in(node, context.state, "userName")[1]:
        return go("FAILURE")
    person = required_person(node, context)
    changes: dict[str, object] = dict(attributes_in(context.state))
    for ignored in texts_of_setting(node, "ignoredFields"):
        top, _, member = ignored.strip("/").partition("/")
        inner = changes.get(top)
        if not member:
            changes.pop(top, None)
        elif isinstance(inner, Mapping):
            changes[top] = {k: v for k, v in inner.items() if k != member}
    if refused_by_policies(context, changes, person):
        return go("FAILURE")
    accepted = context.state.get("termsAccepted")
    further = {} if accepted is None else {"termsAccepted": accepted}
    if changes:
        context.people.change(person, {**changes, **further})
    return go("PATCHED")


def increment_login_count(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute, value = identity_in(node, context.state, "userName")
    if not value or not context.people.is_known:
        return go()
    try:
        person = context.people.find(attribute, value)
    except NodeFailed:
        return go()  # as documented: all failures are swallowed
    if person is not None:
        count = _login_count(person) or 0
        context.people.change(person, {"loginCount": count + 1})
    return go()


def _login_count(person: Mapping[str, object]) -> int | None:
    """The count, also as CSV has it; None where there is no count."""
    found = person.get("loginCount")
    if isinstance(found, str) and re.fullmatch("[0-9]{1,9}", found):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def data_store_decision(_node: JourneyNode, context: StepContext) -> StepTurn:
    password = context.state.get("password")
    if password is None:
        raise NodeFailed("unable to authenticate: there is no password in state")
    person = context.people.named(text_in(context.state, "username"))
    return decide(password and person and person.get("password") == password)


def identity_store_decision(node: JourneyNode, context: StepContext) -> StepTurn:
    password = text_in(context.state, "password")
    username = text_in(context.state, "username")
    if not username.strip() or not password.strip():
        return go("FALSE")
    person = context.people.named(username)
    outcome = "FALSE" if person is None else _login(context, person, password)
    if person is None or outcome:
        return go(outcome)
    if person.get("passwordResetRequired") in (True, "true"):
        turn = _change_password(node, context, person)
        if turn is not None:
            return turn
    if export.flag(node.attributes, "useUniversalIdForUsername", default=False):
        context.state.put_shared("username", person.get("_id", username))
    return go("TRUE")


def _login(context: StepContext, person: Profile, password: str) -> str:
    """Why the person may not log in; empty where the person may."""
    if context.people.is_inactive(person):
        return "LOCKED"
    if person.get("password") != password:
        return "FALSE"
    return "EXPIRED" if person.get("passwordExpired") in (True, "true") else ""


_FORM = ("Old Password", "New Password", "Confirm Password")


def _change_password(
    node: JourneyNode, context: StepContext, person: Profile
) -> StepTurn | None:
    """The form after a reset, or its end; None where the password is changed."""
    pressed = context.callback(ConfirmationCallback)
    typed = [
        each.password
        for each in context.callbacks
        if isinstance(each, PasswordCallback)
    ]
    if pressed is None or len(typed) != len(_FORM):
        context.state.put_shared("lastModuleState", "CHANGE_AFTER_RESET")
        return _password_form(node, "Password must be reset.", MessageType.INFORMATION)
    if pressed.selected_index:
        return go("CANCELLED")
    fault = _fault_of(node, person, *typed)
    if fault:
        return _password_form(node, fault, MessageType.ERROR)
    new = {"password": typed[1], "passwordResetRequired": False}
    context.people.change(person, new)
    context.state.put_transient("password", typed[1])
    return None


def _password_form(node: JourneyNode, text: str, kind: MessageType) -> StepTurn:
    mixed = export.flag(
        node.attributes, "mixedCaseForPasswordChangeMessages", default=False
    )
    shown = TextOutputCallback(text if mixed else text.upper(), kind)
    buttons = ConfirmationCallback(("SUBMIT", "CANCEL"), default_option=1)
    return StepTurn(ask=(shown, *map(PasswordCallback, _FORM), buttons))


def _fault_of(
    node: JourneyNode, person: Profile, old: str, new: str, again: str
) -> str:
    """What is wrong with a new password, in AM's order; empty where nothing is."""
    least = number_of_setting(node, "minimumPasswordLength", 8)
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


def retry_limit(node: JourneyNode, context: StepContext) -> StepTurn:
    limit = number_of_setting(node, "retryLimit", 3)
    key = f"{node.id}.retryCount"
    on_person = export.flag(
        node.attributes, "incrementUserAttributeOnFailure", default=True
    )
    username = text_in(context.state, "username")
    people = context.people
    person = (
        people.named(username) if on_person and people.is_known and username else None
    )
    found = context.state.get(key)
    count = found if isinstance(found, int) else 0
    if person is not None:
        count = people.retries(person, node.id)
    if count >= limit:
        if person is not None:
            people.keep_retries(person, node.id, None)
        return go("Reject")
    context.state.put_shared(key, count + 1)
    if person is not None:
        people.keep_retries(person, node.id, count + 1)
    return go("Retry")


def _account(context: StepContext) -> Mapping[str, object]:
    person = context.people.named(text_in(context.state, "username"))
    if person is None:
        raise NodeFailed("failed to get the identity object")
    return person


def account_active(_node: JourneyNode, context: StepContext) -> StepTurn:
    return decide(not context.people.is_inactive(_account(context)))


def account_lockout(node: JourneyNode, context: StepContext) -> StepTurn:
    unlocks = text_of_setting(node, "lockAction", "LOCK") == "UNLOCK"
    status = "active" if unlocks else "inactive"
    context.people.change(_account(context), {"accountStatus": status})
    return go()


def login_count_decision(node: JourneyNode, context: StepContext) -> StepTurn:
    person = required_person(node, context)
    count = _login_count(person)
    amount = number_of_setting(node, "amount", 25)
    if count is None:
        return decide(yes=False)
    if text_of_setting(node, "interval", "AT") == "EVERY":
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
