"""Several at once: people, threads, processes; and nothing asked before it is due."""

from __future__ import annotations

import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from attrs import evolve

import verify_core
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import Identifier
from verify_core.verification import Started, StartRequest, Verdict, VerificationRef

from .._bench import Bench, fail, require
from .._case import case
from . import _needs as needs
from ._checking import ENDED, expect, wrong

AnswerT = TypeVar("AnswerT")

ROUNDS = ("the first round", "the second round")
"""Threads meet in the wrong place in nine rounds of ten."""

_AT_ONCE = 4
_LIMIT_S = 30.0

_EACH_LINE, _THEN_EVERY = 50, 20
"""A provider's own lines come first; a vendor in memory has thousands."""

_NOT_THE_PROVIDER = (
    sysconfig.get_path("stdlib"),
    str(Path(verify_core.__file__).parent),
    "<",
)
"""Where code stands that is certainly not the author's."""


@case()
def two_verifications_run_side_by_side(bench: Bench) -> None:
    """Two people's verifications run at the same time; each takes its own code."""
    ours, other = _two_requests(bench)
    first = bench.provider.start(ours).ref
    second = bench.provider.start(other).ref

    expect(bench, first, bench.latest_code(ours.identifier), Verdict.APPROVED)
    expect(bench, second, bench.latest_code(other.identifier), Verdict.APPROVED)


@case(needs.can_be_closed)
def closing_ends_nothing(bench: Bench) -> None:
    """Closing may be repeated; a verification outlives it, and calls open anew."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    close = getattr(bench.provider, "close")  # noqa: B009 - no method of the protocol
    for _ in range(2):
        try:
            close()
        except Exception as error:  # noqa: BLE001 - whatever an author's close() does
            fail(f"close() raised {type(error).__name__}; it may be called twice")

    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(each=ROUNDS)
def of_checks_at_once_one_is_approved(bench: Bench, _round: str) -> None:
    """Of several checks of the right code at the same time, exactly one is approved."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    results = _at_once(bench, [lambda: bench.provider.check(ref, code)] * _AT_ONCE)

    verdicts = [each.verdict for each in results if not isinstance(each, VerifyError)]
    approved = verdicts.count(Verdict.APPROVED)
    require(approved == 1, f"{approved} of {_AT_ONCE} checks at once were approved")


@case(each=ROUNDS)
def checks_at_once_are_not_mixed_up(bench: Bench, _round: str) -> None:
    """A right and a wrong code at the same time get each its own verdict."""
    ours, other = _two_requests(bench)
    first = bench.provider.start(ours).ref
    second = bench.provider.start(other).ref
    right = bench.latest_code(ours.identifier)
    mistyped = wrong(bench.latest_code(other.identifier))

    wrongly, rightly = _at_once(
        bench,
        [
            lambda: bench.provider.check(second, mistyped),
            lambda: bench.provider.check(first, right),
        ],
    )

    for found, due in [(wrongly, Verdict.WRONG_CODE), (rightly, Verdict.APPROVED)]:
        if isinstance(found, VerifyError):
            fail(f"a check among others raised {type(found).__name__}")
        require(found.verdict is due, f"the verdict is {found.verdict}, not {due}")


@case(each=ROUNDS)
def starts_at_once_are_not_mixed_up(bench: Bench, _round: str) -> None:
    """Two starts at the same time give each person their own reference and code."""
    requests = _two_requests(bench)

    answers = _at_once(
        bench,
        [
            lambda: bench.provider.start(requests[0]),
            lambda: bench.provider.start(requests[1]),
        ],
    )

    for request, started in zip(requests, answers, strict=True):
        if isinstance(started, VerifyError):
            fail(f"a start among others raised {type(started).__name__}")
        _require_own(bench, request, started)


def _require_own(bench: Bench, request: StartRequest, started: Started) -> None:
    arrived = bench.count(request.identifier)
    require(arrived == 1, f"{arrived} messages arrived for one of two starts, not 1")
    ours = started.ref.identifier == request.identifier
    require(ours, "a start among others got somebody else's reference")
    expect(bench, started.ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.another_process)
