"""The languages that Vonage's messages speak, and the nearest one to a wish."""

from __future__ import annotations

from typing import Final

# The list of the API document of 2023-02-08, which PyPI `vonage-verify` 2.2.0 repeats;
# the document of 2026 refers to a page for more. Another tag may be refused, so it is
# not sent.
LOCALES: Final = (
    "en-us",
    "en-gb",
    "es-es",
    "es-mx",
    "es-us",
    "it-it",
    "fr-fr",
    "de-de",
    "ru-ru",
    "hi-in",
    "pt-br",
    "pt-pt",
    "id-id",
)

_WITHDRAWN: Final = {"in": "id"}  # ISO 639, 1989
_LATIN_AMERICA: Final = "419"  # UN M.49


def nearest_locale(wish: str) -> str | None:
    """
    Vonage's tag for a BCP 47 tag, or None: `de-CH` is `de-de`, `pt_BR` is `pt-br`.

    Where a language has several tags, the first of the list stands for all that is not
    there, except that `es-419` is Mexico's Spanish, and that Portuguese of another
    country than Brazil is Portugal's (both as in Unicode CLDR, parent locales).
    """
    language, *rest = wish.strip().lower().replace("_", "-").split("-")
    language = _WITHDRAWN.get(language, language)
    offered = [tag for tag in LOCALES if tag.startswith(f"{language}-")]
    for subtag in rest:
        if f"{language}-{subtag}" in offered:
            return f"{language}-{subtag}"
    if language == "es" and _LATIN_AMERICA in rest:
        return "es-mx"
    if language == "pt" and rest:
        return "pt-pt"
    return offered[0] if offered else None
