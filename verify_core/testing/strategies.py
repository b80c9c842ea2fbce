"""
What people type, as Hypothesis strategies: property-test your own form in ten lines.

For example::

    from hypothesis import given
    from verify_core.testing import strategies

    @given(strategies.phone_numbers().flatmap(strategies.written_layouts))
    def test_the_form_takes_every_layout(text):
        assert my_form({"phone": text}).is_valid()

    @given(strategies.near_misses())
    def test_the_form_refuses_near_misses(miss):
        text, reason = miss
        assert not my_form({"phone": text}).is_valid()

Every number, layout and near-miss is made for the default `PhonePolicy`. Numbers come
from libphonenumber's plans and may belong to somebody: never send to them.

Hypothesis knows our types without this module, by its entry points: `st.from_type` of
`PhoneNumber`, `EmailAddress`, `PhonePolicy`, `StartRequest`, `VerificationRef` and
`Started`.
"""

from __future__ import annotations

import string
from typing import TypeAlias, cast

import phonenumbers

from verify_core.installing import install_hint

try:
    from hypothesis import assume, strategies as st
except ImportError as error:
    raise ImportError(
        f"strategies need hypothesis: {install_hint('strategies')}"
    ) from error

from verify_core.errors import PhoneReason
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, read_phone

from ._numbers import draw_mobile, regions_with_mobiles

__all__ = [
    "codes",
    "email_addresses",
    "near_misses",
    "phone_numbers",
    "written_layouts",
]

NearMiss: TypeAlias = tuple[str, PhoneReason]
"""A text, and why the default policy refuses it."""

SEPARATORS = (
    *(" ", "-", ".", "(", ")", "[", "]", "\t"),
    *("\u00a0", "\u2009", "\u202f", "\u3000"),  # no-break, thin, ideographic spaces
    *("\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\uff0d", "\u30fc"),  # dashes
)
"""
What may stand between two digits of a number without a meaning.

Within a calling code it has one: +8 495 is not +84 95. Nor does a dot part final zeros,
which may be a fraction: +49 30 123456.0.
"""

UNSEEN = (
    *("\u200e", "\u200f", "\u061c"),  # marks of direction
    *("\u202a", "\u202b", "\u202c", "\u202d", "\u202e"),
    *("\u2066", "\u2067", "\u2068", "\u2069"),
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e"),
    *("\ufe0d", "\ufe0e", "\ufe0f", "\0"),
)
"""What travels with pasted text and does not show."""

DIGIT_ZEROS = (
    *("0", "\u0660", "\u06f0", "\u07c0", "\u0966", "\u09e6", "\u0be6", "\u0e50"),
    *("\u0ed0", "\u0f20", "\u1040", "\u17e0", "\u1810", "\uff10", "\U0001d7ce"),
)
"""The zero of each of several scripts; its digits follow it."""


def phone_numbers(region: str | None = None) -> st.SearchStrategy[PhoneNumber]:
    """
    Valid mobile numbers, read under the default policy.

    Args:
        region: ISO 3166-1 alpha-2 code, or None for any region that has mobile numbers.

    Raises:
        ValueError: The region does not exist, or has no mobile numbers; when drawn.
    """
    return _mobiles(region).map(
        lambda found: read_phone(_formatted(found, phonenumbers.PhoneNumberFormat.E164))
    )


def national_formats(region: str | None = None) -> st.SearchStrategy[str]:
    """
    Mobile numbers as written at home: `(201) 555-0123`, `0171 1234567`.

    They lack a country code, and a form without a default region should ask for it. A
    few look like a whole number of elsewhere all the same (see
    docs/reference/phone-numbers.md).

    Args:
        region: ISO 3166-1 alpha-2 code, or None for any region that has mobile numbers.
    """
    style = phonenumbers.PhoneNumberFormat.NATIONAL
    return _mobiles(region).map(lambda found: _formatted(found, style))


def written_layouts(number: PhoneNumber) -> st.SearchStrategy[str]:
    """
    Ways to write a number with its country code; each reads back as that number.

    Grouped as printed in its country or anyhow, with any separators but within the
    calling code, in the digits of any script, with a trunk zero, with what pasting
    leaves behind, as a link, after a plus sign, 00 or, if the number is valid, nothing.

    Args:
        number: The number to write.
    """
    parsed = phonenumbers.parse(number.e164)
    prefixes = ["+", "\uff0b", "(+", " + ", "00", "00 ", "tel:+", "TEL:+"]
    if phonenumbers.is_valid_number(parsed):
        prefixes.append("")  # only then do the digits speak for themselves
    around = st.sampled_from(["{}", " {} ", "{}\n", "\u2068{}\u2069", '"{}"', "{},"])
    prefix, body = st.sampled_from(prefixes), st.sampled_from(_bodies(parsed))
    plain = st.builds("{}{}".format, prefix, body)
    decorated = _decorated(prefix, body, str(number.calling_code))
    return st.builds(str.format, around, st.one_of(plain, decorated))


