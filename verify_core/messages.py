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


def text_of(key: str, languages: str | Iterable[str] = ()) -> str:
    """
    The text of a key, in the first of the languages that we have.

    >>> text_of("error.verdict.gone", ["de-AT", "en"])
    'Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.'

    Args:
        key: A key of the catalogue, such as the `message_key` of a record.
        languages: BCP 47 tags, best first, or one tag; English if we have none of them.

    Raises:
        InvalidSetting: The key is not in the catalogue, or a language is not a text.
    """
    asked = (
        tag.replace("_", "-").partition("-")[0].lower() for tag in _tags(languages)
    )
    known = (each for each in asked if each in LANGUAGES)
    texts = texts_in(next(known, DEFAULT_LANGUAGE))
    text = texts.get(str(key))
    if text is None:
        raise _unfit("key", "takes the message_key of record_of(problem)")
    return text


def _tags(languages: object) -> tuple[str, ...]:
    listed = (languages,) if isinstance(languages, str) else languages
    tags = tuple(listed) if isinstance(listed, Iterable) else (None,)
    if not all(isinstance(tag, str) for tag in tags):
        raise _unfit("languages", "takes BCP 47 tags, such as ['de', 'en']")
    return tags


def _unfit(setting: str, message: str) -> Exception:
    from .errors import InvalidSetting  # here, since errors take their texts from above

    return InvalidSetting(setting, message)
