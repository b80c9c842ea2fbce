"""A case: one law of the protocol, and what must be there for it to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress

from attrs import field, frozen

from verify_core.errors import InvalidSetting

from . import _sightings as sightings
from ._bench import Bench
from ._claims import CaseFailed, CaseInconclusive, CaseSkipped
from ._harness import Harness
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

    def check(self, harness: Harness) -> None:
        """
        Hold a provider to the law, in a fresh world.

        Raises:
            CaseFailed: The provider breaks it; or keeps it, though it is listed as a
                known deviation.
            CaseSkipped: It does not apply here, or is a known deviation.
            CaseInconclusive: The bench failed, so nobody knows.
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
            raise CaseFailed(
                f"passes, though listed as a known deviation ({known.link}); "
                "take it off the list"
            )

    def _try(self, harness: Harness) -> None:
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

    def _try(self, harness: Harness) -> None:
        kept = sightings.begin(harness, self.name)
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
        self, harness: Harness, given: tuple[object, ...], seen: Seen
    ) -> None:
        try:
            with ExitStack() as world:
                bench = entered(harness, world)
                require_needs(bench, self.needs)
                with watching(bench, seen) as watched:
                    self._hold(watched, given)
        except (CaseFailed, CaseInconclusive, CaseSkipped):
            raise
        except Exception as error:
            text = f"the bench does not close: {type(error).__name__}"
            raise CaseInconclusive(text) from error

    def _hold(self, bench: Bench, given: tuple[object, ...]) -> None:
        try:
            self._function(bench, *given)
        except (CaseFailed, CaseInconclusive):
            raise
        # Whatever a provider throws where the law expects an answer breaks the law.
        except InvalidSetting as error:
            # Names a field and what it takes, and never what it was given.
            raise CaseFailed(f"raised InvalidSetting: {error}") from error
        except Exception as error:
            # The name alone: an error of somebody else's may hold what it should not.
            raise CaseFailed(f"raised {type(error).__name__}") from error


@frozen(kw_only=True)
class Survey(Law):
    """
    A law about everything that was seen while the other cases ran.

    Where a case was not run for the harness yet, it is run now; how it ends does not
    matter here.

    Attributes:
        needs: What must be there for the law to be tried.
    """

    needs: tuple[Need, ...]
    _function: Callable[[Seen], None] = field(repr=False, alias="function")

    def _try(self, harness: Harness) -> None:
        with ExitStack() as world:
            require_needs(entered(harness, world), self.needs)
        for case in _plain_cases():
            for seen in sightings.of(harness, case.name) or _run(case, harness):
                try:
                    self._function(seen)
                except CaseFailed as failure:
                    text = f"in {case.name}: {failure}"
                    raise CaseFailed(text) from failure


def _plain_cases() -> Iterable[Case]:
    from .cases import written  # which are made of what stands here

    return (each for each in written() if isinstance(each, Case))


def _run(case: Case, harness: Harness) -> list[Seen]:
    with suppress(CaseFailed, CaseInconclusive, CaseSkipped):
        case.check(harness)
    return sightings.of(harness, case.name)


def require_needs(bench: Bench, needs: Iterable[Need]) -> None:
    """
    Skip where something is not there.

    Raises:
        CaseSkipped: Says what is missing first.
    """
    for need in needs:
        reason = need(bench)
        if reason is not None:
            raise CaseSkipped(reason)


def entered(harness: Harness, world: ExitStack) -> Bench:
    """
    The bench of a fresh world, which is left with the stack.

    Raises:
        CaseInconclusive: It does not open.
    """
    try:
        return world.enter_context(harness.open())
    except Exception as error:
        text = f"the bench does not open: {type(error).__name__}"
        raise CaseInconclusive(text) from error


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
        name, law = _law(function)
        return Case(
            name=name, law=law, needs=needs, variants=tuple(each), function=function
        )

    return of


def survey(*needs: Need) -> Callable[[Callable[[Seen], None]], Survey]:
    """
    Make a law about all that is seen of a function; it looks at one case's sightings.

    Args:
        *needs: What must be there for the law to be tried.
    """

    def of(function: Callable[[Seen], None]) -> Survey:
        name, law = _law(function)
        return Survey(name=name, law=law, needs=needs, function=function)

    return of


def _law(function: Callable[..., None]) -> tuple[str, str]:
    name = function.__name__
    return name, " ".join((function.__doc__ or name).split())
