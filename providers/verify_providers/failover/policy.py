"""What a failover does when, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from attrs import Attribute, field, frozen

from verify_core.errors import InvalidSetting

_LONGEST_CALLING_CODE = 999


def _at_least_one(_instance: object, attribute: Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidSetting(attribute.name, "takes a whole number from 1 on")


def _resends(
    _instance: object, attribute: Attribute[int | None], value: object
) -> None:
    if value is not None and (type(value) is not int or value < 0):
        raise InvalidSetting(
            attribute.name, "takes a whole number from 0 on, or None for no end"
        )


def _lasting(_instance: object, attribute: Attribute[timedelta], value: object) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise InvalidSetting(attribute.name, "takes a duration longer than nothing")


def _routes(
    value: Mapping[int, Iterable[str]],
) -> dict[int, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise InvalidSetting("routes", "takes calling codes and lists of names")
    return {code: _names(code, names) for code, names in value.items()}


def _names(calling_code: object, names: object) -> tuple[str, ...]:
    if type(calling_code) is not int or not 1 <= calling_code <= _LONGEST_CALLING_CODE:
        raise InvalidSetting("routes", "takes calling codes such as 44")
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidSetting("routes", f"{calling_code} takes a list of names")
    found = tuple(names)
    are_names = all(isinstance(name, str) for name in found)
    if not found or not are_names or len(set(found)) < len(found):
        raise InvalidSetting("routes", f"{calling_code} takes names, each once")
    return found


@frozen(kw_only=True)
class CircuitPolicy:
    """
    When a child is left alone for a while.

    Attributes:
        failures: Failures in a row, of one child for one calling code, that open its
            circuit.
        pause: How long nothing is then started there, before one real start tries.

    Raises:
        InvalidSetting: No failure or no pause.
    """

    failures: int = field(default=5, validator=_at_least_one)
    pause: timedelta = field(default=timedelta(seconds=30), validator=_lasting)


@frozen(kw_only=True)
class FailoverPolicy:
    """
    What a failover does when.

    Attributes:
        resends_per_child: Resends through one child before the next one is taken; None
            stays with the first for as long as it works.
        routes: Calling code to the names of the only children to try, in order;
            elsewhere, and for e-mail addresses, all of them in their own order.
        circuit: When a child is left alone for a while.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    resends_per_child: int | None = field(default=None, validator=_resends)
    routes: Mapping[int, tuple[str, ...]] = field(
        factory=dict, converter=_routes, hash=False
    )
    circuit: CircuitPolicy = field(factory=CircuitPolicy)
