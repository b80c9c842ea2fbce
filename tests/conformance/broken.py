"""
Providers that are wrong, each in one way; each must fail the case named for it.

A suite that was never red proves nothing. These stand around a sound provider and break
one law, as a hurried author might.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final, NoReturn

from attrs import define, evolve, field

from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    NotSupported,
    Unexpected,
    UnsupportedChannel,
)
from verify_core.provider import Capabilities, VerifyProvider
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

PATIENCE: Final = timedelta(seconds=4)
"""How long the sound provider waits for an answer."""


@define
class Around:
    """A provider around another one, which so far changes nothing."""

    inner: VerifyProvider

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self.inner.start(request, previous=previous)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return self.inner.check(ref, code)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self.inner.fetch(ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self.inner.cancel(ref)


class StrangeVendor(Around):
    """
    A sound provider whose vendor can be made to use unknown words, or to stall.

    Attributes:
        waited: Seconds spent on waiting for a vendor that stalls.
    """

    strange = False
    stalled = False
    waited = 0.0

    def speak_strangely(self) -> None:
        self.strange = True

    def stall(self) -> None:
        self.stalled = True

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self._wait()
        return super().start(request, previous=previous)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self._wait()
        if self.strange:
            raise Unexpected("an unknown status", self.name)
        return super().check(ref, code)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        self._wait()
        if self.strange:
            raise Unexpected("an unknown status", self.name)
        return super().fetch(ref)

    def _wait(self) -> None:
        if self.stalled:
            self.waited += PATIENCE.total_seconds()
            raise Ambiguous("no answer in time", self.name)


APPROVED = CheckResult(verdict=Verdict.APPROVED)


class ShoutsItsName(Around):
    """Has a name that differs from the one in URLs."""

    @property
    def name(self) -> str:
        return self.inner.name.upper()


class ApprovesUnknownStatuses(Around):
    """Takes whatever is not a plain no for a yes."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            result = super().check(ref, code)
        except Exception:  # noqa: BLE001 - the mistake on show
            return APPROVED
        known = {Verdict.WRONG_CODE, Verdict.EXHAUSTED, Verdict.EXPIRED, Verdict.GONE}
        return result if result.verdict in known else APPROVED


class RaisesOnWrongCode(Around):
    """Treats a wrong code as a failure of the vendor."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            raise Misconfigured("wrong", self.name)
        return result


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


@define(repr=False)
class LeaksTheCodeInRepr(Around):
    """Remembers the last code, and shows it."""

    last_code: str = ""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.last_code = code
        return super().check(ref, code)

    def __repr__(self) -> str:
        return f"LeaksTheCodeInRepr({self.last_code!r})"


class LogsTheTypo(Around):
    """Finds wrong codes harmless; they are one digit away from the right one."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            logging.getLogger("a.provider").info("wrong code", extra={"typed": code})
        return result


class LogsTheCode(Around):
    """Writes each code to the log, if only at the lowest level."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        logging.getLogger("a.provider").debug("checking %s", code)
        return super().check(ref, code)


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


class ApprovesTheExhausted(Around):
    """Has no word for exhausted, and picks the wrong one."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        return APPROVED if result.verdict is Verdict.EXHAUSTED else result


class ApprovesWhatIsGone(Around):
    """Reads "not found" as "approved before"."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        return APPROVED if result.verdict is Verdict.GONE else result


class TakesForeignReferences(Around):
    """Does not look at whose reference it is."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return super().check(evolve(ref, provider=self.name), code)


class KeepsQuietAboutHints(Around):
    """Ignores wishes without saying so."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return evolve(super().start(request, previous=previous), ignored_hints=())


class DropsForeignExtras(Around):
    """Leaves out what it does not know, and starts all the same."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, extras=()), previous=previous)


class DropsCustomCodes(Around):
    """Sends a code of its own in place of the caller's."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, custom_code=None), previous=previous)


class ClaimsToHaveSent(Around):
    """Calls a lost message sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        return evolve(started, delivery=Delivery.SENT)


class SaysNothingLeft(Around):
    """Calls a lost message not sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if started.delivery is Delivery.MAYBE_SENT:
            raise Misconfigured("no answer", self.name)
        return started


class ForgetsToResend(Around):
    """Returns the first reference for a resend, as if nothing had been sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            return Started(ref=previous)
        return super().start(request)


class InventsStates(Around):
    """Answers fetch without asking anybody."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return VerificationState(status=Status.PENDING)


class CancelsInName(Around):
    """Says that it canceled, and does not."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return CancelOutcome.CANCELED


class ThrowsOnOddCodes(Around):
    """Validates the code by raising."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if not code.isdecimal():
            _throw()
        return super().check(ref, code)


def _throw() -> NoReturn:
    raise ValueError("not a number")
