"""A provider that refuses fraud and excess before they cost anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, Self, TypeVar

from limits.storage import Storage

from verify_core.errors import InvalidSetting, Unavailable, VerifyError
from verify_core.flow import Step
from verify_core.masking import Secret, to_secret
from verify_core.provider import (
    Capabilities,
    VerifyProvider,
    accept,
    owns,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .events import Act, GuardHook
from .keys import Keys
from .ledger import PAUSE, CountersLost, Ledger
from .memory import ClockedMemory
from .policy import GuardPolicy, Mode, OnLost
from .rules import WRONG_CODES, Permit, Refusal, Rules
from .telling import Teller

NAME: Final = "guard"
_T = TypeVar("_T")


utc_now: Final = partial(datetime.now, UTC)  # noqa: TID251 - the default of an argument
"""The system's clock, for those who pass none; asked several times for each start."""


class GuardProvider:
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
        self.provider = provider
        self._policy = policy
        self._teller = Teller(hook=on_event, provider=provider, clock=clock)
        keys = Keys(
            pepper=to_secret(secrets.token_hex() if pepper is None else pepper),
            prefix_digits=policy.prefix_digits,
        )
        ledger = Ledger(
            storage=ClockedMemory(clock) if storage is None else storage,
            clock=clock,
            tell=self._teller.tell,
        )
        self._rules = Rules(policy, keys, ledger)

    @property
    def name(self) -> str:
        """The provider's own, so that references stay readable without the guard."""
        return self.provider.name

    @property
    def capabilities(self) -> Capabilities:
        """The provider's own."""
        return self.provider.capabilities

    def __repr__(self) -> str:
        return f"GuardProvider({self.name!r}, mode={self._policy.mode.value!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the provider, if it can be closed."""
        close = getattr(self.provider, "close", None)
        if callable(close):
            close()

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is the provider's own."""
        return owns(self.provider, ref)

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
        found = self._judge(request)
        if isinstance(found, Refusal):
            if self._refuses(request, found):
                raise found.error(self.name)
            found = None
        else:
            self._teller.tell_of(request, Act.PASSED)
        return self._pass_on(request, previous, found)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        As the provider's, unless too many codes of this identifier were wrong.

        Raises:
            Unavailable: Wrong codes are to be counted and cannot be, and the policy
                says `closed`.
            VerifyError: As from the provider.
        """
        if not self._may_guess(ref):
            return CheckResult(verdict=Verdict.EXHAUSTED)
        result = self.provider.check(ref, code)
        if result.verdict is Verdict.APPROVED:
            self._try(lambda: self._rules.approved(ref.identifier))
        return result

    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.fetch(ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.cancel(ref)

    def _judge(self, request: StartRequest) -> Refusal | Permit | None:
        """The refusal, the permit, or None: let through without being counted."""
        refusal = self._rules.of_numbers(request.identifier)
        if refusal is not None:
            return refusal
        if not self._policy.counts:
            return None
        try:
            return self._rules.take(request)
        except CountersLost:
            self._uncounted(Step.START, request)
        return None

    def _uncounted(self, step: Step, of: StartRequest | VerificationRef) -> None:
        is_open = self._policy.on_lost is OnLost.OPEN
        # A guard that only records must not be why nobody can log in.
        is_open = is_open or self._policy.mode is Mode.RECORD
        self._teller.tell_of(
            of, Act.UNCOUNTED, step=step, rule="open" if is_open else "closed"
        )
        if not is_open:
            raise Unavailable(
                "the guard's counters cannot be reached, and it is to refuse then",
                self.name,
                retry_after=PAUSE,
            )

    def _refuses(self, request: StartRequest, refusal: Refusal) -> bool:
        records = self._policy.mode is Mode.RECORD
        self._teller.tell_of(
            request,
            Act.WOULD_REFUSE if records else Act.REFUSED,
            rule=refusal.rule,
            retry_after=refusal.retry_after,
            reason=refusal.reason,
        )
        return not records

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
            else:
                self._give_back(request, permit)
            raise
        except BaseException:
            self._sent(permit)  # nobody knows
            raise
        self._sent(permit)
        return started

    def _sent(self, permit: Permit | None) -> None:
        if permit is not None:
            self._try(lambda: self._rules.sent(permit))

    def _give_back(self, request: StartRequest, permit: Permit | None) -> None:
        if permit is not None and self._try(lambda: self._rules.give_back(permit)):
            self._teller.tell_of(request, Act.GIVEN_BACK)

    def _may_guess(self, ref: VerificationRef) -> bool:
        try:
            allowed = self._rules.guess(ref.identifier)
        except CountersLost:
            self._uncounted(Step.CHECK, ref)
            return True
        if allowed:
            return True
        records = self._policy.mode is Mode.RECORD
        act = Act.WOULD_REFUSE if records else Act.REFUSED
        self._teller.tell_of(ref, act, step=Step.CHECK, rule=WRONG_CODES)
        return records

    def _try(self, call: Callable[[], _T]) -> _T | None:
        """What comes after a message left must not be why its reference is lost."""
        try:
            return call()
        except CountersLost:
            return None
