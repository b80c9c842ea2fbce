"""A store on a Redis server, or one that speaks its protocol, such as Valkey."""

from __future__ import annotations

import json
import re
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from attrs import frozen

from verify_core.codestore import (
    AsyncCodeStore,
    AsyncRuledStore,
    Change,
    CodeHolder,
    CodeRecord,
    RuledStore,
    Stored,
)
from verify_core.errors import Ambiguous, InvalidSetting, Unavailable
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Hidden, Secret
from verify_core.validation import require_kind

from ..._redis_url import read_redis_url
from ...conversations import run, run_awaited
from ...threads import InThreads
from ._rows import HOLDER, RECORD, holder_of, record_of, to_row

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

TIMEOUT_S = 1.0
NAMESPACE = "verify-own"
CONNECTIONS = 50
_NAMESPACE = re.compile("[A-Za-z0-9._-]{1,64}")
_MILLISECOND = timedelta(milliseconds=1)
_MARGIN = timedelta(minutes=1)
"""The server's clock drops keys, and may be ahead of the one that is passed in."""
_MOST_ATTEMPTS = 200
"""Among callers that change the same record or holder, one succeeds each time."""

# A record and a holder are texts of JSON under a key each. The record names its holder.
_READ = """
local record = ARGV[2] ~= '' and redis.call('GET', ARGV[1] .. 'c:' .. ARGV[2])
local holder = ARGV[3]
if holder == '' and record then holder = cjson.decode(record).holder end
return {record, holder ~= '' and redis.call('GET', ARGV[1] .. 'h:' .. holder)}
"""
# For each key: what it must hold still, what is written (or nothing), and for how long.
_WRITE = """
for i, key in ipairs(KEYS) do
  if (redis.call('GET', key) or '') ~= ARGV[3 * i - 2] then return 0 end
end
for i, key in ipairs(KEYS) do
  local text, lifetime = ARGV[3 * i - 1], ARGV[3 * i]
  if text == '' then redis.call('DEL', key)
  elseif lifetime == '' then redis.call('SET', key, text)
  else redis.call('SET', key, text, 'PX', lifetime) end
end
return 1
"""


@frozen(kw_only=True)
class _Script:
    """One script to run, and what it is given."""

    text: str
    keys: list[str]
    args: Hidden[list[Any]]

    def failed(self, error: Exception) -> Unavailable | Ambiguous:
        """What an error means: nothing was written, or the answer is lost."""
        from redis.exceptions import ResponseError

        name = type(error).__name__
        if isinstance(error, ResponseError):
            return Unavailable(f"The store refuses: {name}")
        if self.text is _READ:
            return Unavailable(f"The store cannot be reached: {name}")
        return Ambiguous(f"The store's answer is missing: {name}")


def _changing(change: Change[T], prefix: str) -> Generator[_Script, Any, T]:
    """Read, apply the rule, and write unless another caller has written meanwhile."""
    id_, holder = change.id or "", change.holder or ""
    key = f"{prefix}c:{id_}" if id_ else f"{prefix}h:{holder}"
    for _ in range(_MOST_ATTEMPTS):
        found = yield _Script(
            text=_READ, keys=[key], args=Hidden([prefix, id_, holder])
        )
        record_text, holder_text = (text or "" for text in found)
        record, counted = _read(record_text, RECORD), _read(holder_text, HOLDER)
        stored = Stored(record=record_of(record), holder=holder_of(counted))
        answer, after = change.rule(stored)
        keys, args = list[str](), list[Any]()
        for kind, text, old, new in (
            ("c", record_text, stored.record, after.record),
            ("h", holder_text, stored.holder, after.holder),
        ):
            kept = old or new
            if kept is not None:
                keys.append(f"{prefix}{kind}:{kept.id}")
                args += [text, *_written(new, change.now)]
        is_same = after.record is stored.record and after.holder is stored.holder
        if is_same or (yield _Script(text=_WRITE, keys=keys, args=Hidden(args))):
            return answer
    raise Unavailable("The store was changed by others again and again")


def _read(text: str | bytes, names: tuple[str, ...]) -> list[Any] | None:
    if not text:
        return None
    found = json.loads(text)
    return [found[name] for name in names]


def _written(value: CodeRecord | CodeHolder | None, now: datetime) -> tuple[Any, Any]:
    """The text of a value, and the milliseconds after which the server drops it."""
    if value is None:
        return "", ""
    text = json.dumps(to_row(value))
    if value.forget_at is None:
        return text, ""
    return text, (max(value.forget_at - now, timedelta()) + _MARGIN) // _MILLISECOND


