"""A provider that sends codes of our own; blocking, and awaited."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from verify_core.channels import Channel, read_channel
from verify_core.codestore import AsyncCodeStore, CodeStore
from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.identifiers import Identifier
from verify_core.validation import require_mapping

from .._clock import utc_now
from ..conversations import (
    AsyncConversationProvider,
    AwaitedCalls,
    Call,
    ConversationProvider,
    OnLate,
    make_calls,
    run,
    run_awaited,
)
from ..threads import InThreads
from ._codes import Purpose
from ._conversations import OwnConversations
from ._keys import CodeKeys
from ._message import MessageTexts
from ._policy import CodePolicy
from .senders import AsyncSender, Sender

T = TypeVar("T")
NAME = "own"


class OwnCodes(ConversationProvider[Call, Any]):
    """
    Sends codes of our own by senders of the application's; safe for several threads.

    A code is drawn, its keyed digest kept in the store, and the message sent. A check
    counts the guess before it compares, so that parallel guesses are no more than
    allowed, and approves once. A context manager: leaving it closes store and senders.

    Starts are idempotent: one with the `attempt_id` and identifier of a verification
    that runs sends nothing. It answers `maybe_sent`, since the first call may be
    sending at that moment. A resend of what has ended is a fresh start with its id.

    Args:
        store: Where codes are kept, such as `MemoryStore()`.
        senders: By channel: a sender, or several in order. The next one, and then the
            request's fallback channels, are tried only where no message left.
        keys: What digests are made with; the same in all processes.
        brand: Who sends the code, as the message says; `texts` says more.
        purpose: `login`, `confirm` (that an address is the person's own) or `recovery`.
            A code or reference is good for its own purpose only.
        policy: How codes are, how long they live, and what is counted.
        texts: What messages say, instead of `brand`.
        clock: The present, aware.
        randbelow: Draws a number below its argument, for codes and ids.
        name: Stands in every reference; lower-case, stable.

    Raises:
        InvalidSetting: No sender, a sender that cannot use its channel, both or neither
            of `brand` and `texts`, a store or sender that is awaited.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        *,
        store: CodeStore,
        senders: Mapping[Channel, Sender | Sequence[Sender]],
        keys: CodeKeys,
        brand: str | None = None,
        purpose: str = Purpose.LOGIN,
        policy: CodePolicy | None = None,
        texts: MessageTexts | None = None,
        clock: Callable[[], datetime] = utc_now,
        randbelow: Callable[[int], int] = secrets.randbelow,
        name: str = NAME,
    ) -> None:
        listed = _listed(senders)
        _require_blocking("store", store, "start")
        for sender in _distinct(listed):
            _require_blocking("senders", sender, "send")
        self._own = OwnConversations(
            store=store,
            senders=listed,
            keys=keys,
            brand=brand,
            purpose=purpose,
            policy=policy,
            texts=texts,
            clock=clock,
            randbelow=randbelow,
            name=name,
        )
        inside = [*_distinct(listed), store]
        super().__init__(self._own, make_calls, inside=inside)

    def __repr__(self) -> str:
        return f"OwnCodes({_shown(self._own)})"

    @unframed
    def unlock(self, identifier: Identifier) -> None:
        """
        Let an identifier be verified again at once, as after a call to the support.

        Raises:
            VerifyError: The store does not answer.
        """
        run(self._own.unlock(identifier), make_calls())

    @unframed
    def sweep(self, *, most: int = 1_000) -> int:
        """
        Drop what is over, at most so many records; return how many went.

        Raises:
            VerifyError: The store does not answer.
        """
        return run(self._own.sweep(most), make_calls())


