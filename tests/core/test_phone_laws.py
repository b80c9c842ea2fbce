"""Laws of reading a phone number, for any text and any policy."""

from __future__ import annotations

import random
import re
import string
import sys
from collections.abc import Callable
from decimal import Decimal
from statistics import fmean
from types import FrameType

import phonenumbers
import pytest
from attrs import evolve
from hypothesis import assume, example, given, strategies as st

from verify_core import InvalidPhoneNumber, PhonePolicy, read_phone
from verify_core.errors import PhoneReason
from verify_core.phone import NumberType, PhoneNumber
from verify_core.phone._plan import WORLDWIDE_CODES, format_e164, parse, region_and_type
from verify_core.phone._text import read_plain, read_written
from verify_core.testing._drawn_values import policies
from verify_core.testing._numbers import draw_mobile, regions_with_mobiles
from verify_core.testing.strategies import (
    DIGIT_ZEROS,
    SEPARATORS,
    UNSEEN,
    national_formats,
    near_misses,
    phone_numbers,
    written_layouts,
)

DEFAULT = PhonePolicy()
MEXICO = 52
"""Where prefixes that the library refuses are read, see below."""
COMPLETING = [PhonePolicy(default_region=region) for region in ("US", "CN", "DE", "GB")]


def outcome(text: str, policy: PhonePolicy = DEFAULT) -> PhoneNumber | PhoneReason:
    try:
        return read_phone(text, policy)
    except InvalidPhoneNumber as error:
        return error.reason


def is_read(text: str) -> bool:
    return isinstance(outcome(text), PhoneNumber)


def calling_codes() -> st.SearchStrategy[int]:
    return st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


def possible_numbers() -> st.SearchStrategy[str]:
    """E.164 forms that were read; most are in no range that a plan lists."""
    rest = st.text(string.digits, min_size=4, max_size=12)
    forms = st.builds("+{}{}".format, calling_codes(), rest).filter(is_read)
    return st.one_of(phone_numbers(), forms.map(read_phone)).map(lambda n: n.e164)


def readable() -> st.SearchStrategy[tuple[str, PhonePolicy]]:
    """Texts with a policy that reads them."""
    worldwide = PhonePolicy(allow_non_geographic=True)
    anywhere = st.sampled_from([DEFAULT, worldwide, *COMPLETING])
    layouts = phone_numbers().flatmap(written_layouts) | possible_numbers()
    at_home = st.sampled_from(regions_with_mobiles()).flatmap(
        lambda region: st.tuples(
            national_formats(region), st.just(PhonePolicy(default_region=region))
        )
    )
    pairs = st.one_of(st.tuples(layouts, anywhere), at_home)
    return pairs.filter(lambda pair: isinstance(outcome(*pair), PhoneNumber))


def texts() -> st.SearchStrategy[str]:
    """Anything, and much that looks like a number."""
    bare = st.text(string.digits, max_size=16)
    return st.one_of(
        st.text(),
        st.text("".join(["+0123456789", *SEPARATORS, *UNSEEN, "x/,;#or\n\u00b2"])),
        bare,
        st.builds("+{}{}".format, calling_codes(), bare),
        phone_numbers().flatmap(written_layouts),
        national_formats(),
        phone_numbers().map(lambda n: n.e164[len(str(n.calling_code)) + 1 :]),
        near_misses().map(lambda miss: miss[0]),
    )


def regions() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))


