"""The providers that a failover stands before, each under a name of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import Attribute, evolve, field, frozen

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def require_name(setting: str, name: object) -> str:
    """
    The name, if it is fit for references and logs.

    Raises:
        InvalidSetting: It is not.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidSetting(
            setting,
            "takes a lower-case letter and up to 31 letters, digits, hyphens or "
            "underscores",
        )
    return name


def _fit_name(_instance: object, _attribute: Attribute[str], value: str) -> None:
    require_name("name", value)


def _is_provider(
    _instance: object, attribute: Attribute[VerifyProvider], value: object
) -> None:
    if not isinstance(value, VerifyProvider):
        raise InvalidSetting(
            attribute.name, f"takes a VerifyProvider, not {type(value).__name__}"
        )


@frozen(kw_only=True)
class Child:
    """
    One of the providers.

    Attributes:
        name: What references, results and events call it; never change it while
            verifications run.
        provider: The provider.
        extras: Types of the extras that are meant for it; None means those defined in
            the package of the provider's class.

    Raises:
        InvalidSetting: A name unfit for references, or no provider.
    """

    name: str = field(validator=_fit_name)
    provider: VerifyProvider = field(validator=_is_provider)
    extras: tuple[type, ...] | None = None

    def offers(self, channel: Channel) -> bool:
        """Whether it sends by that channel."""
        return channel in self.provider.capabilities.channels

    def takes(self, extra: object) -> bool:
        """Whether the extra is meant for it."""
        if self.extras is not None:
            return isinstance(extra, self.extras)
        package = type(self.provider).__module__.rpartition(".")[0]
        home = type(extra).__module__
        return bool(package) and (home == package or home.startswith(f"{package}."))

    def own(self, request: StartRequest) -> StartRequest:
        """The request with those extras alone that are meant for it."""
        if not request.extras:
            return request
        mine = tuple(extra for extra in request.extras if self.takes(extra))
        return request if mine == request.extras else evolve(request, extras=mine)


def by_name(children: Iterable[Child], *, reserved: str) -> Mapping[str, Child]:
    """
    The children by name, in order.

    Args:
        children: At least one.
        reserved: A name that none may have.

    Raises:
        InvalidSetting: None at all, no `Child`, a name or a provider given twice, or
            the reserved name.
    """
    found: dict[str, Child] = {}
    for child in children:
        if not isinstance(child, Child):
            raise InvalidSetting(
                "children", f"takes Child values, not {type(child).__name__}"
            )
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
"""From a calling code, or None for an e-mail address, to the children to try."""


def choice(
    children: Mapping[str, Child], routes: Mapping[int, tuple[str, ...]]
) -> Choice:
    """
    Which children are tried for a calling code, in order.

    Args:
        children: All of them, in the order that holds where no route does.
        routes: Calling code to the names of the only children to try.

    Raises:
        InvalidSetting: A route names no child of that name.
    """
    chosen: dict[int, tuple[Child, ...]] = {}
    for calling_code, names in routes.items():
        for name in names:
            if name not in children:
                known = ", ".join(children)
                raise InvalidSetting(
                    "routes", f"{calling_code} names no child; known are {known}"
                )
        chosen[calling_code] = tuple(children[name] for name in names)
    otherwise = tuple(children.values())
    return lambda calling_code: (
        otherwise if calling_code is None else chosen.get(calling_code, otherwise)
    )
