"""docs/reference/fake-vonage.md, LIMITS.md: blocks run, links lead, rows are shown."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.each import require_each
from tests.support.pages import Page
from verify_fakes.server.vonage._door import OPERATIONS

HERE = Path(__file__).parent
PAGE = Page("docs/reference/fake-vonage.md")
LIMITS = HERE.parents[1] / "fakes/verify_fakes/vonage/LIMITS.md"


def test_the_blocks_run_one_after_another() -> None:
    assert "webhook" in PAGE.run()


def test_links_lead_somewhere() -> None:
    assert PAGE.dead_links() == []


def test_every_operation_of_the_side_door_is_described() -> None:
    def is_there(path: str) -> None:
        assert f"{path}`" in PAGE.text or f"…{path}" in PAGE.text

    require_each({row.path for row in OPERATIONS}, is_there)


def test_every_row_of_the_limits_is_dated_and_names_a_test_that_exists() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    lines = LIMITS.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and "| Test |" not in line]

    assert len(rows) > 40
    for row in rows:
        *_, test, looked_at, _ = (cell.strip() for cell in row.split("|"))
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", looked_at), row
        assert f"def {test.strip('`')}(" in tests, row
