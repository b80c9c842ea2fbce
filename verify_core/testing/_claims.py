"""How a case says that a law is broken, does not apply, or could not be tried."""

from __future__ import annotations

import unittest
from typing import NoReturn


class CaseFailed(AssertionError):
    """The provider breaks the law that the case is named for."""


class CaseSkipped(unittest.SkipTest):
    """The case does not apply; the text says why. Test frameworks read it as a skip."""


class CaseInconclusive(Exception):
    """The bench failed, or chance did not play along: nothing is known of the law."""


def fail(text: str) -> NoReturn:
    """
    End the case: the law is broken.

    Raises:
        CaseFailed: Always.
    """
    raise CaseFailed(text)


def inconclusive(text: str) -> NoReturn:
    """
    End the case: nothing can be said.

    Raises:
        CaseInconclusive: Always.
    """
    raise CaseInconclusive(text)


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
