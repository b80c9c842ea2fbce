"""Hold each flaw against all cases; exit with 1 where not just its own notices it."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from io import StringIO

from tests.conformance.flaws import FLAWS as ALL
from verify_core.testing import CaseVerdict, run_cases

FLAWS = [flaw for flaw in ALL if flaw.is_lone]


def noticed(number: int) -> dict[str, str]:
    """The cases that fail for one flaw or say nothing of it, and why."""
    with redirect_stderr(StringIO()):  # where one of them prints
        results = run_cases(FLAWS[number].harness)
    kept = {CaseVerdict.PASSED, CaseVerdict.SKIPPED}
    return {each.case.name: str(each) for each in results if each.verdict not in kept}


def main(names: list[str]) -> int:
    numbers = [i for i, each in enumerate(FLAWS) if not names or each.cases[0] in names]
    numbers.sort(key=lambda number: not FLAWS[number].over_http)
    blamed = 0
    with ProcessPoolExecutor(max_workers=4) as pool:
        for number, found in zip(numbers, pool.map(noticed, numbers), strict=True):
            if {*found} != {*FLAWS[number].cases}:
                blamed += 1
                lines = [*found.values()] or ["noticed by no case"]
                print(FLAWS[number], *lines, sep="\n    ")
    print(f"{len(numbers)} flaws, {blamed} of them not noticed by their case alone")
    return 1 if blamed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
