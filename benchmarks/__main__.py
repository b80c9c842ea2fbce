"""
Run every benchmark, one process each: `python benchmarks [NAME ...]`.

Figures are ratios against a named peer measured in the same run; the machine's own
speed cancels out of them, its noise does not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(wanted: list[str]) -> int:
    files = sorted(HERE.glob("bench_*.py"))
    chosen = [f for f in files if not wanted or f.stem.removeprefix("bench_") in wanted]
    if not chosen:
        names = ", ".join(file.stem.removeprefix("bench_") for file in files)
        print(f"no such benchmark; choose from: {names}", file=sys.stderr)
        return 2
    worst = 0
    for file in chosen:
        print(f"\n== {file.stem}", flush=True)
        # A process each: an import or a full heap of one must not slow the next.
        command = [sys.executable, str(file)]
        worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
