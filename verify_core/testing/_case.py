"""A case: one law of the protocol, and what must be there for it to be tried."""

from __future__ import annotations

from asyncio import CancelledError
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from attrs import field, frozen

from verify_core.errors import InvalidSetting, VerifyError
from verify_core.masking import hiding

from ._bench import (
    AnyHarness,
    Bench,
    CaseFailed,
    CaseInconclusive,
    CaseSkipped,
    bench_of,
    fail,
)
from ._secrets_seen import Secrets
from ._watching import Seen, watching

Need = Callable[[Bench], str | None]
"""Why a case does not apply to a bench, or None where it does."""


@frozen(kw_only=True)
class Law:
    """
    One law of the protocol, however it is tried.

    Attributes:
        name: The law in a few words.
        law: The law as a sentence.
    """

    name: str
    law: str

    def __str__(self) -> str:
        return self.name

    def check(self, harness: AnyHarness[Any]) -> None:
        """
        Hold a provider or a store to the law, in a fresh world.

        Raises:
            CaseFailed: It breaks the law; or keeps it, though that is listed as a known
                deviation.
            CaseSkipped: It does not apply here, or is a known deviation.
            CaseInconclusive: The bench failed, so nothing is known.
        """
        known = harness.deviation(self.name)
        try:
            self._try(harness)
        except CaseFailed as failure:
            if known is None:
                raise
            text = f"known deviation: {known.reason} ({known.link})"
            raise CaseSkipped(text) from failure
        if known is not None:
            fail(
                f"passes, though listed as a known deviation ({known.link}); "
                "take it off the list"
            )

    def _try(self, harness: AnyHarness[Any]) -> None:
        raise NotImplementedError


@frozen(kw_only=True)
class Case(Law):
    """
    A law that one function tries in one world, or in one world for each variant.

    Attributes:
        needs: What must be there for the law to be tried.
        variants: What the law is tried with, each in a world of its own.
    """

    needs: tuple[Need, ...]
    variants: tuple[object, ...] = ()
    _function: Callable[..., None] = field(repr=False, alias="function")

    def _try(self, harness: AnyHarness[Any]) -> None:
        kept = _sightings(harness)[self.name] = []
        worlds: list[tuple[object, ...]] = [(each,) for each in self.variants]
        for given in worlds or [()]:
            kept.append(seen := Seen())
            try:
                self._in_a_world(harness, given, seen)
            except CaseFailed as failure:
                if not given:
                    raise
                raise CaseFailed(f"with {given[0]}: {failure}") from failure

    def _in_a_world(
        self, harness: AnyHarness[Any], given: tuple[object, ...], seen: Seen
    ) -> None:
        try:
            with bench_of(harness) as bench:
                require_needs(bench, self.needs)
                with watching(bench, seen) as watched:
                    self._hold(watched, given)
        except CaseFailed as failure:
            raise CaseFailed(quoting(failure, seen)) from failure

    def _hold(self, bench: Bench, given: tuple[object, ...]) -> None:
        try:
            self._function(bench, *given)
        except (CaseFailed, CaseInconclusive, CaseSkipped):
            raise
        # Whatever a provider throws where the law expects an answer breaks the law.
        except (Exception, SystemExit, CancelledError) as error:
            # The name alone here; `quoting` adds what may be shown.
            raise CaseFailed(f"raised {type(error).__name__}") from error


_MOST_QUOTED = 200


def quoting(failure: CaseFailed, seen: Seen) -> str:
    """The failure, and what the provider's error behind it says, masked."""
    error = failure.__cause__ or failure.__context__
    if not isinstance(error, VerifyError | InvalidSetting):  # somebody else's
        return str(failure)
    text = str(error).encode(errors="backslashreplace").decode()
    known = hiding(*seen.people, *seen.sent, *seen.typed, *seen.secrets)
    said = " ".join(known.mask(text, limit=_MOST_QUOTED).split())
    secrets = Secrets.of(seen)
    try:
        secrets.require_absent([said], "the error")
        secrets.require_no_key([said], "the error")
    except CaseFailed:  # in base64, or spelt out: what no mask covers
        return f"{failure}; the error's text is left out, since it holds a secret"
    return f'{failure}; the error says "{said}"'


@frozen(kw_only=True)
class Survey(Law):
    """
    A law about everything that was seen while cases ran.

    A case that was not run for the harness yet is run now; how it ends does not
    matter here.

    Attributes:
        needs: What must be there for the law to be tried.
        over: The cases.
    """

    needs: tuple[Need, ...]
    over: tuple[Case, ...] = field(default=(), repr=False)
    _function: Callable[[Seen], None] = field(repr=False, alias="function")

    def _try(self, harness: AnyHarness[Any]) -> None:
        with bench_of(harness) as bench:
            require_needs(bench, self.needs)
        kept = _sightings(harness)
        for case in self.over:
            if case.name not in kept:
                with suppress(CaseFailed, CaseInconclusive, CaseSkipped):
                    case.check(harness)
            for seen in kept.get(case.name, ()):
                try:
                    self._function(seen)
                except CaseFailed as failure:
                    text = f"in {case.name}: {failure}"
                    raise CaseFailed(text) from failure


_MOST = 2
"""Harnesses that are remembered; what one case saw holds live errors and answers."""

_KEPT: OrderedDict[int, tuple[AnyHarness[Any], dict[str, list[Seen]]]] = OrderedDict()


def _sightings(harness: AnyHarness[Any]) -> dict[str, list[Seen]]:
    """What the last run of each case saw of this harness, by the case's name."""
    _harness, kept = _KEPT.setdefault(id(harness), (harness, {}))
    _KEPT.move_to_end(id(harness))
    while len(_KEPT) > _MOST:
        _KEPT.popitem(last=False)
    return kept


def require_needs(bench: Bench, needs: Iterable[Need]) -> None:
    """Skip where something is missing, and say what."""
    for need in needs:
        reason = need(bench)
        if reason is not None:
            raise CaseSkipped(reason)


def case(
    *needs: Need, each: Iterable[object] = ()
) -> Callable[[Callable[..., None]], Case]:
    """
    Make a case of a function; its name and its docstring are the law.

    Args:
        *needs: What must be there for the law to be tried.
        each: What the law is tried with, in a fresh world each; the function gets it
            after the bench.
    """

    def of(function: Callable[..., None]) -> Case:
        name, law = law_of(function)
        return Case(
            name=name, law=law, needs=needs, variants=tuple(each), function=function
        )

    return of


def survey(*needs: Need) -> Callable[[Callable[[Seen], None]], Survey]:
    """Make a law of a function that looks at what was seen in one world."""

    def of(function: Callable[[Seen], None]) -> Survey:
        name, law = law_of(function)
        return Survey(name=name, law=law, needs=needs, function=function)

    return of


def law_of(function: Callable[..., None]) -> tuple[str, str]:
    name = function.__name__
    return name, " ".join((function.__doc__ or name).split())
