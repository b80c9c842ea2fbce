"""Steps of the nodes that register people and decide on profiles, terms, questions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import evolve

from ..errors import InvalidSetting
from ..nodes import PasswordCallback, _export as export
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import (
    ConsentMappingCallback,
    KbaCreateCallback,
    TermsAndConditionsCallback,
)
from ._filters import read_filter
from ._json import Members
from ._people import NodeFailed, member_at
from ._steps import (
    Step,
    StepContext,
    StepTurn,
    attributes_in,
    decide,
    go,
    localised,
    map_of_setting,
    number_of_setting,
    refused_by_policies,
    require_resource,
    required_person,
    text_in,
    text_of_setting,
)
from ._tenant import whole_number
from ._values import JourneyNode

_MOST_QUESTIONS = 50


def create_object(node: JourneyNode, context: StepContext) -> StepTurn:
    require_resource(node, context)
    made = dict(attributes_in(context.state))
    if any(made.get(name) is None for name in context.tenant.required):
        return go("FAILURE")
    if not made or refused_by_policies(context, made, None):
        return go("FAILURE")
    seed = f"{node.id} {context.serial} {context.now.isoformat()}".encode()
    digest = hashlib.sha256(seed).hexdigest()
    accepted = context.state.get("termsAccepted")
    further = {} if accepted is None else {"termsAccepted": accepted}
    context.people.add(
        {
            "_id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:28]}",
            "accountStatus": "active",
            "createDate": f"{context.now:%Y-%m-%dT%H:%M:%S.000Z}",
            **made,
            **further,
        }
    )
    return go("CREATED")


def required_attributes(node: JourneyNode, context: StepContext) -> StepTurn:
    require_resource(node, context)
    present = attributes_in(context.state)
    return decide(
        all(present.get(name) is not None for name in context.tenant.required)
    )


def attribute_value(node: JourneyNode, context: StepContext) -> StepTurn:
    name = text_of_setting(node, "comparisonAttribute")
    found = member_at(required_person(node, context), name)
    if text_of_setting(node, "comparisonOperation", "EQUALS").upper() == "PRESENT":
        return decide(found not in (None, "", [], ()))
    value = export.text(node.attributes, "comparisonValue")
    if isinstance(found, bool):
        return decide(found == (value.lower() == "true"))
    if isinstance(found, int):
        if not re.fullmatch("-?[0-9]{1,18}", value):
            raise NodeFailed("the value to compare with is no number")
        return decide(found == int(value))
    return decide(found == value)


def query_filter(node: JourneyNode, context: StepContext) -> StepTurn:
    passes = read_filter(text_of_setting(node, "queryFilter"))
    return decide(passes(required_person(node, context)))


_UNITS = {
    "": 60,
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
}
_DURATION = re.compile(r"([0-9]{1,9})\s*(second|minute|hour|day|week|)s?")
_LONGEST_DURATION = 200
_BETWEEN = re.compile(r"\s*(?:,|and|)\s*")


def time_since(node: JourneyNode, context: StepContext) -> StepTurn:
    elapsed = _elapsed_time(node)
    person = required_person(node, context)
    found = person.get("createDate") or member_at(person, "_meta/createDate")
    if not isinstance(found, str) or not found:
        return decide(yes=False)
    try:
        made = datetime.fromisoformat(found)
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
        return decide(context.now - made >= elapsed)
    except (ValueError, OverflowError):
        fault = "the date on which the person was created cannot be read"
    raise NodeFailed(fault)


def _elapsed_time(node: JourneyNode) -> timedelta:
    """`10080`, `7 days` or `1 week and 2 hours`; minutes where no unit is named."""
    value = node.attributes.get("elapsedTime")
    text = (
        f"{value}" if isinstance(value, int) else text_of_setting(node, "elapsedTime")
    )
    text, place, seconds = text.lower(), 0, 0
    while place < len(text) or not text:
        found = _DURATION.match(text, place)
        if found is None or len(text) > _LONGEST_DURATION:
            raise InvalidSetting("elapsedTime", "takes minutes, or such as 1 week")
        seconds += int(found[1]) * _UNITS[found[2]]
        between = _BETWEEN.match(text, found.end())
        place = between.end() if between else found.end()
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        return timedelta.max


def profile_completeness(node: JourneyNode, context: StepContext) -> StepTurn:
    person = required_person(node, context)
    found = context.tenant.schema.get("properties")
    properties = found if isinstance(found, Mapping) else {}
    counted = [
        name
        for name, about in properties.items()
        if isinstance(about, Mapping)
        and about.get("viewable") is not False
        and about.get("userEditable") is not False
    ]
    filled = [
        name for name in counted if person.get(name) not in (None, "", [], (), {})
    ]
    share = 100 * len(filled) / len(counted) if counted else 100
    return decide(share > number_of_setting(node, "threshold", 0))


def accept_terms(_node: JourneyNode, context: StepContext) -> StepTurn:
    terms = context.tenant.terms
    if terms is None:
        raise NodeFailed("the tenant has no active terms and conditions")
    version = f"{terms.get('version', '')}"
    answer = context.callback(TermsAndConditionsCallback)
    if answer is None or not answer.accepted:
        context.state.put_shared("termsVersion", version)
        made = TermsAndConditionsCallback(
            version=version,
            terms=f"{terms.get('terms', '')}",
            create_date=f"{terms.get('createDate', '')}",
        )
        return StepTurn(ask=(made,))
    accepted = {"acceptDate": _moment(context), "termsVersion": version}
    context.state.put_shared("termsAccepted", accepted)
    return go()


def _moment(context: StepContext) -> str:
    return f"{context.now:%Y-%m-%dT%H:%M:%S.000Z}"


def terms_decision(node: JourneyNode, context: StepContext) -> StepTurn:
    person = required_person(node, context)
    terms = context.tenant.terms
    accepted = member_at(person, "termsAccepted/termsVersion")
    return decide(terms is None or accepted == f"{terms.get('version', '')}")


def consent(node: JourneyNode, context: StepContext) -> StepTurn:
    mappings = context.tenant.consents
    if not mappings:
        return go()
    all_required = export.flag(node.attributes, "allRequired", default=False)
    texts = map_of_setting(node, "message")
    message = localised(texts, context.locales, "", first=True)
    asked = [_consent_to(each, message, all_required=all_required) for each in mappings]
    given = {
        each.name: each.accepted
        for each in context.callbacks
        if isinstance(each, ConsentMappingCallback)
    }
    refused = [each for each in asked if each.is_required and not given.get(each.name)]
    if refused or given.keys() != {each.name for each in asked}:
        again = (evolve(each, accepted=given.get(each.name, False)) for each in asked)
        return StepTurn(ask=tuple(again))
    consented = [
        {"consentDate": _moment(context), "mapping": name}
        for name, accepted in given.items()
        if accepted
    ]
    context.state.merge_shared({OBJECT_ATTRIBUTES: {"consentedMappings": consented}})
    return go()


def _consent_to(
    mapping: Members, message: str, *, all_required: bool
) -> ConsentMappingCallback:
    fields = mapping.get("fields")
    listed = fields if isinstance(fields, tuple) else ()
    return ConsentMappingCallback(
        name=f"{mapping.get('name', '')}",
        display_name=f"{mapping.get('displayName', '')}",
        icon=f"{mapping.get('icon', '')}",
        access_level=f"{mapping.get('accessLevel', '')}",
        is_required=all_required or mapping.get("isRequired") is True,
        message=message,
        fields=tuple(each for each in listed if isinstance(each, str)),
    )


# Security questions (KBA)


def _questions(context: StepContext) -> dict[str, str]:
    """The text of each predefined question, by its id."""
    found = context.tenant.kba.get("questions")
    texts = found if isinstance(found, Mapping) else {}
    return {
        each: localised(
            {tag: text for tag, text in by_locale.items() if isinstance(text, str)},
            context.locales,
            "",
            first=True,
        )
        for each, by_locale in texts.items()
        if isinstance(by_locale, Mapping)
    }


def _plain(text: str) -> str:
    """A question or answer without punctuation, blanks and capitals."""
    return re.sub(r"[\W_]+", "", text).casefold() or text


def _kba_attribute(context: StepContext) -> str:
    name = context.tenant.kba.get("kbaPropertyName")
    return name if isinstance(name, str) and name else "kbaInfo"


def kba_create(node: JourneyNode, context: StepContext) -> StepTurn:
    count = whole_number(context.tenant.kba, "minimumAnswersToDefine", 1)
    own = export.flag(node.attributes, "allowUserDefinedQuestions", default=True)
    known = _questions(context)
    answers = [
        each for each in context.callbacks if isinstance(each, KbaCreateCallback)
    ]
    if not 0 <= count <= _MOST_QUESTIONS:
        raise NodeFailed(f"the tenant takes 0 to {_MOST_QUESTIONS} security questions")
    chosen = {_plain(each.question) for each in answers}
    is_complete = len(chosen) == len(answers) >= count and all(
        each.question
        and each.answer.strip()
        and (own or each.question in known.values())
        for each in answers
    )
    if not is_complete:
        prompt = localised(
            map_of_setting(node, "message"),
            context.locales,
            "Select a security question.",
            first=True,
        )
        fresh = KbaCreateCallback(
            prompt=prompt,
            predefined_questions=tuple(known.values()),
            allow_user_defined_questions=own,
        )
        return StepTurn(ask=tuple(answers) or (fresh,) * count)
    ids = {text: each for each, text in known.items()}
    made = [
        {"questionId": ids[each.question], "answer": each.answer}
        if each.question in ids
        else {"customQuestion": each.question, "answer": each.answer}
        for each in answers
    ]
    context.state.merge_transient({OBJECT_ATTRIBUTES: {_kba_attribute(context): made}})
    return go()


def _defined(node: JourneyNode, context: StepContext, name: str) -> list[Members]:
    found = required_person(node, context).get(name)
    listed = found if isinstance(found, list | tuple) else ()
    return [each for each in listed if isinstance(each, Mapping)]


def kba_decision(node: JourneyNode, context: StepContext) -> StepTurn:
    least = whole_number(context.tenant.kba, "minimumAnswersToDefine", 1)
    return decide(len(_defined(node, context, _kba_attribute(context))) >= least)


def kba_verify(node: JourneyNode, context: StepContext) -> StepTurn:
    kba = context.tenant.kba
    defined = _defined(
        node, context, text_of_setting(node, "kbaInfoAttribute", "kbaInfo")
    )
    count = whole_number(kba, "minimumAnswersToVerify", 1)
    if count < 1:
        raise NodeFailed("the minimum of answers to verify is set to zero")
    if len(defined) < max(whole_number(kba, "minimumAnswersToDefine", 1), 1):
        raise NodeFailed("the person has defined fewer questions than the minimum")
    known = _questions(context)
    asked = [
        (_question_of(each, known), each.get("answer")) for each in defined[:count]
    ]
    given = [each for each in context.callbacks if isinstance(each, PasswordCallback)]
    if not given:
        made = (PasswordCallback(question) for question, _ in asked)
        return StepTurn(ask=tuple(made))
    return decide(
        len(given) == len(asked)
        and all(
            isinstance(right, str) and _plain(right) == _plain(answer.password)
            for answer, (_, right) in zip(given, asked, strict=True)
        )
    )


def _question_of(defined: Members, known: Mapping[str, str]) -> str:
    custom = defined.get("customQuestion")
    if isinstance(custom, str):
        return custom
    text = known.get(f"{defined.get('questionId')}")
    if not text:
        raise NodeFailed("a question of the person's is not defined")
    return text


def anonymous_user(node: JourneyNode, context: StepContext) -> StepTurn:
    name = text_of_setting(node, "anonymousUserName", "anonymous")
    context.state.put_shared("username", name)
    return go()


def auth_level_decision(node: JourneyNode, context: StepContext) -> StepTurn:
    return decide(
        _auth_level(context) >= number_of_setting(node, "authLevelRequirement", 0)
    )


def modify_auth_level(node: JourneyNode, context: StepContext) -> StepTurn:
    level = _auth_level(context) + number_of_setting(node, "authLevelIncrement", 0)
    context.state.put_shared("authLevel", level)
    return go()


def _auth_level(context: StepContext) -> int:
    found = context.state.get("authLevel")
    text = text_in(context.state, "authLevel")
    if re.fullmatch("-?[0-9]{1,9}", text):
        return int(text)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


PROFILE_STEPS: Mapping[str, Step] = {
    "CreateObjectNode": create_object,
    "RequiredAttributesDecisionNode": required_attributes,
    "AttributeValueDecisionNode": attribute_value,
    "QueryFilterDecisionNode": query_filter,
    "TimeSinceDecisionNode": time_since,
    "ProfileCompletenessDecisionNode": profile_completeness,
    "AcceptTermsAndConditionsNode": accept_terms,
    "TermsAndConditionsDecisionNode": terms_decision,
    "ConsentNode": consent,
    "KbaCreateNode": kba_create,
    "KbaDecisionNode": kba_decision,
    "KbaVerifyNode": kba_verify,
    "AnonymousUserNode": anonymous_user,
    "AuthLevelDecisionNode": auth_level_decision,
    "ModifyAuthLevelNode": modify_auth_level,
}
