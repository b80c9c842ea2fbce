"""Counters on a Redis server, which several machines share."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Semaphore, get_running_loop
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from attrs import define
from limits import aio
from limits.errors import ConfigurationError, StorageError
from limits.storage import RedisStorage, Storage

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Secret

from .._redis_url import read_redis_url

T = TypeVar("T")

TIMEOUT_S = 0.25
AWAITED_TIMEOUT_S = 1.0
NAMESPACE = "verify-guard"
CONNECTIONS = 20


@unframed
def redis_storage(
    url: str | Secret, *, timeout_s: float = TIMEOUT_S, namespace: str = NAMESPACE
) -> Storage:
    """
    Make counters on a Redis server, or one that speaks its protocol, such as Valkey.

    No connection is made here, and no command is repeated: a start waits once for a
    server that is gone, at most two time-outs (to connect, to be answered).

    Args:
        url: `redis://[[user]:password@]host[:port][/database]`, `rediss://…` over TLS,
            or `redis+unix:///path/of/socket`.
        timeout_s: How long to wait for a connection, and for each answer; seconds.
        namespace: Begins the names of all counters, where several share a server.

    Raises:
        InvalidSetting: The URL has another form, or the extra is not installed.
    """

    def make(text: str) -> Storage:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        made = RedisStorage(
            text,
            key_prefix=namespace,
            wrap_exceptions=True,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # handed on as it is
        )
        # Made, not opened: an option that it does not know would fail every start.
        made.storage.connection_pool.make_connection()
        return made

    return _on_redis(url, make)


@unframed
def async_redis_storage(
    url: str | Secret,
    *,
    timeout_s: float = AWAITED_TIMEOUT_S,
    namespace: str = NAMESPACE,
    connections: int = CONNECTIONS,
) -> aio.storage.Storage:
    """
    Make counters on a Redis server that are awaited; otherwise like `redis_storage`.

    Each event loop gets connections of its own. `aclose()` closes those of the running
    one; a guard that is closed does that.

    Args:
        url: As for `redis_storage`.
        timeout_s: How long to wait for a connection, and for each answer; seconds. A
            busy event loop uses it up, too, hence longer than for counters that block.
        namespace: As for `redis_storage`; awaited and blocking counters of one
            namespace are the same counters.
        connections: How many may be open at a time; further commands wait for one.

    Raises:
        InvalidSetting: As `redis_storage`.
    """

    def connect(text: str) -> _Connected:
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        pool = ConnectionPool.from_url(
            text.replace("redis+unix:", "unix:", 1),
            max_connections=connections,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        # Made, not opened: see `redis_storage`.
        pool.make_connection()  # type: ignore[no-untyped-call]
        storage = aio.storage.RedisStorage(
            "async+redis://",
            key_prefix=namespace,
            wrap_exceptions=True,
            implementation="redispy",
            connection_pool=pool,  # type: ignore[arg-type]  # handed on as it is
        )
        return _Connected(pool=pool, storage=storage, turns=Semaphore(connections))

    return _on_redis(url, lambda text: _LoopStorages(lambda: connect(text)))


def _on_redis(url: str | Secret, make: Callable[[str], T]) -> T:
    text = read_redis_url(url, "storage")
    try:
        from redis.exceptions import RedisError
    except ImportError:
        raise InvalidSetting(
            "storage", f"Redis needs more: {install_hint('redis')}"
        ) from None
    fault = ""
    try:
        return make(text)
    except (ValueError, TypeError, ConfigurationError, RedisError) as error:
        fault = type(error).__name__
    # Not chained: the library's error may show the URL, and that a password.
    raise InvalidSetting("storage", f"not a URL that Redis takes ({fault})")


@define(eq=False)
class _Connected:
    """The connections of one event loop, and a turn for each command on them."""

    pool: Any
    storage: aio.storage.Storage
    turns: Semaphore
    failures: int = 0

    async def run(self, command: str, *args: object) -> Any:  # noqa: ANN401 - its reply
        """
        Run one command of the storage in its turn.

        Raises:
            StorageError: It failed.
            TimeoutError: Another one failed while this one waited for its turn. So a
                server that hangs costs one time-out, however many wait.
        """
        failures = self.failures
        async with self.turns:
            if self.failures > failures:
                raise TimeoutError
            try:
                return await getattr(self.storage, command)(*args)
            except (StorageError, OSError):
                self.failures += 1
                raise


def _forwarded(command: str) -> Any:  # noqa: ANN401 - a method of that name
    async def forward(self: _LoopStorages, *args: object) -> Any:  # noqa: ANN401
        return await self.here().run(command, *args)

    return forward


class _LoopStorages(aio.storage.Storage):
    """One storage for each event loop, since a connection belongs to one."""

    STORAGE_SCHEME = None

    def __init__(self, connect: Callable[[], _Connected]) -> None:
        super().__init__()
        self._connect = connect
        self._loops: WeakKeyDictionary[AbstractEventLoop, _Connected]
        self._loops = WeakKeyDictionary()
        self._kinds = connect().storage.base_exceptions  # raises here, if it must

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return self._kinds

    incr = _forwarded("incr")
    get = _forwarded("get")
    get_expiry = _forwarded("get_expiry")
    check = _forwarded("check")
    reset = _forwarded("reset")
    clear = _forwarded("clear")

    async def aclose(self) -> None:
        """Close this loop's connections; a later command opens new ones."""
        connected = self._loops.pop(get_running_loop(), None)
        if connected is not None:
            await connected.pool.aclose()

    def here(self) -> _Connected:
        """Return the connections of the running loop."""
        loop = get_running_loop()
        connected = self._loops.get(loop)
        if connected is None:
            connected = self._loops[loop] = self._connect()
        return connected
