"""
What of a secret, a number or an address may be shown or logged.

A phone number keeps its calling code and its last two digits, an e-mail address its
first character and its domain: enough to recognise one's own, too little to reach a
stranger. Masking is a property of the type: what walks the fields of a value finds a
`Secret`, or something `Hidden`, there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from typing import (
    TYPE_CHECKING,
    Generic,
    NoReturn,
    Protocol,
    Self,
    TypeVar,
    final,
    overload,
)

from .errors import InvalidSetting
from .validation import require_kind

__all__ = ["hiding"]

T = TypeVar("T")

# Longer than an address may be; RFC 5321, section 4.5.3.1.3.
_LAST_WORD = re.compile(r"\S{1,400}\Z")


class Discreet:
    """
    Leaves properties out of `dir()`: they show what the class keeps hidden.

    `rich.inspect` and the like print the value of every name that `dir()` lists.
    """

    __slots__ = ()

    def __dir__(self) -> list[str]:
        kind = type(self)
        return [
            name
            for name in super().__dir__()
            if not isinstance(getattr(kind, name, None), property)
        ]


class Hidden(Generic[T]):
    """
    A value that shows itself only when asked, by `reveal()`.

    Not a class of attrs or dataclasses: whatever walks the fields of one (`rich`,
    pytest's comparison, `attrs.asdict`) shows it by its `repr`.

    A value that is hidden already stays the same, as from `attrs.evolve`.
    """

    __slots__ = ("_value",)

    _value: T

    def __new__(cls, value: T | Hidden[T]) -> Hidden[T]:
        if isinstance(value, Hidden):
            return value
        made = object.__new__(cls)
        object.__setattr__(made, "_value", value)
        return made

    def reveal(self) -> T:
        """The value itself; the caller answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}('***')"

    def __str__(self) -> str:
        return "***"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name != "_value"]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hidden) or type(self) is not type(other):
            return NotImplemented
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"what is hidden cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"what is hidden cannot be changed: {name}")

    def __reduce__(self) -> tuple[type[Self], tuple[T]]:
        return type(self), (self._value,)


class Revealed(property, Generic[T]):
    """
    A property that reads what a private field hides.

        _code: Hidden[str] = field(converter=hide_text, repr=False)
        code = Revealed[str]("_code", "The code as typed.")
    """

    def __init__(self, field: str, doc: str = "") -> None:
        super().__init__(attrgetter(f"{field}._value"))
        # Else it has those of `attrgetter`, or in Python 3.11 those of this class.
        self.__doc__ = doc

    if TYPE_CHECKING:

        @overload
        def __get__(self, value: None, owner: type, /) -> Self: ...
        @overload
        def __get__(self, value: object, owner: type | None = ..., /) -> T: ...
        def __get__(
            self, value: object | None, owner: type | None = ..., /
        ) -> Self | T: ...


@final
class Secret(Hidden[str]):
    """
    A text that shows itself only when asked: a token, a code, a full phone number.

    Args:
        value: The text; read it with `reveal()`.

    Raises:
        InvalidSetting: It is not a text.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Secret:
        if not isinstance(value, str):
            found = type(value).__name__
            del value  # a traceback with variables shows it
            raise InvalidSetting("secret", f"takes a str, not {found}")
        made = object.__new__(cls)
        object.__setattr__(made, "_value", value)
        return made


def to_secret(value: str | Secret, setting: str = "secret") -> Secret:
    """
    A `Secret`, whether the caller wrapped the text already or not.

    Raises:
        InvalidSetting: It is not a text; names the setting.
    """
    if isinstance(value, Secret):
        return value
    return Secret(require_kind(setting, value, str))


def to_optional_secret(
    value: str | Secret | None, setting: str = "secret"
) -> Secret | None:
    """As `to_secret`; None stays None."""
    return None if value is None else to_secret(value, setting)


if TYPE_CHECKING:  # no type checker reads a generic converter of attrs

    def hide_text(value: str | Hidden[str]) -> Hidden[str]: ...

    def hide_bytes(value: bytes | Hidden[bytes]) -> Hidden[bytes]: ...

    def hide_body(
        value: bytes | Hidden[bytes | None] | None,
    ) -> Hidden[bytes | None]: ...

    def hide_headers(
        value: Mapping[str, str] | Hidden[Mapping[str, str]],
    ) -> Hidden[Mapping[str, str]]: ...

else:
    hide_text = hide_bytes = hide_body = hide_headers = Hidden


def mask_phone(e164: str, calling_code: int) -> str:
    """A phone number with its middle hidden: `+1********34`."""
    prefix = f"+{calling_code}"
    hidden = max(len(e164) - len(prefix) - 2, 0)
    return prefix + "*" * hidden + e164[len(prefix) + hidden :]


def mask_email(address: str) -> str:
    """An e-mail address with its local part hidden: `p***@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


class HasValue(Protocol):
    """A phone number or an e-mail address."""

    @property
    def value(self) -> str:
        """The full number or address."""


def hiding(*known: HasValue | Secret | str | None) -> Hiding:
    """
    What masks the texts that a vendor answers with.

    Args:
        known: What the exchange is about, such as the identifier and the code; None
            and empty texts are passed over.
    """
    return Hiding(tuple(filter(None, map(_revealed, known))))


def _revealed(known: HasValue | Secret | str | None) -> str:
    if known is None or isinstance(known, str):
        return known or ""
    return known.reveal() if isinstance(known, Secret) else known.value


@final
class Hiding:
    """Masks texts from outside; `hiding()` makes one."""

    __slots__ = ("_known",)

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = Hidden(known)

    def __repr__(self) -> str:
        return f"<Hiding of {len(self._known.reveal())} texts>"

    def mask(self, text: str, *, limit: int = 300) -> str:
        """
        A vendor's sentence without the numbers, codes and addresses that it repeats.

        What is known to be secret is hidden in every spelling: escaped, quoted, spaced
        out, in part. So are runs of four digits and e-mail addresses, whoever's they
        are.

        Args:
            text: Any text from outside.
            limit: Characters kept, so that a page of HTML stays out of logs.
        """
        from ._echoes import echoes, numbers_and_addresses

        # Cut after masking: what straddles the limit would lose its tail and pass.
        # Where a long text is cut before, the word that lost its tail goes, too.
        begun = text[: limit * 4]
        whole = begun if len(begun) == len(text) else _LAST_WORD.sub("", begun)
        spans = [*numbers_and_addresses(whole), *echoes(whole, self._known.reveal())]
        masked = _without(whole, spans)[:limit]
        return masked.encode(errors="replace").decode()  # lone surrogates break logs

    def is_echoed_in(self, text: str) -> bool:
        """Whether a text repeats, in whatever spelling, what is known to be secret."""
        from ._echoes import echoes

        return next(iter(echoes(text, self._known.reveal())), None) is not None


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    hidden = bytearray(len(text))
    for begin, end in spans:
        hidden[begin:end] = b"\1" * (end - begin)
    parts = groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
    return "".join(
        "***" if is_hidden else "".join(character for character, _ in part)
        for is_hidden, part in parts
    )
