"""
The machine of a walk: from one moment to the next question, or to the end.

Pages, inner journeys and what outlasts a question are here; nodes are steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cached_property
from typing import TypeAlias

from attrs import evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Hidden
from ..nodes import NodeState, _export as export
from ._json import shown
from ._kinds import (
    COLLECTOR,
    ENDS,
    IDENTIFIER,
    INNER_TREE,
    LOOKUP,
    OTP_COLLECTOR,
    PAGES,
    SCRIPT,
    SELECT_IDP,
    SENDER,
    SUCCESS,
)
from ._moments import LOCKED_OUT, Frame, Moment, Submitted
from ._people import NodeFailed
from ._questions import AskedCallback
from ._search import backwards, reach
from ._shape import prefix_of
from ._steps import Step, StepTurn, Visit, go, text_in
from ._steps_codes import (
    CODE,
    CODE_AT,
    CODE_STEPS,
    SMS_SENDER,
    SMTP_SENDER,
    as_exported,
)
from ._steps_collect import COLLECT_STEPS
from ._steps_people import PEOPLE_STEPS
from ._steps_profile import PROFILE_STEPS
from ._steps_validated import VALIDATED_STEPS
from ._steps_wait import LOCAL, WAIT_STEPS
from ._tenant import Tenant
from ._values import JourneyNode, Place, Tree

STEPS: Mapping[str, Step] = {
    **COLLECT_STEPS,
    **VALIDATED_STEPS,
    **PEOPLE_STEPS,
    **PROFILE_STEPS,
    **CODE_STEPS,
    **WAIT_STEPS,
}
"""What each node type does, but for Twilio's, which need a `Vendor`."""

MOST_STEPS = 10_000
"""The most nodes between two questions; a longer way loops."""

DEEPEST = 50
"""The most inner journeys within each other."""

Watch: TypeAlias = Callable[[JourneyNode, str, NodeState], object]
"""Gets each node that a walk passes, its outcome, and a copy of the state then."""

Choice: TypeAlias = str | Callable[[NodeState], str]
"""The id of an outcome, or a function that says it of the state."""

TWILIO = frozenset({COLLECTOR, IDENTIFIER, LOOKUP, SENDER})

_CREDENTIALS = frozenset({"realm", "username", "password"})
_INPUTS: Mapping[str, frozenset[str]] = {
    "DataStoreDecisionNode": _CREDENTIALS,
    "IdentityStoreDecisionNode": _CREDENTIALS,
    OTP_COLLECTOR: frozenset({CODE, CODE_AT}),
    SMTP_SENDER: frozenset({CODE}),
    SMS_SENDER: frozenset({CODE}),
    "PatchObjectNode": frozenset({"objectAttributes"}),
    "CreateObjectNode": frozenset({"objectAttributes"}),
    "RequiredAttributesDecisionNode": frozenset({"objectAttributes"}),
    "LdapDecisionNode": _CREDENTIALS,
}
"""State keys that nodes declare: what is transient outlasts a question for them."""


def journeys_of(journey: Tree) -> Mapping[str, Tree]:
    return {**journey.journeys, journey.name: journey}


def keys_of(node: JourneyNode, journey: Tree) -> tuple[str, ...]:
    script = journey.scripts.get(f"{node.attributes.get('script')}")
    return node.id, node.name, *((script.name,) if script else ()), node.type


def _in_order(page: JourneyNode) -> list[tuple[int, JourneyNode]]:
    """The children of a page as they run: the choice of a provider comes first."""
    placed = [*enumerate(page.children)]
    if page.children[-1].type == SELECT_IDP:
        placed = [placed[-1], *placed[:-1]]
    return placed


