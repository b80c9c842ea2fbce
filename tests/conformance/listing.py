"""
The list of all cases in docs/conformance.md, made of the cases themselves.

    PYTHONPATH=. python tests/conformance/listing.py
"""

from __future__ import annotations

from pathlib import Path

from verify_core.testing import all_cases, every_history
from verify_core.testing._case import Case, Law, Survey

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
_BEGIN = "<!-- the list is generated: python tests/conformance/listing.py -->\n"


def listing() -> str:
    """One line for each case: its name, its law and what it needs."""
    rows = [_row(case) for case in (*all_cases(), every_history)]
    head = "| case | the law | needs |\n|---|---|---|\n"
    return head + "".join(rows)


def page(text: str) -> str:
    """The page with the list as it is now."""
    return text.partition(_BEGIN)[0] + _BEGIN + "\n" + listing()


def _row(case: Law) -> str:
    needs = case.needs if isinstance(case, Case | Survey) else ()
    told = " ".join(str(need.__doc__).strip() for need in needs)
    return f"| `{case.name}` | {case.law} | {told} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
