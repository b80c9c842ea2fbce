"""A refusal that reaches the caller as a success does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve, fields

from tests.guard.worlds import CODE, HOUR, MAIL, PEPPER, UK, US, World, asking
from verify_core.errors import Ambiguous, NotSupported, Unavailable
from verify_core.phone import PhonePolicy
from verify_core.provider import CancelSupport, LookupKey, VerifyProvider
from verify_core.tokens import TokenKeys, from_token, to_token
from verify_core.verification import (
    CancelOutcome,
    OpenUrl,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
)
from verify_fakes import (
    PROFILES,
    FakeVerifyProvider,
    FakeVonage,
    VendorProfile,
    fake_vonage,
)
from verify_fakes.clock import FakeClock
from verify_fakes.profiles import CANCEL_WINDOW, TWILIO_LIKE
from verify_providers.failover import Child, FailoverProvider
from verify_providers.guard import (
    Act,
    Budget,
    CoolDown,
    GuardPolicy,
    GuardProvider,
    Per,
    redis_storage,
)
from verify_providers.vonage import VonageVerify

POLICY = GuardPolicy(
    uniform=True,
    numbers=PhonePolicy(allowed_calling_codes={1}),
    budgets=[Budget(per=Per.IDENTIFIER, starts=1, window=HOUR)],
)
WAITING = GuardPolicy(uniform=True, cool_down=CoolDown())


def faked(
    profile: VendorProfile = TWILIO_LIKE, policy: GuardPolicy = POLICY
) -> tuple[GuardProvider, FakeVerifyProvider, FakeClock]:
    clock = FakeClock()
    fake = FakeVerifyProvider(seed=3, clock=clock, profile=profile)
    return GuardProvider(fake, policy, clock=clock), fake, clock


def shape(text: str) -> str:
    """The text with its runs of hexadecimal digits made alike."""
    return re.sub("[0-9a-f]{4,}", lambda run: "x" * len(run[0]), text)


def outline(started: Started) -> object:
    """All of a success that could tell one from another."""
    ref = started.ref
    rest = {
        each.name: getattr(started, each.name)
        for each in fields(Started)
        if each.name != "ref"
    }
    return (
        rest,
        ref.provider,
        shape(ref.vendor_id),
        shape(ref.attempt_id),
        ref.created_at,
        ref.sends,
        {name: len(text) for name, text in ref.vendor_data.items()},
    )


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_refused_start_looks_like_a_success(profile: VendorProfile) -> None:
    guard, fake, _ = faked(profile)
    channel = next(iter(sorted(fake.capabilities.channels - {"email"})))
    real = guard.start(StartRequest(identifier=US, channel=channel))

    decoy = guard.start(StartRequest(identifier=US, channel=channel))

    assert outline(decoy) == outline(real)
    assert decoy.ref.vendor_id != real.ref.vendor_id
    assert len(fake.outbox) == 1


@pytest.mark.parametrize("to", [US, UK], ids=["budget", "numbers"])
def test_events_tell_the_truth(to: object) -> None:
    it = World(POLICY)
    it.start(US)

    it.start(to)  # type: ignore[arg-type]

    assert it.sent == 1
    assert it.events[-1].act is Act.REFUSED
    assert it.events[-1].uniform


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_decoy_takes_as_many_guesses_as_a_real_one(profile: VendorProfile) -> None:
    guard, fake, _ = faked(profile)
    channel = next(iter(sorted(fake.capabilities.channels - {"email"})))
    request = StartRequest(identifier=US, channel=channel)
    real = guard.start(request).ref
    decoy = guard.start(request).ref
    sent = fake.outbox[-1].code
    code = sent if isinstance(sent, str) else sent.reveal()
    wrong = code[:-1] + ("1" if code.endswith("0") else "0")

    for _ in range(5):
        assert guard.check(decoy, wrong) == guard.check(real, wrong)

    assert guard.check(decoy, wrong).verdict is Verdict.EXHAUSTED
    assert guard.check(real, wrong).verdict is Verdict.EXHAUSTED


def test_no_code_opens_a_decoy_and_no_vendor_hears_of_it() -> None:
    it = World(POLICY)
    it.start()
    decoy = it.start().ref

    assert it.guard.check(decoy, CODE).verdict is Verdict.WRONG_CODE

    assert it.guard.fetch(decoy).status is Status.PENDING
    assert it.guard.cancel(decoy) is CancelOutcome.NOT_SUPPORTED
    assert not it.vendor.checks


def test_decoy_ends_when_a_real_one_does() -> None:
    guard, _fake, clock = faked()
    real, decoy = (guard.start(asking()) for _ in range(2))
    assert real.expires_at == decoy.expires_at is not None
    clock.advance(decoy.expires_at - clock())

    assert guard.check(decoy.ref, CODE) == guard.check(real.ref, CODE)
    assert guard.fetch(decoy.ref).status is Status.EXPIRED
    assert guard.cancel(decoy.ref) is CancelOutcome.GONE


def test_decoy_that_is_canceled_is_gone() -> None:
    guard, fake, _ = faked()
    assert fake.capabilities.cancel is CancelSupport.YES
    guard.start(asking())
    decoy = guard.start(asking()).ref

    assert guard.cancel(decoy) is CancelOutcome.CANCELED
    assert guard.check(decoy, CODE).verdict is Verdict.GONE
    assert guard.cancel(decoy) is CancelOutcome.GONE


def test_decoy_cannot_be_fetched_where_nothing_can() -> None:
    profile = next(
        each for each in PROFILES.values() if each.capabilities.fetch is LookupKey.NONE
    )
    guard, fake, _ = faked(profile)
    channel = next(iter(sorted(fake.capabilities.channels - {"email"})))
    request = StartRequest(identifier=US, channel=channel)
    guard.start(request)
    decoy = guard.start(request).ref

    with pytest.raises(NotSupported):
        guard.fetch(decoy)


def test_decoy_survives_being_sealed_and_kept() -> None:
    guard, _fake, clock = faked()
    keys = TokenKeys(keys={"one": TokenKeys.new_key()})
    real = guard.start(asking()).ref
    decoy = guard.start(asking()).ref

    read = from_token(to_token(decoy, keys, now=clock()), keys, now=clock())

    assert len(to_token(real, keys, now=clock())) == len(
        to_token(decoy, keys, now=clock())
    )
    assert guard.check(read, "000000").verdict is Verdict.WRONG_CODE
    assert VerificationRef.from_json(decoy.to_json()) == decoy


def test_vendor_never_sees_the_mark() -> None:
    it = World(WAITING)
    first = it.start().ref
    it.pause(30)
    second = it.start(previous=first).ref
    it.guard.check(second, CODE)

    assert it.vendor.previous[1] is not None
    for seen in (it.vendor.previous[1], it.vendor.checks[0]):
        assert seen.vendor_data == {"service": "VA5"}


def test_guard_below_a_guard_finds_its_own_mark() -> None:
    clock = FakeClock()
    fake = FakeVerifyProvider(seed=3, clock=clock)
    inner = GuardProvider(fake, WAITING, clock=clock)
    outer = GuardProvider(inner, GuardPolicy(uniform=True), clock=clock)
    real = outer.start(asking()).ref
    decoy = outer.start(asking()).ref
    sent = fake.outbox[-1].code
    code = sent if isinstance(sent, str) else sent.reveal()

    assert outer.check(decoy, code).verdict is Verdict.WRONG_CODE
    assert outer.check(real, code).verdict is Verdict.APPROVED


def test_failover_below_the_guard_hears_of_no_decoy() -> None:
    clock = FakeClock()
    fakes = [FakeVerifyProvider(seed=seed, clock=clock) for seed in (1, 2)]
    names = ("one", "two")
    children = [
        Child(name=name, provider=fake) for name, fake in zip(names, fakes, strict=True)
    ]
    guard = GuardProvider(FailoverProvider(children, clock=clock), WAITING, clock=clock)
    real = guard.start(asking())
    decoy = guard.start(asking())
    sent = fakes[0].outbox[-1].code
    code = sent if isinstance(sent, str) else sent.reveal()

    assert outline(decoy) == outline(real)
    assert guard.check(decoy.ref, code).verdict is Verdict.WRONG_CODE
    assert guard.check(real.ref, code).verdict is Verdict.APPROVED


def test_person_who_asks_again_too_soon_keeps_the_code_that_came() -> None:
    it = World(WAITING)
    first = it.start()

    again = it.start(previous=first.ref)

    assert it.sent == 1
    assert again.ref.vendor_id == first.ref.vendor_id
    assert it.guard.check(again.ref, CODE).verdict is Verdict.APPROVED


def test_verification_that_is_over_is_not_kept() -> None:
    it = World(WAITING)
    first = it.start().ref
    it.guard.check(first, CODE)

    again = it.start(previous=first).ref

    assert it.guard.check(again, CODE).verdict is Verdict.WRONG_CODE
    assert len(it.vendor.checks) == 1


def test_verification_of_another_person_is_not_kept() -> None:
    it = World(WAITING)
    hers = it.start(US).ref
    it.start(MAIL)

    again = it.start(MAIL, previous=hers).ref

    assert again.identifier == MAIL
    assert it.guard.check(again, CODE).verdict is Verdict.WRONG_CODE


def test_start_after_a_decoy_is_a_fresh_one() -> None:
    it = World(WAITING)
    it.start()
    decoy = it.start().ref
    it.pause(30)

    real = it.start(previous=decoy).ref

    assert it.vendor.previous == [None, None]
    assert it.guard.check(real, CODE).verdict is Verdict.APPROVED


def test_first_refusal_of_all_is_a_success_too() -> None:
    it = World(POLICY)

    decoy = it.start(UK)

    assert decoy.ref.provider == it.vendor.name
    assert it.guard.check(decoy.ref, CODE).verdict is Verdict.WRONG_CODE


def test_mark_of_another_pepper_opens_nothing_else() -> None:
    it = World(POLICY)
    it.start()
    decoy = it.start().ref
    other = GuardProvider(it.vendor, POLICY, pepper=PEPPER[::-1], clock=it.clock)

    other.check(decoy, "000000")

    assert it.vendor.checks[0].vendor_data.keys() == {"service"}


@pytest.mark.parametrize("mark", ["", "x", ".", "0" * 48, "ä" * 48, "0" * 48 + ".y"])
def test_forged_mark_makes_no_decoy(mark: str) -> None:
    it = World(POLICY)
    ref = it.start().ref
    forged = evolve(ref, vendor_data={**ref.vendor_data, "guard": mark})

    assert it.guard.check(forged, CODE).verdict is Verdict.APPROVED


def test_reference_of_a_lost_answer_is_marked_like_any_other() -> None:
    it = World(POLICY)
    ref = it.start(US).ref
    bare = evolve(ref, vendor_data={})
    it.vendor.errors.append(Ambiguous("lost", ref=bare))

    with pytest.raises(Ambiguous) as lost:
        it.start(MAIL)

    assert lost.value.ref is not None
    assert "guard" in lost.value.ref.vendor_data
    assert it.guard.check(lost.value.ref, CODE).verdict is Verdict.APPROVED


def test_url_that_one_person_opens_is_shown_to_no_other() -> None:
    it = World(WAITING)
    start = it.vendor.start

    def opening(*args: object, **named: object) -> Started:
        step = OpenUrl(url="https://vendor.example/secret")
        return evolve(start(*args, **named), next_step=step)  # type: ignore[arg-type]

    it.vendor.start = opening  # type: ignore[method-assign,assignment]
    it.start()

    assert "secret" not in f"{it.start().next_step!r}"


def test_outage_is_told_as_one() -> None:
    """Nobody's doing, and a success that is none would lock everybody out."""
    pytest.importorskip("redis")
    it = World(POLICY, storage=redis_storage("redis://127.0.0.1:1"))

    with pytest.raises(Unavailable):
        it.start()


