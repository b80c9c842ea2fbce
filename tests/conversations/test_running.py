"""Conversations: one generator, run blocking and awaited alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest

from verify_providers.conversations import Conversation, run, run_awaited

Run = Callable[[Conversation[int, int, Any], Callable[[int], int]], Any]


def awaited(
    conversation: Conversation[int, int, Any], perform: Callable[[int], int]
) -> Any:  # noqa: ANN401 - whatever the conversation returns
    async def later(step: int) -> int:
        await asyncio.sleep(0)
        return perform(step)

    return asyncio.run(run_awaited(conversation, later))


@pytest.fixture(params=[run, awaited], ids=["blocking", "awaited"])
def drive(request: pytest.FixtureRequest) -> Run:
    found: Run = request.param
    return found


def test_replies_go_in_and_the_result_comes_out(drive: Run) -> None:
    def conversation() -> Generator[int, int, list[int]]:
        first = yield 1
        second = yield first + 1
        return [first, second]

    assert drive(conversation(), lambda step: step * 10) == [10, 110]


def test_conversation_without_a_step_returns_at_once(drive: Run) -> None:
    def conversation() -> Generator[int, int, str]:
        return "done"
        yield 1

    assert drive(conversation(), lambda step: step) == "done"


def test_error_of_a_step_is_raised_where_the_step_was_yielded(drive: Run) -> None:
    """The conversation may handle it and go on."""

    def refuse(step: int) -> int:
        if step == 1:
            raise KeyError(step)
        return step

    def conversation() -> Generator[int, int, int]:
        try:
            yield 1
        except KeyError:
            return (yield 2)
        return 0

    assert drive(conversation(), refuse) == 2


def test_error_that_is_not_handled_comes_out_and_what_was_opened_is_closed(
    drive: Run,
) -> None:
    closed = []

    def refuse(step: int) -> int:
        raise KeyError(step)

    def conversation() -> Generator[int, int, None]:
        try:
            yield 1
        finally:
            closed.append("reservation")

    with pytest.raises(KeyError):
        drive(conversation(), refuse)
    assert closed == ["reservation"]


def test_driver_that_is_interrupted_closes_the_conversation(drive: Run) -> None:
    """What a start has reserved is given back."""
    closed = []

    def interrupt(_step: int) -> int:
        raise KeyboardInterrupt

    def conversation() -> Generator[int, int, None]:
        try:
            yield 1
        except GeneratorExit:
            closed.append("reservation")
            raise

    with pytest.raises(KeyboardInterrupt):
        drive(conversation(), interrupt)
    assert closed == ["reservation"]
