"""What `FakeVerifyProvider` gives a developer beyond the laws of every provider."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve, frozen

from tests.support.codes import wrong
from verify_core import errors
from verify_core.channels import Channel
from verify_core.errors import NotSupported
from verify_core.identifiers import EmailAddress
from verify_core.phone import read_phone
from verify_core.verification import (
    StartRequest,
    Verdict,
)
from verify_fakes import PROFILES, FakeClock, FakeVerifyProvider, VendorProfile
from verify_fakes.memory import NEW_CODE, ONE_AT_A_TIME
from verify_fakes.twilio import Keep, Limits

PHONE = read_phone("+1 555 323 1234")
OTHER = read_phone("+44 7700 900123")
EMAIL = EmailAddress("person@example.org")
SMS = StartRequest(identifier=PHONE)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def fake() -> FakeVerifyProvider:
    return FakeVerifyProvider(seed=1)


class TestDeterminism:
    def test_one_seed_gives_the_same_answers(self) -> None:
        first, second = FakeVerifyProvider(seed=1), FakeVerifyProvider(seed=1)

        assert first.start(SMS) == second.start(SMS)
        assert first.outbox[-1] == second.outbox[-1]

    def test_two_seeds_give_different_codes(self) -> None:
        codes = set()
        for seed in range(5):
            fake = FakeVerifyProvider(seed=seed)
            fake.start(SMS)
            codes.add(fake.outbox[-1].code)

        assert len(codes) == 5

    def test_without_a_seed_codes_cannot_be_relied_on(self) -> None:
        codes = set()
        for _ in range(5):
            fake = FakeVerifyProvider()
            fake.start(SMS)
            codes.add(fake.outbox[-1].code)

        assert len(codes) > 1

    def test_two_fakes_share_nothing(self, fake: FakeVerifyProvider) -> None:
        other = FakeVerifyProvider(seed=1)
        fake.start(SMS)

        assert len(other.outbox) == 0


class TestOutbox:
    @pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
    def test_text_holds_the_code(
        self, fake: FakeVerifyProvider, channel: Channel
    ) -> None:
        fake.start(evolve(SMS, channel=channel))

        message = fake.outbox[-1]
        assert message.to == PHONE.e164
        assert message.channel == channel.value
        assert message.code in message.body

    @pytest.mark.parametrize(("locale", "shown"), [("pt-BR", "pt-BR"), (None, "en")])
    def test_message_has_the_language_that_was_asked_for(
        self, fake: FakeVerifyProvider, locale: str | None, shown: str
    ) -> None:
        fake.start(evolve(SMS, locale=locale))

        assert fake.outbox[-1].locale == shown

    def test_call_spells_the_code(self, fake: FakeVerifyProvider) -> None:
        fake.start(evolve(SMS, channel=Channel.CALL))

        message = fake.outbox[-1]
        assert ", ".join(message.code) in message.body

    def test_email_has_a_subject(self, fake: FakeVerifyProvider) -> None:
        fake.start(StartRequest(identifier=EMAIL, channel=Channel.EMAIL))

        message = fake.outbox[-1]
        assert message.to == EMAIL.address
        assert message.subject
        assert message.code in message.body

    def test_messages_stand_in_the_order_in_which_they_left(
        self, fake: FakeVerifyProvider
    ) -> None:
        fake.start(SMS)
        fake.clock.advance(timedelta(seconds=5))
        fake.start(evolve(SMS, identifier=OTHER))

        assert [m.to for m in fake.outbox] == [PHONE.e164, OTHER.e164]
        assert fake.outbox[1].at - fake.outbox[0].at == timedelta(seconds=5)


class TestClock:
    def test_clock_of_the_caller_is_obeyed(self) -> None:
        clock = FakeClock()
        fake = FakeVerifyProvider(seed=1, clock=clock)
        started = fake.start(SMS)
        clock.advance(TEN_MINUTES)

        verdict = fake.check(started.ref, fake.outbox[-1].code).verdict

        assert started.expires_at == clock.now()
        assert verdict is Verdict.GONE

    def test_code_works_until_the_last_moment(self, fake: FakeVerifyProvider) -> None:
        ref = fake.start(SMS).ref
        fake.clock.advance(TEN_MINUTES - timedelta(microseconds=1))

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.APPROVED

    def test_life_time_can_be_shortened(self) -> None:
        limits = Limits(time_to_live=timedelta(seconds=30))
        fake = FakeVerifyProvider(seed=1, limits=limits)
        ref = fake.start(SMS).ref
        fake.clock.advance(timedelta(seconds=30))

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.GONE


@frozen
class SomeExtras:
    """As another provider's package has them."""


