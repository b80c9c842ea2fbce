"""Several at once: people, threads, processes; and nothing asked before it is due."""

from __future__ import annotations

import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from attrs import evolve

import verify_core
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.verification import Verdict, VerificationRef

from .._at_once import at_once, switching_often
from .._bench import Bench, fail, require
from .._case import case
from .._troubles import Call
from . import _needs as needs
from ._acting import (
    ENDED,
    approve,
    approve_newest,
    begin,
    begin_resendable,
    expect,
    in_a_hurry,
    require_arrived,
    require_follows,
    wrong,
)

AnswerT = TypeVar("AnswerT")

ROUNDS = ("the first round", "the second round")
"""Threads meet in the wrong place in nine rounds of ten."""

_PUT_OFF = {
    "a start that is put off": Call.START,
    "a check that is put off": Call.CHECK,
}
WAITS = ("a check that is never answered", *_PUT_OFF)
"""For what an awaited call may want to wait."""

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


@case(needs.can_be_closed)
def closing_ends_nothing(bench: Bench) -> None:
    """Closing may be repeated; a verification outlives it, and calls open anew."""
    it = begin(bench)
    close = getattr(bench.provider, "close")  # noqa: B009 - no method of the protocol
    for _ in range(2):
        try:
            close()
        except Exception as error:  # noqa: BLE001 - whatever an author's close() does
            fail(f"close() raised {type(error).__name__}; it may be called twice")

    approve(bench, it)
    close()
    approve(bench, begin(bench, bench.request(other=True)))


@case(each=ROUNDS)
def of_checks_at_once_one_is_approved(bench: Bench, _round: str) -> None:
    """Of several checks of the right code at the same time, exactly one is approved."""
    it = begin(bench)

    calls = [lambda: bench.provider.check(it.ref, it.code)] * _AT_ONCE
    results = _at_once(bench, calls)

    verdicts = [each.verdict for each in results if not isinstance(each, VerifyError)]
    approved = verdicts.count(Verdict.APPROVED)
    require(approved == 1, f"{approved} of {_AT_ONCE} checks at once were approved")


@case(each=ROUNDS)
def checks_at_once_are_not_mixed_up(bench: Bench, _round: str) -> None:
    """A right and a wrong code at the same time get each its own verdict."""
    first, second = begin(bench), begin(bench, bench.request(other=True))

    wrongly, rightly = _at_once(
        bench,
        [
            lambda: bench.provider.check(second.ref, wrong(second.code)),
            lambda: bench.provider.check(first.ref, first.code),
        ],
    )

    for found, due in [(wrongly, Verdict.WRONG_CODE), (rightly, Verdict.APPROVED)]:
        if isinstance(found, VerifyError):
            fail(f"a check among others raised {type(found).__name__}")
        require(found.verdict is due, f"the verdict is {found.verdict}, not {due}")


@case(each=ROUNDS)
def starts_at_once_are_not_mixed_up(bench: Bench, _round: str) -> None:
    """Two starts at the same time give each person their own reference and code."""
    requests = [bench.request(), bench.request(other=True)]

    calls = [partial(bench.provider.start, request) for request in requests]
    answers = _at_once(bench, calls)

    for request, started in zip(requests, answers, strict=True):
        if isinstance(started, VerifyError):
            fail(f"a start among others raised {type(started).__name__}")
        require_arrived(bench, request, 1)
        own = started.ref.identifier == request.identifier
        require(own, "a start among others got somebody else's reference")
        approve_newest(bench, started.ref)


@case(needs.awaited, needs.stalling, each=WAITS)
def waiting_leaves_the_loop_free(bench: Bench, what: str) -> None:
    """
    While an awaited call waits for the vendor, the event loop serves other tasks.

    Nor does the loop stand still where the vendor's 429 says how long to wait.
    """
    it, other = begin(bench), bench.request(other=True)
    provider = in_a_hurry(bench).provider
    if what not in _PUT_OFF:
        bench.arrange(bench.stall)
    elif bench.throttle_next is None:
        return
    else:
        bench.throttle_next(_PUT_OFF[what])
    span_s = 0.0 if bench.deadline is None else bench.deadline.total_seconds() / 4

    def call() -> None:
        with suppress(VerifyError):
            if _PUT_OFF.get(what) is Call.START:
                provider.start(other)
            else:
                provider.check(it.ref, it.code)

    waiting = threading.Thread(target=call, daemon=True)
    waiting.start()
    lag_s = getattr(provider, "lag")(span_s)  # noqa: B009 - as above
    waiting.join(_LIMIT_S)

    free = lag_s < 2 * span_s
    require(free, f"the loop stood still for {lag_s:.1f} s; await, and do not block")


