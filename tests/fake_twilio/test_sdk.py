"""Judged by the vendor's own SDK: it must not be able to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from verify_fakes import FakeTwilio, fake_twilio
from verify_fakes.twilio import Reason, Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

rest = pytest.importorskip(
    "twilio.rest", reason="the official SDK (PyPI twilio) is not installed"
)
TwilioRestException = pytest.importorskip("twilio.base.exceptions").TwilioRestException

pytestmark = pytest.mark.sdk

PHONE = "+15555550100"
START = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with fake_twilio(seed=5, switches=Switches(custom_code_enabled=True)) as twilio:
        yield twilio


@pytest.fixture
def client(fake: FakeTwilio) -> Any:  # noqa: ANN401  the SDK has no stubs
    return rest.Client("AC" + "1" * 32, "token")


@pytest.fixture
def service(client: Any) -> Any:  # noqa: ANN401  the SDK has no stubs
    return client.verify.v2.services("VA" + "0" * 32)


def refused(call: Callable[[], object]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call()
    return caught.value.status, caught.value.code


def test_create_resend_check(service: Any, fake: FakeTwilio) -> None:  # noqa: ANN401
    first = service.verifications.create(to=PHONE, channel="sms")
    fake.clock.advance(timedelta(seconds=40))
    second = service.verifications.create(to=PHONE, channel="call")

    assert first.sid == second.sid
    assert (second.status, second.valid, second.channel) == ("pending", False, "call")
    assert second.date_created == START
    assert second.date_updated == START + timedelta(seconds=40)
    assert len(second.send_code_attempts) == 2

    wrong = service.verification_checks.create(to=PHONE, code="00000000")
    assert (wrong.status, wrong.valid) == ("pending", False)
    right = service.verification_checks.create(
        verification_sid=first.sid, code=fake.outbox[-1].code
    )
    assert (right.status, right.valid, right.sid) == ("approved", True, first.sid)
    assert right.date_updated == START + timedelta(seconds=40)


@pytest.mark.parametrize("to", [PHONE, "ann+tag@example.org"])
def test_fetch_and_cancel_by_sid_and_by_address(
    service: Any,  # noqa: ANN401
    to: str,
) -> None:
    channel = "email" if "@" in to else "sms"
    made = service.verifications.create(to=to, channel=channel)

    for key in (made.sid, to):
        assert service.verifications(key).fetch().status == "pending"
    canceled = service.verifications(to).update(status="canceled")
    assert (canceled.status, canceled.sid) == ("canceled", made.sid)
    assert service.verifications(made.sid).fetch().status == "canceled"


def test_every_optional_input_is_taken(
    service: Any,  # noqa: ANN401
    fake: FakeTwilio,
) -> None:
    service.verifications.create(
        to=PHONE,
        channel="sms",
        custom_friendly_name="Shop",
        send_digits="1",
        locale="de",
        custom_code="271828",
        rate_limits={"ip": "1.2.3.4"},
        channel_configuration={"from": "a@example.org"},
        app_hash="He42w354ol9",
        template_sid="HJ" + "0" * 32,
        template_custom_substitutions='{"a": "b"}',
        device_ip="1.2.3.4",
        risk_check="enable",
        tags='{"order": "7"}',
    )

    assert fake.outbox[-1].code == "271828"


def test_errors_are_the_sdks_own(
    client: Any,  # noqa: ANN401
    service: Any,  # noqa: ANN401
    fake: FakeTwilio,
) -> None:
    def create(to: str = PHONE, channel: str = "sms") -> Callable[[], object]:
        return lambda: service.verifications.create(to=to, channel=channel)

    def check(code: str = "00000000") -> Callable[[], object]:
        return lambda: service.verification_checks.create(to=PHONE, code=code)

    assert refused(check()) == (404, 20404)
    assert refused(create("555")) == (400, 60200)
    assert refused(create(channel="sna")) == (400, 60200)
    assert refused(create("+15005550004")) == (403, 60410)
    for _ in range(5):
        create()()
    assert refused(create()) == (429, 60203)
    for _ in range(5):
        check()()
    assert refused(check()) == (429, 60202)
    assert refused(create()) == (429, 60202)
    assert refused(lambda: service.verification_checks.create(code="1234")) == (
        400,
        60221,
    )
    fake.faults.arm("start", Reason.UNAVAILABLE, last=1)
    assert refused(create("+15555550101")) == (503, 20503)
    stranger = rest.Client("AC1", "token").verify.v2.services("VA" + "0" * 32)
    assert refused(stranger.fetch) == (401, 20003)


def test_an_expired_one_is_not_found(service: Any, fake: FakeTwilio) -> None:  # noqa: ANN401
    made = service.verifications.create(to=PHONE, channel="sms")
    fake.clock.advance(timedelta(minutes=10))

    assert refused(lambda: service.verifications(made.sid).fetch()) == (404, 20404)


def test_services(client: Any) -> None:  # noqa: ANN401
    made = client.verify.v2.services.create(
        friendly_name="Shop", code_length=8, lookup_enabled=True, totp_skew=2
    )

    assert (made.code_length, made.lookup_enabled, made.totp["skew"]) == (8, True, 2)
    assert made.date_created == START
    changed = made.update(friendly_name="Store", code_length=4)
    assert (changed.friendly_name, changed.code_length) == ("Store", 4)
    assert client.verify.v2.services(made.sid).fetch().lookup_enabled is True
    assert made.delete() is True
    assert refused(made.fetch) == (404, 20404)


def test_lookup(client: Any) -> None:  # noqa: ANN401
    numbers = client.lookups.v2.phone_numbers

    found = numbers("+442079460958").fetch(fields="line_type_intelligence")
    assert found.line_type_intelligence["type"] == "landline"
    assert (found.valid, found.country_code) == (True, "GB")
    assert numbers("+44207").fetch().valid is False


def test_lookup_where_no_version_is_named(client: Any) -> None:  # noqa: ANN401
    with pytest.warns(DeprecationWarning, match="phone_numbers"):
        numbers = client.lookups.phone_numbers

    found = numbers("020 7946 0958").fetch(country_code="GB", type="carrier")

    assert (found.carrier["type"], found.phone_number) == ("landline", "+442079460958")
    assert (found.caller_name, found.add_ons) == (None, None)
    both = numbers("+14155552671").fetch(type=["carrier", "caller-name"])
    assert (both.carrier["type"], both.caller_name["error_code"]) == ("mobile", None)
    assert refused(numbers("+44207").fetch) == (404, 20404)
    assert refused(lambda: numbers("+14155552671").fetch(add_ons=["x"])) == (501, 501)
