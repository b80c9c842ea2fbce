"""The tables between the machine's closed sets and our words are total."""

from __future__ import annotations

import pytest

from verify_core import errors
from verify_core.errors import VerifyError
from verify_core.verification import Verdict
from verify_fakes import answers
from verify_fakes.twilio import Reason, Refused, Status as MachineStatus


def test_every_reason_has_an_error() -> None:
    assert set(answers.ERRORS) == set(Reason)


def test_every_status_has_a_status() -> None:
    assert set(answers.STATUSES) == set(MachineStatus)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("has_effect", [True, False])
def test_every_reason_can_be_raised(reason: Reason, has_effect: bool) -> None:  # noqa: FBT001 - drawn
    error = answers.error_of(Refused(reason=reason), "fake", has_effect=has_effect)

    assert isinstance(error, VerifyError)
    assert error.provider == "fake"
    assert error.vendor_code == reason.value


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_is_an_approval(reason: Reason) -> None:
    for was in (None, *MachineStatus):
        for apart in (True, False):
            refused = Refused(reason=reason, was=was)
            verdict = answers.verdict_of(refused, tells_ends_apart=apart)
            assert verdict is not Verdict.APPROVED


def test_text_of_an_error_does_not_repeat_what_was_refused() -> None:
    refused = Refused(reason=Reason.INVALID_TO, detail="+15553231234")

    error = answers.error_of(refused, "fake", has_effect=True)

    assert isinstance(error, errors.InvalidIdentifier)
    assert "3231234" not in f"{error} {error!r}"
