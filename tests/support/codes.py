"""Codes that a person types."""

from __future__ import annotations


def wrong(code: str) -> str:
    """
    A code of the same length that differs in its last digit.

    >>> wrong("123450"), wrong("123459")
    ('123451', '123450')
    """
    return code[:-1] + ("1" if code.endswith("0") else "0")
