"""Looking for codes, keys and people in the texts that a provider let out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from attrs import frozen

from verify_core.identifiers import Identifier
from verify_core.phone import PhoneNumber
from verify_core.verification import VerificationRef

from ._bench import require
from ._watching import Seen

_SEPARATORS = re.compile(r"[\s().\-/]")
_MARKS = (" ", "-", ".", ", ")
_SHORTEST = 4
_KEY_PART = 8
_DIGESTS = ("md5", "sha1", "sha256", "sha512")

# Where digits stand by chance: ids, instants, ports, and the length of an answer.
_BY_CHANCE = re.compile(
    r"""
      [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | \b[A-Za-z]{0,3}[0-9a-f]{16,}\b
    | \b0x[0-9a-f]+
    | \d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(:\d\d(\.\d+)?)?
    | datetime\.\w+\([^()]*(\([^()]*\))?[^()]*\)
    | (127\.0\.0\.1|localhost|\[::1\]|port)['"]?\W{1,3}\d+
    | HTTP/1\.1"\ \d+\ \S+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_PLAIN_BASE64 = str.maketrans("-_", "+/")


@frozen
class Secrets:
    """What no text may hold: codes that arrived or were typed, people, and keys."""

    codes: frozenset[str]
    people: tuple[Identifier, ...]
    keys: frozenset[str]

    @classmethod
    def of(cls, seen: Seen) -> Secrets:
        """Everything that the case knew."""
        codes = seen.sent | {each for each in seen.typed if each.isalnum()}
        return cls(
            frozenset(code for code in codes if len(code) >= _SHORTEST),
            tuple({person.value: person for person in seen.people}.values()),
            frozenset(seen.secrets),
        )

    def require_absent(self, texts: Iterable[str], where: str) -> None:
        """Hold texts to holding no code and no person; a failure says which it is."""
        text = _read(texts)
        self.require_no_code(text, where)
        digits = _SEPARATORS.sub("", text)
        lower = text.lower()
        for person in self.people:
            held = _shows(lower, digits, person)
            require(not held, f"{where} holds a number or address; mask it")

    def require_no_code(self, text: str, where: str) -> None:
        """Hold a text to holding no code, whole or with a mark after each digit."""
        plain = None
        for code in self.codes:
            spaced = [mark.join(code) in text for mark in _MARKS]
            require(not any(spaced), f"{where} holds a code, spelt out; leave it out")
            if code not in text:
                continue
            plain = _BY_CHANCE.sub(" ", text) if plain is None else plain
            alone = rf"(?<![0-9A-Za-z.]){re.escape(code)}(?![0-9A-Za-z])"
            held = re.search(alone, plain) is not None
            require(not held, f"{where} holds a code; leave it out")

    def require_no_key(self, texts: Iterable[str], where: str) -> None:
        """Hold texts to holding no key, nor a part of one that helps to guess it."""
        text = _read(texts)
        held = any(part in text for key in self.keys for part in _parts(key))
        require(not held, f"{where} holds a key of the provider, or a part; mask it")

    def require_not_in_reference(self, ref: VerificationRef) -> None:
        """
        Hold a reference, which travels through browsers, to holding no code and no key.

        Not as it is, nor in base64, in hex or as an unsalted digest.
        """
        held = json.dumps([ref.vendor_id, ref.attempt_id, dict(ref.vendor_data)])
        text = _with_decoded(held)
        self.require_no_code(text, "a reference")
        self.require_no_key([held], "a reference")
        digests = {each for code in self.codes for each in _digests(code)}
        held_digest = any(each in held for each in digests)
        require(not held_digest, "a reference holds a code's digest, soon guessed")


def _read(texts: Iterable[str]) -> str:
    """All texts, and what stands in them in another spelling."""
    text = "\n".join(texts)
    return _with_decoded(text if "%" not in text else f"{text}\n{unquote(text)}")


def _parts(key: str) -> Iterator[str]:
    """The shortest parts of a key that no text may hold."""
    for first in range(max(1, len(key) - _KEY_PART + 1)):
        yield key[first : first + _KEY_PART]


def _with_decoded(text: str) -> str:
    """The text, and what base64 and hex in it stand for."""
    return "\n".join([text, *_decoded(text)])


def _shows(lower: str, digits: str, person: Identifier) -> bool:
    if isinstance(person, PhoneNumber):
        # Without its calling code, which is left out where one writes nationally; two
        # hidden digits leave a hundred numbers to try.
        national = person.value[1 + len(str(person.calling_code)) :]
        return national[:-2] in digits or national[2:] in digits
    return person.value.lower() in lower


def _decoded(text: str) -> Iterator[str]:
    """What base64 and hex in the text stand for, where they stand for text."""
    for token in set(_ENCODED.findall(text)):
        digits = token.rstrip("=").translate(_PLAIN_BASE64)
        # One digit more than whole bytes is no base64; an odd number, no hex.
        if len(digits) % 4 != 1:
            with suppress(ValueError):
                yield binascii.a2b_base64(digits + "==").decode("ascii")
        if len(token) % 2 == 0:
            with suppress(ValueError):
                yield bytes.fromhex(token).decode("ascii")


def _digests(code: str) -> Iterator[str]:
    for name in _DIGESTS:
        digest = hashlib.new(name, code.encode(errors="replace"), usedforsecurity=False)
        yield digest.hexdigest()
        yield base64.b64encode(digest.digest()).decode().rstrip("=")
