"""
What all tests share: Hypothesis profiles, a browser, and both kinds of providers.

`HYPOTHESIS_PROFILE=deep pytest` looks further.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Generator, Iterator
from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support import apart
from tests.support.chromium import browser
from tests.support.kinds import KINDS, worlds_of

# What a name shows of a set or of an object is another text in each process.
_SET_OR_ADDRESS = re.compile(r"set\(\{|\{<| at 0x")

settings.register_profile(
    "default",
    deadline=None,  # two cores are shared with other workers
    max_examples=60,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "mutants",  # benchmarks/mutants.py: the same examples each time, no shrinking
    settings.get_profile("default"),
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.register_profile("deep", settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Numbers are drawn from all regions, whose patterns are more than `re` keeps.
if hasattr(phonenumbers, "enable_pattern_cache"):  # not in the lowest version
    phonenumbers.enable_pattern_cache()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """
    Collect the tests without a search for garbage, and leave them out of later ones.

    Half a million objects live to the end; looking at them over and over was a tenth of
    the suite's time. Another tenth was looking at what the tests themselves make, which
    Python does each time that seven hundred objects have come.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()


def pytest_unconfigure() -> None:
    """Stop the database servers that this process started for its tests."""
    worlds = sys.modules.get("tests.own.stores.worlds")
    if worlds is not None:
        worlds.RUNNING.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Put what needs a database's server first, and what needs the browser last.

    Of two processes each begins with one half, so each of these is started once.
    """
    unstable = [each.nodeid for each in items if _SET_OR_ADDRESS.search(each.nodeid)]
    if unstable:
        raise pytest.UsageError(f"each process names these otherwise: {unstable}")
    items.sort(
        key=lambda item: (
            not any(map(item.get_closest_marker, ("database", "redis"))),
            item.get_closest_marker("browser") is not None,
        )
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--each-mark-passes",
        action="store_true",
        help=f"fail where no test passes of one of: {', '.join(apart.MARKS)}",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    apart.begins(item)
    try:
        return (yield)
    finally:
        apart.ends()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("each_mark_passes"):
        return  # a worker has no reporter
    missing = apart.never_passed(reporter.stats.get("passed", ()))
    if missing:
        reporter.write_line(f"\nno test passed that is marked: {', '.join(missing)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser of all tests marked `browser`."""
    with browser() as window:
        yield window


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a module's tests with providers that block, and with awaited ones."""
    with worlds_of(request.param):
        yield request.param
