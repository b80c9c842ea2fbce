"""
What a person typed or a developer set, refused: `ValueError`s, no provider's fault.

The whole tree of errors is drawn in `verify_core.errors`.
"""

from __future__ import annotations

from enum import StrEnum


class InputError(ValueError):
    """
    What a person typed, or a login carried, cannot be used; asking again is the way on.

    Attributes:
        reason: Why, as a member of a closed list.
    """

    def __init__(self, reason: StrEnum, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


class InvalidSetting(ValueError):
    """
    A developer's setting cannot be used; found before any request is made.

    Attributes:
        setting: Which one, by the name under which it was passed.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(setting, message)
        self.setting = setting

    def __str__(self) -> str:
        return f"{self.setting}: {self.args[1]}"
