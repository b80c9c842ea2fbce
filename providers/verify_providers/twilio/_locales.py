"""The languages that Twilio speaks, and the nearest one to a hint."""

from __future__ import annotations

# An unsupported override is an error at Twilio, so anything else is not sent at all.
# Source: Twilio, "Verify supported languages", read 2026-11-22.
_SUPPORTED = {
    *("af", "ar", "ca", "cs", "da", "de", "el", "en", "en-GB", "es", "et", "fi", "fr"),
    *("he", "hi", "hr", "hu", "id", "it", "ja", "kn", "ko", "lt", "mr", "ms", "nb"),
    *("nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sv", "te", "th", "tl", "tr", "uk"),
    *("vi", "zh", "zh-CN", "zh-HK"),
}

# Other tags for the same language: BCP 47 prefers `fil`, and Norwegian without a
# written form is read as bokmål; ISO 639 withdrew `iw` and `in` in 1989.
_SAME = {"fil": "tl", "no": "nb", "nn": "nb", "iw": "he", "in": "id"}
_TRADITIONAL = {"TW", "MO", "HANT"}


def nearest_locale(hint: str) -> str | None:
    """
    Twilio's tag for a BCP 47 tag, or None: `de-CH` is `de`, `pt_br` is `pt-BR`.

    A hint for traditional Chinese characters never gets simplified ones: Hong Kong's
    serve Taiwan and Macau as well.
    """
    language, *rest = hint.strip().replace("_", "-").split("-")
    language = _SAME.get(language.lower(), language.lower())
    subtags = [part.upper() for part in rest]
    for subtag in subtags:
        if f"{language}-{subtag}" in _SUPPORTED:
            return f"{language}-{subtag}"
    if language == "zh" and _TRADITIONAL.intersection(subtags):
        return "zh-HK"
    return language if language in _SUPPORTED else None
