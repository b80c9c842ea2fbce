"""docs/how-to/web.md runs, with the fake for VERIFY_PROVIDER."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from verify_core import read_phone
from verify_core.verification import Delivery, StartRequest, Verdict
from verify_fakes import Break

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "web.md").read_text(
    encoding="utf-8"
)
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def ran(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - what a block defines
    monkeypatch.setenv("VERIFY_PROVIDER", "fake://?seed=1")
    names: dict[str, Any] = {"__name__": "__main__"}
    if "from flask" in BLOCKS[request.param]:
        pytest.importorskip("flask")
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
def test_flask_block(ran: dict[str, Any]) -> None:
    outbox = ran["verifier"].provider.outbox
    client = ran["app"].test_client()

    def post(path: str, **form: str) -> tuple[int, str]:
        answer = client.post(path, data=form)
        return answer.status_code, answer.text

    assert post("/check", code="123456")[0] == 422
    assert post("/start", number="555 CALL")[0] == 422
    assert post("/start", number="+1 555 323 1234") == (200, "Sent.")
    assert "15553231234" not in str(client.get_cookie("pending"))
    assert post("/check", code="000000") == (422, "This code is not right. Try again.")
    status, said = post("/check", code=outbox[-1].code)
    assert (status, said) == (200, "+1********34 is signed in.")


@pytest.mark.parametrize("ran", [2], indirect=True)
def test_flask_block_while_the_vendor_is_away(ran: dict[str, Any]) -> None:
    faults = ran["verifier"].provider.faults
    client = ran["app"].test_client()
    faults.arm("start", 20503, last=1)
    assert client.post("/start", data={"number": "+15553231234"}).status_code == 503
    faults.arm("start", Break.ANSWER_LOST, last=1)
    told = client.post("/start", data={"number": "+15553231234"})

    assert "could not confirm" in told.text


@pytest.mark.parametrize("ran", [3], indirect=True)
def test_block_with_test_numbers(ran: dict[str, Any]) -> None:
    provider = ran["provider"]
    started = provider.start(StartRequest(identifier=read_phone("+1 415 555 0123")))

    assert provider.check(started.ref, "246810").verdict is Verdict.APPROVED


def test_no_block_is_left_out() -> None:
    assert len(BLOCKS) == 4
