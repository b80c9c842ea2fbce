"""A case: one law of the protocol, and what must be there for it to be tried."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from attrs import field, frozen

from .bench import Bench, Harness
from .claims import CaseFailed, CaseInconclusive, CaseSkipped

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
    A law that one function tries in one world.

    Attributes:
        needs: What must be there for the law to be tried.
    """

    needs: tuple[Need, ...]
    _function: Callable[[Bench], None] = field(repr=False, alias="function")

    def _try(self, harness: Harness) -> None:
        with ExitStack() as world:
            bench = entered(harness, world)
            for need in self.needs:
                reason = need(bench)
                if reason is not None:
                    raise CaseSkipped(reason)
            self._hold(bench)

    def _hold(self, bench: Bench) -> None:
        try:
            self._function(bench)
        except (CaseFailed, CaseInconclusive):
            raise
        # Whatever a provider throws where the law expects an answer breaks the law.
        except Exception as error:
            # The name alone: an error of somebody else's may hold what it should not.
            raise CaseFailed(f"raised {type(error).__name__}") from error


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


def case(*needs: Need) -> Callable[[Callable[[Bench], None]], Case]:
    """
    Make a case of a function; its name and its docstring are the law.

    Args:
        *needs: What must be there for the law to be tried.
    """

    def of(function: Callable[[Bench], None]) -> Case:
        name = function.__name__
        law = " ".join((function.__doc__ or name).split())
        return Case(name=name, law=law, needs=needs, function=function)

    return of
