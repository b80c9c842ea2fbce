"""A lost start is put once more; whatever comes of that, one message leaves at most."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from tests.support.kinds import Make
from tests.support.loopback import Loopback, Received, Reply, http
from tests.vonage.tiny import NOON, Clock, TinyVonage, begin, lose, problem
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    TooSoon,
    Unavailable,
    Unexpected,
)
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber
from verify_core.verification import Delivery, StartRequest, Verdict
from verify_providers.vonage import VonageVerify
from verify_providers.vonage._recovery import VonageOpenStarts

RAW_START = len(http(202, {"request_id": "0" * 36}))


@pytest.mark.parametrize("cut_at", [0, 1, 12, 40, RAW_START // 2, RAW_START - 1])
def test_lost_answer_is_found_by_putting_the_start_again(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
    cut_at: int,
) -> None:
    """Wherever the answer broke: one message, and its request can be checked."""
    loopback.answer = lose(tiny, cut_at=cut_at)

    started = provider.start(request_of)

    assert tiny.messages == ["sms"]
    assert len(loopback.requests) == 2
    assert started.delivery is Delivery.SENT
    code = tiny.code_of(started.ref.vendor_id)
    assert provider.check(started.ref, code).verdict is Verdict.APPROVED


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("obeyed", [True, False])
def test_error_of_the_vendors_own_is_treated_alike(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
    status: int,
    *,
    obeyed: bool,
) -> None:
    first = [True]

    def answer(request: Received) -> bytes:
        if not first[0]:
            return tiny.answer(request)
        first[0] = False
        if obeyed:
            tiny.answer(request)
        return http(status, {"title": "Internal error"})

    loopback.answer = answer

    started = provider.start(request_of)

    assert tiny.messages == ["sms"]
    assert started.delivery is Delivery.SENT
    assert started.ref.vendor_id in tiny.requests


def test_request_that_never_arrived_is_put_again(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """Cut while it was sent, the first request did nothing; the second one does."""
    loopback.cut_request_at = 40

    started = provider.start(request_of)

    assert tiny.messages == ["sms"]
    assert started.delivery is Delivery.SENT


def test_success_that_cannot_be_read_is_put_again(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    first = [True]

    def answer(request: Received) -> bytes:
        raw = tiny.answer(request)
        unread, first[0] = first[0], False
        return http(202, {"request_id": "../x"}) if unread else raw

    loopback.answer = answer

    assert provider.start(request_of).ref.vendor_id in tiny.requests
    assert tiny.messages == ["sms"]


def test_when_nothing_is_ever_answered_nobody_claims_to_know(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    loopback.answer = lose(tiny, calls=9)

    with pytest.raises(Ambiguous) as caught:
        provider.start(request_of)

    assert caught.value.ref is None  # a check goes by the id, which nobody has
    assert tiny.messages == ["sms"]
    assert len(loopback.requests) == 2


def test_conflict_that_names_nobody_is_ambiguous(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """The document of 2026 lists no id in a conflict; without one there is no proof."""
    tiny.ids_in_conflicts = False
    loopback.answer = lose(tiny)

    with pytest.raises(Ambiguous):
        provider.start(request_of)

    assert tiny.messages == ["sms"]


@pytest.mark.parametrize(
    "second",
    [
        problem(422, "invalid-params", "Invalid", "No", invalid_parameters=[]),
        http(401, {"Error": "Authentication Failed"}),
        http(429, {"Error": "Too Many Requests"}),
        http(503),
        http(500),
        http(404),
    ],
    ids=["422", "401", "429", "503", "500", "404"],
)
def test_any_other_second_answer_tells_nothing_of_the_first(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
    second: bytes,
) -> None:
    first = [True]

    def answer(request: Received) -> Reply | bytes:
        if not first[0]:
            return second
        first[0] = False
        return Reply(raw=tiny.answer(request), cut_at=0)

    loopback.answer = answer

    with pytest.raises(Ambiguous):
        provider.start(request_of)

    assert tiny.messages == ["sms"]
    assert len(loopback.requests) == 2


def test_email_is_never_put_again(
    provider: VonageVerify, loopback: Loopback, tiny: TinyVonage
) -> None:
    """Vonage promises one request at a time per number, and says nothing of mail."""
    loopback.answer = lose(tiny)
    request = StartRequest(identifier=EmailAddress("p@example.org"), channel="email")

    with pytest.raises(Ambiguous):
        provider.start(request)

    assert len(loopback.requests) == 1


def test_no_connection_is_not_sent_and_not_repeated(
    loopback: Loopback, make: Make, request_of: StartRequest
) -> None:
    url = loopback.url
    loopback.stop()
    with (
        make(base_url=url) as provider,
        pytest.raises(Unavailable),
    ):
        provider.start(request_of)

    assert loopback.requests == []


def test_conflict_without_a_loss_is_never_adopted(
    provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
) -> None:
    """Somebody else's request is somebody else's, whatever its id."""
    tiny.answer(begin(request_of))

    with pytest.raises(TooSoon) as caught:
        provider.start(request_of)

    assert caught.value.retry_after is None
    assert tiny.messages == ["sms"]


def test_own_running_request_is_not_adopted_by_a_second_start(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    request_of: StartRequest,
) -> None:
    """Lost or not: an id that an earlier start was given belongs to that one."""
    provider.start(request_of)
    clock.move(seconds=60)
    loopback.answer = lose(tiny)

    with pytest.raises(TooSoon) as caught:
        provider.start(request_of)

    assert caught.value.retry_after == timedelta(seconds=120)
    assert tiny.messages == ["sms"]


def test_lost_refusal_of_a_resend_is_known_by_the_reference(
    loopback: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    account: dict[str, Any],
    request_of: StartRequest,
) -> None:
    """Another process made the reference, so only the reference tells its id."""
    here = {"base_url": loopback.url, "clock": clock.now, **account}
    with VonageVerify(**here) as one, VonageVerify(**here) as other:
        ref = one.start(request_of).ref
        clock.move(seconds=40)
        loopback.answer = lose(tiny)

        started = other.start(request_of, previous=ref)

    assert started.ref.vendor_id != ref.vendor_id
    assert started.ref.sends == 2
    assert tiny.messages == ["sms", "sms"]


def test_same_attempt_adopts_what_its_lost_start_began(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """Asked again for the same attempt, the message that left is found."""
    request = evolve(request_of, attempt_id="mine")
    loopback.answer = lose(tiny, calls=2)
    with pytest.raises(Ambiguous):
        provider.start(request)

    started = provider.start(request)

    assert tiny.messages == ["sms"]
    code = tiny.code_of(started.ref.vendor_id)
    assert provider.check(started.ref, code).verdict is Verdict.APPROVED


def test_another_attempt_does_not_adopt_it(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    loopback.answer = lose(tiny, calls=2)
    with pytest.raises(Ambiguous):
        provider.start(evolve(request_of, attempt_id="mine"))

    with pytest.raises(TooSoon):
        provider.start(evolve(request_of, attempt_id="yours"))

    assert tiny.messages == ["sms"]


def test_of_two_starts_at_once_none_takes_the_others_request(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    """Both answers lost: the request is one's, and nobody knows whose."""
    both, count = threading.Barrier(2, timeout=5), itertools.count()

    def answer(request: Received) -> Reply | bytes:
        raw = tiny.answer(request)
        if next(count) >= 2:
            return raw
        both.wait()
        return Reply(raw=raw, cut_at=0)

    loopback.answer = answer
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(provider.start, request_of) for _ in range(2)]
        errors = [run.exception(timeout=10) for run in runs]

    assert [type(error) for error in errors] == [Ambiguous, Ambiguous]
    assert tiny.messages == ["sms"]
    assert len(loopback.requests) == 4


