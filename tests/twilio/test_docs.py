"""docs/twilio.md runs, and its lists are complete and true."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

from verify_fakes import fake_twilio
from verify_fakes.served import ServedTwilio
from verify_providers.twilio import TwilioExtras, TwilioVerify, settings
from verify_providers.twilio.codes import ERROR_CODES

TEXT = (Path(__file__).parents[2] / "docs" / "twilio.md").read_text(encoding="utf-8")


BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_python_block_runs(block: str, twilio_server: ServedTwilio) -> None:
    """What blocks meets the mounted fake; what awaits meets the server."""
    own = {"VA00000000000000000000000000000001": twilio_server.service_sid}
    own["AC00000000000000000000000000000001"] = twilio_server.account_sid
    own["the auth token"] = twilio_server.auth_token
    if "async def" in block:
        for shown, true in {**own, "http://127.0.0.1:4010": twilio_server.url}.items():
            block = block.replace(shown, true)
        exec(compile(block, "docs/twilio.md", "exec"), {})
        return
    with fake_twilio():
        exec(compile(block, "docs/twilio.md", "exec"), {})


def test_every_option_is_documented() -> None:
    names = {field.name for field in attrs.fields(TwilioExtras)}
    names |= set(inspect.signature(TwilioVerify).parameters)
    names |= set(settings._OPTIONS)  # noqa: SLF001 - the list itself

    assert {name for name in names if f"`{name}`" not in TEXT} == set()


def test_every_variable_is_documented() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'"((?:TWILIO|VERIFY)_[A-Z_]+)"', source))

    assert len(names) == 8
    assert {name for name in names if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize(
    ("code", "named"), re.findall(r"^\| (\d{5}) \| ([^|]+) \|", TEXT, re.MULTILINE)
)
def test_error_rows_are_those_of_the_table(code: str, named: str) -> None:
    assert ERROR_CODES[int(code)].__name__ in named
