"""The in-memory fake fails as our provider for Twilio does, fault by fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from attrs import define

from tests.conformance.benches import OPERATIONS, provider
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import Identifier
from verify_core.phone import read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import Started, StartRequest, VerificationState
from verify_fakes import FakeTwilio, FakeVerifyProvider, fake_twilio
from verify_fakes.twilio import MAGIC_NUMBERS, Break, Reason, Switches

SOMEBODY = read_phone("+1 555 323 1234")
SWITCHES = Switches(
    custom_code_enabled=True, lookup_enabled=True, skip_sms_to_landlines=True
)


@define
class World:
    """A provider, and the fake whose faults and outbox it is subject to."""

    provider: VerifyProvider
    fake: FakeVerifyProvider | FakeTwilio


@pytest.fixture
def worlds() -> Iterator[tuple[World, World]]:
    fake = FakeVerifyProvider(seed=7)
    with fake_twilio(seed=7, switches=SWITCHES) as twilio, provider(twilio) as real:
        yield World(fake, fake), World(real, twilio)


def outcome(act: Callable[[], object]) -> object:
    """What of an answer, or of an error, both must agree on."""
    try:
        answer = act()
    except VerifyError as error:
        wait = getattr(error, "retry_after", None)
        ref = getattr(error, "ref", None)
        return type(error), error.maybe_sent, wait, ref is not None
    if isinstance(answer, VerificationState):
        sends = [(send.at, send.channel) for send in answer.deliveries]
        return answer.status, sends
    if isinstance(answer, Started):
        return answer.delivery, answer.channel, answer.expires_at, answer.ref.sends
    return answer


def play(world: World, person: Identifier, arm: Callable[[], object]) -> list[object]:
    """Start, then let something fail, and do everything that can be done."""
    them = world.provider
    request = StartRequest(identifier=person)
    ref = them.start(request).ref
    arm()
    code = world.fake.outbox[-1].code
    wrong = code[:-1] + ("1" if code.endswith("0") else "0")
    return [
        outcome(lambda: them.check(ref, wrong)),
        outcome(lambda: them.start(request, previous=ref)),
        outcome(lambda: them.check(ref, wrong)),
        outcome(lambda: them.fetch(ref)),
        outcome(lambda: them.fetch(ref)),
        outcome(lambda: them.cancel(ref)),
        outcome(lambda: them.cancel(ref)),
        outcome(lambda: them.check(ref, code)),
        outcome(lambda: them.start(request)),
        len(world.fake.outbox),
    ]


@pytest.mark.parametrize("wait", [None, timedelta(seconds=30)])
@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusals_are_raised_alike(
    worlds: tuple[World, World], operation: str, reason: Reason, wait: timedelta | None
) -> None:
    told = [
        play(
            world,
            SOMEBODY,
            lambda faults=world.fake.faults: faults.arm(
                operation, reason, last=1, retry_after=wait
            ),
        )
        for world in worlds
    ]

    assert told[0] == told[1]


@pytest.mark.parametrize("kind", Break)
@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o != "start"])
def test_broken_connections_are_raised_alike(
    worlds: tuple[World, World], operation: str, kind: Break
) -> None:
    """But for starts, where the real provider recovers more than the fake lets know."""
    told = [
        play(
            world,
            SOMEBODY,
            lambda faults=world.fake.faults: faults.arm(operation, kind, last=1),
        )
        for world in worlds
    ]

    assert told[0] == told[1]


@pytest.mark.parametrize(
    "number", [row.number for row in MAGIC_NUMBERS.values() if row.broken is None]
)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CALL])
def test_magic_numbers_meet_the_same_fate(
    worlds: tuple[World, World], number: str, channel: Channel
) -> None:
    request = StartRequest(identifier=read_phone(number), channel=channel)
    told = [
        (
            outcome(lambda them=world.provider: them.start(request)),
            len(world.fake.outbox),
        )
        for world in worlds
    ]

    assert told[0] == told[1]


@pytest.mark.parametrize("length", [1, 3, 4, 10, 11])
def test_custom_codes_are_refused_alike(
    worlds: tuple[World, World], length: int
) -> None:
    request = StartRequest(identifier=SOMEBODY, custom_code="1234567890123"[:length])
    told = [
        (
            outcome(lambda them=world.provider: them.start(request)),
            len(world.fake.outbox),
        )
        for world in worlds
    ]

    assert told[0] == told[1]


def test_capabilities_are_declared_alike(worlds: tuple[World, World]) -> None:
    assert worlds[0].provider.capabilities == worlds[1].provider.capabilities
