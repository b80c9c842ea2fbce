"""What `RedisStore` says of its server, beside the rules of every store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.guard.servers import Server, binary
from tests.own.stores.worlds import REDIS_MISSING, redis_server
from verify_core.codestore import StoreLimits
from verify_core.errors import Ambiguous, InvalidSetting, Unavailable
from verify_core.testing._store_bench import HOUR, NOON, a_record
from verify_providers.own import RedisStore

redis = pytest.importorskip("redis")

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(binary() is None, reason=REDIS_MISSING),
]
LIMITS = StoreLimits(cool_downs=(timedelta(seconds=30),))
MINUTE_MS = 60_000


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of one test alone, which may be stopped."""
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("decode", [False, True])
def test_client_of_ones_own_will_do(*, decode: bool) -> None:
    client = redis.Redis.from_url(redis_server().url, decode_responses=decode)
    store = RedisStore(client, namespace=f"own-{decode}")

    store.start(a_record(), now=NOON, limits=LIMITS)

    assert store.fetch("v1", now=NOON) == a_record()
    assert asyncio.run(store.awaited().fetch("v1", now=NOON)) == a_record()
    store.close()
    assert client.ping()
    client.close()


def test_server_drops_every_key_once_it_may_be_forgotten() -> None:
    url = redis_server().url
    with redis.Redis.from_url(url) as client:
        store = RedisStore(client, namespace="expiring")
        record = a_record()
        store.start(record, now=NOON, limits=LIMITS)
        store.guess("v1", now=NOON, limits=LIMITS)
        store.start(a_record("v2", forget_at=NOON), now=NOON + HOUR, limits=LIMITS)

        left = {
            key.decode(): client.pttl(key) for key in client.scan_iter("{expiring}:*")
        }

    day, hour = 24 * 60 * MINUTE_MS, 60 * MINUTE_MS
    expected = {
        "{expiring}:c:v1": hour,
        "{expiring}:h:holder-of-v1": day,
        "{expiring}:c:v2": 0,
        "{expiring}:h:holder-of-v2": day,
    }
    assert left.keys() == expected.keys()
    for key, after in expected.items():
        assert after + MINUTE_MS - 5_000 < left[key] <= after + MINUTE_MS


def test_holder_locked_without_end_is_kept_until_unlock() -> None:
    limits = StoreLimits(most_failures=1, locked_for=None)
    with redis.Redis.from_url(redis_server().url) as client:
        store = RedisStore(client, namespace="endless")
        store.start(a_record(), now=NOON, limits=limits)
        store.guess("v1", now=NOON, limits=limits)

        assert client.pttl("{endless}:h:holder-of-v1") == -1
        store.unlock("holder-of-v1", now=NOON)
        assert not client.exists("{endless}:h:holder-of-v1")


def test_server_that_is_gone_is_unavailable_and_back_again_usable(
    server: Server,
) -> None:
    store = RedisStore(server.url)
    store.start(a_record(), now=NOON, limits=LIMITS)
    server.stop()

    with pytest.raises(Unavailable, match="ConnectionError") as caught:
        store.start(a_record(), now=NOON, limits=LIMITS)

    assert str(server.port) not in str(caught.value)
    server.start()
    assert store.fetch("v1", now=NOON) is None
    store.close()


def test_answer_that_does_not_come_is_ambiguous(server: Server) -> None:
    store = RedisStore(server.url, timeout_s=0.05)
    store.start(a_record(), now=NOON, limits=LIMITS)
    server.freeze()

    with pytest.raises(Ambiguous, match="TimeoutError"):
        store.guess("v1", now=NOON, limits=LIMITS)

    server.thaw()
    store.close()


def test_awaited_store_fails_alike(server: Server) -> None:
    store = RedisStore(server.url, timeout_s=0.05).awaited()

    async def fail() -> None:
        await store.start(a_record(), now=NOON, limits=LIMITS)
        server.freeze()
        with pytest.raises(Ambiguous):
            await store.guess("v1", now=NOON, limits=LIMITS)
        server.thaw()
        server.stop()
        with pytest.raises(Unavailable):
            await store.guess("v1", now=NOON, limits=LIMITS)
        await store.aclose()

    asyncio.run(fail())


def test_refusal_of_the_server_is_unavailable(server: Server) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", 1)
    store = RedisStore(server.url)

    with pytest.raises(Unavailable, match="refuses: ReadOnlyError"):
        store.start(a_record(), now=NOON, limits=LIMITS)

    store.close()


def test_each_event_loop_has_connections_of_its_own() -> None:
    store = RedisStore(redis_server().url, namespace="loops").awaited()

    async def once() -> object:
        found = await store.start(a_record(), now=NOON, limits=LIMITS)
        await store.aclose()
        return found.answer

    assert [asyncio.run(once()), asyncio.run(once())] == ["kept", "repeated"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "redis://127.0.0.1:1/0?socket_timeout=9",
        "redis://:s3cret@127.0.0.1:port/0",
    ],
)
def test_url_of_another_form_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidSetting, match="store") as caught:
        RedisStore(url)

    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_namespace_that_would_break_the_hash_tag_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="namespace"):
        RedisStore("redis://127.0.0.1:1", namespace="a}b")


def test_password_is_not_shown() -> None:
    store = RedisStore("redis://:s3cret@127.0.0.1:1/0")

    assert "s3cret" not in repr(store) + repr(store.awaited())
    with pytest.raises(Unavailable) as caught:
        store.fetch("v1", now=NOON)
    assert "s3cret" not in str(caught.value)
