"""The provider as its callers see it, against a tiny Twilio on loopback."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.support.kinds import Make
from tests.support.loopback import Loopback, Misbehaviour, Reply, TinyVerify, http
from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    NotSupported,
    TooSoon,
    Unexpected,
    VerifyError,
)
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, Provenance
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    StartRequest,
    Status,
    Verdict,
)
from verify_providers.twilio import TwilioExtras, TwilioVerify

Account = dict[str, Any]
REQUEST_ID = "RQ" + "d4" * 16


def test_start_check_and_what_is_left(
    provider: TwilioVerify, tiny: TinyVerify, number: PhoneNumber
) -> None:
    started = provider.start(StartRequest(identifier=number, attempt_id="mine"))

    assert started.delivery is Delivery.SENT
    assert started.channel is Channel.SMS
    assert started.ref.attempt_id == "mine"
    assert started.ref.sends == 1
    assert started.expires_at == started.ref.created_at + timedelta(minutes=10)
    assert provider.fetch(started.ref).status is Status.PENDING
    wrong = provider.check(started.ref, "000000")
    assert wrong == CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
    assert provider.check(started.ref, tiny.code).verdict is Verdict.APPROVED
    assert provider.check(started.ref, tiny.code).verdict is Verdict.GONE
    assert provider.fetch(started.ref).status is Status.UNKNOWN


def test_resend_is_the_same_verification(
    provider: TwilioVerify, tiny: TinyVerify, number: PhoneNumber
) -> None:
    first = provider.start(StartRequest(identifier=number))
    second = provider.start(
        StartRequest(identifier=number, channel=Channel.CALL), previous=first.ref
    )

    assert tiny.messages == ["sms", "call"]
    assert second.ref.vendor_id == first.ref.vendor_id
    assert second.ref.sends == 2
    assert second.ref.channel is second.channel is Channel.CALL


def test_attempt_gets_a_name_of_its_own(
    loopback: Loopback, tiny: TinyVerify, make: Make, number: PhoneNumber
) -> None:
    with make(attempt_ids=lambda: "drawn") as provider:
        started = provider.start(StartRequest(identifier=number))

    assert started.ref.attempt_id == "drawn"
    assert tiny.messages == ["sms"]


def test_reference_tells_the_channel_that_twilio_used(
    provider: TwilioVerify, tiny: TinyVerify, number: PhoneNumber
) -> None:
    """Asked for WhatsApp and told of an SMS, nobody claims that it was WhatsApp."""
    tiny.use_instead = "sms"

    started = provider.start(StartRequest(identifier=number, channel=Channel.WHATSAPP))

    assert started.channel is started.ref.channel is Channel.SMS


@pytest.mark.parametrize("code", ["", "1", "123", "1" * 11, "x" * 500, "123\ud800"])
def test_code_that_cannot_be_one_is_wrong_without_asking(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    number: PhoneNumber,
    code: str,
) -> None:
    ref = provider.start(StartRequest(identifier=number)).ref
    loopback.requests.clear()

    assert provider.check(ref, code).verdict is Verdict.WRONG_CODE
    assert loopback.requests == []
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize("code", ["1234", "1" * 10, "abcd", "é€😀ß"])
def test_code_of_a_possible_length_is_asked_for(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    number: PhoneNumber,
    code: str,
) -> None:
    ref = provider.start(StartRequest(identifier=number)).ref
    tiny.code = code

    assert provider.check(ref, code).verdict is Verdict.APPROVED
    assert loopback.requests[-1].form["Code"] == code


def test_gone_is_not_asked_for_again_by_address(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    """The address would find somebody else's verification of the same number."""
    ref = provider.start(StartRequest(identifier=number)).ref
    gone = evolve(ref, vendor_id="VE" + "00" * 15 + "ff")
    loopback.requests.clear()

    assert provider.check(gone, tiny.code).verdict is Verdict.GONE
    assert len(loopback.requests) == 1
    assert "To" not in loopback.requests[0].form


