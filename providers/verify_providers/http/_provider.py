"""A vendor's conversations over HTTP as a provider, blocking or awaited."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import define, evolve, field, frozen

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.installing import install_hint

from ..conversations import (
    AsyncConversationProvider,
    ConversationProvider,
    Conversations,
    OnLate,
    run,
)
from ._asking import Ask, HttpConversation, Reply
from ._messages import NoAnswer, Progress, flaw_of
from ._reach import Reach

if TYPE_CHECKING:
    from ._awaiting import AsyncHttpClient

T = TypeVar("T")


class HasAuthorization(Protocol):
    """Who we are to the vendor."""

    def authorization(self) -> str:
        """
        The value of the `Authorization` header, asked for once for each request.

        Raises:
            Misconfigured: A secret cannot be read or used.
        """


@frozen(kw_only=True)
class _Account:
    """Who asks a vendor, and how it is reached."""

    provider: str
    credentials: HasAuthorization | None
    reach: Reach


_NO_TIME = NoAnswer(maybe_sent=False, reason="no time was left to ask")
_CANCELLED = NoAnswer(maybe_sent=False, reason="the call was cancelled")


@define(kw_only=True)
class _HttpCall:
    """One call of a provider: what its requests share."""

    _account: _Account
    _began: float  # by the monotonic clock

    def terms_of(self, ask: Ask) -> tuple[str | None, float]:
        """The request's `Authorization`, and how many seconds it may take."""
        account, request = self._account, ask.request
        credentials = account.credentials
        authorization = None if credentials is None else credentials.authorization()
        flaw = flaw_of(request, authorization)
        if flaw is not None:
            raise Misconfigured(f"{account.provider}: {flaw}", account.provider)
        total_s = account.reach.timeout.total_seconds()
        left_s = self._began + total_s - account.reach.monotonic()
        return authorization, min(ask.share * total_s, left_s)

    def elapsed_s(self) -> float:
        return self._account.reach.monotonic() - self._began


class HttpDriver:
    """
    Runs conversations with one vendor host over `requests`; safe for several threads.

    Its arguments are those of `HttpProvider`, and the provider's name, for errors.
    Without credentials the requests themselves say who asks.
    """

    def __init__(
        self,
        *,
        provider: str,
        address: str,
        credentials: HasAuthorization | None,
        reach: Reach,
    ) -> None:
        from ._blocking import HttpClient  # loads requests: as much as all else

        self._client = HttpClient(
            base_url=reach.url_or(address),
            pool_size=reach.pool_size,
            trust_env=reach.trust_env,
            monotonic=reach.monotonic,
        )
        self._account = _Account(
            provider=provider, credentials=credentials, reach=reach
        )

    def begin(self) -> Callable[[Ask], Reply]:
        """Return what performs the requests of one call, within one deadline."""
        account = self._account
        call = _HttpCall(account=account, began=account.reach.monotonic())

        def perform(ask: Ask) -> Reply:
            authorization, seconds = call.terms_of(ask)
            if seconds <= 0:
                return evolve(_NO_TIME, elapsed_s=call.elapsed_s())
            return self._client.exchange(
                ask.request,
                authorization=authorization,
                seconds=seconds,
                elapsed_s=call.elapsed_s,
            )

        return perform

    def run(self, conversation: HttpConversation[T]) -> T:
        """
        Run one conversation to its end.

        Raises:
            Misconfigured: A secret cannot be read, or HTTP cannot carry a request.
            Exception: Whatever the conversation raises.
        """
        return run(conversation, self.begin())

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._client.close()


class HttpProvider(ConversationProvider[Ask, Reply]):
    """
    A blocking provider: a vendor's conversations over `requests`.

    Safe for several threads if the conversations are. A context manager: leaving it
    closes the connections that are kept open; a later call opens new ones.

    Args:
        conversations: What the vendor is asked and how its answers read.
        address: The vendor's own: scheme, host and optional path.
        credentials: Asked anew for each request; None where the conversations put
            headers of their own, such as `X-API-Key`, into each `ask`.
        reach: How the vendor is reached; may name another address.

    Raises:
        InvalidSetting: An option that cannot be used; names it.
    """

    def __init__(
        self,
        conversations: Conversations[Ask, Reply],
        *,
        address: str,
        credentials: HasAuthorization | None,
        reach: Reach,
    ) -> None:
        driver = HttpDriver(
            provider=conversations.name,
            address=address,
            credentials=credentials,
            reach=reach,
        )
        super().__init__(conversations, driver.begin, inside=[driver])


