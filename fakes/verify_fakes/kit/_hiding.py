"""What of an address, a code or a text may be shown."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

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


def quoted_mask(address: str) -> str:
    """`masked`, in quotes, as attrs wants it from a field's own repr."""
    return repr(masked(address))


def optional_mask(address: str | None) -> str:
    """`quoted_mask` for a field that may be None."""
    return "None" if address is None else quoted_mask(address)


class Hidden(Generic[T]):
    """
    A value that shows itself only when asked, whatever walks the fields around it.

    Not a class of attrs or dataclasses: `rich`, pytest's comparison and `attrs.asdict`
    show it by its `repr`.

    Args:
        value: Read it with `reveal()`.
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

    def __reduce__(self) -> tuple[type[Hidden[T]], tuple[T]]:
        return Hidden, (self._value,)


def hidden_text(value: str | Hidden[str]) -> Hidden[str]:
    """The text, hidden, if it is not yet; a converter of attrs."""
    return value if isinstance(value, Hidden) else Hidden(value)


def hidden(value: Any) -> Hidden[Any]:  # noqa: ANN401 - a converter is not generic
    """As `hidden_text`, for a value of any type."""
    return value if isinstance(value, Hidden) else Hidden(value)
