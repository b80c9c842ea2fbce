"""
Fixtures for pytest: `twilio_fake`, `twilio_server`, `sms_inbox`.

pytest loads this module in every project where the package is installed, so nothing
but pytest is imported before a fixture is used. `-p no:verify_fakes` switches it off.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .kit._installing import install_hint

if TYPE_CHECKING:
    from ._inbox import Inbox
    from .mounted._twilio import FakeTwilio
    from .served._account import ServedTwilio
    from .served._process import FakeServerProcess

_LOOPBACK = re.compile(r"https?://(?:127(?:\.[0-9]+){3}|localhost|\[::1\])[:/]")


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