class AsyncHttpDriver:
    """As `HttpDriver`, on `aiohttp` (extra `async`)."""

    def __init__(
        self,
        *,
        provider: str,
        address: str,
        credentials: HasAuthorization | None,
        reach: Reach,
    ) -> None:
        try:
            from ._awaiting import AsyncHttpClient
        except ImportError:
            raise InvalidSetting(
                "provider", f"awaiting needs aiohttp: {install_hint('async')}"
            ) from None
        self._client = AsyncHttpClient(
            base_url=reach.url_or(address), trust_env=reach.trust_env
        )
        self._account = _Account(
            provider=provider, credentials=credentials, reach=reach
        )

    def begin(self) -> _AwaitedCall:
        """Return what performs the requests of one call, within one deadline."""
        account = self._account
        return _AwaitedCall(
            account=account, began=account.reach.monotonic(), client=self._client
        )

    async def aclose(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        await self._client.aclose()


class AsyncHttpProvider(AsyncConversationProvider[Ask, Reply]):
    """
    An awaited provider: a vendor's conversations over `aiohttp` (extra `async`).

    It takes the arguments of `HttpProvider`, and `on_late`, which receives the answers
    whose caller was cancelled; None logs a masked warning. Within a request the event
    loop's clock takes the place of `reach.monotonic`.

    An asynchronous context manager: leaving it waits for the calls that are under way
    and closes the connections. It opens as many connections as calls are under way.

    Raises:
        InvalidSetting: An option that cannot be used, or `aiohttp` is not installed.
    """

    def __init__(
        self,
        conversations: Conversations[Ask, Reply],
        *,
        address: str,
        credentials: HasAuthorization | None,
        reach: Reach,
        on_late: OnLate | None = None,
    ) -> None:
        driver = AsyncHttpDriver(
            provider=conversations.name,
            address=address,
            credentials=credentials,
            reach=reach,
        )
        super().__init__(conversations, driver.begin, inside=[driver], on_late=on_late)


class VendorConversations(Conversations[Ask, Reply], Protocol):
    """A vendor's conversations, and what a repr shows of their settings."""

    @property
    def shown(self) -> str: ...


class VendorAccount(HasAuthorization, Protocol):
    """Who asks the vendor, and what a repr shows of that."""

    @property
    def shown(self) -> str: ...


class VendorConstructor:
    """
    What the constructors of a vendor's two providers share.

    Stands before `HttpProvider`, or `AsyncHttpProvider`, which alone takes `on_late`.
    """

    def __init__(
        self,
        conversations: VendorConversations,
        address: str,
        credentials: VendorAccount,
        reach: Reach,
        on_late: OnLate | None,
    ) -> None:
        late = {} if on_late is None else {"on_late": on_late}
        if late and not isinstance(self, AsyncHttpProvider):
            raise InvalidSetting("on_late", "is of the provider that is awaited")
        super().__init__(  # type: ignore[call-arg]
            conversations,
            address=address,
            credentials=credentials,
            reach=reach,
            **late,
        )
        self._shown = f"user={credentials.shown!r}, {conversations.shown}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown})"


@define(kw_only=True, eq=False)
class _AwaitedCall(_HttpCall):
    """Performs the requests of one call; see `AwaitedSteps`."""

    _client: AsyncHttpClient
    _progress: Progress = field(factory=Progress, init=False)
    cancelled: bool = field(default=False, init=False)

    @property
    def maybe_sent(self) -> bool:
        return self._progress.maybe_sent

    async def __call__(self, ask: Ask, /) -> Reply:
        import asyncio  # loads as much as a half of all else

        if self.cancelled:
            return _CANCELLED
        authorization, seconds = self.terms_of(ask)
        if seconds <= 0:
            return evolve(_NO_TIME, elapsed_s=self.elapsed_s())
        try:
            return await self._client.exchange(
                ask.request,
                authorization=authorization,
                seconds=seconds,
                elapsed_s=self.elapsed_s,
                progress=self._progress,
            )
        except asyncio.CancelledError:
            self.cancelled = True
            return evolve(
                _CANCELLED,
                maybe_sent=self._progress.is_leaving,
                elapsed_s=self.elapsed_s(),
            )
