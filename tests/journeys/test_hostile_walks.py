"""Whatever an export says and a person answers, a walk ends, asks, or says why."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.journeys import export, journey, node, single
from tests.support.walks import ADA, START
from verify_core.errors import InputError, InvalidSetting, VerifyError
from verify_core.journeys import Journey, Walk, _machine
from verify_core.journeys._kinds import INNER_TREE, OUTCOMES
from verify_core.journeys._machine import STEPS
from verify_core.journeys._steps_codes import Vendor
from verify_core.nodes import MemoryDirectory
from verify_fakes import FakeVerifyProvider

SECRET = "S3cret-Hunter2"
TYPED = (InvalidSetting, InputError, VerifyError)
KINDS = sorted({*STEPS, *Vendor().steps, INNER_TREE})
WORDS = """
identityAttribute identifier identifierAttribute identifierSharedState attributes
choices attributesToCollect ignoredFields identityResource validateInput
validateInputs required usernameAttribute passwordAttribute message messageYes
stateField defaultChoice prompt queryFilter comparisonAttribute comparisonValue
comparisonOperation elapsedTime channel retryLimit amount interval length
passwordExpiryTime emailAttribute emailContent threshold emailTemplateName
suspendDuration secondsToWait exitable waitingMessage spamDetectionEnabled
requestIdentifier showResendButton hideCode properties maxSessionTime successDetails
sessionProperties failureMessage failureUrl startTimeProperty lockAction
presentAttribute kbaInfoAttribute allRequired allowUserDefinedQuestions
filteredProviders tree sharedStateKey sessionDataKey authLevelIncrement
includeLocalAuthentication
"""
SETTINGS = WORDS.split()
ODD = "userName|mail|preferences/x|objectAttributes|&{esv.a}|a pr|1 week|NaN|true"

texts = st.sampled_from([*ODD.split("|"), "", "\ud800", "{{OTP}}", "x" * 2000])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["en", "a", ""]), inner, max_size=2)
    ),
    max_leaves=6,
)
attributes = st.dictionaries(st.sampled_from(SETTINGS), values | texts, max_size=5)
places = st.sampled_from(["n0", "n1", "n2", "n3", "SUCCESS", "FAILURE"])
FURTHER = ("outcome", "true", "false", "error", "EXITED", "SPAM", "localAuthentication")
answers = leaves | st.sampled_from(["ada", SECRET, ("q", SECRET), "+15553231234", "q"])


@st.composite
def exports(draw: st.DrawFn) -> Any:
    """Four nodes of any types, some on a page, each outcome leading anywhere."""
    nodes = {}
    for index in range(4):
        kind = draw(st.sampled_from([*KINDS, "PageNode"]))
        further: dict[str, Any] = draw(attributes)
        if kind == "PageNode":
            children = draw(st.lists(st.sampled_from(KINDS), max_size=3))
            further = {
                "children": {
                    f"c{index}-{n}": node(child, **draw(attributes))
                    for n, child in enumerate(children)
                }
            }
        outcomes = {*OUTCOMES.get(kind, ()), *FURTHER}
        to = {outcome: draw(places) for outcome in sorted(outcomes)}
        nodes[f"n{index}"] = node(kind, to, **further)
    return export(single("Login", nodes))


def looked_at(walk: Walk) -> None:
    assert (walk.outcome is None) == bool(walk.callbacks)
    assert (walk.response is None) == bool(walk.callbacks)
    json.dumps([walk.response, walk.session, walk.page], allow_nan=False)
    shown = f"{walk}{walk.callbacks}{walk.history}{walk.state}{walk.error}{walk.outbox}"
    assert SECRET not in shown


@pytest.fixture(autouse=True, scope="module")
def _short_loops() -> Iterator[None]:
    """Loops of random journeys end early, since many are tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_machine, "MOST_STEPS", 2_500)
        yield


@settings(max_examples=40, deadline=None)
@given(exports(), st.lists(st.lists(answers, max_size=5), max_size=5), values)
def test_errors_are_typed_and_hold_no_secrets(
    read: Any, given_: list[list[object]], tenant: object
) -> None:
    now, why = START, ""
    ada = {**ADA, "password": SECRET, "kbaInfo": [{"customQuestion": "q"}]}
    try:
        walk = Journey.read(read).begin(
            provider=FakeVerifyProvider(seed=1),
            directory=MemoryDirectory([ada]),
            now=lambda: now,
            tenant={"kba": tenant, "consents": [{"name": "a"}]}
            if isinstance(tenant, dict)
            else {},
        )
        looked_at(walk)
        for each in given_:
            now += timedelta(minutes=1)
            if walk.suspended_id is not None:
                walk.resume()
            elif walk.outcome is None:
                asked = sum(hasattr(c, "answered") for c in walk.callbacks)
                walk.answer(*each[:asked])
            looked_at(walk)
    except TYPED as error:
        why = f"{error}"
    assert SECRET not in why


def asked_once(kind: str, **further: Any) -> Journey:
    outcomes = dict.fromkeys(("outcome", "true", "false"), "SUCCESS")
    first = node("UsernameCollectorNode", {"outcome": "one"})
    return journey({"user": first, "one": node(kind, outcomes, **further)})


BIG = "x" * 1_000_000


@pytest.mark.parametrize(
    ("kind", "further"),
    [
        ("QueryFilterDecisionNode", {"queryFilter": "(" * 1_000_000}),
        ("TimeSinceDecisionNode", {"elapsedTime": "1" * 1_000_000}),
        ("AttributeCollectorNode", {"attributesToCollect": ["a/" * 10_000]}),
        ("MessageNode", {"message": {"en": BIG}}),
        ("SetSuccessDetailsNode", {"successDetails": {"a": "[" * 100_000}}),
        ("ChoiceCollectorNode", {"choices": [BIG, "b"]}),
        ("EmailSuspendNode", {"emailSuspendMessage": {"en": "{{" * 1_000_000}}),
    ],
)
def test_long_texts_are_read_or_refused_at_once(kind: str, further: Any) -> None:
    began, why = time.process_time(), ""
    walk = asked_once(kind, **further).begin(directory=MemoryDirectory([ADA]))
    try:
        walk.answer("ada")
        walk.answer("x")
    except InvalidSetting as error:
        why = f"{error}"

    assert len(why) < 500
    assert time.process_time() - began < 5  # it took minutes where it was quadratic


@pytest.mark.parametrize(
    ("kind", "questions"), [("TimerStopNode", 0), ("PasswordCollectorNode", 2_000)]
)
def test_two_thousand_nodes_in_a_row_are_walked(kind: str, questions: int) -> None:
    ends = [f"n{i + 1}" for i in range(1_999)] + ["SUCCESS"]
    nodes = {f"n{i}": node(kind, {"outcome": to}) for i, to in enumerate(ends)}
    walk = journey(nodes).begin()

    for _ in range(questions):
        walk.answer("x")

    assert (walk.outcome, len(walk.taken)) == ("Success", 2_000)


def test_a_name_as_long_as_a_book_is_not_asked() -> None:
    walk = asked_once("MessageNode").begin()

    with pytest.raises(InvalidSetting, match="is not asked; asked: username"):
        walk.answer(**{BIG: "x"})
