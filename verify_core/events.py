"""Calls of a provider as events for a hook; built only where one listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from attrs import frozen

from .channels import Channel
from .errors import VerifyError
from .provider import AnyProvider, require_answer
from .verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

T = TypeVar("T")


class Method(StrEnum):
    """The method of a provider that is called."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"


class Phase(StrEnum):
    """How far a call has come."""

    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """The caller was cancelled or interrupted; the call may have had an effect."""


@frozen(kw_only=True)
class VerifyEvent:
    """
    One phase of a call; masked, fit for any log.

    Attributes:
        provider: Its name.
        identifier: The number or address, masked.
        channel: The channel asked for, or that of the reference.
        attempt_id: Id of the attempt, or None before a provider drew one.
        result: Verdict, status, delivery, cancel outcome, or class name of the error,
            from which the last three fields are.
    """

    method: Method
    phase: Phase
    provider: str
    identifier: str
    channel: Channel
    attempt_id: str | None = None
    result: str | None = None
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None


class EventHook(Protocol):
    """
    Receives an event before each call and one after it.

    What it raises is logged by its class name and goes no further: a message may have
    left by then, and its reference must reach the caller.
    """

    def __call__(self, event: VerifyEvent, /) -> None: ...  # noqa: D102 - one call


class Answered(Protocol):
    """Requires an answer of a type, reports it, and returns it."""

    def __call__(self, answer: T, kind: type[T], /) -> T: ...  # noqa: D102 - one call


def watch(
    hook: EventHook | None,
    provider: AnyProvider,
    method: Method,
    about: StartRequest | VerificationRef,
) -> AbstractContextManager[Answered]:
    """
    Report the call that is made inside the `with` block, where there is a hook.

    The question is reported on entering, an error or the abandonment when one leaves
    the block. The value of the block takes the answer.
    """
    return _UNWATCHED if hook is None else _watched(hook, provider, method, about)


_UNWATCHED: AbstractContextManager[Answered] = nullcontext(require_answer)


@contextmanager
def _watched(
    hook: EventHook,
    provider: AnyProvider,
    method: Method,
    about: StartRequest | VerificationRef,
) -> Iterator[Answered]:
    def report(phase: Phase, **facts: Any) -> None:  # noqa: ANN401 - fields, judged
        event = VerifyEvent(
            method=method,
            phase=phase,
            provider=provider.name,
            identifier=str(about.identifier),
            channel=about.channel,
            attempt_id=about.attempt_id,
            **facts,
        )
        hand_over(hook, event)

    def answered(answer: T, kind: type[T], /) -> T:
        report(Phase.ANSWERED, result=result_of(answer))
        return require_answer(answer, kind)

    report(Phase.ASKED)
    try:
        yield answered
    except VerifyError as error:
        report(
            Phase.FAILED,
            result=type(error).__name__,
            http_status=error.http_status,
            vendor_code=error.vendor_code,
            vendor_request_id=error.vendor_request_id,
        )
        raise
    except Exception:
        raise
    except BaseException:  # a cancellation, by whatever library, or Ctrl-C
        report(Phase.ABANDONED)
        raise


def result_of(answer: object) -> str:
    """Return an answer in one word: delivery, verdict, status or cancel outcome."""
    match answer:
        case Started():
            return answer.delivery
        case CheckResult():
            return answer.verdict
        case VerificationState():
            return answer.status
        case CancelOutcome():
            return answer
    return type(answer).__name__


def hand_over(hook: Callable[[T], None], event: T) -> None:
    """
    Call the hook; log what it raises by its class name alone.

    A message may have left when a hook is called, and its reference must not be lost.
    """
    try:
        hook(event)
    except Exception as error:  # noqa: BLE001 - a hook may not stop what it sees
        import logging  # takes a while to load

        logging.getLogger(__name__).warning(
            "the event hook failed: %s", type(error).__name__
        )