@pytest.mark.parametrize(
    "foreign",
    [
        {"provider": "other"},
        {"vendor_data": {"service": "VA" + "99" * 16}},
        {"vendor_id": "../Verifications"},
    ],
)
def test_foreign_reference_is_gone_without_asking(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    number: PhoneNumber,
    foreign: dict[str, object],
) -> None:
    request = StartRequest(identifier=number)
    ref = evolve(provider.start(request).ref, **foreign)  # type: ignore[arg-type]
    loopback.requests.clear()

    assert provider.check(ref, tiny.code).verdict is Verdict.GONE
    assert provider.fetch(ref).status is Status.UNKNOWN
    assert provider.cancel(ref) is CancelOutcome.GONE
    assert loopback.requests == []
    again = provider.start(request, previous=ref)
    assert again.ignored_hints == ("previous",)
    assert again.ref.attempt_id != ref.attempt_id


def test_previous_of_another_number_is_a_fresh_start(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    number: PhoneNumber,
) -> None:
    other = PhoneNumber(
        e164="+442071838750",
        calling_code=44,
        region="GB",
        provenance=Provenance.EXPLICIT,
    )
    first = provider.start(StartRequest(identifier=number))

    second = provider.start(StartRequest(identifier=other), previous=first.ref)

    assert second.ref.sends == 1
    assert second.ignored_hints == ("previous",)
    assert second.ref.vendor_id != first.ref.vendor_id
    assert len(tiny.pending) == 2
    loopback.answer = reply.lose_everything(tiny)
    third = provider.start(StartRequest(identifier=other), previous=first.ref)
    assert third.ref.sends == 1


def test_amount_and_payee_travel_in_the_reference(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    extras = TwilioExtras(amount="39.99", payee="Acme")
    ref = provider.start(StartRequest(identifier=number, extras=extras)).ref

    provider.check(type(ref).from_json(ref.to_json()), tiny.code)

    form = loopback.requests[-1].form
    assert (form["Amount"], form["Payee"]) == ("39.99", "Acme")


@pytest.mark.parametrize(
    ("wishes", "ignored", "sent"),
    [
        ({"locale": "de-CH"}, (), {"Locale": "de"}),
        ({"locale": "tlh"}, ("locale",), {}),
        ({"client_address": "192.0.2.1"}, (), {"DeviceIp": "192.0.2.1"}),
        ({"fallback_channels": ("call",)}, ("fallback_channels",), {}),
    ],
)
def test_wishes_are_fulfilled_or_listed(
    provider: TwilioVerify,
    loopback: Loopback,
    tiny: TinyVerify,
    number: PhoneNumber,
    wishes: dict[str, Any],
    ignored: tuple[str, ...],
    sent: dict[str, str],
) -> None:
    started = provider.start(StartRequest(identifier=number, **wishes))

    assert started.ignored_hints == ignored
    plain = {"To": number.e164, "Channel": "sms"}
    assert loopback.requests[0].form == plain | sent
    assert tiny.messages == ["sms"]


def test_emails_are_not_translated(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify
) -> None:
    started = provider.start(
        StartRequest(
            identifier=EmailAddress("pat@example.org"), channel="email", locale="de"
        )
    )

    assert started.ignored_hints == ("locale",)
    assert "Locale" not in loopback.requests[0].form
    assert tiny.messages == ["email"]


@pytest.mark.parametrize(
    "options",
    [
        {"extras": object()},
        {"custom_code": "123"},
        {"custom_code": "1" * 11},
    ],
)
def test_what_cannot_be_done_is_refused_before_any_request(
    provider: TwilioVerify,
    loopback: Loopback,
    number: PhoneNumber,
    options: dict[str, Any],
) -> None:
    with pytest.raises(NotSupported):
        provider.start(StartRequest(identifier=number, **options))

    assert loopback.requests == []


def test_other_channel_is_not_passed_off_as_the_one_asked_for(
    provider: TwilioVerify, loopback: Loopback, number: PhoneNumber
) -> None:
    body = {"sid": "VE" + "d4" * 16, "status": "pending", "channel": "whatsapp"}
    loopback.answer = lambda _request: http(201, body)

    started = provider.start(StartRequest(identifier=number))

    assert started.channel is Channel.WHATSAPP


def test_time_to_live_may_be_the_service_s_own(
    loopback: Loopback, tiny: TinyVerify, make: Make, number: PhoneNumber
) -> None:
    day = timedelta(days=1)
    with make(time_to_live=day) as provider:
        started = provider.start(StartRequest(identifier=number))

    assert started.expires_at == started.ref.created_at + day
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(400, 60200, InvalidIdentifier), (429, 60203, TooSoon), (418, 69999, Unexpected)],
)
def test_refusal_is_raised_after_one_request(
    provider: TwilioVerify,
    loopback: Loopback,
    number: PhoneNumber,
    status: int,
    code: int,
    kind: type[VerifyError],
) -> None:
    body = {"code": code, "message": "Invalid parameter `To`: x", "status": status}
    loopback.answer = lambda _request: http(status, body, Twilio_Request_Id=REQUEST_ID)

    with pytest.raises(kind) as caught:
        provider.start(StartRequest(identifier=number))

    assert not caught.value.maybe_sent
    assert caught.value.vendor_code == str(code)
    assert caught.value.vendor_request_id == REQUEST_ID
    assert len(loopback.requests) == 1


