"""The outcome map is total, and what an outcome leaves in state."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from verify_core import Channel, Verdict, errors, read_phone
from verify_core.errors import InputError, InvalidSetting, PhoneReason
from verify_core.explain import reasons
from verify_core.messages import text_of
from verify_core.nodes import NodeState, Outcome, read_outcome
from verify_core.nodes._bookkeeping import (
    DELIVERY_KEY,
    ERROR_KEY,
    ERROR_RECORD_KEY,
    PING_EXCEPTION_KEY,
    REFERENCE_KEY,
    WRONG_CODES_KEY,
    checked,
    failed,
    sent,
)
from verify_core.verification import CheckResult, Delivery, Started, VerificationRef

REF = VerificationRef(
    provider="fake",
    identifier=read_phone("+15553231234"),
    channel=Channel.SMS,
    attempt_id="a1",
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)


@pytest.mark.parametrize(
    "error",
    [
        InputError(PhoneReason.LETTERS, "x"),
        InvalidSetting("x", "y"),
        errors.Refused("x"),
    ],
)
def test_every_error_is_the_outcome_error(
    error: InputError | InvalidSetting | errors.VerifyError,
) -> None:
    result = failed(NodeState(), error, ping_compatible=False)

    assert result.outcome is Outcome.ERROR
    assert result.error is not None
    assert result.error.reason in reasons()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_an_outcome(verdict: Verdict) -> None:
    result = checked(NodeState(), CheckResult(verdict=verdict), ping_compatible=False)

    assert (result.outcome is Outcome.TRUE) is (verdict is Verdict.APPROVED)
    assert (result.outcome is Outcome.FALSE) is (verdict is Verdict.WRONG_CODE)
    if result.error is None:
        assert verdict is Verdict.APPROVED
    else:
        assert result.error.reason in reasons()


def test_sending_leaves_what_the_collector_needs_and_clears_what_is_stale() -> None:
    stale = {ERROR_KEY: "x", ERROR_RECORD_KEY: {}, PING_EXCEPTION_KEY: "x", "own": 1}
    state = NodeState(shared=stale)

    action = sent(
        state, Started(ref=REF, delivery=Delivery.MAYBE_SENT), identifier_key="phone"
    )

    assert action.outcome is Outcome.TRUE
    assert state.shared == {
        "own": 1,
        "phone": "+15553231234",
        REFERENCE_KEY: REF.to_json(),
        DELIVERY_KEY: "maybe_sent",
    }


def test_an_error_leaves_its_text_and_its_record_as_json() -> None:
    state = NodeState()

    failed(state, errors.Refused("x", "twilio"), ping_compatible=False)

    put = state.shared
    assert put[ERROR_KEY] == text_of("error.provider.refused")
    assert json.loads(json.dumps(put[ERROR_RECORD_KEY]))["reason"] == "provider.refused"
    assert PING_EXCEPTION_KEY not in put


@pytest.mark.parametrize("ping_compatible", [True, False])
def test_the_originals_key_is_written_only_where_asked(
    *, ping_compatible: bool
) -> None:
    refused, expired = NodeState(), NodeState()
    failed(refused, errors.Refused("x"), ping_compatible=ping_compatible)
    verdict = CheckResult(verdict=Verdict.EXPIRED)
    checked(expired, verdict, ping_compatible=ping_compatible)

    for state in (refused, expired):
        assert (PING_EXCEPTION_KEY in state.keys()) is ping_compatible  # noqa: SIM118


def test_a_wrong_code_is_no_exception_of_the_original_s() -> None:
    state = NodeState()

    checked(state, CheckResult(verdict=Verdict.WRONG_CODE), ping_compatible=True)

    assert state.keys() == {ERROR_KEY, ERROR_RECORD_KEY, WRONG_CODES_KEY}


def test_approval_clears_errors_and_the_used_reference() -> None:
    state = NodeState(shared={REFERENCE_KEY: {}, ERROR_KEY: "x", "own": 1})

    checked(state, CheckResult(verdict=Verdict.APPROVED), ping_compatible=True)

    assert state.shared == {"own": 1}


@pytest.mark.parametrize("text", ["true", "True", "TRUE", " true ", Outcome.TRUE])
def test_exported_lower_case_ids_are_read(text: str) -> None:
    assert read_outcome(text) is Outcome.TRUE


def test_an_unknown_outcome_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidSetting, match="Resend"):
        read_outcome("maybe")


@pytest.mark.parametrize("kind", [errors.Ambiguous, errors.Unexpected])
def test_reference_of_an_error_is_kept_where_a_message_may_have_left(
    kind: type[errors.Ambiguous | errors.Unexpected],
) -> None:
    with_one, without = NodeState(), NodeState()

    failed(with_one, kind("lost", ref=REF), ping_compatible=False)
    failed(without, kind("lost"), ping_compatible=False)

    assert with_one.get(REFERENCE_KEY) == REF.to_json()
    assert with_one.get(DELIVERY_KEY) == "maybe_sent"
    assert without.get(REFERENCE_KEY) is None
