"""One test over many cases, which names every case that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def require_each(
    cases: Iterable[T],
    check: Callable[[T], object],
    *,
    name: Callable[[T], object] = repr,
) -> None:
    """
    Run a check on every case, and name all that fail.

    For tables whose rows have one rule in common. Where each row is a rule of its own,
    `pytest.mark.parametrize` says more.

    Args:
        cases: At least one.
        check: Raises what is wrong with a case.
        name: How a case is called in the message.

    Raises:
        AssertionError: A check raised, or there was no case.

    >>> require_each([2, 3], lambda number: 6 / number)
    >>> require_each([3, 0], lambda number: 6 / number)
    Traceback (most recent call last):
        ...
    AssertionError: 1 of 2 cases fail
    0: ZeroDivisionError: division by zero
    """
    failed: list[str] = []
    count = 0
    for count, case in enumerate(cases, 1):  # noqa: B007 - how many there were
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever
            failed.append(f"{name(case)}: {type(error).__name__}: {error}")
    if not count:
        raise AssertionError("there was no case")
    if failed:
        raise AssertionError(
            "\n".join([f"{len(failed)} of {count} cases fail", *failed])
        )
