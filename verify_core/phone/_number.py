"""A phone number that was read, and what is known about how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, ClassVar

from attrs import Attribute, field, frozen
from attrs.validators import optional

from ..channels import IdentifierKind
from ..errors import InvalidSetting
from ..frames import unframed_init
from ..masking import Discreet, Revealed, Secret, mask_phone
from ..validation import matching, read_member

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_BEYOND_CODES = 1000
"""Country calling codes have up to three digits; ITU-T E.164, section 6."""
_REGION_CODE = optional(
    matching("[A-Z]{2}", "takes two capital letters (ISO 3166-1), or None")
)


class Provenance(StrEnum):
    """What the country code was read from, the surest first."""

    EXPLICIT = "explicit"
    """A plus sign."""
    IDD = "idd"
    """An international prefix (international direct dialling), such as 00."""
    SEPARATED = "separated"
    """No prefix, but the first group of digits is exactly a calling code."""
    BARE = "bare"
    """No prefix and no separation: a guess that the digits bear out."""
    DEFAULT_REGION = "default_region"
    """The policy's default region; the text has no country code."""


class NumberType(StrEnum):
    """What a number is used for, by the numbering plan; libphonenumber's names."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    """The plan does not distinguish the two, as in North America."""
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    """Universal access number: one number for a company's many lines."""
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    """Possible by its length, but in no range that the plan lists."""


def _canonical(e164: str | Secret) -> Secret:
    # Hidden where it comes from attrs.evolve.
    text: object = e164.reveal() if isinstance(e164, Secret) else e164
    if not isinstance(text, str) or not _E164.fullmatch(text):
        raise InvalidSetting(
            "e164", "takes a plus sign and 2 to 15 ASCII digits, no zero first"
        )
    return Secret(text)


def _begins_the_number(
    instance: PhoneNumber, _attribute: Attribute[int], value: int
) -> None:
    known = type(value) is int and 0 < value < _BEYOND_CODES
    if not known or not instance.e164.startswith(f"+{value}"):
        raise InvalidSetting("calling_code", "takes what the number begins with")


def _provenance(value: str | Provenance) -> Provenance:
    if type(value) is Provenance:
        return value
    return read_member(Provenance, "provenance", value)


@unframed_init
@frozen(kw_only=True, repr=False)
class PhoneNumber(Discreet):
    """
    A phone number in E.164 form; two are equal when the number is.

    `read_phone` makes them. The constructor checks shape only; it is for a number that
    was read before and stored.

    Attributes:
        e164: The full number, plus sign and ASCII digits. Only these two names show it,
            `e164` and `value`; everything else masks it.
        calling_code: The country calling code that it begins with.
        region: ISO 3166-1 alpha-2 code, or None where the calling code is worldwide.
            For a number in no listed range (555), the main region of its calling code.
        provenance: What the country code was read from.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    kind: ClassVar[IdentifierKind] = IdentifierKind.PHONE

    _e164: Secret = field(converter=_canonical)
    calling_code: int = field(eq=False, validator=_begins_the_number)
    region: str | None = field(eq=False, validator=_REGION_CODE)
    provenance: Provenance = field(eq=False, converter=_provenance)

    e164 = Revealed[str]("_e164", "The full number, plus sign and ASCII digits.")

    value = e164
    """The full number, by the same name as in an `EmailAddress`."""

    def __str__(self) -> str:
        return mask_phone(self.e164, self.calling_code)

    def __repr__(self) -> str:
        return f"PhoneNumber({str(self)!r}, {self.provenance.value})"

    def __rich_repr__(self) -> Iterator[str]:
        yield str(self)
        yield self.provenance.value

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, handler: Any) -> Any:  # noqa: ANN401 - pydantic's
        from ..forms.pydantic import phone_schema

        return phone_schema(handler)
