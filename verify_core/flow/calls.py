"""Wishes to a provider and its answers, as values."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from ..masking import Secret, to_secret
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

T = TypeVar("T")


@frozen(kw_only=True)
class StartCall:
    """A wish to start; with `previous`, to send again."""

    request: StartRequest
    previous: VerificationRef | None = None


@frozen(kw_only=True)
class CheckCall:
    """A wish to check a code."""

    ref: VerificationRef
    code: Secret = field(converter=to_secret)


@frozen(kw_only=True)
class FetchCall:
    """A wish to know where a verification stands."""

    ref: VerificationRef


@frozen(kw_only=True)
class CancelCall:
    """A wish to end a verification."""

    ref: VerificationRef


ProviderCall: TypeAlias = StartCall | CheckCall | FetchCall | CancelCall
ProviderAnswer: TypeAlias = Started | CheckResult | VerificationState | CancelOutcome
Flow: TypeAlias = Generator[ProviderCall, ProviderAnswer, T]
