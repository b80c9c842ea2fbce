"""
`verify-core read-numbers` beside a plain script with phonenumbers, on one file.

Each reads the same column and writes the same four facts of each line; both run as
processes of their own, in turn. Where both answer, the answers must be the same.
Targets: at least 1.7 times as fast on two cores, and bounded memory for damaged lines.

    python benchmarks/bench_read_numbers.py --lines 2000000
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import phonenumbers

from verify_core.testing._numbers import draw_mobile, regions_with_mobiles

TARGET = 1.7
MEMORY_TARGET_MB = 300
REGIONS = {
    "all regions": regions_with_mobiles(),
    "five regions": ["US", "GB", "DE", "FR", "IN"],
}
PLAIN = """
import csv, sys
import phonenumbers
with open(sys.argv[1], newline="") as source, open(sys.argv[2], "w") as target:
    out = csv.writer(target)
    for line in csv.DictReader(source):
        try:
            number = phonenumbers.parse(line["phone"])
        except phonenumbers.NumberParseException:
            out.writerow([line["id"], "", "", "", line["note"]])
            continue
        style = phonenumbers.PhoneNumberFormat.E164
        out.writerow([
            line["id"],
            phonenumbers.format_number(number, style),
            phonenumbers.region_code_for_number(number),
            phonenumbers.is_valid_number(number),
            line["note"],
        ])
"""
DAMAGED = [
    "{}E+10",
    "{}.0",
    "'{}",
    '"{}',
    "{}\n",
    "={}",
    "caf\u00e9 {}",
    "",
    "#REF!",
    '{}"',
    "{} or {}",
    "1,{}",
    '""{}',
    "\0{}",
    "{}\r{}",
    "; {}",
    "+{}x12",
    "{}|{}",
]


def drawn(lines: int, regions: list[str]) -> list[str]:
    chance, styles = random.Random(0), [0, 0, 0, 1]
    found: list[str] = []
    while len(found) < lines:
        number = draw_mobile(chance.choice(regions), chance.randrange)
        if number is not None:
            found.append(phonenumbers.format_number(number, chance.choice(styles)))
    return found


def write(path: Path, numbers: list[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "phone", "note"])
        rows.writerows((i, number, "a note") for i, number in enumerate(numbers))


def write_damaged(path: Path, numbers: list[str]) -> None:
    """No line is whole; many are not even lines."""
    chance = random.Random(0)
    with path.open("wb") as out:
        out.write(b"id,phone,note\n")
        for i, number in enumerate(numbers):
            cell = chance.choice(DAMAGED).format(number, number)
            coding = chance.choice(["utf-8", "latin-1", "utf-16-le"])
            out.write(f"{i},{cell},x".encode(coding) + b"\n")


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def ours(source: Path, target: Path) -> list[str]:
    command = [sys.executable, "-m", "verify_core.cli", "read-numbers", str(source)]
    return [*command, "--column", "phone", "--out", str(target), "--overwrite"]


def require_same(our_file: Path, plain_file: Path) -> int:
    """How many lines both answer; `AssertionError` where two answers differ."""
    both = 0
    with our_file.open(newline="") as one, plain_file.open(newline="") as other:
        for mine, theirs in zip(csv.DictReader(one), csv.reader(other), strict=True):
            ident, e164, region, _valid, note = theirs
            assert (mine["id"], mine["note"]) == (ident, note)
            if mine["e164"] and e164:
                both += 1
                assert mine["e164"] == e164
                assert region in {mine["region"], ""}
    return both


def compare(folder: Path, numbers: list[str], rounds: int) -> float:
    """How many times as fast ours is, the same answers given."""
    source, mine, theirs = (folder / name for name in ("in", "ours", "plain"))
    write(source, numbers)
    plain = [sys.executable, "-c", PLAIN, str(source), str(theirs)]
    times = [(seconds(ours(source, mine)), seconds(plain)) for _ in range(rounds)]
    our_time, plain_time = (min(each) for each in zip(*times, strict=True))
    both = require_same(mine, theirs)
    print(f"  read-numbers {our_time:.2f} s, plain script {plain_time:.2f} s:", end=" ")
    print(f"{plain_time / our_time:.1f} times as fast (target {TARGET})")
    print(f"  the same answers in all {both:,} lines that both answer", flush=True)
    return plain_time / our_time


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--damaged", type=int, default=100_000)
    asked = parser.parse_args()
    print(f"{asked.lines:,} lines, {os.cpu_count()} cores")
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, regions in REGIONS.items():
            print(title)
            ratios.append(compare(folder, drawn(asked.lines, regions), asked.rounds))
        source = folder / "damaged"
        some = drawn(1000, REGIONS["five regions"])
        write_damaged(source, some * (asked.damaged // len(some)))
        took = seconds(ours(source, folder / "out"))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        print(f"{asked.damaged:,} damaged lines: {took:.2f} s, {peak} MB at most")
    return int(min(ratios) < TARGET or peak > MEMORY_TARGET_MB)


if __name__ == "__main__":
    sys.exit(main())
