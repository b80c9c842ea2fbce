"""
What of a secret, a number or an address may be shown or logged.

A phone number keeps its calling code and its last two digits, an e-mail address its
first character and its domain: enough to recognise one's own, too little to reach a
stranger. Masking is a property of the type: what walks the fields of a value instead of
asking for its `repr` finds a `Secret` there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import NoReturn, Protocol, final

from .inputs import require_kind

# Longer than an address may be; RFC 5321, section 4.5.3.1.3.
_LAST_WORD = re.compile(r"\S{1,400}\Z")


@final
class Secret:
    """
    A text that shows itself only when asked: a token, a code, a full phone number.

    Not a class of attrs: whatever walks the fields of one (`rich`, pytest's comparison,
    `attrs.asdict`) shows a secret by its `repr`.

    Args:
        text: The text; read it with `reveal()`.

    Raises:
        InvalidSetting: It is no text.
    """

    __slots__ = ("_text",)

    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", require_kind("secret", text, str))

    def reveal(self) -> str:
        """The text itself; the caller answers for where it goes."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"a secret cannot be changed; {name} was to be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a secret cannot be changed; {name} was to be deleted")

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._text,)


def to_secret(value: str | Secret, setting: str = "secret") -> Secret:
    """
    A `Secret`, whether the caller wrapped the text already or not.

    Args:
        value: The text.
        setting: What it is, for the error.

    Raises:
        InvalidSetting: It is no text.
    """
    if isinstance(value, Secret):
        return value
    return Secret(require_kind(setting, value, str))


def to_optional_secret(
    value: str | Secret | None, setting: str = "secret"
) -> Secret | None:
    """As `to_secret`; None stays None."""
    return None if value is None else to_secret(value, setting)


def mask_phone(e164: str, calling_code: int) -> str:
    """
    A phone number with its middle hidden: `+1********34`.

    Args:
        e164: The number in E.164 form, with its plus sign.
        calling_code: Its country calling code, which stays readable.
    """
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


def mask_text(text: str, *, limit: int = 300) -> str:
    """As `hiding().mask`: where nothing is known of what the text may repeat."""
    return hiding().mask(text, limit=limit)


def hiding(*known: HasValue | Secret | str | None) -> Hiding:
    """
    What masks the texts that a vendor answers with.

    Args:
        known: What the exchange is about, such as the identifier and the code. Each is
            hidden however the vendor spells it; None and empty texts are passed over.
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
        self._known = known

    def __repr__(self) -> str:
        return f"<Hiding of {len(self._known)} texts>"

    def mask(self, text: str, *, limit: int = 300) -> str:
        """
        A vendor's sentence without the numbers, codes and addresses that it repeats.

        What is known to be secret goes in every spelling: escaped, quoted, spaced out,
        in part. Beside that go runs of four digits and e-mail addresses, whoever's they
        are.

        Args:
            text: Any text from outside.
            limit: Characters kept; the rest is cut, so that a page of HTML stays out of
                logs.
        """
        from .echoes import echoes, numbers_and_addresses

        # Cut after masking: what straddles the limit would lose its tail and pass.
        # Where a long text is cut before, the word that lost its tail goes, too.
        begun = text[: limit * 4]
        whole = begun if len(begun) == len(text) else _LAST_WORD.sub("", begun)
        spans = [*numbers_and_addresses(whole), *echoes(whole, self._known)]
        masked = _without(whole, spans)[:limit]
        return masked.encode(errors="replace").decode()  # lone surrogates break logs

    def is_echoed_in(self, text: str) -> bool:
        """Whether a text repeats, in whatever spelling, what is known to be secret."""
        from .echoes import echoes

        return next(iter(echoes(text, self._known)), None) is not None


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    hidden = bytearray(len(text))
    for begin, end in spans:
        hidden[begin:end] = b"\1" * (end - begin)
    parts = groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
    return "".join(
        "***" if is_hidden else "".join(character for character, _ in part)
        for is_hidden, part in parts
    )