class AsyncOwnCodes(AsyncConversationProvider[Call, Any]):
    """
    `OwnCodes`, awaited, with the same arguments and `on_late`.

    A store or sender whose methods are awaited is used as it is; one that has
    `awaited()` by that; any other runs in worker threads of its own.

    Args:
        on_late: Receives the answers whose caller was cancelled while a message may
            have been on the way; None logs a masked warning.

    Raises:
        InvalidSetting: As `OwnCodes`.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        *,
        store: CodeStore | AsyncCodeStore,
        senders: Mapping[
            Channel, Sender | AsyncSender | Sequence[Sender | AsyncSender]
        ],
        keys: CodeKeys,
        brand: str | None = None,
        purpose: str = Purpose.LOGIN,
        policy: CodePolicy | None = None,
        texts: MessageTexts | None = None,
        clock: Callable[[], datetime] = utc_now,
        randbelow: Callable[[int], int] = secrets.randbelow,
        name: str = NAME,
        on_late: OnLate | None = None,
    ) -> None:
        listed = _listed(senders)
        awaited = {id(each): _awaited(each, "send") for each in _distinct(listed)}
        kept = _awaited(_require_method("store", store, "start"), "start")
        by_channel = {
            channel: tuple(awaited[id(each)] for each in several)
            for channel, several in listed.items()
        }
        self._own = OwnConversations(
            store=kept,
            senders=by_channel,
            keys=keys,
            brand=brand,
            purpose=purpose,
            policy=policy,
            texts=texts,
            clock=clock,
            randbelow=randbelow,
            name=name,
        )
        inside = [*awaited.values(), kept]
        super().__init__(
            self._own, lambda: AwaitedCalls(name), inside=inside, on_late=on_late
        )

    def __repr__(self) -> str:
        return f"AsyncOwnCodes({_shown(self._own)})"

    @unframed
    async def unlock(self, identifier: Identifier) -> None:
        """Let an identifier be verified again at once; see `OwnCodes.unlock`."""
        await run_awaited(self._own.unlock(identifier), AwaitedCalls(self.name))

    @unframed
    async def sweep(self, *, most: int = 1_000) -> int:
        """Drop what is over; see `OwnCodes.sweep`."""
        return await run_awaited(self._own.sweep(most), AwaitedCalls(self.name))


def _listed(senders: object) -> dict[Channel, tuple[Any, ...]]:
    """The senders of each channel in order."""
    listed = {
        read_channel(channel): (
            tuple(several) if isinstance(several, list | tuple) else (several,)
        )
        for channel, several in require_mapping("senders", senders).items()
    }
    if not listed or not all(listed.values()):
        raise InvalidSetting("senders", "takes at least one sender for each channel")
    for channel, several in listed.items():
        for sender in several:
            if not callable(getattr(sender, "send", None)):
                raise InvalidSetting(
                    "senders",
                    f"{channel}: has no method send; CallableSender makes a sender "
                    "of a function",
                )
            if channel not in channels_of(sender):
                kind = type(sender).__name__
                raise InvalidSetting("senders", f"{channel}: {kind} does not offer it")
    return listed


def channels_of(sender: object) -> frozenset[Channel]:
    """What a sender offers by its attribute `channels`; without one, every channel."""
    return frozenset(getattr(sender, "channels", Channel))


def _distinct(listed: Mapping[Channel, tuple[T, ...]]) -> list[T]:
    """Each sender once, however many channels it is for."""
    return list(
        {id(each): each for several in listed.values() for each in several}.values()
    )


def _require_blocking(setting: str, value: object, method: str) -> None:
    _require_method(setting, value, method)
    if inspect.iscoroutinefunction(getattr(value, method, None)):
        raise InvalidSetting(setting, "is awaited: use AsyncOwnCodes")


def _require_method(setting: str, value: T, method: str) -> T:
    if not callable(getattr(value, method, None)):
        raise InvalidSetting(setting, f"has no method {method}")
    return value


def _awaited(value: Any, method: str) -> Any:  # noqa: ANN401 - of either kind
    if inspect.iscoroutinefunction(getattr(value, method, None)):
        return value
    awaited = getattr(value, "awaited", None)
    return awaited() if callable(awaited) else InThreads(value)


def _shown(own: OwnConversations) -> str:
    channels = ", ".join(sorted(own.capabilities.channels))
    return f"{own.name!r}, purpose={own.purpose.value!r}, channels={channels!r}"
