"""The search over histories: sound providers pass, broken ones give a test to paste."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from tests.conformance.flaws import coarse
from tests.conformance.flaws._flaw import Kind
from tests.support.benches import SOME_HISTORIES, fake_harness, twilio_harness
from verify_core.testing import CaseFailed, CaseVerdict, Harness, run_case
from verify_core.testing._histories import every_history
from verify_core.testing._life import STEPS, Life, replay
from verify_fakes import PROFILES

HARNESSES = [
    twilio_harness(),
    *[fake_harness(each) for each in PROFILES.values()],
]


@pytest.mark.parametrize("harness", HARNESSES, ids=str)
def test_every_history_keeps_the_laws_and_every_stage_is_seen(harness: Harness) -> None:
    result = run_case(SOME_HISTORIES, harness)

    assert result.verdict is CaseVerdict.PASSED, result.reason


@pytest.mark.parametrize(
    "kind",
    [
        coarse.approves_the_right_code_again,
        coarse.approves_the_exhausted,
        coarse.approves_what_is_gone,
        coarse.cancels_in_name,
        coarse.returns_the_first_reference_for_a_resend,
        coarse.invents_states,
        coarse.raises_on_a_wrong_code,
        coarse.repeats_lost_starts,
        coarse.raises_on_what_is_no_number,
        coarse.ends_at_the_first_mistake,
        coarse.sends_twice_so_that_something_arrives,
    ],
)
def test_broken_provider_gives_a_test_to_paste(kind: Kind) -> None:
    """The printed test fails for the broken one, and passes for the sound one."""
    harness = fake_harness(wrap=kind)

    result = run_case(every_history, harness)

    assert result.verdict is CaseVerdict.FAILED
    _, _, printed = result.reason.partition("\n\n")
    with pytest.raises(CaseFailed):
        pasted(printed, harness)
    pasted(printed, fake_harness())


def pasted(printed: str, harness: Harness) -> None:
    names: dict[str, object] = {"HARNESS": harness}
    exec(compile(printed, "pasted", "exec"), names)
    test = names["test_history_that_broke_a_law"]
    assert callable(test)
    test()


def test_printed_history_is_short_and_holds_no_code() -> None:
    result = run_case(
        every_history, fake_harness(wrap=coarse.approves_the_right_code_again)
    )

    steps = re.findall(r'"(\w+ [01])"', result.reason)
    assert len(steps) <= 4
    assert set(steps) <= set(STEPS)
    assert not re.search(r"\d{4}", result.reason)


def test_search_that_saw_too_little_is_inconclusive() -> None:
    hasty = evolve(every_history, examples=1, length=2)

    result = run_case(hasty, fake_harness())

    assert result.verdict is CaseVerdict.INCONCLUSIVE
    assert "running -> approved" in result.reason


def test_visits_name_the_changes_of_stage() -> None:
    with fake_harness().open() as bench:
        life = Life(bench)
        for step in [
            "start 0",
            "right 0",
            "start 0",
            "cancel 0",
            "start 1",
            "expire 1",
        ]:
            life.take(step)

    assert {visit for visit in life.visits if "->" in visit} == {
        "nothing -> running",
        "running -> approved",
        "approved -> running",
        "running -> canceled",
        "running -> expired",
    }


def test_replay_takes_a_history_without_hypothesis() -> None:
    replay(fake_harness(), STEPS)
