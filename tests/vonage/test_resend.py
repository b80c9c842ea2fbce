"""A resend: the next step of the request that runs, or another in its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from tests.support.loopback import Loopback
from tests.vonage.tiny import NOON, OTHER, WINDOW, Clock, TinyVonage, begin, calls
from verify_core.channels import Channel
from verify_core.errors import TooSoon
from verify_core.phone import PhoneNumber
from verify_core.verification import StartHints, StartRequest, Verdict
from verify_providers.vonage import VonageVerify


class TestResend:
    def test_next_step_where_the_request_names_its_channel(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)

        second = provider.start(request, previous=first.ref)

        assert first.resend_after is None  # the next step may come at once
        assert calls(loopback) == ["POST", "POST /next_workflow"]
        assert tiny.messages == ["sms", "voice"]
        assert second.ref.vendor_id == first.ref.vendor_id
        assert second.ref.attempt_id == first.ref.attempt_id
        assert second.ref.sends == 2
        assert second.ref.channel is Channel.CALL
        assert second.expires_at == NOON + timedelta(seconds=180)
        code = tiny.code_of(second.ref.vendor_id)
        assert provider.check(second.ref, code).verdict is Verdict.APPROVED

    def test_by_another_channel_than_the_next_it_is_replaced(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        """Asked for an SMS again, nobody is called."""
        both = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(both)
        clock.move(seconds=31)

        again = StartRequest(identifier=number)
        second = provider.start(again, previous=first.ref)

        assert tiny.messages == ["sms", "sms"]
        assert second.ref.vendor_id != first.ref.vendor_id
        assert second.ref.channel is Channel.SMS
        assert second.ref.sends == 2

    def test_one_step_is_replaced_once_it_can_be_canceled(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        first = provider.start(request_of)
        assert first.resend_after == WINDOW
        clock.move(seconds=30)

        second = provider.start(request_of, previous=first.ref)

        assert [call.split()[0] for call in calls(loopback)] == [
            "POST",
            "POST",
            "DELETE",
            "POST",
        ]
        assert tiny.messages == ["sms", "sms"]
        assert second.ref.sends == 2
        assert second.ref.attempt_id == first.ref.attempt_id
        assert provider.check(first.ref, "0000").verdict is Verdict.GONE
        code = tiny.code_of(second.ref.vendor_id)
        assert provider.check(second.ref, code).verdict is Verdict.APPROVED

    @pytest.mark.parametrize("names_it", [True, False])
    def test_before_that_it_is_too_soon_and_says_how_long(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
        *,
        names_it: bool,
    ) -> None:
        tiny.ids_in_conflicts = names_it
        first = provider.start(request_of)
        clock.move(seconds=10)

        with pytest.raises(TooSoon) as caught:
            provider.start(request_of, previous=first.ref)

        assert caught.value.retry_after == timedelta(seconds=20)
        assert tiny.messages == ["sms"]
        code = tiny.code_of(first.ref.vendor_id)
        assert provider.check(first.ref, code).verdict is Verdict.APPROVED

    def test_somebody_elses_request_is_not_canceled(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        first = provider.start(request_of)
        clock.move(seconds=200)
        tiny.answer(begin(request_of))

        with pytest.raises(TooSoon) as caught:
            provider.start(request_of, previous=first.ref)

        assert caught.value.retry_after is None
        assert not [call for call in calls(loopback) if call.startswith("DELETE")]
        assert len(tiny.messages) == 2

    def test_when_the_time_that_is_known_is_over_no_wait_is_named(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        provider.start(request_of)
        clock.move(seconds=180)
        tiny.lag_after_cancel = 1

        with pytest.raises(TooSoon) as caught:
            provider.start(request_of)

        assert caught.value.retry_after is None

    def test_vonages_lag_after_a_cancel_is_too_soon(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        """Vonage holds a number a little longer than the request that was canceled."""
        first = provider.start(request_of)
        clock.move(seconds=40)
        tiny.lag_after_cancel = 1

        with pytest.raises(TooSoon) as caught:
            provider.start(request_of, previous=first.ref)

        assert caught.value.retry_after == timedelta(seconds=15)
        assert tiny.messages == ["sms"]
        assert provider.start(request_of, previous=first.ref).ref.sends == 2

    def test_when_no_step_is_left_after_all_it_is_too_soon(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        tiny.requests[first.ref.vendor_id].step = 1  # Vonage went on by itself
        clock.move(seconds=100)

        with pytest.raises(TooSoon) as caught:
            provider.start(request, previous=first.ref)

        assert calls(loopback)[1] == "POST /next_workflow"
        assert caught.value.retry_after == timedelta(seconds=260)
        assert tiny.messages == ["sms"]

    def test_after_the_second_step_the_window_does_not_open_any_more(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        second = provider.start(request, previous=first.ref)
        assert second.resend_after == timedelta(seconds=180)
        clock.move(seconds=10)

        with pytest.raises(TooSoon) as caught:
            provider.start(request, previous=second.ref)

        assert caught.value.retry_after == timedelta(seconds=170)
        assert tiny.messages == ["sms", "voice"]

    def test_steps_that_vonage_took_by_itself_are_reckoned_with(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        """After the first step's time the second runs, and nothing follows it."""
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        clock.move(seconds=181)
        tiny.requests[first.ref.vendor_id].step = 1

        with pytest.raises(TooSoon) as caught:
            provider.start(request, previous=first.ref)

        assert "POST /next_workflow" not in calls(loopback)
        assert caught.value.retry_after == timedelta(seconds=179)
        assert tiny.messages == ["sms"]

    def test_after_the_end_it_is_a_fresh_start(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        request_of: StartRequest,
    ) -> None:
        first = provider.start(request_of)
        for _ in range(3):
            provider.check(first.ref, "9999")

        second = provider.start(request_of, previous=first.ref)

        assert second.ref.vendor_id != first.ref.vendor_id
        assert second.ref.sends == 2
        assert tiny.messages == ["sms", "sms"]

    def test_of_another_number_is_a_fresh_start(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        request_of: StartRequest,
    ) -> None:
        first = provider.start(request_of)

        second = provider.start(
            evolve(request_of, identifier=OTHER), previous=first.ref
        )

        assert second.ref.sends == 1
        assert second.ref.attempt_id != first.ref.attempt_id
        assert calls(loopback) == ["POST", "POST"]
        assert len(tiny.messages) == 2

    def test_own_code_cannot_ride_on_the_next_step(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        clock.move(seconds=31)

        own = evolve(request, custom_code="K79xQz")
        second = provider.start(own, previous=first.ref)

        assert second.ref.vendor_id != first.ref.vendor_id
        assert provider.check(second.ref, "K79xQz").verdict is Verdict.APPROVED
        assert tiny.messages == ["sms", "sms"]

    def test_wishes_that_a_running_request_cannot_take_are_listed(
        self, provider: VonageVerify, tiny: TinyVonage, number: PhoneNumber
    ) -> None:
        wish = StartHints(time_to_live=timedelta(seconds=300), code_length=6)
        request = StartRequest(
            identifier=number, fallback_channels=("call",), locale="de", hints=wish
        )
        first = provider.start(request)
        same = provider.start(request, previous=first.ref)
        assert same.ignored_hints == ()

        again = provider.start(evolve(request, identifier=OTHER))
        other = StartHints(time_to_live=timedelta(seconds=400), code_length=5)
        changed = evolve(request, identifier=OTHER, locale="fr", hints=other)
        moved = provider.start(changed, previous=again.ref)

        listed = {"locale", "time_to_live", "code_length"}
        assert set(moved.ignored_hints) == listed
        assert len(tiny.messages) == 4
