"""What a failover does when, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from attrs import field, frozen
from attrs.validators import optional

from verify_core.errors import InvalidSetting
from verify_core.validation import instance_of, positive_duration, whole

_LONGEST_CALLING_CODE = 999


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

    failures: int = field(default=5, validator=whole(1))
    pause: timedelta = field(default=timedelta(seconds=30), validator=positive_duration)


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

    resends_per_child: int | None = field(default=None, validator=optional(whole(0)))
    routes: Mapping[int, tuple[str, ...]] = field(
        factory=dict, converter=_routes, hash=False
    )
    circuit: CircuitPolicy = field(
        factory=CircuitPolicy, validator=instance_of(CircuitPolicy)
    )
