"""Providers that let secrets out, or are wrong about ids, people and other worlds."""

from __future__ import annotations

import base64
import logging
import sys
import warnings

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import Unavailable
from verify_core.phone import read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)
from verify_fakes.memory import CHECK_BY_ID


@breaks("nothing_printed_holds_a_secret")
class PrintsTheCode(Around):
    """Has a print left from an afternoon of debugging."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.EXHAUSTED:
            print("too often:", code, file=sys.stderr)
        return result


@breaks("no_warning_holds_a_secret")
class WarnsOfTheNumber(Around):
    """Warns whoever runs it of the number that it could not reach."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if started.delivery is Delivery.MAYBE_SENT:
            text = f"nobody knows about {request.identifier.value}"
            warnings.warn(text, stacklevel=2)
        return started


@breaks("nothing_logged_holds_a_secret")
class LogsTheNationalNumber(Around):
    """Logs what it looked up after a lost answer, without the calling code."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if started.delivery is Delivery.MAYBE_SENT:
            digits = request.identifier.value[2:]
            written = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
            logging.getLogger("a.provider").info("looked up %s", written)
        return started


@breaks("nothing_logged_holds_a_secret")
class LogsWhereNobodyListens(Around):
    """Has a logger of its own that passes nothing on."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        logger = logging.getLogger("a.provider.of.its.own")
        logger.propagate = False
        logger.debug("checking %s", code)
        return super().check(ref, code)


@breaks("no_reference_holds_a_code")
class CarriesTheCode(Around):
    """Keeps the code in the reference, so that it need not ask anybody."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        fake = self.inner._fake  # type: ignore[attr-defined]  # noqa: SLF001
        code = fake.outbox[-1].code if fake.outbox else ""
        kept = base64.b64encode(f"code:{code}".encode()).decode()
        ref = evolve(started.ref, vendor_data={"proof": kept})
        return evolve(started, ref=ref)


@breaks("nothing_is_sent_before_the_first_start", more=True)
class TriesItselfOut(Around):
    """Sends a first message to see whether the key is good."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.inner.start(StartRequest(identifier=read_phone("+1 555 323 1234")))


@breaks("provider_is_made_while_the_vendor_is_away")
class AsksBeforehand(Around):
    """Looks beforehand whether its vendor is there."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        fake = inner._fake  # type: ignore[attr-defined]  # noqa: SLF001
        if any(str(each.broken) == "refused" for each in fake.faults.armed):
            raise Unavailable("nobody listens", self.name)


@breaks("made_up_id_of_the_same_person_is_gone", profile=CHECK_BY_ID)
class ChecksByThePerson(Around):
    """Finds whatever runs for the person, where the id is unknown."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.running: dict[str, VerificationRef] = {}

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.running[request.identifier.value] = started.ref
        return started

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        running = self.running.get(ref.identifier.value)
        unknown = running is not None and ref.provider == self.name
        made_up = unknown and ref.vendor_id[:-1] == running.vendor_id[:-1]
        if made_up and ref.vendor_id != running.vendor_id:
            return super().check(running, code)
        return result


@breaks("made_up_reference_cancels_nothing")
class CancelsWhateverItIsShown(Around):
    """Says of a cancel of what it never gave out that it was done."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.given: set[str] = set()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.given.add(started.ref.vendor_id)
        return started

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        outcome = super().cancel(ref)
        unknown = ref.vendor_id not in self.given and ref.provider == self.name
        return CancelOutcome.CANCELED if unknown else outcome


@breaks("nothing_is_left_to_cancel_after_approval")
class CancelsTheApproved(Around):
    """Says of what was approved that it was canceled."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.approved: set[str] = set()

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.APPROVED:
            self.approved.add(ref.attempt_id)
        return result

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        outcome = super().cancel(ref)
        over = ref.attempt_id in self.approved
        return CancelOutcome.CANCELED if over else outcome


@breaks("resend_goes_to_the_same_person")
class CallsAResendUnsure(Around):
    """Never knows of a second message whether it left."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if previous is None or previous.identifier != request.identifier:
            return started
        if previous.provider != self.name:
            return started
        return evolve(started, delivery=Delivery.MAYBE_SENT)


@breaks(
    "another_process_sends_again",
    "previous_of_another_provider_is_a_fresh_start",
    "resend_from_a_stored_reference",
)
class KnowsItsOwnReferencesOnly(Around):
    """Compares references by object before it sends again."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.given: list[VerificationRef] = []

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None and not any(previous is each for each in self.given):
            previous = None
        started = super().start(request, previous=previous)
        self.given.append(started.ref)
        return started


@breaks("a_whole_life_passes_on_every_channel")
class MailsOnlyOnce(Around):
    """Approves no e-mail that was sent again."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if ref.channel is Channel.EMAIL and ref.sends > 1:
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        return super().check(ref, code)


@breaks("common_code_opens_nothing")
class HasAMasterCode(Around):
    """Approves the code that was handy while it was written."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if code == "424242":
            return CheckResult(verdict=Verdict.APPROVED)
        return super().check(ref, code)


@breaks("reported_guesses_are_those_left")
class ReportsWhatItWasToldNot(Around):
    """Fills in a number of guesses where its vendor says none."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return evolve(super().check(ref, code), attempts_remaining=9)
