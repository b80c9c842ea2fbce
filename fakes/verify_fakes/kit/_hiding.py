"""What of an address, a code or a text may be shown."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, Self, TypeVar, overload

T = TypeVar("T")

_SHOWN_HEAD = 3
_SHOWN_TAIL = 2


def masked(address: str) -> str:
    """The ends of a phone number; the initial and domain of an e-mail address."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    if len(address) <= _SHOWN_HEAD + _SHOWN_TAIL:
        return "***"
    hidden = len(address) - _SHOWN_HEAD - _SHOWN_TAIL
    return address[:_SHOWN_HEAD] + "*" * hidden + address[-_SHOWN_TAIL:]


class Hidden(Generic[T]):
    """
    A value that shows itself only when asked, whatever walks the fields around it.

    Not a class of attrs or dataclasses: `rich`, pytest's comparison and `attrs.asdict`
    show it by its `repr`.
    """

    __slots__ = ("_value",)

    _value: T

    def __init__(self, value: T) -> None:
        object.__setattr__(self, "_value", value)

    def reveal(self) -> T:
        """The value itself; the caller answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return "Hidden('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hidden):
            return NotImplemented
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Hidden, self._value))

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"what is hidden cannot be changed: {name}")

    def __dir__(self) -> list[str]:
        return ["reveal"]  # `rich.inspect` prints whatever is listed

    def __reduce__(self) -> tuple[type[Self], tuple[T]]:
        return type(self), (self._value,)


class HiddenAddress(Hidden[T]):
    """A phone number or an e-mail address, or None; it shows itself masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(self._value and masked(str(self._value)))


# One for all: a verification has a handful of them, and a million may be pending.
_NOTHING: Hidden[None] = HiddenAddress(None)


def without_doors(value: object) -> list[str]:
    """What `dir()` lists, without the attributes that reveal something."""
    kind = type(value)
    return [
        name
        for name in object.__dir__(value)
        if not isinstance(getattr(kind, name, None), Revealed | property)
    ]


def hidden_text(value: str | Hidden[str]) -> Hidden[str]:
    """The text, hidden, if it is not yet; a converter of attrs."""
    return value if isinstance(value, Hidden) else Hidden(value)


def hidden_address(value: str | Hidden[Any] | None) -> Hidden[Any]:
    """As `hidden_text`, for a phone number or an e-mail address, or None."""
    if value is None:
        return _NOTHING
    return value if isinstance(value, Hidden) else HiddenAddress(value)


def hidden(value: Any) -> Hidden[Any]:  # noqa: ANN401 - a converter is not generic
    """As `hidden_text`, for a value of any type."""
    if value is None:
        return _NOTHING
    return value if isinstance(value, Hidden) else Hidden(value)


class Revealed(Generic[T]):
    """
    An attribute that reads the clear value of the private field of the same name.

        _code: Hidden[str] = field(converter=hidden_text)
        code = Revealed[str]()

    attrs names the parameter `code`, so that it is `code` to everybody; whatever walks
    the fields finds only what is hidden.
    """

    def __set_name__(self, owner: Any, name: str) -> None:  # noqa: ANN401
        self._field = f"_{name}"
        # `rich.inspect` and the like print the value of every name that is listed.
        owner.__dir__ = without_doors

    @overload
    def __get__(self, value: None, owner: type) -> Self: ...
    @overload
    def __get__(self, value: object, owner: type) -> T: ...
    def __get__(self, value: object | None, owner: type) -> Self | T:
        if value is None:
            return self
        kept: Hidden[T] = getattr(value, self._field)
        return kept._value  # noqa: SLF001 - read for every field; a call less each