def near_misses(*reasons: str) -> st.SearchStrategy[NearMiss]:
    """
    Texts that look like a phone number and must be refused, each with its reason.

    From empty and over-long texts through letters, extensions, two numbers and
    unassigned country codes to numbers whose country code is missing.

    Args:
        *reasons: Those to draw, as members of `PhoneReason` or their values; without
            any, all that the default policy gives.

    Raises:
        ValueError: The default policy never gives one of these reasons.
    """
    kinds = {
        PhoneReason.EMPTY: st.text([" ", "\t", "\n", "\u00a0", *UNSEEN], max_size=8),
        PhoneReason.NO_DIGITS: st.sampled_from(["+", "-", "( )", "+ -", "...", "(+)"]),
        PhoneReason.TOO_LONG: _e164().map(lambda number: number + " " * 250),
        PhoneReason.UNEXPECTED_CHARACTER: _with_inserted("*_%=\u00b2\u2463\u20e3\x01"),
        PhoneReason.LETTERS: _with_inserted("aZ\u00e9\u0416\u5b57"),
        PhoneReason.EXTENSION: _with_extension(),
        PhoneReason.SEVERAL_NUMBERS: _two_numbers(),
        PhoneReason.DECIMAL: _from_a_spreadsheet(),
        PhoneReason.MISSING_COUNTRY_CODE: _without_country_code(),
        PhoneReason.UNKNOWN_COUNTRY_CODE: _with_unassigned_code() | _with_cut_code(),
        PhoneReason.IMPOSSIBLE_LENGTH: _of_impossible_length(),
        PhoneReason.NOT_CANONICAL: _with_zeros(),
        PhoneReason.NOT_ALLOWED_CALLING_CODE: _worldwide(),
        PhoneReason.NOT_ALLOWED_NUMBER_TYPE: _premium_rate(),
    }
    strange = sorted(set(reasons) - set(kinds))
    if strange:
        raise ValueError(f"reasons: takes those of the default policy, not {strange}")
    return st.one_of(
        [
            st.tuples(texts, st.just(reason))
            for reason, texts in kinds.items()
            if not reasons or reason in reasons
        ]
    )


