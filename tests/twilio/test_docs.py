"""docs/reference/twilio.md runs, and its lists are complete and true."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs

from tests.support.each import require_each
from tests.support.pages import Page
from verify_fakes import fake_twilio
from verify_fakes.served import ServedTwilio
from verify_providers.twilio import TwilioExtras, TwilioVerify, _settings as settings
from verify_providers.twilio._codes import ERROR_CODES

PAGE = Page("docs/reference/twilio.md")


def test_every_python_block_runs(twilio_server: ServedTwilio) -> None:
    """What blocks meets the mounted fake; what awaits meets the server."""
    own = {"VA00000000000000000000000000000001": twilio_server.service_sid}
    own["AC00000000000000000000000000000001"] = twilio_server.account_sid
    own["the auth token"] = twilio_server.auth_token
    own["http://127.0.0.1:4010"] = twilio_server.url

    def runs(block: str) -> None:
        if "async def" not in block:
            with fake_twilio():
                PAGE.run(block)
            return
        for shown, true in own.items():
            block = block.replace(shown, true)
        PAGE.run(block)

    require_each(PAGE.blocks("python"), runs)


def test_every_option_is_documented() -> None:
    names = {field.alias for field in attrs.fields(TwilioExtras)}
    names |= set(inspect.signature(TwilioVerify).parameters)
    names |= set(settings._OPTIONS)  # noqa: SLF001 - the list itself

    assert PAGE.without(names) == []


def test_every_variable_is_documented() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")

    assert PAGE.without(re.findall(r'"((?:TWILIO|VERIFY)_[A-Z_]+)"', source)) == []


def test_error_rows_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d{5}) \| ([^|]+) \|", PAGE.text, re.MULTILINE)

    def agrees(row: tuple[str, str]) -> None:
        code, named = row
        assert ERROR_CODES[int(code)].__name__ in re.findall(r"\w+", named)

    require_each(rows, agrees)
