"""
Providers that are wrong, each in one way; each must fail the case named for it.

A suite that was never red proves nothing. These stand around a sound provider and break
one law, as a hurried author might.
"""

from __future__ import annotations

import logging
from typing import NoReturn

from attrs import define, evolve, field

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    NotSupported,
    UnsupportedChannel,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes.memory import LEAST, NO_CANCEL, NO_FETCH

APPROVED = CheckResult(verdict=Verdict.APPROVED)


@breaks(
    "provider_declares_itself",
    "provider_owns_its_references",
    "references_bear_the_name",
)
class ShoutsItsName(Around):
    """Has a name that differs from the one in URLs."""

    @property
    def name(self) -> str:
        return self.inner.name.upper()


@breaks("unknown_status_is_never_approved", more=True)
class ApprovesUnknownStatuses(Around):
    """Takes whatever is not a plain no for a yes."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            result = super().check(ref, code)
        except Exception:  # noqa: BLE001 - the mistake on show
            return APPROVED
        known = {Verdict.WRONG_CODE, Verdict.EXHAUSTED, Verdict.EXPIRED, Verdict.GONE}
        return result if result.verdict in known else APPROVED


@breaks("wrong_code_is_a_verdict", more=True)
class RaisesOnWrongCode(Around):
    """Treats a wrong code as a failure of the vendor."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            raise Misconfigured("wrong", self.name)
        return result


@breaks("lost_start_sends_one_message", more=True)
class RetriesLostStarts(Around):
    """Starts again when the answer is lost: two messages."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            started = super().start(request, previous=previous)
        except Ambiguous:
            return super().start(request, previous=previous)
        if started.delivery is Delivery.MAYBE_SENT:
            return super().start(request, previous=previous)
        return started


@breaks("no_repr_holds_a_secret")
@define(repr=False)
class LeaksTheCodeInRepr(Around):
    """Remembers the last code, and shows it."""

    last_code: str = ""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.last_code = code
        return super().check(ref, code)

    def __repr__(self) -> str:
        return f"LeaksTheCodeInRepr({self.last_code!r})"


@breaks("nothing_logged_holds_a_secret")
class LogsTheTypo(Around):
    """Finds wrong codes harmless; they are one digit away from the right one."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            logging.getLogger("a.provider").info("wrong code", extra={"typed": code})
        return result


@breaks("nothing_logged_holds_a_secret")
class LogsTheCode(Around):
    """Writes each code to the log, if only at the lowest level."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        logging.getLogger("a.provider").debug("checking %s", code)
        return super().check(ref, code)


@breaks("no_error_holds_a_secret")
class NamesTheNumberInErrors(Around):
    """Puts the number into the text of an error."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except NotSupported as error:
            digits = request.identifier.value.lstrip("+")
            written = f"{digits[:3]} {digits[3:6]}-{digits[6:]}"
            raise NotSupported(f"not for {written}", self.name) from error


@breaks("channel_is_never_passed_off", "resend_by_another_channel")
class SwapsChannelsSilently(Around):
    """Calls cost more: sends an SMS and says that it called."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if request.channel is not Channel.CALL:
            return super().start(request, previous=previous)
        cheaper = evolve(request, channel=Channel.SMS)
        started = super().start(cheaper, previous=previous)
        ref = evolve(started.ref, channel=Channel.CALL)
        return evolve(started, ref=ref, channel=Channel.CALL)


@breaks(
    "unsupported_channel_is_refused_before_sending",
    "resend_by_a_missing_channel_is_refused",
    "refusal_is_raised_by_its_remedy",
    profile=LEAST,
)
class FallsBackToSms(Around):
    """Sends an SMS where a channel is not offered."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except UnsupportedChannel:
            if request.channel is Channel.EMAIL:
                raise
            sms = evolve(request, channel=Channel.SMS)
            return super().start(sms, previous=previous)


@breaks("approved_only_once", perhaps=("of_checks_at_once_one_is_approved",))
@define
class ApprovesAgain(Around):
    """Remembers approvals, and repeats them."""

    approved: set[str] = field(factory=set)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if ref.attempt_id in self.approved:
            return APPROVED
        result = super().check(ref, code)
        if result.verdict is Verdict.APPROVED:
            self.approved.add(ref.attempt_id)
        return result


