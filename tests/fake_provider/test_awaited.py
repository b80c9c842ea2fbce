"""The fake in memory for programs that await."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta

import pytest

from verify_core import AsyncVerifier, StartRequest, Verdict, load_async_provider
from verify_core.errors import InvalidSetting, Throttled
from verify_core.phone import read_phone
from verify_fakes import AsyncFakeVerifyProvider, FakeVerifyProvider

REQUEST = StartRequest(identifier=read_phone("+1 555 323 1234"))


def test_it_takes_the_arguments_of_the_blocking_one() -> None:
    one = inspect.signature(FakeVerifyProvider.__init__)
    other = inspect.signature(AsyncFakeVerifyProvider.__init__)

    assert one == other


def test_a_life_in_one_loop() -> None:
    async def life() -> list[Verdict]:
        async with AsyncFakeVerifyProvider(seed=1) as fake:
            verifier = AsyncVerifier(fake)
            started = await verifier.start("+1 555 323 1234")
            code = fake.outbox[-1].code
            verdicts = [(await verifier.check(started.ref, "0000")).verdict]
            fake.clock.advance(timedelta(minutes=1))
            verdicts.append((await verifier.check(started.ref, code)).verdict)
        return verdicts

    assert asyncio.run(life()) == [Verdict.WRONG_CODE, Verdict.APPROVED]


def test_faults_are_raised_at_once() -> None:
    fake = AsyncFakeVerifyProvider(seed=1)
    fake.faults.arm("start", 20429)
    call = fake.start(REQUEST)

    with pytest.raises(Throttled):
        call.send(None)  # without a loop: it has nothing to wait for
    assert not fake.outbox


def test_same_seed_gives_the_same_codes_as_the_blocking_one() -> None:
    one, other = FakeVerifyProvider(seed=7), AsyncFakeVerifyProvider(seed=7)
    one.start(REQUEST)
    asyncio.run(other.start(REQUEST))

    assert other.outbox[-1].code == one.outbox[-1].code


def test_url_loads_it() -> None:
    provider = load_async_provider("fake://?seed=1")

    assert isinstance(provider, AsyncFakeVerifyProvider)
    with pytest.raises(InvalidSetting):
        load_async_provider("fake://?colour=1")


def test_it_shows_no_code() -> None:
    fake = AsyncFakeVerifyProvider(seed=1)
    asyncio.run(fake.start(REQUEST))

    assert fake.outbox[-1].code not in repr(fake)
    assert repr(fake).startswith("AsyncFakeVerifyProvider(")
