"""What `RedisStore` says of its server, beside the rules of every store."""

from __future__ import annotations

import asyncio
import socket
import socketserver
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

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


@contextmanager
def losing_answers(server: Server, *, to_script: int) -> Iterator[str]:
    """The URL of a way to the server on which answers are lost from that script on."""
    asked = 0

    class Way(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            nonlocal asked
            with socket.create_connection(("127.0.0.1", server.port)) as there:
                back = Thread(target=self.answer, args=(there,), daemon=True)
                back.start()
                while data := self.request.recv(65_536):
                    asked += data.count(b"EVALSHA")
                    there.sendall(data)
                there.shutdown(socket.SHUT_WR)
                back.join()

        def answer(self, there: socket.socket) -> None:
            while data := there.recv(65_536):
                if asked < to_script:
                    self.request.sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Way) as way:
        Thread(target=way.serve_forever, args=(0.01,), daemon=True).start()
        yield f"redis://127.0.0.1:{way.server_address[1]}/0"
        way.shutdown()


LOST = {1: (Unavailable, 0), 2: (Ambiguous, 1)}
"""By the script whose answer is lost: what is raised, and the guesses counted."""


@pytest.mark.parametrize("awaited", [False, True], ids=["blocking", "awaited"])
@pytest.mark.parametrize("to_script", LOST)
def test_lost_answer_is_ambiguous_only_where_something_was_written(
    server: Server, to_script: int, *, awaited: bool
) -> None:
    error, counted = LOST[to_script]
    direct = RedisStore(server.url)
    direct.start(a_record(), now=NOON, limits=LIMITS)

    with losing_answers(server, to_script=to_script) as url:
        store = RedisStore(url, timeout_s=0.2)
        with pytest.raises(error, match="TimeoutError"):
            guess(store, awaited=awaited)
        store.close()

    found = direct.fetch("v1", now=NOON)
    assert found is not None
    assert found.tries == counted
    direct.close()


def guess(store: RedisStore, *, awaited: bool) -> None:
    if not awaited:
        store.guess("v1", now=NOON, limits=LIMITS)
        return
    other = store.awaited()

    async def guess_and_close() -> None:
        try:
            await other.guess("v1", now=NOON, limits=LIMITS)
        finally:
            await other.aclose()  # type: ignore[attr-defined]

    asyncio.run(guess_and_close())


@pytest.mark.parametrize("awaited", [False, True], ids=["blocking", "awaited"])
def test_start_is_kept_once_however_many_come_at_once(*, awaited: bool) -> None:
    """Each reads and then writes; who was overtaken reads again."""
    namespace = f"at-once-{awaited}"
    store = RedisStore(redis_server().url, namespace=namespace, timeout_s=20)

    def start(number: int) -> str:
        record = a_record(f"v{number}", holder="one")
        return store.start(record, now=NOON, limits=LIMITS).answer

    async def start_all() -> list[str]:
        other = store.awaited()
        records = [a_record(f"v{number}", holder="one") for number in range(40)]
        found = await asyncio.gather(
            *(other.start(each, now=NOON, limits=LIMITS) for each in records)
        )
        await other.aclose()  # type: ignore[attr-defined]
        return [each.answer for each in found]

    if awaited:
        answers = asyncio.run(start_all())
    else:
        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(start, range(40)))
    store.close()

    assert sorted(answers) == ["kept", *["too_soon"] * 39]


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
