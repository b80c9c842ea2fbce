"""Flaws of what is shared: threads, processes, connections, and the first moment."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from tests.conformance.courier import Courier
from tests.conformance.flaws._flaw import (
    GONE,
    Cancel,
    Check,
    Start,
    cancel,
    check,
    fake_of,
    provider,
    referring,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import Unavailable, VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.provider import VerifyProvider
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)


def let_the_others_run() -> None:
    """Wait a moment, as for a network, so that threads meet not just by luck."""
    if threading.current_thread() is not threading.main_thread():
        threading.Event().wait(0.2)


@provider("closing_ends_nothing")
class ForgetsWhenItIsClosed(Around):
    closed = False

    def close(self) -> None:
        self.closed = True

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return GONE if self.closed else super().check(ref, code)


@provider("of_checks_at_once_one_is_approved")
class SharesOneAnswer(Around):
    """Asks once for all who ask the same while an answer is on its way."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.waiting: dict[tuple[str, str], int] = {}
        self.answers: dict[tuple[str, str], CheckResult] = {}
        self.lock = threading.Lock()

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        key = ref.vendor_id, code
        self.waiting[key] = self.waiting.get(key, 0) + 1
        let_the_others_run()
        with self.lock:
            result = self.answers.get(key) or super().check(ref, code)
            self.answers[key] = result
            self.waiting[key] -= 1
            if not self.waiting[key]:
                del self.answers[key]
        return result


@provider("checks_at_once_are_not_mixed_up")
class KeepsTheCodeOnItself(Around):
    """Puts the code where another thread's code replaces it."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.codes: dict[int, str] = {}

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        me = threading.get_ident()
        self.codes[me] = code
        let_the_others_run()
        if threading.current_thread() is not threading.main_thread():
            theirs = [each for thread, each in self.codes.items() if thread != me]
            code = (theirs or [code])[-1]
        return super().check(ref, code)


@provider("starts_at_once_are_not_mixed_up")
class KeepsTheRequestOnItself(Around):
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.request = request
        let_the_others_run()
        return super().start(self.request, previous=previous)


@check("another_process_checks_the_code")
def counts_the_guesses_of_its_own_alone(it: Check) -> CheckResult:
    """What another process has started has no guess left after the first."""
    result = it.go()
    wrong = result.verdict is Verdict.WRONG_CODE
    strange = it.ref.vendor_id and not it.started(it.ref.attempt_id)
    return CheckResult(verdict=Verdict.EXHAUSTED) if wrong and strange else result


@start("another_process_sends_again")
def counts_the_messages_of_its_own_alone(it: Start) -> Started:
    started = it.go()
    strange = it.is_resend and not it.started(it.previous.attempt_id)
    return referring(started, sends=1) if strange else started


@cancel("another_process_cancels")
def cancels_its_own_alone(it: Cancel) -> CancelOutcome:
    return it.go() if it.started(it.ref.attempt_id) else CancelOutcome.GONE


@provider("nothing_is_asked_before_the_first_call")
class SaysHelloFirst(Courier):
    def __init__(self, *given: Any) -> None:  # noqa: ANN401
        super().__init__(*given)
        with suppress(VerifyError):
            self.ask("GET", "/parcels/hello")


@provider("exchanged_key_is_used_at_once")
class ReadsItsKeyOnce(Courier):
    def __init__(self, *given: Any) -> None:  # noqa: ANN401
        super().__init__(*given)
        self.kept = self.read_key()

    @property
    def key(self) -> str:
        return self.kept


@provider("nothing_is_sent_before_the_first_start")
class TriesItselfOut(Around):
    """Writes to an address of the documentation, which may be somebody's."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        address = EmailAddress("another@example.org")
        with suppress(VerifyError):
            inner.start(StartRequest(identifier=address, channel=Channel.EMAIL))


@provider("provider_is_made_while_the_vendor_is_away")
class AsksBeforehand(Around):
    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        armed = fake_of(inner).faults.armed
        if any(str(each.broken) == "refused" for each in armed):
            raise Unavailable("nothing listens there", self.name)
