"""Where a workflow stands, reckoned by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from verify_core.channels import Channel
from verify_providers.vonage._workflow import CANCEL_OPENS, Workflow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

workflows = st.builds(
    Workflow,
    channels=st.lists(st.sampled_from(list(Channel)), min_size=1, max_size=5).map(
        tuple
    ),
    timeout=st.integers(15, 900).map(lambda seconds: timedelta(seconds=seconds)),
    reached_at=st.just(NOON),
)
spans = st.timedeltas(timedelta(-10), timedelta(days=1))


@given(workflows)
def test_it_survives_the_reference(workflow: Workflow) -> None:
    assert Workflow.from_data(workflow.to_data()) == workflow


@given(workflows, spans)
def test_a_step_is_always_one_of_its_own(workflow: Workflow, span: timedelta) -> None:
    step = workflow.step_at(NOON + span)

    assert 0 <= step < len(workflow.channels)
    assert workflow.next_channels(NOON + span) == workflow.channels[step + 1 : step + 2]


@given(workflows, spans, spans)
def test_it_never_goes_back(
    workflow: Workflow, one: timedelta, other: timedelta
) -> None:
    early, late = sorted([NOON + one, NOON + other])

    assert workflow.step_at(early) <= workflow.step_at(late)


@given(workflows)
def test_it_ends_when_the_last_step_does(workflow: Workflow) -> None:
    last = workflow.ends_at - timedelta(microseconds=1)

    assert workflow.ends_at == NOON + workflow.timeout * len(workflow.channels)
    assert workflow.step_at(last) == len(workflow.channels) - 1


@given(workflows, st.data())
def test_moving_on_gives_the_next_step_its_whole_time(
    workflow: Workflow, data: st.DataObject
) -> None:
    """And never more time than the workflow had in all."""
    total = workflow.ends_at - NOON
    now = NOON + data.draw(st.timedeltas(timedelta(0), total))
    if not workflow.next_channels(now):
        return

    moved = workflow.advanced(now)

    assert moved.step_at(now) == workflow.step_at(now) + 1
    assert (moved.channels[moved.step],) == workflow.next_channels(now)
    assert moved.ends_at <= workflow.ends_at
    assert moved.ends_at >= now + workflow.timeout


@given(workflows, spans)
def test_cancelable_only_in_the_window(workflow: Workflow, span: timedelta) -> None:
    now = NOON + span

    if workflow.is_cancelable(NOON, now):
        assert now >= NOON + CANCEL_OPENS
        assert len(workflow.channels) == 1 or now < NOON + workflow.timeout


@pytest.mark.parametrize(
    "change",
    [
        {"workflow": ""},
        {"workflow": "sms,pigeon"},
        {"workflow": ",".join(["sms"] * 17)},
        {"timeout": "0"},
        {"timeout": "901"},
        {"timeout": "9" * 30},
        {"timeout": "x"},
        {"step": "1"},
        {"step": "-1"},
        {"unsure": "1"},
        {"unsure": "-1"},
        {"reached_at": "noon"},
        {"reached_at": "2026-11-23T12:00:00"},
        {"reached_at": "9999-12-31T23:59:59+00:00"},
    ],
)
def test_anything_else_is_no_workflow(change: dict[str, str]) -> None:
    workflow = Workflow(
        channels=(Channel.SMS,), timeout=timedelta(seconds=180), reached_at=NOON
    )

    assert Workflow.from_data(workflow.to_data() | change) is None
    for name in workflow.to_data():
        less = {key: value for key, value in workflow.to_data().items() if key != name}
        assert Workflow.from_data(less) is None


def test_reaching_a_step_starts_its_time() -> None:
    workflow = Workflow(
        channels=(Channel.SMS, Channel.CALL),
        timeout=timedelta(seconds=60),
        reached_at=NOON,
    )
    later = evolve(workflow, step=1, reached_at=NOON + timedelta(seconds=50))

    assert later.ends_at == NOON + timedelta(seconds=110)
    assert later.next_channels(NOON + timedelta(seconds=50)) == ()


def test_doubt_keeps_the_steps_in_question() -> None:
    """Where the second step may not have been taken, it may be the next one."""
    workflow = Workflow(
        channels=(Channel.SMS, Channel.CALL, Channel.WHATSAPP),
        timeout=timedelta(seconds=60),
        reached_at=NOON,
    )

    once = workflow.advanced(NOON).doubted()
    assert once.next_channels(NOON) == (Channel.CALL, Channel.WHATSAPP)
    twice = once.advanced(NOON).doubted()
    assert twice.next_channels(NOON) == (Channel.CALL, Channel.WHATSAPP)
    thrice = twice.advanced(NOON).doubted()
    assert thrice == twice  # there is no more to doubt
    assert Workflow.from_data(thrice.to_data()) == thrice