def narrowings(policy: PhonePolicy) -> st.SearchStrategy[PhonePolicy]:
    """Policies that allow no more than this one."""
    some = st.sampled_from([1, 44, 49, 86]) | calling_codes()
    codes = st.frozensets(some, min_size=1)
    homes = st.frozensets(st.sampled_from(["US", "CN", "DE"]) | regions(), min_size=1)
    old_codes, old_homes = policy.allowed_calling_codes, policy.allowed_regions
    return st.builds(
        lambda codes, homes, types, *flags: evolve(
            policy,
            allowed_calling_codes=codes if old_codes is None else old_codes - codes,
            allowed_regions=homes if old_homes is None else old_homes - homes,
            denied_types=policy.denied_types | types,
            require_valid=policy.require_valid or flags[0],
            strict=policy.strict or flags[1],
            allow_non_geographic=policy.allow_non_geographic and flags[2],
        ),
        (st.none() if old_codes is None else st.just(frozenset())) | codes,
        (st.none() if old_homes is None else st.just(frozenset())) | homes,
        st.frozensets(st.sampled_from(NumberType)),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )


@given(possible_numbers())
def test_an_e164_form_reads_as_itself(e164: str) -> None:
    assert read_phone(e164).e164 == e164


@given(readable())
def test_what_is_read_is_canonical_ascii(read: tuple[str, PhonePolicy]) -> None:
    found = read_phone(*read)

    assert re.fullmatch(r"\+[1-9][0-9]{1,14}", found.e164, re.ASCII)
    assert found.e164.startswith(f"+{found.calling_code}")


@given(readable())
def test_what_is_read_reads_back_as_itself(read: tuple[str, PhonePolicy]) -> None:
    """What a policy read, it reads from the canonical form, too."""
    text, policy = read
    found = read_phone(text, policy)

    assert read_phone(found.e164, policy) == found


@given(possible_numbers(), st.data())
def test_separators_change_no_explicit_number(e164: str, data: st.DataObject) -> None:
    """But within the calling code, and but for a dot before final zeros."""
    code = f"+{read_phone(e164).calling_code}"
    marks = tuple(mark for mark in SEPARATORS if mark != ".")
    text = sprinkled(e164.removeprefix(code), marks, data)

    assert read_phone(code + text).e164 == e164


@given(possible_numbers(), st.sampled_from(SEPARATORS))
def test_a_number_spelled_digit_by_digit_is_read(e164: str, mark: str) -> None:
    assume(mark != "." or not e164.endswith("0"))

    assert read_phone("+" + mark.join(e164[1:])).e164 == e164


@given(
    possible_numbers(),
    st.sampled_from(["", "+", "(", "00", "00 ", "tel:+", "+("]),
    st.lists(st.sampled_from(SEPARATORS), min_size=1, max_size=3).map("".join),
    st.none() | regions(),
    st.data(),
)
@example("+84951234567", "", " ", "RU", None)
@example("+84951234567", "00 ", " ", None, None)
@example("+84951234567", "+", " ", None, None)
@example("+84951234567", "(", " ", "KZ", None)
@example("+447400123456", "", "\u00a0", "VN", None)
@example("+551170000000", "00", " ", "KH", None)  # 005 leads abroad from Cambodia
def test_a_border_within_the_calling_code_leads_to_no_other_country(
    e164: str, prefix: str, border: str, region: str | None, data: st.DataObject | None
) -> None:
    """
    What is read is at home, or its code shares a zero with the trunk prefix.

    Or all that stands before the border is an international prefix of the region.
    """
    number = read_phone(e164)
    code = str(number.calling_code)
    assume(len(code) > 1)
    cut = data.draw(st.integers(1, len(code) - 1)) if data is not None else 1
    text = prefix + code[:cut] + border + e164[cut + 1 :]
    policy = PhonePolicy(default_region=region)

    found = outcome(text, policy)

    if isinstance(found, PhoneNumber) and found.provenance == "idd":
        before = re.sub(r"[^0-9]", "", prefix) + code[:cut]
        abroad = region and phonenumbers.PhoneMetadata.metadata_for_region(region)
        if abroad and re.fullmatch(abroad.international_prefix, before):
            return
    if isinstance(found, PhoneNumber) and found.provenance != "default_region":
        assert found == number
        assert code[cut:] == "0"
    elif isinstance(found, PhoneNumber):
        assert found.region is not None
        home = phonenumbers.country_code_for_region(region)
        assert found.calling_code == home


