"""
Phone numbers, e-mail addresses and codes as fields of other people's frameworks.

Each module is named by its framework and imported only by who uses it: `.pydantic`,
`.django`, `.wtforms`. All of them read with `verify_core.read_phone` and its policy, so
that a number is accepted, refused and written alike wherever it is typed.
"""

from __future__ import annotations

__all__: list[str] = []
