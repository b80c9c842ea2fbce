"""Counters on a Redis server, for several machines; needs the extra `redis`."""

from __future__ import annotations

from typing import Final

from limits.errors import ConfigurationError
from limits.storage import RedisStorage, Storage

from verify_core.errors import InvalidSetting
from verify_core.masking import Secret, to_secret

TIMEOUT_S: Final = 0.25
NAMESPACE: Final = "verify-guard"
_SCHEMES: Final = ("redis://", "rediss://", "redis+unix://")


def redis_storage(
    url: str | Secret, *, timeout_s: float = TIMEOUT_S, namespace: str = NAMESPACE
) -> Storage:
    """
    Counters on a Redis server, or one that speaks its language, such as Valkey.

    Nothing is connected here, and nothing tried twice: a start waits once for a server
    that is gone, at most two time-outs (to connect, to be answered).

    Args:
        url: `redis://[[user]:password@]host[:port][/database]`, `rediss://…` over TLS,
            or `redis+unix:///path/of/socket`.
        timeout_s: How long to wait for a connection, and for each answer; seconds.
        namespace: Begins the names of all counters, where several share a server.

    Raises:
        InvalidSetting: The URL is none of these, or the extra is not installed.
    """
    text = to_secret(url).reveal().strip()
    if not text.startswith(_SCHEMES):
        raise InvalidSetting("storage", f"takes one of {', '.join(_SCHEMES)}…")
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        never = Retry(NoBackoff(), 0)
    except ImportError:
        raise InvalidSetting(
            "storage", "Redis needs more: pip install 'verify-core[redis]'"
        ) from None
    fault = ""
    try:
        return RedisStorage(
            text,
            key_prefix=namespace,
            wrap_exceptions=True,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=never,  # type: ignore[arg-type]  # handed on to redis.Redis as it is
        )
    except (ValueError, ConfigurationError) as error:
        fault = type(error).__name__
    # Not chained: the library's error may show the URL, and that a password.
    raise InvalidSetting("storage", f"not a URL that Redis takes ({fault})")
