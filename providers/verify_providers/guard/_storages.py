"""
Where counters live: in this process, or on a Redis server for several machines.

Both are storages of the `limits` library. The library's own memory reads the system's
clock, runs its clean-up on a timer's thread, and gives up a key's lock while another
thread may hold it (`limits` 5.8.0, class `MemoryStorage`); in `ClockedMemory` time is
an argument, there is one lock, and whoever counts cleans up.
"""

from __future__ import annotations

import re
from asyncio import AbstractEventLoop, Semaphore, get_running_loop
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit
from weakref import WeakKeyDictionary

from attrs import define, frozen

from verify_core.errors import InvalidSetting, Refused, Throttled, TooSoon
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Secret, to_secret

try:
    from limits import aio
    from limits.errors import ConfigurationError, StorageError
    from limits.storage import RedisStorage, Storage
except ImportError as error:  # pragma: no cover - only where the extra is missing
    raise ImportError(
        f"the guard counts with limits: {install_hint('guard')}"
    ) from error

_T = TypeVar("_T")

TIMEOUT_S: Final = 0.25
AWAITED_TIMEOUT_S: Final = 1.0
NAMESPACE: Final = "verify-guard"
CONNECTIONS: Final = 20
_SCHEMES = ("redis://", "rediss://", "redis+unix://")
_SWEPT_FOR_EACH = 2

ErrorKind: TypeAlias = type[TooSoon] | type[Throttled] | type[Refused]


@frozen(kw_only=True)
class Rule:
    """
    The rule that a counter belongs to.

    Attributes:
        name: As in `GuardEvent.rule`.
        error: The class of its refusals.
        gives_back: Whether what was counted is taken out again when nothing came of it.
    """

    name: str
    error: ErrorKind
    gives_back: bool = False


@define  # not frozen, which takes three times as long: every start makes several
class CounterUpdate:
    """
    What is asked of one counter.

    Attributes:
        name: The counter's name.
        window_s: Seconds of the window that the first update opens.
        limit: What the counter may stand at afterwards.
        amount: What it is raised by; 0 only reads, and is refused at the limit.
        rule: The rule that refuses.
    """

    name: str
    window_s: int
    limit: int
    amount: int
    rule: Rule


_Counter: TypeAlias = list[Any]
"""What it stands at, and when its window ends; a list, since it changes in place."""


