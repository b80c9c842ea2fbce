"""
Puts the files of examples/provider into docs/adding-a-provider.md, word for word.

    python tests/conformance/tutorial.py
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding-a-provider.md"
_BLOCK = re.compile(r"<!-- (\S+) -->\n```(\w+)\n.*?```\n", re.DOTALL)


def embedded(text: str) -> str:
    """The page with each named file as it is now."""

    def block(match: re.Match[str]) -> str:
        path, language = match.groups()
        code = (ROOT / path).read_text(encoding="utf-8")
        return f"<!-- {path} -->\n```{language}\n{code}```\n"

    return _BLOCK.sub(block, text)


def shown_files(text: str) -> set[str]:
    """The files that the page shows."""
    return {path for path, _language in _BLOCK.findall(text)}


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(embedded(page), encoding="utf-8")
