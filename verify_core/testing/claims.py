"""How a case says that a law is broken, or that it does not apply."""

from __future__ import annotations

import unittest
from typing import NoReturn


class CaseFailed(AssertionError):
    """The provider breaks the law that the case is named for."""


class CaseSkipped(unittest.SkipTest):
    """The case does not apply; the text says why. Test frameworks read it as a skip."""


def fail(text: str) -> NoReturn:
    """
    End the case: the law is broken.

    Raises:
        CaseFailed: Always.
    """
    raise CaseFailed(text)


def require(claim: bool, text: str) -> None:  # noqa: FBT001 - reads like assert
    """
    Hold the provider to a claim.

    Args:
        claim: Whether it holds.
        text: What is wrong where it does not; holds no code and no full number.

    Raises:
        CaseFailed: It does not.
    """
    if not claim:
        fail(text)
