"""
The texts of a message with a code, by language; they stand in `texts.json`.

The code comes first, so that a notification shows it, and no link stands in a text.
Spanish, Portuguese, Polish and Turkish are worded without the letters that GSM-7 lacks,
so that a text has 160 characters to itself and not 70 (3GPP TS 23.038).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pkgutil import get_data

from attrs import field, frozen


@frozen(kw_only=True)
class MessageWording:
    """
    What one language says; `{code}`, `{brand}` and `{time}` are filled in.

    Attributes:
        text: Of an SMS or a chat message, and a mail's first line.
        spoken: What a call says, with the code twice.
        subject: Of a mail.
        valid: How long the code works, in a mail; empty says nothing of it.
        unasked: What to do who asked for no code, in a mail.
        units: Minutes and hours as written after a number, alike for every number.
    """

    text: str
    spoken: str
    subject: str
    valid: str = ""
    unasked: str = ""
    units: tuple[str, ...] = field(default=(" min", " h"), converter=tuple)


CATALOGUE: Mapping[str, MessageWording] = {
    language: MessageWording(**texts)
    for language, texts in json.loads(
        get_data(__package__, "texts.json") or b""
    ).items()
}
"""Simplified Chinese is `zh`; Taiwan, Hong Kong and Macau read `zh-Hant`."""

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left, those of an application's own texts too."""
