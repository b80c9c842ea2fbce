"""
Fixtures for pytest: `twilio_fake`, `twilio_server`, `sms_inbox`, `journey`.

pytest loads this module in every project where the package is installed, so nothing
but pytest is imported before a fixture or `--journey-coverage` is used.
`-p no:verify_fakes` switches it off.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .kit._installing import install_hint

if TYPE_CHECKING:
    from verify_core.journeys import Journey

    from ._inbox import Inbox
    from .mounted._twilio import FakeTwilio
    from .served._account import ServedTwilio
    from .served._process import FakeServerProcess

_LOOPBACK = re.compile(r"https?://(?:127(?:\.[0-9]+){3}|localhost|\[::1\])[:/]")


_COVERAGE = "verify-fakes-journey-coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--journey-coverage`, and what fails the run where too little was taken."""
    group = parser.getgroup("verify_fakes", "journeys of PingAM")
    group.addoption(
        "--journey-coverage",
        nargs="?",
        const="",
        metavar="FILE.json",
        help="Report outcomes of journeys that no test took; write the counts to FILE,"
        " which `verify-core journey draw --coverage` shows.",
    )
    group.addoption(
        "--journey-coverage-fail-under",
        type=float,
        metavar="PERCENT",
        help="Fail where fewer outcomes were taken.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Count the outcomes that walks take, where that is asked for."""
    file = config.getoption("--journey-coverage")
    least = config.getoption("--journey-coverage-fail-under")
    if file is None and least is None:
        return
    if file and not file.endswith(".json"):  # pytest would take `tests` for it
        raise pytest.UsageError("write --journey-coverage=FILE.json, or put it last")
    if least is not None and not 0 <= least <= 100:  # noqa: PLR2004 - per cent
        raise pytest.UsageError("--journey-coverage-fail-under takes 0 to 100")
    path = config.invocation_params.dir / file if file else None
    if path is not None and not path.parent.is_dir():
        raise pytest.UsageError(f"--journey-coverage: there is no folder {path.parent}")
    from ._journey_coverage import JourneyCoverage

    plugin = JourneyCoverage(file=path, fail_under=least or 0)
    config.pluginmanager.register(plugin, _COVERAGE)


@pytest.fixture
def journey(request: pytest.FixtureRequest) -> Callable[..., Journey]:
    """
    Read an exported journey: `journey("Login.journey.json").begin(provider=…)`.

    The path counts from the folder of the test's file, else from the root of the
    project; `name=` says which journey, where there are several.
    """
    from verify_core.journeys import Journey

    beside = request.path.parent
    coverage = request.config.pluginmanager.get_plugin(_COVERAGE)

    def read(path: str | Path, *, name: str | None = None) -> Journey:
        is_beside = (beside / path).exists()
        folder = beside if is_beside else request.config.rootpath
        found = Journey.load(folder / path, name=name)
        if coverage is not None:
            coverage.coverage.know(found)
        return found

    return read


@pytest.fixture
def twilio_fake(request: pytest.FixtureRequest) -> Iterator[FakeTwilio]:
    """
    Twilio Verify in this process: no socket, no account, a standing clock.

    What calls Twilio's hosts through `requests`, the official SDK included, talks to
    it; loopback stays reachable, any other host is refused. The same test has the same
    codes in each run.
    """
    try:
        import responses
    except ImportError:
        pytest.fail(
            f"twilio_fake needs the library responses: {install_hint('testing')}",
            pytrace=False,
        )
    from .mounted._twilio import FakeTwilio

    fake = FakeTwilio(seed=_seed(request))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        fake.mount(mock)
        mock.add_passthru(_LOOPBACK)
        yield fake


@pytest.fixture(scope="session")
def twilio_server_process() -> Iterator[FakeServerProcess]:
    """The server behind `twilio_server`, one per worker; `new_account()` opens one."""
    from .served._process import FakeServerProcess, ServerDidNotStart

    try:
        server = FakeServerProcess()
    except ServerDidNotStart as error:
        pytest.fail(str(error), pytrace=False)
    yield server
    server.stop()


@pytest.fixture
def twilio_server(
    request: pytest.FixtureRequest, twilio_server_process: FakeServerProcess
) -> ServedTwilio:
    """
    An account of this test's own on a fake Twilio with a real socket.

    Needs no reset, and no other test or worker can see it: point the application at
    its `url` with its `account_sid`, `auth_token` and `service_sid`.
    """
    return twilio_server_process.new_account(seed=_seed(request))


@pytest.fixture
def sms_inbox(request: pytest.FixtureRequest) -> Inbox:
    """
    What people receive in this test: `sms_inbox.next("+15553231234").code`.

    Of `twilio_server` where the test uses it, directly or through another fixture; else
    of `twilio_fake`.
    """
    from ._inbox import FakeSource, Inbox, ServedSource

    if "twilio_server" in request.fixturenames:
        return Inbox(ServedSource(request.getfixturevalue("twilio_server")))
    return Inbox(FakeSource(request.getfixturevalue("twilio_fake")))


def _seed(request: pytest.FixtureRequest) -> int:
    """The same for the same test in each run, and another for each test."""
    return zlib.crc32(request.node.nodeid.encode())
