"""Providers around another provider: what they pass on, written once."""

from __future__ import annotations

from typing import Self

from verify_core.frames import unframed
from verify_core.provider import (
    AsyncVerifyProvider,
    Capabilities,
    VerifyProvider,
    owns,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)


class Wrapping:
    """
    A provider around another one, which passes every call on.

    Subclasses override the methods in which they do more. References stay the
    provider's own, so that they can be read without the wrapper. A context manager:
    leaving it closes the provider.

    Args:
        provider: The provider inside.

    Attributes:
        provider: As above.
    """

    def __init__(self, provider: VerifyProvider) -> None:
        self.provider = provider

    @property
    def name(self) -> str:
        """The provider's own."""
        return self.provider.name

    @property
    def capabilities(self) -> Capabilities:
        """The provider's own."""
        return self.provider.capabilities

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider!r})"

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

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.start(request, previous=previous)

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.check(ref, code)

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.fetch(ref)

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        As the provider's.

        Raises:
            VerifyError: As from the provider.
        """
        return self.provider.cancel(ref)


def innermost(
    provider: VerifyProvider | AsyncVerifyProvider,
) -> VerifyProvider | AsyncVerifyProvider:
    """Return the provider inside all wrappers; itself where it is not wrapped."""
    while isinstance(provider, Wrapping):
        provider = provider.provider
    return provider


def result_of(
    answer: Started | CheckResult | VerificationState | CancelOutcome,
) -> str:
    """Return an answer in one word: delivery, verdict, status or cancel outcome."""
    match answer:
        case Started():
            return answer.delivery.value
        case CheckResult():
            return answer.verdict.value
        case VerificationState():
            return answer.status.value
        case CancelOutcome():
            return answer.value
