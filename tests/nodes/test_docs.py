"""The documentation's Python blocks run, top to bottom, and its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

from verify_core import outcomes
from verify_core.nodes import bookkeeping

TEXT = (Path(__file__).parents[2] / "docs" / "nodes.md").read_text(encoding="utf-8")


def test_the_python_blocks_run_as_one_program() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)

    assert len(blocks) == 3
    exec(compile("\n".join(blocks), "docs/nodes.md", "exec"), {})


def test_every_state_key_is_documented() -> None:
    keys = {
        value
        for module in (outcomes, bookkeeping)
        for name, value in vars(module).items()
        if name.endswith("_KEY")
    }

    assert len(keys) >= 9
    assert {key for key in keys if f"`{key}`" not in TEXT} == set()
