"""The attacks in small, on servers in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.attack import ATTACKS, HASTY, Row, main
from tests.server.targets import target

pytest.importorskip("trustme", reason="the server's libraries are not installed")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="needs /proc"
)


@pytest.mark.parametrize(
    ("row", "vendor"),
    [(row, vendor) for row in ATTACKS for vendor in row.vendors],
    ids=lambda each: each.act.__name__ if isinstance(each, Row) else each,
)
def test_it_holds(row: Row, vendor: str) -> None:
    with target(vendor, proxy=vendor == "twilio", bounds=HASTY) as on:
        row.act(on, row.small)


def test_the_command_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "--full" in capsys.readouterr().out
