"""The hook sees everything, masked, and cannot undo a message."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.failover import (
    MAIL,
    US,
    World,
    down,
    failover_of,
    request,
    scripted,
)
from verify_core.errors import InvalidSetting, Unavailable
from verify_core.events import Method
from verify_fakes._clock import FakeClock
from verify_fakes.memory import LEAST
from verify_providers.failover import (
    Child,
    FailoverEvent,
    FailoverEventKind,
    FailoverPolicy,
)

pytestmark = pytest.mark.usefixtures("kind")


def reported(world: World) -> list[tuple[str, str, str, str | None]]:
    return [(each.child, each.method, each.kind, each.result) for each in world.events]


def test_every_call_of_a_child_is_reported() -> None:
    world = World()
    down(world.one)
    ref = world.start().ref
    world.failover.check(ref, world.code(world.two))
    world.failover.fetch(ref)
    world.failover.cancel(ref)

    assert reported(world) == [
        ("one", "start", "failed", "Unavailable"),
        ("two", "start", "answered", "sent"),
        ("two", "check", "answered", "approved"),
        ("two", "fetch", "answered", "unknown"),
        ("two", "cancel", "answered", "gone"),
    ]


def test_skipped_child_is_reported_too() -> None:
    world = World(profile=LEAST)

    world.start(MAIL)

    assert reported(world)[0] == ("one", "start", "skipped", "channel_not_offered")


def test_event_of_an_error_carries_what_the_vendors_support_asks_for() -> None:
    events: list[FailoverEvent] = []
    clock = FakeClock()
    error = Unavailable(
        "no",
        "fake",
        http_status=503,
        vendor_code="out",
        vendor_request_id="RQ1",
    )
    failover = failover_of(
        [Child(name="one", provider=scripted(error))],
        clock=clock,
        on_event=events.append,
    )

    with pytest.raises(Unavailable):
        failover.start(request())

    assert events == [
        FailoverEvent(
            kind=FailoverEventKind.FAILED,
            method=Method.START,
            failover="failover",
            child="one",
            channel=request().channel,
            calling_code=1,
            identifier=str(US),
            at=clock.now(),
            attempt_id=events[0].attempt_id,
            result="Unavailable",
            http_status=503,
            vendor_code="out",
            vendor_request_id="RQ1",
        )
    ]


def test_duration_is_the_childs() -> None:
    events: list[FailoverEvent] = []
    clock = FakeClock()
    slow = scripted()
    slow.before = lambda _call: clock.advance(timedelta(seconds=3))
    began_at = clock.now()

    failover_of(
        [Child(name="one", provider=slow)], clock=clock, on_event=events.append
    ).start(request())

    assert (events[0].at, events[0].duration) == (began_at, timedelta(seconds=3))


def test_events_are_dated_in_utc_whatever_the_zone_of_the_clock() -> None:
    events: list[FailoverEvent] = []
    eastern = timezone(timedelta(hours=-5))
    failover = failover_of(
        [Child(name="one", provider=scripted())],
        clock=lambda: datetime(2026, 1, 15, 12, tzinfo=eastern),
        on_event=events.append,
    )

    failover.start(request())

    assert [event.at.tzinfo for event in events] == [UTC]


def test_clock_that_cannot_date_an_event_fails_before_anything_is_sent() -> None:
    one = scripted()
    failover = failover_of(
        [Child(name="one", provider=one)],
        clock=lambda: datetime(2026, 1, 15, 12),  # noqa: DTZ001 - what is refused
        on_event=lambda _event: None,
    )

    with pytest.raises(InvalidSetting, match="clock"):
        failover.start(request())

    assert one.requests == []


def test_no_event_holds_a_code_or_a_number() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=0))
    for to in (US, MAIL):
        ref = world.start(to, previous=world.start(to).ref).ref
        world.failover.check(ref, world.code(world.two))
    shown = repr(world.events)

    for fake in (world.one, world.two):
        for message in fake.outbox:
            assert message.code not in shown
            assert message.to.lstrip("+") not in shown


def test_hook_that_raises_does_not_lose_a_reference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def clumsy(_event: FailoverEvent, /) -> None:
        raise RuntimeError(US.value)

    failover = failover_of(
        [
            Child(name="one", provider=scripted(Unavailable("no"))),
            Child(name="two", provider=scripted(seed=2)),
        ],
        on_event=clumsy,
    )

    with caplog.at_level(logging.WARNING):
        started = failover.start(request())

    assert failover.child_of(started.ref) == "two"
    assert "the event hook failed: RuntimeError" in caplog.text
    assert US.value not in caplog.text
