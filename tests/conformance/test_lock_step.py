"""Twilio's documents, the provider for it in both ways, and the fake, in lock-step."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conformance.documents import IMPORTANT, Documents
from tests.conformance.flaws import coarse
from tests.support.benches import fake_harness, twilio_harness
from tests.support.doors import twilio_over_doors
from verify_core.testing import Harness
from verify_core.testing.machine import LockStep, lock_step

#: Enough for every state to be met many times; the deep profile asks for more.
STEPS = settings(max_examples=settings().max_examples * 2 // 3, stateful_step_count=30)
#: To find that something is wrong, however long the way to it.
FINDING = settings(
    STEPS, print_blob=False, database=None, phases=[Phase.explicit, Phase.generate]
)


def test_provider_fake_and_documents_agree() -> None:
    """Whatever the history: the same verdicts, states, errors, codes and messages."""
    awaited = twilio_over_doors(awaited=True)
    machine = lock_step([twilio_harness(), awaited, fake_harness()], Documents)

    run_state_machine_as_test(machine, settings=STEPS)

    unseen = IMPORTANT - set(machine.visits)
    assert not unseen, f"the run never came to {unseen}"


def machine_of(*harnesses: Harness) -> type[LockStep]:
    return lock_step(harnesses, Documents)


def test_broken_provider_falls_out_of_step() -> None:
    machine = machine_of(fake_harness(wrap=coarse.approves_the_exhausted))

    with pytest.raises(AssertionError, match="the oracle"):
        run_state_machine_as_test(machine, settings=FINDING)
