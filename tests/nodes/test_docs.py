"""The documentation's Python blocks run, top to bottom, and its lists are complete."""

from __future__ import annotations

from tests.support.pages import Page
from verify_core.nodes import _bookkeeping as bookkeeping

PAGE = Page("docs/reference/nodes.md")


def test_the_python_blocks_run_as_one_program() -> None:
    PAGE.run()


def test_every_state_key_is_documented() -> None:
    keys = {value for name, value in vars(bookkeeping).items() if name.endswith("_KEY")}

    assert PAGE.without(keys) == []
