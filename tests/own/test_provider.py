"""What codes of our own do beyond the laws that hold for every provider."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve, field

from tests.support.kinds import KINDS, shared_loop
from verify_core.channels import Channel
from verify_core.codestore import CodeRecord
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    VerifyError,
)
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.phone import read_phone
from verify_core.provider import Resend
from verify_core.testing import Blocking
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    Started,
    StartHints,
    StartRequest,
    Status,
    Verdict,
)
from verify_fakes import FakeClock
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    OwnCodes,
)
from verify_providers.own._codes import Codes
from verify_providers.own.senders import MaybeSent, MemorySender, Message, Sent

PHONE = read_phone("+1 555 323 1234")
MAIL = EmailAddress("Per.Son@example.org")
KEYS = CodeKeys.generate()
AT_ONCE = CodePolicy(cool_downs=())
SAME = CodePolicy(cool_downs=(), resend="same_code")


@define
class World:
    """A provider of one kind, and what is around it."""

    kind: str
    clock: FakeClock = field(factory=FakeClock)
    store: MemoryStore = field(factory=MemoryStore)
    sender: MemorySender = field(factory=MemorySender)

    def provider(self, policy: CodePolicy = AT_ONCE, **more: Any) -> Any:  # noqa: ANN401
        options: dict[str, Any] = {
            "store": self.store,
            "senders": dict.fromkeys(Channel, self.sender),
            "keys": KEYS,
            "brand": "Shop",
            "policy": policy,
            "clock": self.clock.now,
        }
        if self.kind == "blocking":
            return OwnCodes(**options | more)
        return Blocking(AsyncOwnCodes(**options | more), loop=shared_loop())

    @property
    def code(self) -> str:
        return self.sender.outbox[-1].code.reveal()

    def record(self, started: Started) -> CodeRecord:
        record = self.store.fetch(started.ref.vendor_id, now=self.clock.now())
        assert record is not None
        return record

    def pause(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def sms(**more: Any) -> StartRequest:  # noqa: ANN401 - the request's fields
    return StartRequest(identifier=PHONE, **more)


def wrong(code: str) -> str:
    return code[:-1] + ("1" if code.endswith("0") else "0")


def test_both_take_the_same_arguments() -> None:
    one = inspect.signature(OwnCodes.__init__).parameters
    other = inspect.signature(AsyncOwnCodes.__init__).parameters

    assert [*other] == [*one, "on_late"]
    for name in set(one) - {"self", "store", "senders"}:
        assert one[name] == other[name]


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


# -- What becomes of a message -----------------------------------------------------


def two_senders() -> tuple[MemorySender, MemorySender]:
    return MemorySender(), MemorySender()


@pytest.mark.parametrize(
    ("error", "tries_next"),
    [
        (Unavailable("away"), True),
        (Throttled("slowly"), True),
        (Misconfigured("no balance"), True),
        (InvalidIdentifier("landline"), False),
        (Refused("blocked"), False),
        (TooSoon("too soon"), False),
        (Ambiguous("lost"), False),
        (MaybeSent(reason="lost"), False),
    ],
)
def test_next_sender_is_tried_only_where_no_message_left(
    world: World, error: VerifyError | MaybeSent, *, tries_next: bool
) -> None:
    one, two = two_senders()
    one.fail_next(error)
    provider = world.provider(senders={Channel.SMS: [one, two]})

    started = raised = None
    try:
        started = provider.start(sms())
    except NotSent as caught:
        raised = caught

    assert len(two.outbox) == tries_next
    if tries_next:
        assert started is not None
        assert started.delivery is Delivery.SENT
    elif raised is not None:
        assert isinstance(error, type(raised))
    else:
        assert started is not None
        assert started.delivery is Delivery.MAYBE_SENT
        code = one.outbox[-1].code.reveal()
        assert provider.check(started.ref, code).verdict is Verdict.APPROVED


def test_fallback_channels_are_tried_in_order(world: World) -> None:
    one, two = two_senders()
    one.fail_next(InvalidIdentifier("landline"), Unavailable("away"))
    senders = {Channel.SMS: [one, one], Channel.CALL: one, Channel.WHATSAPP: two}
    provider = world.provider(senders=senders)

    started = provider.start(
        sms(fallback_channels=(Channel.CALL, Channel.SMS, Channel.WHATSAPP))
    )

    assert started.channel is started.ref.channel is Channel.WHATSAPP
    assert two.outbox[-1].channel is Channel.WHATSAPP
    assert not started.ignored_hints
    assert provider.fetch(started.ref).deliveries[0].channel is Channel.WHATSAPP
    code = two.outbox[-1].code.reveal()
    assert provider.check(started.ref, code).verdict is Verdict.APPROVED


@pytest.mark.parametrize("error", [Refused("blocked"), TooSoon("too soon")])
def test_no_other_channel_is_tried_where_that_would_defeat_the_refusal(
    world: World, error: NotSent
) -> None:
    world.sender.fail_next(error)

    with pytest.raises(type(error)):
        world.provider().start(sms(fallback_channels=(Channel.CALL,)))

    assert not world.sender.outbox


def test_fallback_that_is_not_offered_is_listed(world: World) -> None:
    provider = world.provider(senders={Channel.SMS: world.sender})

    started = provider.start(sms(fallback_channels=(Channel.CALL,)))

    assert started.ignored_hints == ("fallback_channels",)


def test_start_that_sent_nothing_leaves_nothing(world: World) -> None:
    """Neither a record nor a cool-down nor, of a resend, the new code."""
    world.sender.fail_next(Unavailable("away"))
    provider = world.provider(CodePolicy())

    with pytest.raises(Unavailable):
        provider.start(sms())
    assert len(world.store) == 0
    first = provider.start(sms())
    assert first.resend_after == timedelta(seconds=30)
    code = world.code
    provider.check(first.ref, wrong(code))
    world.pause(30)
    world.sender.fail_next(Throttled("slowly", retry_after=timedelta(seconds=9)))
    with pytest.raises(Throttled, match="slowly"):
        provider.start(sms(), previous=first.ref)

    assert provider.check(first.ref, wrong(code)).attempts_remaining == 3
    assert provider.start(sms(), previous=first.ref).resend_after == timedelta(
        minutes=1
    )


def test_the_most_telling_error_is_raised(world: World) -> None:
    one, two = two_senders()
    one.fail_next(Misconfigured("no balance", "acme"), Unavailable("away"))
    provider = world.provider(senders={Channel.SMS: [one, one]})

    with pytest.raises(Misconfigured) as caught:
        provider.start(sms())

    assert caught.value.provider == "acme"
    assert not two.outbox


class Odd:
    """A sender that does what no sender should."""

    def __init__(self, do: Callable[[Message], Any]) -> None:
        self._do = do

    def send(self, message: Message) -> Any:  # noqa: ANN401 - whatever it is
        return self._do(message)


def bug(message: Message) -> None:
    raise ValueError(message.text)


@pytest.mark.parametrize(
    "do", [bug, lambda _message: None, lambda message: message.text]
)
def test_sender_that_says_nothing_may_have_sent(
    world: World, do: Callable[[Message], Any], caplog: pytest.LogCaptureFixture
) -> None:
    provider = world.provider(senders={Channel.SMS: Odd(do)})

    with caplog.at_level(logging.DEBUG):
        started = provider.start(sms(custom_code="90817263"))

    assert started.delivery is Delivery.MAYBE_SENT
    assert "may have been sent" in caplog.text
    assert "90817263" not in caplog.text
    assert provider.check(started.ref, "90817263").verdict is Verdict.APPROVED


class Faulty(MemoryStore):
    """A store whose operation of that name fails, once or for good."""

    def __init__(self, name: str, error: VerifyError, *, acts: bool) -> None:
        super().__init__()
        inner = getattr(self, name)

        def fail(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if acts:
                inner(*args, **kwargs)
            raise error.but()

        setattr(self, name, fail)


@pytest.mark.parametrize("error", [Unavailable("away"), Ambiguous("lost")])
def test_store_that_does_not_answer_sends_nothing(
    world: World, error: VerifyError
) -> None:
    store = Faulty("start", error, acts=error.maybe_sent)

    with pytest.raises(Unavailable) as caught:
        world.provider(store=store).start(sms())

    assert caught.value.provider == "own"
    assert not world.sender.outbox


def test_store_that_is_lost_after_counting_leaves_the_guess_open(world: World) -> None:
    store = Faulty("approve", Unavailable("away"), acts=False)
    provider = world.provider(store=store)
    started = provider.start(sms())

    with pytest.raises(Ambiguous, match="has counted"):
        provider.check(started.ref, world.code)


def test_start_is_reported_even_if_it_cannot_be_taken_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.sender.fail_next(Refused("blocked"))
    provider = world.provider(
        store=Faulty("take_back", Unavailable("away"), acts=False)
    )

    with pytest.raises(Refused):
        provider.start(sms())
    assert "not taken back" in caplog.text


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


# -- How it is made ------------------------------------------------------------------


class AwaitedSender:
    channels = (Channel.EMAIL,)

    async def send(self, message: Message) -> Sent:
        raise NotImplementedError


class MailSender(Odd):
    channels = (Channel.EMAIL,)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("brand", {"brand": None}),
    ("senders", {"senders": {}}),
    ("senders", {"senders": {Channel.SMS: []}}),
    ("senders", {"senders": {Channel.SMS: "smtp://"}}),
    ("senders", {"senders": {Channel.SMS: MailSender(bug)}}),
    ("senders", {"senders": [MemorySender()]}),
    ("keys", {"keys": "secret"}),
    ("purpose", {"purpose": "fun"}),
    ("brand", {"brand": "Shop", "texts": "own"}),
]


@pytest.mark.parametrize(("setting", "more"), WRONG)
def test_what_cannot_be_used_is_named(
    world: World, setting: str, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        world.provider(**more)

    assert caught.value.setting == setting


def test_a_clock_without_a_time_zone_is_named(world: World) -> None:
    provider = world.provider(clock=lambda: datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(InvalidSetting, match=r"^clock: "):
        provider.start(sms())
    assert world.sender.outbox == []


def test_blocking_one_takes_nothing_awaited() -> None:
    world = World("blocking")
    for more in (
        {"store": world.store.awaited()},
        {"senders": {Channel.EMAIL: AwaitedSender()}},
    ):
        with pytest.raises(InvalidSetting, match="use AsyncOwnCodes"):
            world.provider(**more)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("code_length", 3),
        ("alphabet", "emoji"),
        ("lifetime", timedelta(0)),
        ("tries", 0),
        ("resend", "varies"),
        ("cool_downs", (timedelta(seconds=-1),)),
        ("cool_downs", (30,)),
        ("most_failures", 0),
        ("locked_for", timedelta(0)),
    ],
)
def test_policy_refuses_what_it_cannot_use(setting: str, value: object) -> None:
    kwargs: dict[str, Any] = {setting: value}
    with pytest.raises(InvalidSetting) as caught:
        CodePolicy(**kwargs)

    assert caught.value.setting == setting


class Closing(MemorySender):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_leaving_closes_each_sender_once() -> None:
    sender = Closing()
    with World("blocking").provider(senders=dict.fromkeys(Channel, sender)):
        pass

    assert sender.closed == 1


def people() -> Iterator[Identifier]:
    for number in range(100):
        yield read_phone(f"+1 555 323 1{number:03d}")


def test_sweeping_drops_what_is_over() -> None:
    world = World("blocking")
    provider = world.provider()
    for person in people():
        provider.start(StartRequest(identifier=person))
    world.pause(600 + 3600)

    assert provider.sweep(most=60) == 60
    assert provider.sweep() == 40
