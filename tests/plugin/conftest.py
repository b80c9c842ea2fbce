"""Small projects of somebody else's, run with pytest as they would run them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:randomly
filterwarnings =
    error
    ignore:Module already imported so cannot be rewritten. _editable_impl
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write a test file, and run pytest on it in a process of its own."""
    paths = [str(ROOT), str(ROOT / "providers"), str(ROOT / "fakes")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    pytester.makefile(".ini", pytest=SETTINGS)

    def run_pytest(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(*options, timeout=60)

    return run_pytest
