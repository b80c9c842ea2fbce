"""Providers around another provider: what they pass on, written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from verify_core.masking import Secret
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

from .conversations import (
    AsyncConversationProvider,
    AwaitedCalls,
    Call,
    CallConversation,
    ConversationProvider,
    Conversations,
    OnLate,
    make_calls,
    require_awaited,
)


class WrappingConversations:
    """
    The conversations of a provider around another one: every call is passed on.

    Subclasses override the methods in which they do more. References stay the
    provider's own, so that they can be read without the wrapper.

    Args:
        provider: The provider inside; it blocks or is awaited.
    """

    def __init__(self, provider: VerifyProvider | AsyncVerifyProvider) -> None:
        self.provider = provider

    @property
    def name(self) -> str:
        """The provider's own."""
        return self.provider.name

    @property
    def capabilities(self) -> Capabilities:
        """The provider's own."""
        return self.provider.capabilities

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is the provider's own."""
        return owns(self.provider, ref)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        """Let the provider start."""
        started: Started = yield self._call(
            lambda: self.provider.start(request, previous=previous), has_effect=True
        )
        return started

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        """Let the provider check."""
        result: CheckResult = yield self._call(
            lambda: self.provider.check(ref, code.reveal()), has_effect=True
        )
        return result

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        """Let the provider fetch."""
        state: VerificationState = yield self._call(lambda: self.provider.fetch(ref))
        return state

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        """Let the provider cancel."""
        outcome: CancelOutcome = yield self._call(lambda: self.provider.cancel(ref))
        return outcome

    def _call(self, make: Callable[[], object], *, has_effect: bool = False) -> Call:
        return Call(make, to=self.provider, has_effect=has_effect)


class Wrapping(ConversationProvider[Call, Any]):
    """
    A blocking provider around another one.

    A context manager: leaving it closes the provider inside.

    Args:
        provider: The provider inside.
        conversations: What is done with its calls.

    Attributes:
        provider: As above.

    Raises:
        InvalidSetting: The provider inside is awaited.
    """

    def __init__(
        self, provider: VerifyProvider, conversations: Conversations[Call, Any]
    ) -> None:
        require_awaited("provider", provider, awaited=False)
        self.provider = provider
        super().__init__(conversations, make_calls)

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


class AsyncWrapping(AsyncConversationProvider[Call, Any]):
    """
    An awaited provider around another one.

    An asynchronous context manager: leaving it waits for the calls that are under way
    and closes the provider inside.

    Args:
        provider: The provider inside.
        conversations: What is done with its calls.
        on_late: Receives the answers whose caller was cancelled while a message may
            have been on the way; None logs a masked warning.

    Attributes:
        provider: As above.

    Raises:
        InvalidSetting: The provider inside blocks.
    """

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        conversations: Conversations[Call, Any],
        *,
        on_late: OnLate | None = None,
    ) -> None:
        require_awaited("provider", provider, awaited=True)
        self.provider = provider
        super().__init__(
            conversations, lambda: AwaitedCalls(provider.name), on_late=on_late
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Wait for the calls under way; then close the provider, if it can be."""
        await super().aclose()
        aclose = getattr(self.provider, "aclose", None)
        if callable(aclose):
            await aclose()


def innermost(
    provider: VerifyProvider | AsyncVerifyProvider,
) -> VerifyProvider | AsyncVerifyProvider:
    """Return the provider inside all wrappers; itself where it is not wrapped."""
    while isinstance(provider, Wrapping | AsyncWrapping):
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
