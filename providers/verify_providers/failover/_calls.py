"""Calls of one child: errors get its name, its circuit learns, the hook is informed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Refused,
    TooSoon,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.events import Method, hand_over, result_of
from verify_core.identifiers import Identifier
from verify_core.phone import PhoneNumber
from verify_core.validation import aware_utc
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from ..conversations import Call, CallConversation
from ._children import Child
from ._circuits import Circuits

T = TypeVar("T", Started, CheckResult, VerificationState, CancelOutcome)

FINAL = (InvalidIdentifier, Refused, TooSoon)
"""No other child is tried after these: it would defeat what the error protects."""


class FailoverEventKind(StrEnum):
    """What happened with a child."""

    ANSWERED = "answered"
    """It was called, and answered."""
    FAILED = "failed"
    """It was called, and raised."""
    SKIPPED = "skipped"
    """It was its turn, and it was not called."""
    CIRCUIT_OPENED = "circuit_opened"
    """It failed too often; no start goes there for a pause."""
    CIRCUIT_CLOSED = "circuit_closed"
    """It works again."""


@frozen(kw_only=True)
class FailoverEvent:
    """
    One thing that a failover did, reported after it happened; masked, fit for any log.

    Attributes:
        kind: What happened.
        method: In which of a provider's methods. A child's `cancel` may be part of a
            start: the verification that a resend replaces is canceled.
        failover: The failover's name.
        child: The child's name.
        channel: The channel asked for, or that of the reference.
        calling_code: Of the phone number; None for an e-mail address.
        identifier: The number or address, masked.
        at: When the child was called, or else when it happened; UTC.
        duration: How long the child's call took.
        attempt_id: Id of the attempt.
        result: Verdict, status, delivery, cancel outcome, class name of the error, or
            why the child was skipped.
        http_status: From the error.
        vendor_code: From the error.
        vendor_request_id: From the error.
    """

    kind: FailoverEventKind
    method: Method
    failover: str
    child: str
    channel: Channel
    calling_code: int | None
    identifier: str
    at: datetime
    duration: timedelta = timedelta(0)
    attempt_id: str | None = None
    result: str | None = None
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None


class FailoverHook(Protocol):
    """
    Receives every event; what it raises is logged by name and goes no further.

    A message may have left when it is called, and its reference must not be lost.
    """

    def __call__(self, event: FailoverEvent, /) -> None: ...


def calling_code(identifier: Identifier) -> int | None:
    """Return the phone number's calling code; None for an e-mail address."""
    return identifier.calling_code if isinstance(identifier, PhoneNumber) else None


@frozen(kw_only=True)
class ChildCaller:
    """Calls the children; reports to their circuits and to the hook."""

    failover: str
    clock: Callable[[], datetime]
    circuits: Circuits
    hook: FailoverHook | None = field(repr=False)

    def start(
        self, child: Child, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        """Start with the child; its circuit must have let the start enter."""
        try:
            started = yield from self.call(
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
            self.circuits.showed_nothing((child.name, calling_code(request.identifier)))
            raise
        if started.delivery is Delivery.SENT:
            self._worked(child, request)
        else:
            self._failed(child, Method.START, request)
        return started

    def call(
        self,
        child: Child,
        method: Method,
        about: StartRequest | VerificationRef,
        make: Callable[[], T | Awaitable[T]],
    ) -> CallConversation[T]:
        """
        Make one call of the child; errors get the child's name.

        They get the failover's reference, too, where `about` is one.
        """
        # Here, so that a clock that cannot be used fails before anything is sent.
        began_at = None if self.hook is None else aware_utc(self.clock(), "clock")
        has_effect = method is Method.START or method is Method.CHECK
        try:
            answer: T = yield Call(make, to=child.provider, has_effect=has_effect)
        except VerifyError as error:
            failed = FailoverEventKind.FAILED
            self._report(failed, child, method, about, began_at, error=error)
            if isinstance(error, Unavailable | Ambiguous):
                self._failed(child, method, about)
            raise _named(error, child, about) from error
        if self.hook is not None:
            answered, result = FailoverEventKind.ANSWERED, result_of(answer)
            self._report(answered, child, method, about, began_at, result=result)
        return answer

    def skipped(self, child: Child, request: StartRequest, reason: str) -> None:
        skipped = FailoverEventKind.SKIPPED
        self._report(skipped, child, Method.START, request, result=reason)

    def _worked(self, child: Child, request: StartRequest) -> None:
        if self.circuits.worked((child.name, calling_code(request.identifier))):
            self._report(FailoverEventKind.CIRCUIT_CLOSED, child, Method.START, request)

    def _failed(
        self, child: Child, method: Method, about: StartRequest | VerificationRef
    ) -> None:
        if self.circuits.failed((child.name, calling_code(about.identifier))):
            self._report(FailoverEventKind.CIRCUIT_OPENED, child, method, about)

    def _report(
        self,
        kind: FailoverEventKind,
        child: Child,
        method: Method,
        about: StartRequest | VerificationRef,
        began_at: datetime | None = None,
        *,
        result: str | None = None,
        error: VerifyError | None = None,
    ) -> None:
        if self.hook is None:
            return
        now = aware_utc(self.clock(), "clock")
        at = began_at or now
        event = FailoverEvent(
            kind=kind,
            method=method,
            failover=self.failover,
            child=child.name,
            channel=about.channel,
            calling_code=calling_code(about.identifier),
            identifier=str(about.identifier),
            at=at,
            duration=max(now - at, timedelta(0)),
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
    """Give the error the child's name, since two children may be of one vendor."""
    if isinstance(error, Ambiguous | Unexpected) and isinstance(about, VerificationRef):
        return error.but(provider=child.name, ref=error.ref and about)
    return error.but(provider=child.name)
