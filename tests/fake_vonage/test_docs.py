"""docs/fake-vonage.md and LIMITS.md: blocks run, links lead, rows are shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from verify_fakes.server.vonage.door import OPERATIONS

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "fake-vonage.md"
LIMITS = HERE.parents[1] / "fakes/verify_fakes/vonage/LIMITS.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_blocks_run_one_after_another() -> None:
    names: dict[str, object] = {}

    exec(compile("\n".join(BLOCKS), str(PAGE), "exec"), names)

    assert len(BLOCKS) == 5
    assert "webhook" in names


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)

    assert links
    for link in links:
        assert (PAGE.parent / link).exists(), link


@pytest.mark.parametrize("path", sorted({path for _, path, _, _ in OPERATIONS}))
def test_every_operation_of_the_side_door_is_described(path: str) -> None:
    assert f"{path}`" in TEXT or f"…{path}" in TEXT


def test_every_row_of_the_limits_is_dated_and_names_a_test_that_exists() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    lines = LIMITS.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and "| Test |" not in line]

    assert len(rows) > 40
    for row in rows:
        *_, test, looked_at, _ = (cell.strip() for cell in row.split("|"))
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", looked_at), row
        assert f"def {test.strip('`')}(" in tests, row