def email_addresses() -> st.SearchStrategy[EmailAddress]:
    """E-mail addresses at domains that are reserved for tests (RFC 2606)."""
    word = st.text(
        string.ascii_letters + string.digits + "_+-", min_size=1, max_size=12
    )
    local = st.lists(word, min_size=1, max_size=3).map(".".join)
    label = st.from_regex(r"[a-z](?:[a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
    ending = st.sampled_from(["example.org", "example.com", "example.net", "test"])
    domain = st.lists(label, min_size=1, max_size=2).map(".".join)
    return st.builds("{}@{}.{}".format, local, domain, ending).map(EmailAddress)


def codes(length: int | None = None) -> st.SearchStrategy[str]:
    """
    Passcodes: ASCII digits, leading zeros included.

    Args:
        length: Characters, 4 to 10; None for any of these.
    """
    shortest, longest = (4, 10) if length is None else (length, length)
    return st.text(string.digits, min_size=shortest, max_size=longest)


@st.composite
def _mobiles(draw: st.DrawFn, region: str | None) -> phonenumbers.PhoneNumber:
    home = region or draw(st.sampled_from(regions_with_mobiles()))

    def pick(count: int) -> int:
        return draw(st.integers(0, count - 1))

    found = draw_mobile(home, pick)
    assume(found is not None)
    return cast("phonenumbers.PhoneNumber", found)


def _e164() -> st.SearchStrategy[str]:
    return phone_numbers().map(lambda number: number.e164)


def _formatted(number: phonenumbers.PhoneNumber, style: int) -> str:
    return phonenumbers.format_number(number, style)


def _bodies(number: phonenumbers.PhoneNumber) -> list[str]:
    """The number after its prefix: run together, as printed, with its trunk zero."""
    styles = phonenumbers.PhoneNumberFormat
    e164 = _formatted(number, styles.E164)
    code = str(number.country_code)
    national = e164.removeprefix(f"+{code}")
    printed = _formatted(number, styles.INTERNATIONAL).removeprefix("+")
    bodies = [f"{code}{national}", f"{code}) {national}", f"{code} {national}", printed]
    with_zero = phonenumbers.parse(f"+{code}0{national}")
    if _formatted(with_zero, styles.E164) == e164:
        bodies.append(f"{code} (0) {national}")
    return bodies


@st.composite
def _decorated(
    draw: st.DrawFn,
    prefix: st.SearchStrategy[str],
    body: st.SearchStrategy[str],
    code: str,
) -> str:
    """A number with separators, unseen characters and the digits of other scripts."""
    before, behind = draw(prefix), draw(body)
    text = before + behind
    characters = list(text)
    zero = ord(draw(st.sampled_from(DIGIT_ZEROS)))
    for place in draw(st.sets(st.integers(0, len(text) - 1))):
        if characters[place] in string.digits:
            characters[place] = chr(zero + int(characters[place]))
    # From the end, so that a place stays where it is; no bracket stands in front, since
    # that would be a statement, and no dot before final zeros.
    whole = len(before) + len(code)
    zeros = len(text.rstrip("0 -()"))
    separators = st.tuples(st.integers(whole, len(text)), st.sampled_from(SEPARATORS))
    unseen = st.tuples(st.integers(0, len(text)), st.sampled_from(UNSEEN))
    marks = draw(st.lists(separators | unseen, max_size=6))
    for place, mark in sorted(marks, reverse=True):
        if not (mark == "." and place >= zeros):
            characters.insert(place, mark)
    return "".join(characters)


@st.composite
def _with_inserted(draw: st.DrawFn, strangers: str) -> str:
    number = draw(_e164())
    # Near the front: further back, a letter would part two halves as long as numbers.
    place = draw(st.integers(2, 6))
    return number[:place] + draw(st.sampled_from(strangers)) + number[place:]


def _with_extension() -> st.SearchStrategy[str]:
    plain = (" x", "x", " ext. ", ";ext=", " #", " extension ", ",")
    words = (*plain, " \u0434\u043e\u0431. ")
    extension = st.text(string.digits, min_size=1, max_size=6)
    return st.builds("{}{}{}".format, _e164(), st.sampled_from(words), extension)


def _two_numbers() -> st.SearchStrategy[str]:
    between = st.sampled_from([" or ", " und ", "/", " / ", ", ", ";", "\n", " ", ""])
    return st.builds("{}{}{}".format, _e164(), between, _e164())


def _without_country_code() -> st.SearchStrategy[str]:
    # Their national formats begin with a bracket or a zero, so nothing can be mistaken.
    return st.sampled_from(["US", "CA", "GB", "DE", "FR", "JP", "IN"]).flatmap(
        national_formats
    )


def _with_unassigned_code() -> st.SearchStrategy[str]:
    assigned = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    unassigned = [
        head
        for head in map(str, range(100, 1000))
        if not any(int(head[:size]) in assigned for size in (1, 2, 3))
    ]
    rest = st.text(string.digits, min_size=6, max_size=9)
    return st.builds("+{}{}".format, st.sampled_from(unassigned), rest)


def _with_cut_code() -> st.SearchStrategy[str]:
    # Each of these has a trunk prefix other than the code's last digit.
    return st.sampled_from(["DE", "GB", "FR", "CN", "VN", "IN"]).flatmap(
        lambda region: phone_numbers(region).map(
            lambda number: f"{number.e164[:2]} {number.e164[2:]}"
        )
    )


def _from_a_spreadsheet() -> st.SearchStrategy[str]:
    zeros = st.integers(1, 3).map("0".__mul__)
    grouped = phone_numbers().map(
        lambda number: f"+{number.calling_code} {number.e164[-6:]}"
    )
    exponent = st.integers(10, 14).map("E+{}".format)
    mantissa = st.decimals(1, 9, places=5).map(str)
    return st.one_of(
        st.builds("{}.{}".format, grouped, zeros),
        st.builds("{}{}".format, mantissa, exponent),
    )


def _of_impossible_length() -> st.SearchStrategy[str]:
    # North American numbers have ten digits after the code. A 1 in front of them, or a
    # 0, might be taken for a trunk prefix.
    rest = st.text("23456789", min_size=1, max_size=14)
    return rest.filter(lambda digits: len(digits) != 10).map("+1 {}".format)  # noqa: PLR2004


def _with_zeros() -> st.SearchStrategy[str]:
    # One trunk zero is dropped when a number is formatted; the second would be the next
    # time, and so no form of these is final.
    rest = st.text("123456789", min_size=6, max_size=8)
    return rest.map("+49 00 {}".format)


def _worldwide() -> st.SearchStrategy[str]:
    rest = st.text(string.digits, min_size=8, max_size=8)
    return st.builds("+{} {}".format, st.sampled_from([800, 808, 870, 883]), rest)


def _premium_rate() -> st.SearchStrategy[str]:
    rest = st.text(string.digits, min_size=6, max_size=6)
    return st.builds("+1 900 {}{}".format, st.integers(2, 9), rest)
