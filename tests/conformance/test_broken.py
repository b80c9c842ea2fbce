"""Each broken provider fails the case named for it, and no other unexplained."""

from __future__ import annotations

import pytest

from tests.conformance import (
    broken,
    broken_promises as promises,
    broken_resends as resends,
)
from tests.conformance.benches import fake_harness
from verify_core.testing import CaseVerdict, all_cases, run_case, run_cases
from verify_fakes import VendorProfile
from verify_fakes.profiles import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    LEAST,
    NO_CANCEL,
    NO_FETCH,
    TELLS_ENDS_APART,
    TWILIO_LIKE,
)

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
    (
        promises.ApprovesAnotherVerification,
        "another_persons_code_is_not_approved",
        TWILIO_LIKE,
    ),
    (
        promises.CancelsForeignReferences,
        "foreign_reference_is_not_canceled",
        TWILIO_LIKE,
    ),
    (promises.KnowsForeignStates, "foreign_reference_has_no_state", TWILIO_LIKE),
    (promises.StartsAnewForAResend, "a_resend_is_the_same_attempt", TWILIO_LIKE),
    (
        promises.RaisesWhenTooLate,
        "cancel_outside_its_window_is_too_late",
        CANCEL_WINDOW,
    ),
    (promises.NeverInTime, "cancel_works_within_its_window", CANCEL_WINDOW),
    (promises.ChainsTheSecret, "no_error_holds_a_secret", LEAST),
    (promises.ShowsTheNumberInRepr, "no_repr_holds_a_secret", TWILIO_LIKE),
    (promises.SendsTwice, "start_sends_one_message", TWILIO_LIKE),
    (promises.LosesOurName, "what_a_start_says_makes_sense", TWILIO_LIKE),
    (promises.DrawsOneName, "attempt_ids_are_drawn_apart", TWILIO_LIKE),
    (promises.MisreadsThrottling, "throttled_check_is_no_verdict", TWILIO_LIKE),
    (promises.MisreadsSilence, "lost_check_is_no_verdict", TWILIO_LIKE),
    (promises.MiscountsGuesses, "remaining_guesses_are_counted_down", TELLS_ENDS_APART),
    (
        promises.InvitesGuessesAfterApproval,
        "approval_invites_no_further_guess",
        TWILIO_LIKE,
    ),
    (promises.EndsAtTheFirstMistake, "wrong_then_right_code_approves", TWILIO_LIKE),
    (promises.KnowsItsOwnObjectsOnly, "reference_survives_json", CHECK_BY_ID),
    (promises.MisdeclaresResends, "resend_sends_again", TWILIO_LIKE),
    (promises.BoastsOfHints, "code_length_hint_is_honoured", TWILIO_LIKE),
    (promises.BoastsOfHints, "time_to_live_hint_is_honoured", TWILIO_LIKE),
    (promises.BoastsOfReplays, "repeated_start_is_replayed", TWILIO_LIKE),
    (
        promises.BoastsOfRefusals,
        "running_verification_refuses_a_second",
        TWILIO_LIKE,
    ),
    (promises.BoastsOfCounting, "remaining_guesses_are_counted_down", TWILIO_LIKE),
    (
        promises.NeedsTheId,
        "reference_without_an_id_is_checked_by_identifier",
        TWILIO_LIKE,
    ),
    (
        promises.CallsTheCanceledPending,
        "fetch_after_cancel_is_not_pending",
        TWILIO_LIKE,
    ),
    (promises.CallsTheUnknownPending, "unknown_status_is_called_unknown", TWILIO_LIKE),
    (promises.CallsTheUnknownPending, "fetch_after_expiry_is_not_pending", TWILIO_LIKE),
    (promises.FearsTheWorst, "unreachable_vendor_is_not_sent", TWILIO_LIKE),
    (promises.LetsTheLibraryRaise, "unreachable_vendor_is_not_sent", TWILIO_LIKE),
    (
        resends.SendsToThePreviousPerson,
        "previous_of_another_person_is_a_fresh_start",
        TWILIO_LIKE,
    ),
    (
        resends.EndsThePreviousInAnyCase,
        "previous_of_another_person_is_left_alone",
        TWILIO_LIKE,
    ),
    (
        resends.RefusesAForeignPrevious,
        "previous_of_another_provider_is_a_fresh_start",
        TWILIO_LIKE,
    ),
    (
        resends.AdoptsAForeignPrevious,
        "previous_of_another_provider_is_a_fresh_start",
        TWILIO_LIKE,
    ),
    (
        resends.DropsThePreviousSilently,
        "previous_of_another_person_is_a_fresh_start",
        TWILIO_LIKE,
    ),
    (resends.OwnsWhateverItIsShown, "provider_owns_its_references", TWILIO_LIKE),
    (resends.DisownsItsReferences, "provider_owns_its_references", TWILIO_LIKE),
    (resends.TrustsWhatComesBack, "garbled_reference_is_answered", TWILIO_LIKE),
    (
        resends.ClingsToTheOldName,
        "attempt_id_of_the_request_comes_first",
        TWILIO_LIKE,
    ),
    (
        resends.TakesTheAttemptForAKey,
        "one_attempt_id_for_two_people_reaches_both",
        TWILIO_LIKE,
    ),
    (resends.RemembersTheHints, "a_resend_has_hints_of_its_own", TWILIO_LIKE),
    (resends.ForgetsTheHints, "a_resend_has_hints_of_its_own", TWILIO_LIKE),
    (promises.WaitsThrice, "stalled_vendor_is_given_up_in_time", TWILIO_LIKE),
]

