"""What the vendor profiles of `FakeVerifyProvider` change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from tests.support.codes import wrong
from verify_core import errors
from verify_core.channels import Channel
from verify_core.identifiers import EmailAddress
from verify_core.phone import read_phone
from verify_core.provider import LookupKey
from verify_core.verification import (
    CancelOutcome,
    StartRequest,
    Status,
    Verdict,
)
from verify_fakes import PROFILES, FakeVerifyProvider
from verify_fakes.memory import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    CHECK_BY_IDENTIFIER,
    NEW_CODE,
    ONE_AT_A_TIME,
    TELLS_ENDS_APART,
)

PHONE = read_phone("+1 555 323 1234")
OTHER = read_phone("+44 7700 900123")
EMAIL = EmailAddress("person@example.org")
SMS = StartRequest(identifier=PHONE)
TEN_MINUTES = timedelta(minutes=10)


class TestProfiles:
    def test_second_start_is_refused_while_the_first_runs(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME)
        fake.start(SMS)
        fake.clock.advance(timedelta(minutes=4))

        with pytest.raises(errors.TooSoon) as caught:
            fake.start(SMS)

        assert caught.value.retry_after == timedelta(minutes=6)
        assert len(fake.outbox) == 1

    def test_resend_is_no_second_start(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME)
        ref = fake.start(SMS).ref

        assert fake.start(SMS, previous=ref).ref.sends == 2

    def test_another_person_may_start_meanwhile(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME)
        fake.start(SMS)
        fake.start(evolve(SMS, identifier=OTHER))

        assert len(fake.outbox) == 2

    @pytest.mark.parametrize("end", ["approve", "cancel", "expire"])
    def test_start_after_an_end_is_not_a_duplicate(self, end: str) -> None:
        fake = FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME)
        ref = fake.start(SMS).ref
        match end:
            case "approve":
                fake.check(ref, fake.outbox[-1].code)
            case "cancel":
                fake.cancel(ref)
            case "expire":
                fake.clock.advance(TEN_MINUTES)

        assert fake.start(SMS).ref.sends == 1

    def test_cancel_window_opens(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=CANCEL_WINDOW)
        ref = fake.start(SMS).ref

        early = fake.cancel(ref)
        fake.clock.advance(timedelta(seconds=30))

        assert early is CancelOutcome.TOO_LATE
        assert fake.cancel(ref) is CancelOutcome.CANCELED

    def test_resend_ends_the_first_code(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=NEW_CODE)
        first = fake.start(SMS).ref
        second = fake.start(SMS, previous=first).ref
        old, new = (message.code for message in fake.outbox)

        assert fake.check(second, old).verdict is Verdict.WRONG_CODE
        assert fake.check(first, old).verdict is Verdict.GONE
        assert fake.check(second, new).verdict is Verdict.APPROVED

    def test_new_codes_count_as_sends(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=NEW_CODE)
        ref = fake.start(SMS).ref
        for sends in range(2, 6):
            ref = fake.start(SMS, previous=ref).ref
            assert ref.sends == sends

        with pytest.raises(errors.TooSoon):
            fake.start(SMS, previous=ref)
        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.APPROVED

    def test_ends_differ(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=TELLS_ENDS_APART)
        ref = fake.start(SMS).ref
        code = fake.outbox[-1].code
        fake.clock.advance(TEN_MINUTES)

        assert fake.check(ref, code).verdict is Verdict.EXPIRED
        assert fake.fetch(ref).status is Status.EXPIRED

    def test_approved_differs_from_unknown(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=TELLS_ENDS_APART)
        ref = fake.start(SMS).ref
        fake.check(ref, fake.outbox[-1].code)

        assert fake.fetch(ref).status is Status.APPROVED
        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.GONE

    def test_last_guess_allows_no_other(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=TELLS_ENDS_APART)
        ref = fake.start(SMS).ref
        code = wrong(fake.outbox[-1].code)
        results = [fake.check(ref, code) for _ in range(5)]

        assert [result.attempts_remaining for result in results] == [4, 3, 2, 1, 0]
        assert [result.retry_allowed for result in results] == [True] * 4 + [False]

    def test_check_by_identifier_looks_at_no_id(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=CHECK_BY_IDENTIFIER)
        ref = evolve(fake.start(SMS).ref, vendor_id="whatever")

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.APPROVED

    def test_check_by_id_looks_at_no_identifier(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=CHECK_BY_ID)
        ref = evolve(fake.start(SMS).ref, vendor_id="")

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.GONE

    def test_profile_of_ones_own(self) -> None:
        mine = evolve(
            CHECK_BY_ID,
            name="mine",
            capabilities=evolve(CHECK_BY_ID.capabilities, channels={Channel.EMAIL}),
        )
        fake = FakeVerifyProvider(seed=1, profile=mine)

        with pytest.raises(errors.UnsupportedChannel):
            fake.start(SMS)
        fake.start(StartRequest(identifier=EMAIL, channel=Channel.EMAIL))

    def test_profiles_are_listed_by_their_names(self) -> None:
        assert all(name == profile.name for name, profile in PROFILES.items())
        assert {p.capabilities.check_key for p in PROFILES.values()} == {
            LookupKey.ID,
            LookupKey.IDENTIFIER,
            LookupKey.EITHER,
        }
