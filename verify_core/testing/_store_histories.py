"""A search, by Hypothesis, for a history after which a store differs from the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from attrs import evolve

from verify_core.codestore import (
    CodeRecord,
    CodeStore,
    StartAnswer,
    StoreLimits,
    StoreStarted,
)
from verify_core.installing import install_hint

from ._bench import CaseSkipped, require
from ._store_bench import MINUTE, NOON, a_record, resent, store_case
from ._store_callers import StoreCall, approve, guess, start
from ._store_races import ModelStore

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Step = tuple[str, int, int, int]
"""An operation, which verification, which of its codes, and seconds that pass."""

_LIMITS = StoreLimits(
    cool_downs=(timedelta(seconds=30), timedelta(seconds=60)),
    most_failures=7,
    locked_for=timedelta(minutes=9),
)
_OPERATIONS = ("start", "resend", "again", "guess", "guess", "approve", "cancel")
_RARE = ("take_back", "unlock", "fetch")


@store_case()
def every_history_is_the_models(store: CodeStore) -> None:
    """Whatever happens in whatever order, a store answers as the model does."""
    try:
        from hypothesis import HealthCheck, Phase, given, settings
    except ImportError:
        raise CaseSkipped(install_hint("testing")) from None
    numbers = count()

    @settings(
        max_examples=30,
        deadline=None,
        database=None,
        derandomize=True,  # the same verdict each time
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(_steps())
    def search(steps: Sequence[Step]) -> None:
        _compare(store, f"h{next(numbers)}", steps)

    search()


def _steps() -> SearchStrategy[list[Step]]:
    from hypothesis import strategies

    return strategies.lists(
        strategies.tuples(
            strategies.sampled_from(_OPERATIONS + _RARE),
            strategies.integers(0, 1),
            strategies.integers(1, 3),
            strategies.sampled_from((0, 0, 1, 30, 60, 600)),
        ),
        min_size=4,
        max_size=20,
    )


def _compare(store: CodeStore, name: str, steps: Sequence[Step]) -> None:
    """Take the steps on the store and on a model, with ids that are new."""
    model, now = ModelStore(), NOON
    begun: list[tuple[CodeRecord, StoreStarted]] = []
    history: list[str] = []
    for operation, which, code, seconds in steps:
        now += timedelta(seconds=seconds)
        call = _call(operation, f"{name}-{which}", code, now, model, begun)
        if call is None:
            continue
        history.append(f"{operation} {which} {code} after {seconds} s")
        found, expected = call.on(store), call.on(model)
        steps_so_far = "; ".join(history)
        require(found == expected, f"differs from the model after {steps_so_far}")
        if call.method == "start" and found.answer is StartAnswer.KEPT:
            begun.append((call.given[0], found))


def _call(  # noqa: PLR0911 - one for each kind of step
    operation: str,
    record_id: str,
    code: int,
    now: datetime,
    model: ModelStore,
    begun: list[tuple[CodeRecord, StoreStarted]],
) -> StoreCall | None:
    """The call that a step means, or None where it means nothing yet."""
    holder = record_id.partition("-")[0]
    known = model.records.get(record_id) or a_record(
        record_id,
        holder=holder,
        expires_at=now + 10 * MINUTE,
        forget_at=now + 15 * MINUTE,
    )
    at = {"now": now}
    match operation:
        case "start":
            return start(evolve(known, digest=f"digest-{code}"), limits=_LIMITS, **at)
        case "resend" | "again":
            same = {"digest": known.digest} if operation == "again" else {}
            following = resent(known, **same)
            return start(following, previous=known, limits=_LIMITS, **at)
        case "guess":
            return guess(record_id, limits=_LIMITS, **at)
        case "approve":
            right = known.digest if code > 1 else "digest-of-another"
            return approve(evolve(known, digest=right), **at)
        case "take_back":
            return (
                StoreCall(method=operation, given=begun[-1], more=at) if begun else None
            )
        case "unlock":
            return StoreCall(method=operation, given=(holder,), more=at)
        case _:
            return StoreCall(method=operation, given=(record_id,), more=at)
