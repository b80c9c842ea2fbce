"""
The texts that people read, by key and language; `texts/` has a file for each language.

No text holds a placeholder for a number or a code, so none can leak one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

DEFAULT_LANGUAGE = "en"
LANGUAGES = frozenset({"de", DEFAULT_LANGUAGE, "es", "fr"})


@cache
def texts_in(language: str) -> Mapping[str, str]:
    """The text of each key in one of the `LANGUAGES`, each of which has every key."""
    from pkgutil import get_data  # part of the package, like its modules

    found: Mapping[str, str] = json.loads(
        get_data("verify_core", f"texts/{language}.json") or b""
    )
    return found


def text_of(key: str, languages: Iterable[str] = ()) -> str:
    """
    The text of a key, in the first of the languages that we have.

    Args:
        key: A key of the catalogue.
        languages: BCP 47 tags, best first; English if we have none of them.

    Raises:
        KeyError: The key is not in the catalogue.
    """
    asked = (tag.replace("_", "-").partition("-")[0].lower() for tag in languages)
    known = (each for each in asked if each in LANGUAGES)
    return texts_in(next(known, DEFAULT_LANGUAGE))[key]