def test_decoy_takes_the_time_that_a_real_answer_took() -> None:
    it = World(POLICY)
    taken: list[timedelta] = []
    slow = timedelta(milliseconds=230)
    start = it.vendor.start

    def sending(*args: object, **named: object) -> Started:
        it.clock.advance(slow)
        return start(*args, **named)  # type: ignore[arg-type]

    it.vendor.start = sending  # type: ignore[method-assign,assignment]
    guard = GuardProvider(it.vendor, POLICY, clock=it.clock, pause=taken.append)
    guard.start(asking())
    guard.start(asking())

    assert taken == [slow]


def test_real_references_bear_no_mark_where_none_is_needed() -> None:
    it = World(GuardPolicy(cool_down=CoolDown()))

    assert it.start().ref.vendor_data == {"service": "VA5"}


def test_guard_is_a_provider() -> None:
    assert isinstance(World(POLICY).guard, VerifyProvider)


@pytest.mark.parametrize("age_s", [0, 29, 30, 40])
def test_decoy_is_canceled_when_a_real_one_can_be(age_s: int) -> None:
    guard, fake, clock = faked(CANCEL_WINDOW)
    assert fake.capabilities.cancel is CancelSupport.WINDOW
    real, decoy = (guard.start(asking()).ref for _ in range(2))
    clock.advance(timedelta(seconds=age_s))

    outcomes = [guard.cancel(ref) for ref in (real, decoy)]
    verdicts = [guard.check(ref, CODE).verdict for ref in (real, decoy)]

    late = age_s < 30
    assert outcomes == [CancelOutcome.TOO_LATE if late else CancelOutcome.CANCELED] * 2
    assert verdicts == [Verdict.WRONG_CODE if late else Verdict.GONE] * 2


