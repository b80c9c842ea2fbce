"""docs/guard.md runs, and its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from verify_providers.guard import (
    GuardEventKind,
    GuardPolicy,
    Per,
    load_guard,
    rules,
    settings,
)

TEXT = (Path(__file__).parents[2] / "docs" / "guard.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_python_blocks_run_one_after_the_other() -> None:
    pytest.importorskip("redis")
    found = blocks("python")

    exec(compile("\n".join(found), "docs/guard.md", "exec"), {})

    assert len(found) == 2


@pytest.mark.parametrize(
    "text", [*blocks("toml"), (settings.__doc__ or "").partition("\n\n")[2]]
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
    found = (rules.NUMBERS, rules.COOL_DOWN, rules.WRONG_CODES, rules.SPEND)
    names = {rule.name for rule in found}
    names |= {per.value for per in Per} | {kind.value for kind in GuardEventKind}
    names |= {field.name for field in attrs.fields(GuardPolicy)} - {"budgets"}

    assert {name for name in names if name not in TEXT} == set()


def test_every_key_of_a_file_is_shown() -> None:
    assert {key for key in settings._KEYS if key not in TEXT} == set()  # noqa: SLF001 - the list itself
