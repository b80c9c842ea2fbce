"""The page on the server names every option, every path and every effect there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify_fakes.server.command import serve
from verify_fakes.server.operations import OPERATIONS
from verify_fakes.twilio import Break
from verify_fakes.twilio.profile import PROFILES

PAGE = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "option",
    [o for p in serve.params if not getattr(p, "hidden", False) for o in p.opts],
)
def test_every_option(option: str) -> None:
    assert f"`{option}" in PAGE


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_operation(row: object) -> None:
    path = getattr(row, "path", "").removeprefix("/accounts/{account}")
    name = path or "/accounts"

    assert any(
        form in PAGE for form in (f"{name}`", f"…{name}`", f"{{account}}{name}`")
    )


@pytest.mark.parametrize(
    "word", [*Break, *PROFILES, *{name for row in OPERATIONS for name in row.body}]
)
def test_every_word(word: str) -> None:
    assert word in PAGE
