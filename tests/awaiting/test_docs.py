"""docs/how-to/web.md runs, with the fake for VERIFY_PROVIDER."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from verify_core import read_phone
from verify_core.verification import Delivery, StartRequest, Verdict

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "web.md").read_text(
    encoding="utf-8"
)
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def ran(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - what a block defines
    monkeypatch.setenv("VERIFY_PROVIDER", "fake://?seed=1")
    names: dict[str, Any] = {}
    block = BLOCKS[request.param].replace("2027", "9000")  # these tests outlive it
    exec(compile(block, "docs/how-to/web.md", "exec"), names)
    return names


@pytest.mark.parametrize("ran", [0], indirect=True)
def test_synchronous_block(ran: dict[str, Any]) -> None:
    assert ran["started"].delivery is Delivery.SENT
    assert ran["result"].verdict is Verdict.WRONG_CODE


@pytest.mark.parametrize("ran", [1], indirect=True)
def test_asynchronous_block(ran: dict[str, Any]) -> None:
    asyncio.run(ran["serve"]())


@pytest.mark.parametrize("ran", [2], indirect=True)
def test_block_with_test_numbers(ran: dict[str, Any]) -> None:
    provider = ran["provider"]
    started = provider.start(StartRequest(identifier=read_phone("+1 415 555 0123")))

    assert provider.check(started.ref, "246810").verdict is Verdict.APPROVED


def test_no_block_is_left_out() -> None:
    assert len(BLOCKS) == 3
