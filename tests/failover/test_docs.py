"""docs/how-to/failover.md runs, and its lists are complete."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.support.pages import Page
from verify_providers.failover import (
    Child,
    CircuitPolicy,
    FailoverPolicy,
    _settings as settings,
    load_failover,
)

PAGE = Page("docs/how-to/failover.md")


def test_every_python_block_runs() -> None:
    for block in PAGE.blocks("python"):
        PAGE.run(block)


@pytest.mark.parametrize(
    "text", [*PAGE.blocks("toml"), (settings.__doc__ or "").partition("\n\n")[2]]
)
def test_files_shown_are_taken(tmp_path: Path, text: str) -> None:
    file = tmp_path / "failover.toml"
    file.write_text(text.replace("twilio://", "fake://"), encoding="utf-8")

    failover = load_failover(file, environ={"VONAGE_URL": "fake://?profile=least"})

    assert repr(failover).endswith("children=['twilio', 'vonage'])")


def test_every_setting_is_documented() -> None:
    names = {
        each.name
        for kind in (FailoverPolicy, CircuitPolicy)
        for each in attrs.fields(kind)
    }
    names |= {each.name for each in attrs.fields(Child)} - {"provider"}
    names |= {*settings._KEYS, *settings._CHILD_KEYS, *settings._CIRCUIT_KEYS}  # noqa: SLF001 - the lists themselves
    names.add(settings.FILE_VARIABLE)

    assert PAGE.without(names) == []