class TestStarting:
    def test_declared_extras_are_passed_over(self) -> None:
        fake = FakeVerifyProvider(seed=1, extras=(SomeExtras,))

        fake.start(evolve(SMS, extras=SomeExtras()))

        assert len(fake.outbox) == 1

    def test_previous_of_another_provider_is_a_fresh_start(
        self, fake: FakeVerifyProvider
    ) -> None:
        foreign = FakeVerifyProvider(seed=2, name="other").start(SMS).ref

        started = fake.start(SMS, previous=foreign)

        assert started.ignored_hints == ("previous",)
        assert started.ref.attempt_id != foreign.attempt_id
        assert len(fake.outbox) == 1

    def test_previous_of_another_person_is_a_fresh_start(
        self, fake: FakeVerifyProvider
    ) -> None:
        previous = fake.start(evolve(SMS, identifier=OTHER)).ref

        started = fake.start(SMS, previous=previous)

        assert started.ignored_hints == ("previous",)
        assert started.ref.sends == 1
        assert started.ref.attempt_id != previous.attempt_id

    @pytest.mark.parametrize("profile", [ONE_AT_A_TIME, NEW_CODE])
    def test_previous_may_have_been_read_from_another_layout(
        self, profile: VendorProfile
    ) -> None:
        fake = FakeVerifyProvider(seed=1, profile=profile)
        bare = read_phone("1(555)323-1234")
        previous = fake.start(StartRequest(identifier=bare)).ref

        assert fake.start(SMS, previous=previous).ref.sends == 2

    def test_resend_keeps_the_attempt_id(self, fake: FakeVerifyProvider) -> None:
        ref = fake.start(evolve(SMS, attempt_id="mine")).ref

        assert fake.start(SMS, previous=ref).ref.attempt_id == "mine"

    @pytest.mark.parametrize("code", ["123", "12345678901"])
    def test_custom_code_of_odd_length_is_refused(
        self, fake: FakeVerifyProvider, code: str
    ) -> None:
        with pytest.raises(NotSupported, match="4 to 10"):
            fake.start(evolve(SMS, custom_code=code))

        assert len(fake.outbox) == 0

    def test_strict_numbers_refuse_fiction(self) -> None:
        fake = FakeVerifyProvider(seed=1, strict_numbers=True)

        with pytest.raises(errors.InvalidIdentifier):
            fake.start(SMS)

    def test_repr_names_profile_and_nothing_secret(
        self, fake: FakeVerifyProvider
    ) -> None:
        fake.start(SMS)

        assert repr(fake) == "FakeVerifyProvider(name='fake', profile='twilio-like')"


class TestBounds:
    def test_running_verifications_are_bounded(self) -> None:
        fake = FakeVerifyProvider(seed=1, keep=Keep(live=3))
        for last in range(3):
            fake.start(StartRequest(identifier=read_phone(f"+1555323124{last}")))

        with pytest.raises(errors.Throttled):
            fake.start(SMS)

    def test_outbox_is_bounded(self) -> None:
        fake = FakeVerifyProvider(seed=1, keep=Keep(messages=2))
        for _ in range(4):
            fake.start(SMS)

        assert len(fake.outbox) == 2


class TestThreads:
    @pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda p: p.name)
    def test_concurrent_checks_approve_exactly_once(
        self, profile: VendorProfile
    ) -> None:
        fake = FakeVerifyProvider(seed=1, profile=profile)
        for _ in range(20):
            verdicts = self.checked_by_eight(fake)

            assert verdicts.count(Verdict.APPROVED) == 1
            assert verdicts.count(Verdict.GONE) == 7

    def checked_by_eight(self, fake: FakeVerifyProvider) -> list[Verdict]:
        ref = fake.start(SMS).ref
        code = fake.outbox[-1].code
        with ThreadPoolExecutor(8) as pool:
            results = pool.map(lambda _: fake.check(ref, code), range(8))
            return [result.verdict for result in results]

    def test_concurrent_guesses_are_all_counted(self) -> None:
        fake = FakeVerifyProvider(seed=1)
        ref = fake.start(SMS).ref
        code = wrong(fake.outbox[-1].code)
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: fake.check(ref, code), range(40)))

        verdicts = [result.verdict for result in results]
        assert verdicts.count(Verdict.WRONG_CODE) == 5
        assert verdicts.count(Verdict.EXHAUSTED) == 35

    def test_concurrent_starts_run_one_at_a_time(self) -> None:
        fake = FakeVerifyProvider(seed=1, profile=ONE_AT_A_TIME)

        def start(_: int) -> bool:
            try:
                fake.start(SMS)
            except errors.TooSoon:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(start, range(40))) == 1
        assert len(fake.outbox) == 1
