"""
What to install where an optional library is missing; the one place that says it.

The fakes share no line with what they test, so `verify_core.installing` says the same
for the rest.
"""

from __future__ import annotations

_OURS = frozenset({"verify_core", "verify_fakes", "verify_providers"})


def install_hint(extra: str) -> str:
    """Return the command that brings an extra, for both ways of installing this."""
    return (
        f"pip install 'verify-core[{extra}]', or in a clone of its repository "
        f"pip install -e '.[{extra}]'"
    )


def advice(missing: ModuleNotFoundError) -> str:
    """
    What to install.

    Raises:
        ModuleNotFoundError: It is `missing` itself, where a module of our own is not
            there: then something is broken, and no extra would help.
    """
    name = missing.name or ""
    if name.partition(".")[0] in _OURS:
        raise missing
    return f"{name} is missing: {install_hint('server')}"