@given(readable(), st.integers(1, 6))
@example(("+4930123456", DEFAULT), 1)
@example(("4930123456", DEFAULT), 2)
@example(("030 123456", PhonePolicy(default_region="DE")), 1)
@example(("+49.30.12.34.56", DEFAULT), 2)
def test_a_fraction_never_makes_another_number(
    read: tuple[str, PhonePolicy], zeros: int
) -> None:
    text, policy = read
    number = read_phone(text, policy)

    found = outcome(f"{text.rstrip()}.{'0' * zeros}", policy)

    assert found == number or not isinstance(found, PhoneNumber)


@given(national_formats() | possible_numbers().map(lambda e164: e164[1:]))
@example("5553231234")
def test_a_fraction_makes_no_number_of_what_is_none(text: str) -> None:
    assume(not is_read(text))

    assert not is_read(f"{text}.0")


@given(
    st.decimals(1, 10, places=10, allow_nan=False),
    st.sampled_from(["E", "e", "E+", "e+", " E+"]),
    st.integers(0, 20),
    st.sampled_from(["", "+", "00"]),
    st.none() | regions(),
)
def test_an_exponent_is_never_a_number(
    mantissa: Decimal, sign: str, exponent: int, prefix: str, region: str | None
) -> None:
    text = f"{prefix}{mantissa}{sign}{exponent}"

    found = outcome(text, PhonePolicy(default_region=region))

    assert not isinstance(found, PhoneNumber)


@given(possible_numbers(), st.lists(st.integers(1, 16), max_size=4), st.data())
def test_a_link_reads_as_what_it_says(
    e164: str, places: list[int], data: st.DataObject
) -> None:
    """RFC 3966: visual separators, escapes, any case, optional parameters."""
    whole = len(str(read_phone(e164).calling_code)) + 1
    written = list(e164)
    for place in sorted(places, reverse=True):
        written.insert(max(place, whole), data.draw(st.sampled_from("-()")))
    scheme = data.draw(st.sampled_from(["tel:", "TEL:", "Tel:"]))
    escaped = data.draw(st.sets(st.integers(0, len(written) - 1)))
    text = "".join(
        f"%{ord(mark):02X}" if place in escaped else mark
        for place, mark in enumerate(written)
    )
    further = data.draw(st.sampled_from(["", ";npdi", ";rn=+1-201-555-0123;npdi"]))

    assert read_phone(scheme + text + further).e164 == e164


@given(possible_numbers(), st.data())
def test_unseen_marks_change_no_explicit_number(e164: str, data: st.DataObject) -> None:
    assert read_phone(sprinkled(e164, UNSEEN, data)).e164 == e164


@given(possible_numbers(), st.data())
def test_the_script_of_digits_changes_no_explicit_number(
    e164: str, data: st.DataObject
) -> None:
    zeros = [data.draw(st.sampled_from(DIGIT_ZEROS)) for _ in e164[1:]]
    pairs = zip(zeros, e164[1:], strict=True)
    digits = [chr(ord(zero) + int(digit)) for zero, digit in pairs]

    assert read_phone("+" + "".join(digits)).e164 == e164


@given(possible_numbers())
def test_every_international_prefix_leads_to_the_same_number(e164: str) -> None:
    digits = e164.removeprefix("+")

    assert read_phone("00" + digits).e164 == e164
    assert read_phone("011" + digits, PhonePolicy(default_region="US")).e164 == e164


def sprinkled(text: str, marks: tuple[str, ...], data: st.DataObject) -> str:
    """The text with marks between, before and behind its characters."""
    between = st.lists(st.sampled_from(marks), max_size=2).map("".join)
    parts = [data.draw(between) + character for character in text]
    return "".join(parts) + data.draw(between)


