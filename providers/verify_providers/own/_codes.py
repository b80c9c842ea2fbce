"""
Codes, ids and digests: what is drawn, and what is kept of it.

Nothing readable is kept. Every text that goes into a digest is preceded by its length,
so that no two lists of texts make the same bytes, and the first says what the digest is
for. Digests are HMAC-SHA256 (RFC 2104) and not a slow hash: a million codes fall to any
slow hash within minutes, and to this one not at all, as long as the key is elsewhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from enum import StrEnum

from attrs import field, frozen

from verify_core.channels import IdentifierKind
from verify_core.codestore import CodeRecord
from verify_core.identifiers import Identifier
from verify_core.masking import Secret
from verify_core.validation import fits, instance_of, read_member
from verify_core.verification import VerificationRef

from ._keys import CodeKeys

_VERSION = "1"
_DIGITS = "0123456789"
# Without vowels, so that they spell nothing, and without 0/O, 1/I/L, 5/S, 8/B, 2/Z.
_LETTERS = "34679CDFGHJKMNPQRTVWXY"
_ID_LENGTH, _SEAL_LENGTH = 32, 16  # hexadecimal: 128 and 64 bits
_NONCE_BITS = 128


class Alphabet(StrEnum):
    """What codes are made of."""

    DIGITS = "digits"
    LETTERS = "letters"
    """Capital letters and digits, no two of which look alike; typed in either case."""

    @property
    def characters(self) -> str:
        """The characters, each as likely as another."""
        return _DIGITS if self is Alphabet.DIGITS else _LETTERS


class Purpose(StrEnum):
    """What a code is for; one of a purpose never passes for one of another."""

    LOGIN = "login"
    CONFIRM = "confirm"
    """That an address or number is the person's own."""
    RECOVERY = "recovery"


def _purpose(value: str) -> Purpose:
    return read_member(Purpose, "purpose", value)


@frozen(kw_only=True)
class Codes:
    """
    What is made of the keys, for one purpose.

    Attributes:
        keys: As of the provider.
        purpose: Part of every digest, id and holder.
        alphabet: Of the codes that are drawn.
        randbelow: Draws a number from 0 to one below its argument, each as likely.
    """

    keys: CodeKeys = field(validator=instance_of(CodeKeys))
    purpose: Purpose = field(converter=_purpose)
    alphabet: Alphabet
    randbelow: Callable[[int], int] = field(
        validator=fits(callable, "takes a function"), repr=False
    )

    def holder(self, identifier: Identifier) -> str:
        """The digest under which everything of one identifier is counted."""
        kind, value = identifier.kind, identifier.value
        if kind is IdentifierKind.EMAIL:
            value = value.lower()  # one mailbox, however it is spelled
        return self._indexed("holder", kind, value)

    def id_of(self, identifier: Identifier, attempt_id: str) -> str:
        """
        The id of a verification: the same attempt of the same person has the same.

        Its last part is a seal over the rest, the purpose and the identifier, so that
        the id of another person or purpose is refused before the store is asked.
        """
        person = (identifier.kind, identifier.value)
        drawn = self._indexed("id", *person, attempt_id)[:_ID_LENGTH]
        return drawn + self._seal(drawn, identifier)

    def is_own(self, ref: VerificationRef) -> bool:
        """Whether `id_of` made the reference's id, for this person and purpose."""
        drawn, seal = ref.vendor_id[:_ID_LENGTH], ref.vendor_id[_ID_LENGTH:]
        return _same(seal, self._seal(drawn, ref.identifier))

    def digest(
        self, key_id: str, verification_id: str, identifier: Identifier, code: Secret
    ) -> str:
        """
        What is kept of a code.

        Raises:
            KeyError: The key is not known.
        """
        key = self.keys.key(key_id)
        if key is None:
            raise KeyError(key_id)
        text = code.reveal()
        if self.alphabet is Alphabet.LETTERS:
            text = text.upper()
        return _hmac(
            key.reveal(),
            *("code", _VERSION, key_id, self.purpose, verification_id),
            *(identifier.kind, identifier.value, text),
        )

    def is_code_of(
        self, record: CodeRecord | None, ref: VerificationRef, code: Secret
    ) -> bool:
        """
        Whether the code is the record's, in constant time; None has no code.

        The digest is made in any case, so that it takes as long without a record.

        Raises:
            KeyError: The record's key is not known.
        """
        key_id = self.keys.current if record is None else record.key_id
        digest = self.digest(key_id, ref.vendor_id, ref.identifier, code)
        kept = "" if record is None else record.digest
        return _same(kept, digest) and bool(kept)

    def draw(self, length: int) -> Secret:
        """Draw a code, each as likely as another; leading zeros stay."""
        characters = self.alphabet.characters
        return Secret(
            "".join(characters[self.randbelow(len(characters))] for _ in range(length))
        )

    def draw_id(self) -> str:
        """Draw an attempt id of 128 bits."""
        return f"{self.randbelow(1 << _NONCE_BITS):032x}"

    def draw_nonce(self, length: int) -> str:
        """Draw what a code of that length is derived from; says both, and no code."""
        return f"{self.alphabet.value}-{length}-{self.draw_id()}"

    def derived(self, key_id: str, verification_id: str, nonce: str) -> Secret | None:
        """The code of a nonce, the same as before; None where its key is not known."""
        key, (alphabet, length, _drawn) = self.keys.key(key_id), nonce.split("-")
        if key is None:
            return None
        texts = ("derived", _VERSION, key_id, self.purpose, verification_id, nonce)
        characters = Alphabet(alphabet).characters
        code, block = "", 0
        # Bytes beyond the last multiple are passed over, or some characters would be
        # likelier than others.
        limit = 256 - 256 % len(characters)
        while len(code) < int(length):
            octets = bytes.fromhex(_hmac(key.reveal(), *texts, str(block)))
            code += "".join(
                characters[each % len(characters)] for each in octets if each < limit
            )
            block += 1
        return Secret(code[: int(length)])

    def _seal(self, drawn: str, identifier: Identifier) -> str:
        person = (identifier.kind, identifier.value)
        return self._indexed("seal", *person, drawn)[:_SEAL_LENGTH]

    def _indexed(self, what: str, *texts: str) -> str:
        index = self.keys.index_key().reveal()
        return _hmac(index, what, _VERSION, self.purpose, *texts)


def _hmac(key: bytes, *texts: str) -> str:
    # A code may hold half a character: people paste anything.
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(key, framed, "sha256").hex()


def _same(one: str, other: str) -> bool:
    # compare_digest takes texts of ASCII alone; an id may be anything.
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
