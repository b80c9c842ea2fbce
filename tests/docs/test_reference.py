"""What the reference must name: classes, sentences, variables, extras, verdicts."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.pages import ROOT, Page
from verify_core import CheckResult, Verdict, errors
from verify_core.messages import DEFAULT_LANGUAGE, texts_in

SOURCES = [
    file
    for folder in ("verify_core", "providers", "fakes")
    for file in (ROOT / folder).rglob("*.py")
]
# Names that files choose for themselves; the docstrings show them as examples.
EXAMPLES = {"VERIFY_GUARD_REDIS", "VONAGE_URL"}


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """The module that makes pages of the code."""
    pytest.importorskip("sphinx")
    file = ROOT / "docs" / "site_pages.py"
    spec = importlib.util.spec_from_file_location("site_pages", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_name_has_a_place_on_the_page_of_its_module(
    made: ModuleType,
) -> None:
    modules = made.public_modules()
    assert len(modules) > 20
    for module, (sentence, names) in modules.items():
        page = made.module_page(module, sentence, names)
        assert sorted(names) == sorted(importlib.import_module(module).__all__)
        for name in names:
            assert re.search(rf"(?m)^\.\. [\w:]+:: {name}$", page), f"{module}.{name}"


def test_every_error_is_in_the_table_with_what_to_do(made: ModuleType) -> None:
    table = made.error_tables()

    for name in errors.__all__:
        if issubclass(getattr(errors, name), BaseException):
            assert f"| {{py:exc}}`~verify_core.errors.{name}` | " in table


def test_every_life_cycle_is_drawn_from_its_table(made: ModuleType) -> None:
    from verify_providers.own._life import LIFE

    dot, rows = made.own_life()
    assert '"pending" -> "approved" [label="right"]' in dot
    assert rows.count("\n| `") == sum(map(len, LIFE.values()))
    assert '"pending" -> "max_attempts_reached"' in made.fake_life("twilio")[0]
    assert r'[label="check_right\nsaid_yes"]' in made.fake_life("vonage")[0]


def test_every_code_of_twilio_has_a_row_and_is_found_by_its_number(
    made: ModuleType,
) -> None:
    from verify_providers.twilio._codes import ERROR_CODES

    index, _, rows = made.twilio_codes().partition("\n\n")
    assert rows.count("\n| 6") + rows.count("\n| 2") == len(ERROR_CODES)
    for code, kind in ERROR_CODES.items():
        assert f" {code}" in index
        assert f"| {code} | {{py:exc}}`~verify_core.errors.{kind.__name__}` |" in rows


def test_a_number_of_a_row_is_found_alone(made: ModuleType) -> None:
    page = "reference/troubleshooting"
    source = [Page(f"docs/{page}.md").text]

    made.index_rows(None, page, source)

    lines = source[0].partition("```\n\n")[0].splitlines()
    for number in ("20003", "20404", "60202", "60203"):
        assert f"   ! single: {number}" in lines


def test_what_to_catch_runs_and_shows_a_sentence() -> None:
    names = Page("docs/reference/errors.md").run()
    answer = names["answer"]
    assert callable(answer)

    def refuse() -> CheckResult:
        raise errors.EmptyCode

    assert answer(refuse) == (422, "Enter the code first.")
    assert answer(lambda: None) == (200, "")


def test_the_first_page_runs() -> None:
    Page("docs/index.md").run()


def test_every_verdict_is_explained() -> None:
    page = Page("docs/reference/errors.md")

    assert page.without(verdict.name for verdict in Verdict) == []


def test_every_sentence_for_people_can_be_looked_up() -> None:
    text = Page("docs/reference/troubleshooting.md").text

    for key, sentence in texts_in(DEFAULT_LANGUAGE).items():
        if key.startswith("error."):
            reason = re.escape(key.removeprefix("error."))
            row = rf"(?m)^\| {re.escape(sentence)} \|[^|]*`{reason}`"
            assert re.search(row, text), key


def test_every_environment_variable_that_is_read_is_listed() -> None:
    name = re.compile(r'"((?:VERIFY|TWILIO|VONAGE|AWS|SMTP|HTTP_SENDER)_[A-Z_]+)"')
    read = {
        found for file in SOURCES for found in name.findall(file.read_text("utf-8"))
    }
    assert len(read) > 25

    assert Page("docs/reference/settings.md").without(read - EXAMPLES) == []


def test_every_state_key_is_listed() -> None:
    from verify_core.nodes import _bookkeeping as kept

    keys = {value for name, value in vars(kept).items() if name.endswith("_KEY")}
    assert len(keys) > 10

    assert Page("docs/reference/nodes.md").without(keys) == []


def test_every_extra_is_listed(made: ModuleType) -> None:
    table = made.extras()

    for extra in ("cli", "server", "testing", "vonage", "async", "redis", "all"):
        assert f"| `{extra}` | `" in table
    assert "`dev`" not in table


def test_what_a_page_includes_is_made(made: ModuleType) -> None:
    """Each part that is made of the code is on a page."""
    included = {
        name
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"\.\./_made/(\w+)\.", page.read_text("utf-8"))
    }
    source = Path(made.__file__ or "").read_text("utf-8")

    single = set(re.findall(r'MADE / "(\w+)\.', source))
    assert included == single | {"own_life", "twilio_life", "vonage_life"}
    assert "site_pages" not in sys.modules