class RedisStore(RuledStore):
    """
    Keeps verifications on a Redis server, which programs on several machines share.

    Each operation reads in one step, and writes in another if no other caller has
    written between; the server drops a key a minute after its record or holder may be
    forgotten. All keys have one hash tag, the namespace, so that a cluster keeps them
    on one node: a guess names the verification alone, and the holder it counts for is
    on the same node for certain. No command is sent twice. As durable as the server:
    `appendonly yes`, or its crash loses verifications and approvals.

    Args:
        client: A URL: `redis://[[user]:password@]host[:port][/database]`, `rediss://…`
            over TLS, `redis+unix:///path/of/socket`. Or your own `redis.Redis`:
            `close` leaves it open, and it may repeat commands if you set it up so.
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
        if not _NAMESPACE.fullmatch(require_kind("namespace", namespace, str)):
            raise InvalidSetting("namespace", "takes letters, digits, '.', '-' and '_'")
        if type(timeout_s) not in {int, float} or not timeout_s > 0:
            raise InvalidSetting("timeout_s", "takes seconds, more than 0")
        self._prefix = f"{{{namespace}}}:"
        self._timeout_s = timeout_s
        self._url: str | None = None
        self._client: Any = client
        if isinstance(client, str | Secret):
            self._url = read_redis_url(client, "store")
            self._client = _connect("redis", self._url, timeout_s)
        elif not callable(getattr(client, "register_script", None)):
            raise InvalidSetting("client", "takes a URL, or a redis.Redis")
        self._scripts = _registered(self._client)

    def __repr__(self) -> str:
        return f"RedisStore(namespace={self._prefix[1:-2]!r})"

    def change(self, change: Change[T]) -> T:
        """Apply the rule to what is stored, and write what comes of it."""
        return run(_changing(change, self._prefix), self._run)

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:  # noqa: ARG002
        """Do nothing: the server drops what may be forgotten."""
        return 0

    def awaited(self) -> AsyncCodeStore:
        """
        Return the same store as an `AsyncCodeStore`.

        Made by URL, it has connections of its own for each event loop; made with your
        own client, its calls run in threads.
        """
        if self._url is None:
            return cast("AsyncCodeStore", InThreads(self))
        return _AwaitedRedis(self._url, self._timeout_s, self._prefix)

    def close(self) -> None:
        """Close the connections, unless the client is your own."""
        if self._url is not None:
            self._client.close()

    def _run(self, script: _Script) -> Any:  # noqa: ANN401 - as the script returns
        from redis.exceptions import RedisError

        try:
            return self._scripts[script.text](
                keys=script.keys, args=script.args.reveal()
            )
        except (RedisError, OSError) as error:
            raise script.failed(error) from error


class _AwaitedRedis(AsyncRuledStore):
    """The store for programs that await; connections belong to one event loop each."""

    def __init__(self, url: str, timeout_s: float, prefix: str) -> None:
        self._url, self._timeout_s, self._prefix = url, timeout_s, prefix
        self._loops: WeakKeyDictionary[AbstractEventLoop, tuple[Any, dict[str, Any]]]
        self._loops = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"RedisStore(namespace={self._prefix[1:-2]!r}).awaited()"

    async def change(self, change: Change[T]) -> T:
        """Apply the rule to what is stored, and write what comes of it."""
        return await run_awaited(_changing(change, self._prefix), self._run)

    async def sweep(self, *, now: datetime, most: int = 1_000) -> int:  # noqa: ARG002
        """Do nothing: the server drops what may be forgotten."""
        return 0

    async def aclose(self) -> None:
        """Close this loop's connections; a later call opens new ones."""
        client, _scripts = self._loops.pop(get_running_loop(), (None, {}))
        if client is not None:
            await client.aclose()

    async def _run(self, script: _Script) -> Any:  # noqa: ANN401 - as the script returns
        from redis.exceptions import RedisError

        loop = get_running_loop()
        if loop not in self._loops:
            client = _connect("redis.asyncio", self._url, self._timeout_s)
            self._loops[loop] = client, _registered(client)
        _client, scripts = self._loops[loop]
        try:
            return await scripts[script.text](
                keys=script.keys, args=script.args.reveal()
            )
        except (RedisError, OSError) as error:
            raise script.failed(error) from error


def _registered(client: Any) -> dict[str, Any]:  # noqa: ANN401 - a client of either kind
    return {text: client.register_script(text) for text in (_READ, _WRITE)}


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
