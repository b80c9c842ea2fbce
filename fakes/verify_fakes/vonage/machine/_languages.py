"""
The language of a start that names none: the one that its number's prefix speaks.

Source: Vonage, "Verify Languages" (`locale` not provided: determined by the prefix of
the phone number, or else `en-gb`), read 2026-11-28, which names no language for any
prefix. Here it is the language of that page which has a text of Vonage's own and the
prefix's country in its tag; of several the one that most people there speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import phonenumbers

FALLBACK: Final = "en-gb"
_BY_CALLING_CODE: Mapping[int, str] = {
    1: "en-us",
    7: "ru-ru",
    30: "el-gr",
    31: "nl-nl",
    33: "fr-fr",
    34: "es-es",
    36: "hu-hu",
    39: "it-it",
    40: "ro-ro",
    44: "en-gb",
    45: "da-dk",
    46: "sv-se",
    47: "nb-no",
    48: "pl-pl",
    49: "de-de",
    52: "es-mx",
    55: "pt-br",
    61: "en-au",
    62: "id-id",
    63: "fil-ph",
    66: "th-th",
    81: "ja-jp",
    82: "ko-kr",
    84: "vi-vn",
    86: "zh-cn",
    90: "tr-tr",
    91: "en-in",
    351: "pt-pt",
    354: "is-is",
    358: "fi-fi",
    420: "cs-cz",
    852: "zh-hk",
    886: "zh-tw",
}


def spoken_at(addresses: Iterable[str]) -> str:
    """
    The language of the first phone number among a workflow's addresses.

    Args:
        addresses: Phone numbers, digits without a plus sign, and e-mail addresses.
    """
    number = next((each for each in addresses if "@" not in each), None)
    if number is None:
        return FALLBACK
    calling_code = phonenumbers.parse(f"+{number}").country_code
    return _BY_CALLING_CODE.get(calling_code or 0, FALLBACK)
