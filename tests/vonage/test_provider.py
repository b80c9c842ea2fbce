"""The provider as its callers see it, against a tiny Vonage on loopback."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.support.kinds import Make
from tests.support.loopback import Loopback, http
from tests.vonage.tiny import NOON, Clock, TinyVonage, body_of, problem
from verify_core.channels import Channel
from verify_core.errors import NotSupported, Unexpected
from verify_core.phone import PhoneNumber, read_phone
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
from verify_providers.vonage import MemoryEvents, VonageVerify


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
