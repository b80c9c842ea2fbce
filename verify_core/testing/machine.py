"""
Several providers and an oracle in lock-step, over any history that Hypothesis finds.

The oracle is a model of one's own, as small as can be, written from the vendor's
documents and not from the code that it judges. Every step is made at every provider;
answers, codes and message counts must be the same everywhere, and as the oracle says.

    machine = lock_step([my_harness, fake_harness], MyOracle)
    run_state_machine_as_test(machine)
    assert machine.visits["check: exhausted"]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import ClassVar, Protocol

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import Identifier
from verify_core.verification import (
    CancelOutcome,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
)

from ._bench import Bench, Harness

__all__ = ["Guess", "Oracle", "lock_step"]


class Guess(StrEnum):
    """What kind of code is tried."""

    RIGHT = "right"
    WRONG = "wrong"
    ODD = "odd"
    """Of a length that no code has."""


class Oracle(Protocol):
    """
    What each call must answer.

    A verification is named by whom it reaches and by a number of the oracle's choice;
    starts that continue a verification give the same number again.
    """

    def advance(self, duration: timedelta) -> None:
        """Let so much time pass, as in the worlds of the providers."""

    def start(self, person: str) -> int | type[VerifyError]:
        """The number of the verification that is running then, or the error."""

    def check(self, person: str, number: int, guess: Guess) -> Verdict:
        """The verdict that every provider must give."""

    def fetch(self, person: str, number: int) -> Status:
        """The status that every provider must give."""

    def cancel(self, person: str, number: int) -> CancelOutcome:
        """The outcome that every provider must give."""

    def state(self, person: str, number: int) -> str:
        """Where the verification truly stands; only for counting visits."""


@frozen
class _Send:
    """A start that worked: what each provider gave for it, in the harnesses' order."""

    person: Identifier
    number: int
    refs: tuple[VerificationRef, ...]


# A channel, and which of two people; few people, so that their histories are long.
_people = st.tuples(
    st.sampled_from([Channel.SMS, Channel.SMS, Channel.CALL, Channel.EMAIL]),
    st.sampled_from([False, False, True]),
)
# Around ten minutes, which is how long most vendors' codes work.
_pauses = st.one_of(
    st.sampled_from([1, 60, 299, 300, 599, 600, 600, 601]),
    st.integers(min_value=0, max_value=700),
).map(lambda seconds: timedelta(seconds=seconds))
# How many references ago; mostly the newest.
_ages = st.sampled_from([0, 0, 0, 0, 1, 2, 5])
# Five is a limit of many vendors; a single step seldom comes to it.
_once_or_often = st.sampled_from([1, 1, 1, 4, 5, 6])

_started_before = precondition(lambda machine: bool(machine.sends))


