"""A store on a Redis server, or one that speaks its protocol, such as Valkey."""

from __future__ import annotations

import json
import re
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

from attrs import frozen

from verify_core.codestore import (
    AsyncCodeStore,
    CodeRecord,
    GuessAnswer,
    StartAnswer,
    StoreGuess,
    StoreLimits,
    StoreStarted,
)
from verify_core.codestore._protocol import to_millisecond
from verify_core.errors import Ambiguous, InvalidSetting, Unavailable
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Secret

from ..._redis_url import read_redis_url
from ...threads import InThreads
from ._lua import SCRIPTS
from ._rows import RECORD, instant, milliseconds, record_of, to_row

if TYPE_CHECKING:
    from redis import Redis

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S = 1.0
NAMESPACE = "verify-own"
CONNECTIONS = 50
_MILLISECOND = timedelta(milliseconds=1)


@frozen(kw_only=True)
class _Operation(Generic[T]):
    """One script on one key, what it is given, and how its answer reads."""

    script: str
    key: str
    given: dict[str, Any]
    read: Callable[[Any], T]


def _start(
    record: CodeRecord,
    *,
    now: datetime,
    limits: StoreLimits,
    previous: CodeRecord | None = None,
) -> _Operation[StoreStarted]:
    given = _with_limits(now, limits) | {"record": _texts(record)}
    if previous is not None:
        given["previous"] = _texts(previous)
    key = f"c:{record.id}"
    return _Operation(script="start", key=key, given=given, read=_read_started)


def _take_back(
    record: CodeRecord, begun: StoreStarted, *, now: datetime
) -> _Operation[None]:
    given = _at(now) | {"record": _texts(record)}
    if begun.earlier is not None:
        given["earlier"] = _texts(begun.earlier)
    for name in ("ready_at", "next_at"):
        if (value := getattr(begun, name)) is not None:
            given[name] = str(milliseconds(to_millisecond(value)))
    key = f"c:{record.id}"
    return _Operation(script="take_back", key=key, given=given, read=lambda _none: None)


def _guess(
    id: str,  # noqa: A002
    *,
    now: datetime,
    limits: StoreLimits,
) -> _Operation[StoreGuess]:
    given = _with_limits(now, limits)
    return _Operation(script="guess", key=f"c:{id}", given=given, read=_read_guess)


def _approve(record: CodeRecord, *, now: datetime) -> _Operation[bool]:
    given = _at(now) | {"record": _texts(record)}
    return _Operation(script="approve", key=f"c:{record.id}", given=given, read=bool)


def _fetch(id: str, *, now: datetime) -> _Operation[CodeRecord | None]:  # noqa: A002
    return _Operation(script="fetch", key=f"c:{id}", given=_at(now), read=_read_record)


def _cancel(id: str, *, now: datetime) -> _Operation[CodeRecord | None]:  # noqa: A002
    return _Operation(script="cancel", key=f"c:{id}", given=_at(now), read=_read_record)


def _unlock(holder: str, *, now: datetime) -> _Operation[None]:
    key = f"h:{holder}"
    return _Operation(script="unlock", key=key, given=_at(now), read=lambda _none: None)


def _at(now: datetime) -> dict[str, Any]:
    return {"now": milliseconds(now)}


def _with_limits(now: datetime, limits: StoreLimits) -> dict[str, Any]:
    given = _at(now) | {
        "cool_downs": [each // _MILLISECOND for each in limits.cool_downs],
        "most_failures": limits.most_failures,
    }
    if limits.locked_for is not None:
        given["locked_for"] = limits.locked_for // _MILLISECOND
    return given


def _texts(record: CodeRecord) -> dict[str, str]:
    return {name: str(value) for name, value in to_row(record).items()}


def _text(reply: object) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)


def _read_started(reply: list[Any]) -> StoreStarted:
    answer, earlier, wait, ready_at, next_at = reply
    return StoreStarted(
        answer=StartAnswer(_text(answer)),
        earlier=_read_record(earlier),
        wait=None if wait is None else int(wait) * _MILLISECOND,
        ready_at=None if ready_at is None else instant(int(ready_at)),
        next_at=None if next_at is None else instant(int(next_at)),
    )