#: What else a mistake breaks, and why; every other case passes.
ALSO = {
    # The name that it shouts stands in none of its references.
    broken.ShoutsItsName: {"provider_owns_its_references"},
    # A fresh start in place of a resend has a name, a code and a list of its own.
    resends.DropsThePreviousSilently: {
        "previous_of_another_provider_is_a_fresh_start",
    },
    promises.StartsAnewForAResend: {
        "previous_of_another_person_is_a_fresh_start",
        "previous_of_another_provider_is_a_fresh_start",
    },
    promises.LosesOurName: {
        "attempt_id_of_the_request_comes_first",
    },
    promises.DrawsOneName: {
        "previous_of_another_person_is_a_fresh_start",
    },
    promises.ApprovesAnotherVerification: {
        "previous_of_another_person_is_a_fresh_start",
    },
    broken.KeepsQuietAboutHints: {
        "a_resend_has_hints_of_its_own",
        "previous_of_another_person_is_a_fresh_start",
        "previous_of_another_provider_is_a_fresh_start",
    },
    # Whatever cannot be asked is approved, a lost or a late answer too.
    broken.ApprovesUnknownStatuses: {
        "lost_check_is_no_verdict",
        "throttled_check_is_no_verdict",
    },
    # All that types a wrong code on its way.
    broken.RaisesOnWrongCode: {
        "another_persons_code_is_not_approved",
        "fetch_follows_the_verification",
        "guesses_run_out",
        "last_guess_still_counts",
        "no_repr_holds_a_secret",
        "nothing_logged_holds_a_secret",
        "odd_codes_are_wrong_codes",
        "wrong_then_right_code_approves",
        "previous_of_another_person_is_a_fresh_start",
    },
    broken.RetriesLostStarts: {
        "nothing_unknown_is_claimed",
        "stalled_vendor_is_given_up_in_time",
    },
    broken.LogsTheCode: {"no_lost_answer_shows_a_secret"},
    broken.SwapsChannelsSilently: {"resend_by_another_channel"},
    # An approved verification is gone for this vendor; so is a foreign reference.
    broken.ApprovesWhatIsGone: {"approved_only_once", "foreign_reference_is_gone"},
    broken.SaysNothingLeft: {
        "lost_start_can_still_be_checked",
        "nothing_unknown_is_claimed",
    },
    broken.ForgetsToResend: {
        "resend_by_another_channel",
        "a_resend_has_hints_of_its_own",
        "attempt_id_of_the_request_comes_first",
        "previous_of_another_person_is_a_fresh_start",
        "previous_of_another_provider_is_a_fresh_start",
    },
    broken.InventsStates: {
        "fetch_after_cancel_is_not_pending",
        "fetch_after_expiry_is_not_pending",
        "foreign_reference_has_no_state",
        "unknown_status_is_called_unknown",
    },
    broken.CancelsInName: {
        "fetch_after_cancel_is_not_pending",
        "foreign_reference_is_not_canceled",
        "nothing_is_left_to_cancel_after_approval",
    },
    # What is no VerifyError ends also the cases that collect errors.
    broken.ThrowsOnOddCodes: {
        "no_error_holds_a_secret",
        "nothing_logged_holds_a_secret",
    },
    promises.RaisesWhenTooLate: {
        "cancel_works_within_its_window",
        "no_repr_holds_a_secret",
        "nothing_logged_holds_a_secret",
    },
    promises.NeverInTime: {"foreign_reference_is_not_canceled"},
    # Everything that counts messages.
    promises.SendsTwice: {
        "fetch_lists_what_was_sent",
        "lost_start_sends_one_message",
        "nothing_unknown_is_claimed",
        "resend_by_another_channel",
        "resend_sends_again",
        "a_resend_has_hints_of_its_own",
        "one_attempt_id_for_two_people_reaches_both",
        "previous_of_another_person_is_a_fresh_start",
        "previous_of_another_provider_is_a_fresh_start",
    },
    # All that types a wrong code before the right one.
    promises.EndsAtTheFirstMistake: {
        "fetch_follows_the_verification",
        "guesses_run_out",
        "last_guess_still_counts",
        "odd_codes_are_wrong_codes",
        "previous_of_another_person_is_a_fresh_start",
    },
    promises.NeedsTheId: {"lost_start_can_still_be_checked"},
    promises.CallsTheUnknownPending: {
        "fetch_follows_the_verification",
        "foreign_reference_has_no_state",
    },
}


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

    # A law about what the sound one does not even declare is skipped for it.
    assert sound.verdict in {CaseVerdict.PASSED, CaseVerdict.SKIPPED}, sound.reason
    assert hurt.verdict is CaseVerdict.FAILED


@pytest.mark.parametrize("kind", sorted({k for k, _, _ in NAMED}, key=str))
def test_broken_provider_fails_nothing_unexplained(kind: type[broken.Around]) -> None:
    profiles = {p.name: p for k, _, p in NAMED if k is kind}

    failed = {
        result.case.name
        for profile in profiles.values()
        for result in run_cases(fake_harness(profile, wrap=kind))
        if result.verdict in {CaseVerdict.FAILED, CaseVerdict.INCONCLUSIVE}
    }

    named = {name for k, name, _ in NAMED if k is kind}
    assert failed == named | ALSO.get(kind, set())


def test_every_broken_provider_is_named() -> None:
    kinds = set(broken.Around.__subclasses__()) - {broken.StrangeVendor}
    assert kinds == {kind for kind, _, _ in NAMED}


def test_wrapping_alone_breaks_nothing() -> None:
    results = [
        run_case(case, fake_harness(TWILIO_LIKE, wrap=broken.Around))
        for case in all_cases()
    ]
    assert [r.reason for r in results if r.verdict is CaseVerdict.FAILED] == []