@pytest.mark.parametrize(
    "raw", [http(200, raw_body=b"<html>"), http(200, [])], ids=["page", "list"]
)
def test_unreadable_move_keeps_the_reference(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    number: PhoneNumber,
    raw: bytes,
) -> None:
    """The message may have left, and what was sent before can still be checked."""
    request = StartRequest(identifier=number, fallback_channels=("call",))
    first = provider.start(request)
    loopback.answer = lambda _request: raw

    with pytest.raises(Unexpected) as caught:
        provider.start(request, previous=first.ref)

    assert caught.value.maybe_sent
    assert caught.value.ref is not None
    assert caught.value.ref.vendor_id == first.ref.vendor_id
    loopback.answer = tiny.answer
    code = tiny.code_of(first.ref.vendor_id)
    assert provider.check(caught.value.ref, code).verdict is Verdict.APPROVED


def test_move_of_a_request_that_is_gone_is_a_fresh_start(
    provider: VonageVerify, loopback: Loopback, tiny: TinyVonage, number: PhoneNumber
) -> None:
    request = StartRequest(identifier=number, fallback_channels=("call",))
    first = provider.start(request)
    tiny.requests[first.ref.vendor_id].over = True
    gone = problem(410, "expired", "Gone", "The request has ended.")
    loopback.answer = lambda received: (
        gone if received.target.endswith("/next_workflow") else tiny.answer(received)
    )

    second = provider.start(request, previous=first.ref)

    assert second.ref.vendor_id != first.ref.vendor_id
    assert tiny.messages == ["sms", "sms"]


def test_secret_that_is_gone_before_the_second_start_makes_nothing_unsent(
    loopback: Loopback,
    tiny: TinyVonage,
    account: dict[str, Any],
    make: Make,
    request_of: StartRequest,
) -> None:
    secrets = iter([account["api_secret"]])
    loopback.answer = lose(tiny)
    with (
        make(api_secret=lambda: next(secrets)) as provider,
        pytest.raises(Ambiguous),
    ):
        provider.start(request_of)

    assert tiny.messages == ["sms"]


