"""What a check says of a code."""

from __future__ import annotations

import json

from attrs import evolve

from verify_core.errors import VerifyError
from verify_core.verification import CheckResult, Verdict, VerificationRef

from .._bench import Bench, CaseInconclusive, fail, require
from .._case import case
from . import _needs as needs

ENDED = frozenset({Verdict.EXHAUSTED, Verdict.EXPIRED, Verdict.GONE})
"""Verdicts of a verification that takes no code any more."""

ODD_CODES = ("1", "123", "12345678901", "not-a-code", "\N{DIGIT ONE}" * 500)
"""Codes of lengths and shapes that no vendor sends."""


def wrong(code: str) -> str:
    """Another code of the same length and shape."""
    return code[:-1] + ("1" if code.endswith("0") else "0")


def ask(bench: Bench, ref: VerificationRef, code: str) -> CheckResult:
    """
    Check a code, where raising breaks the law.

    Raises:
        CaseFailed: The check raised.
    """
    try:
        return bench.provider.check(ref, code)
    except VerifyError as error:
        fail(f"check raised {type(error).__name__} where a verdict was due")


def expect(bench: Bench, ref: VerificationRef, code: str, *verdicts: Verdict) -> None:
    """
    Check a code and hold the verdict to those given.

    Raises:
        CaseFailed: It is another one, or the check raised.
    """
    verdict = ask(bench, ref, code).verdict
    wanted = " or ".join(verdicts)
    require(verdict in verdicts, f"the verdict is {verdict}, not {wanted}")


@case()
def right_code_approves(bench: Bench) -> None:
    """The code that arrived is approved, on every channel that is offered."""
    for channel in sorted(bench.provider.capabilities.channels):
        request = bench.request(channel)
        ref = bench.provider.start(request).ref
        expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case()
def wrong_code_is_a_verdict(bench: Bench) -> None:
    """A wrong code is a verdict that allows another guess; it never raises."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    result = ask(bench, ref, wrong(bench.latest_code(request.identifier)))

    require(result.verdict is Verdict.WRONG_CODE, f"the verdict is {result.verdict}")
    require(result.retry_allowed, "the first wrong code allows no second guess")


@case()
def wrong_then_right_code_approves(bench: Bench) -> None:
    """A wrong code does not spoil the right one."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    expect(bench, ref, wrong(code), Verdict.WRONG_CODE)

    expect(bench, ref, code, Verdict.APPROVED)


@case()
def approved_only_once(bench: Bench) -> None:
    """A code that was approved is never approved again."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    expect(bench, ref, code, Verdict.APPROVED)

    for _ in range(2):
        expect(bench, ref, code, *ENDED, Verdict.WRONG_CODE, Verdict.NOT_CHECKABLE)


@case()
def approval_invites_no_further_guess(bench: Bench) -> None:
    """An approval says that no further guess makes sense."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    result = ask(bench, ref, bench.latest_code(request.identifier))

    require(not result.retry_allowed, "an approval allows another guess")


@case(needs.known_guesses)
def guesses_run_out(bench: Bench) -> None:
    """After the last guess, even the right code is exhausted or gone."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    allowed = bench.guesses or 1
    for _ in range(allowed - 1):
        expect(bench, ref, wrong(code), Verdict.WRONG_CODE)
    expect(bench, ref, wrong(code), Verdict.WRONG_CODE, Verdict.EXHAUSTED)

    for _ in range(2):
        expect(bench, ref, code, Verdict.EXHAUSTED, Verdict.GONE)


@case(needs.known_guesses)
def last_guess_still_counts(bench: Bench) -> None:
    """The right code is approved as the last of the guesses."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    for _ in range((bench.guesses or 1) - 1):
        expect(bench, ref, wrong(code), Verdict.WRONG_CODE)

    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.known_guesses, needs.reported_attempts)
def remaining_guesses_are_counted_down(bench: Bench) -> None:
    """Where guesses left are reported, each wrong code takes one away."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    for left in range((bench.guesses or 1) - 1, -1, -1):
        reported = ask(bench, ref, wrong(code)).attempts_remaining
        require(reported == left, f"{reported} guesses are reported, {left} are left")


@case()
def odd_codes_are_wrong_codes(bench: Bench) -> None:
    """A code of a length or shape that no vendor sends is a wrong code like others."""
    for odd in ODD_CODES:
        request = bench.request()
        ref = bench.provider.start(request).ref
        expect(bench, ref, odd, Verdict.WRONG_CODE)
        expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case()
def another_persons_code_is_not_approved(bench: Bench) -> None:
    """The code that one person got opens nothing for another."""
    first = bench.request()
    second = evolve(first, identifier=bench.identifier(other=True))
    ref = bench.provider.start(first).ref
    bench.provider.start(second)
    code = bench.latest_code(second.identifier)
    if code == bench.latest_code(first.identifier):  # once in a million
        raise CaseInconclusive("both got the same code by chance; run it again")

    expect(bench, ref, code, Verdict.WRONG_CODE)


@case(needs.lookup_by_id)
def unknown_reference_is_gone(bench: Bench) -> None:
    """A reference that the vendor never gave out is gone, whatever the code."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    made_up = evolve(
        ref, vendor_id=wrong(ref.vendor_id), identifier=bench.identifier(other=True)
    )

    expect(bench, made_up, code, Verdict.GONE)
    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.lookup_by_id_alone)
def made_up_id_of_the_same_person_is_gone(bench: Bench) -> None:
    """Where a check goes by id, one that was never given out is gone for anybody."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    made_up = evolve(ref, vendor_id=wrong(ref.vendor_id))

    expect(bench, made_up, code, Verdict.GONE)
    expect(bench, ref, code, Verdict.APPROVED)


@case()
def foreign_reference_is_gone(bench: Bench) -> None:
    """Another provider's reference is gone; the vendor is not asked about it."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    expect(bench, evolve(ref, provider="somebody-else"), code, Verdict.GONE)
    expect(bench, ref, code, Verdict.APPROVED)


@case()
def reference_survives_json(bench: Bench) -> None:
    """A reference written as JSON and read again works like the one it was."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    kept = VerificationRef.from_json(json.loads(json.dumps(ref.to_json())))

    require(kept == ref, "the reference read back from JSON is another one")
    expect(bench, kept, bench.latest_code(request.identifier), Verdict.APPROVED)