@given(
    st.one_of(
        texts().map("+{}".format),
        st.builds(
            "+{}{}".format, calling_codes(), st.text("0123456789 -().", max_size=20)
        ),
        possible_numbers(),
    )
)
@example("+44 (0)20 7946 0958")
@example("+39 06 1234 5678")
def test_where_the_library_reads_it_too_the_number_is_the_same(text: str) -> None:
    ours = outcome(text)
    if not isinstance(ours, PhoneNumber) or ours.calling_code == MEXICO:
        return
    try:
        theirs = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return

    e164 = phonenumbers.PhoneNumberFormat.E164
    assert ours.e164 == phonenumbers.format_number(theirs, e164)


@given(texts(), policies())
@example("+" + "1" * 249, DEFAULT)
@example("00", PhonePolicy(default_region="FI"))
@example("\ud800+1", DEFAULT)
def test_any_text_is_read_or_refused_for_a_reason(
    text: str, policy: PhonePolicy
) -> None:
    assert isinstance(outcome(text, policy), PhoneNumber | PhoneReason)


@given(st.data())
def test_narrowing_changes_no_number_and_rescues_only_the_ambiguous(
    data: st.DataObject,
) -> None:
    policy = data.draw(policies() | st.sampled_from([DEFAULT, *COMPLETING]))
    narrow = data.draw(narrowings(policy))
    text = data.draw(texts())

    before, after = outcome(text, policy), outcome(text, narrow)

    if isinstance(after, PhoneNumber):
        assert before in {after, PhoneReason.AMBIGUOUS}


@given(texts(), policies())
def test_strict_reads_a_subset_of_the_default(text: str, policy: PhonePolicy) -> None:
    loose = outcome(text, evolve(policy, strict=False))
    strict = outcome(text, evolve(policy, strict=True))

    assert strict == loose or not isinstance(strict, PhoneNumber)


@given(possible_numbers().flatmap(lambda e164: written_layouts(read_phone(e164))))
def test_strict_reads_every_layout_that_shows_its_calling_code(text: str) -> None:
    found = read_phone(text)
    assume(found.provenance != "bare")

    assert read_phone(text, PhonePolicy(strict=True)) == found


@given(
    st.from_regex(r"\+?[0-9 ()\[\]\t.'-]*\n?", fullmatch=True)
    | st.text("0123456789 ()[]\t-+", min_size=1)
)
@example("+1 (555) 323-1234")
@example("1(555)323-1234")
@example("[1] 555 323 1234")
@example("+(1)")
@example(" 1")
@example("+")
@example("+1\t2")
def test_the_short_cut_for_plain_text_agrees_with_the_long_way(text: str) -> None:
    plain = read_plain(text)
    assume(plain is not None)

    assert read_written(text) == plain


@pytest.mark.parametrize(
    "text", ["+15553231234", "1(555)323-1234", "+1 (555) 323-1234", "0049 30 123456"]
)
def test_usual_texts_take_the_short_cut(text: str) -> None:
    assert read_plain(text) is not None
    assert read_plain(f"{text}{'0' * 250}") is None


@given(possible_numbers(), st.sampled_from(["", "0", "00", "1", "8", "15"]))
def test_a_plan_is_read_as_the_library_reads_it(e164: str, inserted: str) -> None:
    """Parsed, formatted, placed and typed by joined patterns, with the same answers."""
    code = phonenumbers.parse(e164).country_code
    text = f"+{code}{inserted}{e164.removeprefix(f'+{code}')}"
    assume(code != 52)  # Mexico's retired prefixes are dropped by us alone

    number = parse(text)

    try:
        expected = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        assert number is None
        return
    assert number == expected
    region, number_type = region_and_type(expected)
    style = phonenumbers.PhoneNumberFormat.E164
    assert format_e164(expected) == phonenumbers.format_number(expected, style)
    home = phonenumbers.region_code_for_number(expected)
    home = home or phonenumbers.region_code_for_country_code(code)
    assert region == (None if code in WORLDWIDE_CODES else home)
    named = getattr(phonenumbers.PhoneNumberType, number_type.name)
    assert named == phonenumbers.number_type(expected)


