"""References name a child, and nothing but that child is ever asked about them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from attrs import evolve, fields
from hypothesis import given, strategies as st

from tests.support.codes import wrong
from tests.support.failover import US, World, down, failover_of, request
from verify_core.tokens import TokenKeys, from_token, to_token
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    Status,
    Verdict,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_providers.failover import Child
from verify_providers.failover._references import (
    KEY,
    ChildReference,
    from_reference,
    to_reference,
)

pytestmark = pytest.mark.usefixtures("kind")

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def only_started(world: World) -> bool:
    """Whether no vendor heard of anything but starts."""
    return all({name for name, _ in each.calls} <= {"start"} for each in world.seen)


def assert_gone(world: World, ref: VerificationRef) -> None:
    assert world.failover.check(ref, "123456").verdict is Verdict.GONE
    assert world.failover.fetch(ref).status is Status.UNKNOWN
    assert world.failover.cancel(ref) is CancelOutcome.GONE
    assert world.failover.child_of(ref) is None
    assert not world.failover.owns(ref)
    again = world.failover.start(request(), previous=ref)
    assert again.ignored_hints == ("previous",)
    assert again.delivery is Delivery.SENT
    assert again.ref.attempt_id != ref.attempt_id
    assert only_started(world)


def test_everything_goes_to_the_child_of_the_reference() -> None:
    world = World()
    down(world.one)
    ref = world.start().ref

    world.failover.check(ref, "1")
    world.failover.fetch(ref)
    world.failover.cancel(ref)

    assert [name for name, _ in world.seen[0].calls] == ["start"]
    assert [name for name, _ in world.seen[1].calls] == [
        "start",
        "check",
        "fetch",
        "cancel",
    ]


def test_child_sees_its_own_name_and_data() -> None:
    """Two accounts of one vendor bear one name; the failover tells them apart."""
    world = World()

    ref = world.start().ref
    world.failover.check(ref, "1")

    assert ref.provider == "failover"
    _, seen = world.seen[0].calls[-1]
    assert seen is not None
    assert (seen.provider, dict(seen.vendor_data)) == ("fake", {})
    assert seen == world.one.start(request()).ref.__class__(
        provider="fake",
        vendor_id=ref.vendor_id,
        identifier=US,
        channel=ref.channel,
        attempt_id=ref.attempt_id,
        created_at=ref.created_at,
    )


def test_reference_is_the_childs_but_for_what_it_must_say_itself() -> None:
    own = VerificationRef(
        provider="vendor",
        vendor_id="id",
        identifier=US,
        channel="call",  # type: ignore[arg-type]
        attempt_id="mine",
        created_at=NOW,
        sends=3,
        vendor_data={"service": "VA1"},
    )

    ref = to_reference(ChildReference(child="one", ref=own, sends_before=4), "both")

    ours = {"provider": "both", "sends": 7, "vendor_data": ref.vendor_data}
    assert ref == evolve(own, **ours)
    found = from_reference(ref)
    assert found is not None
    assert found.ref == own
    unset = [
        each.name
        for each in fields(VerificationRef)
        if getattr(own, each.name) == each.default
    ]
    assert unset == [], "give each field a value of its own, so that a lost one shows"


def test_reference_works_in_another_process_with_the_same_configuration() -> None:
    world = World()
    down(world.one, times=1)
    keys = TokenKeys(keys={"k": TokenKeys.new_key()})
    token = to_token(world.start().ref, keys, now=NOW)

    ref = from_token(token, keys, now=NOW)
    result = world.again().check(ref, world.code(world.two))

    assert result.verdict is Verdict.APPROVED


def test_reference_of_a_child_that_is_no_more_is_gone() -> None:
    world = World()
    down(world.one, times=1)
    ref = world.start().ref

    alone = failover_of([Child(name="one", provider=world.seen[0])])

    assert alone.check(ref, world.code(world.two)).verdict is Verdict.GONE
    assert world.seen[0].count("check") == 0


@pytest.mark.parametrize("name", ["somebody-else", "one", "two", "fake"])
def test_another_name_in_the_reference_is_no_guess(name: str) -> None:
    world = World()
    ref = world.start().ref

    assert_gone(world, evolve(ref, provider=name))


@pytest.mark.parametrize(
    "change",
    [
        {"child": "three"},
        {"child": 1},
        {"own": None},
        {"serial": 7},
        {"before": -1},
        {"before": 1},
        {"before": True},
        {"resends": "2"},
        {"inner": 5},
    ],
)
def test_spoilt_reference_is_gone(change: dict[str, object]) -> None:
    world = World()
    ref = world.start().ref
    note = json.loads(ref.vendor_data[KEY]) | change

    assert_gone(world, evolve(ref, vendor_data={KEY: json.dumps(note)}))


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(
                        ["child", "own", "serial", "resends", "before", "inner"]
                    ),
                    inner,
                )
            ),
        ).map(json.dumps),
        st.just("[" * 100_000),
    )
)
def test_nothing_in_place_of_our_data_raises_or_reaches_a_child(text: str) -> None:
    world = World()
    ref = world.start().ref

    assert_gone(world, evolve(ref, vendor_data={KEY: text}))


def test_childs_own_reference_is_taken_over_under_its_own_name() -> None:
    """So that a failover can be put before a provider while verifications run."""
    fake = FakeVerifyProvider(seed=1, name="vendor")
    ref = fake.start(request()).ref
    failover = failover_of(
        [
            Child(name="first", provider=FakeVerifyProvider(seed=2)),
            Child(name="vendor", provider=fake),
        ]
    )

    assert failover.child_of(ref) == "vendor"
    again = failover.start(request(), previous=ref)
    assert again.ref.sends == 2
    assert failover.check(again.ref, fake.outbox[-1].code).verdict is Verdict.APPROVED


def test_own_reference_of_a_child_under_another_name_is_gone() -> None:
    """`fake` might be either of the two."""
    world = World()

    assert_gone(world, world.one.start(request()).ref)


def test_failover_within_a_failover() -> None:
    world = World()
    down(world.one)
    spare = FakeVerifyProvider(seed=3)
    outer = failover_of(
        [
            Child(name="inner", provider=world.failover),
            Child(name="spare", provider=spare),
        ]
    )

    started = outer.start(request())
    again = outer.start(request(), previous=started.ref)
    kept = VerificationRef.from_json(json.loads(json.dumps(again.ref.to_json())))

    assert outer.child_of(kept) == "inner"
    assert world.messages == (0, 2)
    code = world.code(world.two)
    assert outer.check(kept, wrong(code)).verdict is Verdict.WRONG_CODE
    assert outer.check(kept, code).verdict is Verdict.APPROVED


def test_childs_own_data_stays_readable_beside_ours() -> None:
    """A journey or a log may show a vendor's service, whoever stands before it."""
    world = World()
    inner = world.one.start(request()).ref
    data = {"service": "VA1"}

    class Labelled(FakeVerifyProvider):
        def start(self, *_: object, **__: object) -> object:  # type: ignore[override]
            from verify_core.verification import Started

            return Started(ref=evolve(inner, vendor_data=data))

    failover = failover_of([Child(name="one", provider=Labelled())])

    assert failover.start(request()).ref.vendor_data["service"] == "VA1"


def test_repr_shows_names_alone() -> None:
    shown = "FailoverProvider(name='failover', children=['one', 'two'])"

    assert shown in repr(World().failover)
