"""
Mutation score of the pure core: `python benchmarks/mutants.py`.

Changes one small thing in a module, runs the tests of that module, and sees whether one
fails; the score is the share of changes that are noticed. What survives is printed as
`file:line: before -> after`, to be read: each needs a test, or is no change at all and
belongs in `equivalent_mutants.toml` with its reason.

The whole of it takes hours, so it is asked for by size: `--sample 150 --seed 1`; and by
place: `verify_core/phone` or any other path. Nothing in the working tree is changed:
the mutants live in a copy.

Why a script: mutmut (3.8) leaves module level and functions with decorators as they
are, so it sees no table, no property and no converter, where much of this core stands;
cosmic-ray (8.7) changes no text, no returned value, and leaves no statement out.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import define, field, frozen
from mutating import Mutant, mutants_of

ROOT: Final = Path(__file__).resolve().parents[1]
EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.toml")


@frozen
class Room:
    """
    Modules, and the tests that are theirs.

    Attributes:
        path: What a module's path begins with.
        near: The tests that should notice a change first, as a pattern of paths in
            which `{stem}` is the module's name; there may be none.
        far: Those that are run if they do not.
    """

    path: str
    near: str
    far: tuple[str, ...]

    def sets_for(self, file: str) -> list[tuple[str, ...]]:
        """The sets of tests for a module, the quickest first."""
        pattern = self.near.format(stem=Path(file).stem.lstrip("_"))
        found = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))
        return [tuple(found), self.far] if found else [self.far]


_CORE: Final = (
    "tests/core",
    "tests/nodes",
    "tests/secrecy",
    "tests/awaiting",
    "tests/fake_provider",
    "tests/cli/test_ending.py",
    "tests/test_misspelt_options.py",
)

#: The first that fits. What waits for something, and the doors, are not here.
ROOMS: Final = (
    Room("verify_core/phone/", "tests/core/test_phone*.py", _CORE),
    Room("verify_core/nodes/", "tests/nodes/test_{stem}*.py", _CORE),
    Room("verify_core/", "tests/core/test_{stem}*.py", _CORE),
    Room(
        "providers/verify_providers/conversations/",
        "tests/conversations/*.py",
        ("tests/twilio", "tests/http", "tests/failover", "tests/awaiting"),
    ),
    Room(
        "providers/verify_providers/twilio/",
        "tests/twilio/test_{stem}*.py",
        ("tests/twilio", "tests/conversations", "tests/nodes/test_on_twilio.py"),
    ),
    Room(
        "providers/verify_providers/vonage/",
        "tests/vonage/test_{stem}*.py",
        ("tests/vonage", "tests/fake_vonage/test_provider.py"),
    ),
)
#: What wires the rest together, or waits; and tables of facts that a test could only
#: repeat, each row of which names its source.
LEFT_OUT: Final = (
    "providers/verify_providers/twilio/_codes.py",
    "providers/verify_providers/twilio/_locales.py",
    "providers/verify_providers/vonage/_locales.py",
    "verify_core/cli/",
    "verify_core/testing/",
    "verify_core/registry.py",
    "verify_core/__init__.py",
    "providers/verify_providers/twilio/_lookup.py",
    "providers/verify_providers/twilio/_provider.py",
    "providers/verify_providers/twilio/_settings.py",
    "providers/verify_providers/twilio/_credentials.py",
    "providers/verify_providers/vonage/_provider.py",
    "providers/verify_providers/vonage/_settings.py",
    "providers/verify_providers/vonage/_credentials.py",
)
#: What sees no module of ours, or judges the source text itself.
_IGNORED: Final = ("-k", "not test_docs and not sdk and not browser")


@define
class Bench:
    """
    A copy of the project in which one file at a time is changed.

    Attributes:
        root: Where it is.
        seconds: How long each set of tests takes when nothing is changed.
    """

    root: Path
    seconds: dict[tuple[str, ...], float] = field(factory=dict)

    def set_up(self) -> None:
        """Copy what git knows, and what lies beside the project."""
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout.decode()
        for name in filter(None, listed.split("\0")):
            source, target = ROOT / name, self.root / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        beside = ROOT.parent / "shared"
        if beside.is_dir():
            (self.root.parent / "shared").symlink_to(beside)

    def measure(self, tests: tuple[str, ...]) -> None:
        """
        Run tests on the unchanged copy.

        Raises:
            SystemExit: They fail, so they could say nothing of a mutant.
        """
        if tests in self.seconds:
            return
        began = time.monotonic()
        if self._status(tests, None):
            sys.exit(f"without any change these tests fail: {' '.join(tests)}")
        self.seconds[tests] = time.monotonic() - began

    def notices(self, mutant: Mutant, room: Room) -> str:
        """How the tests notice a mutant: near, far or late; empty if they do not."""
        file = self.root / mutant.file
        source = file.read_bytes()
        file.write_bytes(mutant.applied_to(source))
        try:
            for tests in room.sets_for(mutant.file):
                status = self._status(tests, 30 + 5 * self.seconds[tests])
                if status:
                    if status is True:
                        return "late"
                    return "far" if tests is room.far else "near"
            return ""
        finally:
            file.write_bytes(source)

    def _status(self, tests: tuple[str, ...], limit_s: float | None) -> int | bool:
        """The exit status of pytest; True if it took too long."""
        paths = [str(self.root / part) for part in ("", "providers", "fakes")]
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", "-qx", "-n", "0", "--no-header"),
                *("-p", "no:randomly", "-p", "no:cacheprovider", *_IGNORED, *tests),
            ],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HYPOTHESIS_PROFILE": "mutants",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return child.wait(limit_s)
        except subprocess.TimeoutExpired:
            return True
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def room_of(file: str) -> Room | None:
    if file.startswith(LEFT_OUT):
        return None
    return next((room for room in ROOMS if file.startswith(room.path)), None)


def all_mutants(places: Iterable[str]) -> list[Mutant]:
    """Those of the modules that have a room, and whose path begins with a place."""
    begin = tuple(places) or ("",)
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for folder in ("verify_core", "providers/verify_providers")
        for path in (ROOT / folder).rglob("*.py")
    )
    return [
        mutant
        for file in files
        if file.startswith(begin) and room_of(file)
        for mutant in mutants_of(file, (ROOT / file).read_bytes())
    ]


def equivalent(mutants: Iterable[Mutant]) -> set[Mutant]:
    """
    The mutants that are known to change nothing.

    Raises:
        SystemExit: A row has no reason.
    """
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    for row in rows:
        if not row.get("why", "").strip():
            sys.exit(f"{EQUIVALENT.name}: a row has no reason: {row}")
    known = {tuple(row[name] for name in ("file", "before", "after")) for row in rows}
    return {each for each in mutants if (each.file, each.before, each.after) in known}


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("places", nargs="*", help="what paths begin with; all if none")
    parser.add_argument("--sample", type=int, help="so many of them; all if left out")
    parser.add_argument("--seed", type=int, default=1, help="which of them (default 1)")
    parser.add_argument("--least", type=float, default=0, help="fail below this score")
    parser.add_argument("--list", action="store_true", help="show them, run nothing")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    asked = parsed(arguments)
    mutants = all_mutants(asked.places)
    if asked.sample is not None and asked.sample < len(mutants):
        chosen = random.Random(asked.seed).sample(mutants, asked.sample)
        mutants = sorted(chosen, key=lambda each: (each.file, each.span))
    if asked.list:
        print(*mutants, sep="\n")
        return 0
    same = equivalent(mutants)
    os.nice(10)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "project")
        bench.set_up()
        survivors = tried(bench, [each for each in mutants if each not in same])
    count = len(mutants) - len(same)
    score = 100 * (count - len(survivors)) / count if count else 100.0
    print(*survivors, sep="\n")
    print(
        f"{count - len(survivors)} of {count} noticed: {score:.1f} %; "
        f"{len(same)} more change nothing"
    )
    return int(score < asked.least)


def tried(bench: Bench, mutants: list[Mutant]) -> list[Mutant]:
    """The mutants that no test notices."""
    survivors = []
    how: Counter[str] = Counter()
    for number, mutant in enumerate(mutants, 1):
        room = room_of(mutant.file)
        assert room is not None
        for tests in room.sets_for(mutant.file):
            bench.measure(tests)
        noticed = bench.notices(mutant, room)
        how[noticed] += 1
        if not noticed:
            survivors.append(mutant)
        said = noticed or "SURVIVES"
        print(f"{number}/{len(mutants)} {said}: {mutant}", file=sys.stderr, flush=True)
    print(dict(how), file=sys.stderr)
    return survivors


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
