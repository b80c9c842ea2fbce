"""docs/fake-twilio.md: its blocks run, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "fake-twilio.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.sdk
def test_the_blocks_run_one_after_another() -> None:
    pytest.importorskip("twilio.rest", reason="the official SDK is not installed")
    names: dict[str, object] = {}

    exec(compile("\n".join(BLOCKS), str(PAGE), "exec"), names)

    assert len(BLOCKS) > 5
    assert "trial" in names


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)

    assert links
    for link in links:
        assert (PAGE.parent / link).exists(), link
