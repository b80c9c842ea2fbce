"""Providers that are wrong about `previous`: whose it is, and what it brings along."""

from __future__ import annotations

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import NotSupported
from verify_core.provider import VerifyProvider
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
)


@breaks("previous_of_another_person_is_a_fresh_start")
class SendsToThePreviousPerson(Around):
    """Asks its vendor to repeat the message, to whomever that went."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            request = evolve(request, identifier=previous.identifier)
        return super().start(request, previous=previous)


@breaks("previous_of_another_person_is_left_alone")
class EndsThePreviousInAnyCase(Around):
    """Cancels what it was handed, whosever it is."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None and previous.identifier != request.identifier:
            self.inner.cancel(previous)
        return super().start(request, previous=previous)


@breaks("previous_of_another_provider_is_a_fresh_start")
class RefusesAForeignPrevious(Around):
    """Ends the login of everybody who began with another vendor."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None and previous.provider != self.name:
            raise NotSupported("previous", self.name)
        return super().start(request, previous=previous)


@breaks("previous_of_another_provider_is_a_fresh_start")
class AdoptsAForeignPrevious(Around):
    """Takes another provider's verification for its own."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            previous = evolve(previous, provider=self.name)
        return super().start(request, previous=previous)


@breaks(
    "previous_of_another_person_is_a_fresh_start",
    "previous_of_another_provider_is_a_fresh_start",
)
class DropsThePreviousSilently(Around):
    """Starts afresh without a word."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        kept = tuple(hint for hint in started.ignored_hints if hint != "previous")
        return evolve(started, ignored_hints=kept)


@breaks("provider_owns_its_references")
class OwnsWhateverItIsShown(Around):
    """Says of each reference that it is its own."""

    def owns(self, ref: VerificationRef) -> bool:
        return bool(ref.provider)


@breaks("provider_owns_its_references")
class DisownsItsReferences(Around):
    """Looks for a mark that it never makes."""

    def owns(self, ref: VerificationRef) -> bool:
        return "mark" in ref.vendor_data


@breaks(
    "garbled_reference_is_answered",
    "failure_inside_at_a_resend_may_have_sent",
    "failure_inside_the_vendor_may_have_sent",
    "failure_inside_leaves_a_reference",
    "only_errors_of_the_tree_are_raised",
)
class TrustsWhatComesBack(Around):
    """Reads its own data without looking whether it is there."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        data = {**started.ref.vendor_data, "guesses": "5"}
        return evolve(started, ref=evolve(started.ref, vendor_data=data))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if int(ref.vendor_data["guesses"]) < 0:
            raise NotSupported("check", self.name)
        return super().check(ref, code)


@breaks("attempt_id_of_the_request_comes_first")
class ClingsToTheOldName(Around):
    """Keeps the attempt id of the first start, whatever the resend is called."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if previous is None or "previous" in started.ignored_hints:
            return started
        ref = evolve(started.ref, attempt_id=previous.attempt_id)
        return evolve(started, ref=ref)


@breaks("one_attempt_id_for_two_people_reaches_both")
class TakesTheAttemptForAKey(Around):
    """Answers the second start of one attempt id like the first."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.begun: dict[str, Started] = {}

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        known = self.begun.get(request.attempt_id or "")
        if known is not None and previous is None:
            return known
        started = super().start(request, previous=previous)
        self.begun[started.ref.attempt_id] = started
        return started


@breaks("a_resend_has_hints_of_its_own")
class RemembersTheHints(Around):
    """Lists with each resend what it could not do at first."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.ignored: dict[str, tuple[str, ...]] = {}

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        told = self.ignored.setdefault(started.ref.attempt_id, started.ignored_hints)
        return evolve(started, ignored_hints=told)


@breaks("a_resend_has_hints_of_its_own")
class ForgetsTheHints(Around):
    """Drops the hints of a resend without a word."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        kept = tuple(hint for hint in started.ignored_hints if hint == "previous")
        return started if previous is None else evolve(started, ignored_hints=kept)