@cache  # a policy has few windows
def _span(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


class ClockedMemory(Storage):
    """
    Counters in memory; safe to use from several threads, not shared by processes.

    Args:
        clock: The present, aware.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self._counters: dict[str, _Counter] = {}
        # By the window's length: within one, those that began first end first.
        self._ends: dict[int, deque[tuple[datetime, str]]] = defaultdict(deque)
        self._lock = Lock()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """No exception: a dictionary does not fail."""
        return ()

    def now(self) -> float:
        """Return the present as `get_expiry` counts it, in seconds."""
        return self._clock().timestamp()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """
        Add to a counter, and open its window if it has none.

        Args:
            key: The counter's name.
            expiry: The window's length in seconds.
            amount: What to add.

        Returns:
            The counter, this amount included.
        """
        with self._lock:
            now = self._clock()
            self._sweep(now, 1)
            counter = self._open(key, now)
            if counter is None:
                return self._begin(key, expiry, amount, now)
            counter[0] += amount
            return int(counter[0])

    def take(self, updates: Sequence[CounterUpdate]) -> CounterUpdate | None:
        """
        Raise all counters, or none of them where one has no room, in one operation.

        Returns:
            The update that has no room, or None: all counters are raised.
        """
        with self._lock:
            now = self._clock()
            self._sweep(now, len(updates))
            found = []
            for update in updates:
                counter = self._open(update.name, now)
                stands = counter[0] if counter else 0
                if stands + (update.amount or 1) > update.limit:
                    return update
                found.append(counter)
            for update, counter in zip(updates, found, strict=True):
                if counter is not None:
                    counter[0] += update.amount
                elif update.amount:
                    self._begin(update.name, update.window_s, update.amount, now)
        return None

    def get(self, key: str) -> int:
        """Return the counter, or 0 without an open window."""
        counter = self._open(key, self._clock())
        return counter[0] if counter else 0

    def get_expiry(self, key: str) -> float:
        """Return the end of the counter's window, as `now` counts; now without one."""
        now = self._clock()
        counter = self._open(key, now)
        end: datetime = counter[1] if counter else now
        return end.timestamp()

    def check(self) -> bool:
        """Return True: it always works."""
        return True

    def reset(self) -> int:
        """Forget everything; return how many counters there were."""
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
            self._ends.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget a counter."""
        with self._lock:
            self._counters.pop(key, None)

    def __len__(self) -> int:
        return len(self._counters)

    def _open(self, key: str, now: datetime) -> _Counter | None:
        """Return the counter, if its window is open and anything counts in it."""
        counter = self._counters.get(key)
        is_open = counter is not None and counter[0] and counter[1] > now
        return counter if is_open else None

    def _begin(self, key: str, seconds: int, amount: int, now: datetime) -> int:
        end = now + _span(seconds)
        self._counters[key] = [amount, end]
        self._ends[seconds].append((end, key))
        return amount

    def _sweep(self, now: datetime, begun: int) -> None:
        # Two for each that may come: so it shrinks, and no start pays for thousands.
        for ends in self._ends.values():
            left = _SWEPT_FOR_EACH * begun
            while left and ends and ends[0][0] <= now:
                left -= 1
                key = ends.popleft()[1]
                if self._open(key, now) is None:
                    self._counters.pop(key, None)


# What the library reads beside these would replace our time-outs, or be passed over.
_OPTION = re.compile("ssl_[a-z_]{1,40}|db|username|password|client_name|protocol")


def _is_plain(url: str) -> bool:
    """Whether path and query are what `redis_storage` says, as far as can be seen."""
    with suppress(ValueError):  # which quotes the URL: not chained
        parts = urlsplit(url)
        names = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
        known = all(_OPTION.fullmatch(name) and value for name, value in names)
        is_socket = parts.scheme.endswith("unix")
        return known and (is_socket or bool(re.fullmatch("/?[0-9]*", parts.path)))
    return False


@unframed
def redis_storage(
    url: str | Secret, *, timeout_s: float = TIMEOUT_S, namespace: str = NAMESPACE
) -> Storage:
    """
    Make counters on a Redis server, or one that speaks its language, such as Valkey.

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
    text = _redis_url(url)
    try:
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry
    except ImportError:
        raise _redis_is_missing() from None
    fault = ""
    try:
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
    except (ValueError, TypeError, ConfigurationError, RedisError) as error:
        fault = type(error).__name__
    else:
        return made
    # Not chained: the library's error may show the URL, and that a password.
    raise InvalidSetting("storage", f"not a URL that Redis takes ({fault})")


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
            loop that is busy with other work while an answer lies there uses it up,
            too, hence longer than for counters that block.
        namespace: As for `redis_storage`; awaited and blocking counters of one
            namespace are the same counters.
        connections: How many may be open at a time; further commands wait for one.

    Raises:
        InvalidSetting: As `redis_storage`.
    """
    text = _redis_url(url)
    try:
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
    except ImportError:
        raise _redis_is_missing() from None

    def connect() -> _Connected:
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

    fault = ""
    try:
        return _LoopStorages(connect)
    except (ValueError, TypeError, ConfigurationError, RedisError) as error:
        fault = type(error).__name__
    raise InvalidSetting("storage", f"not a URL that Redis takes ({fault})")


@define(eq=False)
class _Connected:
    """
    What one event loop has of a server.

    Attributes:
        pool: The connections.
        storage: The storage on them.
        turns: Lets as many commands pass as there may be connections.
        failures: How many commands have failed.
    """

    pool: Any
    storage: aio.storage.Storage
    turns: Semaphore
    failures: int = 0

    async def do(self, command: Callable[[aio.storage.Storage], Awaitable[_T]]) -> _T:
        """
        Run one command in its turn.

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
                return await command(self.storage)
            except (StorageError, OSError):
                self.failures += 1
                raise


class _LoopStorages(aio.storage.Storage):
    """
    One storage for each event loop, since connections belong to one.

    Args:
        connect: Makes the storage of a loop; does not connect yet.
    """

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

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return await self._here().do(lambda kept: kept.incr(key, expiry, amount))

    async def get(self, key: str) -> int:
        return await self._here().do(lambda kept: kept.get(key))

    async def get_expiry(self, key: str) -> float:
        return await self._here().do(lambda kept: kept.get_expiry(key))

    async def check(self) -> bool:
        return await self._here().do(lambda kept: kept.check())

    async def reset(self) -> int | None:
        return await self._here().do(lambda kept: kept.reset())

    async def clear(self, key: str) -> None:
        await self._here().do(lambda kept: kept.clear(key))

    async def aclose(self) -> None:
        """Close this loop's connections; a later command opens new ones."""
        connected = self._loops.pop(get_running_loop(), None)
        if connected is not None:
            await connected.pool.aclose()

    def _here(self) -> _Connected:
        loop = get_running_loop()
        connected = self._loops.get(loop)
        if connected is None:
            connected = self._loops[loop] = self._connect()
        return connected


def _redis_url(url: str | Secret) -> str:
    text = to_secret(url).reveal().strip()
    if not text.startswith(_SCHEMES):
        raise InvalidSetting("storage", f"takes one of {', '.join(_SCHEMES)}…")
    if not _is_plain(text):
        raise InvalidSetting("storage", "takes a database's number, and TLS options")
    return text


def _redis_is_missing() -> InvalidSetting:
    return InvalidSetting("storage", f"Redis needs more: {install_hint('redis')}")
