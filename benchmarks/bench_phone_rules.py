"""
How often each phone rule takes a number without country code for a foreign one.

Mobile numbers of every region, drawn from its numbering plan with a fixed seed, are
written in five ways and given to five rules. Printed is the share that a rule accepts,
as a mean over regions, not over people.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from statistics import fmean

import phonenumbers

from verify_core import InvalidPhoneNumber, PhonePolicy, read_phone
from verify_core.testing._numbers import draw_mobile, regions_with_mobiles

SEED = 20261122
NUMBERS_PER_REGION = 100
STRICT = PhonePolicy(strict=True)

Rule = Callable[[str], str | None]


def by(policy: PhonePolicy) -> Rule:
    def rule(text: str) -> str | None:
        try:
            return read_phone(text, policy).e164
        except InvalidPhoneNumber:
            return None

    return rule


def stripped(text: str) -> str:
    return "+" + "".join(character for character in text if character in "0123456789")


def strip_and_prepend(text: str) -> str | None:
    number = stripped(text)
    return number if re.fullmatch(r"\+[1-9][0-9]{7,14}", number) else None


def by_predicate(accepts: Callable[[phonenumbers.PhoneNumber], bool]) -> Rule:
    def rule(text: str) -> str | None:
        try:
            number = phonenumbers.parse(stripped(text), None)
        except phonenumbers.NumberParseException:
            return None
        return stripped(text) if accepts(number) else None

    return rule


RULES: dict[str, Rule] = {
    "read_phone, default": by(PhonePolicy()),
    "read_phone, strict": by(STRICT),
    "strip, prepend, 8-15 digits": strip_and_prepend,
    "strip, prepend, is_possible": by_predicate(phonenumbers.is_possible_number),
    "strip, prepend, is_valid": by_predicate(phonenumbers.is_valid_number),
}
# The documented examples: two are valid, the third lacks its country code.
EXAMPLES = {
    "+15553231234": "+15553231234",
    "1(555)323-1234": "+15553231234",
    "(555) 323-1234": None,
}
LAYOUTS: dict[str, Callable[[phonenumbers.PhoneNumber], str]] = {
    "national": lambda number: phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.NATIONAL
    ),
    "bare national": phonenumbers.national_significant_number,
    "+ international": lambda number: phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    ),
    "without +": lambda number: phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    ).removeprefix("+"),
    "bare digits": lambda number: phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.E164
    ).removeprefix("+"),
}


def sample() -> dict[str, list[phonenumbers.PhoneNumber]]:
    chance = random.Random(SEED)
    numbers = {}
    for region in regions_with_mobiles():
        drawn = (
            draw_mobile(region, chance.randrange) for _ in range(NUMBERS_PER_REGION)
        )
        numbers[region] = [number for number in drawn if number is not None]
    return numbers


def accepted(
    rule: Rule,
    layout: Callable[[phonenumbers.PhoneNumber], str],
    numbers: dict[str, list[phonenumbers.PhoneNumber]],
) -> float:
    return fmean(
        fmean(rule(layout(number)) is not None for number in of_region)
        for of_region in numbers.values()
    )


def main() -> None:
    numbers = sample()
    count = sum(map(len, numbers.values()))
    print(f"{count} mobile numbers of {len(numbers)} regions, seed {SEED}")
    print("accepted; wanted: examples ok, national 0, international 1")
    print(f"{'rule':29}{'examples':>10}" + "".join(f"{name:>17}" for name in LAYOUTS))
    for name, rule in RULES.items():
        agrees = all(rule(text) == wanted for text, wanted in EXAMPLES.items())
        shares = (accepted(rule, layout, numbers) for layout in LAYOUTS.values())
        row = "".join(f"{share:17.4f}" for share in shares)
        print(f"{name:29}{'ok' if agrees else 'fails':>10}{row}")
    print("targets: default national <= 0.012, bare national <= 0.045 (strict: 0),")
    print("         + international = 1")


if __name__ == "__main__":
    main()
