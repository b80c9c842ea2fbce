"""
A walk: one person's way through a journey, as a pure machine.

Time, the provider and the directory are passed in. Every answer leads from one moment
to the next, and moments never change, so a walk goes back and is played again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from attrs import evolve, frozen

from ..errors import InvalidSetting
from ..frames import unframed
from ..masking import Discreet, Hidden
from ..nodes import Directory, NodeState, TreeContext
from ..nodes._directory import FindPerson
from ..phone import PhonePolicy
from ..provider import VerifyProvider
from ..validation import aware_utc, require_all, require_mapping, require_text
from ._callbacks import AnyCallback
from ._coverage import report
from ._json import shown
from ._kinds import ENDS, PAGES
from ._machine import STEPS, Choice, WalkMachine, Watch, journeys_of, keys_of
from ._moments import Frame, Moment
from ._people import People
from ._questions import Answer, AskedCallback, answer_all
from ._steps import Effects, OutboxMessage, localised, map_of_setting
from ._steps_codes import Vendor
from ._tenant import Tenant
from ._values import Place, TakenStep, Tree

if TYPE_CHECKING:
    from ..nodes._lookup import LineLookup

DEFAULT_NOW = datetime(2026, 1, 1, tzinfo=UTC)


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
    tenant: Mapping[str, object]
    watch: Watch | None
    realm: str


@frozen(kw_only=True)
class AnswerGiven:
    """An answer of the past: when, and to what; values stay hidden."""

    at: datetime
    asked: Hidden[tuple[AskedCallback, ...]]


class Walk(Discreet):
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
        tenant: What a tenant is configured with beside its journeys: any of `schema`,
            `terms`, `consents`, `kba`, `session` (docs/reference/journeys.md).
        watch: Called with each node that the walk passes, its outcome, and a copy of
            the state after it.
        realm: Where the journey runs, such as `/alpha`: `realm` in shared state.

    Raises:
        InvalidSetting: An option is malformed, what a node requires is missing, a node
            cannot run and no outcome was chosen, or the journey loops without asking.
    """

    @unframed
    def __init__(  # noqa: PLR0913 - each is documented
        self,
        journey: Tree,
        *,
        provider: VerifyProvider | None = None,
        directory: Directory | FindPerson | None = None,
        lookup: LineLookup | None = None,
        now: datetime | Callable[[], datetime] = DEFAULT_NOW,
        outcomes: Mapping[str, Choice] | None = None,
        locales: Sequence[str] = (),
        policy: PhonePolicy | None = None,
        headers: Mapping[str, str | tuple[str, ...]] | None = None,
        tenant: Mapping[str, object] | None = None,
        watch: Watch | None = None,
        realm: str = "/",
    ) -> None:
        self._now = now
        policy = policy or PhonePolicy()
        vendor = Vendor(provider=provider, lookup=lookup, policy=policy)
        self._machine = WalkMachine(
            journey=journey,
            steps={**STEPS, **vendor.steps},
            outcomes=_known_choices(journey, outcomes or {}),
            locales=TreeContext(locales=locales).locales,
            headers=Hidden(_own_headers(headers or {})),
            tenant=Tenant.read({} if tenant is None else tenant),
            watch=watch,
        )
        shared = {"realm": require_text("realm", realm), "authLevel": 0}
        entry = Frame(
            journey=journey, node=journey.entry, state=NodeState(shared=shared)
        )
        people = People(directory=directory)
        start = Moment(frames=[entry], effects=Effects(people=people))
        self._moment = self._machine.run(start, self._time())
        report(journey, self._moment.taken)
        self._past: list[tuple[Moment, AnswerGiven]] = []
        self._undone: list[tuple[Moment, AnswerGiven]] = []

    def __repr__(self) -> str:
        where = self.outcome or f"at {self.node!r}"
        return f"<Walk of {self._machine.journey.name!r}: {where}>"

    @property
    def callbacks(self) -> tuple[AnyCallback, ...]:
        """What is asked now; empty at the end."""
        return tuple(each.callback for each in self._moment.asked)

    @property
    def callback_ids(self) -> tuple[int | None, ...]:
        """The number of each callback on its page; None where no page asks."""
        asked = self._moment.asked
        return tuple(None if each.child is None else each.id for each in asked)

    @property
    def journey(self) -> Tree:
        """What is walked."""
        return self._machine.journey

    @property
    def place(self) -> tuple[Place, ...]:
        """Tree and id of the node where it stands, the outermost journey first."""
        return tuple((each.journey.name, each.node) for each in self._moment.frames)

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
    def outbox(self) -> tuple[OutboxMessage, ...]:
        """Messages of AM's own senders, oldest first; a provider keeps its own."""
        return self._moment.effects.outbox

    @property
    def taken(self) -> tuple[TakenStep, ...]:
        """Tree, id of the node and outcome of each step, in order."""
        return tuple(self._moment.taken)

    @property
    def page(self) -> Mapping[str, str]:
        """The `header`, `description` and `stage` that the page which asks has."""
        frame = self._moment.frames[-1]
        node = frame.journey.nodes.get(frame.node)
        if node is None or node.type not in PAGES or not self._moment.asked:
            return {}
        locales = self._machine.locales
        header, description = (
            localised(map_of_setting(node, each), locales, "", first=False)
            for each in ("pageHeader", "pageDescription")
        )
        stage = node.attributes.get("stage")
        texts = {"header": header, "description": description}
        if isinstance(stage, str):
            texts["stage"] = stage
        return {name: text for name, text in texts.items() if text}

    @property
    def suspended_id(self) -> str | None:
        """What the link of an e-mail has as `suspendedId`, while one is waited for."""
        suspended = self._moment.suspended
        return None if suspended is None else suspended.id

    @property
    def details(self) -> Mapping[str, object]:
        """What Set Success Details, or Set Failure Details, adds to the last answer."""
        return self._moment.details

    @property
    def session(self) -> Mapping[str, object] | None:
        """
        Properties of the session that AM makes at the end; None without a session.

        Those that Set Session Properties wrote, and AM's own `UserToken`, `Service`,
        `AuthLevel`; `maxSessionTime` and `maxIdleTime` in minutes where they are set.
        """
        return self._moment.session

    @property
    def response(self) -> Mapping[str, object] | None:
        """
        What AM answers at the end, without the session's `tokenId`; None before it.

        A failure has status 401, and `code`, `reason`, `message`, `detail` as in AM.
        """
        return self._moment.response

    @property
    def history(self) -> tuple[AnswerGiven, ...]:
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
                A button is pressed by `resend=True` or `confirmation="resend"`. Of
                several with one name each has its number: `kba_1`, `kba_2`. With
                `validate_only=True` the answers are checked, and asked again.

        Returns:
            The walk itself. What is not answered stays as it stands.

        Raises:
            InvalidSetting: It is not asked, or the value does not fit; lists what is
                asked. Also as for `Journey.begin`. The walk then stays where it was.
        """
        if self.outcome is not None:
            raise InvalidSetting("answer", f"the journey has ended: {self.outcome}")
        if self._moment.suspended is not None:
            fault = (
                "nothing is asked until the link of the e-mail is followed: resume()"
            )
            raise InvalidSetting("answer", fault)
        asked = answer_all(self._moment.asked, by_place, by_name)
        return self._submit(AnswerGiven(at=self._time(), asked=Hidden(asked)))

    @unframed
    def resume(self) -> Walk:
        """
        Go on as by the link of the e-mail that Email Suspend sent.

        Raises:
            InvalidSetting: No link is waited for, or it has expired.
        """
        suspended, now = self._moment.suspended, self._time()
        if suspended is None:
            raise InvalidSetting("resume", "the journey waits for no link")
        if suspended.until is not None and now >= suspended.until:
            raise InvalidSetting("resume", "the link has expired")
        return self._submit(AnswerGiven(at=now, asked=Hidden(self._moment.asked)))

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
    def replay(self, history: Sequence[AnswerGiven]) -> Walk:
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

    def _submit(self, answer: AnswerGiven) -> Walk:
        before = self._moment
        if self._undone and self._undone[-1][1] == answer:
            self._moment = self._undone.pop()[0]
        else:
            self._undone.clear()
            moment = evolve(before.copy(), asked=answer.asked.reveal())
            self._moment = self._machine.run(moment, answer.at)
            report(self._machine.journey, self._moment.taken[len(before.taken) :])
        self._past.append((before, answer))
        return self

    def _time(self) -> datetime:
        now = self._now
        return aware_utc(now() if callable(now) else now, "now")


def _known_choices(
    journey: Tree, outcomes: Mapping[str, Choice]
) -> Mapping[str, Choice]:
    known: set[str] = set()
    for each in journeys_of(journey).values():
        for node in each.nodes.values():
            for one in (node, *node.children):
                known.update(keys_of(one, each))
    for name, choice in require_mapping("outcomes", outcomes).items():
        if name not in known:
            raise InvalidSetting("outcomes", f"has no node that is called {name!r}")
        if not isinstance(choice, str) and not callable(choice):
            raise InvalidSetting("outcomes", "takes outcomes, or functions")
    return dict(outcomes)


def _own_headers(
    headers: Mapping[str, str | tuple[str, ...]],
) -> Mapping[str, tuple[str, ...]]:
    own = {}
    for name, value in require_mapping("headers", headers).items():
        if not isinstance(name, str):
            raise InvalidSetting("headers", "takes headers by their names")
        listed = (value,) if isinstance(value, str) else value
        own[name.casefold()] = require_all("headers", listed, str)
    return own
