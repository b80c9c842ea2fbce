"""
The language of a start that names none: that of its number's country, or else English.

Source: Twilio, "Default Languages for Phone Number Country Codes", as archived in 2026,
whose list was read down to Spain. Its code of Romania (226) is another country's; 40 is
meant.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Calling codes, and where the page has one the area code behind it, by language.
_SPOKEN: Mapping[str, str] = {
    "es": "34 51 52 53 54 56 57 502 503 504 505 506 507 591 593 595 1809",
    "ar": "20 965 966 968",
    "de": "43 49 352",
    "fr": "32 33 377",
    "it": "39 378",
    "pt": "55 351",
    "af": "27",
    "el": "357",
    "et": "372",
    "id": "62",
    "ja": "81",
    "lt": "370",
    "pl": "48",
    "ro": "40",
    "sk": "421",
    "zh-CN": "86",
}
_BY_CODE = {
    code: language for language, codes in _SPOKEN.items() for code in codes.split()
}
_LONGEST = max(map(len, _BY_CODE))


def spoken_at(to: str) -> str | None:
    """
    The language of a number's country, where it is not English.

    Args:
        to: A phone number (E.164), or an e-mail address, which has none.
    """
    beginnings = (to[1:end] for end in range(2, _LONGEST + 2))
    return next((_BY_CODE[each] for each in beginnings if each in _BY_CODE), None)
