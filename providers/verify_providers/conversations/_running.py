"""The two loops that run a conversation: one blocks, one awaits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
StepT = TypeVar("StepT")
ReplyT = TypeVar("ReplyT")

Conversation: TypeAlias = Generator[StepT, ReplyT, T]
"""Yields steps, receives replies and returns a result, or raises an error."""


def run(
    conversation: Conversation[StepT, ReplyT, T], perform: Callable[[StepT], ReplyT]
) -> T:
    """
    Run a conversation to its end, blocking.

    Args:
        conversation: A generator that has not begun.
        perform: Does what a step says and returns the reply; what it raises is raised
            in the conversation, where the step was yielded.

    Raises:
        Exception: Whatever the conversation raises.
    """
    try:
        step = next(conversation)
        while True:
            try:
                reply = perform(step)
            except Exception as error:  # noqa: BLE001 - the conversation decides
                step = conversation.throw(error)
            else:
                step = conversation.send(reply)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        conversation.close()


async def run_awaited(
    conversation: Conversation[StepT, ReplyT, T],
    perform: Callable[[StepT], Awaitable[ReplyT]],
) -> T:
    """
    Run a conversation to its end, awaiting each step; otherwise like `run`.

    Raises:
        Exception: Whatever the conversation raises.
    """
    try:
        step = next(conversation)
        while True:
            try:
                reply = await perform(step)
            except Exception as error:  # noqa: BLE001 - the conversation decides
                step = conversation.throw(error)
            else:
                step = conversation.send(reply)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        conversation.close()
