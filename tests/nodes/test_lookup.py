"""The Lookup, row by row of its table, on lookups of every kind."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import example, given, strategies as st

from tests.nodes.test_secrecy import JSON, TYPED, telling
from verify_core import PhoneNumber, PhonePolicy, Secret
from verify_core.errors import InvalidIdentifier, InvalidSetting, Throttled
from verify_core.nodes import (
    Action,
    LineLookup,
    LookupNode,
    NodeState,
    Outcome,
    SenderNode,
    TreeContext,
)
from verify_fakes import FakeVerifyProvider, fake_twilio
from verify_fakes.mounted._twilio import FakeTwilio
from verify_providers.twilio import LineType, TwilioLookup

KEY = "userIdentifier"
MOBILE, LANDLINE, TOLL_FREE = "+4915112345678", "+442079460018", "+18002345678"
ACCOUNT, TOKEN = "AC" + "a1" * 16, "c3" * 16


class Says:
    """A lookup that gives one answer, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[PhoneNumber] = []

    def line_type(self, number: PhoneNumber) -> str:
        self.asked.append(number)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # whatever a test makes it


def run(lookup: LineLookup, value: object = MOBILE) -> tuple[Action, NodeState]:
    state = NodeState(shared={KEY: value, "verifyError": "stale"})
    return LookupNode(lookup=lookup).process(TreeContext(state)), state


def reason(action: Action) -> str:
    assert action.error is not None
    return action.error.reason


def test_a_mobile_is_true_and_clears_errors() -> None:
    action, state = run(FakeVerifyProvider(seed=1))

    assert action.outcome is Outcome.TRUE
    assert state.shared == {KEY: MOBILE, "verifyLineType": "mobile"}


@pytest.mark.parametrize(
    "kind",
    [each for each in LineType if each not in {LineType.MOBILE, LineType.UNKNOWN}],
)
def test_every_other_kind_of_line_is_false_and_named(kind: LineType) -> None:
    action, state = run(Says(kind))

    assert (action.outcome, reason(action)) == (
        Outcome.FALSE,
        "identifier.not_mobile",
    )
    assert state.get("verifyLineType") == kind.value
    assert state.get("verifyError") == "This is not the number of a mobile phone."


@pytest.mark.parametrize(
    "word", ["unknown", LineType.UNKNOWN, "", None, 5, [], f"line of {MOBILE}", MOBILE]
)
def test_an_unknown_kind_of_line_is_false_with_a_reason(word: object) -> None:
    action, state = run(Says(word))

    assert (action.outcome, reason(action)) == (
        Outcome.FALSE,
        "identifier.line_unknown",
    )
    assert state.get("verifyLineType") == "unknown"


@pytest.mark.parametrize("nothing", [None, "", " ", [], {}, True])
def test_without_a_number_it_is_false_and_nothing_is_asked(nothing: object) -> None:
    lookup = Says("mobile")

    action, _ = run(lookup, nothing)

    assert (action.outcome, reason(action)) == (Outcome.FALSE, "identifier.missing")
    assert lookup.asked == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("(555) 323-1234", "phone.missing_country_code"),
        ("ann@example.org", "phone.letters"),
        ("+1 555", "phone.impossible_length"),
    ],
)
def test_what_is_no_number_is_no_mobile(value: str, expected: str) -> None:
    lookup = Says("mobile")

    action, state = run(lookup, value)

    assert (action.outcome, reason(action)) == (Outcome.FALSE, expected)
    assert lookup.asked == []
    assert "verifyLineType" not in state.shared


def test_a_number_that_does_not_exist_is_no_mobile() -> None:
    action, _ = run(Says(InvalidIdentifier("no such number", "twilio")))

    assert (action.outcome, reason(action)) == (
        Outcome.FALSE,
        "provider.invalid_identifier",
    )


@pytest.mark.parametrize("ping_compatible", [True, False])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (Throttled("later", "twilio"), "provider.throttled"),
        (OSError(MOBILE), "provider.unavailable"),
        (InvalidSetting("key", "missing"), "setting.invalid"),
    ],
)
def test_a_lookup_that_fails_is_an_error_without_the_number(
    raised: Exception, expected: str, *, ping_compatible: bool
) -> None:
    node = LookupNode(lookup=Says(raised), ping_compatible=ping_compatible)
    state = NodeState(shared={KEY: MOBILE, "verifyLineType": "mobile"})

    action = node.process(TreeContext(state))

    assert (action.outcome, reason(action)) == (Outcome.ERROR, expected)
    assert ("Exception" in state.shared) is ping_compatible
    assert "verifyLineType" not in state.shared
    assert action.cause is not None
    shown = "".join(traceback.format_exception(action.cause)) + repr(action)
    assert MOBILE[3:] not in shown


def test_the_number_is_read_as_the_sender_reads_it() -> None:
    lookup = Says("mobile")
    profile = {"mobile": "020 7946 0018"}
    state = NodeState(transient={"objectAttributes": profile})
    node = LookupNode(
        lookup=lookup,
        object_attribute="mobile",
        policy=PhonePolicy(default_region="GB"),
    )

    assert node.process(TreeContext(state)).outcome is Outcome.TRUE
    assert [number.e164 for number in lookup.asked] == ["+442079460018"]
    assert KEY not in state.shared


