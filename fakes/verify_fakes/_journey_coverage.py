"""What `pytest --journey-coverage` does: counts, merges workers, reports, writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from verify_core.journeys._coverage import Coverage, watchers
from verify_core.journeys._json import shown

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "journey_coverage"


class JourneyCoverage:
    """Counts outcomes of all walks in this process, and of pytest-xdist's workers."""

    def __init__(self, *, file: Path | None, fail_under: float) -> None:
        self.coverage = Coverage()
        self._file = file
        self._fail_under = fail_under
        watchers.append(self.coverage.watch)

    def pytest_unconfigure(self) -> None:
        watchers.remove(self.coverage.watch)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - of pytest-xdist
        counted = getattr(node, "workeroutput", {}).get(_KEY)  # not of a crashed one
        if counted is not None:
            self.coverage.add(Coverage.of_json(counted))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = self.coverage.as_json()
            return
        if self._file is not None:
            written = json.dumps(self.coverage.as_json(), indent=2) + "\n"
            self._file.write_text(written, encoding="utf-8")
        if self._is_under and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        terminalreporter.section("journey coverage: outcomes never taken")
        for line in self._lines():
            terminalreporter.write_line(line)
        if self._is_under:
            terminalreporter.write_line(
                f"FAIL: under the {self._fail_under:g} % that are required", red=True
            )

    @property
    def _is_under(self) -> bool:
        return self.coverage.percent < self._fail_under

    def _lines(self) -> Iterator[str]:
        nodes = [*self.coverage.by_node()]
        for journey, group in groupby(nodes, lambda each: each[0]):
            yield f"{shown(journey)}"
            missing = [
                (name, [shown(each) for each, count in outcomes.items() if not count])
                for _, _, name, outcomes in group
            ]
            for name, outcomes in missing:
                if outcomes:
                    yield f"  {shown(name)}: {', '.join(outcomes)}"
            if not any(outcomes for _, outcomes in missing):
                yield "  every outcome was taken"
        if not nodes:
            yield "no journey was walked"
        counts = self.coverage.counts
        taken = sum(count > 0 for count in counts.values())
        percent = int(self.coverage.percent * 10) / 10  # never rounded up
        yield f"{taken} of {len(counts)} outcomes taken: {percent:g} %"
