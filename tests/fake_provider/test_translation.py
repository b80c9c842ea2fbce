"""The tables between the machine's closed sets and our words are total."""

from __future__ import annotations

from itertools import product

from tests.support.each import require_each
from verify_core import errors
from verify_core.errors import VerifyError
from verify_fakes.memory import _translation as translation
from verify_fakes.twilio import Reason
from verify_fakes.twilio.machine._commands import TwilioRefusal
from verify_fakes.twilio.machine._state import TwilioStatus


def test_every_reason_has_an_error() -> None:
    assert set(translation.ERRORS) == set(Reason)


def test_every_status_has_a_status() -> None:
    assert set(translation.STATUSES) == set(TwilioStatus)


def test_every_reason_can_be_raised() -> None:
    def is_raised(case: tuple[Reason, bool]) -> None:
        reason, has_effect = case
        error = translation.error_of(
            TwilioRefusal(reason=reason), "fake", has_effect=has_effect
        )
        assert isinstance(error, VerifyError)
        assert error.provider == "fake"
        assert error.vendor_code == reason.value

    require_each(product(Reason, [True, False]), is_raised)


def test_text_of_an_error_does_not_repeat_what_was_refused() -> None:
    refused = TwilioRefusal(reason=Reason.INVALID_TO, detail="+15553231234")

    error = translation.error_of(refused, "fake", has_effect=True)

    assert isinstance(error, errors.InvalidIdentifier)
    assert "3231234" not in f"{error} {error!r}"
