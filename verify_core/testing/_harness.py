"""How a provider is set up again and again, and which laws it is known to break."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from attrs import field, frozen

from verify_core.errors import InvalidSetting

from ._bench import Bench


@frozen(kw_only=True)
class Deviation:
    """
    A law that a provider is known to break, and where that is discussed.

    It is strict: where the provider keeps the law after all, the case fails, so that
    the list stays true.

    Attributes:
        case: The name of the case.
        reason: What is different, as a sentence.
        link: The vendor's document or the issue that it stands in.

    Raises:
        InvalidSetting: No reason, or a link that is no web address.
    """

    case: str
    reason: str = field()
    link: str = field()

    @reason.validator
    def _has_a_reason(self, _attribute: object, value: str) -> None:
        if not value.strip():
            raise InvalidSetting("reason", "say what is different, as a sentence")

    @link.validator
    def _leads_somewhere(self, _attribute: object, value: str) -> None:
        if not value.startswith(("https://", "http://")):
            raise InvalidSetting("link", "takes a web address, beginning with https://")


@frozen(kw_only=True)
class Harness:
    """
    How to set up a provider under test, as often as there are cases.

    Attributes:
        name: Stands in reports.
        open: Enters a fresh world and gives its bench; left after each case.
        deviations: Laws that the provider is known to break.
    """

    name: str
    open: Callable[[], AbstractContextManager[Bench]]
    deviations: tuple[Deviation, ...] = field(default=(), converter=tuple)

    def __str__(self) -> str:
        return self.name

    def deviation(self, case: str) -> Deviation | None:
        """What is known of the provider and the case of that name, if anything is."""
        return next((each for each in self.deviations if each.case == case), None)
