"""The fuzz in small, on servers in processes of their own."""

from __future__ import annotations

import random

import pytest

from tests.server.attack import HASTY
from tests.server.fuzz import Unsound, answers, documented, main, mutated, run
from tests.server.targets import target
from tests.support.each import require_each
from tests.support.twilio import described

pytest.importorskip("trustme", reason="the server's libraries are not installed")


@pytest.mark.parametrize("vendor", ["twilio", "vonage"])
def test_no_bytes_make_a_server_unsound(vendor: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    with target(vendor, proxy=vendor == "twilio", bounds=HASTY) as on:
        tally = run(on, mutated(on), number=20, seed=seed)

    assert tally.unsound == [], f"--seed {seed}"
    assert tally.statuses[400] > 0
    assert tally.statuses[200] > 0


@pytest.mark.spec
@pytest.mark.skipif(
    not described.DOCUMENTS.is_dir(),
    reason="Twilio's API description is not in ../shared/openapi",
)
def test_no_request_of_the_documents_does() -> None:
    with target(bounds=HASTY) as on:
        tally = run(on, documented(on), number=20, seed=1)

    assert tally.unsound == []
    assert tally.statuses[200] > 0


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"


def test_what_is_unsound_is_seen() -> None:
    def seen(heard: bytes) -> None:
        with pytest.raises(Unsound):
            list(answers(heard))

    require_each(
        [
            b"nonsense",
            b"HTTP/1.1 200 OK\r\n\r\n",
            HEAD + b"\r\n1",
            HEAD + b"content-type: application/json\r\n\r\n}{",
            HEAD.replace(b"200", b"400") + b"\r\nno",
            HEAD.replace(b"200", b"500") + b"\r\n{}",
            HEAD.replace(b"length: 2", b"length: 9") + b"\r\nTraceback",
            HEAD + b"\r\n{}HTTP/1.1",
        ],
        seen,
    )
    assert list(answers(HEAD + b"\r\n{}" + HEAD + b"\r\n[]")) == [200, 200]


def test_the_command_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "--full" in capsys.readouterr().out
