"""A start over real sockets, cancelled at any turn of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.support.loopback import Answer, Loopback, Misbehaviour, TinyVerify
from verify_core.errors import VerifyError
from verify_core.phone import PhoneNumber
from verify_core.verification import Started, StartRequest
from verify_providers.conversations import LateAnswer
from verify_providers.twilio import AsyncTwilioVerify

TURNS = [*range(12), 15, 20, 30, 50]
POINTS = [(arrived, turns) for arrived in (False, True) for turns in TURNS]
"""Whether the request has arrived, and how many turns of the loop later."""


def sound(_reply: Misbehaviour, tiny: TinyVerify) -> Answer:
    return tiny.answer


def cut_in_the_body(reply: Misbehaviour, tiny: TinyVerify) -> Answer:
    """The answer is lost, and recovered by asking."""
    return reply.cut_posts(tiny, cut_at=300)


def lost(reply: Misbehaviour, tiny: TinyVerify) -> Answer:
    return reply.lose_everything(tiny)


@pytest.mark.parametrize("behaviour", [sound, cut_in_the_body, lost])
def test_message_that_left_is_known_whenever_its_task_is_cancelled(
    behaviour: Callable[[Misbehaviour, TinyVerify], Answer],
    loopback: Loopback,
    reply: Misbehaviour,
    number: PhoneNumber,
    account: dict[str, Any],
) -> None:
    async def cancelled(
        turns: int, *, arrived: bool
    ) -> tuple[TinyVerify, list[object]]:
        tiny, known = TinyVerify(), []
        loopback.answer = behaviour(reply, tiny)

        def keep(late: LateAnswer) -> None:
            known.append(late.answer or late.error)

        async with AsyncTwilioVerify(
            base_url=loopback.url, on_late=keep, **account
        ) as provider:
            task = asyncio.create_task(provider.start(StartRequest(identifier=number)))
            while arrived and not (tiny.messages or task.done()):  # noqa: ASYNC110
                await asyncio.sleep(0)
            for _turn in range(turns):
                await asyncio.sleep(0)
            if not task.cancel():
                return tiny, [task.exception() or task.result()]
            with suppress(asyncio.CancelledError, VerifyError):
                known.append(await task)
        return tiny, known

    for arrived, turns in POINTS:
        tiny, known = asyncio.run(cancelled(turns, arrived=arrived))
        assert len(tiny.messages) <= 1, f"sent twice after {turns} turns"
        assert len(known) <= 1
        if tiny.messages:
            (found,) = known
            assert isinstance(found, Started | VerifyError)
            if behaviour is sound:
                assert isinstance(found, Started)
        else:
            assert not arrived