@pytest.fixture
def over_vonage() -> Iterator[tuple[GuardProvider, FakeVonage]]:
    policy = evolve(POLICY, decoy_guesses=2)  # its third wrong one is the last
    with fake_vonage() as vonage:
        provider = VonageVerify(
            brand="Shop", api_key="a1b2c3d4", api_secret="s", clock=vonage.clock.now
        )
        yield GuardProvider(provider, policy, clock=vonage.clock.now), vonage


def test_decoy_takes_as_many_guesses_as_vonage(
    over_vonage: tuple[GuardProvider, FakeVonage],
) -> None:
    guard, vonage = over_vonage
    real, decoy = (guard.start(asking()).ref for _ in range(2))
    wrong = f"{(int(vonage.outbox[-1].code) + 1) % 10_000:04d}"

    checks = [[guard.check(ref, wrong) for _ in range(4)] for ref in (real, decoy)]

    assert len(vonage.outbox) == 1
    assert [check.verdict for check in checks[0][:3]] == [
        Verdict.WRONG_CODE,
        Verdict.WRONG_CODE,
        Verdict.EXHAUSTED,
    ]
    assert checks[0][:3] == checks[1][:3]


@pytest.mark.parametrize("age_s", [0, 40])
def test_decoy_is_canceled_as_vonage_cancels(
    over_vonage: tuple[GuardProvider, FakeVonage], age_s: int
) -> None:
    guard, vonage = over_vonage
    real, decoy = (guard.start(asking()).ref for _ in range(2))
    vonage.clock.advance(timedelta(seconds=age_s))

    outcomes = [guard.cancel(ref) for ref in (real, decoy)]
    verdicts = [guard.check(ref, "0000").verdict for ref in (real, decoy)]

    assert outcomes[0] == outcomes[1]
    assert (outcomes[0] is CancelOutcome.CANCELED) is (age_s == 40)
    assert verdicts[0] == verdicts[1]
