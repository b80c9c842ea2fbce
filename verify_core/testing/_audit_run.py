"""
An audit: the questions are drawn, the form is asked, failures are made small.

Texts are drawn first, since a form's answers do not change them; so the same seed asks
the same questions. Each answer is kept, and Hypothesis, made to draw the same texts
again, finds what failed without another question before it shrinks it.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import zip_longest

from attrs import define, field, frozen
from hypothesis import (
    HealthCheck,
    Phase,
    Verbosity,
    given,
    seed,
    settings,
    strategies as st,
)
from hypothesis.errors import Unsatisfiable

from ._audit_forms import Form, FormAnswer
from ._audit_kinds import Demand, Kind, Question
from ._audit_report import FAILURES, AuditReport, FormFailure

_SHRINKING_ASKS = 150
_REPEATED = 20
_CONFIRMED = 4
_CONFIRMING_ROUNDS = 3
_SAMPLING_SHARE = 0.7


@frozen(kw_only=True)
class AuditLimits:
    """
    How far an audit goes.

    Attributes:
        inputs: Texts that are drawn; shrinking asks for some more.
        seconds: After which no further question is asked.
        seed: Of what is drawn.
        max_share: Share of a kind's texts that may fail, 0 to 1.
        allowed: Kinds whose failures are shown and do not count.
    """

    inputs: int = 2500
    seconds: float = 300
    seed: int = 0
    max_share: float = 0
    allowed: frozenset[str] = frozenset()


@define
class _Draw:
    """One strategy as it is drawn: the same seed gives the same cases again."""

    kind: Kind
    strategy: st.SearchStrategy[Question]
    count: int
    seed: int
    leave_if_stopped: Callable[[], None]
    cases: list[Question] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        # A policy may leave a kind without texts, as "00" where 011 is dialled.
        with suppress(Unsatisfiable):
            self.run(self._keep, [Phase.generate])
        # The first is the simplest there is, +49 1510 00000; too plain for one alone.
        self.cases = self.cases[1:] or self.cases

    def _keep(self, case: Question) -> None:
        self.cases.append(case)

    def run(self, take: Callable[[Question], None], phases: Sequence[Phase]) -> None:
        quiet = settings(
            max_examples=self.count + 1,
            database=None,
            deadline=None,
            derandomize=False,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )

        def look(case: Question) -> None:
            self.leave_if_stopped()
            take(case)

        seed(self.seed)(quiet(given(case=self.strategy)(look)))()


_Failed = tuple[_Draw, Question]


class _FailedAgain(Exception):
    """The text fails as another did."""


@define
class Audit:
    """
    A form against what it has to read, to refuse, and to tell apart.

    Attributes:
        form: The form; it is asked by `form.jobs` threads at a time.
        kinds: What to ask for.
        limits: How far to go.
        show_place: Called with how many texts are asked, and of how many.
        is_stopped: Whether to give up, by KeyboardInterrupt. It is raised between two
            texts, since Hypothesis cannot bear it everywhere.
    """

    form: Form
    kinds: Sequence[Kind]
    limits: AuditLimits
    show_place: Callable[[int, int], None] = lambda _done, _all: None
    is_stopped: Callable[[], bool] = lambda: False
    _answers: dict[str, FormAnswer] = field(factory=dict)
    _until: float = 0

    def report(self) -> AuditReport:
        """Ask, and say how the form did."""
        draws = list(self._draws())
        end = time.monotonic() + self.limits.seconds
        while True:
            self._answers.clear()
            self._until = end - (end - time.monotonic()) * (1 - _SAMPLING_SHARE)
            self._ask_all(draws)
            self._until = end
            if self.form.is_doubted():
                continue
            report = self._report_on(draws)
            if not self.form.is_doubted():
                return report

    def _report_on(self, draws: Sequence[_Draw]) -> AuditReport:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        places: dict[str, dict[str, Counter[str]]] = defaultdict(
            lambda: defaultdict(Counter)
        )
        failed: dict[tuple[str, str], list[_Failed]] = defaultdict(list)
        for draw in draws:
            for case in draw.cases:
                outcome = self._outcome(draw.kind, case)
                if outcome is None:
                    continue
                became, is_failure = outcome
                counts[draw.kind.name][became] += 1
                if case.region:
                    places[draw.kind.name][case.region][became] += 1
                if is_failure:
                    failed[draw.kind.name, became].append((draw, case))
        is_complete = all(self._is_known(case) for draw in draws for case in draw.cases)
        findings = []
        unstable: list[tuple[Question, FormAnswer]] = []
        for (name, failure), cases in failed.items():
            steady = self._steady(cases, unstable)
            if steady:
                findings.append(
                    self._finding(name, failure, counts[name].total(), cases, steady)
                )
        findings += self._unstable(draws, unstable)
        return AuditReport(
            seed=self.limits.seed,
            kinds=self.kinds,
            counts=counts,
            regions=places,
            findings=sorted(findings, key=lambda each: FAILURES.index(each.failure)),
            is_complete=is_complete,
        )

    def _draws(self) -> Iterator[_Draw]:
        whole = sum(kind.share for kind in self.kinds)
        for number, kind in enumerate(self.kinds):
            count = max(1, self.limits.inputs * kind.share // whole)
            begin = self.limits.seed * 1_000_003 + number * 1009
            if not kind.regions:
                yield _Draw(kind, kind.cases(()), count, begin, self._leave_if_stopped)
                continue
            for place, some in enumerate(_dealt(kind.regions, count, self.limits.seed)):
                yield _Draw(
                    kind,
                    kind.cases(some),
                    max(1, count // len(kind.regions)),
                    begin + place,
                    self._leave_if_stopped,
                )

    def _ask_all(self, draws: Sequence[_Draw]) -> None:
        """Ask for every text once, the kinds in turn, since the time may be up."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        for draw in draws:
            for case in draw.cases:
                by_kind[draw.kind.name] += _texts(case)
        in_turn = [text for some in zip_longest(*by_kind.values()) for text in some]
        todo = list(
            dict.fromkeys(t for t in in_turn if t is not None and self.form.takes(t))
        )
        with ThreadPoolExecutor(self.form.jobs) as threads:
            for done, _ in enumerate(threads.map(self._ask_in_time, todo), 1):
                self.show_place(done, len(todo))
        self._leave_if_stopped()

    def _ask_in_time(self, text: str) -> None:
        if self._has_time():
            self._answers[text] = self.form.ask(text)

    def _has_time(self) -> bool:
        return time.monotonic() < self._until and not self.is_stopped()

    def _leave_if_stopped(self) -> None:
        if self.is_stopped():
            raise KeyboardInterrupt

    def _is_known(self, case: Question) -> bool:
        return all(
            text in self._answers or not self.form.takes(text) for text in _texts(case)
        )

    def _outcome(  # noqa: PLR0911 - a table
        self, kind: Kind, case: Question
    ) -> tuple[str, bool] | None:
        """What became of a case, and whether that is a failure; None if not asked."""
        answers = [self._answers.get(text) for text in _texts(case)]
        first = answers[0]
        if first is None or None in answers:
            return None
        if first.fault:
            return first.fault, True
        if kind.demand is Demand.SURVIVE:
            return ("refused" if first.e164 is None else "read"), False
        if case.other is not None:
            mixed = first.e164 is not None and first == answers[1]
            return ("mixed_up", True) if mixed else ("read", False)
        if first.e164 is None:
            return "refused", kind.demand is Demand.READ and case.expected is not None
        if case.expected is None:
            return "accepted", True
        return ("read", False) if first.e164 == case.expected else ("changed", True)

    def _steady(
        self,
        cases: list[_Failed],
        unstable: list[tuple[Question, FormAnswer]],
    ) -> list[_Failed]:
        """
        The smallest cases, each asked again and answered as before.

        Cases that are answered in another way go from `cases` to `unstable`.
        """
        steady = sorted(cases, key=lambda each: _size(each[1]))[:_CONFIRMED]
        for _ in range(_CONFIRMING_ROUNDS):
            odd = [
                (each, answer)
                for each in steady
                if (answer := self._other_answer(each[1])) is not None
            ]
            if not odd:
                break
            for each, answer in odd:
                unstable.append((each[1], answer))
                steady.remove(each)
                cases.remove(each)
        return steady

    def _other_answer(self, case: Question) -> FormAnswer | None:
        """The answer to a case, asked again, if it is not that of before."""
        for text in _texts(case):
            self._leave_if_stopped()
            if self._has_time():
                answer, before = self.form.ask(text), self._answers[text]
                if (answer.e164, answer.fault) != (before.e164, before.fault):
                    return answer
        return None

    def _finding(
        self,
        name: str,
        failure: str,
        asked: int,
        cases: list[_Failed],
        steady: list[_Failed],
    ) -> FormFailure:
        draw, case = steady[0]
        smallest = self._shrunk(draw, failure, case)
        if smallest is not case and self._other_answer(smallest) is not None:
            smallest = case
        by_region: dict[str, list[Question]] = defaultdict(list)
        for _, each in cases:
            if each.region:
                by_region[each.region].append(each)
        examples = {
            region: min(some, key=_size).text for region, some in by_region.items()
        }
        if smallest.region:
            examples[smallest.region] = smallest.text
        return FormFailure(
            kind=name,
            failure=failure,
            count=len(cases),
            asked=asked,
            smallest=smallest,
            answer=self._answers[smallest.text],
            counts=name not in self.limits.allowed
            and len(cases) > asked * self.limits.max_share,
            regions={region: len(some) for region, some in by_region.items()},
            examples=examples,
        )

    def _shrunk(self, draw: _Draw, failure: str, found: Question) -> Question:
        left = _SHRINKING_ASKS
        smallest = found

        def look(case: Question) -> None:
            nonlocal left, smallest
            for text in _texts(case):
                if left > 0 and text not in self._answers and self.form.takes(text):
                    left -= 1
                    self._ask_in_time(text)
            outcome = self._outcome(draw.kind, case)
            if outcome == (failure, True):
                smallest = min(smallest, case, key=_size)
                raise _FailedAgain

        with suppress(_FailedAgain):
            draw.run(look, [Phase.generate, Phase.shrink])
        return smallest

    def _unstable(
        self,
        draws: Sequence[_Draw],
        found: list[tuple[Question, FormAnswer]],
    ) -> list[FormFailure]:
        """Texts that are answered in another way when they are asked again."""
        known = [
            case
            for draw in draws[:: max(1, len(draws) // _REPEATED)]
            for case in draw.cases[:1]
            if case.text in self._answers and case not in [each for each, _ in found]
        ][:_REPEATED]
        others = [(case, self._other_answer(case)) for case in known]
        changed = [*found, *((case, other) for case, other in others if other)]
        if not changed:
            return []
        case, answer = min(changed, key=lambda each: _size(each[0]))
        return [
            FormFailure(
                kind="repeated",
                failure="unstable",
                count=len(changed),
                asked=len(known) + len(found),
                smallest=case,
                answer=answer,
                counts="repeated" not in self.limits.allowed,
                regions={},
                examples={},
            )
        ]


def _dealt(regions: Sequence[str], count: int, shift: int) -> list[list[str]]:
    """Each region alone; where there are fewer questions than regions, some of them."""
    if count >= len(regions):
        return [[region] for region in regions]
    step = len(regions) / count
    chosen = [regions[(int(n * step) + shift) % len(regions)] for n in range(count)]
    return [[region] for region in chosen]


def _texts(case: Question) -> list[str]:
    return [case.text] if case.other is None else [case.text, case.other]


def _size(case: Question) -> tuple[int, str]:
    """Short is small, and so are zeros, towards which Hypothesis shrinks."""
    return len(case.text) + len(re.findall("[1-9]", case.text)), case.text