def _read_guess(reply: list[Any]) -> StoreGuess:
    answer, record = reply
    return StoreGuess(answer=GuessAnswer(_text(answer)), record=_read_record(record))


_NUMERIC = re.compile("tries|most_tries|sends|.*_at")


def _read_record(reply: list[Any] | None) -> CodeRecord | None:
    if not reply:
        return None
    texts = [_text(each) for each in reply]
    found = dict(zip(texts[::2], texts[1::2], strict=True))
    return record_of(
        [
            int(found[name]) if _NUMERIC.fullmatch(name) else found[name]
            for name in RECORD
        ]
    )


def _blocking(
    operation: Callable[P, _Operation[T]],
) -> Callable[Concatenate[RedisStore, P], T]:
    def method(self: RedisStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(operation(*args, **kwargs))

    return method


def _awaited(
    operation: Callable[P, _Operation[T]],
) -> Callable[Concatenate[_AwaitedRedis, P], Coroutine[Any, Any, T]]:
    async def method(self: _AwaitedRedis, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(operation(*args, **kwargs))

    return method


class RedisStore:
    """
    Keeps verifications on a Redis server, which programs on several machines share.

    One Lua script for each operation; the server drops a key a minute after its record
    or holder may be forgotten. All keys have one hash tag, the namespace, so that a
    cluster keeps them on one node: a guess names the verification alone, and the holder
    it counts for is on the same node for certain. No command is sent twice. As durable
    as the server: `appendonly yes`, or its crash loses verifications and approvals.

    Args:
        client: A URL: `redis://[[user]:password@]host[:port][/database]`, `rediss://…`
            over TLS, `redis+unix:///path/of/socket`. Or a `redis.Redis` of yours, which
            `close` leaves open, and whose repeats are yours.
        timeout_s: How long to wait for a connection, and for each answer; seconds.
        namespace: Begins the names of all keys: letters, digits, `.`, `-` and `_`.

    Raises:
        InvalidSetting: The URL or the namespace has another form, or the extra `redis`
            is not installed. No connection is made here.
    """

    @unframed
    def __init__(
        self,
        client: str | Secret | Redis,
        *,
        timeout_s: float = TIMEOUT_S,
        namespace: str = NAMESPACE,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", namespace):
            raise InvalidSetting("namespace", "takes letters, digits, '.', '-' and '_'")
        self._prefix = f"{{{namespace}}}:"
        self._timeout_s = timeout_s
        is_url = isinstance(client, str | Secret)
        self._url = (
            read_redis_url(cast("str | Secret", client), "store") if is_url else None
        )
        self._client: Any = client
        if self._url is not None:
            self._client = _connect("redis", self._url, timeout_s)
        self._scripts = {
            name: self._client.register_script(text) for name, text in SCRIPTS.items()
        }

    def __repr__(self) -> str:
        return f"RedisStore(namespace={self._prefix[1:-2]!r})"

    start = _blocking(_start)
    take_back = _blocking(_take_back)
    guess = _blocking(_guess)
    approve = _blocking(_approve)
    fetch = _blocking(_fetch)
    cancel = _blocking(_cancel)
    unlock = _blocking(_unlock)

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:  # noqa: ARG002
        """Do nothing: the server drops what may be forgotten."""
        return 0

    def awaited(self) -> AsyncCodeStore:
        """
        Return the same store as an `AsyncCodeStore`.

        Made by URL, it has connections of its own for each event loop; made with a
        client of yours, its calls run in threads.
        """
        if self._url is None:
            return cast("AsyncCodeStore", InThreads(self))
        return cast(
            "AsyncCodeStore", _AwaitedRedis(self._url, self._timeout_s, self._prefix)
        )

    def close(self) -> None:
        """Close the connections, unless they are a client's of yours."""
        if self._url is not None:
            self._client.close()

    def _run(self, operation: _Operation[T]) -> T:
        from redis.exceptions import RedisError

        pool = getattr(self._client, "connection_pool", None)
        try:
            if pool is not None:  # connected first: what fails here was never sent
                pool.release(pool.get_connection())
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error
        try:
            reply = self._scripts[operation.script](
                keys=[self._prefix + operation.key],
                args=[_json(operation, self._prefix)],
            )
        except (RedisError, OSError) as error:
            raise _failed(error) from error
        return operation.read(reply)


class _AwaitedRedis:
    """The store for programs that await; connections belong to one event loop each."""

    def __init__(self, url: str, timeout_s: float, prefix: str) -> None:
        self._url, self._timeout_s, self._prefix = url, timeout_s, prefix
        self._loops: WeakKeyDictionary[AbstractEventLoop, tuple[Any, dict[str, Any]]]
        self._loops = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"RedisStore(namespace={self._prefix[1:-2]!r}).awaited()"

    start = _awaited(_start)
    take_back = _awaited(_take_back)
    guess = _awaited(_guess)
    approve = _awaited(_approve)
    fetch = _awaited(_fetch)
    cancel = _awaited(_cancel)
    unlock = _awaited(_unlock)

    async def sweep(self, *, now: datetime, most: int = 1_000) -> int:  # noqa: ARG002
        """Do nothing: the server drops what may be forgotten."""
        return 0

    async def aclose(self) -> None:
        """Close this loop's connections; a later call opens new ones."""
        client, _scripts = self._loops.pop(get_running_loop(), (None, {}))
        if client is not None:
            await client.aclose()

    async def run(self, operation: _Operation[T]) -> T:
        from redis.exceptions import RedisError

        client, scripts = self._here()
        pool = client.connection_pool
        try:
            await pool.release(await pool.get_connection())
        except (RedisError, OSError) as error:
            raise _unavailable(error) from error
        try:
            reply = await scripts[operation.script](
                keys=[self._prefix + operation.key],
                args=[_json(operation, self._prefix)],
            )
        except (RedisError, OSError) as error:
            raise _failed(error) from error
        return operation.read(reply)

    def _here(self) -> tuple[Any, dict[str, Any]]:
        loop = get_running_loop()
        if loop not in self._loops:
            client = _connect("redis.asyncio", self._url, self._timeout_s)
            scripts = {
                name: client.register_script(text) for name, text in SCRIPTS.items()
            }
            self._loops[loop] = client, scripts
        return self._loops[loop]


def _json(operation: _Operation[T], prefix: str) -> str:
    return json.dumps(operation.given | {"prefix": prefix})


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"The store cannot be reached: {type(error).__name__}")


def _failed(error: Exception) -> Unavailable | Ambiguous:
    """What an error after sending means: the server refused, or its answer is lost."""
    from redis.exceptions import ResponseError

    if isinstance(error, ResponseError):
        return Unavailable(f"The store refuses: {type(error).__name__}")
    return Ambiguous(f"The store's answer is missing: {type(error).__name__}")


def _connect(package: str, url: str, timeout_s: float) -> Any:  # noqa: ANN401 - a client
    """A client that sends each command once; its connections are made when used."""
    fault = ""
    try:
        from importlib import import_module

        from redis.backoff import NoBackoff

        client = import_module(package)
        retry = import_module(f"{package}.retry").Retry(NoBackoff(), 0)
        pool = client.BlockingConnectionPool.from_url(
            url.replace("redis+unix:", "unix:", 1),
            max_connections=CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=retry,
        )
        return client.Redis.from_pool(pool)
    except ImportError:
        raise InvalidSetting(
            "store", f"Redis needs more: {install_hint('redis')}"
        ) from None
    except (ValueError, TypeError) as error:
        fault = type(error).__name__
    # Not chained: the library's error may show the URL, and that a password.
    raise InvalidSetting("store", f"not a URL that Redis takes ({fault})")
