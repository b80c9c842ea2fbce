"""
A search, by a state machine of Hypothesis, for a history that breaks a law.

    every_history.check(HARNESS)

It fails with a test to paste, and is inconclusive where it did not see every change of
stage that it is meant to see. The extra `testing` brings Hypothesis.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from attrs import frozen

from verify_core.installing import install_hint

from ._bench import AnyHarness, CaseFailed, CaseInconclusive, CaseSkipped, bench_of
from ._case import Law
from ._life import STEPS, Life, meant

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

PASTE = """\
from verify_core.testing import replay


def test_history_that_broke_a_law() -> None:
    replay(
        HARNESS,  # {name}
        [
{steps}
        ],
    )
"""


@frozen(kw_only=True)
class Search(Law):
    """
    A law about all histories, tried on many.

    Attributes:
        examples: How many histories are tried.
        length: How many steps each has at most.
    """

    examples: int = 100
    length: int = 40

    def _try(self, harness: AnyHarness[Any]) -> None:
        visits: Counter[str] = Counter()
        try:
            from hypothesis import HealthCheck, Phase, settings
            from hypothesis.stateful import run_state_machine_as_test
        except ImportError:
            raise CaseSkipped(install_hint("testing")) from None
        run_state_machine_as_test(
            machine_of(harness, visits),
            settings=settings(
                max_examples=self.examples,
                stateful_step_count=self.length,
                deadline=None,
                database=None,
                derandomize=True,  # the same verdict each time
                print_blob=False,
                report_multiple_bugs=False,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
        with harness.open() as bench:
            unseen = sorted(meant(bench) - set(visits))
        if unseen:
            raise CaseInconclusive("no history came to: " + ", ".join(unseen))


def machine_of(
    harness: AnyHarness[Any], visits: Counter[str]
) -> type[RuleBasedStateMachine]:
    """The machine for one provider; it counts the changes of stage that it sees."""
    from hypothesis import strategies
    from hypothesis.stateful import RuleBasedStateMachine, rule

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.steps: list[str] = []
            self.world = ExitStack()
            self.life = Life(self.world.enter_context(bench_of(harness)), visits)

        @rule(step=strategies.sampled_from(STEPS))
        def take(self, step: str) -> None:
            self.steps.append(step)
            try:
                self.life.take(step)
            except CaseFailed as failure:
                text = f"{failure}\n\n{_to_paste(harness, self.steps)}"
                raise CaseFailed(text) from None

        def teardown(self) -> None:
            self.world.close()

    return Histories


def _to_paste(harness: AnyHarness[Any], steps: list[str]) -> str:
    lines = "\n".join(f'            "{step}",' for step in steps)
    return PASTE.format(name=harness.name, steps=lines)


every_history = Search(
    name="every_history_keeps_the_laws",
    law="Whatever happens in whatever order, no law is broken.",
)
"""The search for an order of calls that breaks a law; run as the last case."""
