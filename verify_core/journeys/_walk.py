"""
A walk: one person's way through a journey, as a pure machine.

Time, the provider and the directory are passed in. Every answer leads from one moment
to the next, and moments never change, so a walk goes back and is played again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from attrs import define, evolve, field, frozen

from ..errors import InvalidSetting
from ..frames import unframed
from ..masking import Hidden
from ..nodes import Directory, NodeState, _export as export
from ..nodes._directory import FindPerson
from ..phone import PhonePolicy
from ..provider import VerifyProvider
from ..validation import aware_utc, require_all, require_mapping
from ._asking import Answer, AnyCallback, Asked, answer_all
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
    SENDER,
    SUCCESS,
)
from ._people import NodeFailed, People
from ._steps import STEPS, Effects, SentMessage, Step, StepContext, Turn, go, text_in
from ._steps_codes import (
    CODE,
    CODE_AT,
    CODE_STEPS,
    SMS_SENDER,
    SMTP_SENDER,
    Vendor,
    as_exported,
)
from ._values import Journey, JourneyNode

if TYPE_CHECKING:
    from ..nodes._lookup import LineLookup

MOST_STEPS = 10_000
"""The most nodes between two questions; a longer way loops."""

DEEPEST = 50
"""The most inner journeys within each other."""

DEFAULT_NOW = datetime(2026, 1, 1, tzinfo=UTC)

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
}
"""State keys that nodes declare: what is transient outlasts a question for them."""


class WalkOptions(TypedDict, total=False):
    """What `Journey.begin` takes; `Walk` explains each."""

    provider: VerifyProvider | None
    directory: Directory | FindPerson | None
    lookup: LineLookup | None
    now: datetime | Callable[[], datetime]
    outcomes: Mapping[str, Choice]
    locales: Sequence[str]
    policy: PhonePolicy
    headers: Mapping[str, str | tuple[str, ...]]


@frozen(kw_only=True, repr=False)
class _Frame:
    journey: Journey
    node: str
    state: NodeState

    def copy(self) -> _Frame:
        state = self.state
        return evolve(
            self,
            state=NodeState(
                shared=state.shared, transient=state.transient, secure=state.secure
            ),
        )

    @property
    def resource(self) -> str:
        found = self.journey.settings.get("identityResource")
        is_named = isinstance(found, str) and found not in {"", "null"}
        return f"{found}" if is_named else "managed/user"


@define(kw_only=True, repr=False)
class _Moment:
    """Where a walk stands; changed only while it moves, as a copy."""

    frames: list[_Frame]
    effects: Effects
    asked: tuple[Asked, ...] = ()
    outcome: str | None = None
    error: str | None = None
    taken: tuple[tuple[str, str, str], ...] = ()

    def copy(self) -> _Moment:
        frames = [frame.copy() for frame in self.frames]
        return evolve(self, frames=frames, effects=self.effects.copy())


@frozen(kw_only=True)
class Answered:
    """An answer of the past: when, and to what; values stay hidden."""

    at: datetime
    asked: Hidden[tuple[Asked, ...]]


class Walk:
    """
    One person's way through a journey; made by `Journey.begin`.

    Args:
        journey: What is walked.
        provider: Sends and checks codes; required by the Twilio nodes.
        directory: Where people are found, or a function. Nothing is written to it:
            what nodes change stays in the walk. Passwords are `password` on a profile,
            locked is `accountStatus` `inactive`, expired is `passwordExpired` true.
        lookup: Knows the kind of line; required by the Twilio Lookup.
        now: The time, or a function that says it; without it time stands still.
        outcomes: Outcomes chosen by the caller, by the node's name, id, script or
            type. Chosen nodes do not run; nodes that cannot run must be chosen.
        locales: Languages that the person prefers, best first (BCP 47).
        policy: How phone numbers are read.
        headers: Of the request, for Zero Page Login.

    Raises:
        InvalidSetting: An option is malformed, what a node requires is missing, a node
            cannot run and no outcome was chosen, or the journey loops without asking.
    """

    @unframed
    def __init__(  # noqa: PLR0913 - each is documented
        self,
        journey: Journey,
        *,
        provider: VerifyProvider | None = None,
        directory: Directory | FindPerson | None = None,
        lookup: LineLookup | None = None,
        now: datetime | Callable[[], datetime] = DEFAULT_NOW,
        outcomes: Mapping[str, Choice] | None = None,
        locales: Sequence[str] = (),
        policy: PhonePolicy | None = None,
        headers: Mapping[str, str | tuple[str, ...]] | None = None,
    ) -> None:
        self._now = now
        vendor = Vendor(
            provider=provider, lookup=lookup, policy=policy or PhonePolicy()
        )
        self._setup = _Setup(
            journey=journey,
            steps={**STEPS, **CODE_STEPS, **vendor.steps},
            outcomes=_known_choices(journey, outcomes or {}),
            locales=require_all("locales", locales, str),
            headers=Hidden(
                {
                    name.casefold(): value
                    for name, value in require_mapping("headers", headers or {}).items()
                }
            ),
        )
        state = NodeState(shared={"realm": "/", "authLevel": 0})
        start = _Moment(
            frames=[_Frame(journey=journey, node=journey.entry, state=state)],
            effects=Effects(people=People(directory=directory)),
        )
        self._moment = self._setup.run(start, self._time())
        self._past: list[tuple[_Moment, Answered]] = []
        self._undone: list[tuple[_Moment, Answered]] = []

    def __repr__(self) -> str:
        where = self.outcome or f"at {self.node!r}"
        return f"<Walk of {self._setup.journey.name!r}: {where}>"

    @property
    def callbacks(self) -> tuple[AnyCallback, ...]:
        """What is asked now; empty at the end."""
        return tuple(each.callback for each in self._moment.asked)

    @property
    def node(self) -> str:
        """The name of the node where the walk stands, or how it ended."""
        frame = self._moment.frames[-1]
        found = frame.journey.nodes.get(frame.node)
        return shown(found.name) if found else ENDS.get(frame.node, "")

    @property
    def outcome(self) -> str | None:
        """`Success` or `Failure`, or None while something is asked."""
        return self._moment.outcome

    @property
    def error(self) -> str | None:
        """Which node ended the journey by an exception, and why; or None."""
        return self._moment.error

    @property
    def state(self) -> NodeState:
        """A copy of the state, that of the inner journey while the walk is in one."""
        return self._moment.frames[-1].copy().state

    @property
    def outbox(self) -> tuple[SentMessage, ...]:
        """Messages of AM's own senders, oldest first; a provider keeps its own."""
        return self._moment.effects.outbox

    @property
    def taken(self) -> tuple[tuple[str, str, str], ...]:
        """Journey, id of the node and outcome of each step, in order."""
        return self._moment.taken

    @property
    def details(self) -> Mapping[str, object]:
        """What Set Success Details, or Set Failure Details, adds to the last answer."""
        effects = self._moment.effects
        if self.outcome == "Success":
            return effects.details.get("successDetails", {})
        message = effects.failure_message
        details = effects.details.get("failureDetails", {})
        if self.outcome is None or not (message or details):
            return {}
        return {"message": message or "Login failure", "detail": details}

    @property
    def history(self) -> tuple[Answered, ...]:
        """The answers so far, for `replay`."""
        return tuple(answer for _, answer in self._past)

    @unframed
    def answer(self, *by_place: Answer, **by_name: Answer) -> Walk:
        """
        Answer what is asked, and go on to the next question or the end.

        Args:
            *by_place: Answers in the order of the callbacks that take one.
            **by_name: Answers by what is asked in snake case: the prompt, the type of
                the callback, the attribute, or `username`, `password`, `code`, `phone`.
                A button is pressed by `resend=True` or `confirmation="resend"`.

        Returns:
            The walk itself. What is not answered stays as it stands.

        Raises:
            InvalidSetting: It is not asked, or the value does not fit; lists what is
                asked. Also as for `Journey.begin`. The walk then stays where it was.
        """
        if self.outcome is not None:
            raise InvalidSetting("answer", f"the journey has ended: {self.outcome}")
        asked = answer_all(self._moment.asked, by_place, by_name)
        return self._submit(Answered(at=self._time(), asked=Hidden(asked)))

    def back(self) -> Walk:
        """
        Undo the last answer, in state and directory; messages that left stay sent.

        The same answer at the same time then leads to the same moment again, and
        nothing is sent or checked twice.

        Raises:
            InvalidSetting: Nothing has been answered yet.
        """
        if not self._past:
            raise InvalidSetting("back", "nothing has been answered yet")
        before, answer = self._past.pop()
        self._undone.append((self._moment, answer))
        self._moment = before
        return self

    @unframed
    def replay(self, history: Sequence[Answered]) -> Walk:
        """
        Give the answers of another walk of the same journey, at their times.

        Raises:
            InvalidSetting: Something else is asked here.
        """
        for answer in history:
            theirs = [(each.node.id, each.child) for each in answer.asked.reveal()]
            ours = [(each.node.id, each.child) for each in self._moment.asked]
            if theirs != ours:
                raise InvalidSetting("history", "answers what is not asked here")
            self._submit(answer)
        return self

    def _submit(self, answer: Answered) -> Walk:
        before = self._moment
        if self._undone and self._undone[-1][1] == answer:
            self._moment = self._undone.pop()[0]
        else:
            self._undone.clear()
            moment = evolve(before.copy(), asked=answer.asked.reveal())
            self._moment = self._setup.run(moment, answer.at)
        self._past.append((before, answer))
        return self

    def _time(self) -> datetime:
        now = self._now
        return aware_utc(now() if callable(now) else now, "now")


