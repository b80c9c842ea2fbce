"""What one start asks of the counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from attrs import frozen

from verify_core.errors import Refused, Throttled, TooSoon

Kind: TypeAlias = type[TooSoon] | type[Throttled] | type[Refused]


@frozen(kw_only=True)
class Refuser:
    """
    The rule that a counter belongs to.

    Attributes:
        rule: Its name, as in `GuardEvent`.
        kind: The error of its refusals.
        gives_back: Whether its counter is forgotten when a later claim of the same
            start fails. Only for a limit of 1, where nobody else has a part in it.
    """

    rule: str
    kind: Kind
    gives_back: bool = False


Claim: TypeAlias = tuple[str, int, int, int, Refuser]
"""
A place in one counter: its name, the seconds of the window that the first claim opens,
what the counter may stand at, what it is raised by, and who refuses. An amount of 0
only reads it, and is refused at the limit. Bare, since every start makes several, and
any class would double what they cost.
"""

Claims: TypeAlias = Sequence[Claim]