class LockStep(RuleBasedStateMachine):
    """
    The machine; made by `lock_step`.

    Attributes:
        visits: How often each answer was due (`check: exhausted`) and each state was
            seen (`is expired`), over all runs.
        sends: The starts that worked, oldest first.
    """

    harnesses: ClassVar[Sequence[Harness]] = ()
    visits: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        with ExitStack() as stack:
            worlds = [stack.enter_context(each.open()) for each in self.harnesses]
            # Where a world does not open, those that did are left again.
            self._stack = stack.pop_all()
        names = [each.name for each in self.harnesses]
        self._players: list[tuple[str, Bench]] = list(zip(names, worlds, strict=True))
        self._oracle = self.new_oracle()
        self.sends: list[_Send] = []
        self._codes: dict[int, str] = {}
        self._messages: Counter[Identifier] = Counter()
        self._touched: set[Identifier] = set()

    @staticmethod
    def new_oracle() -> Oracle:
        """A fresh oracle; `lock_step` puts the caller's in this place."""
        raise NotImplementedError

    def teardown(self) -> None:
        """Leave the worlds of all providers."""
        self._stack.close()

    @rule(who=_people, resend=st.booleans(), times=_once_or_often)
    def start(self, who: tuple[Channel, bool], resend: bool, times: int) -> None:  # noqa: FBT001 - drawn by name
        """Start, or send again, once or several times."""
        for _ in range(times):
            self._start(*who, resend=resend)

    @_started_before
    @rule(age=_ages, guess=st.sampled_from(Guess), times=_once_or_often)
    def check(self, age: int, guess: Guess, times: int) -> None:
        """Try a code, once or several times."""
        for _ in range(times):
            self._check(self._send(age), guess)

    @_started_before
    @rule(mistakes=st.integers(min_value=0, max_value=2))
    def get_in(self, mistakes: int) -> None:
        """Mistype the newest code a few times, then type it as it is."""
        newest = self._send(0)
        for _ in range(mistakes):
            self._check(newest, Guess.WRONG)
        self._check(newest, Guess.RIGHT)

    @_started_before
    @rule(times=st.integers(min_value=5, max_value=7), guess=st.sampled_from(Guess))
    def wear_out(self, times: int, guess: Guess) -> None:
        """Guess wrongly until nothing counts any more, then look and try once more."""
        newest = self._send(0)
        for _ in range(times):
            self._check(newest, Guess.WRONG)
        self._fetch(newest)
        self._check(newest, guess)

    @_started_before
    @rule(age=_ages)
    def fetch(self, age: int) -> None:
        """Ask where a verification stands."""
        self._fetch(self._send(age))

    @_started_before
    @rule(age=_ages)
    def cancel(self, age: int) -> None:
        """Cancel a verification, and ask where it stands then."""
        send = self._send(age)
        expected = self._oracle.cancel(send.person.value, send.number)
        self._agree("cancel", expected, send, lambda b, ref: b.provider.cancel(ref))
        self._fetch(send)

    @_started_before
    @rule(pause=_pauses)
    def advance(self, pause: timedelta) -> None:
        """Let time pass in every world."""
        self._oracle.advance(pause)
        for _name, bench in self._players:
            bench.wait(pause)

    @invariant()
    def messages_are_those_of_the_starts_that_worked(self) -> None:
        """Nothing is sent but by a start that worked, and that sends one message."""
        for (name, bench), person in product(self._players, self._touched):
            found, due = bench.count(person), self._messages[person]
            assert found == due, f"{name}: {found} messages, not {due}"  # noqa: S101 - Hypothesis reads it
        self._touched.clear()

    @invariant()
    def note_states(self) -> None:
        """Count where the verifications stand."""
        for send in self.sends[-1:]:
            state = self._oracle.state(send.person.value, send.number)
            self.visits[f"is {state}"] += 1

    def _start(self, channel: Channel, other: bool, *, resend: bool) -> None:  # noqa: FBT001 - drawn
        person = self._players[0][1].identifier(channel, other=other)
        self._touched.add(person)
        request = StartRequest(identifier=person, channel=channel)
        earlier = [send.refs for send in self.sends if send.person == person]
        count = len(self._players)
        previous = earlier[-1] if earlier and resend else [None] * count
        expected = self._oracle.start(person.value)
        answers = [
            _started(bench, request, ref)
            for (_name, bench), ref in zip(self._players, previous, strict=True)
        ]
        if not isinstance(expected, int):
            self.visits[f"start: {expected.__name__}"] += 1
            self._same("start", expected, [type(answer) for answer in answers])
            return
        self._same("start", Started, [type(answer) for answer in answers])
        started = [answer for answer in answers if isinstance(answer, Started)]
        self._remember(person, channel, expected, started)

    def _remember(
        self,
        person: Identifier,
        channel: Channel,
        number: int,
        started: Sequence[Started],
    ) -> None:
        self._messages[person] += 1
        newest = [bench.inbox(person)[-1] for _name, bench in self._players]
        code = self._codes.setdefault(number, newest[0].code.reveal())
        self._same("code", code, [message.code.reveal() for message in newest])
        self._same("channel", channel, [message.channel for message in newest])
        self._same("confirmed", channel, [answer.channel for answer in started])
        first = started[0].ref.sends
        self._same("sends", first, [answer.ref.sends for answer in started])
        refs = tuple(answer.ref for answer in started)
        self.sends.append(_Send(person, number, refs))

    def _check(self, send: _Send, guess: Guess) -> None:
        code = _code(self._codes[send.number], guess)
        expected = self._oracle.check(send.person.value, send.number, guess)
        self._agree(
            "check", expected, send, lambda b, ref: b.provider.check(ref, code).verdict
        )

    def _fetch(self, send: _Send) -> None:
        expected = self._oracle.fetch(send.person.value, send.number)
        self._agree(
            "fetch", expected, send, lambda b, ref: b.provider.fetch(ref).status
        )

    def _send(self, age: int) -> _Send:
        return self.sends[-1 - min(age, len(self.sends) - 1)]

    def _agree(
        self,
        what: str,
        expected: object,
        send: _Send,
        ask: Callable[[Bench, VerificationRef], object],
    ) -> None:
        self.visits[f"{what}: {expected}"] += 1
        self._touched.add(send.person)
        answers = [
            ask(bench, ref)
            for (_name, bench), ref in zip(self._players, send.refs, strict=True)
        ]
        self._same(what, expected, answers)

    def _same(self, what: str, expected: object, answers: Sequence[object]) -> None:
        for (name, _bench), answer in zip(self._players, answers, strict=True):
            text = f"{what}: {name} says {answer!r}, the oracle {expected!r}"
            assert answer == expected, text  # noqa: S101 - Hypothesis reads it


def lock_step(
    harnesses: Sequence[Harness], oracle: Callable[[], Oracle]
) -> type[LockStep]:
    """
    A machine that drives these providers and an oracle.

    Args:
        harnesses: The providers. Their vendors must draw the same codes (the same
            seed), and their benches know the same people.
        oracle: Makes a fresh oracle.
    """
    body = {
        "harnesses": tuple(harnesses),
        "new_oracle": staticmethod(oracle),
        "visits": Counter(),
    }
    return type("LockStepOfThese", (LockStep,), body)


def _started(
    bench: Bench, request: StartRequest, previous: VerificationRef | None
) -> Started | VerifyError:
    try:
        return bench.provider.start(request, previous=previous)
    except VerifyError as error:
        return error


def _code(right: str, guess: Guess) -> str:
    match guess:
        case Guess.RIGHT:
            return right
        case Guess.WRONG:
            return right[:-1] + ("1" if right.endswith("0") else "0")
        case Guess.ODD:
            return right[:3]