@breaks(
    "guesses_run_out",
    "resend_gives_no_guesses_back",
    "resend_does_not_open_what_is_exhausted",
)
class ApprovesTheExhausted(Around):
    """Has no word for exhausted, and picks the wrong one."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        return APPROVED if result.verdict is Verdict.EXHAUSTED else result


@breaks(
    "unknown_reference_is_gone",
    "expired_code_is_not_approved",
    "canceled_code_is_not_approved",
    more=True,
)
class ApprovesWhatIsGone(Around):
    """Reads "not found" as "approved before"."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        return APPROVED if result.verdict is Verdict.GONE else result


@breaks("foreign_reference_is_gone")
class TakesForeignReferences(Around):
    """Does not look at whose reference it is."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return super().check(evolve(ref, provider=self.name), code)


@breaks(
    "unfulfilled_hints_are_listed",
    "previous_of_another_person_is_a_fresh_start",
    "previous_of_another_provider_is_a_fresh_start",
    "a_resend_has_hints_of_its_own",
)
class KeepsQuietAboutHints(Around):
    """Ignores wishes without saying so."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return evolve(super().start(request, previous=previous), ignored_hints=())


@breaks("foreign_extras_are_refused", "resend_with_foreign_extras_is_refused")
class DropsForeignExtras(Around):
    """Leaves out what it does not know, and starts all the same."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, extras=()), previous=previous)


@breaks("custom_code_is_honoured", "custom_code_keeps_its_zeros")
@breaks("custom_code_is_refused", "resend_with_a_custom_code_is_refused", profile=LEAST)
class DropsCustomCodes(Around):
    """Sends a code of its own in place of the caller's."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, custom_code=None), previous=previous)


@breaks(
    "lost_resend_claims_nothing_unknown",
    "dropped_resend_is_not_called_sent",
    "nothing_unknown_is_claimed",
    "dropped_start_is_not_called_sent",
    "dropped_start_adopts_no_earlier_message",
)
class ClaimsToHaveSent(Around):
    """Calls a lost message sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        return evolve(started, delivery=Delivery.SENT)


@breaks(
    "lost_resend_sends_one_message",
    "lost_resend_claims_nothing_unknown",
    "lost_start_sends_one_message",
    "lost_start_can_still_be_checked",
    "nothing_unknown_is_claimed",
    "lost_start_is_checked_by_its_own_code",
    "lost_start_keeps_what_was_asked_for",
)
class SaysNothingLeft(Around):
    """Calls a lost message not sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if started.delivery is Delivery.MAYBE_SENT:
            raise Misconfigured("no answer", self.name)
        return started


@breaks("resend_sends_again", more=True)
class ForgetsToResend(Around):
    """Returns the first reference for a resend, as if nothing had been sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            return Started(ref=previous)
        return super().start(request)


@breaks("fetch_says_that_it_cannot", profile=NO_FETCH)
@breaks(
    "fetch_follows_the_verification",
    "fetch_after_cancel_is_not_pending",
    "fetch_after_expiry_is_not_pending",
    "foreign_reference_has_no_state",
    "unknown_status_is_called_unknown",
)
class InventsStates(Around):
    """Answers fetch without asking anybody."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return VerificationState(status=Status.PENDING)


@breaks("canceled_code_is_not_approved", more=True)
@breaks("cancel_says_that_it_cannot", profile=NO_CANCEL, more=True)
class CancelsInName(Around):
    """Says that it canceled, and does not."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return CancelOutcome.CANCELED


@breaks(
    "odd_codes_are_wrong_codes",
    "near_miss_is_not_approved",
    "unspeakable_code_is_a_wrong_code",
    "a_clumsy_caller_is_answered",
    "only_errors_of_the_tree_are_raised",
)
class ThrowsOnOddCodes(Around):
    """Validates the code by raising."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if not code.isdecimal():
            _throw()
        return super().check(ref, code)


def _throw() -> NoReturn:
    raise ValueError("not a number")
