"""
The lists of all cases in docs/reference/conformance.md and docs/how-to/stores.md.

    PYTHONPATH=. python tests/conformance/listing.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from verify_core.testing import Law, all_cases, every_history, store_cases
from verify_core.testing._case import Case, Survey

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    DOCS / "reference" / "conformance.md": (*all_cases(), every_history),
    DOCS / "how-to" / "stores.md": store_cases(),
}
_BEGIN = "<!-- the list is generated: python tests/conformance/listing.py -->\n"


def listing(cases: Iterable[Law]) -> str:
    """One line for each case: its name, its law and what it needs."""
    head = "| case | the law | needs |\n|---|---|---|\n"
    return head + "".join(map(_row, cases))


def page(text: str, cases: Iterable[Law]) -> str:
    """The page with the list as it is now."""
    return text.partition(_BEGIN)[0] + _BEGIN + "\n" + listing(cases)


def _row(case: Law) -> str:
    needs = case.needs if isinstance(case, Case | Survey) else ()
    shown = " ".join(str(need.__doc__).strip() for need in needs)
    door = getattr(case, "door", "")
    shown += f"The bench has the door `{door}`." if door else ""
    return f"| `{case.name}` | {case.law} | {shown} |\n"


if __name__ == "__main__":
    for each, cases in PAGES.items():
        each.write_text(page(each.read_text(encoding="utf-8"), cases), encoding="utf-8")
