"""docs/how-to/own-codes.md runs, and each clause of its norms names a real test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Page
from verify_core import Channel, load_provider
from verify_core.testing import all_cases, store_cases
from verify_providers import own
from verify_providers.own import CodeKeys, senders
from verify_providers.own._catalogue import CATALOGUE

PAGE = Page("docs/how-to/own-codes.md")


def test_python_blocks_run_one_after_the_other() -> None:
    pytest.importorskip("redis")

    PAGE.run()


def test_files_shown_are_taken(tmp_path: Path) -> None:
    pytest.importorskip("redis")
    settings, gateway = PAGE.blocks("toml")
    shown = settings.replace("/etc/shop", str(tmp_path))
    (tmp_path / "own.toml").write_text(shown, encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(gateway, encoding="utf-8")
    CodeKeys.generate().write(tmp_path / "own.keys")
    environ = {
        "GATEWAY_KEY": "a secret",
        "SHOP_SMTP": "smtp://u:p@smtp.shop.example?from=codes%40shop.example",
        "SHOP_STORE": "redis://127.0.0.1:1/0",
    }

    provider = load_provider(f"own://{tmp_path}/own.toml", environ=environ)

    assert provider.capabilities.channels == {Channel.EMAIL, Channel.SMS}


def test_every_sender_and_store_is_named() -> None:
    kinds = [*senders.__all__, *own.__all__]

    named = [name for name in kinds if name.endswith(("Sender", "Store"))]
    assert PAGE.without({*named} - {"Sender", "AsyncSender"}) == []


def test_links_lead_somewhere() -> None:
    assert PAGE.dead_links() == []


def test_every_language_of_the_catalogue_is_named() -> None:
    assert PAGE.without(CATALOGUE) == []


def names_of_tests() -> set[str]:
    found = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(
            r"^ *(?:async )?def (test_\w+)",
            Path(file).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    found |= {case.name for case in all_cases()}
    return found | {case.name for case in store_cases()}


def test_every_clause_is_proved_by_a_test_that_there_is() -> None:
    _before, _heading, table = PAGE.text.partition("## The norms")
    rows = [
        line.split("|")[1:-1]
        for line in table.partition("Sources:")[0].splitlines()
        if line.startswith("|")
    ][2:]
    known = names_of_tests()

    assert len(rows) >= 14
    for clause, *_asks, proofs in rows:
        named = set(re.findall(r"`(\w+)`", proofs))
        assert named, clause
        assert named <= known, (clause, named - known)
