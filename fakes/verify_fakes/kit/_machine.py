"""What a vendor's state machine stands on: life cycle rows and randomness."""

from __future__ import annotations

import random  # noqa: TID251  the one place; it is seeded, or the system's own
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from attrs import frozen

from ._hiding import Hidden

#: A vendor's statuses, and its reasons for refusing.
StatusT = TypeVar("StatusT", bound=StrEnum)
ReasonT = TypeVar("ReasonT", bound=StrEnum)


@frozen(kw_only=True)
class LifeCycleRow(Generic[StatusT, ReasonT]):
    """
    One row of a life cycle.

    Attributes:
        becomes: The status afterwards.
        refuses: Why the command is refused, or None where it succeeds.
        why: The source of the row.
    """

    becomes: StatusT
    refuses: ReasonT | None = None
    why: str


def stream(seed: int | None, purpose: str) -> random.Random:
    """
    Random numbers for one purpose; drawing more for another does not change them.

    Args:
        seed: Any number. None takes the system's randomness, so that no test can come
            to rely on a code that is always the same.
        purpose: What is drawn from it.
    """
    if seed is None:
        # Unpredictable, but drawn from the system once: asking it for each code and
        # id took a tenth of a request, and a fake's codes guard nothing.
        return random.Random(random.SystemRandom().getrandbits(256))  # noqa: S311
    return random.Random(f"{seed}:{purpose}")  # noqa: S311  a fake: repeatable, no secret


#: Gives a code of some digits for an address.
CodeSource: TypeAlias = Callable[[str, int], str]


class DrawnCodes:
    """Random digits, the same again for the same seed (as `stream` takes it)."""

    def __init__(self, seed: int | None = None) -> None:
        self._stream = stream(seed, "codes")

    def __call__(self, to: str, length: int) -> str:  # noqa: ARG002  as a CodeSource
        """`length` random digits for any address."""
        return f"{self._stream.randrange(10**length):0{length}d}"


class FixedCodes:
    """
    Codes set per address; every other address gets one from the source below.

    There is deliberately no way to set one code for all: it would hide bugs that let a
    code be used twice, too late, or by another person.

    Args:
        otherwise: The source below.
        form: What a code looks like.
        takes: The same in words, for an error.
        plain: Turns an address into the one that messages carry.
    """

    def __init__(
        self,
        otherwise: CodeSource,
        *,
        form: re.Pattern[str],
        takes: str,
        plain: Callable[[str], str] = str,
    ) -> None:
        self._otherwise = otherwise
        self._form = form
        self._takes = takes
        self._plain = plain
        self._fixed: Hidden[dict[str, str]] = Hidden({})

    def fix(self, to: str, code: str) -> None:
        """
        Let every verification of one address have this code, from its next start on.

        Raises:
            ValueError: The vendor would not take the code.
        """
        if not self._form.fullmatch(code):
            del to, code  # a traceback with variables shows them
            raise ValueError(f"a fixed code takes {self._takes}")
        self._fixed.reveal()[self._plain(to)] = code

    def release(self, to: str) -> None:
        """Let an address have random codes again."""
        self._fixed.reveal().pop(self._plain(to), None)

    def __call__(self, to: str, length: int) -> str:
        """The address's own code if it has one, of its own length."""
        fixed = self._fixed.reveal().get(self._plain(to))
        return fixed or self._otherwise(to, length)