def test_page_of_a_gateway_cancels_nobodys_request(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    request_of: StartRequest,
) -> None:
    """A 409 that is not Vonage's does not say that a request runs."""
    first = provider.start(request_of)
    clock.move(seconds=40)
    loopback.requests.clear()
    loopback.answer = lambda _request: http(409, raw_body=b"<html>Conflict")

    with pytest.raises(Unexpected):
        provider.start(request_of, previous=first.ref)

    assert [request.method for request in loopback.requests] == ["POST"]


def test_refusal_to_the_cancel_of_a_resend_is_said(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    request_of: StartRequest,
) -> None:
    first = provider.start(request_of)
    clock.move(seconds=40)
    loopback.answer = lambda request: (
        http(500) if request.method == "DELETE" else tiny.answer(request)
    )

    with pytest.raises(Unavailable):
        provider.start(request_of, previous=first.ref)

    assert tiny.messages == ["sms"]


def test_plain_refusal_is_not_repeated(
    provider: VonageVerify, loopback: Loopback, request_of: StartRequest
) -> None:
    wrong = [{"name": "workflow[0].to", "reason": "no"}]
    raw = problem(422, "invalid-params", "Invalid", "No", invalid_parameters=wrong)
    loopback.answer = lambda _request: raw

    with pytest.raises(InvalidIdentifier):
        provider.start(request_of)

    assert len(loopback.requests) == 1


def test_unreadable_twice_is_unexpected(
    provider: VonageVerify, loopback: Loopback, request_of: StartRequest
) -> None:
    loopback.answer = lambda _request: http(202, raw_body=b"<html>")

    with pytest.raises(Unexpected) as caught:
        provider.start(request_of)

    assert caught.value.maybe_sent
    assert len(loopback.requests) == 2


HOUR = NOON + timedelta(hours=1)
ID = "00000000-0000-4000-8000-00000000000a"


class TestStarts:
    """The record alone."""

    def test_a_lost_start_adopts_an_unknown_id_once(self) -> None:
        starts = VonageOpenStarts()
        with starts.begin("a", "1", now=NOON, ends_at=HOUR) as start:
            start.is_lost = True
            assert start.adopts(ID)
        with starts.begin("a", "2", now=NOON, ends_at=HOUR) as other:
            other.is_lost = True
            assert not other.adopts(ID.upper())

    def test_a_start_that_was_answered_adopts_nothing(self) -> None:
        starts = VonageOpenStarts()
        with starts.begin("a", "1", now=NOON, ends_at=HOUR) as start:
            assert not start.adopts(ID)

    def test_an_interrupted_start_is_a_lost_one(self) -> None:
        starts = VonageOpenStarts()
        with (
            pytest.raises(KeyboardInterrupt),
            starts.begin("a", "1", now=NOON, ends_at=HOUR),
        ):
            raise KeyboardInterrupt
        with starts.begin("a", "1", now=NOON, ends_at=HOUR) as again:
            assert again.adopts(ID)

    def test_a_start_that_could_not_be_put_is_forgotten(self) -> None:
        starts = VonageOpenStarts()
        with (
            pytest.raises(Unavailable),
            starts.begin("a", "1", now=NOON, ends_at=HOUR),
        ):
            raise Unavailable("no", "vonage")
        with starts.begin("a", "1", now=NOON, ends_at=HOUR) as again:
            assert not again.adopts(ID)
        with starts.begin("a", "2", now=NOON, ends_at=HOUR) as other:
            other.is_lost = True
            assert other.adopts(ID)  # nobody else may have begun it

    def test_a_lost_start_is_forgotten_once_what_it_began_is_over(self) -> None:
        starts = VonageOpenStarts()
        with starts.begin("a", "1", now=NOON, ends_at=HOUR) as start:
            start.is_lost = True
        with starts.begin("a", "1", now=HOUR, ends_at=HOUR) as again:
            assert not again.adopts(ID)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("ab"), st.sampled_from("12"), st.sampled_from("xyz")
            ),
            max_size=12,
        )
    )
    def test_no_id_is_ever_adopted_for_two_attempts(
        self, moves: list[tuple[str, str, str]]
    ) -> None:
        """Whatever is lost and found in whatever order, an id has one attempt."""
        starts = VonageOpenStarts()
        owners: dict[str, set[tuple[str, str]]] = {}
        for address, attempt, request_id in moves:
            with starts.begin(address, attempt, now=NOON, ends_at=HOUR) as start:
                start.is_lost = True
                if start.adopts(request_id):
                    owners.setdefault(request_id, set()).add((address, attempt))

        assert all(len(owner) == 1 for owner in owners.values())
