"""What to say when a library is missing that an extra brings."""

from __future__ import annotations

from typing import Final

from .kit.installing import install_hint

_OURS: Final = frozenset({"verify_core", "verify_fakes", "verify_providers"})


def advice(missing: ModuleNotFoundError) -> str:
    """
    What to install.

    Args:
        missing: As the import raised it.

    Raises:
        ModuleNotFoundError: It is `missing` itself, where a module of our own is not
            there: then something is broken, and no extra would help.
    """
    name = missing.name or ""
    if name.partition(".")[0] in _OURS:
        raise missing
    return f"{name} is missing: {install_hint('server')}"
