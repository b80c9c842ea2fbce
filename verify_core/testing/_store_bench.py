"""What a case needs of a store under test, and how it is tried without a framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any

from attrs import evolve, field, frozen

from verify_core.channels import Channel
from verify_core.codestore import (
    AsyncCodeStore,
    CodeRecord,
    CodeStatus,
    CodeStore,
    GuessAnswer,
    StartAnswer,
    StoreLimits,
    StoreStarted,
)

from ._awaited import EventLoopThread
from ._bench import (
    AnyHarness,
    CaseFailed,
    CaseInconclusive,
    CaseSkipped,
    require,
    side_door,
    world_of,
)
from ._case import Law, law_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
STRICT = StoreLimits(most_failures=3, locked_for=HOUR)
FREE = StoreLimits()
AnyStore = CodeStore | AsyncCodeStore


@frozen(kw_only=True)
class StoreBench:
    """
    A fresh store and the doors to what it keeps. A case whose door is None is skipped.

    Attributes:
        store: With nothing in it; blocking or awaited. Closed after the case by its
            `close` or `aclose`, if it has one.
        reopen: Opens what the store keeps in another process; a function that pickle
            takes, such as a class with `functools.partial`.
        stored: All that is kept now, as bytes: rows, or keys with their values.
        count: How many records and holders are kept now.
        sweeps: False where the server below drops what may be forgotten, by its own
            clock, so that `sweep` has nothing to do.
    """

    store: AnyStore
    reopen: Callable[[], AnyStore] | None = None
    stored: Callable[[], bytes] | None = None
    count: Callable[[], int] | None = None
    sweeps: bool = True


@frozen(kw_only=True)
class StoreHarness(AnyHarness[StoreBench]):
    """How to set up a store: a `name`, `open` for a bench, known `deviations`."""


def a_record(id: str = "v1", **changes: Any) -> CodeRecord:  # noqa: A002, ANN401
    """A verification that begins at noon and runs for ten minutes."""
    plain = CodeRecord(
        id=id,
        holder=f"holder-of-{id}",
        key_id="k1",
        digest=f"digest-of-{id}",
        nonce="nonce",
        channel=Channel.SMS,
        most_tries=5,
        created_at=NOON,
        sent_at=NOON,
        expires_at=NOON + 10 * MINUTE,
        forget_at=NOON + HOUR,
    )
    return evolve(plain, **changes)


def resent(record: CodeRecord, **changes: Any) -> CodeRecord:  # noqa: ANN401
    """The next message of a verification, with a new code."""
    following: dict[str, Any] = {
        "sends": record.sends + 1,
        "digest": f"{record.digest}-{record.sends + 1}",
        "tries": 0,
        "status": CodeStatus.PENDING,
    }
    return evolve(record, **following | changes)


@contextmanager
def opened(store: AnyStore) -> Iterator[CodeStore]:
    """The store, closed at the end; an awaited one runs on a loop in a thread."""
    with ExitStack() as stack:
        if not iscoroutinefunction(store.start):
            close = getattr(store, "close", None)
            if close is not None:
                stack.callback(close)
            yield store  # type: ignore[misc]  # its methods are no coroutines
            return
        loop = EventLoopThread()
        stack.callback(loop.close)
        aclose = getattr(store, "aclose", None)
        if aclose is not None:
            stack.callback(lambda: loop.run(aclose()))
        yield _Waiting(store, loop)  # type: ignore[misc]  # by __getattr__


class _Waiting:
    """An awaited store under callers that block; each call is a task of one loop."""

    def __init__(self, store: AnyStore, loop: EventLoopThread) -> None:
        self._store, self._loop = store, loop

    def __getattr__(self, method: str) -> Callable[..., object]:
        function = getattr(self._store, method)
        return lambda *given, **more: self._loop.run(function(*given, **more))


def started(
    store: CodeStore,
    record: CodeRecord,
    answer: StartAnswer = StartAnswer.KEPT,
    *,
    now: datetime = NOON,
    limits: StoreLimits = FREE,
    previous: CodeRecord | None = None,
) -> StoreStarted:
    """Start, and require the answer."""
    found = store.start(record, now=now, limits=limits, previous=previous)
    require(found.answer is answer, f"start answered {found.answer}, not {answer}")
    return found


def guessed(
    store: CodeStore,
    record: CodeRecord,
    answer: GuessAnswer = GuessAnswer.COUNTED,
    *,
    times: int = 1,
    now: datetime = NOON,
    limits: StoreLimits = FREE,
) -> CodeRecord | None:
    """Guess so many times, and require the answer of each."""
    kept = None
    for _time in range(times):
        found = store.guess(record.id, now=now, limits=limits)
        require(found.answer is answer, f"guess answered {found.answer}, not {answer}")
        kept = found.record
    return kept


def require_kept_as(
    store: CodeStore, record: CodeRecord | None, *, now: datetime = NOON
) -> None:
    """Require that this is stored, under its id; None: nothing is, under `v1`."""
    found = store.fetch(record.id if record else "v1", now=now)
    require(found == record, "fetch returns something else than what should be kept")


def ended(record: CodeRecord, status: CodeStatus = CodeStatus.APPROVED) -> CodeRecord:
    """The record as it is once it has ended."""
    return evolve(record, status=status, digest="", nonce="")


def spent(record: CodeRecord) -> CodeRecord:
    return evolve(record, tries=record.most_tries)


@frozen(kw_only=True)
class StoreCase(Law):
    """
    One rule of `CodeStore`, tried on a fresh store.

    Attributes:
        door: Which door of the bench the rule needs, if any.
    """

    door: str = ""
    _function: Callable[..., None] = field(repr=False, alias="function")

    def _try(self, harness: AnyHarness[Any]) -> None:
        with world_of(harness) as bench:
            door: Any = getattr(bench, self.door) if self.door else None
            if self.door and not door:
                raise CaseSkipped(f"the bench has no door {self.door!r}")
            if self.door in _DOORS:
                door = side_door(door)
            with opened(bench.store) as store:
                self._hold(store, [door] if self.door else [])

    def _hold(self, store: CodeStore, doors: list[Any]) -> None:
        try:
            self._function(store, *doors)
        except (CaseFailed, CaseInconclusive, CaseSkipped):
            raise
        except Exception as error:
            raise CaseFailed(f"raised {type(error).__name__}: {error}") from error


_DOORS = {"count", "stored"}


def store_case(*, door: str = "") -> Callable[[Callable[..., None]], StoreCase]:
    """
    Make a case of a function; its name and its docstring are the rule.

    Args:
        door: A door of the bench that the function gets after the store.
    """

    def of(function: Callable[..., None]) -> StoreCase:
        name, law = law_of(function)
        return StoreCase(name=name, law=law, door=door, function=function)

    return of
