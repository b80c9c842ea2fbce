"""Fixed codes for listed numbers: nothing sent, few guesses, an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve

from verify_core import Channel, EmailAddress, Verdict, VerifyProvider, read_phone
from verify_core.errors import InvalidSetting, UnsupportedChannel
from verify_core.verification import (
    CancelOutcome,
    StartRequest,
    Status,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes.memory import CHECK_BY_ID
from verify_providers.test_numbers import MAX_WRONG_CODES, TIME_TO_LIVE, TestNumbers

LISTED, OTHER = read_phone("+15553231234"), read_phone("+15553239999")
CODE = "482913"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNTIL = NOON + timedelta(days=30)


@define
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> FakeVerifyProvider:
    return FakeVerifyProvider(seed=1)


@pytest.fixture
def provider(fake: FakeVerifyProvider, clock: Clock) -> TestNumbers:
    codes = {"+1 (555) 323-1234": CODE, "review@example.org": "0007"}
    return TestNumbers(fake, codes, until=UNTIL, clock=clock)


def start(provider: VerifyProvider, **options: Any) -> VerificationRef:  # noqa: ANN401 - as theirs
    return provider.start(StartRequest(**{"identifier": LISTED, **options})).ref


def test_a_listed_number_gets_no_message_and_its_own_code(
    provider: TestNumbers, fake: FakeVerifyProvider
) -> None:
    started = provider.start(StartRequest(identifier=LISTED))

    assert isinstance(provider, VerifyProvider)
    assert not fake.outbox
    assert (started.code_length, started.expires_at) == (6, NOON + TIME_TO_LIVE)
    assert provider.fetch(started.ref).status is Status.PENDING
    assert provider.check(started.ref, "000000").verdict is Verdict.WRONG_CODE
    assert provider.check(started.ref, CODE).verdict is Verdict.APPROVED
    assert provider.fetch(started.ref).status is Status.APPROVED
    assert provider.check(started.ref, CODE).verdict is Verdict.GONE


def test_an_address_may_be_listed(provider: TestNumbers) -> None:
    ref = start(
        provider, identifier=EmailAddress("review@EXAMPLE.org"), channel="email"
    )

    assert provider.check(ref, "0007").verdict is Verdict.APPROVED


def test_everybody_else_is_served_by_the_provider(
    provider: TestNumbers, fake: FakeVerifyProvider
) -> None:
    ref = start(provider, identifier=OTHER)

    assert len(fake.outbox) == 1
    assert provider.fetch(ref) == fake.fetch(ref)
    assert provider.check(ref, CODE).verdict is Verdict.WRONG_CODE
    assert provider.cancel(ref) is CancelOutcome.CANCELED


def test_a_reference_to_the_provider_opens_nothing_by_the_listed_code(
    provider: TestNumbers, fake: FakeVerifyProvider
) -> None:
    """Only what was started here is checked here, whatever number it names."""
    real = fake.start(StartRequest(identifier=LISTED)).ref

    assert provider.check(real, CODE).verdict is Verdict.WRONG_CODE


@pytest.mark.parametrize("forged", [{"identifier": OTHER}, {"provider": "other"}])
def test_a_forged_reference_opens_nothing(
    provider: TestNumbers, fake: FakeVerifyProvider, forged: dict[str, Any]
) -> None:
    ref = evolve(start(provider), **forged)

    assert provider.check(ref, CODE).verdict is Verdict.GONE
    assert provider.fetch(ref).status is Status.UNKNOWN
    assert provider.cancel(ref) is CancelOutcome.GONE
    assert not fake.outbox


def test_guesses_are_few_however_often_one_starts(
    provider: TestNumbers, clock: Clock
) -> None:
    for _ in range(MAX_WRONG_CODES):
        ref = start(provider)
        assert provider.check(ref, "000000").verdict is Verdict.WRONG_CODE

    assert provider.check(ref, CODE).verdict is Verdict.EXHAUSTED
    assert provider.check(start(provider), CODE).verdict is Verdict.EXHAUSTED
    clock.now += TIME_TO_LIVE
    assert provider.check(start(provider), CODE).verdict is Verdict.APPROVED


def test_a_code_counts_for_ten_minutes(provider: TestNumbers, clock: Clock) -> None:
    ref = start(provider)

    clock.now += TIME_TO_LIVE - timedelta(microseconds=1)
    assert provider.fetch(ref).status is Status.PENDING
    clock.now += timedelta(microseconds=1)
    assert provider.check(ref, CODE).verdict is Verdict.EXPIRED


def test_a_canceled_one_is_gone(provider: TestNumbers) -> None:
    ref = start(provider)

    assert provider.cancel(ref) is CancelOutcome.CANCELED
    assert provider.check(ref, CODE).verdict is Verdict.GONE
    assert provider.cancel(ref) is CancelOutcome.GONE


def test_a_resend_is_the_same_attempt(provider: TestNumbers) -> None:
    ref = start(provider, attempt_id="a1")

    again = provider.start(StartRequest(identifier=LISTED), previous=ref).ref

    assert (again.attempt_id, again.sends) == ("a1", 2)


def test_previous_of_another_number_is_a_fresh_start(
    provider: TestNumbers, fake: FakeVerifyProvider
) -> None:
    listed, real = start(provider), start(provider, identifier=OTHER)

    to_listed = provider.start(StartRequest(identifier=LISTED), previous=real)
    to_other = provider.start(StartRequest(identifier=OTHER), previous=listed)

    for started, previous in ((to_listed, real), (to_other, listed)):
        assert started.ignored_hints == ("previous",)
        assert started.ref.attempt_id != previous.attempt_id
    assert [message.to for message in fake.outbox] == [OTHER.value] * 2


def test_it_owns_what_is_listed_and_what_the_provider_owns(
    provider: TestNumbers,
) -> None:
    listed, real = start(provider), start(provider, identifier=OTHER)

    assert all(map(provider.owns, (listed, real)))
    assert not any(
        provider.owns(evolve(ref, provider="other")) for ref in (listed, real)
    )


def test_the_list_ends(
    provider: TestNumbers, fake: FakeVerifyProvider, clock: Clock
) -> None:
    """From then on the number is one like any other, and its code opens nothing."""
    clock.now = UNTIL - timedelta(seconds=1)
    ref = start(provider)
    clock.now = UNTIL

    assert provider.check(ref, CODE).verdict is Verdict.GONE
    again = provider.start(StartRequest(identifier=LISTED), previous=ref).ref
    assert len(fake.outbox) == 1
    assert provider.check(again, CODE).verdict is Verdict.WRONG_CODE


def test_a_channel_that_the_provider_does_not_offer_is_refused(clock: Clock) -> None:
    only_sms = evolve(CHECK_BY_ID.capabilities, channels={Channel.SMS})
    fake = FakeVerifyProvider(profile=evolve(CHECK_BY_ID, capabilities=only_sms))
    provider = TestNumbers(fake, {"+15553231234": CODE}, until=UNTIL, clock=clock)

    with pytest.raises(UnsupportedChannel):
        start(provider, channel="call")


@pytest.mark.parametrize(
    ("setting", "codes", "until"),
    [
        ("codes", {}, UNTIL),
        ("codes", {"(555) 323-1234": CODE}, UNTIL),
        ("codes", {"nobody@": CODE}, UNTIL),
        ("codes", {"+15553231234": "123"}, UNTIL),
        ("codes", {"+15553231234": "12345678901"}, UNTIL),
        ("codes", {"+15553231234": "12a456"}, UNTIL),
        ("until", {"+15553231234": CODE}, UNTIL.replace(tzinfo=None)),
    ],
)
def test_an_unfit_list_is_refused(
    setting: str, codes: dict[str, str], until: datetime
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TestNumbers(FakeVerifyProvider(), codes, until=until)

    assert caught.value.setting == setting
    assert not any(code in str(caught.value) for code in codes.values())


def test_neither_numbers_nor_codes_show(provider: TestNumbers) -> None:
    shown = f"{provider!r} {start(provider)!r}"

    assert CODE not in shown
    assert "5553231234" not in shown
