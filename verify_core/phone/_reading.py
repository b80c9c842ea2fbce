"""
`read_phone`, and numbers that were read before.

`phonenumbers` costs more to import than the whole core, so that what needs it is
imported where it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from ..errors import InvalidPhoneNumber, InvalidSetting
from ..frames import unframed
from ..validation import require_kind
from ._number import PhoneNumber, Provenance
from ._policy import PhonePolicy

_DEFAULT_POLICY = PhonePolicy()
_FICTIONAL = "+15553231234"


@unframed
def read_phone(text: str, policy: PhonePolicy = _DEFAULT_POLICY) -> PhoneNumber:
    """
    The phone number that a text holds.

    Args:
        text: As typed, pasted or stored; digits of any script.
        policy: How it is read and which numbers are allowed.

    Returns:
        The number in E.164 form; it reads back as itself.

    Raises:
        InvalidPhoneNumber: The text holds no allowed number, or could mean several.
        InvalidSetting: It is not a text, or the policy is not one.
    """
    require_kind("text", text, str)
    require_kind("policy", policy, PhonePolicy)
    return _reader()(text, policy)


def stored_number(e164: str) -> PhoneNumber:
    """
    A number that was read before and stored; it is not judged again.

    Raises:
        InvalidSetting: The text is not in E.164 form, or its calling code is unknown.
    """
    from . import _plan as plan

    parsed = plan.parse(require_kind("e164", e164, str))
    if parsed is None or parsed.country_code is None:
        raise InvalidSetting("e164", "takes a number in E.164 form")
    region, _type = plan.region_and_type(parsed)
    return PhoneNumber(
        e164=e164,
        calling_code=parsed.country_code,
        region=region,
        provenance=Provenance.EXPLICIT,
    )


def example_number(policy: PhonePolicy) -> PhoneNumber | None:
    """
    A number that the policy allows, to be shown as an example; None if none is known.

    Where the policy takes it, this is the fictional +1 555 323 1234. Others come from
    libphonenumber and may belong to a person.
    """
    from . import _plan as plan

    codes = sorted(policy.allowed_calling_codes or ())
    regions = [*sorted(policy.allowed_regions or ()), *map(plan.main_region, codes)]
    if policy.default_region is not None:
        regions.insert(0, policy.default_region)
    for text in (_FICTIONAL, *plan.examples([*regions, "US"])):
        with suppress(InvalidPhoneNumber):
            return read_phone(text, policy)
    return None


@cache
def _reader() -> Callable[[str, PhonePolicy], PhoneNumber]:
    # Once only, because asking for an import costs a tenth of a reading.
    from ._judging import read

    return read