@pytest.mark.parametrize("unit", ["1", "+", "x", "/1", " ", "(", "\u0661", "a1", ",1"])
def test_no_text_within_the_limit_makes_work_grow(unit: str) -> None:
    """The library, whose patterns backtrack, never sees more than a number's digits."""

    def read_all() -> None:
        outcome("+44 (0)20 7946 0958", DEFAULT)  # its zero is dropped by the library
        for policy in (DEFAULT, PhonePolicy(default_region="US")):
            for text in (unit * 125, "+" + unit * 120, "+1 555 323 1234" + unit * 100):
                outcome(text[:250], policy)

    seen = parsed_in(read_all)
    assert seen
    assert all(len(text) <= 30 for text in seen)


def parsed_in(act: Callable[[], object]) -> list[str]:
    """The texts that the library was given meanwhile, read off its calls."""
    code = phonenumbers.parse.__code__
    texts: list[str] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is code:
            texts.append(frame.f_locals[code.co_varnames[0]])

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        act()
    finally:
        sys.setprofile(before)
    return texts


@given(
    phone_numbers("MX"),
    st.sampled_from(["1", " 1 ", "(1)", "01", " 044 ", "-045-"]),
    st.sampled_from(["+52", "0052", "52"]),
)
def test_mexicos_old_prefixes_reach_the_same_subscriber(
    number: PhoneNumber, retired: str, code: str
) -> None:
    assert read_phone(code + retired + number.e164[3:]) == number


@given(phone_numbers("MX"), st.sampled_from(["01 ", "044", "045 "]))
def test_mexicos_old_prefixes_are_read_at_home(
    number: PhoneNumber, retired: str
) -> None:
    home = PhonePolicy(default_region="MX")

    assert read_phone(retired + number.e164[3:], home) == number


def rate(
    layout: Callable[[phonenumbers.PhoneNumber], str], policy: PhonePolicy
) -> float:
    """Share of numbers read as another region's, as a mean over all regions."""
    chance = random.Random(5)
    shares = []
    for region in regions_with_mobiles():
        drawn = [draw_mobile(region, chance.randrange) for _ in range(25)]
        numbers = [number for number in drawn if number is not None]
        shares.append(fmean(is_misread(number, layout, policy) for number in numbers))
    assert len(shares) > 240
    return fmean(shares)


def is_misread(
    number: phonenumbers.PhoneNumber,
    layout: Callable[[phonenumbers.PhoneNumber], str],
    policy: PhonePolicy,
) -> bool:
    found = outcome(layout(number), policy)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return isinstance(found, PhoneNumber) and found.e164 != e164


def as_national(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


@pytest.mark.parametrize(
    ("layout", "policy", "limit"),
    [
        (as_national, DEFAULT, 0.012),
        (as_national, PhonePolicy(strict=True), 0.012),
        (phonenumbers.national_significant_number, DEFAULT, 0.046),
        (phonenumbers.national_significant_number, PhonePolicy(strict=True), 0.0),
        (as_national, PhonePolicy(allowed_calling_codes={44}), 0.002),
    ],
)
def test_national_numbers_are_rarely_taken_for_foreign_ones(
    layout: Callable[[phonenumbers.PhoneNumber], str],
    policy: PhonePolicy,
    limit: float,
) -> None:
    assert rate(layout, policy) <= limit


@pytest.mark.parametrize("policy", [DEFAULT, PhonePolicy(strict=True)])
def test_every_mobile_number_of_the_world_is_read_with_its_country_code(
    policy: PhonePolicy,
) -> None:
    chance = random.Random(6)
    international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    for region in regions_with_mobiles():
        number = draw_mobile(region, chance.randrange)
        assert number is not None
        found = read_phone(phonenumbers.format_number(number, international), policy)
        assert phonenumbers.parse(found.e164) == number
