"""What a vendor's conversation yields, and how much time each request gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from attrs import field, frozen, validators

from verify_core.errors import Ambiguous, Unavailable, VerifyError

from ..conversations import Conversation
from ._messages import HttpAnswer, HttpRequest, NoAnswer

T = TypeVar("T")


@frozen
class Ask:
    """
    A step of a vendor's conversation: send this request once.

    The reply is an `HttpAnswer`, or a `NoAnswer` where no complete answer came.

    Attributes:
        request: What to send.
        share: Part of the call's whole time that this request may take, above 0 and at
            most 1. It never gets more than what is left of that time.
    """

    request: HttpRequest
    share: float = field(
        default=1.0,
        kw_only=True,
        validator=(validators.gt(0), validators.le(1)),
    )


Reply: TypeAlias = HttpAnswer | NoAnswer
HttpConversation: TypeAlias = Conversation[Ask, Reply, T]
"""A conversation with a vendor over HTTP."""


@frozen(kw_only=True)
class Deadline:
    """
    When the time of one call is over.

    Attributes:
        began: When the call began, in seconds on the monotonic clock.
        total_s: Seconds that the whole call may take.
        monotonic: Seconds on a clock that never goes back.
    """

    began: float
    total_s: float
    monotonic: Callable[[], float]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self.monotonic() - self.began

    def seconds_for(self, ask: Ask) -> float:
        """Seconds that the request may take; not positive when the time is over."""
        return min(ask.share * self.total_s, self.total_s - self.elapsed_s)


def require_answer(
    reply: Reply, *, provider: str, shown: str, has_effect: bool
) -> HttpAnswer:
    """
    The answer, or our error for its absence.

    >>> lost = NoAnswer(maybe_sent=True, reason="no answer in time")
    >>> require_answer(lost, provider="post", shown="Post", has_effect=True)
    Traceback (most recent call last):
    verify_core.errors.Ambiguous: Post: no answer in time
    >>> require_answer(lost, provider="post", shown="Post", has_effect=False)
    Traceback (most recent call last):
    verify_core.errors.Unavailable: Post: no answer in time

    Args:
        reply: What came back for a request.
        provider: The provider's name, for the error.
        shown: What people call the vendor, for the error's message.
        has_effect: Whether the request may send a message or spend a guess. One
            without effect may be put again without harm, so it is never ambiguous.

    Raises:
        Ambiguous: No answer, and the request may have had an effect.
        Unavailable: No answer, and no harm in asking again.
    """
    if isinstance(reply, NoAnswer):
        raise lost_answer(reply, provider=provider, shown=shown, has_effect=has_effect)
    return reply


def lost_answer(
    lost: NoAnswer, *, provider: str, shown: str, has_effect: bool
) -> VerifyError:
    """The error for an answer that never came; see `require_answer`."""
    kind = Ambiguous if lost.maybe_sent and has_effect else Unavailable
    return kind(message=f"{shown}: {lost.reason}", provider=provider)
