"""A guard's conversations: what is counted before and after a provider is asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from verify_core.accepting import require_offered
from verify_core.errors import InvalidSetting, Unavailable, VerifyError
from verify_core.events import Method
from verify_core.masking import Secret, to_secret
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.validation import require_function, require_kind
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._wrapping import WrappingConversations
from ..conversations import CallConversation, StepCancelled
from ._counters import PAUSE, AnyStorage, Counters, CountersLost, without_waiting
from ._events import GuardEventKind, GuardHook, Reporter
from ._memory import ClockedMemory
from ._policy import GuardPolicy, Mode, OnLost
from ._rules import CounterNames, Permit, Refusal, Rules


class GuardConversations(WrappingConversations):
    """
    The conversations of a guard with its counters and its provider.

    Safe for several threads and tasks. What a start or a guess has reserved is given
    back where nothing came of it: also when the conversation is closed or cancelled
    before a message may have left, and never after that.
    """

    def __init__(
        self,
        provider: VerifyProvider | AsyncVerifyProvider,
        policy: GuardPolicy,
        *,
        storage: AnyStorage | None,
        pepper: str | Secret | None,
        clock: Callable[[], datetime],
        on_event: GuardHook | None,
    ) -> None:
        super().__init__(provider)
        if storage is not None and pepper is None:
            raise InvalidSetting(
                "pepper", "missing; all that count together need the same secret"
            )
        pepper = to_secret(secrets.token_hex() if pepper is None else pepper, "pepper")
        require_kind("policy", policy, GuardPolicy)
        require_function("clock", clock)
        if on_event is not None:
            require_function("on_event", on_event)
        self._policy = policy
        self._records = policy.mode is Mode.RECORD
        self._reporter = Reporter(hook=on_event, provider=provider, clock=clock)
        counters = Counters(
            storage=ClockedMemory(clock) if storage is None else storage,
            clock=clock,
            report=self._reporter.report,
        )
        self._rules = Rules(policy, CounterNames(policy, pepper), counters)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        """Start with the provider, if the policy lets it; a resend counts as well."""
        require_offered(self, request)
        permit = yield from self._judge(request)
        if isinstance(permit, Refusal):
            self._refuse(request, permit)
            permit = None
        else:
            self._reporter.report(GuardEventKind.ALLOWED, request)
        return (yield from self._pass_on(request, previous, permit))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        """Check with the provider; `EXHAUSTED` after too many wrong codes."""
        guess = yield from self._guess(ref)
        if isinstance(guess, Refusal):
            return CheckResult(verdict=Verdict.EXHAUSTED)
        try:
            result = yield from super().check(ref, code)
        except Exception:
            yield from self._give_back(guess)
            raise
        except GeneratorExit:
            without_waiting(self._give_back(guess))
            raise
        if result.verdict is Verdict.APPROVED:
            yield from self._approved(ref, guess)
        elif result.verdict is not Verdict.WRONG_CODE:
            yield from self._give_back(guess)
        return result

    def _judge(
        self, request: StartRequest
    ) -> CallConversation[Refusal | Permit | None]:
        """Return the refusal, the permit, or None: it passes without being counted."""
        refusal = self._rules.of_numbers(request.identifier)
        if refusal is not None:
            return refusal
        if not self._policy.counts:
            return None
        try:
            if self._policy.conversion:
                refusal = yield from self._rules.of_ranges(request)
            if refusal is not None:
                if not (refusal.only_records or self._records):
                    return refusal
                # Counted all the same: it must have its part in the share.
                self._report_refusal(GuardEventKind.WOULD_REFUSE, request, refusal)
            return (yield from self._rules.take(request))
        except CountersLost:
            self._not_counted(Method.START, request)
        return None

    def _refuse(self, request: StartRequest, refusal: Refusal) -> None:
        """Report the refusal, and raise it unless the guard only records."""
        self._report_refusal(self._refusing, request, refusal)
        if not self._records:
            raise refusal.error(self.name)

    def _report_refusal(
        self, kind: GuardEventKind, request: StartRequest, refusal: Refusal
    ) -> None:
        self._reporter.report(
            kind,
            request,
            rule=refusal.rule.name,
            retry_after=refusal.retry_after,
            reason=refusal.reason,
        )

    def _pass_on(
        self,
        request: StartRequest,
        previous: VerificationRef | None,
        permit: Permit | None,
    ) -> CallConversation[Started]:
        try:
            started = yield from super().start(request, previous)
        except Exception as error:
            if isinstance(error, VerifyError) and not error.maybe_sent:
                ended = yield from self._give_back(permit)
                if ended:
                    self._reporter.report(GuardEventKind.COOL_DOWN_ENDED, request)
            else:
                yield from self._sent(permit, request)  # perhaps
            raise
        except GeneratorExit:
            without_waiting(self._sent(permit, request))  # perhaps
            raise
        yield from self._sent(permit, request)
        return started

    def _sent(
        self, permit: Permit | None, request: StartRequest
    ) -> CallConversation[None]:
        """Count what left; counters that are lost must not lose the result."""
        if permit is None and not self._policy.conversion:
            return
        with suppress(CountersLost, StepCancelled):
            yield from self._rules.sent(permit, request)

    def _guess(self, ref: VerificationRef) -> CallConversation[Permit | Refusal | None]:
        """Return the permit; None where it is not counted; a refusal."""
        try:
            guess = yield from self._rules.guess(ref.identifier)
        except CountersLost:
            self._not_counted(Method.CHECK, ref)
            return None
        if isinstance(guess, Refusal):
            self._reporter.report(
                self._refusing, ref, method=Method.CHECK, rule=guess.rule.name
            )
            return None if self._records else guess
        return guess

    def _approved(
        self, ref: VerificationRef, guess: Permit | None
    ) -> CallConversation[None]:
        try:
            yield from self._rules.approved(ref)
        except (CountersLost, StepCancelled):
            yield from self._give_back(guess)
        except GeneratorExit:
            without_waiting(self._give_back(guess))
            raise

    def _give_back(self, permit: Permit | None) -> CallConversation[bool]:
        if permit is None:
            return False
        return (yield from self._rules.give_back(permit))

    def _not_counted(
        self, method: Method, about: StartRequest | VerificationRef
    ) -> None:
        """Report that the counters are lost; raise if the policy says `closed`."""
        # A guard that only records must not keep people from logging in.
        is_open = self._policy.on_lost is OnLost.OPEN or self._records
        self._reporter.report(
            GuardEventKind.NOT_COUNTED,
            about,
            method=method,
            reason="open" if is_open else "closed",
        )
        if not is_open:
            raise Unavailable(
                "the guard's counters cannot be reached, and it is to refuse then",
                self.name,
                retry_after=PAUSE,
            )

    @property
    def _refusing(self) -> GuardEventKind:
        kinds = GuardEventKind
        return kinds.WOULD_REFUSE if self._records else kinds.REFUSED
