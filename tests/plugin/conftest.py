"""Small projects of somebody else's, run with pytest as they would run them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
[pytest]
addopts =
    --strict-markers -p no:cacheprovider -p no:randomly
    -p no:anyio -p no:hypothesispytest
filterwarnings =
    error
    ignore:Module already imported so cannot be rewritten
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write a test file, and run pytest on it: here, or by workers in processes."""
    paths = [str(ROOT), str(ROOT / "providers"), str(ROOT / "fakes")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    pytester.makefile(".ini", pytest=SETTINGS)

    def run_pytest(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        if "-n" in options:
            return pytester.runpytest_subprocess(*options, timeout=60)
        return pytester.runpytest_inprocess(*options)

    return run_pytest
