"""docs/vonage.md runs, and its lists are complete and true."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import responses

from tests.support.loopback import Received
from tests.vonage.tiny import TinyVonage
from verify_core.verification import Verdict
from verify_providers.vonage import VonageExtras, VonageVerify, api, settings
from verify_providers.vonage.errors import STATUSES
from verify_providers.vonage.wire import _VERDICTS

TEXT = (Path(__file__).parents[2] / "docs" / "vonage.md").read_text(encoding="utf-8")


@contextmanager
def mounted(tiny: TinyVonage) -> Iterator[None]:
    """The tiny vendor at Vonage's own address, without a network."""

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 - theirs
        target = request.url.removeprefix(api.BASE_URL)
        raw = tiny.answer(Received(request.method, target, {}, request.body or b""))
        head, _, body = raw.partition(b"\r\n\r\n")
        return int(head.split()[1]), {}, body

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in (responses.POST, responses.DELETE):
            mock.add_callback(method, re.compile(re.escape(api.BASE_URL)), answer)
        yield


def test_python_blocks_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    sent = []

    for block in blocks:
        tiny = TinyVonage()
        with mounted(tiny):
            exec(compile(block, "docs/vonage.md", "exec"), {})
        sent += tiny.messages

    assert len(blocks) == 3
    assert sent == ["sms", "sms"]


def test_every_option_is_documented() -> None:
    names = {field.name for field in attrs.fields(VonageExtras)}
    names |= set(inspect.signature(VonageVerify).parameters)
    names |= set(settings._OPTIONS) | settings._FILES  # noqa: SLF001 - the lists

    assert {name for name in names if f"`{name}`" not in TEXT} == set()


def test_every_variable_is_documented() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'"((?:VONAGE|VERIFY)_[A-Z_]+)"', source))

    assert len(names) == 7
    assert {name for name in names if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize(
    ("status", "named"), re.findall(r"^\| (\d{3}) \| ([^|]+) \|", TEXT, re.MULTILINE)
)
def test_error_rows_are_those_of_the_table(status: str, named: str) -> None:
    error = STATUSES.get(int(status))
    verdict = _VERDICTS.get(int(status))

    names = {error.__name__ if error else "Ambiguous", verdict.name if verdict else ""}
    assert any(f"`{name}`" in named for name in names)


def test_every_status_and_verdict_has_a_row() -> None:
    rows = set(re.findall(r"^\| (\d{3})\b", TEXT, re.MULTILINE))

    told = {401, 402, 403, 404, 409, 412, 422, 429, 500, 501, 503}
    assert {str(status) for status in told} <= rows
    for verdict in set(Verdict) - {Verdict.EXPIRED}:
        assert f"| `{verdict.name}`" in TEXT
