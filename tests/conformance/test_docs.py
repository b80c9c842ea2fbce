"""docs/how-to/testing.md: its blocks run, and its tables are the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance import listing
from verify_core import errors
from verify_core.errors import VerifyError
from verify_core.phone import read_phone
from verify_core.testing import CaseSkipped, all_cases
from verify_core.verification import StartRequest
from verify_fakes import PROFILES, FakeVerifyProvider
from verify_fakes.twilio import MAGIC_NUMBERS

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "testing.md").read_text(
    encoding="utf-8"
)
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
FATES = dict(
    re.findall(r"^\| `(\+1500555\d+)` \|[^|]*\| `(\w+)` \|$", TEXT, re.MULTILINE)
)


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    """What the blocks have defined, run in order."""
    found: dict[str, object] = {}
    exec(compile("\n".join(BLOCKS), "docs/how-to/testing.md", "exec"), found)
    return found


def test_fixture_example_works(names: dict) -> None:
    names["test_login_ends_when_the_code_is_too_old"](FakeVerifyProvider(seed=1))


def test_conformance_example_holds_or_skips(names: dict) -> None:
    skipped = 0
    for case in all_cases():
        try:
            names["test_my_provider"](case)
        except CaseSkipped:
            skipped += 1

    assert 0 < skipped < len(all_cases()) / 2


def test_every_magic_number_is_listed() -> None:
    assert set(FATES) == set(MAGIC_NUMBERS)


@pytest.mark.parametrize(("number", "fate"), FATES.items())
def test_magic_number_does_what_the_table_says(number: str, fate: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    request = StartRequest(identifier=read_phone(number))
    if fate == "Started":
        assert fake.start(request).ref.provider == "fake"
        return
    expected: type[VerifyError] = getattr(errors, fate)
    with pytest.raises(expected) as caught:
        fake.start(request)
    assert type(caught.value) is expected


def test_every_profile_is_listed() -> None:
    table = TEXT.partition("| profile |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(PROFILES)


@pytest.mark.parametrize("page", listing.PAGES, ids=lambda page: page.name)
def test_every_case_is_listed(page: Path) -> None:
    """Where this fails: run what stands at the head of `listing.py`."""
    text = page.read_text(encoding="utf-8")

    assert listing.page(text, listing.PAGES[page]) == text
