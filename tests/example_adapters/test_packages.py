"""The packages for other people's Django applications, each by its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("folder", "needs"), [("allauth", "allauth"), ("two_factor", "two_factor")]
)
def test_the_package_passes_its_own_tests(folder: str, needs: str) -> None:
    if find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    paths = (_ROOT / "examples" / folder, _ROOT, _ROOT / "providers", _ROOT / "fakes")

    ran = subprocess.run(
        [sys.executable, "-m", "django", "test", "tests"],
        cwd=paths[0],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    assert "\nOK" in ran.stderr
