"""
Run every benchmark, one process each: `python benchmarks [NAME ...]`.

Figures are ratios against a named peer measured in the same run; the machine's own
speed cancels out of them, its noise does not. The figures that have a target are listed
at the end, with how busy the machine was. `targets` stands for the benchmarks that a
change made for speed shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GROUPS = {
    "targets": {"awaiting", "calls", "failover", "guard", "import", "twilio_start"}
}


def main(wanted: list[str]) -> int:
    files = {f.stem.removeprefix("bench_"): f for f in sorted(HERE.glob("bench_*.py"))}
    names = {name for each in wanted for name in GROUPS.get(each, {each})}
    if not names <= files.keys():
        known = ", ".join([*GROUPS, *files])
        print(f"no such benchmark; choose from: {known}", file=sys.stderr)
        return 2
    worst, judged = 0, []
    for name in sorted(names or files):
        print(f"\n== {name}", flush=True)
        code, targets = run(files[name])
        worst = max(worst, code)
        judged += targets
    print(f"\n== targets; {os.cpu_count()} cores, load average", end=" ")
    print(*(f"{load:.1f}" for load in os.getloadavg()))
    print(f"lines of verify_core, providers and fakes: {lines():,}")
    print("".join(judged), end="")
    return worst


def run(file: Path) -> tuple[int, list[str]]:
    """Run a benchmark and show its output; return its exit code and its targets."""
    # A process each: an import or a full heap of one must not slow the next.
    command = [sys.executable, "-u", str(file)]
    targets = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("target: "):
                targets.append(line.removeprefix("target: "))
    return process.returncode, targets


def lines() -> int:
    """How many lines the packages have."""
    folders = [HERE.parent / name for name in ("verify_core", "providers", "fakes")]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    return sum(len(file.read_text("utf-8").splitlines()) for file in files)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
