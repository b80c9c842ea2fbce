"""Which child a start goes to, and after which error it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, fields, frozen

from tests.support.failover import (
    MAIL,
    UK,
    US,
    World,
    deaf,
    down,
    failover_of,
    pair_of,
    request,
    scripted,
)
from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.verification import (
    AttemptReport,
    Delivery,
    Started,
    StartHints,
    Verdict,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes.memory import CHECK_BY_ID, LEAST, TWILIO_LIKE
from verify_providers.failover import (
    Child,
    FailoverPolicy,
    FailoverProvider,
)

pytestmark = pytest.mark.usefixtures("kind")

SKIPPING = (Throttled, Misconfigured, Unavailable, UnsupportedChannel, NotSupported)
ENDING = (InvalidIdentifier, Refused, TooSoon)


def report(provider: str, action: str, result: str) -> AttemptReport:
    return AttemptReport(provider=provider, action=action, result=result)


def test_first_child_is_asked_and_no_other() -> None:
    world = World()

    started = world.start()

    assert world.messages == (1, 0)
    assert started.attempts == (report("one", "start", "sent"),)
    assert world.failover.child_of(started.ref) == "one"


@pytest.mark.parametrize("error", SKIPPING)
def test_next_child_starts_after_an_error_that_says_not_sent(
    error: type[VerifyError],
) -> None:
    one, two = scripted(error("no", "fake")), scripted(seed=2)
    failover = pair_of(one, two)

    started = failover.start(request())

    assert len(two.inner.outbox) == 1
    assert failover.child_of(started.ref) == "two"
    assert started.attempts == (
        report("one", "start", error.__name__),
        report("two", "start", "sent"),
    )
    code = two.inner.outbox[-1].code
    assert failover.check(started.ref, str(code)).verdict is Verdict.APPROVED


@pytest.mark.parametrize("error", ENDING)
def test_no_child_starts_after_an_error_that_protects_somebody(
    error: type[VerifyError],
) -> None:
    one, two = scripted(error("no", "fake", vendor_code="7")), scripted(seed=2)

    with pytest.raises(error) as raised:
        pair_of(one, two).start(request())

    assert two.requests == []
    assert (raised.value.provider, raised.value.vendor_code) == ("one", "7")


@pytest.mark.parametrize("maybe_sent", [True, False])
def test_no_child_starts_after_an_answer_that_cannot_be_read(
    *, maybe_sent: bool
) -> None:
    """It may be a refusal that we do not know yet."""
    one = scripted(Unexpected("what?", "fake", maybe_sent=maybe_sent))
    two = scripted(seed=2)

    with pytest.raises(Unexpected):
        pair_of(one, two).start(request())

    assert two.requests == []


def test_no_child_starts_after_a_bug_of_another() -> None:
    one, two = scripted(KeyError("bug")), scripted(seed=2)

    with pytest.raises(KeyError):
        pair_of(one, two).start(request())

    assert two.requests == []


def test_lost_answer_is_not_followed_by_another_message() -> None:
    world = World()
    deaf(world.one)

    started = world.start()

    assert started.delivery is Delivery.MAYBE_SENT
    assert world.messages == (1, 0)
    code = world.code(world.one)
    assert world.failover.check(started.ref, code).verdict is Verdict.APPROVED


def test_lost_answer_that_leaves_no_reference_is_raised() -> None:
    world = World(profile=CHECK_BY_ID)
    deaf(world.one)

    with pytest.raises(Ambiguous) as raised:
        world.start()

    assert world.messages == (1, 0)
    assert raised.value.ref is None


@pytest.mark.parametrize("kind", [Ambiguous, Unexpected])
def test_reference_of_an_error_is_the_failovers(
    kind: type[Ambiguous | Unexpected],
) -> None:
    """However often a child raises the very same error."""
    inner = FakeVerifyProvider(seed=1)
    error = kind("lost", "fake", ref=inner.start(request()).ref)
    one = scripted(error, error)
    failover = pair_of(one, scripted(seed=2))
    one.inner = inner

    for _ in range(2):
        with pytest.raises(kind) as raised:
            failover.start(request())
        ref = raised.value.ref
        assert ref is not None
        assert failover.child_of(ref) == "one"
    assert error.ref is not None
    assert error.ref.provider == "fake"
    code = str(inner.outbox[-1].code)
    assert failover.check(ref, code).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ((Unavailable, Misconfigured), Unavailable),
        ((Misconfigured, Throttled), Throttled),
        ((Throttled, Unavailable), Throttled),
        ((NotSupported, Misconfigured), Misconfigured),
        ((NotSupported, UnsupportedChannel), UnsupportedChannel),
    ],
)
def test_of_several_refusals_the_one_that_invites_to_come_back_is_raised(
    errors: tuple[type[VerifyError], type[VerifyError]], told: type[VerifyError]
) -> None:
    one, two = (scripted(error("no", "fake")) for error in errors)

    with pytest.raises(VerifyError) as raised:
        pair_of(one, two).start(request())

    assert type(raised.value) is told
    tried = f"failover: one start {errors[0].__name__}; two start {errors[1].__name__}"
    assert raised.value.__notes__ == [tried]


def test_child_without_the_channel_is_skipped_before_anything_is_spent() -> None:
    world = World(profile=LEAST)

    started = world.start(MAIL)

    assert world.seen[0].calls == []
    assert started.attempts == (
        report("one", "skip", "channel_not_offered"),
        report("two", "start", "sent"),
    )


def test_channel_that_only_a_broken_child_offers_is_not_replaced() -> None:
    world = World(other_profile=LEAST)
    down(world.one)

    with pytest.raises(Unavailable):
        world.start(MAIL)

    assert world.messages == (0, 0)


def test_route_decides_by_calling_code() -> None:
    world = World(policy=FailoverPolicy(routes={44: ["two"], 49: ["two", "one"]}))

    for to in (US, UK, MAIL):
        world.start(to)

    assert [message.to for message in world.two.outbox] == [UK.value]
    assert world.messages == (2, 1)


def test_route_is_the_whole_list() -> None:
    world = World(policy=FailoverPolicy(routes={44: ["two"]}))
    down(world.two)

    with pytest.raises(Unavailable):
        world.start(UK)

    assert world.messages == (0, 0)


def test_route_whose_children_lack_the_channel_says_so() -> None:
    policy = FailoverPolicy(routes={1: ["one"]})
    world = World(policy, profile=LEAST)

    with pytest.raises(UnsupportedChannel):
        world.failover.start(request(channel="call"))  # type: ignore[arg-type]


def test_attempt_is_the_same_whichever_child_sends() -> None:
    one, two = scripted(*[Unavailable("no")] * 2), scripted(seed=2)
    failover = pair_of(one, two)

    named = failover.start(evolve(request(), attempt_id="mine"))
    drawn = failover.start(request(UK))
    again = failover.start(request(UK), previous=drawn.ref)

    assert named.ref.attempt_id == "mine"
    assert two.requests[1].attempt_id == drawn.ref.attempt_id == again.ref.attempt_id


@frozen
class ExtrasOfOne:
    text: str = ""


@frozen
class ExtrasOfTwo:
    text: str = ""


def test_each_child_is_given_its_own_extras() -> None:
    one, two = scripted(Unavailable("no")), scripted(seed=2)
    two.inner = FakeVerifyProvider(seed=2, extras=(ExtrasOfTwo,))
    failover = failover_of(
        [
            Child(name="one", provider=one, extras=(ExtrasOfOne,)),
            Child(name="two", provider=two, extras=(ExtrasOfTwo,)),
        ]
    )

    failover.start(evolve(request(), extras=(ExtrasOfOne(), ExtrasOfTwo())))

    assert one.requests[0].extras == (ExtrasOfOne(),)
    assert two.requests[0].extras == (ExtrasOfTwo(),)


def test_extras_from_the_package_of_a_childs_provider_are_its_own() -> None:
    from verify_providers.twilio import TwilioExtras, TwilioVerify

    twilio = TwilioVerify(
        service_sid="VA" + "0" * 32, account_sid="AC" + "0" * 32, auth_token="0" * 32
    )
    child = Child(name="twilio", provider=twilio)

    assert child.takes(TwilioExtras())
    assert not child.takes(ExtrasOfOne())
    assert not Child(name="two", provider=scripted()).takes(TwilioExtras())


def test_hint_that_not_every_child_fulfils_is_passed_on_and_not_promised() -> None:
    world = World(other_profile=LEAST)
    hints = StartHints(code_length=6)

    started = world.failover.start(evolve(request(), locale="de", hints=hints))

    assert started.ignored_hints == ("locale", "code_length")


def test_custom_code_needs_every_child() -> None:
    world = World(other_profile=LEAST)

    with pytest.raises(NotSupported):
        world.failover.start(evolve(request(), custom_code="123456"))

    assert world.messages == (0, 0)


@pytest.mark.parametrize("name", ["", "One", "a b", "1a", "ä", "x" * 33, 7])
def test_name_unfit_for_references_is_refused(name: object) -> None:
    with pytest.raises(InvalidSetting, match="name"):
        Child(name=name, provider=FakeVerifyProvider())  # type: ignore[arg-type]


def test_names_and_providers_are_each_one_childs() -> None:
    fake, other = FakeVerifyProvider(), FakeVerifyProvider()
    one = Child(name="one", provider=fake)

    for children, fault in [
        ([], "at least one"),
        ([one, Child(name="one", provider=other)], "one is given twice"),
        ([one, Child(name="two", provider=fake)], "two is a provider"),
        ([Child(name="failover", provider=fake)], "the failover's own"),
        ([fake], "not FakeVerifyProvider"),
    ]:
        with pytest.raises(InvalidSetting, match=fault):
            FailoverProvider(children)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("resends_per_child", -1),
        ("resends_per_child", True),
        ("routes", {"44": ["one"]}),
        ("routes", {44: "one"}),
        ("routes", {44: []}),
        ("routes", {44: ["one", "one"]}),
        ("routes", {0: ["one"]}),
        ("routes", ["one"]),
    ],
)
def test_policy_refuses_what_has_not_its_shape(setting: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=setting):
        FailoverPolicy(**{setting: value})  # type: ignore[arg-type]


def test_route_to_an_unknown_child_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="known are one, two"):
        World(policy=FailoverPolicy(routes={44: ["three"]}))


def test_what_is_no_provider_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="provider: takes a VerifyProvider"):
        Child(name="one", provider="twilio://")  # type: ignore[arg-type]


def test_promises_are_the_least_of_all() -> None:
    world = World(profile=TWILIO_LIKE, other_profile=LEAST)
    joint, least = world.failover.capabilities, LEAST.capabilities

    assert joint.channels == TWILIO_LIKE.capabilities.channels
    assert (joint.check_key, joint.fetch) == (least.check_key, least.fetch)
    assert (joint.cancel, joint.custom_code) == (least.cancel, False)
    assert joint.idempotency == "none"


def test_leaving_it_closes_the_children_that_can_be() -> None:
    closed: list[str] = []

    class Closing(FakeVerifyProvider):
        def close(self) -> None:
            closed.append(self.name)

    with FailoverProvider(
        [
            Child(name="one", provider=Closing(name="x")),
            Child(name="two", provider=FakeVerifyProvider()),
        ]
    ):
        assert closed == []

    assert closed == ["x"]


def test_what_a_child_says_of_its_start_is_passed_on() -> None:
    one = scripted()
    said = Started(
        ref=one.inner.start(request()).ref,
        channel=Channel.CALL,
        delivery=Delivery.MAYBE_SENT,
        expires_at=datetime(2026, 1, 15, tzinfo=UTC),
        resend_after=timedelta(seconds=9),
        code_length=7,
        ignored_hints=("locale",),
        attempts=(report("inner", "start", "maybe_sent"),),
    )
    one.after = lambda _call, _answer: said

    told = pair_of(one, scripted(seed=2)).start(request())

    for each in fields(Started):
        assert getattr(said, each.name) != each.default, "give it a value of its own"
        if each.name not in {"ref", "attempts"}:
            assert getattr(told, each.name) == getattr(said, each.name), each.name


def test_retry_after_of_a_child_reaches_the_caller() -> None:
    wait = timedelta(seconds=7)
    one = scripted(Throttled("busy", "fake", retry_after=wait))
    two = scripted(Misconfigured("no", "fake"))

    with pytest.raises(Throttled) as raised:
        pair_of(one, two).start(request())

    assert raised.value.retry_after == wait


class LoftClosed(Unavailable):
    """An error of a provider's own, made of other things than ours are."""

    def __init__(self, loft: str) -> None:
        super().__init__(f"{loft} is closed", "fake")
        self.loft = loft


