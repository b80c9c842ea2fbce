"""What a check says of a code: right, wrong, nearly right, and too often."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

from attrs import evolve

from verify_core.errors import NotSupported
from verify_core.verification import Verdict, VerificationRef

from .._bench import Bench, CaseInconclusive, require
from .._case import case
from . import _needs as needs
from ._acting import (
    ENDED,
    ODD_CODES,
    approve,
    ask,
    begin,
    expect,
    foreign,
    wrong,
)


@case()
def right_code_approves(bench: Bench) -> None:
    """The code that arrived is approved, on every channel that is offered."""
    for channel in sorted(bench.provider.capabilities.channels):
        approve(bench, begin(bench, bench.request(channel)))


@case()
def wrong_code_is_a_verdict(bench: Bench) -> None:
    """A wrong code is a verdict, no error; it allows another guess, the right one."""
    it = begin(bench)

    result = ask(bench, it.ref, wrong(it.code))

    require(result.verdict is Verdict.WRONG_CODE, f"the verdict is {result.verdict}")
    require(result.retry_allowed, "the first wrong code allows no second guess")
    approve(bench, it)


@case()
def approved_only_once(bench: Bench) -> None:
    """A code that was approved is never approved again."""
    it = begin(bench)
    approve(bench, it)

    for _ in range(2):
        not_again = (*ENDED, Verdict.WRONG_CODE, Verdict.NOT_CHECKABLE)
        expect(bench, it.ref, it.code, *not_again)


@case(needs.known_guesses)
def guesses_run_out(bench: Bench) -> None:
    """After the last guess, even the right code is exhausted or gone."""
    it = begin(bench)
    for _ in range((bench.guesses or 1) - 1):
        expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)
    expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE, Verdict.EXHAUSTED)

    for _ in range(2):
        expect(bench, it.ref, it.code, Verdict.EXHAUSTED, Verdict.GONE)


@case(needs.known_guesses)
def last_guess_still_counts(bench: Bench) -> None:
    """The right code is approved as the last of the guesses."""
    it = begin(bench)
    for _ in range((bench.guesses or 1) - 1):
        expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)

    approve(bench, it)


@case(needs.known_guesses, needs.reported_attempts)
def remaining_guesses_are_counted_down(bench: Bench) -> None:
    """Where guesses left are reported, each wrong code takes one away."""
    it = begin(bench)

    for left in range((bench.guesses or 1) - 1, -1, -1):
        reported = ask(bench, it.ref, wrong(it.code)).attempts_remaining
        require(reported == left, f"{reported} guesses are reported, {left} are left")


@case()
def odd_codes_are_wrong_codes(bench: Bench) -> None:
    """A code of a length or shape that no vendor sends is a wrong code like others."""
    for odd in ODD_CODES:
        it = begin(bench)
        expect(bench, it.ref, odd, Verdict.WRONG_CODE)
        approve(bench, it)


@case()
def another_persons_code_is_not_approved(bench: Bench) -> None:
    """Of two people at the same time, each is approved by their own code alone."""
    first, second = begin(bench), begin(bench, bench.request(other=True))
    if second.code == first.code:  # once in a million
        raise CaseInconclusive("both got the same code by chance; run it again")

    expect(bench, first.ref, second.code, Verdict.WRONG_CODE)
    approve(bench, first)
    approve(bench, second)


@case(needs.lookup_by_id)
def unknown_reference_is_gone(bench: Bench) -> None:
    """A reference that the vendor never gave out is gone, whatever the code."""
    it = begin(bench)
    made_up = evolve(
        it.ref,
        vendor_id=wrong(it.ref.vendor_id),
        identifier=bench.identifier(other=True),
    )

    expect(bench, made_up, it.code, Verdict.GONE)
    approve(bench, it)


@case(needs.lookup_by_id_alone)
def made_up_id_of_the_same_person_is_gone(bench: Bench) -> None:
    """Where a check goes by id, one that was never given out is gone for anybody."""
    it = begin(bench)

    made_up = evolve(it.ref, vendor_id=wrong(it.ref.vendor_id))

    expect(bench, made_up, it.code, Verdict.GONE)
    approve(bench, it)


@case()
def foreign_reference_is_gone(bench: Bench) -> None:
    """Another provider's reference is gone; the vendor is not asked about it."""
    it = begin(bench)

    expect(bench, foreign(it.ref), it.code, Verdict.GONE)
    approve(bench, it)


@case()
def reference_survives_json(bench: Bench) -> None:
    """A reference written as JSON and read again works like the one it was."""
    it = begin(bench)
    kept = VerificationRef.from_json(json.loads(json.dumps(it.ref.to_json())))

    require(kept == it.ref, "the reference read back from JSON is another one")
    expect(bench, kept, it.code, Verdict.APPROVED)


def _in_digits_from(zero: str, code: str) -> str:
    return code.translate({ord(str(n)): ord(zero) + n for n in range(10)})


