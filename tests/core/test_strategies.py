"""The public strategies keep their word, and the example in their guide runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import Phase, find, given, settings, strategies as st

from tests.support.pages import Page
from verify_core import EmailAddress, InvalidPhoneNumber, PhonePolicy, read_phone
from verify_core._hypothesis import register
from verify_core.errors import PhoneReason
from verify_core.phone import PhoneNumber, Provenance
from verify_core.testing import strategies
from verify_core.testing._numbers import digits_of, draw_mobile, regions_with_mobiles

QUICK = settings(
    phases=[Phase.generate],
    max_examples=2000,
    report_multiple_bugs=False,
    derandomize=True,
    database=None,
)
"""No shrinking: these look for an example, not for the smallest."""

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GUIDE = ROOT / "docs" / "reference" / "phone-numbers.md"
PAGE = Page("docs/how-to/strategies.md")

SHRUNK = settings(max_examples=1000, derandomize=True, database=None)
"""The same smallest example each time."""

# Reasons that only a narrower policy or a default region can give.
NOT_BY_DEFAULT = {
    PhoneReason.AMBIGUOUS,
    PhoneReason.NOT_ALLOWED_REGION,
    PhoneReason.NOT_VALID,
}


@given(strategies.phone_numbers())
def test_phone_numbers_are_valid_and_explicit(number: PhoneNumber) -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse(number.e164))
    assert number.provenance is Provenance.EXPLICIT


@given(strategies.phone_numbers("BR"))
def test_phone_numbers_of_a_region_are_its_own(number: PhoneNumber) -> None:
    assert (number.calling_code, number.region) == (55, "BR")


@pytest.mark.parametrize("region", ["XX", "us", "ZZ"])
def test_a_region_without_mobiles_is_refused_by_name(region: str) -> None:
    with pytest.raises(ValueError, match=region):
        find(strategies.phone_numbers(region), lambda _: True, settings=QUICK)


@given(
    st.sampled_from(["US", "DE", "IN", "BR"]).flatmap(
        lambda region: st.tuples(st.just(region), strategies.national_formats(region))
    )
)
def test_national_formats_are_read_at_home(pair: tuple[str, str]) -> None:
    region, text = pair
    policy = PhonePolicy(default_region=region, allowed_regions={region})

    assert read_phone(text, policy).region == region


@given(st.data())
def test_every_written_layout_reads_back_as_its_number(data: st.DataObject) -> None:
    number = data.draw(strategies.phone_numbers())

    assert read_phone(data.draw(strategies.written_layouts(number))) == number


@given(st.data())
def test_layouts_serve_numbers_that_are_only_possible(data: st.DataObject) -> None:
    number = read_phone("+15553231234")

    assert read_phone(data.draw(strategies.written_layouts(number))) == number


@pytest.mark.parametrize("provenance", ["explicit", "idd", "separated", "bare"])
def test_layouts_show_every_provenance_that_a_country_code_has(
    provenance: str,
) -> None:
    layouts = strategies.written_layouts(read_phone("+442079460958"))

    find(
        layouts, lambda text: read_phone(text).provenance == provenance, settings=QUICK
    )


@given(strategies.near_misses())
def test_near_misses_are_refused_for_their_reason(miss: strategies.NearMiss) -> None:
    text, reason = miss

    with pytest.raises(InvalidPhoneNumber) as caught:
        read_phone(text)

    assert caught.value.reason is reason


@pytest.mark.parametrize("reason", sorted(set(PhoneReason) - NOT_BY_DEFAULT))
def test_near_misses_show_every_reason_of_the_default_policy(
    reason: PhoneReason,
) -> None:
    find(strategies.near_misses(), lambda miss: miss[1] is reason, settings=QUICK)
    alone = strategies.near_misses(reason.value)
    assert find(alone, lambda _: True, settings=QUICK)[1] is reason


@pytest.mark.parametrize("reason", [*sorted(NOT_BY_DEFAULT), "no_such_reason"])
def test_a_reason_that_near_misses_cannot_have_is_named(reason: str) -> None:
    with pytest.raises(ValueError, match=str(reason)):
        strategies.near_misses("letters", reason)


@given(strategies.email_addresses())
def test_email_addresses_are_normal_and_lead_nowhere(address: EmailAddress) -> None:
    assert EmailAddress(address.value) == address
    assert re.search(r"(example\.(org|com|net)|\.test)\Z", address.value)


@given(strategies.codes(), strategies.codes(6))
def test_codes_are_ascii_digits_of_the_asked_length(some: str, six: str) -> None:
    assert re.fullmatch("[0-9]{4,10}", some)
    assert re.fullmatch("[0-9]{6}", six)


@given(st.sampled_from(regions_with_mobiles()), st.data())
def test_drawn_mobiles_belong_to_their_region(region: str, data: st.DataObject) -> None:
    number = draw_mobile(region, lambda n: data.draw(st.integers(0, n - 1)))

    assert number is not None
    assert phonenumbers.is_valid_number_for_region(number, region)


@pytest.mark.parametrize("pattern", ["1[2-4]?", r"(?:5\d|6{2,3})7", "1|22|[089]{2}"])
def test_a_pattern_draws_all_and_only_what_it_matches(pattern: str) -> None:
    texts = [f"{n:0{width}}" for width in range(1, 5) for n in range(10**width)]

    assert exhaust(pattern) == {t for t in texts if re.fullmatch(pattern, t)}


def exhaust(pattern: str) -> set[str]:
    """Every string that a pattern draws, by trying every choice at every fork."""
    found: set[str] = set()
    pending: list[list[int]] = [[]]
    while pending:
        script = pending.pop()
        used: list[int] = []

        def pick(count: int, script: list[int] = script, used: list[int] = used) -> int:
            place = len(used)
            if place == len(script):
                pending.extend([*script, choice] for choice in range(1, count))
                script.append(0)
            used.append(script[place])
            return script[place]

        found.add(digits_of(pattern)(pick))
    return found


@pytest.mark.parametrize("pattern", ["1+", "1{2,}", "[^1]", "a", ".", "1*"])
def test_a_pattern_beyond_digits_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        digits_of(pattern)


def defined_tests(clean: Callable[[str], str] | None = None) -> dict[str, Any]:
    """
    The tests that the page defines, in its order and without shrinking.

    Args:
        clean: A form in place of the page's own.
    """
    register()  # as its entry point does, where that is newer than the installation
    names = PAGE.run()
    names["clean"] = clean or names["clean"]
    quick = settings(QUICK, max_examples=60)
    return {
        name: quick(made)  # type: ignore[arg-type]  # every test is a function
        for name, made in names.items()
        if name.startswith("test_")
    }


def test_the_page_s_properties_hold_for_the_core() -> None:
    tests = defined_tests(lambda text: read_phone(text).e164)

    assert len(tests) == 5
    for test in tests.values():
        test()


@pytest.mark.parametrize(
    "clean",
    [None, lambda text: "+" + re.sub("[^0-9]", "", text)],
    ids=["as many do", "strip and prepend"],
)
def test_the_page_s_properties_catch_a_careless_form(
    clean: Callable[[str], str] | None,
) -> None:
    tests = defined_tests(clean)
    for about_no_form in (
        "a_number_reads_back_as_itself",
        "only_german_numbers_are_drawn",
    ):
        tests.pop(f"test_{about_no_form}")

    for test in tests.values():
        with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
            test()


def rows_after(words: str) -> list[list[str]]:
    """What is in code type in each row of the table after these words."""
    table = PAGE.text.partition(words)[2].partition("|---|")[2].partition("\n\n")[0]
    rows = [re.findall(r"`([^`]+)`", line) for line in table.splitlines()]
    found = [row for row in rows if row]
    assert found, words
    return found


def shape(text: str) -> str:
    """A text but for its digits: which number is the smallest, the metadata say."""
    return re.sub(r"\d", "0", text)


@pytest.mark.parametrize("row", rows_after("The others that it reads:"), ids=str)
def test_the_page_shows_the_smallest_text_that_its_form_reads(row: list[str]) -> None:
    clean: Any = PAGE.run()["clean"]

    def is_read(miss: strategies.NearMiss) -> bool:
        with suppress(ValueError):
            return bool(clean(miss[0]))
        return False

    reason, smallest, read = row
    if not phonenumbers.is_valid_number(phonenumbers.parse(read)):
        pytest.skip("the page shows a number that this phonenumbers does not know")
    found = find(strategies.near_misses(reason), is_read, settings=SHRUNK)
    assert (shape(found[0]), found[1]) == (shape(smallest), reason)
    assert clean(smallest) == read
    if reason == "letters":
        assert f"miss={(smallest, PhoneReason(reason))}" in PAGE.text


@pytest.mark.parametrize(
    "row", rows_after("smallest text of any other reason:"), ids=str
)
def test_the_page_shows_the_smallest_near_misses(row: list[str]) -> None:
    reason, smallest = row

    found, _ = find(strategies.near_misses(reason), lambda _: True, settings=SHRUNK)

    assert shape(found) == shape(smallest)


def test_the_page_s_layouts_read_as_it_says() -> None:
    for layout, provenance in rows_after("a number for drama"):
        number = read_phone(layout)
        assert (number.e164, number.provenance) == ("+442079460958", provenance)


def test_the_page_names_every_strategy() -> None:
    listed = {row[0].partition("(")[0] for row in rows_after("are in\n[phone")}

    assert listed == set(strategies.__all__)


def test_the_page_of_forms_runs() -> None:
    Page("docs/how-to/forms.md").run()


def test_the_guide_shows_code_that_runs() -> None:
    Page("docs/reference/phone-numbers.md").run()


def test_the_guide_lists_every_reason() -> None:
    text = GUIDE.read_text("utf-8")

    assert all(f"| `{reason}` |" in text for reason in PhoneReason)


def test_the_extra_is_named_where_hypothesis_is_missing() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import verify_core.testing.strategies"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert "pip install 'verify-core[strategies]'" in ended.stderr


def run_with_our_entry_points(tmp_path: Path, program: str) -> list[str]:
    """Run a program where this checkout is installed; its lines of output."""
    entry_points = PROJECT["project"]["entry-points"]["hypothesis"]
    installed = tmp_path / "verify_core_checkout-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: verify-core-checkout\nVersion: 0\n")
    lines = ["[hypothesis]", *map(" = ".join, entry_points.items()), ""]
    (installed / "entry_points.txt").write_text("\n".join(lines))
    paths = [tmp_path, ROOT, *(ROOT / each for each in ("providers", "fakes"))]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()


def test_hypothesis_draws_our_types_with_no_import_of_ours(tmp_path: Path) -> None:
    program = """
from hypothesis import HealthCheck, given, settings, strategies as st
import sys
print([each for each in ("phonenumbers", "email_validator", "verify_core.testing")
       if each in sys.modules])
from verify_core import *

kinds = PhoneNumber, EmailAddress, PhonePolicy, StartRequest, VerificationRef, Started
drawn = {kind: set() for kind in kinds}

@settings(
    max_examples=20, derandomize=True, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.tuples(*map(st.from_type, kinds)))
def draw(values):
    for kind, value in zip(kinds, values):
        assert type(value) is kind
        drawn[kind].add(value)
    number, _, _, request, ref, started = values
    assert read_phone(number.e164) == number
    assert VerificationRef.from_json(ref.to_json()) == ref
    assert request.channel.takes is request.identifier.kind
    assert started.channel in {None, started.ref.channel}

draw()
print(min(map(len, drawn.values())) > 5)
"""
    assert run_with_our_entry_points(tmp_path, program) == ["[]", "True"]
