"""
Where a text repeats a number, a code or an address, in whatever spelling.

A vendor's sentence may hold one percent-encoded, as HTML entities, with JSON's
backslashes, in quoted-printable, several times over, or in characters that only look
alike. Each finder therefore looks at several views of the text, in which some of that
is undone, and answers with spans of the original, begin and end, which may overlap.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

_Span = tuple[int, int]
_ROUNDS = 4
"""How many layers of escapes are undone; `%252540` has three."""


@frozen
class _View:
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


def _views(text: str) -> Iterator[_View]:
    """The text as it stands, and as it reads with escapes undone, layer by layer."""
    view = _folded(text, [(at, at + 1) for at in range(len(text))])
    for _ in range(_ROUNDS):
        yield view
        guess = _changed(view, _QUOTED_PRINTABLE, _from_quoted_printable)
        if guess is not None:
            yield evolve(guess, is_guess=True)
        plainer = _changed(view, _ESCAPE, _from_escape)
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
    view: _View, escape: re.Pattern[str], undo: Callable[[re.Match[str]], str]
) -> _View | None:
    """The view with escapes undone, or None where that changes nothing."""
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
    if not done:
        return None
    text = "".join([*characters, view.text[done:]])
    return _folded(text, [*spans, *view.spans[done:]])


def _folded(text: str, spans: list[_Span]) -> _View:
    if text.isascii():
        return _View(text, tuple(spans))
    folded = [
        (fold, span)
        for each, span in zip(text, spans, strict=True)
        for fold in _fold(each)
    ]
    return _View("".join(fold for fold, _ in folded), tuple(span for _, span in folded))


def _fold(character: str) -> str:
    """A digit for whatever means one, circled, raised or of another script."""
    value = unicodedata.numeric(character, -1)
    if value in range(10):
        return str(int(value))
    return unicodedata.normalize("NFKC", character)


_Finder = Callable[[_View], Iterator[_Span]]
"""From a view to spans in that view."""


def numbers_and_addresses(text: str) -> Iterator[_Span]:
    """Runs of four digits or more, and e-mail addresses."""
    return _found(text, [_digit_runs, _addresses])


def echoes(text: str, known: Sequence[str]) -> Iterator[_Span]:
    """
    Spellings of what is known, and parts of it.

    Args:
        text: Where to look.
        known: Phone numbers, e-mail addresses, codes; each is recognised by its form.
    """
    return _found(text, [_finder(each) for each in known])


def _found(text: str, finders: Sequence[_Finder]) -> Iterator[_Span]:
    for view in _views(text) if finders else ():
        for find in finders:
            for begin, end in find(view):
                yield view.original(begin, end)


# Four digits are enough to be a code. A few characters between them that are neither
# letters nor digits do not make them harmless.
_DIGIT_RUN = re.compile(r"\+?[0-9](?:[^0-9A-Za-z]{0,6}[0-9]){3,}")


def _digit_runs(view: _View) -> Iterator[_Span]:
    for found in _DIGIT_RUN.finditer(view.text):
        yield found.span()


_AT = re.compile(
    r"\s{0,3}@\s{0,3}|\s{0,3}[(\[{<]\s?(?:at|@)\s?[)\]}>]\s{0,3}|\s{1,3}at\s{1,3}",
    re.IGNORECASE,
)
_NAME = r"[^\s@<>()\[\]{}\"'`,;:/\\|&?=#%]{1,255}"
_DOT = r"(?:\s?[(\[{]\s?dot\s?[)\]}]\s?|\sdot\s)"
_DOMAIN = re.compile(
    rf"\[[0-9A-Za-z.:]{{1,60}}\]|{_NAME}(?:{_DOT}{_NAME}){{0,3}}", re.IGNORECASE
)
_TOP_LEVEL = re.compile(rf"(?:\.|{_DOT})[^\W\d_]{{2}}", re.IGNORECASE)
# RFC 5322, section 3.2.3 (atext) with the dot; RFC 6531, section 3.3 adds all beyond
# ASCII.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]|[^\x00-\x7f]")


def _addresses(view: _View) -> Iterator[_Span]:
    for at in _AT.finditer(view.text):
        domain = _DOMAIN.match(view.text, at.end())
        # Only the sign itself says that this is an address whatever follows.
        certain = "@" in at[0] and not view.is_guess
        if certain or (domain and _TOP_LEVEL.search(domain[0])):
            end = domain.end() if domain else at.end()
            yield _begin_of_local_part(view.text, at.start()), end


def _begin_of_local_part(text: str, end: int) -> int:
    begin = end
    while begin > 0:
        before = text[begin - 1]
        if before == '"' and (begin == end or text[begin] == "."):
            begin = _begin_of_quoted(text, begin - 1)
        elif before == ")" and begin == end:
            begin = max(text.rfind("(", 0, begin), 0)
        elif _LOCAL.fullmatch(before) and not before.isspace():
            begin -= 1
        else:
            break
    return begin


def _begin_of_quoted(text: str, end: int) -> int:
    """Where the quoted-string begins whose closing quote is at `end`."""
    begin = text.rfind('"', 0, end)
    while begin > 0 and text[begin - 1] == "\\":
        begin = text.rfind('"', 0, begin)
    return end if begin < 0 else begin


def _finder(known: str) -> _Finder:
    if "@" in known:
        return _local_part_finder(known)
    if re.fullmatch(r"\+?[0-9]{7,15}", known):
        return _number_finder(known.removeprefix("+"))
    return _code_finder(known)


_WINDOW = 5
"""So many digits in a number's order are a part of it, whatever stands between."""


