"""What several providers promise together: every channel of any, else the least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final, TypeVar

from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
)

T = TypeVar("T")

_CANCEL: Final = (CancelSupport.NO, CancelSupport.WINDOW, CancelSupport.YES)
"""The least first."""


def joint(members: Sequence[Capabilities]) -> Capabilities:
    """
    The capabilities of a provider that passes each start to one of the members.

    Args:
        members: At least one.

    Returns:
        The union of the channels, for each start goes to a member that offers its
        channel; of all else what every member keeps.
    """
    return Capabilities(
        channels=frozenset().union(*(each.channels for each in members)),
        check_key=reduce(_common_key, (each.check_key for each in members)),
        fetch=reduce(_common_key, (each.fetch for each in members)),
        cancel=min((each.cancel for each in members), key=_CANCEL.index),
        custom_code=all(each.custom_code for each in members),
        idempotency=_shared((each.idempotency for each in members), Idempotency.NONE),
        resend=_shared((each.resend for each in members), Resend.VARIES),
        attempts_reported=all(each.attempts_reported for each in members),
        hints=frozenset.intersection(*(each.hints for each in members)),
    )


def _common_key(one: LookupKey, other: LookupKey) -> LookupKey:
    if LookupKey.NONE in {one, other}:
        return LookupKey.NONE
    if LookupKey.EITHER in {one, other}:
        return other if one is LookupKey.EITHER else one
    # One by id, one by identifier: the reference as a whole is needed, which is what an
    # id promises.
    return one if one is other else LookupKey.ID


def _shared(values: Iterable[T], otherwise: T) -> T:
    found = set(values)
    return found.pop() if len(found) == 1 else otherwise
