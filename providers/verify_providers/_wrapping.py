"""Providers made of other providers: what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

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

    Subclasses override the methods in which they do more. References stay the inner
    provider's, so that they can be read without the wrapper.
    """

    def __init__(self, provider: VerifyProvider | AsyncVerifyProvider) -> None:
        self.provider = provider

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def capabilities(self) -> Capabilities:
        return self.provider.capabilities

    def owns(self, ref: VerificationRef) -> bool:
        return owns(self.provider, ref)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        started: Started = yield self._call(
            lambda: self.provider.start(request, previous=previous), has_effect=True
        )
        return started

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        result: CheckResult = yield self._call(
            lambda: self.provider.check(ref, code.reveal()), has_effect=True
        )
        return result

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        state: VerificationState = yield self._call(lambda: self.provider.fetch(ref))
        return state

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        outcome: CancelOutcome = yield self._call(lambda: self.provider.cancel(ref))
        return outcome

    def _call(self, make: Callable[[], object], *, has_effect: bool = False) -> Call:
        return Call(make, to=self.provider, has_effect=has_effect)


class MadeOfProviders(ConversationProvider[Call, Any]):
    """
    A blocking provider made of others; leaving its context closes them.

    Args:
        setting: What an error about the providers names.
        providers: The providers inside.
        conversations: What is done with their calls.

    Raises:
        InvalidSetting: A provider inside is awaited.
    """

    def __init__(
        self,
        setting: str,
        providers: Iterable[VerifyProvider | AsyncVerifyProvider],
        conversations: Conversations[Call, Any],
    ) -> None:
        inside = tuple(providers)
        for provider in inside:
            require_awaited(setting, provider, awaited=False)
        super().__init__(conversations, make_calls, inside=inside)


class AsyncMadeOfProviders(AsyncConversationProvider[Call, Any]):
    """
    `MadeOfProviders`, awaited.

    Leaving its context waits for the calls that are under way before it closes.

    Raises:
        InvalidSetting: A provider inside blocks.
    """

    def __init__(
        self,
        setting: str,
        providers: Iterable[VerifyProvider | AsyncVerifyProvider],
        conversations: Conversations[Call, Any],
        *,
        on_late: OnLate | None = None,
    ) -> None:
        inside = tuple(providers)
        for provider in inside:
            require_awaited(setting, provider, awaited=True)
        name = conversations.name
        super().__init__(
            conversations, lambda: AwaitedCalls(name), inside=inside, on_late=on_late
        )


class Wrapping(MadeOfProviders):
    """A blocking provider around another one, its attribute `provider`."""

    def __init__(
        self, provider: VerifyProvider, conversations: Conversations[Call, Any]
    ) -> None:
        self.provider = provider
        super().__init__("provider", [provider], conversations)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider!r})"


class AsyncWrapping(AsyncMadeOfProviders):
    """An awaited provider around another one, its attribute `provider`."""

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        conversations: Conversations[Call, Any],
        *,
        on_late: OnLate | None = None,
    ) -> None:
        self.provider = provider
        super().__init__("provider", [provider], conversations, on_late=on_late)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider!r})"


def innermost(
    provider: VerifyProvider | AsyncVerifyProvider,
) -> VerifyProvider | AsyncVerifyProvider:
    """Return the provider inside all wrappers; itself where it is not wrapped."""
    while isinstance(provider, Wrapping | AsyncWrapping):
        provider = provider.provider
    return provider
