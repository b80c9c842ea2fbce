"""
A real socket cut at every point of an exchange.

At most one message per call, and nothing claimed that is not known.
"""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.kinds import Make
from tests.support.loopback import (
    Loopback,
    Misbehaviour,
    Received,
    Reply,
    TinyVerify,
    http,
)
from verify_core.channels import Channel
from verify_core.errors import Ambiguous, Unavailable, Unexpected
from verify_core.phone import PhoneNumber
from verify_core.verification import (
    Delivery,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)
from verify_providers.twilio import TwilioVerify

Account = dict[str, Any]

START_TARGET = "/v2/Services/VAb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2/Verifications"


def starts(loopback: Loopback) -> int:
    return sum(
        request.method == "POST" and request.target == START_TARGET
        for request in loopback.requests
    )


@pytest.fixture
def request_(number: PhoneNumber) -> StartRequest:
    return StartRequest(identifier=number, attempt_id="attempt-1")


@pytest.mark.parametrize("ending", ["orderly", "reset"])
def test_cut_answer_is_recovered_wherever_it_is_cut(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
    ending: str,
) -> None:
    """The message left, so the one look afterwards finds it, at every byte."""
    length = len(tiny.answer(reply.start_like(request_)))
    for cut_at in [*range(0, length, 7), length - 1]:
        tiny.pending.clear()
        count = len(tiny.messages)
        loopback.requests.clear()
        loopback.answer = reply.cut_posts(tiny, cut_at=cut_at, reset=ending == "reset")

        started = provider.start(request_)

        assert len(tiny.messages) == count + 1
        assert starts(loopback) == 1
        assert started.delivery is Delivery.SENT
        assert started.ref.vendor_id


def test_secret_that_is_gone_before_the_look_makes_nothing_unsent(
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    account: Account,
    make: Make,
    request_: StartRequest,
) -> None:
    """The start may have been obeyed, whatever keeps us from looking at it."""
    tokens = iter([account["auth_token"]])
    loopback.answer = reply.lose_everything(tiny)

    with make(auth_token=lambda: next(tokens)) as provider:
        started = provider.start(request_)

    assert started.delivery is Delivery.MAYBE_SENT
    assert tiny.messages == ["sms"]


def test_start_answered_about_another_address_is_looked_up_by_ours(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    request_: StartRequest,
) -> None:
    """Whose verification is it? Not the one that was asked for."""

    def answer(request: Received) -> bytes:
        raw = tiny.answer(request)
        if request.method == "GET":
            return raw
        another = tiny.pending["+15553231234"] | {"to": "+15553239999"}
        return http(201, another | {"sid": "VE" + "99" * 16})

    loopback.answer = answer

    started = provider.start(request_)

    assert started.ref.vendor_id == tiny.pending["+15553231234"]["sid"]
    assert [request.method for request in loopback.requests] == ["POST", "GET"]


def test_cut_request_sends_nothing_and_claims_nothing(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, request_: StartRequest
) -> None:
    """
    The connection breaks after any number of the request's bytes.

    The vendor cannot have obeyed what it has not read, but that is not known here.
    """
    for cut_at in [0, 1, 20, 100, 200, 300]:
        loopback.requests.clear()
        provider.close()
        loopback.cut_request_at = cut_at

        started = provider.start(request_)

        assert tiny.messages == []
        assert starts(loopback) == 0
        assert started.delivery is Delivery.MAYBE_SENT
        assert started.ref.vendor_id == ""


