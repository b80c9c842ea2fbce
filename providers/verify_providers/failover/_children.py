"""The children of a failover, and the policy by which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import TypeVar

from attrs import evolve, field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.provider import (
    AsyncVerifyProvider,
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    VerifyProvider,
)
from verify_core.validation import checked, instance_of, require_all, whole
from verify_core.verification import StartRequest

from .._wrapping import innermost
from ._circuits import CircuitPolicy

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_CANCEL = (CancelSupport.NO, CancelSupport.WINDOW, CancelSupport.YES)
"""The least first."""

T = TypeVar("T")


def require_name(setting: str, name: object) -> str:
    """Return the name, if it is fit for references and logs."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidSetting(
            setting,
            "takes a lower-case letter and up to 31 letters, digits, hyphens or "
            "underscores",
        )
    return name


@frozen(kw_only=True)
class Child:
    """
    One of the providers of a failover.

    Attributes:
        name: Names it in references, results and events; never change it while
            verifications run.
        provider: The provider.
        extras: Types of the extras that are meant for it; None means those defined in
            the package of the provider's class; of a wrapped provider, the one inside.

    Raises:
        InvalidSetting: A name unfit for references, or no provider.
    """

    name: str = field(validator=checked(require_name))
    provider: VerifyProvider | AsyncVerifyProvider = field(
        validator=instance_of(VerifyProvider)
    )
    extras: tuple[type, ...] | None = None

    def offers(self, channel: Channel) -> bool:
        return channel in self.provider.capabilities.channels

    def takes(self, extra: object) -> bool:
        if self.extras is not None:
            return isinstance(extra, self.extras)
        package = type(innermost(self.provider)).__module__.rpartition(".")[0]
        home = type(extra).__module__
        return bool(package) and (home == package or home.startswith(f"{package}."))

    def own(self, request: StartRequest) -> StartRequest:
        """Return the request with those extras alone that are meant for the child."""
        if not request.extras:
            return request
        mine = tuple(extra for extra in request.extras if self.takes(extra))
        return request if mine == request.extras else evolve(request, extras=mine)


_LONGEST_CALLING_CODE = 999


def _routes(value: Mapping[int, Iterable[str]]) -> dict[int, tuple[str, ...]]:
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
class FailoverPolicy:
    """
    Routes, resends and circuits of a failover.

    Attributes:
        resends_per_child: Resends through one child before the next child sends; None
            stays with the first for as long as it works.
        routes: Calling code to the names of the only children to try, in order;
            elsewhere, and for e-mail addresses, all of them in their own order.
        circuit: When a circuit opens, and for how long.

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


def by_name(children: Iterable[Child], *, reserved: str) -> Mapping[str, Child]:
    """Return the children by name, in order; the failover's name is reserved."""
    require_name("name", reserved)
    found: dict[str, Child] = {}
    for child in require_all("children", children, Child):
        _require_new(child, found, reserved)
        found[child.name] = child
    if not found:
        raise InvalidSetting("children", "takes at least one")
    return found


def _require_new(child: Child, found: Mapping[str, Child], reserved: str) -> None:
    if child.name == reserved:
        raise InvalidSetting(
            "children", f"the name {reserved} is the failover's own; choose another"
        )
    if child.name in found:
        raise InvalidSetting("children", f"the name {child.name} is given twice")
    if any(child.provider is other.provider for other in found.values()):
        raise InvalidSetting(
            "children", f"{child.name} is a provider that was given before"
        )


Choice = Callable[[int | None], tuple[Child, ...]]
"""From a calling code, or None for an e-mail address, to the children in order."""


def choice(
    children: Mapping[str, Child], routes: Mapping[int, tuple[str, ...]]
) -> Choice:
    """Return which children are tried for a calling code: its route, or all."""
    for calling_code, names in routes.items():
        if not children.keys() >= set(names):
            known = ", ".join(children)
            raise InvalidSetting(
                "routes", f"{calling_code} names no child; known are {known}"
            )
    chosen: dict[int | None, tuple[Child, ...]] = {
        calling_code: tuple(children[name] for name in names)
        for calling_code, names in routes.items()
    }
    everyone = tuple(children.values())
    return lambda calling_code: chosen.get(calling_code, everyone)


def joint_capabilities(members: Sequence[Capabilities]) -> Capabilities:
    """
    Return what a provider promises that passes each start to one of the members.

    The union of their channels, for each start goes to a member that offers its
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
