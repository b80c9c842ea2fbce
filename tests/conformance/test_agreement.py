"""The in-memory fake fails as our provider for Twilio does, fault by fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import pytest
from attrs import define

from tests.support.benches import OPERATIONS, provider
from tests.support.codes import wrong
from tests.support.each import require_each
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


@contextmanager
def worlds() -> Iterator[tuple[World, World]]:
    """The fake, and the real provider over the fake of Twilio, both new."""
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


def told_alike(act: Callable[[World], object]) -> None:
    with worlds() as (one, two):
        assert act(one) == act(two)


def play(world: World, person: Identifier, arm: Callable[[], object]) -> list[object]:
    """Start, then let something fail, and do everything that can be done."""
    them = world.provider
    request = StartRequest(identifier=person)
    ref = them.start(request).ref
    arm()
    code = world.fake.outbox[-1].code
    return [
        outcome(lambda: them.check(ref, wrong(code))),
        outcome(lambda: them.start(request, previous=ref)),
        outcome(lambda: them.check(ref, wrong(code))),
        outcome(lambda: them.fetch(ref)),
        outcome(lambda: them.fetch(ref)),
        outcome(lambda: them.cancel(ref)),
        outcome(lambda: them.cancel(ref)),
        outcome(lambda: them.check(ref, code)),
        outcome(lambda: them.start(request)),
        len(world.fake.outbox),
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusals_are_raised_alike(operation: str) -> None:
    def alike(case: tuple[Reason, timedelta | None]) -> None:
        reason, wait = case

        def arm(world: World) -> None:
            world.fake.faults.arm(operation, reason, last=1, retry_after=wait)

        told_alike(lambda world: play(world, SOMEBODY, lambda: arm(world)))

    require_each(product(Reason, [None, timedelta(seconds=30)]), alike)


def test_broken_connections_are_raised_alike() -> None:
    """But for starts, where the real provider recovers more than the fake lets know."""

    def alike(case: tuple[str, Break]) -> None:
        operation, kind = case

        def arm(world: World) -> None:
            world.fake.faults.arm(operation, kind, last=1)

        told_alike(lambda world: play(world, SOMEBODY, lambda: arm(world)))

    require_each(product(sorted({*OPERATIONS} - {"start"}), Break), alike)


def started_alike(request: StartRequest) -> None:
    told_alike(
        lambda world: (
            outcome(lambda: world.provider.start(request)),
            len(world.fake.outbox),
        )
    )


def test_magic_numbers_meet_the_same_fate() -> None:
    numbers = [row.number for row in MAGIC_NUMBERS.values() if row.broken is None]

    require_each(
        product(numbers, [Channel.SMS, Channel.CALL]),
        lambda case: started_alike(
            StartRequest(identifier=read_phone(case[0]), channel=case[1])
        ),
    )


def test_custom_codes_are_refused_alike() -> None:
    require_each(
        ["1234567890123"[:length] for length in (1, 3, 4, 10, 11)],
        lambda code: started_alike(StartRequest(identifier=SOMEBODY, custom_code=code)),
    )


def test_capabilities_are_declared_alike() -> None:
    told_alike(lambda world: world.provider.capabilities)