def test_maybe_sent_can_be_checked_by_address(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    """What arrives after all is typed and found by the address."""
    loopback.answer = reply.lose_everything(tiny)

    started = provider.start(request_)

    assert started.delivery is Delivery.MAYBE_SENT
    assert started.channel is None
    assert started.expires_at is None
    loopback.answer = tiny.answer
    assert provider.check(started.ref, tiny.code).verdict is Verdict.APPROVED
    assert loopback.requests[-1].form == {"To": "+15553231234", "Code": tiny.code}


def test_message_from_before_is_not_adopted(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    """Somebody's verification of this number runs; our own start never arrived."""
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    tiny.now = lambda: long_ago
    tiny.answer(reply.start_like(request_))
    tiny.now = lambda: datetime.now(UTC)
    provider.close()
    loopback.cut_request_at = 30

    started = provider.start(request_)

    assert started.delivery is Delivery.MAYBE_SENT
    assert started.ref.vendor_id == ""
    assert tiny.messages == ["sms"]


def test_own_message_of_a_moment_ago_is_not_adopted_again(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, request_: StartRequest
) -> None:
    """Two starts at once; the first one's message does not stand for the second."""
    first = provider.start(request_)
    provider.close()
    loopback.cut_request_at = 30

    second = provider.start(request_)

    assert first.delivery is Delivery.SENT
    assert second.delivery is Delivery.MAYBE_SENT
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize("second_answers", [True, False])
def test_message_of_another_thread_is_not_adopted(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    request_: StartRequest,
    second_answers: bool,  # noqa: FBT001 - whether its answer arrives
) -> None:
    """Two starts of one number, one message: at most one claims it."""
    both_asked, looked = threading.Barrier(2), threading.Event()
    lock = threading.Lock()
    posts = itertools.count()

    def answer(request: Received) -> Reply | bytes:
        if request.method == "GET":
            with lock:
                return tiny.answer(request)
        place = next(posts)
        if place == 1:
            tiny.answer(request)
        both_asked.wait(5)
        if place == 0:
            return Reply(raw=b"", cut_at=0)
        if not second_answers:
            return Reply(raw=b"", cut_at=0)
        looked.wait(5)
        return tiny.answer(Received("GET", f"/{request.form['To']}", {}, b"")).replace(
            b"HTTP/1.1 200", b"HTTP/1.1 201"
        )

    loopback.answer = answer
    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(provider.start, request_) for _ in range(2)]
        done, _ = wait(ends, timeout=3, return_when=FIRST_COMPLETED)
        looked.set()
        started = [end.result(timeout=5) for end in ends]

    assert done
    claimed = [each for each in started if each.delivery is Delivery.SENT]
    assert len(tiny.messages) == 1
    assert len(claimed) == (1 if second_answers else 0)


def test_interim_answer_makes_nobody_s_start_ours(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    request_: StartRequest,
) -> None:
    """RFC 9110, section 15.2: 103 comes before the answer, not instead of it."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    loopback.answer = lambda request: Reply(
        raw=interim + tiny.answer(request), dribble_s=0.0002
    )

    ref = provider.start(request_).ref
    verdicts = [provider.check(ref, code).verdict for code in ("0000", "482913")]

    assert verdicts == [Verdict.WRONG_CODE, Verdict.APPROVED]
    assert provider.check(ref, "0000").verdict is Verdict.GONE


def test_answer_about_another_verification_approves_nothing(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    request_: StartRequest,
) -> None:
    ref = provider.start(request_).ref
    another = {"sid": "VE" + "00" * 16, "status": "approved", "valid": True}
    loopback.answer = lambda _request: http(200, another)

    with pytest.raises(Unexpected):
        provider.check(ref, tiny.code)
    with pytest.raises(Unexpected):
        provider.fetch(ref)
    with pytest.raises(Unexpected):
        provider.cancel(ref)


def test_message_of_another_channel_is_not_adopted(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
    number: PhoneNumber,
) -> None:
    call = StartRequest(identifier=number, channel=Channel.CALL)
    tiny.answer(reply.start_like(call))
    provider.close()
    loopback.cut_request_at = 30

    started = provider.start(request_)

    assert started.delivery is Delivery.MAYBE_SENT
    assert tiny.messages == ["call"]


def test_resend_is_adopted_by_its_new_attempt(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    first = provider.start(request_)
    loopback.answer = reply.cut_posts(tiny, cut_at=25)

    second = provider.start(request_, previous=first.ref)

    assert second.delivery is Delivery.SENT
    assert second.ref.vendor_id == first.ref.vendor_id
    assert second.ref.sends == 2
    assert tiny.messages == ["sms", "sms"]


def test_resend_that_never_arrived_is_not_adopted_by_another_process(
    loopback: Loopback, tiny: TinyVerify, make: Make, request_: StartRequest
) -> None:
    """The reference tells how many messages there were, whoever sent them."""
    with make() as one:
        first = one.start(request_)
    with make() as other:
        loopback.cut_request_at = 30

        second = other.start(request_, previous=first.ref)

    assert second.delivery is Delivery.MAYBE_SENT
    assert second.ref.sends == 2
    assert tiny.messages == ["sms"]


def test_nothing_is_sent_without_a_connection(
    make: Make, request_: StartRequest
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free_port = listener.getsockname()[1]
    with (
        make(base_url=f"http://127.0.0.1:{free_port}") as provider,
        pytest.raises(Unavailable) as caught,
    ):
        provider.start(request_)

    assert not caught.value.maybe_sent


def test_lost_check_is_ambiguous_and_never_repeated(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    ref = provider.start(request_).ref
    for cut_at in range(0, 400, 29):  # shorter than the answer
        loopback.requests.clear()
        loopback.answer = reply.cut_posts(tiny, cut_at=cut_at)

        with pytest.raises(Ambiguous):
            provider.check(ref, "000000")

        assert len(loopback.requests) == 1


@pytest.mark.parametrize("call", ["fetch", "cancel"])
def test_lost_fetch_or_cancel_did_no_harm(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
    call: str,
) -> None:
    ref = provider.start(request_).ref
    loopback.requests.clear()
    loopback.answer = reply.cut_all(tiny, cut_at=12)

    with pytest.raises(Unavailable):
        getattr(provider, call)(ref)

    assert len(loopback.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_vendor_fault_is_looked_up_once(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
    status: int,
) -> None:
    """After a 500 the message may have left; here it had."""
    loopback.answer = reply.fail_posts(tiny, status, obey=True)

    started = provider.start(request_)

    assert started.delivery is Delivery.SENT
    assert [request.method for request in loopback.requests] == ["POST", "GET"]


def test_vendor_fault_without_a_trace_is_ambiguous(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    loopback.answer = reply.fail_posts(tiny, 500, obey=False)

    with pytest.raises(Ambiguous) as caught:
        provider.start(request_)

    assert caught.value.http_status == 500
    assert caught.value.ref is not None
    assert caught.value.ref.vendor_id == ""
    loopback.answer = tiny.answer
    assert provider.check(caught.value.ref, "123456").verdict is Verdict.GONE


def test_service_unavailable_was_not_obeyed(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    loopback.answer = reply.fail_posts(tiny, 503, obey=False)

    with pytest.raises(Unavailable):
        provider.start(request_)

    assert len(loopback.requests) == 1


def test_unreadable_success_is_kept_in_its_own_error(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    loopback.answer = reply.always(reply.http(201, raw_body=b"<html>"))

    with pytest.raises(Unexpected) as caught:
        provider.start(request_)

    assert caught.value.maybe_sent
    assert caught.value.http_status == 201
    assert caught.value.ref is not None
    assert caught.value.ref.vendor_id == ""
    loopback.answer = tiny.answer
    tiny.answer(reply.start_like(request_))
    assert provider.check(caught.value.ref, tiny.code).verdict is Verdict.APPROVED


def test_answer_without_length_that_is_cut_is_recovered(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    """Where only the end of the connection ends a body, a cut one looks complete."""
    loopback.answer = reply.cut_unframed(tiny)

    started = provider.start(request_)

    assert started.delivery is Delivery.SENT
    assert tiny.messages == ["sms"]


def test_server_that_closes_idle_connections_costs_no_second_message(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    """A connection that died in the pool is noticed before anything is written."""
    loopback.answer = reply.closing(tiny)
    for count in range(1, 4):
        assert provider.start(request_).delivery is Delivery.SENT
        assert len(tiny.messages) == count
        loopback.wait_until_closed()


def test_every_fate_of_one_start(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    request_: StartRequest,
) -> None:
    """A message is claimed only where one left, and counted at most once per call."""
    fates: list[Callable[[], None]] = []

    def before() -> None:
        provider.close()
        loopback.cut_request_at = 40

    def after() -> None:
        loopback.answer = reply.cut_posts(tiny, cut_at=3)

    def never() -> None:
        loopback.answer = tiny.answer

    fates = [never, before, after, before, never, after, after, before, before, never]
    previous: VerificationRef | None = None
    for fate in fates:
        loopback.answer = tiny.answer
        count = len(tiny.messages)
        fate()

        started: Started = provider.start(request_, previous=previous)

        sent = len(tiny.messages) - count
        assert sent <= 1
        assert sent == 1 or started.delivery is Delivery.MAYBE_SENT
        previous = started.ref