def _number_finder(digits: str) -> _Finder:
    def find(view: _View) -> Iterator[_Span]:
        stream = _Stream(view.text, _is_digit)
        for at in range(len(stream.text) - _WINDOW + 1):
            if stream.text[at : at + _WINDOW] in digits:
                yield from stream.spans(at, at + _WINDOW)

    return find


def _code_finder(code: str) -> _Finder:
    keeps = _is_digit if _is_digit(code) else str.isalnum
    if len(_Stream(code, keeps).text) < len(code) / 2:
        keeps = str.isprintable
    key = _Stream(code, keeps).text

    def find(view: _View) -> Iterator[_Span]:
        stream = _Stream(view.text, keeps)
        for at in _places(stream.text, key):
            yield from stream.spans(at, at + len(key))

    return find


_SHORTEST_PART = 3


def _local_part_finder(address: str) -> _Finder:
    local = address.rpartition("@")[0]
    # One character stays readable in `mask_email`, too.
    whole = [_Stream(local, str.isalnum).text] if len(local) > 1 else []
    parts = (part for part in re.split(r"[\W_]+", _plain(local)))
    keys = {*whole, *(part for part in parts if len(part) >= _SHORTEST_PART)}

    def find(view: _View) -> Iterator[_Span]:
        stream = _Stream(view.text, str.isalnum)
        for key in keys:
            for at in _places(stream.text, key):
                if not key.isascii() or stream.is_apart(at, at + len(key)):
                    yield stream.span(at, at + len(key))

    return find


def _places(text: str, key: str) -> Iterator[int]:
    at = text.find(key) if key else -1
    while at >= 0:
        yield at
        at = text.find(key, at + 1)


def _is_digit(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _plain(text: str) -> str:
    """Without case and accents: what people take for the same letters."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if unicodedata.category(c)[0] != "M").casefold()


class _Stream:
    """
    The characters of a text that count, in plain letters, and where they stand.

    Args:
        text: The text.
        keeps: Which characters count.
    """

    def __init__(self, text: str, keeps: Callable[[str], bool]) -> None:
        kept = [
            (plain, at)
            for at, character in enumerate(text)
            for plain in _plain(character)
            if keeps(plain)
        ]
        self.text = "".join(plain for plain, _ in kept)
        self._at = [at for _, at in kept]
        self._whole = text

    def spans(self, begin: int, end: int) -> Iterator[_Span]:
        """Each of some characters, without what stands between them."""
        for at in self._at[begin:end]:
            yield at, at + 1

    def span(self, begin: int, end: int) -> _Span:
        """Some characters with what stands between them."""
        return self._at[begin], self._at[end - 1] + 1

    def is_apart(self, begin: int, end: int) -> bool:
        """Whether neither letter nor digit stands right before or after."""
        first, last = self.span(begin, end)
        around = self._whole[max(first - 1, 0) : first], self._whole[last : last + 1]
        return not any(character.isalnum() for character in around)
