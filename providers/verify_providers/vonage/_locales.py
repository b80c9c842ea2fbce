"""
The languages that Vonage's messages speak, and the nearest one to a hint.

Source: Vonage, "Verify Languages" (Verify v2 guide), read 2026-11-28, with the tags of
"Verify Languages" of the v1 guide, read the same day, for the languages of its later
rows; `he-il` stands in the current guide as others report it. Another tag may be
refused, so it is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from verify_core.channels import Channel

LOCALES = (
    *("ar-xa", "cs-cz", "da-dk", "de-de", "el-gr"),
    *("en-us", "en-gb", "en-au", "en-in"),
    *("es-es", "es-mx", "es-us"),
    *("fi-fi", "fil-ph", "fr-fr", "fr-ca", "he-il", "hi-in", "hu-hu"),
    *("id-id", "is-is", "it-it", "ja-jp", "ko-kr", "nb-no", "nl-nl"),
    *("pl-pl", "pt-br", "pt-pt", "ro-ro", "ru-ru", "sv-se", "th-th"),
    *("tr-tr", "vi-vn", "zh-cn", "zh-tw", "zh-hk"),
)
"""Tags with a text of Vonage's own."""

TEMPLATE_LOCALES = (
    *("af-za", "az-az", "bg-bg", "bn-bd", "ca-es", "cmn-cn", "hr-hr", "sq-al"),
)
"""Tags that only a template of the account's own has a text in."""

_NOT_SPOKEN = {
    "zh-hk": frozenset({Channel.CALL, Channel.WHATSAPP, Channel.EMAIL}),
    "zh-tw": frozenset({Channel.CALL}),
}
"""Channels that lack a text of Vonage's own."""

# Other tags for the same language: ISO 639 withdrew `in` and `iw` in 1989; Norwegian
# without a written form is read as bokmål; BCP 47 prefers `fil` and `zh`.
_SAME = {"in": "id", "iw": "he", "no": "nb", "nn": "nb", "tl": "fil", "yue": "zh"}

# Whose English, Spanish, Portuguese and Chinese a region reads; from Unicode CLDR 45,
# supplemental data, parentLocales: en-001, es-419, pt-PT, and zh-Hant.
_AMERICAN = {"as", "gu", "mh", "mp", "ph", "pr", "um", "us", "vi", "bi"}
_LATIN_AMERICA = {
    *("419", "ar", "bo", "br", "bz", "cl", "co", "cr", "cu", "do", "ec", "gt", "hn"),
    *("mx", "ni", "pa", "pe", "pr", "py", "sv", "uy", "ve"),
}
_TRADITIONAL = {"hant", "mo", "tw"}


def nearest_locale(
    hint: str, channels: Iterable[Channel] = (), *, has_template: bool = False
) -> str | None:
    """
    Vonage's tag for a BCP 47 tag, or None: `de-CH` is `de-de`, `pt_BR` is `pt-br`.

    Args:
        hint: The language that is asked for.
        channels: Of the workflow's steps; a tag must be spoken on each.
        has_template: Whether a template of the account's own is used, which may have
            texts in more languages.
    """
    language, *rest = hint.strip().lower().replace("_", "-").split("-")
    if language == "yue":
        rest.append("hk")  # Cantonese is written in Hong Kong's characters
    language = _SAME.get(language, language)
    known = (*LOCALES, *(TEMPLATE_LOCALES if has_template else ()))
    offered = [tag for tag in known if tag.startswith(f"{language}-")]
    if not offered:
        return None
    tags = {f"{language}-{subtag}" for subtag in rest}
    found = next((tag for tag in offered if tag in tags), None)
    found = found or _parent(language, rest) or offered[0]
    unspoken = frozenset() if has_template else _NOT_SPOKEN.get(found, frozenset())
    return None if unspoken.intersection(channels) else found


def _parent(language: str, rest: list[str]) -> str | None:
    regions = {part for part in rest if re.fullmatch("[a-z]{2}|[0-9]{3}", part)}
    if language == "en" and regions:
        return "en-us" if regions & _AMERICAN else "en-gb"
    if language == "es" and regions & _LATIN_AMERICA:
        return "es-mx"
    if language == "pt" and regions:
        return "pt-pt"
    if language == "zh" and _TRADITIONAL.intersection(rest):
        return "zh-hk" if "mo" in rest else "zh-tw"
    return None
