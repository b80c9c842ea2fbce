"""Providers that are wrong by habit: about ids, odd statuses, and what is shared."""

from __future__ import annotations

import os
import uuid

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import Unexpected, VerifyError
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)


@breaks("odd_attempt_id_is_kept")
class TrimsAttemptIds(Around):
    """Makes of an attempt id what fits into a column."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        trimmed = started.ref.attempt_id.encode("ascii", "ignore").decode()[:64]
        return evolve(started, ref=evolve(started.ref, attempt_id=trimmed))


@breaks("odd_status_is_no_start")
class KnowsOnlySomeStatuses(Around):
    """Takes a status that it has no branch for as good news."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unexpected as error:
            if not 400 <= (error.http_status or 0) < 500:
                raise
            return super().start(request, previous=previous)


@breaks("odd_status_approves_nothing")
class CallsEveryFailureAWrongCode(Around):
    """Takes whatever status it does not know for a wrong code."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Unexpected as error:
            if (error.http_status or 0) < 400:
                raise
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)


@breaks("failing_fetch_revives_nothing")
class CallsEveryFailurePending(Around):
    """Says of what the vendor does not answer that it still runs."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            return super().fetch(ref)
        except VerifyError as error:
            if error.http_status is None or error.http_status < 400:
                raise
            return VerificationState(status=Status.PENDING)


@breaks("the_process_is_left_alone")
class SetsTheEnvironment(Around):
    """Leaves what it was asked last where the whole process sees it."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        os.environ["VERIFY_LAST_CHECK"] = uuid.uuid4().hex
        return super().check(ref, code)
