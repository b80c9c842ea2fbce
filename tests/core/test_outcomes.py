"""The outcome map is total: whatever can happen has an outcome, a record and a text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from verify_core import Channel, Verdict, errors, read_phone
from verify_core.errors import (
    ChannelReason,
    CodeReason,
    IdentifierReason,
    InputError,
    InvalidSetting,
    PhoneReason,
    TokenReason,
    VerifyError,
)
from verify_core.messages import CATALOGUE, DEFAULT_LANGUAGE, text_of
from verify_core.outcomes import (
    DELIVERY_KEY,
    ERROR_KEY,
    ERROR_RECORD_KEY,
    PING_EXCEPTION_KEY,
    REFERENCE_KEY,
    Outcome,
    checked,
    read_outcome,
    reasons,
    record_of,
    sent,
    went_wrong,
)
from verify_core.verification import CheckResult, Delivery, Started, VerificationRef

REF = VerificationRef(
    provider="fake",
    identifier=read_phone("+15553231234"),
    channel=Channel.SMS,
    attempt_id="a1",
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)


class Own(StrEnum):
    """Somebody else's reason."""

    LOCKED = "locked"


def leaves(kind: type[VerifyError]) -> list[type[VerifyError]]:
    """The error classes of ours that have no subclass of ours."""
    below = [k for k in kind.__subclasses__() if k.__module__ == errors.__name__]
    return [leaf for k in below for leaf in leaves(k)] or [kind]


INPUT_REASONS: list[StrEnum] = [
    *PhoneReason,
    *IdentifierReason,
    *ChannelReason,
    *CodeReason,
    *TokenReason,
]
# attrs makes a class with slots anew, and the first one stays until it is collected.
PROVIDER_ERRORS = [
    kind for kind in leaves(VerifyError) if getattr(errors, kind.__name__) is kind
]


@pytest.mark.parametrize("reason", INPUT_REASONS, ids=repr)
def test_every_input_reason_has_a_record_and_a_text(reason: StrEnum) -> None:
    result = went_wrong(InputError(reason, "x"))

    assert result.outcome is Outcome.ERROR
    assert result.error is not None
    assert result.error.reason.endswith(f".{reason}")
    assert result.error.reason in reasons()
    assert result.error.message == text_of(f"error.{result.error.reason}")


@pytest.mark.parametrize("kind", PROVIDER_ERRORS)
def test_every_provider_error_has_a_record_and_a_text(kind: type[VerifyError]) -> None:
    result = went_wrong(kind("told", "twilio", 400, "60200", "RQ1"))

    assert result.outcome is Outcome.ERROR
    assert result.error is not None
    assert result.error.reason in reasons()
    facts = (result.error.provider, result.error.provider_code)
    assert facts == ("twilio", "60200")
    assert "told" not in result.error.message


def test_no_two_provider_errors_share_a_reason() -> None:
    found = {record_of(kind("x")).reason for kind in PROVIDER_ERRORS}

    assert len(found) == len(PROVIDER_ERRORS) == 10


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_an_outcome(verdict: Verdict) -> None:
    result = checked(CheckResult(verdict=verdict))

    assert (result.outcome is Outcome.TRUE) is (verdict is Verdict.APPROVED)
    assert (result.outcome is Outcome.FALSE) is (verdict is Verdict.WRONG_CODE)
    if result.error is None:
        assert verdict is Verdict.APPROVED
    else:
        assert result.error.reason in reasons()


def test_every_reason_is_reached_by_something() -> None:
    reached = {record_of(InputError(reason, "x")).reason for reason in INPUT_REASONS}
    reached |= {record_of(kind("x")).reason for kind in PROVIDER_ERRORS}
    reached |= {f"verdict.{verdict}" for verdict in Verdict} - {"verdict.approved"}
    reached.add(record_of(InvalidSetting("x", "y")).reason)
    reached.add(record_of(InputError(Own.LOCKED, "x")).reason)

    assert reached == reasons()


@pytest.mark.parametrize("language", CATALOGUE)
def test_no_text_is_missing_in_any_language(language: str) -> None:
    assert set(CATALOGUE[language]) == set(CATALOGUE[DEFAULT_LANGUAGE])
    for reason in reasons():
        assert text_of(f"error.{reason}", [language]).strip()


def test_an_unknown_language_falls_back_and_an_unknown_key_is_told() -> None:
    assert text_of("collector.prompt", ["xx-YY", "en_GB"]) == "Code"
    assert text_of("collector.prompt", ["xx"]) == "Code"
    with pytest.raises(KeyError):
        text_of("no.such.key")


def test_an_error_of_somebody_elses_family_is_read_as_unexpected() -> None:
    class Strange(VerifyError):
        pass

    class Odd(errors.Refused):
        pass

    assert record_of(Strange("x")).reason == "provider.unexpected"
    assert record_of(Odd("x")).reason == "provider.refused"


def test_somebody_elses_input_reason_is_told_as_such() -> None:
    record = record_of(InputError(Own.LOCKED, "x"))

    assert record.reason == "identifier.other"
    assert record.retryable


def test_waiting_times_are_told_in_whole_seconds() -> None:
    record = record_of(errors.TooSoon("x", retry_after=timedelta(seconds=29.6)))

    assert record.retry_after_s == 30


def test_sending_leaves_what_the_collector_needs_and_clears_what_is_stale() -> None:
    result = sent(
        Started(ref=REF, delivery=Delivery.MAYBE_SENT), identifier_key="phone"
    )

    assert result.outcome is Outcome.TRUE
    assert result.writes.put == {
        "phone": "+15553231234",
        REFERENCE_KEY: REF.to_json(),
        DELIVERY_KEY: "maybe_sent",
    }
    assert set(result.writes.removed) == {
        ERROR_KEY,
        ERROR_RECORD_KEY,
        PING_EXCEPTION_KEY,
    }


def test_an_error_leaves_its_text_and_its_record_as_json() -> None:
    result = went_wrong(errors.Refused("x", "twilio"))

    put = result.writes.put
    assert put[ERROR_KEY] == text_of("error.provider.refused")
    assert json.loads(json.dumps(put[ERROR_RECORD_KEY]))["reason"] == "provider.refused"
    assert PING_EXCEPTION_KEY not in put


@pytest.mark.parametrize("ping_compatible", [True, False])
def test_the_originals_key_is_written_only_where_asked(
    *, ping_compatible: bool
) -> None:
    failed = went_wrong(errors.Refused("x"), ping_compatible=ping_compatible)
    wrong = checked(
        CheckResult(verdict=Verdict.EXPIRED), ping_compatible=ping_compatible
    )

    for result in (failed, wrong):
        assert (PING_EXCEPTION_KEY in result.writes.put) is ping_compatible


def test_a_wrong_code_is_no_exception_of_the_original_s() -> None:
    wrong = CheckResult(verdict=Verdict.WRONG_CODE)

    result = checked(wrong, ping_compatible=True)

    assert result.writes.put.keys() == {ERROR_KEY, ERROR_RECORD_KEY}


def test_approval_clears_errors_and_the_used_reference() -> None:
    result = checked(CheckResult(verdict=Verdict.APPROVED))

    assert not result.writes.put
    assert REFERENCE_KEY in result.writes.removed
    assert ERROR_KEY in result.writes.removed


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
    kept = went_wrong(kind("lost", ref=REF)).writes.put

    assert kept[REFERENCE_KEY] == REF.to_json()
    assert kept[DELIVERY_KEY] == "maybe_sent"
    assert REFERENCE_KEY not in went_wrong(kind("lost")).writes.put
