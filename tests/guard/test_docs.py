"""docs/how-to/guard.md runs, and its lists are complete."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.support.pages import Page
from verify_providers.guard import (
    GuardEventKind,
    GuardPolicy,
    Per,
    _rules as rules,
    _settings as settings,
    load_guard,
)

PAGE = Page("docs/how-to/guard.md")


def test_python_blocks_run_one_after_the_other() -> None:
    pytest.importorskip("redis")

    PAGE.run()


@pytest.mark.parametrize(
    "text", [*PAGE.blocks("toml"), (settings.__doc__ or "").partition("\n\n")[2]]
)
def test_files_shown_are_taken(tmp_path: Path, text: str) -> None:
    pytest.importorskip("redis")
    file = tmp_path / "guard.toml"
    shown = text.replace("failover:///etc/verify/failover.toml", "fake://")
    file.write_text(shown, encoding="utf-8")
    environ = {
        "VERIFY_GUARD_REDIS": "redis://127.0.0.1:1",
        "VERIFY_GUARD_PEPPER": "long enough a pepper",
    }

    guard = load_guard(file, environ=environ)

    assert guard.name == "fake"


def test_every_rule_and_field_is_documented() -> None:
    found = (
        rules.NUMBERS,
        rules.COOL_DOWN,
        rules.WRONG_CODES,
        rules.SPEND,
        rules.CONVERSION,
    )
    names = {rule.name for rule in found}
    names |= {per.value for per in Per} | {kind.value for kind in GuardEventKind}
    names |= {field.name for field in attrs.fields(GuardPolicy)} - {"budgets"}

    assert PAGE.without(names) == []


def test_every_key_of_a_file_is_shown() -> None:
    assert PAGE.without(settings._KEYS) == []  # noqa: SLF001 - the list itself
