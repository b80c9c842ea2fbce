"""Where Twilio's SDK for Node is: installed once, as package-lock.json pins it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("node")
_INSTALL_S = 100


def node() -> str:
    """The interpreter; skips the test where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def node_modules() -> Path:
    """The folder with npm's `twilio` in it; skips the test where there can be none."""
    modules = FOLDER / "node_modules"
    if (modules / "twilio").is_dir():
        return modules
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    # Beside the place where it belongs, and then moved: two workers may do it at once.
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".npm-") as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, work)
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=work,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip()[-300:]}")
        try:
            (Path(work) / "node_modules").rename(modules)
        except OSError:
            assert (modules / "twilio").is_dir(), f"{modules} has no twilio"
    return modules
