"""
Reading an explicit number: ours against the bare library calls that it stands on.

Both are timed in turn, batch by batch, so that whatever else the machine does meets
both; the ratio of medians is what counts. Target: at most 0.8.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import phonenumbers

from verify_core import read_phone

NUMBERS = [
    "+15553231234",
    "+1 (201) 555-0123",
    "+44 20 7946 0958",
    "+44 7400 123456",
    "+4915123456789",
    "+33 6 12 34 56 78",
    "+39 06 1234 5678",
    "+86 131 2345 6789",
    "+91 81234 56789",
    "+55 11 96123-4567",
]
ROUNDS = 60
READS_PER_ROUND = 20
TARGET = 0.8


def ours(text: str) -> str:
    return read_phone(text).e164


def bare(text: str) -> str:
    number = phonenumbers.parse(text, None)
    phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def seconds_per_read(read: Callable[[str], str], texts: list[str]) -> float:
    begin = time.perf_counter()
    for _ in range(READS_PER_ROUND):
        for text in texts:
            read(text)
    return (time.perf_counter() - begin) / (READS_PER_ROUND * len(texts))


def compare(texts: list[str]) -> tuple[float, float]:
    """Medians in microseconds: ours, then the bare calls."""
    for text in texts:  # metadata and compiled patterns are loaded once
        if ours(text) != bare(text):
            raise AssertionError("the two must read the same number")
    rounds = [
        (seconds_per_read(ours, texts), seconds_per_read(bare, texts))
        for _ in range(ROUNDS)
    ]
    return (
        median(pair[0] for pair in rounds) * 1e6,
        median(pair[1] for pair in rounds) * 1e6,
    )


def main() -> None:
    print(f"{'number':22}{'ours us':>10}{'bare us':>10}{'ratio':>8}")
    for name, texts in [*((text, [text]) for text in NUMBERS), ("all", NUMBERS)]:
        our_time, bare_time = compare(texts)
        print(f"{name:22}{our_time:10.1f}{bare_time:10.1f}{our_time / bare_time:8.2f}")
    print(f"target: ratio for all at most {TARGET}")


if __name__ == "__main__":
    main()
