"""
Tests that start what is not ours: a browser, another language, a database's server.

They carry a mark, and `pytest` alone leaves them out (`addopts` in pyproject.toml), for
they wait longer than they compute. `.ci/apart` runs them: `pytest -m browser`, say.
What starts something asks `require_mark` first, so that no test does it unmarked.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

MARKS = ("browser", "database", "languages", "node", "redis", "tutorial")

_RUNNING: list[pytest.Item] = []
"""The test that runs in this process, and those that run it within themselves."""


def begins(item: pytest.Item) -> None:
    _RUNNING.append(item)


def ends() -> None:
    _RUNNING.pop()


def require_mark(*marks: str) -> None:
    """Fail the test that is running unless it has one of the marks."""
    if _RUNNING and not any(map(_RUNNING[-1].get_closest_marker, marks)):
        pytest.fail(f"a test that needs this is marked: @pytest.mark.{marks[0]}")


def never_passed(passed: Iterable[pytest.TestReport]) -> list[str]:
    """Return the marks of which no test passed: all were skipped, or all are gone."""
    seen = {mark for report in passed for mark in report.keywords}
    return [mark for mark in MARKS if mark not in seen]
