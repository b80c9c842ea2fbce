"""Where a walk stands, what comes in with a request, and what AM answers at the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import define, evolve, field, frozen

from ..nodes import NodeState
from ._questions import AskedCallback
from ._steps import Effects, Suspension, text_in
from ._values import TakenStep, Tree

DEFAULT_SUCCESS_URL = "/am/console"
LOCKED_OUT = "User Locked Out."


@frozen(kw_only=True, repr=False)
class Frame:
    """A journey, its node that the walk has come to, and its state."""

    journey: Tree
    node: str
    state: NodeState

    def copy(self) -> Frame:
        return evolve(self, state=self.state.copy())


@define(kw_only=True, repr=False)
class Moment:
    """Where a walk stands; changed only while it moves, as a copy."""

    frames: list[Frame]
    effects: Effects
    asked: tuple[AskedCallback, ...] = ()
    outcome: str | None = None
    error: str | None = None
    has_thrown: bool = False
    suspended: Suspension | None = None
    taken: list[TakenStep] = field(factory=list)

    @property
    def details(self) -> Mapping[str, object]:
        """See `Walk.details`."""
        effects, session = self.effects, self.session or {}
        if self.outcome == "Success":
            shown = effects.shown_of_session.items()
            found = {name: session[key] for name, key in shown if key in session}
            return {**effects.details.get("successDetails", {}), **found}
        name, message = "failureDetails", effects.failure_message
        if self.has_thrown:
            name, message = "errorDetails", effects.error_message
        details = effects.details.get(name, {})
        if self.outcome is None or not (message or details):
            return {}
        return {"message": message or "Login failure", "detail": details}

    @property
    def session(self) -> Mapping[str, object] | None:
        """See `Walk.session`."""
        frame, effects = self.frames[0], self.effects
        if self.outcome != "Success" or frame.journey.settings.get("noSession") is True:
            return None
        username = frame.state.get("username")
        own = {
            "Service": frame.journey.name,
            "AuthLevel": f"{frame.state.get('authLevel')}",
            **({"UserToken": username} if isinstance(username, str) else {}),
        }
        return {**own, **effects.session, **effects.session_times}

    @property
    def response(self) -> Mapping[str, object] | None:
        """See `Walk.response`."""
        if self.outcome is None:
            return None
        state, details = self.frames[0].state, self.details
        if self.outcome == "Success":
            without = {} if self.session else {"message": "Authentication Successful"}
            return {
                **details,
                **without,
                "successUrl": text_in(state, "successUrl") or DEFAULT_SUCCESS_URL,
                "realm": text_in(state, "realm"),
            }
        own_text = LOCKED_OUT if self.error == LOCKED_OUT else ""
        message = details.get("message") or self.effects.refusal or own_text
        further = details.get("detail")
        detail = further if isinstance(further, Mapping) else {}
        return {
            "code": 401,
            "reason": "Unauthorized",
            "message": message or "Login failure",
            "detail": {"failureUrl": text_in(state, "failureUrl"), **detail},
        }

    def copy(self) -> Moment:
        frames = [frame.copy() for frame in self.frames]
        return evolve(
            self, frames=frames, effects=self.effects.copy(), taken=[*self.taken]
        )


@frozen(kw_only=True, repr=False)
class Submitted:
    """What comes in with a request: answers, the time, or the link of an e-mail."""

    questions: tuple[AskedCallback, ...] = ()
    now: datetime
    resumed: bool = False

    def of_child(self, index: int) -> Submitted:
        """The same with the answers of one child of a page."""
        own = tuple(each for each in self.questions if each.child == index)
        return evolve(self, questions=own)
