"""docs/reference/providers.md says what the providers declare."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.conformance.support import PAGE, page, shipped, table
from verify_core.registry import provider_names
from verify_providers.guard import GuardPolicy, GuardProvider
from verify_providers.test_numbers import TestNumbers

#: Stand around another provider, so the table has no line for them.
AROUND = {"guard"}


def test_table_is_current() -> None:
    """Where this fails: run what stands at the head of `support.py`."""
    text = PAGE.read_text(encoding="utf-8")

    assert page(text) == text


def test_every_installed_provider_of_ours_has_a_line() -> None:
    text = table()
    ours = set(provider_names()) - AROUND - {"pigeon"}

    assert [name for name in sorted(ours) if f"`{name}" not in text] == []


def test_what_stands_around_a_provider_declares_the_same() -> None:
    until = datetime(2027, 1, 1, tzinfo=UTC)
    for inner in shipped().values():
        numbers = TestNumbers(inner, {"+14155550123": "246810"}, until=until)
        guard = GuardProvider(inner, GuardPolicy())

        assert numbers.capabilities == inner.capabilities
        assert guard.capabilities == inner.capabilities
