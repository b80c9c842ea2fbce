"""Each broken provider fails the case named for it; the sound one passes that case."""

from __future__ import annotations

import pytest

from tests.conformance import broken
from tests.conformance.benches import fake_harness
from verify_core.testing import CaseVerdict, all_cases, run_case
from verify_fakes import VendorProfile
from verify_fakes.profiles import CHECK_BY_ID, LEAST, NO_CANCEL, NO_FETCH, TWILIO_LIKE

CASES = {case.name: case for case in all_cases()}

#: Each broken provider, the case named for it, and what its vendor can do.
NAMED = [
    (broken.ShoutsItsName, "provider_declares_itself", TWILIO_LIKE),
    (broken.LogsTheTypo, "nothing_logged_holds_a_secret", TWILIO_LIKE),
    (broken.ApprovesUnknownStatuses, "unknown_status_is_never_approved", TWILIO_LIKE),
    (broken.RaisesOnWrongCode, "wrong_code_is_a_verdict", TWILIO_LIKE),
    (broken.RetriesLostStarts, "lost_start_sends_one_message", TWILIO_LIKE),
    (broken.RetriesLostStarts, "lost_start_sends_one_message", CHECK_BY_ID),
    (broken.LeaksTheCodeInRepr, "no_repr_holds_a_secret", TWILIO_LIKE),
    (broken.LogsTheCode, "nothing_logged_holds_a_secret", TWILIO_LIKE),
    (broken.NamesTheNumberInErrors, "no_error_holds_a_secret", TWILIO_LIKE),
    (broken.SwapsChannelsSilently, "channel_is_never_passed_off", TWILIO_LIKE),
    (broken.FallsBackToSms, "unsupported_channel_is_refused_before_sending", LEAST),
    (broken.ApprovesAgain, "approved_only_once", TWILIO_LIKE),
    (broken.ApprovesTheExhausted, "guesses_run_out", TWILIO_LIKE),
    (broken.ApprovesWhatIsGone, "unknown_reference_is_gone", TWILIO_LIKE),
    (broken.ApprovesWhatIsGone, "expired_code_is_not_approved", TWILIO_LIKE),
    (broken.ApprovesWhatIsGone, "canceled_code_is_not_approved", TWILIO_LIKE),
    (broken.TakesForeignReferences, "foreign_reference_is_gone", TWILIO_LIKE),
    (broken.KeepsQuietAboutHints, "unfulfilled_hints_are_listed", TWILIO_LIKE),
    (broken.DropsForeignExtras, "foreign_extras_are_refused", TWILIO_LIKE),
    (broken.DropsCustomCodes, "custom_code_is_honoured", TWILIO_LIKE),
    (broken.DropsCustomCodes, "custom_code_is_refused", LEAST),
    (broken.ClaimsToHaveSent, "nothing_unknown_is_claimed", TWILIO_LIKE),
    (broken.SaysNothingLeft, "lost_start_sends_one_message", TWILIO_LIKE),
    (broken.ForgetsToResend, "resend_sends_again", TWILIO_LIKE),
    (broken.InventsStates, "fetch_says_that_it_cannot", NO_FETCH),
    (broken.InventsStates, "fetch_follows_the_verification", TWILIO_LIKE),
    (broken.CancelsInName, "canceled_code_is_not_approved", TWILIO_LIKE),
    (broken.CancelsInName, "cancel_says_that_it_cannot", NO_CANCEL),
    (broken.ThrowsOnOddCodes, "odd_codes_are_wrong_codes", TWILIO_LIKE),
]


@pytest.mark.parametrize(
    ("kind", "name", "profile"),
    NAMED,
    ids=[f"{kind.__name__}-{name}-{profile.name}" for kind, name, profile in NAMED],
)
def test_broken_provider_fails_the_case_named_for_it(
    kind: type[broken.Around], name: str, profile: VendorProfile
) -> None:
    sound = run_case(CASES[name], fake_harness(profile))
    hurt = run_case(CASES[name], fake_harness(profile, wrap=kind))

    assert sound.verdict is CaseVerdict.PASSED, sound.reason
    assert hurt.verdict is CaseVerdict.FAILED


def test_every_broken_provider_is_named() -> None:
    kinds = set(broken.Around.__subclasses__()) - {broken.StrangeVendor}
    assert kinds == {kind for kind, _, _ in NAMED}


def test_wrapping_alone_breaks_nothing() -> None:
    results = [
        run_case(case, fake_harness(TWILIO_LIKE, wrap=broken.Around))
        for case in all_cases()
    ]
    assert [r.reason for r in results if r.verdict is CaseVerdict.FAILED] == []
