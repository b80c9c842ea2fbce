"""
What to install where an optional library is missing; the one place that says it.

The fakes share no line with what they test, so `verify_core.installing` says the same
for the rest.
"""

from __future__ import annotations


def install_hint(extra: str) -> str:
    """
    Return the command that brings an extra, for both ways in which this is installed.

    Args:
        extra: Its name in `pyproject.toml`, such as `server`.
    """
    return (
        f"pip install 'verify-core[{extra}]', or in a clone of its repository "
        f"pip install -e '.[{extra}]'"
    )
