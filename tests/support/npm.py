"""Where the SDKs for Node are: installed once, as package-lock.json pins them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from .apart import require_mark

FOLDER = Path(__file__).parents[1] / "sdk" / "node"
_MODULES = FOLDER / "node_modules"
_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
_INSTALL_S = 60


def node() -> str:
    """The interpreter; skips the test where there is none."""
    require_mark("node")
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def node_modules() -> Path:
    """The folder with npm's `twilio` in it; skips the test where there can be none."""
    require_mark("node", "browser")
    if not (_MODULES / "twilio").is_dir() and (problem := _install()):
        pytest.skip(problem)
    return _MODULES


def _is_whole() -> bool:
    named = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    return all((_MODULES / each).is_dir() for each in named["dependencies"])


@cache
def _install() -> str:
    """Install it; gives what is in the way, and nothing if nothing is."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    # Beside the place where it belongs, and then moved: two workers may do it at once.
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".npm-") as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, work)
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
            if _MODULES.is_dir():  # of an earlier lock
                _MODULES.rename(Path(work) / "earlier")
            (Path(work) / "node_modules").rename(_MODULES)
        except OSError:
            assert _is_whole(), f"{_MODULES} lacks a package"
    return ""
