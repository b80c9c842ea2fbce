"""Which missing module is blamed on an extra, and which is not."""

from __future__ import annotations

import pytest

from verify_fakes.kit._installing import advice, install_hint


@pytest.mark.parametrize("name", ["httptools", "starlette.routing", "click"])
def test_a_library_is_named_with_its_extra(name: str) -> None:
    missing = ModuleNotFoundError(f"No module named {name!r}", name=name)

    assert advice(missing) == f"{name} is missing: {install_hint('server')}"


@pytest.mark.parametrize(
    "name", ["verify_fakes.server.gone", "verify_core", "verify_providers.x"]
)
def test_a_module_of_our_own_is_not(name: str) -> None:
    """No extra would bring it; the traceback says what is broken."""
    missing = ModuleNotFoundError(f"No module named {name!r}", name=name)

    with pytest.raises(ModuleNotFoundError) as raised:
        advice(missing)

    assert raised.value is missing
