"""
Holds our reading of numbering plans against the library's own functions.

Numbers are drawn from every pattern of every plan, then some are damaged: a digit
changed, dropped or added, zeros or a trunk prefix put in front. Both must give the same
number, the same E.164 form, the same region and the same type.

    python benchmarks/plan_equality.py --numbers 10000000
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from verify_core.phone import NumberType, _plan as plan
from verify_core.testing._numbers import digits_of

SHARE = 100_000
PLACES = [
    *(
        (phonenumbers.country_code_for_region(r), r)
        for r in phonenumbers.SUPPORTED_REGIONS
    ),
    *((code, "001") for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS),
]
KINDS = ["general_desc", *(kind.value for kind in NumberType)]
TYPES = {getattr(PhoneNumberType, kind.name): kind for kind in NumberType}


def draws() -> list[tuple[int, str | None, Callable[[Callable[[int], int]], str]]]:
    found = []
    for code, region in sorted(PLACES):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        for kind in KINDS:
            desc = getattr(metadata, kind, None)
            if desc is not None and desc.national_number_pattern:
                draw = digits_of(desc.national_number_pattern)
                found.append((code, metadata.national_prefix, draw))
    return found


def texts(seed: int, count: int) -> Iterator[str]:
    chance = random.Random(seed)
    known = draws()
    for _ in range(count):
        code, trunk_prefix, draw = known[chance.randrange(len(known))]
        digits = damaged(draw(chance.randrange), trunk_prefix or "0", chance)
        yield f"+{code}{digits}"


def damaged(digits: str, trunk_prefix: str, chance: random.Random) -> str:
    place, digit = chance.randrange(len(digits)), str(chance.randrange(10))
    match chance.randrange(10):
        case 0:
            return digits[:place] + digit + digits[place + 1 :]
        case 1:
            return digits[:place] + digits[place + 1 :]
        case 2:
            return digits[:place] + digit + digits[place:]
        case 3:
            return trunk_prefix + digits
        case 4:
            return "0" * chance.randrange(1, 4) + digits
    return digits


def library(text: str) -> tuple[object, ...] | None:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        len(phonenumbers.national_significant_number(number)),
        phonenumbers.region_code_for_number(number)
        or phonenumbers.region_code_for_country_code(number.country_code),
        TYPES[phonenumbers.number_type(number)],
        phonenumbers.is_valid_number(number),
    )


def ours(text: str) -> tuple[object, ...] | None:
    number = plan.parse(text)
    if number is None:
        return None
    region, kind = plan.region_and_type(number)
    return (
        plan.format_e164(number),
        len(plan.format_e164(number)) - len(f"+{number.country_code}"),
        region or "001",
        kind,
        plan.is_valid(number),
    )


def differences(seed: int, count: int = SHARE) -> list[str]:
    """The texts of one share on which both differ."""
    # This library's own rule, on top of phonenumbers.
    plan._RETIRED_PREFIXES.clear()  # noqa: SLF001
    return [text for text in texts(seed, count) if ours(text) != library(text)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--numbers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    phonenumbers.re_util.enable_pattern_cache()
    share = min(SHARE, asked.numbers)
    shares = range(asked.seed, asked.seed + -(-asked.numbers // share))
    found: list[str] = []
    with ProcessPoolExecutor() as pool:
        for done, some in enumerate(
            pool.map(partial(differences, count=share), shares), 1
        ):
            found += some
            print(f"{done * share:,} numbers, {len(found)} differences", flush=True)
    for text in found[:20]:
        print(text, ours(text), library(text))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