@frozen(kw_only=True, repr=False)
class WalkMachine:
    """What stays the same over a walk, and how it moves."""

    journey: Tree
    steps: Mapping[str, Step]
    outcomes: Mapping[str, Choice]
    locales: tuple[str, ...]
    headers: Hidden[Mapping[str, tuple[str, ...]]]
    tenant: Tenant
    watch: Watch | None = None
    _needing: dict[str, Collection[Place]] = field(init=False, factory=dict)

    def run(self, moment: Moment, now: datetime) -> Moment:
        """Go on until something is asked or the journey ends; changes the moment."""
        request = Submitted(
            questions=moment.asked, now=now, resumed=moment.suspended is not None
        )
        moment.asked, moment.suspended = (), None
        for _ in range(MOST_STEPS):
            self._move(moment, request)
            if moment.outcome is not None or moment.asked:
                return moment
            request = Submitted(now=now)
        where = shown(moment.frames[-1].node)
        fault = f"loops without asking: {MOST_STEPS:,} nodes, the last one {where}"
        raise InvalidSetting("journey", fault)

    def _move(self, moment: Moment, request: Submitted) -> None:
        frame = moment.frames[-1]
        if frame.node in ENDS:
            self._end(moment, is_success=frame.node == SUCCESS)
            return
        node = frame.journey.nodes.get(frame.node)
        if node is None:
            raise InvalidSetting("nodes", f"there is no node {shown(frame.node)}")
        try:
            chosen = self._chosen(node, frame)
            if chosen is None and node.type == INNER_TREE:
                self._enter(node, moment)
                return
            if chosen is None and node.type in PAGES:
                self._page(node, moment, request)
                return
            turn = chosen or self._turn(node, moment, request)
            if turn.outcome is None:
                moment.asked = tuple(
                    AskedCallback(callback=c, node=node) for c in turn.ask
                )
                moment.suspended = turn.suspended
                self._keep_over_a_question(moment)
            else:
                self._follow(node, turn.outcome, moment)
        except NodeFailed as failure:
            self._fail(node, f"{failure}", moment)

    def _chosen(self, node: JourneyNode, frame: Frame) -> StepTurn | None:
        keys = keys_of(node, frame.journey)
        key = next((each for each in keys if each in self.outcomes), None)
        if key is None:
            return None
        choice = self.outcomes[key]
        outcome: object = (
            choice if isinstance(choice, str) else choice(frame.copy().state)
        )
        possible = {*node.outcomes, *node.connections}
        if not isinstance(outcome, str) or (possible and outcome not in possible):
            raise InvalidSetting("outcomes", _choose(node, "takes for"))
        return go(outcome)

    def _turn(self, node: JourneyNode, moment: Moment, request: Submitted) -> StepTurn:
        step = self.steps.get(node.type)
        frame = moment.frames[-1]
        if step is None:
            raise InvalidSetting("outcomes", _choose(node, "needs a choice for"))
        visit = Visit(
            node=node,
            state=frame.state,
            callbacks=tuple(each.callback for each in request.questions),
            now=request.now,
            locales=self.locales,
            headers=self.headers.reveal(),
            effects=moment.effects,
            journey=frame.journey,
            tenant=self.tenant,
            serial=len(moment.taken),
            resumed=request.resumed,
        )
        try:
            return step(visit)
        except InvalidSetting as error:
            fault = f"{error.message} (node {shown(node.name)})"
            setting = error.setting
        raise InvalidSetting(setting, fault)

    def _page(self, page: JourneyNode, moment: Moment, request: Submitted) -> None:
        """Run every child with its own callbacks; the last one's outcome counts."""
        state = moment.frames[-1].state
        asked, outcome = self._run_children(page, moment, request)
        if outcome is None:
            moment.asked = tuple(asked)
            places = {f"{each.id}": each.child for each in asked}
            state.put_shared("pageNodeCallbacks", places)
            self._keep_over_a_question(moment)
            return
        state.remove("pageNodeCallbacks")
        outcome = f"{prefix_of(page)}{outcome}"
        if page.children[-1].type in TWILIO:
            outcome = as_exported(page, outcome)
        self._follow(page, outcome, moment)

    def _run_children(
        self, page: JourneyNode, moment: Moment, request: Submitted
    ) -> tuple[list[AskedCallback], str | None]:
        """What they ask, and the last one's outcome, or None while one asks."""
        if not page.children:
            raise NodeFailed("the page is empty")
        highest = max((each.id for each in request.questions), default=-1)
        asked: list[AskedCallback] = []
        outcome, is_asking = "", False
        for index, child in _in_order(page):
            if child.type in PAGES or child.type == INNER_TREE:
                raise NodeFailed(f"{shown(child.name)} may not stand on a page")
            own = request.of_child(index)
            chosen = self._chosen(child, moment.frames[-1])
            turn = chosen or self._turn(child, moment, own)
            if turn.outcome is None:
                is_asking = True
                new = [
                    AskedCallback(callback=c, node=child, child=index, id=highest + n)
                    for n, c in enumerate(turn.ask, 1)
                ]
                highest += len(new)
                asked += new
                moment.suspended = moment.suspended or turn.suspended
                continue
            asked += own.questions
            if child is page.children[-1]:
                outcome = turn.outcome
            if child.type == SELECT_IDP and turn.outcome != LOCAL:
                break  # another way in: the rest of the page is not needed
        return asked, None if is_asking else outcome

    def _follow(self, node: JourneyNode, outcome: str, moment: Moment) -> None:
        frame = moment.frames[-1]
        moment.taken.append((frame.journey.name, node.id, outcome))
        if self.watch is not None:
            self.watch(node, outcome, frame.copy().state)
        target = node.connections.get(outcome)
        if target is None:
            fault = f"its outcome {shown(outcome)!r} leads nowhere"
            self._fail(node, fault, moment)
        else:
            moment.frames[-1] = evolve(frame, node=target)

    def _enter(self, node: JourneyNode, moment: Moment) -> None:
        name = f"{node.attributes.get('tree')}"
        inner = self._journeys.get(name)
        if inner is None:
            message = f"{shown(name)!r} is not in the export: {_choose(node, 'choose')}"
            raise InvalidSetting("outcomes", message)
        if inner.settings.get("enabled") is False:
            raise NodeFailed(f"the journey {shown(name)} is not enabled")
        if len(moment.frames) > DEEPEST:
            raise InvalidSetting("journey", f"nests more than {DEEPEST} deep")
        outer = moment.frames[-1].state
        state = NodeState(
            shared=outer.shared,
            transient=self._needed(inner, inner.entry, outer.transient),
            secure=self._needed(inner, inner.entry, outer.secure),
        )
        moment.frames.append(Frame(journey=inner, node=inner.entry, state=state))

    def _end(self, moment: Moment, *, is_success: bool) -> None:
        if len(moment.frames) > 1:
            self._leave(moment, "true" if is_success else "false")
            return
        state, people = moment.frames[0].state, moment.effects.people
        moment.outcome = "Success" if is_success else "Failure"
        username = text_in(state, "username")
        if not is_success or not username or not people.is_known:
            return
        try:
            person = people.named(username)
        except NodeFailed as failure:
            moment.outcome, moment.error = "Failure", f"Success: {failure}"
            return
        if person is not None and people.is_inactive(person):
            moment.outcome, moment.error = "Failure", LOCKED_OUT

    def _leave(self, moment: Moment, outcome: str, **further: object) -> None:
        """Return from an inner journey with its shared state."""
        inner = moment.frames.pop()
        outer = moment.frames[-1]
        state = NodeState(
            shared={**inner.state.shared, **further},
            transient=outer.state.transient,
            secure=outer.state.secure,
        )
        moment.frames[-1] = evolve(outer, state=state)
        self._follow(outer.journey.nodes[outer.node], outcome, moment)

    def _fail(self, node: JourneyNode, why: str, moment: Moment) -> None:
        """End the journey, or leave an inner one whose node has the outcome `error`."""
        message = f"{shown(node.name)} ({shown(node.type)}): {why}"
        about = {"id": node.id, "displayName": node.name, "type": node.type}
        while len(moment.frames) > 1:
            outer = moment.frames[-2]
            attributes = outer.journey.nodes[outer.node].attributes
            if export.flag(attributes, "displayErrorOutcome", default=False):
                self._leave(moment, "error", errorNode=about, errorMessage=message)
                return
            moment.frames.pop()
        moment.outcome, moment.error, moment.has_thrown = "Failure", message, True

    def _keep_over_a_question(self, moment: Moment) -> None:
        """Transient values become secure where a later node declares them, or go."""
        for index, frame in enumerate(moment.frames):
            state = frame.state
            if not state.transient:
                continue
            kept = self._needed(frame.journey, frame.node, state.transient)
            moment.frames[index] = evolve(
                frame,
                state=NodeState(shared=state.shared, secure={**state.secure, **kept}),
            )

    def _needed(
        self, journey: Tree, start: str, store: Mapping[str, object]
    ) -> dict[str, object]:
        return {k: v for k, v in store.items() if self._needs(journey, start, k)}

    def _needs(self, journey: Tree, start: str, key: str) -> bool:
        """Whether a node from there on, inner journeys included, declares a key."""
        if key not in self._needing:
            declaring = (
                (name, each)
                for name, inner in self._journeys.items()
                for each, node in inner.nodes.items()
                if any(key in _inputs_of(one) for one in (node, *node.children))
            )
            self._needing[key] = reach(declaring, self._before)
        return (journey.name, start) in self._needing[key]

    @cached_property
    def _journeys(self) -> Mapping[str, Tree]:
        return journeys_of(self.journey)

    @cached_property
    def _before(self) -> Mapping[Place, list[Place]]:
        """What leads to each node of all journeys; a call leads to the first one."""
        after: dict[Place, list[Place]] = {}
        for name, journey in self._journeys.items():
            for each, node in journey.nodes.items():
                found = [(name, target) for target in node.connections.values()]
                inner = self._journeys.get(f"{node.attributes.get('tree')}")
                if node.type == INNER_TREE and inner is not None:
                    found.append((inner.name, inner.entry))
                after[name, each] = found
        return backwards(after)


def _inputs_of(node: JourneyNode) -> frozenset[str]:
    if node.type == SCRIPT:
        found = node.attributes.get("inputs")
        listed = found if isinstance(found, tuple) else ()
        return frozenset(each for each in listed if isinstance(each, str))
    return _INPUTS.get(node.type, frozenset())


def _choose(node: JourneyNode, what: str) -> str:
    known = dict.fromkeys((*node.outcomes, *node.connections))
    listed = ", ".join(shown(each) for each in known) or "its outcomes are not known"
    name = shown(node.name)
    return f"{what} node {name!r} ({shown(node.type)}) one of: {listed}"
