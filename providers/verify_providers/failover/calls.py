"""Asking one child: errors get its name, its circuit learns, the hook sees."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from attrs import field, frozen

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Refused,
    TooSoon,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.flow import Step
from verify_core.identifiers import Identifier
from verify_core.phone import PhoneNumber
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from .children import Child
from .circuits import Circuits
from .events import Act, FailoverEvent, FailoverHook

T = TypeVar("T", Started, CheckResult, VerificationState, CancelOutcome)

_LOG: Final = logging.getLogger(__name__)

FINAL: Final = (InvalidIdentifier, Refused, TooSoon)
"""What no other child may be asked after: it would defeat what the error protects."""


def calling_code(identifier: Identifier) -> int | None:
    """The phone number's; None for an e-mail address."""
    return identifier.calling_code if isinstance(identifier, PhoneNumber) else None


@frozen(kw_only=True)
class Line:
    """
    The way to the children, and what watches it.

    Attributes:
        failover: The failover's name.
        clock: The present, aware.
        circuits: Learn from every call.
        hook: Sees every call, or None.
    """

    failover: str
    clock: Callable[[], datetime]
    circuits: Circuits
    hook: FailoverHook | None = field(repr=False)

    def start(
        self, child: Child, request: StartRequest, previous: VerificationRef | None
    ) -> Started:
        """
        Start with the child; its circuit must have let the start enter.

        Raises:
            VerifyError: As the child did, with the child's name.
        """
        key = (child.name, calling_code(request.identifier))
        try:
            started = self._ask(
                child,
                Step.START,
                request,
                lambda: child.provider.start(request, previous=previous),
            )
        except FINAL:
            self._worked(child, request)
            raise
        except (Unavailable, Ambiguous):
            raise  # counted where every call's failures are
        except BaseException:
            self.circuits.told_nothing(key)
            raise
        if started.delivery is Delivery.SENT:
            self._worked(child, request)
        else:
            self._failed(child, Step.START, request)
        return started

    def check(
        self, child: Child, own: VerificationRef, code: str, ref: VerificationRef
    ) -> CheckResult:
        """
        Check with the child.

        Args:
            child: The child.
            own: Its reference.
            code: As typed.
            ref: The failover's reference, which stands in errors.

        Raises:
            VerifyError: As the child did, with the child's name.
        """
        return self._ask(
            child, Step.CHECK, ref, lambda: child.provider.check(own, code)
        )

    def fetch(
        self, child: Child, own: VerificationRef, ref: VerificationRef
    ) -> VerificationState:
        """As `check`."""
        return self._ask(child, Step.FETCH, ref, lambda: child.provider.fetch(own))

    def cancel(
        self, child: Child, own: VerificationRef, ref: VerificationRef
    ) -> CancelOutcome:
        """As `check`."""
        return self._ask(child, Step.CANCEL, ref, lambda: child.provider.cancel(own))

    def skipped(self, child: Child, request: StartRequest, reason: str) -> None:
        """Tell that a child was passed over."""
        self._tell(Act.SKIPPED, child, Step.START, request, result=reason)

    def _ask(
        self,
        child: Child,
        step: Step,
        about: StartRequest | VerificationRef,
        act: Callable[[], T],
    ) -> T:
        began_at = None if self.hook is None else self.clock()
        try:
            answer = act()
        except VerifyError as error:
            self._tell(Act.FAILED, child, step, about, began_at=began_at, error=error)
            if isinstance(error, Unavailable | Ambiguous):
                self._failed(child, step, about)
            raise _named(error, child, about) from error
        if self.hook is not None:
            told = _told(answer)
            self._tell(Act.ANSWERED, child, step, about, began_at=began_at, result=told)
        return answer

    def _worked(self, child: Child, request: StartRequest) -> None:
        if self.circuits.worked((child.name, calling_code(request.identifier))):
            self._tell(Act.CIRCUIT_CLOSED, child, Step.START, request)

    def _failed(
        self, child: Child, step: Step, about: StartRequest | VerificationRef
    ) -> None:
        if self.circuits.failed((child.name, calling_code(about.identifier))):
            self._tell(Act.CIRCUIT_OPENED, child, step, about)

    def _tell(
        self,
        act: Act,
        child: Child,
        step: Step,
        about: StartRequest | VerificationRef,
        *,
        began_at: datetime | None = None,
        result: str | None = None,
        error: VerifyError | None = None,
    ) -> None:
        if self.hook is None:
            return
        now = self.clock()
        began_at = began_at or now
        event = FailoverEvent(
            act=act,
            step=step,
            failover=self.failover,
            child=child.name,
            channel=about.channel,
            calling_code=calling_code(about.identifier),
            identifier=str(about.identifier),
            began_at=began_at,
            took=max(now - began_at, timedelta(0)),
            attempt_id=about.attempt_id,
            result=type(error).__name__ if error else result,
            http_status=error.http_status if error else None,
            vendor_code=error.vendor_code if error else None,
            vendor_request_id=error.vendor_request_id if error else None,
        )
        try:
            self.hook(event)
        except Exception as fault:  # noqa: BLE001 - a hook may be anybody's code
            # Its name alone: what it says may hold what no log may.
            _LOG.warning("on_event raised %s", type(fault).__name__)


def _named(
    error: VerifyError, child: Child, about: StartRequest | VerificationRef
) -> VerifyError:
    """The error with the child's name, since two children may be of one vendor."""
    if isinstance(error, Ambiguous | Unexpected) and isinstance(about, VerificationRef):
        return error.but(provider=child.name, ref=error.ref and about)
    return error.but(provider=child.name)


def _told(answer: Started | CheckResult | VerificationState | CancelOutcome) -> str:
    match answer:
        case Started():
            return answer.delivery
        case CheckResult():
            return answer.verdict
        case VerificationState():
            return answer.status
        case CancelOutcome():
            return answer
