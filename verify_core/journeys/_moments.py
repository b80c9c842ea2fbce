"""Where a walk stands, and what comes in with a request."""

from __future__ import annotations

from datetime import datetime

from attrs import define, evolve, field, frozen

from ..nodes import NodeState
from ._questions import Question
from ._steps import Effects, Suspension
from ._values import Journey


@frozen(kw_only=True, repr=False)
class Frame:
    journey: Journey
    node: str
    state: NodeState

    def copy(self) -> Frame:
        state = self.state
        return evolve(
            self,
            state=NodeState(
                shared=state.shared, transient=state.transient, secure=state.secure
            ),
        )


@define(kw_only=True, repr=False)
class Moment:
    """Where a walk stands; changed only while it moves, as a copy."""

    frames: list[Frame]
    effects: Effects
    asked: tuple[Question, ...] = ()
    outcome: str | None = None
    error: str | None = None
    has_thrown: bool = False
    suspended: Suspension | None = None
    taken: list[tuple[str, str, str]] = field(factory=list)

    def copy(self) -> Moment:
        frames = [frame.copy() for frame in self.frames]
        return evolve(
            self, frames=frames, effects=self.effects.copy(), taken=[*self.taken]
        )


@frozen(kw_only=True, repr=False)
class Submitted:
    """What comes in with a request: answers, the time, or the link of an e-mail."""

    questions: tuple[Question, ...] = ()
    now: datetime
    resumed: bool = False

    def of_child(self, index: int) -> Submitted:
        """The same with the answers of one child of a page."""
        own = tuple(each for each in self.questions if each.child == index)
        return evolve(self, questions=own)
