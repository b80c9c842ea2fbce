"""The steps of a provider made of others: calls of providers, blocking or awaited."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

from attrs import define, field

from verify_core.errors import Ambiguous, InvalidSetting
from verify_core.provider import AsyncVerifyProvider, VerifyProvider

from ._running import Conversation

T = TypeVar("T")


@define(eq=False)  # not frozen, which takes twice as long: one for each step
class Call:
    """
    A step of a provider made of others: make this call once.

    The reply is what the call returns; what it raises is raised at the step.

    Attributes:
        make: Makes the call. It returns the reply, or an awaitable of the reply where
            what is called is awaited.
        to: The provider that `make` calls, if it is one. A conversation provider then
            runs in the caller's task, which is made for such calls.
        has_effect: Whether the call may send a message or spend a guess.
        tidies: Whether it takes back or notes what the conversation did, so that it is
            made even after the conversation was cancelled.
    """

    make: Callable[[], Any] = field(repr=False)
    to: object = field(default=None, repr=False)
    has_effect: bool = False
    tidies: bool = False


class StepCancelled(Exception):
    """A step without an effect was cancelled, or not made for that reason."""


CallConversation: TypeAlias = Conversation[Call, Any, T]
"""A conversation of a provider made of others."""


def require_awaited(
    setting: str, provider: VerifyProvider | AsyncVerifyProvider, *, awaited: bool
) -> None:
    """
    Refuse what is not a provider, or one of the other kind.

    Args:
        setting: What the error names.
        provider: The provider inside.
        awaited: Whether its methods must be awaited, or must block.

    Raises:
        InvalidSetting: It is something else, or of the other kind; says what to do.
    """
    start = getattr(provider, "start", None)
    if not callable(start):
        kind = type(provider).__name__
        raise InvalidSetting(setting, f"takes a provider, not {kind}")
    if inspect.iscoroutinefunction(start) is awaited:
        return
    raise InvalidSetting(
        setting,
        "takes awaited providers; as_async() makes one of a provider that blocks"
        if awaited
        else "takes providers that block; this one is awaited: use the Async… class",
    )


def make_calls() -> Callable[[Call], Any]:
    """Return what performs the calls of one conversation, blocking."""
    return lambda step: step.make()


_CALLED: ContextVar[object] = ContextVar("CALLED", default=None)
"""The provider that the conversation of this task calls itself, until it begins."""


def joins_caller(provider: object) -> bool:
    """Whether a `Call` of this very task calls the provider; true once for each."""
    if _CALLED.get() is not provider:
        return False
    _CALLED.set(None)
    return True


class AwaitedCalls:
    """
    Performs the calls of one conversation, awaiting each; see `AwaitedSteps`.

    Once a call with an effect was made, the conversation runs on to its end when its
    caller is cancelled. When the loop closes, the call under way counts as lost.

    Args:
        provider: The provider's name, for errors.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._cancelled = False
        self.maybe_sent = False

    async def __call__(self, step: Call, /) -> Any:  # noqa: ANN401 - any reply
        """
        Make one call and await it, if there is something to await.

        Raises:
            Ambiguous: It was cancelled and may have had an effect.
            StepCancelled: It was cancelled and had none, or one before it was.
            Exception: Whatever the call raises.
        """
        import asyncio  # loads as much as a half of all else

        if self._cancelled and not step.tidies:
            raise StepCancelled
        self.maybe_sent = self.maybe_sent or step.has_effect
        _CALLED.set(step.to)
        try:
            reply = step.make()
            return (await reply) if inspect.isawaitable(reply) else reply
        except asyncio.CancelledError:
            self._cancelled = True
        if step.has_effect:
            raise Ambiguous("the call was cancelled before its answer", self._provider)
        raise StepCancelled
