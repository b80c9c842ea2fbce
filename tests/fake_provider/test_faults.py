"""Failures on purpose and magic numbers, as `FakeVerifyProvider` raises them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from verify_core import errors
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.phone import read_phone
from verify_core.verification import (
    Delivery,
    Started,
    StartRequest,
    Verdict,
)
from verify_fakes import FakeVerifyProvider, VendorProfile
from verify_fakes.memory import CHECK_BY_ID, LEAST
from verify_fakes.twilio import MAGIC_NUMBERS, Break, Reason
from verify_fakes.twilio.machine._commands import TwilioCommand

PHONE = read_phone("+1 555 323 1234")
OTHER = read_phone("+44 7700 900123")
SMS = StartRequest(identifier=PHONE)


@pytest.fixture
def fake() -> FakeVerifyProvider:
    return FakeVerifyProvider(seed=1)


class TestFaults:
    def test_second_start_is_sent_and_its_answer_lost(
        self, fake: FakeVerifyProvider
    ) -> None:
        fake.faults.arm("start", Break.ANSWER_LOST, first=2, last=2)
        first = fake.start(SMS)
        second = fake.start(evolve(SMS, identifier=OTHER))

        assert first.delivery is Delivery.SENT
        assert second.delivery is Delivery.MAYBE_SENT
        assert second.ref.vendor_id == ""
        assert len(fake.outbox) == 2
        assert fake.check(second.ref, fake.outbox[-1].code).verdict is Verdict.APPROVED

    @pytest.mark.parametrize("profile", [CHECK_BY_ID, LEAST], ids=lambda p: p.name)
    def test_lost_start_without_an_id_to_check_is_ambiguous(
        self, profile: VendorProfile
    ) -> None:
        fake = FakeVerifyProvider(seed=1, profile=profile)
        fake.faults.arm("start", Break.ANSWER_LOST, last=1)

        with pytest.raises(errors.Ambiguous) as caught:
            fake.start(SMS)

        assert caught.value.ref is None
        assert len(fake.outbox) == 1

    def test_lost_start_that_was_not_acted_on_sends_nothing(
        self, fake: FakeVerifyProvider
    ) -> None:
        fake.faults.arm("start", Break.HANG_UP, last=1)

        started = fake.start(SMS)

        assert started.delivery is Delivery.MAYBE_SENT
        assert len(fake.outbox) == 0

    def test_refused_connection_is_surely_not_sent(
        self, fake: FakeVerifyProvider
    ) -> None:
        fake.faults.arm("start", Break.REFUSED, last=1)

        with pytest.raises(errors.Unavailable):
            fake.start(SMS)

        assert len(fake.outbox) == 0

    def test_next_check_is_throttled_and_spends_no_guess(
        self, fake: FakeVerifyProvider
    ) -> None:
        ref = fake.start(SMS).ref
        wait = timedelta(seconds=7)
        fault = fake.faults.arm("check", 20429, last=1, retry_after=wait)
        code = fake.outbox[-1].code

        with pytest.raises(errors.Throttled) as caught:
            fake.check(ref, code)

        assert caught.value.retry_after == wait
        assert fault.hits == 1
        assert fake.check(ref, code).verdict is Verdict.APPROVED

    def test_landline_gets_calls_but_no_sms(self, fake: FakeVerifyProvider) -> None:
        fake.traits.landline(PHONE.e164)

        with pytest.raises(errors.InvalidIdentifier):
            fake.start(SMS)
        fake.start(evolve(SMS, channel=Channel.CALL))

        assert [message.channel for message in fake.outbox] == [Channel.CALL.value]

    def test_blocked_prefix_is_refused(self, fake: FakeVerifyProvider) -> None:
        fake.traits.block_prefix("+4477")
        fake.start(SMS)

        with pytest.raises(errors.Refused):
            fake.start(evolve(SMS, identifier=OTHER))

    def test_blocked_country_is_refused(self, fake: FakeVerifyProvider) -> None:
        fake.traits.block_country("GB")
        fake.start(SMS)

        with pytest.raises(errors.Refused):
            fake.start(evolve(SMS, identifier=OTHER))

    @pytest.mark.parametrize("operation", ["fetch", "cancel"])
    def test_what_does_no_harm_twice_is_unavailable_when_lost(
        self, fake: FakeVerifyProvider, operation: str
    ) -> None:
        ref = fake.start(SMS).ref
        fake.faults.arm(operation, Break.ANSWER_LOST, last=1)

        with pytest.raises(errors.Unavailable):
            getattr(fake, operation)(ref)

    def test_too_many_sends_must_wait(self, fake: FakeVerifyProvider) -> None:
        for _ in range(5):
            fake.start(SMS)

        with pytest.raises(errors.TooSoon):
            fake.start(SMS)

    def test_errors_name_the_provider(self) -> None:
        fake = FakeVerifyProvider(seed=1, name="second")
        fake.faults.arm("start", Reason.UNAUTHENTICATED)

        with pytest.raises(errors.Misconfigured) as caught:
            fake.start(SMS)

        assert caught.value.provider == "second"
        assert caught.value.vendor_code == "unauthenticated"


MAGIC_STARTS = {
    "+15005550001": errors.InvalidIdentifier,
    "+15005550002": Started,
    "+15005550003": errors.Refused,
    "+15005550004": errors.Refused,
    "+15005550005": errors.TooSoon,
    "+15005550006": Started,
    "+15005550007": errors.UnsupportedChannel,
    "+15005550008": errors.TooSoon,
    "+15005550009": errors.InvalidIdentifier,
    "+15005550010": errors.Throttled,
    "+15005550011": errors.Unavailable,
    "+15005550012": errors.Misconfigured,
    "+15005550013": errors.Misconfigured,
    "+15005550014": errors.Ambiguous,
    "+15005550015": errors.Refused,
    "+15005550016": Started,
    "+15005550017": Started,
    "+15005550018": Started,
    "+15005550019": Started,
}
MAGIC_CHECKS = {"+15005550018": Verdict.EXHAUSTED, "+15005550019": Verdict.GONE}
MAGIC_SILENCE = {"+15005550002", "+15005550017"}


class TestMagicNumbers:
    def test_every_magic_number_is_tested(self) -> None:
        assert set(MAGIC_STARTS) == set(MAGIC_NUMBERS)
        at_check = {
            row.number
            for row in MAGIC_NUMBERS.values()
            if row.operation is TwilioCommand.CHECK
        }
        assert at_check == set(MAGIC_CHECKS)

    @pytest.mark.parametrize(("number", "expected"), MAGIC_STARTS.items())
    def test_magic_number_meets_its_fate(
        self, fake: FakeVerifyProvider, number: str, expected: type
    ) -> None:
        request = StartRequest(identifier=read_phone(number))
        try:
            found: object = fake.start(request)
        except VerifyError as error:
            found = error

        assert type(found) is expected
        sent = expected is Started and number not in MAGIC_SILENCE
        assert len(fake.outbox) == sent

    @pytest.mark.parametrize(("number", "verdict"), MAGIC_CHECKS.items())
    def test_magic_number_meets_its_fate_at_the_check(
        self, fake: FakeVerifyProvider, number: str, verdict: Verdict
    ) -> None:
        ref = fake.start(StartRequest(identifier=read_phone(number))).ref

        assert fake.check(ref, fake.outbox[-1].code).verdict is verdict
