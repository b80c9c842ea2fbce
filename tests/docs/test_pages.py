"""Every page of the documentation has short lines, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MADE = {ROOT / "docs" / "_made", ROOT / "docs" / "reference" / "modules"}
PAGES = [
    *(p for p in sorted((ROOT / "docs").rglob("*.md")) if p.parent not in _MADE),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "ARCHITECTURE")),
    *sorted((ROOT / "fakes").rglob("LIMITS.md")),
]
LONGEST = 100


def prose(text: str) -> list[str]:
    """The lines outside fences that can be broken: no tables, pictures or headings."""
    outside = re.sub(r"(?ms)^\s*(```+|~~~+).*?^\s*\1\s*$", "", text)
    return [
        line
        for line in outside.splitlines()
        if not re.match(r"\s*(\||#|!\[|\[!\[)", line)
    ]


def test_no_line_of_prose_is_over_a_hundred_characters() -> None:
    long = [
        f"{page.relative_to(ROOT)}: {line[:60]}…"
        for page in PAGES
        for line in prose(page.read_text(encoding="utf-8"))
        if len(line) > LONGEST
    ]

    assert long == []


def links(text: str) -> list[str]:
    """The targets of links and pictures that are files of ours."""
    found = re.findall(r"\]\(([^()\s#]+)[^()\s]*\)", text)
    return [link for link in found if not re.match(r"[a-z]+:|.*/_made/", link)]


def test_every_link_to_a_file_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in links(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]

    assert dead == []