def _journeys(journey: Journey) -> Mapping[str, Journey]:
    return {**journey.journeys, journey.name: journey}


def _known_choices(
    journey: Journey, outcomes: Mapping[str, Choice]
) -> Mapping[str, Choice]:
    known: set[str] = set()
    for each in _journeys(journey).values():
        for node in each.nodes.values():
            for one in (node, *node.children):
                known.update(_keys_of(one, each))
    for name, choice in require_mapping("outcomes", outcomes).items():
        if name not in known:
            raise InvalidSetting("outcomes", f"has no node that is called {name!r}")
        if not isinstance(choice, str) and not callable(choice):
            raise InvalidSetting("outcomes", "takes outcomes, or functions")
    return dict(outcomes)


def _keys_of(node: JourneyNode, journey: Journey) -> tuple[str, ...]:
    script = journey.scripts.get(f"{node.attributes.get('script')}")
    return node.id, node.name, *((script.name,) if script else ()), node.type


@frozen(kw_only=True, repr=False)
class _Setup:
    """What stays the same over a walk, and how it moves."""

    journey: Journey
    steps: Mapping[str, Step]
    outcomes: Mapping[str, Choice]
    locales: tuple[str, ...]
    headers: Hidden[Mapping[str, str | tuple[str, ...]]]
    _inputs: dict[tuple[str, str], frozenset[str]] = field(init=False, factory=dict)

    def run(self, moment: _Moment, now: datetime) -> _Moment:
        """Go on until something is asked or the journey ends; changes the moment."""
        submitted, moment.asked = moment.asked, ()
        for _ in range(MOST_STEPS):
            self._move(moment, submitted, now)
            if moment.outcome is not None or moment.asked:
                return moment
            submitted = ()
        where = shown(moment.frames[-1].node)
        raise InvalidSetting("journey", f"loops without asking, over node {where}")

    def _move(
        self, moment: _Moment, submitted: tuple[Asked, ...], now: datetime
    ) -> None:
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
                self._page(node, moment, submitted, now)
                return
            turn = chosen or self._turn(node, moment, submitted, now)
            if turn.outcome is None:
                moment.asked = tuple(Asked(callback=c, node=node) for c in turn.ask)
                self._keep_over_a_question(moment)
            else:
                self._follow(node, turn.outcome, moment)
        except NodeFailed as failure:
            self._fail(node, f"{failure}", moment)

    def _chosen(self, node: JourneyNode, frame: _Frame) -> Turn | None:
        keys = _keys_of(node, frame.journey)
        key = next((each for each in keys if each in self.outcomes), None)
        if key is None:
            return None
        choice = self.outcomes[key]
        outcome = choice if isinstance(choice, str) else choice(frame.copy().state)
        possible = {*node.outcomes, *node.connections}
        if possible and outcome not in possible:
            raise InvalidSetting("outcomes", _choose(node, "takes for"))
        return go(outcome)

    def _turn(
        self,
        node: JourneyNode,
        moment: _Moment,
        submitted: tuple[Asked, ...],
        now: datetime,
    ) -> Turn:
        step = self.steps.get(node.type)
        frame = moment.frames[-1]
        if step is None:
            raise InvalidSetting("outcomes", _choose(node, "needs a choice for"))
        context = StepContext(
            state=frame.state,
            callbacks=tuple(each.callback for each in submitted),
            now=now,
            locales=self.locales,
            headers=self.headers.reveal(),
            effects=moment.effects,
            resource=frame.resource,
            serial=len(moment.taken),
        )
        try:
            return step(node, context)
        except InvalidSetting as error:
            fault = f"{error.message} (node {shown(node.name)})"
            setting = error.setting
        raise InvalidSetting(setting, fault)

    def _page(
        self,
        page: JourneyNode,
        moment: _Moment,
        submitted: tuple[Asked, ...],
        now: datetime,
    ) -> None:
        """Run every child with its own callbacks; the last one's outcome counts."""
        frame = moment.frames[-1]
        if not page.children:
            raise NodeFailed("the page is empty")
        highest = max((each.id for each in submitted), default=-1)
        asked: list[Asked] = []
        asks, outcome = False, ""
        for index, child in enumerate(page.children):
            if child.type in PAGES or child.type == INNER_TREE:
                raise NodeFailed(f"{shown(child.name)} may not stand on a page")
            own = tuple(each for each in submitted if each.child == index)
            turn = self._chosen(child, frame) or self._turn(child, moment, own, now)
            asks = asks or turn.outcome is None
            if turn.outcome is None:
                own = tuple(
                    Asked(callback=c, node=child, child=index, id=highest + n)
                    for n, c in enumerate(turn.ask, 1)
                )
                highest += len(own)
            else:
                outcome = turn.outcome
            asked += own
        if asks:
            moment.asked = tuple(asked)
            places = {f"{each.id}": each.child for each in asked}
            frame.state.put_shared("pageNodeCallbacks", places)
            self._keep_over_a_question(moment)
            return
        frame.state.remove("pageNodeCallbacks")
        prefix = f"{child.id}-" if (page.version or "1").startswith("2") else ""
        outcome = f"{prefix}{outcome}"
        if child.type in TWILIO:
            outcome = as_exported(page, outcome)
        self._follow(page, outcome, moment)

    def _follow(self, node: JourneyNode, outcome: str, moment: _Moment) -> None:
        frame = moment.frames[-1]
        moment.taken = (*moment.taken, (frame.journey.name, node.id, outcome))
        target = node.connections.get(outcome)
        if target is None:
            raise NodeFailed(f"its outcome {shown(outcome)!r} leads nowhere")
        moment.frames[-1] = evolve(frame, node=target)

    def _enter(self, node: JourneyNode, moment: _Moment) -> None:
        name = f"{node.attributes.get('tree')}"
        inner = _journeys(self.journey).get(name)
        if inner is None:
            message = f"{shown(name)!r} is not in the export: {_choose(node, 'choose')}"
            raise InvalidSetting("outcomes", message)
        if inner.settings.get("enabled") is False:
            raise NodeFailed(f"the journey {shown(name)} is not enabled")
        if len(moment.frames) > DEEPEST:
            raise InvalidSetting("journey", f"nests more than {DEEPEST} deep")
        outer = moment.frames[-1].state
        names = self._inputs_from(inner, inner.entry)
        state = NodeState(
            shared=outer.shared,
            transient={k: v for k, v in outer.transient.items() if k in names},
            secure={k: v for k, v in outer.secure.items() if k in names},
        )
        moment.frames.append(_Frame(journey=inner, node=inner.entry, state=state))

    def _end(self, moment: _Moment, *, is_success: bool) -> None:
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
            moment.outcome, moment.error = "Failure", "User Locked Out."
        elif person is not None:
            for _, each, outcome in moment.taken:
                if outcome == "Retry":
                    people.keep_retries(people.named(username) or {}, each, None)

    def _leave(self, moment: _Moment, outcome: str, **further: object) -> None:
        """Return from an inner journey with its shared state."""
        inner = moment.frames.pop()
        outer = moment.frames[-1]
        state = NodeState(
            shared={**inner.state.shared, **further},
            transient=outer.state.transient,
            secure=outer.state.secure,
        )
        moment.frames[-1] = evolve(outer, state=state)
        node = outer.journey.nodes[outer.node]
        try:
            self._follow(node, outcome, moment)
        except NodeFailed as failure:
            self._fail(node, f"{failure}", moment)

    def _fail(self, node: JourneyNode, why: str, moment: _Moment) -> None:
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
        moment.outcome, moment.error = "Failure", message

    def _keep_over_a_question(self, moment: _Moment) -> None:
        """Transient values become secure where a later node declares them, or go."""
        for index, frame in enumerate(moment.frames):
            state = frame.state
            if not state.transient:
                continue
            names = self._inputs_from(frame.journey, frame.node)
            kept = {k: v for k, v in state.transient.items() if k in names}
            moment.frames[index] = evolve(
                frame,
                state=NodeState(shared=state.shared, secure={**state.secure, **kept}),
            )

    def _inputs_from(self, journey: Journey, start: str) -> frozenset[str]:
        """The state keys that nodes from there on declare, inner journeys included."""
        key = journey.name, start
        if key not in self._inputs:
            self._inputs[key] = self._declared(journey, start)
        return self._inputs[key]

    def _declared(self, journey: Journey, start: str) -> frozenset[str]:
        names: set[str] = set()
        seen: set[tuple[str, str]] = set()
        waiting = [(journey, start)]
        while waiting:
            at, each = waiting.pop()
            node = at.nodes.get(each)
            if node is None or (at.name, each) in seen:
                continue
            seen.add((at.name, each))
            for one in (node, *node.children):
                names |= _inputs_of(one)
            inner = _journeys(self.journey).get(f"{node.attributes.get('tree')}")
            if node.type == INNER_TREE and inner is not None:
                waiting.append((inner, inner.entry))
            waiting += ((at, target) for target in node.connections.values())
        return frozenset(names)


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
