"""A provider that refuses fraud and excess before they cost anything; both kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from limits import aio
from limits.storage import Storage

from verify_core.errors import InvalidSetting
from verify_core.masking import Secret
from verify_core.provider import AsyncVerifyProvider, VerifyProvider

from .._clock import utc_now
from .._wrapping import AsyncWrapping, Wrapping
from ..conversations import OnLate
from ._conversations import GuardConversations
from ._counters import AnyStorage
from ._events import GuardHook
from ._memory import ClockedMemory
from ._policy import GuardPolicy


class GuardProvider(Wrapping):
    """
    A provider that stands before another one; safe to use from several threads.

    A start reaches the provider only if every rule of the policy lets it. References,
    name and capabilities are the provider's. A context manager: leaving it closes the
    provider.

    A refused start raises `TooSoon`, `Throttled` or `Refused`; one that cannot be
    counted raises `Unavailable` if the policy says `closed`. After too many wrong codes
    of an identifier a check is `EXHAUSTED`, and the provider is not asked.

    Args:
        provider: The guarded one. Put a failover below the guard, not above it: another
            provider would be asked what this one refuses.
        policy: The rules.
        storage: Where starts are counted: a storage of the `limits` library, such as
            `redis_storage()` returns. None counts in this process.
        pepper: The key of the hashes under which identifiers and addresses are counted,
            at least 16 characters, the same in all processes. Only without a storage
            may it be None; then one is drawn.
        clock: The present, aware. Windows in a storage of the library's own end by the
            system's clock or the server's.
        on_event: Receives an event for everything that the guard does.

    Raises:
        InvalidSetting: A storage without a pepper, a pepper that is too short, or a
            provider or storage that is awaited.
    """

    def __init__(
        self,
        provider: VerifyProvider,
        policy: GuardPolicy,
        *,
        storage: Storage | None = None,
        pepper: str | Secret | None = None,
        clock: Callable[[], datetime] = utc_now,
        on_event: GuardHook | None = None,
    ) -> None:
        _require_kind(storage, Storage)
        self._policy = policy
        super().__init__(
            provider,
            GuardConversations(
                provider,
                policy,
                storage=storage,
                pepper=pepper,
                clock=clock,
                on_event=on_event,
            ),
        )

    def __repr__(self) -> str:
        return f"GuardProvider({self.name!r}, mode={self._policy.mode.value!r})"


class AsyncGuardProvider(AsyncWrapping):
    """
    `GuardProvider` before an awaited provider, itself awaited.

    It takes the same arguments, except for these. An asynchronous context manager:
    leaving it closes the provider, and the storage where it can be closed.

    Args:
        provider: The guarded one, awaited.
        storage: Of `limits.aio`, such as `async_redis_storage()` returns; None, or a
            `ClockedMemory`, counts in this process.
        on_late: Receives the answers whose caller was cancelled while a message may
            have been on the way; None logs a masked warning.

    Raises:
        InvalidSetting: As `GuardProvider`; or a provider or storage that blocks.
    """

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        policy: GuardPolicy,
        *,
        storage: aio.storage.Storage | ClockedMemory | None = None,
        pepper: str | Secret | None = None,
        clock: Callable[[], datetime] = utc_now,
        on_event: GuardHook | None = None,
        on_late: OnLate | None = None,
    ) -> None:
        _require_kind(storage, aio.storage.Storage)
        self._policy = policy
        self._storage = storage
        super().__init__(
            provider,
            GuardConversations(
                provider,
                policy,
                storage=storage,
                pepper=pepper,
                clock=clock,
                on_event=on_event,
            ),
            on_late=on_late,
        )

    def __repr__(self) -> str:
        return f"AsyncGuardProvider({self.name!r}, mode={self._policy.mode.value!r})"

    async def aclose(self) -> None:
        """Wait for the calls under way; then close the provider and the storage."""
        await super().aclose()
        aclose = getattr(self._storage, "aclose", None)
        if callable(aclose):
            await aclose()


def _require_kind(storage: AnyStorage | None, kind: type) -> None:
    if storage is None or isinstance(storage, kind | ClockedMemory):
        return
    raise InvalidSetting(
        "storage",
        "takes a storage of limits.aio, such as async_redis_storage() returns"
        if kind is aio.storage.Storage
        else "takes a storage of limits that blocks, such as redis_storage() returns",
    )
