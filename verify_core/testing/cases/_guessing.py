"""Near misses of the right code, and what spends a guess or does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from attrs import evolve

from verify_core.errors import NotSupported
from verify_core.verification import Verdict, VerificationRef

from .._bench import Bench, require
from .._case import case
from . import _needs as needs
from ._checking import ask, expect, wrong

ARABIC_ZERO = ord("\N{ARABIC-INDIC DIGIT ZERO}")
FULLWIDTH_ZERO = ord("\N{FULLWIDTH DIGIT ZERO}")


def _in_digits_from(zero: int, code: str) -> str:
    digits = {ord(str(digit)): zero + digit for digit in range(10)}
    return code.translate(digits)


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
    "the code in Arabic-Indic digits": lambda code: _in_digits_from(ARABIC_ZERO, code),
    "the code in full-width digits": lambda code: _in_digits_from(FULLWIDTH_ZERO, code),
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


@case(each=NEAR_MISSES)
def near_miss_is_not_approved(bench: Bench, name: str) -> None:
    """What is made of the right code and is not it is a wrong code, like any other."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    near = NEAR_MISSES[name](code)
    if near == code:  # a code of letters has no other digits
        return

    expect(bench, ref, near, Verdict.WRONG_CODE)

    expect(bench, ref, code, Verdict.APPROVED)


@case(each=UNSPEAKABLE)
def unspeakable_code_is_a_wrong_code(bench: Bench, name: str) -> None:
    """A code that is hard to put into a request is a wrong code like any other."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    expect(bench, ref, UNSPEAKABLE[name], Verdict.WRONG_CODE)

    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


COMMON = ("000000", "0000", "123456", "1234", "111111", "999999", "424242", "12345678")
"""Codes that people leave in for tests, and try first."""


@case(each=COMMON)
def common_code_opens_nothing(bench: Bench, common: str) -> None:
    """No code opens every verification, as one that was left in from tests would."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    if common == bench.latest_code(request.identifier):  # once in a million
        return

    expect(bench, ref, common, Verdict.WRONG_CODE)


@case(needs.known_guesses)
def reported_guesses_are_those_left(bench: Bench) -> None:
    """Where a check says how many guesses are left, declared or not, it is so."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    for left in range((bench.guesses or 1) - 1, -1, -1):
        said = ask(bench, ref, wrong(code)).attempts_remaining
        require(said in {None, left}, f"{said} guesses are reported, {left} are left")


@case(needs.fetch, needs.known_guesses)
def fetch_spends_no_guess(bench: Bench) -> None:
    """However often one asks where it stands, all guesses are there and work."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    allowed = bench.guesses or 1
    for _ in range(allowed + 1):
        bench.provider.fetch(ref)
    for _ in range(allowed - 1):
        expect(bench, ref, wrong(code), Verdict.WRONG_CODE)
        bench.provider.fetch(ref)

    expect(bench, ref, code, Verdict.APPROVED)


@case()
def only_a_start_sends(bench: Bench) -> None:
    """Check, fetch and cancel send no message, whatever they find."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    before = bench.count(request.identifier)
    ask(bench, ref, wrong(code))
    _try_to_fetch(bench, ref)
    ask(bench, ref, code)
    ask(bench, ref, code)
    _try_to_fetch(bench, ref)
    bench.provider.cancel(ref)

    arrived = bench.count(request.identifier) - before

    require(not arrived, f"{arrived} messages arrived without a start")


@case(needs.custom_code, each=("00817263", "0012"))
def custom_code_keeps_its_zeros(bench: Bench, code: str) -> None:
    """A code of the caller's own that begins with zeros keeps them all the way."""
    request = evolve(bench.request(), custom_code=code)
    ref = bench.provider.start(request).ref

    arrived = bench.latest_code(request.identifier)

    require(arrived == code, "another code than the caller's own arrived")
    expect(bench, ref, code.lstrip("0"), Verdict.WRONG_CODE)
    expect(bench, ref, code, Verdict.APPROVED)


def _try_to_fetch(bench: Bench, ref: VerificationRef) -> None:
    with suppress(NotSupported):
        bench.provider.fetch(ref)