def test_cancel_ends_it(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    ref = provider.start(StartRequest(identifier=number)).ref

    assert provider.cancel(ref) is CancelOutcome.CANCELED
    assert loopback.requests[-1].form == {"Status": "canceled"}
    tiny.pending.clear()
    assert provider.cancel(evolve(ref, vendor_id="")) is CancelOutcome.GONE
    assert loopback.requests[-1].target.endswith("/Verifications/+15553231234")


def test_one_deadline_holds_for_start_and_recovery_together(
    loopback: Loopback,
    tiny: TinyVerify,
    make: Make,
    number: PhoneNumber,
) -> None:
    """The server answers both requests byte by byte, slowly."""
    loopback.answer = lambda request: Reply(raw=tiny.answer(request), dribble_s=0.2)
    with make(timeout=timedelta(seconds=0.6)) as provider:
        began = time.monotonic()
        started = provider.start(StartRequest(identifier=number))
        taken = time.monotonic() - began

    assert taken < 2
    assert started.delivery is Delivery.MAYBE_SENT
    assert [request.method for request in loopback.requests] == ["POST", "GET"]
    assert tiny.messages == ["sms"]


def test_late_answer_leaves_time_to_recover(
    loopback: Loopback,
    tiny: TinyVerify,
    reply: Misbehaviour,
    make: Make,
    number: PhoneNumber,
) -> None:
    loopback.answer = reply.dribble_posts(tiny, pause_s=0.7)
    with make(timeout=timedelta(seconds=2)) as provider:
        started = provider.start(StartRequest(identifier=number))

    assert started.delivery is Delivery.SENT
    assert tiny.messages == ["sms"]


def test_vendor_s_dates_are_taken_before_ours(
    loopback: Loopback, tiny: TinyVerify, make: Make, number: PhoneNumber
) -> None:
    then = datetime(2031, 1, 1, tzinfo=UTC)
    tiny.now = lambda: then
    with make() as provider:
        started = provider.start(StartRequest(identifier=number))

    assert started.ref.created_at == then


def test_provider_works_from_sixteen_threads(
    loopback: Loopback, tiny: TinyVerify, make: Make
) -> None:
    """Each thread's number gets its own verification, and its own answer."""
    lock = threading.Lock()

    def answer(request: Any) -> bytes:  # noqa: ANN401 - a request of the server's
        with lock:
            return tiny.answer(request)

    loopback.answer = answer

    def work(place: int) -> bool:
        number = PhoneNumber(
            e164=f"+1555323{place:04}",
            calling_code=1,
            region="US",
            provenance=Provenance.EXPLICIT,
        )
        ref = provider.start(StartRequest(identifier=number)).ref
        wrong = provider.check(ref, "000000").verdict
        found = tiny.pending[number.e164]["sid"]
        right = provider.check(ref, tiny.code).verdict
        return (
            ref.vendor_id == found
            and wrong is Verdict.WRONG_CODE
            and right is Verdict.APPROVED
        )

    with (
        make(pool_size=16) as provider,
        ThreadPoolExecutor(max_workers=16) as pool,
    ):
        assert all(pool.map(work, range(64)))
    assert len(tiny.messages) == 64


def test_closed_provider_opens_new_connections(
    provider: TwilioVerify, loopback: Loopback, tiny: TinyVerify, number: PhoneNumber
) -> None:
    provider.start(StartRequest(identifier=number))
    provider.close()
    provider.close()
    provider.start(StartRequest(identifier=number))

    assert loopback.connections == 2
    assert tiny.messages == ["sms", "sms"]