NEAR_MISSES: Mapping[str, Callable[[str], str]] = {
    "nothing": lambda _code: "",
    "the code without its last character": lambda code: code[:-1],
    "the code without its first character": lambda code: code[1:],
    "the first character alone": lambda code: code[:1],
    "the code and a further digit": lambda code: code + "0",
    "a zero before the code": lambda code: "0" + code,
    "the code twice": lambda code: code * 2,
    "the code backwards": lambda code: code[::-1],
    "a letter before the code": lambda code: "G" + code,
    "a letter after the code": lambda code: code + "x",
    "a word before the code": lambda code: "code" + code,
    "the code with a full stop": lambda code: code + ".",
    "the code as a number with a fraction": lambda code: code + ".0",
    "the code with a plus sign": lambda code: "+" + code,
    "the code with a minus sign": lambda code: "-" + code,
    "the code with an underscore": lambda code: code[:2] + "_" + code[2:],
    "the code with a hyphen": lambda code: code[:2] + "-" + code[2:],
    "the code in quotes": lambda code: f'"{code}"',
    "a pattern that fits the code": lambda code: code[:-1] + "?",
    "a wildcard": lambda code: code[:1] + "%",
    "the code in Arabic-Indic digits": lambda code: _in_digits_from("\u0660", code),
    "the code in full-width digits": lambda code: _in_digits_from("\uff10", code),
}
"""Texts made of the right code that are not it, by what they are called."""

UNSPEAKABLE = {
    "a lone surrogate": "\ud800123",
    "a character of no width": "12\u200b34",
    "a null character": "12\x0034",
    "a line break": "12\n34",
    "an emoji": "1\ufe0f\u20e32345",
    "markup": "<b>1</b>",
    "a quote": "1'2\"34",
    "a very long text": "9" * 5000,
}
"""Texts that are hard to put into a request, by what they are called."""

COMMON = (
    *("000000", "0000", "123456", "1234", "111111", "999999", "424242", "12345678"),
    *("654321", "666666", "888888", "121212"),
)
"""Codes that people leave in for tests, and try first."""


@case(each=NEAR_MISSES)
def near_miss_is_not_approved(bench: Bench, name: str) -> None:
    """What is made of the right code and is not it is a wrong code, like any other."""
    it = begin(bench)
    near = NEAR_MISSES[name](it.code)
    if near == it.code:  # a code of letters has no other digits
        return

    expect(bench, it.ref, near, Verdict.WRONG_CODE)

    approve(bench, it)


@case(each=UNSPEAKABLE)
def unspeakable_code_is_a_wrong_code(bench: Bench, name: str) -> None:
    """A code that is hard to put into a request is a wrong code like any other."""
    it = begin(bench)

    expect(bench, it.ref, UNSPEAKABLE[name], Verdict.WRONG_CODE)

    approve(bench, it)


@case(each=COMMON)
def common_code_opens_nothing(bench: Bench, common: str) -> None:
    """No code opens every verification, as one that was left in from tests would."""
    it = begin(bench)
    if common == it.code:  # once in a million
        return

    expect(bench, it.ref, common, Verdict.WRONG_CODE)


@case(needs.known_guesses)
def reported_guesses_are_those_left(bench: Bench) -> None:
    """Where a check says how many guesses are left, declared or not, it is so."""
    it = begin(bench)

    for left in range((bench.guesses or 1) - 1, -1, -1):
        said = ask(bench, it.ref, wrong(it.code)).attempts_remaining
        require(said in {None, left}, f"{said} guesses are reported, {left} are left")


@case(needs.fetch, needs.known_guesses)
def fetch_spends_no_guess(bench: Bench) -> None:
    """However often one asks where it stands, all guesses are there and work."""
    it = begin(bench)
    allowed = bench.guesses or 1
    for _ in range(allowed + 1):
        bench.provider.fetch(it.ref)
    for _ in range(allowed - 1):
        expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)
        bench.provider.fetch(it.ref)

    approve(bench, it)


@case()
def only_a_start_sends(bench: Bench) -> None:
    """Check, fetch and cancel send no message, whatever they find."""
    it = begin(bench)
    before = bench.count(it.request.identifier)
    ask(bench, it.ref, wrong(it.code))
    _try_to_fetch(bench, it.ref)
    ask(bench, it.ref, it.code)
    ask(bench, it.ref, it.code)
    _try_to_fetch(bench, it.ref)
    bench.provider.cancel(it.ref)

    arrived = bench.count(it.request.identifier) - before

    require(not arrived, f"{arrived} messages arrived without a start")


@case(needs.custom_code, each=(2, -1))
def custom_code_keeps_its_zeros(bench: Bench, first: int) -> None:
    """A code of the caller's own that begins with zeros keeps them all the way."""
    code = bench.custom_code[first:].rjust(len(bench.custom_code), "0")
    it = begin(bench, evolve(bench.request(), custom_code=code))

    require(it.code == code, "another code than the caller's own arrived")
    expect(bench, it.ref, code.lstrip("0"), Verdict.WRONG_CODE)
    approve(bench, it)


def _try_to_fetch(bench: Bench, ref: VerificationRef) -> None:
    with suppress(NotSupported):
        bench.provider.fetch(ref)
