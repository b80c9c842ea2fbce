"""How a broken provider says which cases notice it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from tests.support.around import Around
from verify_fakes import VendorProfile
from verify_fakes.memory import TWILIO_LIKE


@frozen
class Broken:
    """
    A provider that is wrong, and what that is noticed by.

    Attributes:
        kind: Its class.
        cases: The cases that fail.
        profile: What its vendor can do.
        more: Whether others fail, too, because the mistake is a coarse one.
        perhaps: Cases that fail where threads happen to meet in the right place.
    """

    kind: type[Around]
    cases: frozenset[str]
    profile: VendorProfile
    more: bool
    perhaps: frozenset[str]


BROKEN: list[Broken] = []
"""Every broken provider."""

KindT = TypeVar("KindT", bound="type[Around]")


def breaks(
    *cases: str,
    profile: VendorProfile = TWILIO_LIKE,
    more: bool = False,
    perhaps: tuple[str, ...] = (),
) -> Callable[[KindT], KindT]:
    """Say which cases fail for a broken provider, and that no other does."""

    def of(kind: KindT) -> KindT:
        one = Broken(kind, frozenset(cases), profile, more, frozenset(perhaps))
        BROKEN.append(one)
        return kind

    return of
