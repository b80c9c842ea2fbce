"""A provider that refuses fraud and excess before they cost anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from limits.storage import Storage

from verify_core.errors import InvalidSetting, Unavailable, VerifyError
from verify_core.events import Method
from verify_core.frames import unframed
from verify_core.masking import Secret, to_secret
from verify_core.provider import VerifyProvider, accept
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._clock import utc_now
from ..wrapping import Wrapping
from .counters import PAUSE, Counters, CountersLost
from .events import GuardEventKind, GuardHook, Reporter
from .names import CounterNames
from .policy import GuardPolicy, Mode, OnLost
from .rules import Guess, Permit, Refusal, Rules
from .storages import ClockedMemory

NAME: Final = "guard"


class GuardProvider(Wrapping):
    """
    A provider that stands before another one; safe to use from several threads.

    A start is held against the policy first and reaches the provider only if every rule
    lets it. References stay the provider's own, and its name and capabilities are the
    guard's. A context manager: leaving it closes the provider.

    Args:
        provider: The guarded one; put a failover below the guard, not above it, since
            another provider would otherwise be asked what this one refuses.
        policy: What goes through.
        storage: Where starts are counted: a storage of the `limits` library, such as
            `redis_storage()` returns. None counts in this process.
        pepper: The key of the hashes under which identifiers and addresses are counted,
            at least 16 characters, the same in all processes. Only without a storage
            may it be None; then one is drawn.
        clock: The present, aware. Windows in a storage of the library's own end by the
            system's clock or the server's.
        on_event: Sees everything that is done, masked.

    Raises:
        InvalidSetting: A storage without a pepper, or a pepper that is too short.
    """

    @unframed
    def __init__(
        self,
        provider: VerifyProvider,
        policy: GuardPolicy,
        *,
        storage: Storage | None = None,
        pepper: str | Secret | None = None,
        clock: Callable[[], datetime] = utc_now,
        on_event: GuardHook | None = None,
    ) -> None:
        if storage is not None and pepper is None:
            raise InvalidSetting(
                "pepper", "missing; all that count together need the same secret"
            )
        super().__init__(provider)
        self._policy = policy
        self._reporter = Reporter(hook=on_event, provider=provider, clock=clock)
        names = CounterNames(
            pepper=to_secret(secrets.token_hex() if pepper is None else pepper),
            prefix_digits=policy.prefix_digits,
            fold_subaddresses=policy.fold_subaddresses,
        )
        counters = Counters(
            storage=ClockedMemory(clock) if storage is None else storage,
            clock=clock,
            report=self._reporter.report,
        )
        self._rules = Rules(policy, names, counters)

    def __repr__(self) -> str:
        return f"GuardProvider({self.name!r}, mode={self._policy.mode.value!r})"

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        As the provider's, if the policy lets it.

        Args:
            request: Whom to reach and how.
            previous: As for the provider; sending again is counted like sending.

        Raises:
            TooSoon: This identifier or client address must wait.
            Throttled: Everybody must, or everybody of the calling code; or the money
                is spent.
            Refused: The number is not accepted, or its range is used up.
            Unavailable: The counters cannot be reached, and the policy says `closed`.
            VerifyError: As from the provider.
        """
        accept(self, request, extras=object)  # which extras, the provider knows
        permit = self._judge(request)
        if isinstance(permit, Refusal):
            self._refuse(request, permit)
            permit = None
        else:
            self._reporter.report_about(request, GuardEventKind.PASSED)
        return self._pass_on(request, previous, permit)

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        As the provider's, unless too many codes of this identifier were wrong.

        Only a code that the provider calls wrong counts: none while the provider cannot
        be reached, and none of a verification that is over.

        Raises:
            Unavailable: Wrong codes are to be counted and cannot be, and the policy
                says `closed`.
            VerifyError: As from the provider.
        """
        secret = to_secret(code)
        del code  # nothing readable in a frame
        guess = self._guess(ref)
        if isinstance(guess, Refusal):
            return CheckResult(verdict=Verdict.EXHAUSTED)
        try:
            result = self.provider.check(ref, secret.reveal())
        except BaseException:
            self._not_wrong(guess)
            raise
        if result.verdict is Verdict.APPROVED:
            self._approved(ref, guess)
        elif result.verdict is not Verdict.WRONG_CODE:
            self._not_wrong(guess)
        return result

    def _judge(self, request: StartRequest) -> Refusal | Permit | None:
        """Return the refusal, the permit, or None: it passes without being counted."""
        refusal = self._rules.of_numbers(request.identifier)
        if refusal is not None:
            return refusal
        if not self._policy.counts:
            return None
        try:
            return self._rules.take(request)
        except CountersLost:
            self._uncounted(Method.START, request)
        return None

    def _refuse(self, request: StartRequest, refusal: Refusal) -> None:
        """
        Report the refusal, and raise it unless the guard only records.

        Raises:
            NotSent: The refusal.
        """
        self._reporter.report_about(
            request,
            self._refusing,
            rule=refusal.rule.name,
            retry_after=refusal.retry_after,
            reason=refusal.reason,
        )
        if not self._records:
            raise refusal.error(self.name)

    def _pass_on(
        self,
        request: StartRequest,
        previous: VerificationRef | None,
        permit: Permit | None,
    ) -> Started:
        try:
            started = self.provider.start(request, previous=previous)
        except VerifyError as error:
            if error.maybe_sent:
                self._sent(permit)
            elif permit is not None and self._rules.give_back(permit):
                self._reporter.report_about(request, GuardEventKind.GIVEN_BACK)
            raise
        except BaseException:
            self._sent(permit)  # perhaps
            raise
        self._sent(permit)
        return started

    def _sent(self, permit: Permit | None) -> None:
        if permit is not None:
            _survive(lambda: self._rules.sent(permit))

    def _guess(self, ref: VerificationRef) -> Guess | Refusal | None:
        """Return the guess; None where it is not counted, a refusal where it ends."""
        try:
            guess = self._rules.guess(ref.identifier)
        except CountersLost:
            self._uncounted(Method.CHECK, ref)
            return None
        if isinstance(guess, Refusal):
            self._reporter.report_about(
                ref, self._refusing, step=Method.CHECK, rule=guess.rule.name
            )
            return None if self._records else guess
        return guess

    def _approved(self, ref: VerificationRef, guess: Guess | None) -> None:
        if not _survive(lambda: self._rules.approved(ref.identifier)):
            self._not_wrong(guess)

    def _not_wrong(self, guess: Guess | None) -> None:
        if guess is not None:
            self._rules.not_wrong(guess)

    def _uncounted(self, step: Method, about: StartRequest | VerificationRef) -> None:
        """
        Report that the counters are lost, and let through what the policy lets.

        Raises:
            Unavailable: The policy says `closed`.
        """
        # A guard that only records must not be why nobody can log in.
        is_open = self._policy.on_lost is OnLost.OPEN or self._records
        self._reporter.report_about(
            about,
            GuardEventKind.UNCOUNTED,
            step=step,
            rule="open" if is_open else "closed",
        )
        if not is_open:
            raise Unavailable(
                "the guard's counters cannot be reached, and it is to refuse then",
                self.name,
                retry_after=PAUSE,
            )

    @property
    def _records(self) -> bool:
        return self._policy.mode is Mode.RECORD

    @property
    def _refusing(self) -> GuardEventKind:
        kinds = GuardEventKind
        return kinds.WOULD_REFUSE if self._records else kinds.REFUSED


def _survive(bookkeeping: Callable[[], object]) -> bool:
    """Do what follows a call; lost counters must not lose the call's result."""
    try:
        bookkeeping()
    except CountersLost:
        return False
    return True
