"""Steps of the nodes that register people and decide on profiles, terms, questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import evolve

from ..errors import InvalidSetting
from ..nodes import PasswordCallback
from ..nodes._state import OBJECT_ATTRIBUTES
from ._callbacks import (
    ConsentMappingCallback,
    KbaCreateCallback,
    TermsAndConditionsCallback,
)
from ._filters import read_filter
from ._json import Members
from ._people import NodeFailed, member_at
from ._steps import Step, StepTurn, Visit, ask, decide, go, localised, text_in
from ._tenant import whole_number

_MOST_QUESTIONS = 50


def create_object(visit: Visit) -> StepTurn:
    visit.require_resource()
    made = dict(visit.attributes)
    if any(made.get(name) is None for name in visit.tenant.required):
        return go("FAILURE")
    if not made or visit.refused_by_policies(made, None):
        return go("FAILURE")
    digest = visit.seed
    accepted = visit.state.get("termsAccepted")
    further = {} if accepted is None else {"termsAccepted": accepted}
    visit.people.add(
        {
            "_id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:28]}",
            "accountStatus": "active",
            "createDate": visit.moment,
            **made,
            **further,
        }
    )
    return go("CREATED")


def required_attributes(visit: Visit) -> StepTurn:
    visit.require_resource()
    present = visit.attributes
    return decide(all(present.get(name) is not None for name in visit.tenant.required))


def attribute_value(visit: Visit) -> StepTurn:
    name = visit.text("comparisonAttribute")
    found = member_at(visit.required_person(), name)
    if visit.text("comparisonOperation", "EQUALS").upper() == "PRESENT":
        return decide(found not in (None, "", [], ()))
    value = visit.text("comparisonValue")
    if isinstance(found, bool):
        return decide(found == (value.lower() == "true"))
    if isinstance(found, int):
        if not re.fullmatch("-?[0-9]{1,18}", value):
            raise NodeFailed("the value to compare with is not a number")
        return decide(found == int(value))
    return decide(found == value)


def query_filter(visit: Visit) -> StepTurn:
    passes = read_filter(visit.text("queryFilter"))
    return decide(passes(visit.required_person()))


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


def time_since(visit: Visit) -> StepTurn:
    elapsed = _elapsed_time(visit)
    person = visit.required_person()
    found = person.get("createDate") or member_at(person, "_meta/createDate")
    if not isinstance(found, str) or not found:
        return decide(yes=False)
    try:
        made = datetime.fromisoformat(found)
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
        return decide(visit.now - made >= elapsed)
    except (ValueError, OverflowError):
        fault = "the date on which the person was created cannot be read"
    raise NodeFailed(fault)


def _elapsed_time(visit: Visit) -> timedelta:
    """`10080`, `7 days` or `1 week and 2 hours`; minutes where no unit is named."""
    value = visit.node.attributes.get("elapsedTime")
    text = f"{value}" if isinstance(value, int) else visit.text("elapsedTime")
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


def profile_completeness(visit: Visit) -> StepTurn:
    person = visit.required_person()
    found = visit.tenant.schema.get("properties")
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
    return decide(share > visit.number("threshold", 0))


def accept_terms(visit: Visit) -> StepTurn:
    terms = visit.tenant.terms
    if terms is None:
        raise NodeFailed("the tenant has no active terms and conditions")
    version = f"{terms.get('version', '')}"
    answer = visit.callback(TermsAndConditionsCallback)
    if answer is None or not answer.accepted:
        visit.state.put_shared("termsVersion", version)
        made = TermsAndConditionsCallback(
            version=version,
            terms=f"{terms.get('terms', '')}",
            create_date=f"{terms.get('createDate', '')}",
        )
        return ask(made)
    accepted = {"acceptDate": visit.moment, "termsVersion": version}
    visit.state.put_shared("termsAccepted", accepted)
    return go()


def terms_decision(visit: Visit) -> StepTurn:
    person = visit.required_person()
    terms = visit.tenant.terms
    accepted = member_at(person, "termsAccepted/termsVersion")
    return decide(terms is None or accepted == f"{terms.get('version', '')}")


def consent(visit: Visit) -> StepTurn:
    mappings = visit.tenant.consents
    if not mappings:
        return go()
    all_required = visit.flag("allRequired")
    message = visit.localised("message", "", first=True)
    asked = [_consent_to(each, message, all_required=all_required) for each in mappings]
    given = {
        each.name: each.accepted for each in visit.callbacks_of(ConsentMappingCallback)
    }
    refused = [each for each in asked if each.is_required and not given.get(each.name)]
    if refused or given.keys() != {each.name for each in asked}:
        again = (evolve(each, accepted=given.get(each.name, False)) for each in asked)
        return ask(*again)
    consented = [
        {"consentDate": visit.moment, "mapping": name}
        for name, accepted in given.items()
        if accepted
    ]
    visit.state.merge_shared({OBJECT_ATTRIBUTES: {"consentedMappings": consented}})
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


def _questions(visit: Visit) -> dict[str, str]:
    """The text of each predefined question, by its id."""
    found = visit.tenant.kba.get("questions")
    texts = found if isinstance(found, Mapping) else {}
    return {
        each: localised(
            {tag: text for tag, text in by_locale.items() if isinstance(text, str)},
            visit.locales,
            "",
            first=True,
        )
        for each, by_locale in texts.items()
        if isinstance(by_locale, Mapping)
    }


def _plain(text: str) -> str:
    """A question or answer without punctuation, blanks and capitals."""
    return re.sub(r"[\W_]+", "", text).casefold() or text


def _kba_attribute(visit: Visit) -> str:
    name = visit.tenant.kba.get("kbaPropertyName")
    return name if isinstance(name, str) and name else "kbaInfo"


def kba_create(visit: Visit) -> StepTurn:
    count = whole_number(visit.tenant.kba, "minimumAnswersToDefine", 1)
    own = visit.flag("allowUserDefinedQuestions", default=True)
    known = _questions(visit)
    answers = visit.callbacks_of(KbaCreateCallback)
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
        fresh = KbaCreateCallback(
            prompt=visit.localised(
                "message", "Select a security question.", first=True
            ),
            predefined_questions=tuple(known.values()),
            allow_user_defined_questions=own,
        )
        return ask(*(answers or [fresh] * count))
    ids = {text: each for each, text in known.items()}
    made = [
        {"questionId": ids[each.question], "answer": each.answer}
        if each.question in ids
        else {"customQuestion": each.question, "answer": each.answer}
        for each in answers
    ]
    visit.state.merge_transient({OBJECT_ATTRIBUTES: {_kba_attribute(visit): made}})
    return go()


def _defined(visit: Visit, name: str) -> list[Members]:
    found = visit.required_person().get(name)
    listed = found if isinstance(found, list | tuple) else ()
    return [each for each in listed if isinstance(each, Mapping)]


def kba_decision(visit: Visit) -> StepTurn:
    least = whole_number(visit.tenant.kba, "minimumAnswersToDefine", 1)
    return decide(len(_defined(visit, _kba_attribute(visit))) >= least)


def kba_verify(visit: Visit) -> StepTurn:
    kba = visit.tenant.kba
    defined = _defined(visit, visit.text("kbaInfoAttribute", "kbaInfo"))
    count = whole_number(kba, "minimumAnswersToVerify", 1)
    if count < 1:
        raise NodeFailed("the minimum of answers to verify is set to zero")
    if len(defined) < max(whole_number(kba, "minimumAnswersToDefine", 1), 1):
        raise NodeFailed("the person has defined fewer questions than the minimum")
    known = _questions(visit)
    asked = [
        (_question_of(each, known), each.get("answer")) for each in defined[:count]
    ]
    given = visit.callbacks_of(PasswordCallback)
    if not given:
        return ask(*(PasswordCallback(question) for question, _ in asked))
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


def anonymous_user(visit: Visit) -> StepTurn:
    name = visit.text("anonymousUserName", "anonymous")
    visit.state.put_shared("username", name)
    return go()


def auth_level_decision(visit: Visit) -> StepTurn:
    return decide(_auth_level(visit) >= visit.number("authLevelRequirement", 0))


def modify_auth_level(visit: Visit) -> StepTurn:
    level = _auth_level(visit) + visit.number("authLevelIncrement", 0)
    visit.state.put_shared("authLevel", level)
    return go()


def _auth_level(visit: Visit) -> int:
    found = visit.state.get("authLevel")
    text = text_in(visit.state, "authLevel")
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
