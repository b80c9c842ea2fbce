"""
Readings of one text: as it is, and with each usual escaping undone.

A vendor's sentence may hold a number or an address percent-encoded, as HTML entities,
with JSON's backslashes, in quoted-printable, several times over, or in characters that
only look alike. A view is the text after some of that was undone; each character of it
knows where it stood in the original, so that what is found in a view can be hidden
there.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator

from attrs import evolve, frozen

_ROUNDS = 4
"""How many layers of escapes are undone; `%252540` has three."""

_Span = tuple[int, int]


@frozen
class View:
    """
    A reading of a text.

    Attributes:
        text: Its characters, digits of every kind as ASCII, the rest in NFKC.
        spans: For each character, where it stands in the original: begin and end.
        is_guess: Whether something was undone that may have been no escape at all.
    """

    text: str
    spans: tuple[_Span, ...]
    is_guess: bool = False

    def original(self, begin: int, end: int) -> _Span:
        """Where a part of the view, not empty, stands in the original."""
        return self.spans[begin][0], self.spans[end - 1][1]


def views(text: str) -> Iterator[View]:
    """The text as it stands, and as it reads with escapes undone, layer by layer."""
    view = _folded(text, [(at, at + 1) for at in range(len(text))])
    for _ in range(_ROUNDS):
        yield view
        for guess in _changed(view, _QUOTED_PRINTABLE, _from_quoted_printable):
            yield evolve(guess, is_guess=True)
        plainer = next(_changed(view, _ESCAPE, _from_escape), None)
        if plainer is None:
            return
        view = plainer
    yield view


_ESCAPE = re.compile(
    r"""
      (?P<percent> (?: % [0-9a-f]{2} )+ )
    | (?P<entity>  & (?: \# [0-9]{1,7} | \# x [0-9a-f]{1,6} | [a-z][a-z0-9]{1,30} ) ;? )
    | (?P<units>   (?: \\u [0-9a-f]{4} )+ )
    | (?P<bytes>   (?: \\x [0-9a-f]{2} )+ )
    | (?P<quoted>  \\ [^a-z0-9\s] )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# RFC 2045, section 6.7: bytes in hexadecimal, and line breaks that mean nothing.
_QUOTED_PRINTABLE = re.compile(r"(?:=[0-9a-f]{2})+|=[ \t]*\r?\n", re.IGNORECASE)


_HEX_MARK = re.compile(r"\\[ux]", re.IGNORECASE)


def _from_escape(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "percent":
            return _from_bytes(bytes.fromhex(text.replace("%", "")))
        case "entity":
            return html.unescape(text)
        case "units":
            units = bytes.fromhex(_HEX_MARK.sub("", text))
            return units.decode("utf-16-be", "replace")
        case "bytes":
            return _from_bytes(bytes.fromhex(_HEX_MARK.sub("", text)))
    return text[1:]


def _from_quoted_printable(found: re.Match[str]) -> str:
    pairs = re.sub(r"\s", "", found[0]).replace("=", "")
    return _from_bytes(bytes.fromhex(pairs))


def _from_bytes(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _changed(
    view: View, escape: re.Pattern[str], undo: Callable[[re.Match[str]], str]
) -> Iterator[View]:
    """The view with escapes undone, or nothing where that changes nothing."""
    characters: list[str] = []
    spans: list[_Span] = []
    done = 0
    for found in escape.finditer(view.text):
        plain = undo(found)
        if plain == found[0]:
            continue
        characters += view.text[done : found.start()], plain
        spans += view.spans[done : found.start()]
        spans += [view.original(*found.span())] * len(plain)
        done = found.end()
    if done:
        text = "".join([*characters, view.text[done:]])
        yield _folded(text, [*spans, *view.spans[done:]])


def _folded(text: str, spans: list[_Span]) -> View:
    if text.isascii():
        return View(text, tuple(spans))
    folded = [
        (fold, span)
        for each, span in zip(text, spans, strict=True)
        for fold in _fold(each)
    ]
    return View("".join(fold for fold, _ in folded), tuple(span for _, span in folded))


def _fold(character: str) -> str:
    """A digit for whatever means one, circled, raised or of another script."""
    value = unicodedata.numeric(character, -1)
    if value in range(10):
        return str(int(value))
    return unicodedata.normalize("NFKC", character)