@case(needs.another_process)
def another_process_checks_the_code(bench: Bench) -> None:
    """A reference works in another process: nothing but it has to be remembered."""
    forget = _what_a_process_forgets(bench.provider)
    it = begin(bench)
    forget()

    _expect_elsewhere(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)
    _expect_elsewhere(bench, it.ref, it.code, Verdict.APPROVED)
    _expect_elsewhere(bench, it.ref, it.code, *ENDED, Verdict.WRONG_CODE)


@case(needs.another_process)
def another_process_sends_again(bench: Bench) -> None:
    """Another process may send again for a reference, and check what arrived."""
    forget = _what_a_process_forgets(bench.provider)
    it = begin_resendable(bench)
    forget()

    second = _another(bench).start(it.request, previous=it.ref)

    require_follows(second.ref, it.ref)
    code = bench.latest_code(it.request.identifier)
    forget()
    _expect_elsewhere(bench, second.ref, code, Verdict.APPROVED)


@case(needs.another_process, needs.cancel)
def another_process_cancels(bench: Bench) -> None:
    """Another process may cancel what this one started."""
    it = begin(bench)

    _another(bench).cancel(it.ref)

    expect(bench, it.ref, it.code, *ENDED)


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
    people = {bench.identifier(c, other=o) for c in Channel for o in (False, True)}
    arrived = sum(map(bench.count, people))

    require(not arrived, f"{arrived} messages arrived before the first start")


@case(needs.another_process, needs.refused_connections)
def provider_is_made_while_the_vendor_is_away(bench: Bench) -> None:
    """A provider can be made while the vendor cannot be reached."""
    bench.arrange(bench.refuse_connections)

    provider = _another(bench)

    require(bool(provider.name), "the provider has no name")


@case(needs.rotated_key)
def exchanged_key_is_used_at_once(bench: Bench) -> None:
    """After the vendor's key was exchanged, calls go by the new one, not a kept one."""
    it = begin(bench)

    bench.arrange(bench.rotate_key)

    approve(bench, it)
    approve(bench, begin(bench, bench.request(other=True)))


def _what_a_process_forgets(provider: object) -> Callable[[], None]:
    """A function that puts back what stands in the provider's classes as it is now."""
    classes = {*type(provider).__mro__}
    for name in ("_inner", "_provider", "inner"):  # watched, awaited, wrapped
        provider = getattr(provider, name, provider)
        classes |= {*type(provider).__mro__}
    shared = [
        (value, copy(value))
        for each in classes
        for value in vars(each).values()
        if isinstance(value, dict | list | set)
    ]

    def forget() -> None:
        for value, before in shared:
            if value != before:
                value.clear()
                add = value.extend if isinstance(value, list) else value.update
                add(before)

    return forget


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
    bench: Bench, calls: Sequence[Callable[[], AnswerT]]
) -> list[AnswerT | VerifyError]:
    """The answers of calls that are made at the same time, each in its own thread."""
    if bench.gather is not None:
        bench.gather(len(calls))
    with _each_line_a_turn(), switching_often():
        answers = at_once(calls, _LIMIT_S)
    return [_settled(answer) for answer in answers]


def _settled(answer: AnswerT | BaseException | None) -> AnswerT | VerifyError:
    if answer is None:
        fail("a call among others never ended")
    if isinstance(answer, BaseException) and not isinstance(answer, VerifyError):
        fail(f"a call among others raised {type(answer).__name__}")
    return answer


@contextmanager
def _each_line_a_turn() -> Iterator[None]:
    """
    Let new threads take turns with every line that they run.

    Left alone, a few lines run as one, and what two threads do to each other between
    them shows once in a thousand runs. A trace function makes each line a place where
    another thread may go on.
    """
    lines = threading.local()

    def trace(frame: FrameType, _event: str, _given: object) -> Any:  # noqa: ANN401
        if frame.f_code.co_filename.startswith(_NOT_THE_PROVIDER):
            return None
        lines.seen = seen = getattr(lines, "seen", 0) + 1
        if seen <= _EACH_LINE or seen % _THEN_EVERY == 0:
            time.sleep(0)  # noqa: TID251 - no sleep: it gives the turn away
        return trace

    threading.settrace(trace)
    try:
        yield
    finally:
        threading.settrace(None)
