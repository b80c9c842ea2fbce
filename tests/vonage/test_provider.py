"""The provider as its callers see it, against a tiny Vonage on loopback."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.support.kinds import Make
from tests.support.loopback import Loopback, http
from tests.vonage.tiny import NOON, Clock, TinyVonage, begin, problem
from verify_core.channels import Channel
from verify_core.errors import (
    InvalidSetting,
    NotSupported,
    TooSoon,
    Unexpected,
    UnsupportedChannel,
)
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, Provenance, read_phone
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    StartHints,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
)
from verify_providers.vonage import (
    EmailStep,
    MemoryEvents,
    SmsStep,
    VoiceStep,
    VonageExtras,
    VonageVerify,
    WhatsAppStep,
)

WINDOW = timedelta(seconds=30)
OTHER = PhoneNumber(
    e164="+442071838750", calling_code=44, region="GB", provenance=Provenance.EXPLICIT
)


def body_of(loopback: Loopback, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(loopback.requests[index].body)
    return found


def calls(loopback: Loopback) -> list[str]:
    return [
        f"{request.method} {request.target.partition('/v2/verify')[2][-14:]}".strip()
        for request in loopback.requests
    ]


def test_start_check_and_what_is_left(
    provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
) -> None:
    started = provider.start(evolve(request_of, attempt_id="mine"))

    assert started.delivery is Delivery.SENT
    assert started.channel is None  # Vonage does not say
    assert started.ref.attempt_id == "mine"
    assert started.ref.sends == 1
    assert started.code_length == 4
    assert started.expires_at == NOON + timedelta(seconds=180)
    wrong = provider.check(started.ref, "9999")
    assert wrong == CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
    right = tiny.code_of(started.ref.vendor_id)
    assert provider.check(started.ref, right).verdict is Verdict.APPROVED
    assert provider.check(started.ref, right).verdict is Verdict.GONE


def test_three_wrong_codes_end_it(
    provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
) -> None:
    ref = provider.start(request_of).ref

    verdicts = [provider.check(ref, "9999").verdict for _ in range(3)]

    assert verdicts == [Verdict.WRONG_CODE, Verdict.WRONG_CODE, Verdict.EXHAUSTED]
    assert provider.check(ref, tiny.code_of(ref.vendor_id)).verdict is Verdict.GONE


def test_one_step_and_nothing_that_was_not_asked_for(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
) -> None:
    ref = provider.start(request_of).ref

    assert body_of(loopback) == {
        "brand": "Acme",
        "workflow": [{"channel": "sms", "to": "15553231234"}],
        "client_ref": ref.attempt_id,
    }
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "123",
        "1" * 11,
        "12 34",
        "é234",
        "123\ud800",
        "\uff11\uff12\uff13\uff14",
        "1234\n",
    ],
)
def test_code_that_cannot_be_one_is_wrong_without_asking(
    provider: VonageVerify,
    loopback: Loopback,
    tiny: TinyVonage,
    request_of: StartRequest,
    code: str,
) -> None:
    """Three guesses are all there are; none is spent on what no message can say."""
    ref = provider.start(request_of).ref
    loopback.requests.clear()

    result = provider.check(ref, code)

    assert result == CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
    assert loopback.requests == []
    assert tiny.requests[ref.vendor_id].guesses == 3


@pytest.mark.parametrize(
    "foreign",
    [
        {"provider": "twilio"},
        {"vendor_id": ""},
        {"vendor_id": "../verify"},
        {"vendor_id": "0a1b2c3d-0000-4000-8000-0123456789ab\n"},
        {"vendor_id": "\uff10a1b2c3d-0000-4000-8000-0123456789ab"},
    ],
)
def test_foreign_reference_is_gone_without_asking(
    loopback: Loopback,
    tiny: TinyVonage,
    make: Make,
    request_of: StartRequest,
    foreign: dict[str, Any],
) -> None:
    events = MemoryEvents()
    with make(events=events) as provider:
        ref = evolve(provider.start(request_of).ref, **foreign)
        loopback.requests.clear()

        assert provider.check(ref, "1234").verdict is Verdict.GONE
        assert provider.fetch(ref).status is Status.UNKNOWN
        assert provider.cancel(ref) is CancelOutcome.GONE
        assert loopback.requests == []
        other = evolve(request_of, identifier=read_phone("+44 7700 900123"))
        again = provider.start(other, previous=evolve(ref, identifier=other.identifier))
    assert again.ignored_hints == ("previous",)
    assert again.ref.attempt_id != ref.attempt_id
    assert tiny.messages == ["sms", "sms"]


def test_previous_of_another_number_is_a_fresh_start(
    provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
) -> None:
    both = evolve(request_of, fallback_channels=(Channel.CALL,))
    first = provider.start(both)
    other = evolve(both, identifier=read_phone("+44 7700 900123"))

    second = provider.start(other, previous=first.ref)

    assert second.ignored_hints == ("previous",)
    assert second.ref.vendor_id != first.ref.vendor_id
    assert (second.ref.sends, second.ref.identifier) == (1, other.identifier)
    assert tiny.messages == ["sms", "sms"]


def test_reference_survives_json(
    provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
) -> None:
    request = evolve(request_of, fallback_channels=(Channel.CALL,))
    ref = VerificationRef.from_json(provider.start(request).ref.to_json())

    again = provider.start(request, previous=ref)

    assert again.ref.vendor_id == ref.vendor_id
    assert tiny.messages == ["sms", "voice"]


def test_reference_without_a_workflow_is_taken_for_one_step(
    provider: VonageVerify, tiny: TinyVonage, clock: Clock, request_of: StartRequest
) -> None:
    """Nothing that is missing from a reference makes it unusable."""
    ref = evolve(provider.start(request_of).ref, vendor_data={"workflow": "pigeon"})
    clock.move(seconds=31)

    assert provider.start(request_of, previous=ref).ref.sends == 2
    assert tiny.messages == ["sms", "sms"]


class TestWishes:
    def test_they_reach_vonage(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        started = provider.start(
            StartRequest(
                identifier=number,
                locale="pt-BR",
                fallback_channels=("call",),
                hints=StartHints(time_to_live=timedelta(minutes=5), code_length=6),
            )
        )

        body = body_of(loopback)
        assert body["locale"] == "pt-br"
        assert body["channel_timeout"] == 300
        assert body["code_length"] == 6
        assert [step["channel"] for step in body["workflow"]] == ["sms", "voice"]
        assert started.ignored_hints == ()
        assert started.code_length == 6
        assert started.expires_at == NOON + timedelta(minutes=10)
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        ("wishes", "listed"),
        [
            ({"locale": "tlh"}, "locale"),
            ({"client_address": "192.0.2.1"}, "client_address"),
            ({"fallback_channels": ("whatsapp",)}, "fallback_channels"),
            *(
                ({"hints": StartHints(time_to_live=span)}, "time_to_live")
                for span in (
                    timedelta(seconds=14),
                    timedelta(seconds=901),
                    timedelta(seconds=60.5),
                )
            ),
            (
                {"custom_code": "12345", "hints": StartHints(code_length=6)},
                "code_length",
            ),
        ],
    )
    def test_what_vonage_cannot_do_is_listed_and_left_out(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
        wishes: dict[str, Any],
        listed: str,
    ) -> None:
        started = provider.start(StartRequest(identifier=number, **wishes))

        assert started.ignored_hints == (listed,)
        assert set(body_of(loopback)) <= {"brand", "workflow", "client_ref", "code"}
        assert tiny.messages == ["sms"]

    def test_own_code_is_sent_and_still_checked_at_vonage(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, custom_code="K79xQz")
        started = provider.start(request)

        assert body_of(loopback)["code"] == "K79xQz"
        assert started.code_length == 6
        assert provider.check(started.ref, "K79xQz").verdict is Verdict.APPROVED
        assert body_of(loopback) == {"code": "K79xQz"}
        assert tiny.running("15553231234") is None

    @pytest.mark.parametrize(
        "code", ["123", "1" * 11, "12-34", "cödé", "\uff11\uff12\uff13\uff14"]
    )
    def test_own_code_that_vonage_does_not_take_is_refused(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        number: PhoneNumber,
        code: str,
    ) -> None:
        with pytest.raises(NotSupported, match="custom_code") as caught:
            provider.start(StartRequest(identifier=number, custom_code=code))

        assert code not in str(caught.value)
        assert loopback.requests == []

    @pytest.mark.parametrize(
        ("attempt", "client_ref"),
        [
            ("a" * 40, "a" * 40),
            ("A1", "A1"),
            ("a" * 41, None),
            ("3f0e-1", None),
            ("é", None),
            ("\uff11", None),
        ],
    )
    def test_client_reference_is_the_attempt_where_vonage_takes_it(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
        attempt: str,
        client_ref: str | None,
    ) -> None:
        from verify_providers.vonage import client_ref_of

        started = provider.start(StartRequest(identifier=number, attempt_id=attempt))

        sent = body_of(loopback)["client_ref"]
        assert sent == (client_ref or client_ref_of(attempt))
        assert sent.isascii()
        assert sent.isalnum()
        assert len(sent) <= 40
        assert started.ref.attempt_id == attempt
        assert tiny.messages == ["sms"]


class TestChannels:
    def test_voice_is_our_call(
        self, provider: VonageVerify, tiny: TinyVonage, number: PhoneNumber
    ) -> None:
        ref = provider.start(StartRequest(identifier=number, channel="call")).ref

        assert tiny.messages == ["voice"]
        assert ref.channel is Channel.CALL

    def test_email(
        self, provider: VonageVerify, loopback: Loopback, tiny: TinyVonage
    ) -> None:
        address = EmailAddress("pat+x@example.org")
        provider.start(StartRequest(identifier=address, channel="email"))

        step = {"channel": "email", "to": "pat+x@example.org"}
        assert body_of(loopback)["workflow"] == [step]
        assert tiny.messages == ["email"]

    def test_whatsapp_needs_a_sender(
        self, provider: VonageVerify, loopback: Loopback, number: PhoneNumber
    ) -> None:
        assert Channel.WHATSAPP not in provider.capabilities.channels
        request = StartRequest(identifier=number, channel="whatsapp")

        with pytest.raises(UnsupportedChannel, match="whatsapp_from"):
            provider.start(request)

        assert loopback.requests == []

    def test_whatsapp_with_the_providers_sender(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        make: Make,
        number: PhoneNumber,
    ) -> None:
        with make(whatsapp_from="447700900000") as provider:
            assert provider.capabilities.channels == frozenset(Channel)
            provider.start(StartRequest(identifier=number, channel="whatsapp"))

        assert body_of(loopback)["workflow"][0]["from"] == "447700900000"
        assert tiny.messages == ["whatsapp"]

    def test_every_sender_goes_to_its_own_channel(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        make: Make,
        number: PhoneNumber,
    ) -> None:
        senders = {
            "sms_from": "AcmeSMS",
            "whatsapp_from": "447700900000",
            "email_from": "otp@example.org",
        }
        with make(**senders) as provider:
            provider.start(
                StartRequest(identifier=number, fallback_channels=("call", "whatsapp"))
            )
            address = EmailAddress("pat@example.org")
            provider.start(StartRequest(identifier=address, channel="email"))

        sent = [step.get("from") for step in body_of(loopback, 0)["workflow"]]
        assert sent == ["AcmeSMS", None, "447700900000"]
        assert body_of(loopback)["workflow"][0]["from"] == "otp@example.org"
        assert tiny.messages == ["sms", "email"]


class TestExtras:
    def test_steps_are_sent_as_they_are(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        extras = VonageExtras(
            brand="Other",
            workflow=(
                SmsStep(sender="Acme", app_hash="FA+9qCX9VSu", entity_id="1"),
                WhatsAppStep(sender="447700900000", mode="zero_tap"),
                VoiceStep(reuse_code=True),
            ),
            channel_timeout=timedelta(seconds=60),
            code_length=8,
            template_id="4ed3027d-8762-44a0-aa3f-c393717413a4",
            fraud_check=False,
            client_ref="mine",
        )

        started = provider.start(StartRequest(identifier=number, extras=extras))

        to = "15553231234"
        assert body_of(loopback) == {
            "brand": "Other",
            "workflow": [
                {
                    "channel": "sms",
                    "to": to,
                    "from": "Acme",
                    "app_hash": "FA+9qCX9VSu",
                    "entity_id": "1",
                },
                {
                    "channel": "whatsapp",
                    "to": to,
                    "from": "447700900000",
                    "mode": "zero_tap",
                },
                {"channel": "voice", "to": to, "reuse_code": True},
            ],
            "channel_timeout": 60,
            "client_ref": "mine",
            "code_length": 8,
            "template_id": "4ed3027d-8762-44a0-aa3f-c393717413a4",
            "fraud_check": False,
        }
        assert started.expires_at == NOON + timedelta(minutes=3)
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        ("more", "extras", "field"),
        [
            ({"channel": "call"}, VonageExtras(workflow=(SmsStep(),)), "workflow"),
            ({}, VonageExtras(workflow=(SmsStep(), EmailStep())), "workflow"),
            (
                {"fallback_channels": ("call",)},
                VonageExtras(workflow=(SmsStep(),)),
                "workflow",
            ),
            ({"fallback_channels": ("call",) * 3}, None, "fallback_channels"),
        ],
    )
    def test_steps_that_do_not_fit_are_refused_before_any_request(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        number: PhoneNumber,
        more: dict[str, Any],
        extras: VonageExtras | None,
        field: str,
    ) -> None:
        given = () if extras is None else (extras,)
        request = StartRequest(identifier=number, extras=given, **more)

        with pytest.raises(InvalidSetting, match=f"^{field}: "):
            provider.start(request)

        assert loopback.requests == []


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


class TestCancel:
    @pytest.mark.parametrize(
        "refusal",
        [
            problem(404, "not-found", "Not Found", "Not found."),
            problem(409, "conflict", "Conflict", "Not now."),
            problem(400, "bad-request", "Bad Request", "Can't be cancelled now."),
            problem(422, "invalid-params", "Invalid", "It cannot be canceled."),
        ],
        ids=["404", "409", "400", "422"],  # the answers hold the time of collection
    )
    def test_too_early_is_too_late(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
        refusal: bytes,
    ) -> None:
        """However Vonage says it: a running request is never called gone."""
        tiny.cancel_too_early = refusal
        ref = provider.start(request_of).ref
        clock.move(seconds=29)

        assert provider.cancel(ref) is CancelOutcome.TOO_LATE
        code = tiny.code_of(ref.vendor_id)
        assert provider.check(ref, code).verdict is Verdict.APPROVED

    def test_in_its_window(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        request_of: StartRequest,
    ) -> None:
        ref = provider.start(request_of).ref
        clock.move(seconds=30)

        assert provider.cancel(ref) is CancelOutcome.CANCELED
        assert provider.cancel(ref) is CancelOutcome.GONE
        assert provider.check(ref, "0000").verdict is Verdict.GONE
        assert tiny.messages == ["sms"]

    def test_after_the_second_step_it_is_too_late(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=("call",))
        first = provider.start(request)
        clock.move(seconds=40)
        second = provider.start(request, previous=first.ref)

        assert provider.cancel(second.ref) is CancelOutcome.TOO_LATE
        assert tiny.messages == ["sms", "voice"]

    @pytest.mark.parametrize("more", [(), ("call",)])
    def test_after_the_end_it_is_gone(
        self,
        provider: VonageVerify,
        tiny: TinyVonage,
        clock: Clock,
        number: PhoneNumber,
        more: tuple[str, ...],
    ) -> None:
        request = StartRequest(identifier=number, fallback_channels=more)
        ref = provider.start(request).ref
        clock.move(seconds=180 * (1 + len(more)))

        assert provider.cancel(ref) is CancelOutcome.GONE
        assert tiny.messages == ["sms"]


class TestFetch:
    def test_without_a_store_it_is_refused(
        self, provider: VonageVerify, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        ref = provider.start(request_of).ref

        with pytest.raises(NotSupported, match="events"):
            provider.fetch(ref)

        assert provider.capabilities.fetch == "none"
        assert tiny.messages == ["sms"]

    def test_with_a_store_it_knows_what_its_own_calls_were_told(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        clock: Clock,
        make: Make,
        request_of: StartRequest,
    ) -> None:
        with make(events=MemoryEvents()) as provider:
            assert provider.capabilities.fetch == "id"
            approved = provider.start(request_of).ref
            assert provider.fetch(approved).status is Status.PENDING
            provider.check(approved, "9999")
            assert provider.fetch(approved).status is Status.PENDING
            provider.check(approved, tiny.code_of(approved.vendor_id))
            assert provider.fetch(approved).status is Status.APPROVED
            canceled = provider.start(request_of).ref
            clock.move(seconds=30)
            provider.cancel(canceled)
            assert provider.fetch(canceled).status is Status.CANCELED
            replaced = provider.start(request_of).ref
            clock.move(seconds=30)
            provider.start(request_of, previous=replaced)
            assert provider.fetch(replaced).status is Status.CANCELED
            clock.move(seconds=181)
            left = provider.start(request_of).ref
            clock.move(seconds=181)
            assert provider.fetch(left).status is Status.UNKNOWN

    def test_a_store_that_fails_does_not_undo_an_approval(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        make: Make,
        request_of: StartRequest,
    ) -> None:
        class Full(MemoryEvents):
            def add(self, event: object) -> None:
                raise OSError("the disk is full")

            def events_of(self, request_id: str) -> tuple[()]:
                raise OSError("the disk cannot be read")

        with make(events=Full()) as provider:
            ref = provider.start(request_of).ref
            code = tiny.code_of(ref.vendor_id)
            assert provider.check(ref, code).verdict is Verdict.APPROVED
            assert provider.check(ref, code).verdict is Verdict.GONE
            with pytest.raises(OSError, match="cannot be read"):
                provider.fetch(ref)


def test_an_answer_about_another_request_is_no_verdict(
    provider: VonageVerify, loopback: Loopback, tiny: TinyVonage, number: PhoneNumber
) -> None:
    request = StartRequest(identifier=number, fallback_channels=("call",))
    ref = provider.start(request).ref
    other = {"request_id": ref.vendor_id.replace("e", "f"), "status": "completed"}
    loopback.answer = lambda _request: http(200, other)

    for call in (
        lambda: provider.check(ref, "1234"),
        lambda: provider.cancel(ref),
        lambda: provider.start(request, previous=ref),
    ):
        with pytest.raises(Unexpected):
            call()
    assert tiny.messages == ["sms"]


def test_repr_shows_no_secret(provider: VonageVerify) -> None:
    assert "VonageVerify(user='a1…', brand='Acme')" in repr(provider)
