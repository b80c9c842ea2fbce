"""Records are total: whatever can go wrong has a reason and a text."""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum

import pytest

from tests.support.each import require_each
from verify_core import Verdict, errors
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
from verify_core.explain import reasons, record_of
from verify_core.messages import DEFAULT_LANGUAGE, LANGUAGES, text_of, texts_in

FAILURES = [verdict for verdict in Verdict if verdict is not Verdict.APPROVED]


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


def test_every_input_reason_has_a_record_and_a_text() -> None:
    def has_both(reason: StrEnum) -> None:
        record = record_of(InputError(reason, "x"))
        assert record.reason.endswith(f".{reason}")
        assert record.reason in reasons()
        assert record.message == text_of(f"error.{record.reason}")

    require_each(INPUT_REASONS, has_both)


@pytest.mark.parametrize("kind", PROVIDER_ERRORS)
def test_every_provider_error_has_a_record_and_a_text(kind: type[VerifyError]) -> None:
    record = record_of(kind("told", "twilio", 400, "60200", "RQ1"))

    assert record.reason in reasons()
    assert (record.provider, record.provider_code) == ("twilio", "60200")
    assert "told" not in record.message


def test_what_the_person_or_time_can_mend_may_be_tried_again() -> None:
    mended = {errors.InvalidIdentifier, errors.TooSoon, errors.Throttled}
    mended |= {errors.Unavailable, errors.Ambiguous}

    found = {kind for kind in PROVIDER_ERRORS if record_of(kind("x")).retryable}

    assert found == mended


def test_no_two_provider_errors_share_a_reason() -> None:
    found = {record_of(kind("x")).reason for kind in PROVIDER_ERRORS}

    assert len(found) == len(PROVIDER_ERRORS) == 10


def test_every_reason_is_reached_by_something() -> None:
    reached = {record_of(InputError(reason, "x")).reason for reason in INPUT_REASONS}
    reached |= {record_of(kind("x")).reason for kind in PROVIDER_ERRORS}
    reached |= {record_of(verdict).reason for verdict in FAILURES}
    reached.add(record_of(InvalidSetting("x", "y")).reason)
    reached.add(record_of(InputError(Own.LOCKED, "x")).reason)

    assert reached == reasons()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_text_is_missing_in_any_language(language: str) -> None:
    assert list(texts_in(language)) == list(texts_in(DEFAULT_LANGUAGE))
    for reason in reasons():
        assert text_of(f"error.{reason}", [language]).strip()


def test_an_unknown_language_falls_back() -> None:
    assert text_of("collector.prompt", ["xx-YY", "en_GB"]) == "Code"
    assert text_of("collector.prompt", ["xx"]) == "Code"


@pytest.mark.parametrize("tag", ["de", "de-AT", "de_DE", "DE"])
def test_one_tag_is_a_language_and_not_letters(tag: str) -> None:
    german = text_of("error.verdict.gone", ["de"])

    assert text_of("error.verdict.gone", tag) == german != text_of("error.verdict.gone")


@pytest.mark.parametrize(
    "key", ["no.such.key", "verdict.gone", record_of(Verdict.GONE), Verdict.GONE, None]
)
def test_what_is_no_key_names_what_is_expected(key: str) -> None:
    with pytest.raises(InvalidSetting, match="key: takes the message_key of record"):
        text_of(key)


@pytest.mark.parametrize("languages", [None, 1, [None], b"de", [["de"]]])
def test_what_is_no_language_is_refused(languages: list[str]) -> None:
    with pytest.raises(InvalidSetting, match="languages: takes BCP"):
        text_of("collector.prompt", languages)


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


@pytest.mark.parametrize("verdict", FAILURES)
def test_every_verdict_of_failure_has_a_record_and_a_text(verdict: Verdict) -> None:
    record = record_of(verdict)

    assert record.reason == f"verdict.{verdict}"
    assert record.message == text_of(f"error.verdict.{verdict}")
    assert record.retryable


def test_an_approval_is_not_explained() -> None:
    with pytest.raises(InvalidSetting):
        record_of(Verdict.APPROVED)


def test_a_record_is_json() -> None:
    error = errors.Throttled("x", "twilio", 429, "20429", retry_after=timedelta(1))

    shown = json.loads(json.dumps(record_of(error).to_json()))

    assert shown == {
        "reason": "provider.throttled",
        "retryable": True,
        "message": text_of("error.provider.throttled"),
        "message_key": "error.provider.throttled",
        "provider": "twilio",
        "provider_code": "20429",
        "http_status": 429,
        "retry_after_s": 86400,
    }