def another_process_checks_the_code(bench: Bench) -> None:
    """A reference works in another process: nothing but it has to be remembered."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    _expect_elsewhere(bench, ref, wrong(code), Verdict.WRONG_CODE)
    _expect_elsewhere(bench, ref, code, Verdict.APPROVED)
    _expect_elsewhere(bench, ref, code, *ENDED, Verdict.WRONG_CODE)


@case(needs.another_process)
def another_process_sends_again(bench: Bench) -> None:
    """Another process may send again for a reference, and check what arrived."""
    request = bench.request()
    first = bench.provider.start(request)
    bench.wait(first.resend_after)

    second = _another(bench).start(request, previous=first.ref)

    require(second.ref.sends == 2, f"the second send counts as {second.ref.sends}")  # noqa: PLR2004
    same = second.ref.attempt_id == first.ref.attempt_id
    require(same, "the resend of another process is another attempt")
    code = bench.latest_code(request.identifier)
    _expect_elsewhere(bench, second.ref, code, Verdict.APPROVED)


@case(needs.another_process, needs.cancel)
def another_process_cancels(bench: Bench) -> None:
    """Another process may cancel what this one started."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    _another(bench).cancel(ref)

    expect(bench, ref, bench.latest_code(request.identifier), *ENDED)


@case(needs.counted_requests)
def nothing_is_asked_before_the_first_call(bench: Bench) -> None:
    """Making a provider and reading what it declares asks the vendor nothing."""
    _ = bench.provider.name, bench.provider.capabilities, repr(bench.provider)
    if bench.another_process is not None:
        bench.another_process()

    asked = 0 if bench.asked is None else bench.asked()

    require(not asked, f"the vendor was asked {asked} times before the first call")


@case()
def nothing_is_sent_before_the_first_start(bench: Bench) -> None:
    """Making a provider sends nothing to anybody."""
    arrived = sum(bench.count(person) for person in _everybody(bench))

    require(not arrived, f"{arrived} messages arrived before the first start")


@case(needs.another_process, needs.refused_connections)
def provider_is_made_while_the_vendor_is_away(bench: Bench) -> None:
    """A provider can be made while the vendor cannot be reached."""
    bench.arrange(bench.refuse_connections)

    provider = _another(bench)

    require(bool(provider.name), "the provider has no name")


def _everybody(bench: Bench) -> set[Identifier]:
    return {bench.identifier(c, other=o) for c in Channel for o in (False, True)}


def _two_requests(bench: Bench) -> tuple[StartRequest, StartRequest]:
    ours = bench.request()
    return ours, evolve(ours, identifier=bench.identifier(other=True))


def _another(bench: Bench) -> Any:  # noqa: ANN401
    if bench.another_process is None:
        fail("the case needs another process that the bench does not have")
    return bench.another_process()


def _expect_elsewhere(
    bench: Bench, ref: VerificationRef, code: str, *verdicts: Verdict
) -> None:
    elsewhere = evolve(bench, provider=_another(bench))
    expect(elsewhere, ref, code, *verdicts)


def _at_once(
    bench: Bench, calls: list[Callable[[], AnswerT]]
) -> list[AnswerT | VerifyError]:
    """The answers of calls that are made at the same time, each in its own thread."""
    answers: list[AnswerT | Exception | None] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def make(number: int, call: Callable[[], AnswerT]) -> None:
        gate.wait(_LIMIT_S)
        try:
            answers[number] = call()
        except Exception as error:  # noqa: BLE001 - whatever a provider throws
            answers[number] = error

    if bench.gather is not None:
        bench.gather(len(calls))
    with _switching_often():
        threads = [
            threading.Thread(target=make, args=each, daemon=True)
            for each in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_LIMIT_S)
    return [_told(answer) for answer in answers]


def _told(answer: AnswerT | Exception | None) -> AnswerT | VerifyError:
    if answer is None:
        fail("a call among others never ended")
    if isinstance(answer, Exception) and not isinstance(answer, VerifyError):
        fail(f"a call among others raised {type(answer).__name__}")
    return answer


@contextmanager
def _switching_often() -> Iterator[None]:
    """
    Let new threads take turns with every line that they run.

    Left alone, a few lines run as one, and what two threads do to each other between
    them shows once in a thousand runs. A trace function makes each line a place where
    another thread may go on, and the shortest interval lets it.
    """
    lines = threading.local()

    def trace(frame: FrameType, _event: str, _given: object) -> Any:  # noqa: ANN401
        if frame.f_code.co_filename.startswith(_NOT_THE_PROVIDER):
            return None
        lines.seen = seen = getattr(lines, "seen", 0) + 1
        if seen <= _EACH_LINE or seen % _THEN_EVERY == 0:
            time.sleep(0)  # noqa: TID251 - no sleep: it gives the turn away
        return trace

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threading.settrace(trace)
    try:
        yield
    finally:
        threading.settrace(None)
        sys.setswitchinterval(interval)