class LoftSilent(Ambiguous):
    def __init__(self, ref: VerificationRef) -> None:
        super().__init__("no pigeon came back", "fake", ref=ref)


def test_a_provider_s_own_error_moves_on_like_ours() -> None:
    one, two = scripted(LoftClosed("north")), scripted(seed=2)

    started = pair_of(one, two).start(request())

    assert started.delivery is Delivery.SENT
    assert [each.provider for each in started.attempts] == ["one", "two"]


def test_a_provider_s_own_error_keeps_its_class_and_what_it_knows() -> None:
    closed = LoftClosed("north")
    closed.add_note("since noon")
    alone = failover_of([Child(name="one", provider=scripted(closed))])

    with pytest.raises(LoftClosed) as caught:
        alone.start(request())

    assert caught.value is not closed
    assert caught.value.provider == "one"
    assert (caught.value.loft, str(caught.value)) == ("north", "north is closed")
    assert "since noon" in caught.value.__notes__


def test_a_message_that_may_have_left_is_not_lost_with_it() -> None:
    one = scripted()
    silent = LoftSilent(one.inner.start(request()).ref)
    one.errors.append(silent)

    with pytest.raises(LoftSilent) as caught:
        pair_of(one, scripted(seed=2)).start(request())

    assert caught.value.ref is not None
    assert caught.value.ref.provider == "failover"
