"""What a form is asked: kinds of texts, each with what becomes of it."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum

import phonenumbers
from attrs import frozen
from hypothesis import assume, strategies as st

from verify_core.errors import InvalidPhoneNumber, InvalidSetting, PhoneReason
from verify_core.phone import PhonePolicy, read_phone

from ._numbers import draw_mobile, regions_with_mobiles
from .strategies import UNSEEN, NearMiss, near_misses, written_layouts


class Demand(StrEnum):
    """What a form has to do with the texts of a kind."""

    READ = "read"
    """Read them."""
    READ_OR_REFUSE = "read or refuse"
    """Read them as the right number, or not at all."""
    TELL_APART = "tell apart"
    """Not give one number for both of two."""
    REFUSE = "refuse"
    """Read no number in them."""
    SURVIVE = "survive"
    """Give any answer."""


@frozen(kw_only=True)
class Question:
    """
    One question.

    Attributes:
        text: What the form is given.
        expected: The number that it holds, in E.164 form; None where it holds none.
        region: Of the number that it was made from, where there is one.
        other: A second text, whose number is another.
    """

    text: str
    expected: str | None = None
    region: str | None = None
    other: str | None = None


@frozen(kw_only=True)
class Kind:
    """
    Texts of one kind.

    Attributes:
        share: How many of the questions are of this kind, against those of others.
        cases: The strategy, of one region or of all given.
        regions: Those that are asked for one by one; an empty list asks for any.
    """

    name: str
    demand: Demand
    share: int
    cases: Callable[[Sequence[str]], st.SearchStrategy[Question]]
    regions: Sequence[str] = ()


def all_kinds(policy: PhonePolicy, wanted: Sequence[str]) -> list[Kind]:
    """
    Every kind of text, for forms that are to read numbers under a policy.

    Args:
        policy: What the form is meant to allow.
        wanted: Regions to ask for, as ISO 3166-1 alpha-2 codes; none means all.

    Raises:
        InvalidSetting: A region is unknown, or has no mobile numbers that are allowed.
    """
    for region in wanted:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidSetting("--region", "takes two letters, such as US or GB")
    mobile = _regions_with("mobile", policy, wanted)
    fixed = _regions_with("fixed_line", policy, wanted) or mobile
    if not mobile:
        setting = "--region" if wanted else "--policy"
        raise InvalidSetting(setting, "leaves no mobile numbers to ask for")
    kinds = [_layout(name, policy, mobile) for name in _LAYOUTS]
    kinds += _further(policy, mobile, fixed)
    for reason in PhoneReason:
        with suppress(ValueError):  # the default policy never gives some of them
            kinds.append(_near_miss(reason, near_misses(reason), policy))
    survived = st.text(max_size=40).map(lambda text: Question(text=text))
    anything = Kind(
        name="any_text", demand=Demand.SURVIVE, share=1, cases=lambda _: survived
    )
    return [*kinds, anything]


def _further(
    policy: PhonePolicy, mobile: Sequence[str], fixed: Sequence[str]
) -> list[Kind]:
    return [
        Kind(
            name="fixed_line",
            demand=Demand.READ_OR_REFUSE,
            share=6,
            cases=lambda some: _numbers(some, "fixed_line", _plus, policy),
            regions=fixed,
        ),
        Kind(
            name="any_layout",
            demand=Demand.READ_OR_REFUSE,
            share=2,
            cases=lambda some: _any_layout(some or mobile, policy),
        ),
        Kind(
            name="neighbours",
            demand=Demand.TELL_APART,
            share=2,
            cases=lambda some: _neighbours(some or mobile, policy),
        ),
    ]


def _regions_with(kind: str, policy: PhonePolicy, wanted: Sequence[str]) -> list[str]:
    allowed = policy.allowed_regions
    return [
        region
        for region in regions_with_mobiles(kind)
        if (not wanted or region in wanted)
        and (allowed is None or region in allowed)
        and _is_allowed(region, policy)
    ]


def _is_allowed(region: str, policy: PhonePolicy) -> bool:
    codes = policy.allowed_calling_codes
    return codes is None or phonenumbers.country_code_for_region(region) in codes


def _near_miss(
    reason: PhoneReason, misses: st.SearchStrategy[NearMiss], policy: PhonePolicy
) -> Kind:
    # A number with blanks up to the limit of a text does no harm if it is read.
    harmless = reason is PhoneReason.TOO_LONG
    cases = misses.map(lambda miss: _judged(miss[0], None, policy))
    return Kind(
        name=_NAMES.get(reason, reason.value),
        demand=Demand.SURVIVE if harmless else Demand.REFUSE,
        share=1,
        cases=lambda _: cases,
    )


_NAMES = {
    PhoneReason.NOT_ALLOWED_CALLING_CODE: "worldwide",
    PhoneReason.NOT_ALLOWED_NUMBER_TYPE: "premium_rate",
}


def _judged(text: str, region: str | None, policy: PhonePolicy) -> Question:
    try:
        found = read_phone(text, policy).e164
    except InvalidPhoneNumber:
        found = None
    return Question(text=text, expected=found, region=region)


_Write = Callable[[phonenumbers.PhoneNumber], str]


def _plus(number: phonenumbers.PhoneNumber) -> str:
    style = phonenumbers.PhoneNumberFormat.E164
    return phonenumbers.format_number(number, style)


def _international(number: phonenumbers.PhoneNumber) -> str:
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def _national(number: phonenumbers.PhoneNumber) -> str:
    style = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(number, style)


def _trunk_zero(number: phonenumbers.PhoneNumber) -> str:
    code = f"+{number.country_code}"
    return f"{code} (0) {_plus(number).removeprefix(code)}"


def _in_digits(zero: str) -> Mapping[int, str]:
    return str.maketrans({each: chr(ord(zero) + int(each)) for each in string.digits})


_LAYOUTS: Mapping[str, tuple[Demand, int, _Write]] = {
    "e164": (Demand.READ, 12, _plus),
    "international": (Demand.READ, 3, _international),
    "dashes": (Demand.READ_OR_REFUSE, 1, lambda n: _international(n).replace(" ", "-")),
    "dots": (Demand.READ_OR_REFUSE, 1, lambda n: _international(n).replace(" ", ".")),
    "prefix_00": (Demand.READ_OR_REFUSE, 1, lambda n: f"00{_plus(n)[1:]}"),
    "without_plus": (Demand.READ_OR_REFUSE, 1, lambda n: _plus(n)[1:]),
    "trunk_zero": (Demand.READ_OR_REFUSE, 1, _trunk_zero),
    "national": (Demand.READ_OR_REFUSE, 2, _national),
    "other_digits": (
        Demand.READ_OR_REFUSE,
        1,
        lambda n: _plus(n).translate(_in_digits("\u0660")),
    ),
    "pasted": (Demand.READ_OR_REFUSE, 1, lambda n: f"\u202a{_plus(n)}\u202c\u00a0"),
    "link": (Demand.READ_OR_REFUSE, 1, lambda n: f"tel:{_plus(n)}"),
}


def _layout(name: str, policy: PhonePolicy, regions: Sequence[str]) -> Kind:
    demand, share, write = _LAYOUTS[name]
    return Kind(
        name=name,
        demand=demand,
        share=share,
        cases=lambda some: _numbers(some or regions, "mobile", write, policy),
        regions=regions if demand is Demand.READ else (),
    )


@st.composite
def _parsed(
    draw: st.DrawFn, regions: Sequence[str], kind: str
) -> tuple[str, phonenumbers.PhoneNumber]:
    region = draw(st.sampled_from(list(regions)))
    number = draw_mobile(region, lambda count: draw(st.integers(0, count - 1)), kind)
    assume(number is not None)
    assert number is not None  # noqa: S101 - assumed
    return region, number


@st.composite
def _numbers(
    draw: st.DrawFn,
    regions: Sequence[str],
    kind: str,
    write: _Write,
    policy: PhonePolicy,
) -> Question:
    region, number = draw(_parsed(regions, kind))
    case = _judged(write(number), region, policy)
    # What the policy refuses, such as a pager, is asked for by a near miss.
    assume(write is _national or case.expected is not None)
    return case


@st.composite
def _any_layout(
    draw: st.DrawFn, regions: Sequence[str], policy: PhonePolicy
) -> Question:
    region, number = draw(_parsed(regions, "mobile"))
    text = draw(written_layouts(read_phone(_plus(number))))
    return _judged(text, region, policy)


@st.composite
def _neighbours(
    draw: st.DrawFn, regions: Sequence[str], policy: PhonePolicy
) -> Question:
    region, number = draw(_parsed(regions, "mobile"))
    text = _plus(number)
    begin = 1 + len(f"{number.country_code}")
    last = len(text) - 1
    place = draw(st.just(last) | st.integers(begin, last))
    digit = draw(st.sampled_from(string.digits))
    other = _judged(f"{text[:place]}{digit}{text[place + 1 :]}", region, policy)
    case = _judged(text, region, policy)
    assume(case.expected and other.expected and case.expected != other.expected)
    return Question(text=text, expected=case.expected, region=region, other=other.text)


def unseen_shown(text: str) -> str:
    """A text as it can be shown and pasted: what does not show is escaped."""
    shown = ascii(text)[1:-1] if not text.isprintable() else text
    return "".join(ascii(each)[1:-1] if each in UNSEEN else each for each in shown)
