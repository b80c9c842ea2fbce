"""Answers that come after their caller was cancelled: a message may have left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import converters, field, frozen

from verify_core.frames import without_frames
from verify_core.masking import Secret, to_secret
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)


@frozen(kw_only=True)
class StartCall:
    """A call of `start`; with `previous`, to send again for that verification."""

    request: StartRequest
    previous: VerificationRef | None = None


@frozen(kw_only=True)
class CheckCall:
    """A call of `check`."""

    ref: VerificationRef
    code: Secret = field(converter=to_secret)


@frozen(kw_only=True)
class FetchCall:
    """A call of `fetch`."""

    ref: VerificationRef


@frozen(kw_only=True)
class CancelCall:
    """A call of `cancel`."""

    ref: VerificationRef


ProviderCall: TypeAlias = StartCall | CheckCall | FetchCall | CancelCall
ProviderAnswer: TypeAlias = Started | CheckResult | VerificationState | CancelOutcome


@frozen(kw_only=True)
class LateAnswer:
    """
    What became of a call whose caller was cancelled before the answer came.

    Attributes:
        call: What was asked.
        answer: The answer; of a start it holds the reference. None where it raised.
        error: What it raised, without frames if it is an error of this library; or
            None.
    """

    call: ProviderCall
    answer: ProviderAnswer | None
    error: BaseException | None = field(converter=converters.optional(without_frames))


OnLate: TypeAlias = Callable[[LateAnswer], None]
"""Receives what became of a call after its caller was cancelled; must be quick."""


def log_late(late: LateAnswer) -> None:
    """Log a masked warning: a message may have left, and its reference was dropped."""
    import logging  # takes a while to load

    asked = late.call.request if isinstance(late.call, StartCall) else late.call.ref
    # By the package's name, which applications configure.
    logging.getLogger(__package__).warning(
        "%s for %s ended with %s after its task was cancelled; pass on_late to keep it",
        type(late.call).__name__,
        asked.identifier,
        type(late.answer if late.error is None else late.error).__name__,
    )
