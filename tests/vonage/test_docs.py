"""docs/reference/vonage.md runs, and its lists are complete and true."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import responses

from tests.support.each import require_each
from tests.support.loopback import Received
from tests.support.pages import Page
from tests.vonage.tiny import TinyVonage
from verify_core.verification import Verdict
from verify_providers.vonage import (
    VonageExtras,
    VonageVerify,
    _provider as provider,
    _settings as settings,
)
from verify_providers.vonage._errors import STATUSES
from verify_providers.vonage._wire import VERDICTS

PAGE = Page("docs/reference/vonage.md")


@contextmanager
def mounted(tiny: TinyVonage) -> Iterator[None]:
    """The tiny vendor at Vonage's own address, without a network."""

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 - theirs
        target = request.url.removeprefix(provider.ADDRESS)
        raw = tiny.answer(Received(request.method, target, {}, request.body or b""))
        head, _, body = raw.partition(b"\r\n\r\n")
        return int(head.split()[1]), {}, body

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in (responses.POST, responses.DELETE):
            mock.add_callback(method, re.compile(re.escape(provider.ADDRESS)), answer)
        yield


def test_every_python_block_runs() -> None:
    sent = []

    for block in PAGE.blocks("python"):
        tiny = TinyVonage()
        with mounted(tiny):
            PAGE.run(block)
        sent += tiny.messages

    assert sent == ["sms", "sms"]


def test_every_option_is_documented() -> None:
    names = {field.name for field in attrs.fields(VonageExtras)}
    names |= set(inspect.signature(VonageVerify).parameters)
    names |= set(settings._OPTIONS) | settings._FILES  # noqa: SLF001 - the lists

    assert PAGE.without(names) == []


def test_every_variable_is_documented() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")

    assert PAGE.without(re.findall(r'"((?:VONAGE|VERIFY)_[A-Z_]+)"', source)) == []


def test_error_rows_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \|", PAGE.text, re.MULTILINE)

    def agrees(row: tuple[str, str]) -> None:
        status, named = int(row[0]), row[1]
        error, verdict = STATUSES.get(status), VERDICTS.get(status)
        names = {error.__name__ if error else "Ambiguous"}
        names |= {verdict.name} if verdict else set()
        assert any(f"`{name}`" in named for name in names)

    require_each(rows, agrees)


def test_every_status_and_verdict_has_a_row() -> None:
    rows = set(re.findall(r"^\| (\d{3})\b", PAGE.text, re.MULTILINE))

    told = {401, 402, 403, 404, 409, 412, 422, 429, 500, 501, 503}
    assert {str(status) for status in told} <= rows
    for verdict in set(Verdict) - {Verdict.EXPIRED}:
        assert f"| `{verdict.name}`" in PAGE.text
