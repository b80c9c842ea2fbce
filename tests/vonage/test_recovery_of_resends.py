"""After a lost answer to a move, a cancel, or the start that follows it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.support.loopback import Loopback, Received, Reply, http
from tests.vonage.tiny import Clock, TinyVonage, lose, problem
from verify_core.errors import Ambiguous, TooSoon
from verify_core.phone import PhoneNumber
from verify_core.verification import Delivery, StartRequest, Verdict
from verify_providers.http import HttpAnswer, NoAnswer
from verify_providers.vonage import VonageVerify
from verify_providers.vonage._asking import Defaults
from verify_providers.vonage._conversations import VonageConversations
from verify_providers.vonage._webhooks import Journal


class TestMovingOn:
    def test_lost_answer_is_maybe_sent_and_can_be_checked(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        """To put it again would take the third step."""
        request = StartRequest(identifier=number, fallback_channels=("call", "call"))
        first = provider.start(request)
        loopback.answer = lose(tiny, only="/next_workflow")

        second = provider.start(request, previous=first.ref)

        assert second.delivery is Delivery.MAYBE_SENT
        assert tiny.messages == ["sms", "voice"]
        assert second.ref.vendor_id == first.ref.vendor_id
        code = tiny.code_of(second.ref.vendor_id)
        assert provider.check(second.ref, code).verdict is Verdict.APPROVED

    def test_after_a_move_that_nobody_is_sure_of_the_next_one_is_as_asked(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        """The step in doubt may be the one that comes, so it must be wanted, too."""
        request = StartRequest(identifier=number, fallback_channels=("call", "sms"))
        first = provider.start(request)
        loopback.answer = lambda _request: Reply(raw=b"", cut_at=0)  # and not obeyed
        second = provider.start(request, previous=first.ref)
        loopback.answer = tiny.answer

        only_sms = StartRequest(identifier=number)
        with pytest.raises(TooSoon):
            provider.start(only_sms, previous=second.ref)
        third = provider.start(request, previous=second.ref)

        assert tiny.messages == ["sms", "voice"]
        assert third.delivery is Delivery.SENT
        assert third.ref.vendor_id == first.ref.vendor_id

    def test_vendors_own_error_carries_the_reference(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        loopback.answer = lambda _request: http(500)

        with pytest.raises(Ambiguous) as caught:
            provider.start(request, previous=first.ref)

        assert caught.value.ref is not None
        assert caught.value.ref.vendor_id == first.ref.vendor_id
        assert tiny.messages == ["sms"]

    def test_replication_delay_is_too_soon_and_nothing_more_is_asked(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        text = "The operation cannot be performed at this time. Please try again later."
        raw = problem(409, "conflict", "Conflict", text)
        loopback.answer = lambda _request: raw

        with pytest.raises(TooSoon):
            provider.start(request, previous=first.ref)

        assert len(loopback.requests) == 2
        assert tiny.messages == ["sms"]


class TestReplacing:
    def test_start_after_the_cancel_is_recovered_too(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        first = provider.start(request_of)
        clock.move(seconds=40)
        starts = [0]

        def answer(request: Received) -> Reply | bytes:
            raw = tiny.answer(request)
            starts[0] += request.target == "/v2/verify"
            lost = request.target == "/v2/verify" and starts[0] == 2
            return Reply(raw=raw, cut_at=0) if lost else raw

        loopback.answer = answer

        second = provider.start(request_of, previous=first.ref)

        assert tiny.messages == ["sms", "sms"]
        assert second.ref.vendor_id != first.ref.vendor_id
        assert second.ref.vendor_id in tiny.requests

    def test_after_a_lost_answer_to_the_cancel_the_number_is_tried(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        """Vonage obeyed, so the number is free, and a start says so."""
        first = provider.start(request_of)
        clock.move(seconds=40)
        loopback.answer = lose(tiny, only=first.ref.vendor_id)

        second = provider.start(request_of, previous=first.ref)

        assert second.delivery is Delivery.SENT
        assert second.ref.vendor_id != first.ref.vendor_id
        assert tiny.messages == ["sms", "sms"]

    def test_cancel_that_never_arrived_leaves_the_number_to_be_tried_again_soon(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        """Its window is open, so nobody waits for the request to end by itself."""
        first = provider.start(request_of)
        clock.move(seconds=40)

        def answer(request: Received) -> Reply | bytes:
            if request.method == "DELETE":
                return Reply(raw=b"", cut_at=0)
            return tiny.answer(request)

        loopback.answer = answer

        with pytest.raises(TooSoon) as caught:
            provider.start(request_of, previous=first.ref)

        assert caught.value.retry_after == timedelta(seconds=15)
        assert tiny.messages == ["sms"]
        loopback.answer = tiny.answer
        assert provider.start(request_of, previous=first.ref).ref.sends == 2

    def test_cancel_that_cannot_be_put_may_be_tried_at_once(
        self,
        tiny: TinyVonage,
        clock: Clock,
        provider: VonageVerify,
        request_of: StartRequest,
    ) -> None:
        """The time of the call was over after the refusal of the start."""
        ref = provider.start(request_of).ref
        clock.move(seconds=40)
        conversation = VonageConversations(
            defaults=Defaults(brand="Acme"),
            journal=Journal(None, None, {}, clock.now),
            clock=clock.now,
            attempt_ids=lambda: "a",
        ).start(request_of, ref)
        next(conversation)
        refusal = {"title": "Conflict", "request_id": ref.vendor_id}

        asked = conversation.send(
            HttpAnswer(status=409, body=json.dumps(refusal).encode())
        )
        with pytest.raises(TooSoon) as caught:
            conversation.send(NoAnswer(maybe_sent=False, reason="no time was left"))

        assert asked.request.method == "DELETE"
        assert caught.value.retry_after == timedelta(0)
        assert tiny.messages == ["sms"]
