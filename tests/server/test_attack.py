"""The attacks in small, on servers in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.attack import ATTACKS, HASTY, Row, main
from tests.server.targets import Target, target

pytest.importorskip("trustme", reason="the server's libraries are not installed")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="needs /proc"
)


@pytest.fixture(scope="module", params=["twilio", "vonage"])
def on(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A server that lives through all attacks, one after another."""
    vendor = request.param
    with target(vendor, proxy=vendor == "twilio", bounds=HASTY) as it:
        yield it


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: row.act.__name__)
def test_it_holds(row: Row, on: Target) -> None:
    if on.vendor in row.vendors:
        row.act(on, row.small)


def test_the_command_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "--full" in capsys.readouterr().out
