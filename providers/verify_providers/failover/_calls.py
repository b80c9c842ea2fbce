"""Asking one child: errors get its name, its circuit learns, the hook sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
from verify_core.events import Method
from verify_core.identifiers import Identifier
from verify_core.masking import Secret
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

from .._hooks import hand_over
from .._wrapping import result_of
from ..conversations import Call, CallConversation
from ._children import Child
from ._circuits import CircuitKey, Circuits
from ._events import FailoverEvent, FailoverEventKind, FailoverHook

T = TypeVar("T", Started, CheckResult, VerificationState, CancelOutcome)

FINAL: Final = (InvalidIdentifier, Refused, TooSoon)
"""What no other child may be asked after: it would defeat what the error protects."""


def calling_code(identifier: Identifier) -> int | None:
    """Return the phone number's calling code; None for an e-mail address."""
    return identifier.calling_code if isinstance(identifier, PhoneNumber) else None


def circuit_key(child: Child, identifier: Identifier) -> CircuitKey:
    """Return whose circuit a call to the child belongs to."""
    return CircuitKey(child.name, calling_code(identifier))


@frozen(kw_only=True)
class ChildCaller:
    """
    Calls the children; reports to their circuits and to the hook.

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
    ) -> CallConversation[Started]:
        """
        Start with the child; its circuit must have let the start enter.

        Raises:
            VerifyError: As the child did, with the child's name.
        """
        try:
            started = yield from self._ask(
                child,
                Method.START,
                request,
                lambda: child.provider.start(request, previous=previous),
            )
        except FINAL:
            self._worked(child, request)
            raise
        except (Unavailable, Ambiguous):
            raise  # counted where every call's failures are
        except BaseException:
            self.circuits.showed_nothing(circuit_key(child, request.identifier))
            raise
        if started.delivery is Delivery.SENT:
            self._worked(child, request)
        else:
            self._failed(child, Method.START, request)
        return started

    def check(
        self, child: Child, own: VerificationRef, code: Secret, ref: VerificationRef
    ) -> CallConversation[CheckResult]:
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
        return (
            yield from self._ask(
                child,
                Method.CHECK,
                ref,
                lambda: child.provider.check(own, code.reveal()),
            )
        )

    def fetch(
        self, child: Child, own: VerificationRef, ref: VerificationRef
    ) -> CallConversation[VerificationState]:
        """As `check`."""
        return (
            yield from self._ask(
                child, Method.FETCH, ref, lambda: child.provider.fetch(own)
            )
        )

    def cancel(
        self, child: Child, own: VerificationRef, ref: VerificationRef
    ) -> CallConversation[CancelOutcome]:
        """As `check`."""
        return (
            yield from self._ask(
                child, Method.CANCEL, ref, lambda: child.provider.cancel(own)
            )
        )

    def skipped(self, child: Child, request: StartRequest, reason: str) -> None:
        """Report that a child was passed over."""
        self._report(
            FailoverEventKind.SKIPPED, child, Method.START, request, result=reason
        )

    def _ask(
        self,
        child: Child,
        step: Method,
        about: StartRequest | VerificationRef,
        call: Callable[[], T | Awaitable[T]],
    ) -> CallConversation[T]:
        began_at = None if self.hook is None else self.clock()
        has_effect = step in {Method.START, Method.CHECK}
        try:
            answer: T = yield Call(call, to=child.provider, has_effect=has_effect)
        except VerifyError as error:
            self._report(
                FailoverEventKind.FAILED,
                child,
                step,
                about,
                began_at=began_at,
                error=error,
            )
            if isinstance(error, Unavailable | Ambiguous):
                self._failed(child, step, about)
            raise _named(error, child, about) from error
        if self.hook is not None:
            result = result_of(answer)
            self._report(
                FailoverEventKind.ANSWERED,
                child,
                step,
                about,
                began_at=began_at,
                result=result,
            )
        return answer

    def _worked(self, child: Child, request: StartRequest) -> None:
        if self.circuits.worked(circuit_key(child, request.identifier)):
            self._report(FailoverEventKind.CIRCUIT_CLOSED, child, Method.START, request)

    def _failed(
        self, child: Child, step: Method, about: StartRequest | VerificationRef
    ) -> None:
        if self.circuits.failed(circuit_key(child, about.identifier)):
            self._report(FailoverEventKind.CIRCUIT_OPENED, child, step, about)

    def _report(
        self,
        kind: FailoverEventKind,
        child: Child,
        step: Method,
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
            kind=kind,
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
        hand_over(self.hook, event)


def _named(
    error: VerifyError, child: Child, about: StartRequest | VerificationRef
) -> VerifyError:
    """The error with the child's name, since two children may be of one vendor."""
    if isinstance(error, Ambiguous | Unexpected) and isinstance(about, VerificationRef):
        return error.but(provider=child.name, ref=error.ref and about)
    return error.but(provider=child.name)
