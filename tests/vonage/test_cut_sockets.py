"""Real sockets that break, byte by byte: what is claimed is what is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.each import require_each
from tests.support.kinds import Make
from tests.support.loopback import Loopback, Received, Reply, http
from tests.vonage.tiny import NUMBER, Clock, TinyVonage
from verify_core.errors import Ambiguous, TooSoon, Unavailable, VerifyError
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    StartRequest,
    Verdict,
)
from verify_providers.vonage import VonageVerify


def cut_all(tiny: TinyVonage, cut_at: int) -> Any:  # noqa: ANN401 - an Answer
    return lambda request: Reply(raw=tiny.answer(request), cut_at=cut_at)


def test_check_whose_answer_breaks_anywhere_is_ambiguous(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """Never asked twice: the first may have spent a guess, or have approved."""
    whole = len(http(200, {"request_id": "0" * 36, "status": "completed"}))

    def is_known_only_if_whole(cut_at: int) -> None:
        loopback.answer = tiny.answer
        ref = provider.start(request_of).ref
        loopback.answer = cut_all(tiny, cut_at)
        loopback.requests.clear()
        if cut_at < whole:
            with pytest.raises(Ambiguous):
                provider.check(ref, tiny.code_of(ref.vendor_id))
        else:
            code = tiny.code_of(ref.vendor_id)
            assert provider.check(ref, code).verdict is Verdict.APPROVED
        assert len(loopback.requests) == 1

    require_each([*range(0, whole, 7), whole - 1, whole], is_known_only_if_whole)


@pytest.mark.parametrize("cut_at", [0, 1, 10, 20])
def test_cancel_whose_answer_breaks_may_be_asked_again(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    request_of: StartRequest,
    cut_at: int,
) -> None:
    ref = provider.start(request_of).ref
    clock.move(seconds=40)
    loopback.answer = cut_all(tiny, cut_at)

    with pytest.raises(Unavailable):
        provider.cancel(ref)

    loopback.answer = tiny.answer
    assert provider.cancel(ref) is CancelOutcome.GONE


def test_answer_that_dribbles_ends_with_the_deadline(
    loopback: Loopback,
    tiny: TinyVonage,
    make: Make,
    request_of: StartRequest,
) -> None:
    """Put again in what is left of the deadline, and found."""

    def answer(request: Received) -> Reply | bytes:
        slow = not tiny.messages
        raw = tiny.answer(request)
        return Reply(raw=raw, dribble_s=1) if slow else raw

    loopback.answer = answer
    with make(timeout=timedelta(seconds=2)) as provider:
        started = provider.start(request_of)

    assert started.delivery is Delivery.SENT
    assert started.ref.vendor_id in tiny.requests
    assert tiny.messages == ["sms"]


def test_server_that_never_answers_costs_one_deadline(
    loopback: Loopback,
    tiny: TinyVonage,
    make: Make,
    request_of: StartRequest,
) -> None:
    import time

    loopback.answer = lambda request: Reply(raw=tiny.answer(request), dribble_s=9)
    began = time.monotonic()
    with (
        make(timeout=timedelta(seconds=0.6)) as provider,
        pytest.raises(Ambiguous),
    ):
        provider.start(request_of)

    assert time.monotonic() - began < 2.5
    assert tiny.messages == ["sms"]


Fault = tuple[str, int]
FAULTS: st.SearchStrategy[Fault] = st.one_of(
    st.tuples(st.just("whole"), st.just(0)),
    st.tuples(st.just("cut"), st.integers(0, 250)),
    st.tuples(st.just("reset"), st.integers(0, 250)),
    st.tuples(st.just("status"), st.sampled_from([500, 502, 503, 429, 401, 202])),
    st.tuples(st.just("ignored"), st.sampled_from([500, 503, 202])),
)


def misbehaving(tiny: TinyVonage, faults: list[Fault]) -> Any:  # noqa: ANN401 - an Answer
    """Each request meets the next fault; obeyed, but for `ignored` ones."""
    script = iter(faults)

    def answer(request: Received) -> Reply | bytes:
        kind, number = next(script, ("whole", 0))
        if kind == "ignored":
            return http(number)
        if kind == "status" and number in {503, 429, 401}:
            return http(number)  # by which Vonage says that it did nothing
        raw = tiny.answer(request)
        if kind == "status":
            return http(number, raw_body=b"<html>")
        if kind == "whole":
            return raw
        return Reply(raw=raw, cut_at=number, reset=kind == "reset")

    return answer


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(faults=st.lists(FAULTS, max_size=5), resend=st.booleans(), steps=st.booleans())
def test_no_call_ever_sends_two_messages_or_lies_about_one(
    loopback: Loopback,
    make: Make,
    faults: list[Fault],
    *,
    resend: bool,
    steps: bool,
) -> None:
    """Whatever breaks in whatever order; where "not sent" is said, none was sent."""
    clock = Clock()
    tiny = TinyVonage(now=clock.now)
    request = StartRequest(
        identifier=NUMBER, fallback_channels=("call",) if steps else ()
    )
    previous = None
    with make(clock=clock.now) as provider:
        loopback.answer = tiny.answer
        if resend:
            previous = provider.start(request).ref
            clock.move(seconds=40)
        before = len(tiny.messages)
        loopback.answer = misbehaving(tiny, faults)
        try:
            started = provider.start(request, previous=previous)
        except VerifyError as error:
            assert error.maybe_sent or len(tiny.messages) == before  # noqa: PT017 - both
        else:
            if started.delivery is Delivery.SENT:
                assert len(tiny.messages) == before + 1
            assert started.ref.vendor_id in tiny.requests

    assert len(tiny.messages) <= before + 1


def test_pool_keeps_no_broken_connection(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """What is left of a broken answer is not read as the next one."""
    ref = provider.start(request_of).ref
    loopback.answer = cut_all(tiny, 30)
    with pytest.raises(Ambiguous):
        provider.check(ref, "9999")
    loopback.answer = tiny.answer

    assert provider.check(ref, "9999").verdict is Verdict.WRONG_CODE
    with pytest.raises(TooSoon):
        provider.start(request_of)
    assert tiny.messages == ["sms"]
