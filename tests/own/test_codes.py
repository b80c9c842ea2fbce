"""Codes, ids and digests: what they bind, and that every code is as likely."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from tests.own.test_life import FRESH
from verify_core.channels import Channel
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret
from verify_core.phone import read_phone
from verify_core.testing.strategies import email_addresses, phone_numbers
from verify_core.verification import VerificationRef
from verify_providers.own import CodeKeys
from verify_providers.own._codes import Alphabet, Codes, Purpose

KEYS = CodeKeys.generate()
PHONE = read_phone("+1 555 323 1234")
NUMBERS = random.Random(7)


def codes(
    keys: CodeKeys = KEYS,
    purpose: Purpose = Purpose.LOGIN,
    alphabet: Alphabet = Alphabet.DIGITS,
    randbelow: Callable[[int], int] = NUMBERS.randrange,
) -> Codes:
    return Codes(keys=keys, purpose=purpose, alphabet=alphabet, randbelow=randbelow)


def ref(vendor_id: str, identifier: Identifier) -> VerificationRef:
    return VerificationRef(
        provider="own",
        vendor_id=vendor_id,
        identifier=identifier,
        channel=Channel.EMAIL if isinstance(identifier, EmailAddress) else Channel.SMS,
        attempt_id="a-1",
        created_at=datetime(2026, 11, 28, tzinfo=UTC),
    )


_texts = st.text(max_size=12)
_people = st.one_of(phone_numbers(), email_addresses())
_bound = st.tuples(st.sampled_from(Purpose), _texts, _people, _texts)


@given(one=_bound, other=_bound)
def test_digest_binds_purpose_id_identifier_and_code(
    one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    """Two questions have one digest only where they are the same question."""

    def digest(given: tuple[Any, ...]) -> str:
        purpose, verification_id, identifier, code = given
        made = codes(purpose=purpose)
        return made.digest(KEYS.current, verification_id, identifier, Secret(code))

    assert (digest(one) == digest(other)) is (one == other)
    changes = [(0, Purpose.CONFIRM), (1, one[1] + "x"), (3, one[3] + "0")]
    for place, value in changes:
        changed = (*one[:place], value, *one[place + 1 :])
        assume(changed != one)
        assert digest(changed) != digest(one)


@given(split=st.integers(0, 8), text=st.text(min_size=8, max_size=8))
def test_no_text_moves_from_one_field_to_the_next(split: int, text: str) -> None:
    made = codes()
    digests = {
        made.digest(KEYS.current, text[:at], PHONE, Secret(text[at:]))
        for at in (0, split, 8)
    }

    assert len(digests) == len({0, split, 8})


def test_digest_is_hmac_of_the_texts_with_their_lengths() -> None:
    """Written down once more, by hand: what is stored today is read tomorrow."""
    keys = CodeKeys(index=b"i" * 32, keys={"k1": b"k" * 32})
    texts = ("code", "1", "k1", "login", "id", "phone", PHONE.value, "012345")
    framed = b"".join(len(t).to_bytes(8, "big") + t.encode() for t in texts)

    digest = codes(keys).digest("k1", "id", PHONE, Secret("012345"))

    assert digest == hmac.new(b"k" * 32, framed, hashlib.sha256).hexdigest()


def test_every_key_has_digests_of_its_own() -> None:
    rotated = KEYS.rotated()
    made, code = codes(rotated), Secret("012345")

    digests = {
        made.digest(key_id, "id", PHONE, code)
        for key_id in (KEYS.current, rotated.current)
    }

    assert len(digests) == 2
    assert codes().digest(KEYS.current, "id", PHONE, code) in digests
    with pytest.raises(KeyError):
        codes().digest(rotated.current, "id", PHONE, code)


@given(one=_people, other=_people, purpose=st.sampled_from(Purpose))
def test_id_and_holder_are_of_one_person_and_purpose(
    one: Identifier, other: Identifier, purpose: Purpose
) -> None:
    assume(one != other)
    login, made = codes(), codes(purpose=purpose)
    vendor_id = login.id_of(one, "a-1")

    assert login.is_own(ref(vendor_id, one))
    assert not login.is_own(ref(vendor_id, other))
    assert made.is_own(ref(vendor_id, one)) is (purpose is Purpose.LOGIN)
    assert (made.holder(one) == login.holder(one)) is (purpose is Purpose.LOGIN)
    same_box = one.value.lower() == other.value.lower()
    assert (login.holder(one) == login.holder(other)) is same_box
    assert login.id_of(one, "a-2") != vendor_id
    assert one.value not in vendor_id + login.holder(one)


@given(odd=st.text(st.characters(codec="utf-8"), max_size=60))
def test_made_up_id_is_known_for_what_it_is(odd: str) -> None:
    assert not codes().is_own(ref(odd, PHONE))


def test_rotation_keeps_ids_and_holders() -> None:
    before, after = codes(), codes(KEYS.rotated().rotated().rotated().rotated())

    assert before.id_of(PHONE, "a-1") == after.id_of(PHONE, "a-1")
    assert before.holder(PHONE) == after.holder(PHONE)


def test_absence_is_no_code() -> None:
    """No record, and a record without a digest, have no code that is right."""
    made = codes()
    vendor_id = made.id_of(PHONE, "a-1")
    ended = evolve(FRESH, id=vendor_id, key_id=KEYS.current, digest="")
    for record in (None, ended):
        for code in ("", "000000", "\ud800", "0" * 100_000):
            assert not made.is_code_of(record, ref(vendor_id, PHONE), Secret(code))


def chi_square(counts: Counter[str], kinds: int) -> float:
    expected = counts.total() / kinds
    seen = sum((count - expected) ** 2 / expected for count in counts.values())
    return seen + (kinds - len(counts)) * expected


@pytest.mark.parametrize("alphabet", Alphabet)
@pytest.mark.parametrize("derives", [False, True], ids=["drawn", "derived"])
def test_every_character_is_as_likely_at_every_place(
    alphabet: Alphabet, *, derives: bool
) -> None:
    made = codes(alphabet=alphabet, randbelow=random.Random(1).randrange)

    def draw() -> str:
        if not derives:
            return made.draw(6).reveal()
        code = made.derived(KEYS.current, "id", made.draw_nonce(6))
        assert code is not None
        return code.reveal()

    drawn = [draw() for _ in range(6_000)]

    kinds = len(alphabet.characters)
    for place in range(6):
        counts = Counter(code[place] for code in drawn)
        assert set(counts) == set(alphabet.characters)
        # Beyond it comes one run in a million: mean + 7 standard deviations.
        assert chi_square(counts, kinds) < kinds - 1 + 7 * (2 * (kinds - 1)) ** 0.5
    pairs = Counter(code[1:3] for code in drawn)
    assert chi_square(pairs, kinds**2) < kinds**2 - 1 + 7 * (2 * kinds**2) ** 0.5


@pytest.mark.parametrize("alphabet", Alphabet)
def test_no_character_of_a_derived_code_is_a_little_likelier(
    alphabet: Alphabet,
) -> None:
    """As some would be if a byte were just divided: by one part in 25."""
    made = codes(alphabet=alphabet, randbelow=random.Random(1).randrange)
    counts: Counter[str] = Counter()
    for _ in range(20_000):
        code = made.derived(KEYS.current, "id", made.draw_nonce(10))
        assert code is not None
        counts.update(code.reveal())

    kinds = len(alphabet.characters)
    assert chi_square(counts, kinds) < kinds - 1 + 7 * (2 * (kinds - 1)) ** 0.5


@given(length=st.integers(4, 10), alphabet=st.sampled_from(Alphabet))
def test_codes_have_their_length_and_alphabet(length: int, alphabet: Alphabet) -> None:
    made = codes(alphabet=alphabet)
    derived = made.derived(KEYS.current, "id", made.draw_nonce(length))
    assert derived is not None
    for code in (made.draw(length).reveal(), derived.reveal()):
        assert len(code) == length
        assert set(code) <= set(alphabet.characters)


def test_leading_zeros_are_kept() -> None:
    assert codes(randbelow=lambda _below: 0).draw(6).reveal() == "000000"


def test_derived_code_is_of_key_id_and_nonce() -> None:
    made = codes(KEYS.rotated())
    nonces = [made.draw_nonce(10) for _ in range(2)]
    ways = [
        (key_id, verification_id, nonce)
        for key_id in (KEYS.current, made.keys.current)
        for verification_id in ("one", "two")
        for nonce in nonces
    ]

    again = [{made.derived(*way) for _ in range(2)} for way in ways]

    assert all(len(each) == 1 for each in again)
    assert len(set.union(*again)) == len(ways)
    assert made.derived("unknown", "one", nonces[0]) is None
