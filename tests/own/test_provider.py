"""What codes of our own do beyond the laws that hold for every provider."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.support.kinds import shared_loop
from tests.support.own_world import AT_ONCE, KEYS, MAIL, PHONE, SAME, World, sms, wrong
from verify_core.channels import Channel
from verify_core.errors import NotSupported, Throttled, TooSoon
from verify_core.identifiers import EmailAddress
from verify_core.phone import read_phone
from verify_core.provider import Resend
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    StartHints,
    StartRequest,
    Status,
    Verdict,
)
from verify_providers.own import CodeKeys, CodePolicy
from verify_providers.own._codes import Codes

# -- What is waited for ------------------------------------------------------------


def test_cool_down_grows_and_is_checked_before_a_code_is_replaced(
    world: World,
) -> None:
    provider = world.provider(CodePolicy(lifetime=timedelta(hours=1)))
    started = provider.start(sms())
    code = world.code
    for seconds in (30, 60, 120, 300, 300):
        assert started.resend_after == timedelta(seconds=seconds)
        world.pause(seconds - 1)
        with pytest.raises(TooSoon) as caught:
            provider.start(sms(), previous=started.ref)
        assert caught.value.retry_after == timedelta(seconds=1)
        assert world.code == code
        world.pause(1)
        started = provider.start(sms(), previous=started.ref)
        code = world.code

    assert provider.check(started.ref, code).verdict is Verdict.APPROVED


def test_cool_down_counts_all_verifications_of_an_identifier(world: World) -> None:
    provider = world.provider(CodePolicy())
    provider.start(sms(attempt_id="one"))

    with pytest.raises(TooSoon):
        provider.start(sms(attempt_id="two"))
    with pytest.raises(TooSoon):
        provider.start(sms(attempt_id="three", channel=Channel.CALL))
    provider.start(StartRequest(identifier=MAIL, channel=Channel.EMAIL))


def test_cool_down_is_one_however_an_address_is_written(world: World) -> None:
    provider = world.provider(CodePolicy())
    for address, error in (
        (MAIL, None),
        (EmailAddress("per.son@EXAMPLE.org"), TooSoon),
    ):
        request = StartRequest(identifier=address, channel=Channel.EMAIL)
        if error is None:
            provider.start(request)
            continue
        with pytest.raises(error):
            provider.start(request)


def test_approval_ends_the_cool_down(world: World) -> None:
    provider = world.provider(CodePolicy())
    started = provider.start(sms())
    provider.check(started.ref, world.code)

    assert provider.start(sms()).resend_after == timedelta(seconds=30)


def test_too_many_wrong_codes_lock_the_identifier(world: World) -> None:
    """Over all its codes: a new code gives five tries, and forgives nothing."""
    policy = evolve(AT_ONCE, most_failures=7, locked_for=timedelta(hours=2))
    provider = world.provider(policy)
    for tries in (5, 2):
        started = provider.start(sms())
        for _ in range(tries):
            provider.check(started.ref, wrong(world.code))

    result = provider.check(started.ref, world.code)
    with pytest.raises(Throttled) as caught:
        provider.start(sms())

    assert (result.verdict, result.retry_allowed) == (Verdict.EXHAUSTED, False)
    assert caught.value.retry_after == timedelta(hours=2)
    world.pause(7200)
    provider.start(sms())


def test_unlocking_lets_an_identifier_in_again(world: World) -> None:
    policy = CodePolicy(most_failures=1, locked_for=None)
    provider = world.provider(policy)
    started = provider.start(sms())
    provider.check(started.ref, wrong(world.code))
    world.pause(3000)
    with pytest.raises(Throttled) as caught:
        provider.start(sms())
    assert caught.value.retry_after is None

    inner: Any = getattr(provider, "_provider", provider)
    unlocked = inner.unlock(PHONE)
    if inspect.isawaitable(unlocked):
        shared_loop().run(unlocked)  # type: ignore[arg-type] - a coroutine

    started = provider.start(sms())
    assert provider.check(started.ref, world.code).verdict is Verdict.APPROVED


# -- What is sent again ------------------------------------------------------------


def test_resend_replaces_the_code_and_gives_it_tries_of_its_own(world: World) -> None:
    provider = world.provider()
    first = provider.start(sms())
    old = world.code
    world.pause(1)
    for _ in range(4):
        provider.check(first.ref, wrong(old))

    second = provider.start(sms(), previous=first.ref)
    new = world.code

    assert second.ref.vendor_id == first.ref.vendor_id
    assert second.ref.created_at == first.ref.created_at
    assert second.ref.sends == 2
    if old != new:
        result = provider.check(first.ref, old)
        assert (result.verdict, result.attempts_remaining) == (Verdict.WRONG_CODE, 4)
    assert provider.check(second.ref, new).verdict is Verdict.APPROVED


def test_same_code_is_sent_again_and_is_not_kept(world: World) -> None:
    """It keeps its tries and its time: neither is prolonged by asking again."""
    provider = world.provider(SAME)
    first = provider.start(sms())
    code = world.code
    provider.check(first.ref, wrong(code))
    world.pause(60)

    hints = StartHints(time_to_live=timedelta(minutes=10), code_length=8)
    second = provider.start(sms(hints=hints), previous=first.ref)

    assert provider.capabilities.resend is Resend.SAME_CODE
    assert world.code == code
    assert second.expires_at == first.expires_at
    assert set(second.ignored_hints) == {"time_to_live", "code_length"}
    record = world.record(first)
    assert code not in f"{record}{record.nonce}{record.digest}{record.id}"
    assert provider.check(second.ref, wrong(code)).attempts_remaining == 3


def test_same_code_is_sent_again_after_a_rotation(world: World) -> None:
    first = world.provider(SAME).start(sms())
    code = world.code
    rotated = world.provider(SAME, keys=KEYS.rotated())
    forgotten = world.provider(SAME, keys=KEYS.rotated(most=1))

    second = rotated.start(sms(), previous=first.ref)
    assert world.code == code
    third = forgotten.start(sms(), previous=second.ref)

    # Its key is not known any more, so that a new one is sent.
    assert forgotten.check(third.ref, world.code).verdict is Verdict.APPROVED


def test_own_code_replaces_even_the_same_code(world: World) -> None:
    provider = world.provider(SAME)
    first = provider.start(sms())

    second = provider.start(sms(custom_code="AbC123"), previous=first.ref)

    assert world.code == "AbC123"
    assert provider.check(second.ref, "abc123").verdict is Verdict.WRONG_CODE
    third = provider.start(sms(), previous=second.ref)
    assert world.code != "AbC123"
    assert provider.check(third.ref, world.code).verdict is Verdict.APPROVED


@pytest.mark.parametrize("how", ["approved", "canceled", "expired", "exhausted"])
def test_resend_of_what_has_ended_is_a_fresh_start(world: World, how: str) -> None:
    provider = world.provider()
    first = provider.start(sms())
    if how == "approved":
        provider.check(first.ref, world.code)
    elif how == "canceled":
        provider.cancel(first.ref)
    elif how == "expired":
        world.pause(600)
    else:
        for _ in range(5):
            provider.check(first.ref, wrong(world.code))

    second = provider.start(sms(), previous=first.ref)

    assert second.ref.attempt_id == first.ref.attempt_id
    assert second.ref.sends == 2
    assert provider.fetch(second.ref).status is Status.PENDING
    assert provider.check(second.ref, world.code).verdict is Verdict.APPROVED


def test_count_of_messages_stays_what_a_reference_takes(world: World) -> None:
    provider = world.provider()
    first = provider.start(sms())
    odd = evolve(first.ref, sends=1_000_000)

    assert provider.start(sms(), previous=odd).ref.sends == 1_000_000


def test_repeated_start_sends_nothing_and_says_so(world: World) -> None:
    provider = world.provider(CodePolicy())
    first = provider.start(sms(attempt_id="order 7"))
    world.pause(10)

    again = provider.start(sms(attempt_id="order 7"))

    assert again.ref == first.ref
    assert again.delivery is Delivery.MAYBE_SENT
    assert again.resend_after == timedelta(seconds=20)
    assert (again.expires_at, again.code_length) == (first.expires_at, None)
    assert len(world.sender.outbox) == 1
    assert provider.check(again.ref, world.code).verdict is Verdict.APPROVED
    provider.start(sms(attempt_id="order 7"))
    assert len(world.sender.outbox) == 2


# -- Whose codes and what for ------------------------------------------------------


def test_code_of_one_purpose_never_passes_for_another(world: World) -> None:
    login = world.provider()
    started = login.start(sms())
    for purpose in ("confirm", "recovery"):
        other = world.provider(purpose=purpose)

        assert not other.owns(started.ref)
        assert other.check(started.ref, world.code).verdict is Verdict.GONE
        assert other.fetch(started.ref).status is Status.UNKNOWN
        assert other.cancel(started.ref) is CancelOutcome.GONE
        again = other.start(sms(), previous=started.ref)
        assert again.ignored_hints == ("previous",)
        assert again.ref.sends == 1
    assert login.fetch(started.ref).status is Status.PENDING
    assert world.record(started).tries == 0


def test_reference_of_other_keys_or_another_person_is_not_owned(world: World) -> None:
    provider = world.provider()
    started = provider.start(sms())
    elsewhere = world.provider(keys=CodeKeys.generate())
    theirs = evolve(started.ref, identifier=read_phone("+44 7700 900123"))

    assert provider.owns(started.ref)
    assert not elsewhere.owns(started.ref)
    assert not provider.owns(theirs)
    assert not provider.owns(evolve(started.ref, vendor_id="x" * 48))
    assert provider.check(theirs, world.code).verdict is Verdict.GONE
    assert world.record(started).tries == 0


class Counting(Codes):
    """Codes that count how many digests of codes they make."""

    made = 0

    def digest(self, *given: Any) -> str:  # noqa: ANN401
        type(self).made += 1
        return super().digest(*given)


def test_as_much_is_digested_where_there_is_no_record(world: World) -> None:
    """How long the answer takes says nothing of whether there was a verification."""
    provider = world.provider()
    started = provider.start(sms())
    inner: Any = getattr(provider, "_provider", provider)
    own = inner._own  # noqa: SLF001 - its codes are exchanged
    own._codes = Counting(  # noqa: SLF001
        keys=KEYS,
        purpose=own.purpose,
        alphabet=own._codes.alphabet,  # noqa: SLF001
        randbelow=own._codes.randbelow,  # noqa: SLF001
    )
    refs = [
        started.ref,
        evolve(started.ref, vendor_id=own._codes.id_of(PHONE, "other")),  # noqa: SLF001
        evolve(started.ref, vendor_id="x"),
        evolve(started.ref, provider="other"),
    ]

    counts = []
    for ref in refs:
        before = Counting.made
        provider.check(ref, "000000")
        counts.append(Counting.made - before)

    assert counts == [1, 1, 1, 1]


def test_code_of_a_key_that_is_gone_is_gone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    started = world.provider().start(sms())
    forgotten = world.provider(keys=KEYS.rotated(most=1))

    for _ in range(2):
        assert forgotten.check(started.ref, world.code).verdict is Verdict.GONE

    warnings = [each.getMessage() for each in caplog.records]
    assert len(warnings) == 1
    assert "+1********34" in warnings[0]
    assert PHONE.value not in warnings[0]
    assert forgotten.fetch(started.ref).status is Status.PENDING


def test_keys_rotate_while_codes_are_under_way(world: World) -> None:
    """Each code names its key, so that whoever has the newer keys reads all."""
    keys, providers, started = KEYS, [world.provider()], []
    for _ in range(3):
        started.append((providers[-1].start(sms()), world.code))
        keys = keys.rotated(most=4)
        providers.append(world.provider(keys=keys))

    for one, code in started:
        assert providers[-1].owns(one.ref)
        assert providers[-1].check(one.ref, wrong(code)).verdict is Verdict.WRONG_CODE
        assert providers[-1].check(one.ref, code).verdict is Verdict.APPROVED
        for older in providers:
            assert older.check(one.ref, code).verdict is Verdict.GONE


def test_login_by_mail_warns_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    request = StartRequest(identifier=MAIL, channel=Channel.EMAIL)
    world.provider(purpose="confirm").start(request)
    assert not caplog.records
    login = world.provider()
    for _ in range(2):
        login.start(request)

    assert [each.getMessage()[:16] for each in caplog.records] == ["login by e-mail:"]


# -- How long, how many characters ---------------------------------------------------


def by_mail(hints: StartHints) -> StartRequest:
    return StartRequest(identifier=MAIL, channel=Channel.EMAIL, hints=hints)


@pytest.mark.parametrize(
    ("purpose", "lifetime", "asked", "due", "is_fulfilled"),
    [
        ("login", None, None, 600, True),
        ("login", None, 300, 300, True),
        ("login", None, 601, 600, False),
        ("login", 1200, 900, 900, True),
        ("login", 1200, 1201, 1200, False),
        ("login", 60, 300, 300, True),
        ("recovery", None, 86_400, 600, False),
        ("confirm", None, None, 600, True),
        ("confirm", None, 86_400, 86_400, True),
        ("confirm", None, 86_401, 86_400, False),
    ],
)
def test_code_lives_as_long_as_it_may(
    world: World,
    purpose: str,
    lifetime: int | None,
    asked: int | None,
    due: int,
    *,
    is_fulfilled: bool,
) -> None:
    policy = AT_ONCE
    if lifetime is not None:
        policy = evolve(policy, lifetime=timedelta(seconds=lifetime))
    provider = world.provider(policy, purpose=purpose)
    hint = None if asked is None else timedelta(seconds=asked)

    started = provider.start(by_mail(StartHints(time_to_live=hint)))

    assert started.expires_at is not None
    assert started.expires_at - started.ref.created_at == timedelta(seconds=due)
    assert ("time_to_live" not in started.ignored_hints) is is_fulfilled
    assert world.sender.outbox[-1].lifetime == timedelta(seconds=due)


def test_code_lives_for_a_millisecond_at_least(world: World) -> None:
    hints = StartHints(time_to_live=timedelta(microseconds=1))

    started = world.provider().start(sms(hints=hints))

    assert started.expires_at is not None
    lifetime = started.expires_at - started.ref.created_at
    assert lifetime == timedelta(milliseconds=1)


def test_confirmation_by_text_lives_ten_minutes(world: World) -> None:
    provider = world.provider(purpose="confirm")
    hints = StartHints(time_to_live=timedelta(hours=24))

    assert provider.start(sms(hints=hints)).ignored_hints == ("time_to_live",)


def test_letters_do_not_look_alike_and_are_typed_in_either_case(world: World) -> None:
    provider = world.provider(evolve(AT_ONCE, alphabet="letters", code_length=10))
    started = provider.start(sms())

    assert not set(world.code) & set("AEIOU01258LSBZ")
    assert len(world.code) == 10
    assert provider.check(started.ref, world.code.lower()).verdict is Verdict.APPROVED


@pytest.mark.parametrize("code", ["123", "12345678901", "12 34", "№1234", "pass-word"])
def test_odd_own_code_is_refused_before_anything_is_kept(
    world: World, code: str
) -> None:
    with pytest.raises(NotSupported):
        world.provider().start(sms(custom_code=code))

    assert not len(world.store)
