"""What a field of a form says about a text that is not what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from attrs import frozen

from verify_core.errors import InputError, InvalidSetting
from verify_core.explain import record_of
from verify_core.messages import text_of

T = TypeVar("T")


@frozen
class FieldRefusal:
    """
    Why a text was refused.

    Attributes:
        code: The reason, such as `missing_country_code`, or `invalid` for another type.
        key: Of its sentence in the catalogue of `verify_core.messages`.
    """

    code: str
    key: str

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to read, so that the field was left out."""
        return self.code == "empty"


def sentence(
    key: str, translated: Callable[[str], str], languages: Iterable[str]
) -> str:
    """
    What the person reads.

    Args:
        key: Of a text in the catalogue.
        translated: The framework's own translation of an English text. Where it has
            one, that is taken, so that an application may word it otherwise.
        languages: The person's, best first, for the texts of this library.
    """
    english = text_of(key)
    own = translated(english)
    return text_of(key, languages) if own == english else own


def read_or_refusal(read: Callable[[str], T], value: object) -> T | FieldRefusal:
    """What a reader of the core makes of a value, or why it refuses it."""
    try:
        return read(value)  # type: ignore[arg-type]  # refuses all but texts
    except InvalidSetting:
        return FieldRefusal("invalid", "error.identifier.other")
    except InputError as error:
        return FieldRefusal(str(error.reason), record_of(error).message_key)