def test_a_sender_that_sends_afterwards_clears_the_error() -> None:
    _, state = run(Says("landline"))

    action = SenderNode(provider=FakeVerifyProvider(seed=1)).process(TreeContext(state))

    assert action.outcome is Outcome.TRUE
    assert "verifyErrorRecord" not in state.shared


@pytest.mark.parametrize(
    ("number", "kind"),
    [(MOBILE, "mobile"), (LANDLINE, "landline"), (TOLL_FREE, "tollFree")],
)
def test_the_fake_provider_knows_kinds_of_lines(number: str, kind: str) -> None:
    action, state = run(FakeVerifyProvider(seed=1), number)

    assert state.get("verifyLineType") == kind
    assert action.outcome is (Outcome.TRUE if kind == "mobile" else Outcome.FALSE)


def test_the_fake_provider_s_traits_and_faults_show() -> None:
    fake = FakeVerifyProvider(seed=1)
    fake.traits.landline(MOBILE)
    assert run(fake)[1].get("verifyLineType") == "landline"

    fake.faults.arm("lookup", 20429, last=1)
    assert reason(run(fake)[0]) == "provider.throttled"
    assert run(FakeVerifyProvider(strict_numbers=True), "+15553231234")[1].get(
        "verifyLineType"
    ) == ("unknown")


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    pytest.importorskip("responses")
    with fake_twilio(seed=1) as mounted:
        yield mounted


def test_twilio_s_lookup_is_made_of_the_exported_account(twilio: FakeTwilio) -> None:
    tokens = [TOKEN]
    made: list[Secret] = []

    def make(*, account_sid: str, auth_token: Secret) -> TwilioLookup:
        made.append(auth_token)
        return TwilioLookup(account_sid=account_sid, auth_token=auth_token)

    node = LookupNode.from_export(
        {"accountSID": "&{esv.account}", "authToken": None},
        make_lookup=make,
        secrets=lambda name: ACCOUNT if name == "esv.account" else tokens[-1],
    )

    for number in (MOBILE, LANDLINE, MOBILE):
        state = NodeState(shared={KEY: number})
        action = node.process(TreeContext(state))
        assert action.outcome is (
            Outcome.TRUE if number == MOBILE else Outcome.FALSE
        ), action.cause
    tokens.append("d4" * 16)
    node.process(TreeContext(NodeState(shared={KEY: MOBILE})))

    assert [each.reveal() for each in made] == tokens
    assert len(twilio.requests) == 4
    assert TOKEN not in repr(node)


@pytest.mark.parametrize(
    ("exported", "says"),
    [
        ({"accountSID": ACCOUNT}, "authToken: no value"),
        ({"accountSID": "AC1", "authToken": TOKEN}, "accountSID: takes AC and 32"),
    ],
)
def test_an_account_that_cannot_be_used_is_an_error_that_names_it(
    exported: dict[str, object], says: str
) -> None:
    node = LookupNode.from_export(exported, make_lookup=TwilioLookup)

    action = node.process(TreeContext(NodeState(shared={KEY: MOBILE})))

    assert (action.outcome, reason(action)) == (Outcome.ERROR, "setting.invalid")
    assert str(action.cause).startswith(says)


def test_the_documented_defaults() -> None:
    node = LookupNode.from_export({}, Says("mobile"))

    assert node.identifier_key == "userIdentifier"
    assert node.outcomes == ("True", "False", "Error")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identifierSharedState", ""),
        ("identifierSharedState", 5),
        ("accountSID", 5),
        ("authToken", ["secret-token"]),
    ],
)
def test_a_malformed_attribute_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name}: takes") as caught:
        LookupNode.from_export({name: value}, Says("mobile"))

    assert "secret-token" not in str(caught.value)


def test_without_a_lookup_it_needs_what_makes_one_and_an_account() -> None:
    with pytest.raises(InvalidSetting, match=r"^lookup: required"):
        LookupNode.from_export({"accountSID": ACCOUNT})
    with pytest.raises(InvalidSetting, match=r"^accountSID: required"):
        LookupNode.from_export({}, make_lookup=TwilioLookup)
    with pytest.raises(InvalidSetting, match=r"^lookup: "):
        LookupNode(lookup="mobile")  # type: ignore[arg-type]


@given(value=JSON, word=JSON | st.sampled_from([*LineType]))
def test_any_state_and_any_answer_lead_to_a_documented_outcome(
    value: object, word: object
) -> None:
    for each in (value, MOBILE):
        action, state = run(Says(word), each)

        assert action.outcome in {Outcome.TRUE, Outcome.FALSE}
        assert (action.outcome is Outcome.TRUE) is (
            state.get("verifyLineType") == "mobile"
        )
        assert (action.error is None) is (action.outcome is Outcome.TRUE)


@given(typed=TYPED)
@example(typed="+15553231234")
def test_no_number_leaves_a_trace(typed: str) -> None:
    for lookup in (Says("pager"), Says(typed), Says(OSError(typed))):
        action, state = run(lookup, typed)

        kept = {key: state.get(key) for key in state.keys() - {KEY}}
        shown = repr((action, action.cause, state)) + json.dumps(kept)
        assert not [part for part in telling(typed) if part in shown]
