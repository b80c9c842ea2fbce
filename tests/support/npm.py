"""Where the SDKs for Node are: installed once, as each package-lock.json pins them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from .apart import require_mark

_SDK = Path(__file__).parents[1] / "sdk"
#: The newest SDKs.
FOLDER = _SDK / "node"
#: Earlier SDKs, and the tools that stand on them.
CLIENTS = _SDK / "clients"
_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
_INSTALL_S = 240


def node() -> str:
    """The interpreter; skips the test where there is none."""
    require_mark("node")
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def node_modules(folder: Path = FOLDER) -> Path:
    """The modules that a folder pins; skips the test where there can be none."""
    require_mark("node", "browser")
    modules = folder / "node_modules"
    if not _is_whole(folder) and (problem := _install(folder)):
        pytest.skip(problem)
    return modules


def _is_whole(folder: Path) -> bool:
    named = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    modules = folder / "node_modules"
    return all((modules / each).is_dir() for each in named["dependencies"])


@cache
def _install(folder: Path) -> str:
    """Install it; gives what is in the way, and nothing if nothing is."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    modules = folder / "node_modules"
    # Beside the place where it belongs, and then moved: two workers may do it at once.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".npm-") as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, work)
        try:
            subprocess.run(
                [npm, *_CI],
                cwd=work,
                capture_output=True,
                text=True,
                timeout=_INSTALL_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = (line for line in error.stderr.splitlines() if "error" in line)
            return f"npm ci failed: {next(said, error.returncode)}"
        except subprocess.TimeoutExpired:
            return f"npm ci took more than {_INSTALL_S} seconds"
        try:
            if modules.is_dir():  # of an earlier lock
                modules.rename(Path(work) / "earlier")
            (Path(work) / "node_modules").rename(modules)
        except OSError:
            assert _is_whole(folder), f"{modules} lacks a package"
    return ""
