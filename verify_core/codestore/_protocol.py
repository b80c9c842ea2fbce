"""
What a store of codes does: each operation is atomic, even among other callers.

A store decides nothing of its own but what must be decided in one step: whether a start
is allowed, whether a guess counts, whether an approval is the first. It sees digests
only; neither a code nor an identifier reaches it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from ..channels import Channel


def to_millisecond(instant: datetime) -> datetime:
    """The instant in UTC, cut to the millisecond: as every store keeps it."""
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


class CodeStatus(StrEnum):
    """What a store says of a verification; time and guesses used up are not stored."""

    PENDING = "pending"
    APPROVED = "approved"
    CANCELED = "canceled"


@frozen(kw_only=True)
class CodeRecord:
    """
    One verification as a store keeps it.

    Texts are ASCII, at most 128 characters, and differ by case. Instants are aware;
    the value cuts them to the millisecond, UTC, so that it equals what a store returns.

    Attributes:
        id: Of the verification; a resend keeps it.
        holder: Keyed digest of identifier and purpose: what is counted over all codes.
        key_id: Which key the digest was made with.
        digest: Keyed digest of the code; empty once the verification was approved or
            canceled, so that it can never be compared again.
        nonce: What a code that can be sent again is derived from, with the key;
            otherwise empty, and removed with the digest.
        channel: Of the last message.
        tries: Guesses counted against this code.
        most_tries: How many are counted at most.
        sends: Messages so far, this one included.
        created_at: When the verification started.
        sent_at: When its last message was handed over.
        expires_at: From then on no guess is counted.
        forget_at: From then on a store may drop the record.
    """

    id: str
    holder: str = field(repr=False)
    key_id: str
    digest: str = field(repr=False)
    nonce: str = field(default="", repr=False)
    channel: Channel
    status: CodeStatus = CodeStatus.PENDING
    tries: int = 0
    most_tries: int
    sends: int = 1
    created_at: datetime = field(converter=to_millisecond)
    sent_at: datetime = field(converter=to_millisecond)
    expires_at: datetime = field(converter=to_millisecond)
    forget_at: datetime = field(converter=to_millisecond)


@frozen(kw_only=True)
class StoreLimits:
    """
    What a store enforces for one holder, over all codes.

    Attributes:
        cool_downs: How long after the first, second, ... message the next may leave;
            the last one counts for all later ones. Empty: at once. An approval begins
            anew.
        most_failures: Wrong guesses in a row, over all codes, before the holder is
            locked; an approval begins anew.
        locked_for: How long after the last counted guess or message a holder stays
            locked, and is remembered (but as long as it has to wait in any case).
            None: failures stay until an approval or `unlock`, messages for a day.
    """

    cool_downs: tuple[timedelta, ...] = ()
    most_failures: int = 100
    locked_for: timedelta | None = timedelta(hours=24)


class StartAnswer(StrEnum):
    """What a store did with a start."""

    KEPT = "kept"
    REPEATED = "repeated"
    """The id is there already, and running: nothing was changed or counted."""
    TOO_SOON = "too_soon"
    LOCKED = "locked"
    GONE = "gone"
    """A resend whose verification does not run, or is another than it was."""


@frozen(kw_only=True)
class StoreStarted:
    """
    Attributes:
        answer: What was done; only `KEPT` changed anything.
        earlier: The record that was there before, or None.
        wait: After `TOO_SOON` and `LOCKED`: how long, or None: until `unlock`.
        ready_at: Until when the holder had to wait before this start, for `take_back`.
        next_at: After `KEPT` and `REPEATED`: when the holder's next message may leave;
            None: at once, whatever the clock of the next one says.
    """

    answer: StartAnswer
    earlier: CodeRecord | None = None
    wait: timedelta | None = None
    ready_at: datetime | None = None
    next_at: datetime | None = None


class GuessAnswer(StrEnum):
    """What a store did with a guess; only `COUNTED` changed anything."""

    COUNTED = "counted"
    MISSING = "missing"
    ENDED = "ended"
    """Approved or canceled."""
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    LOCKED = "locked"


@frozen(kw_only=True)
class StoreGuess:
    """
    Attributes:
        answer: What was done.
        record: The record after it, or None where it is `MISSING`.
    """

    answer: GuessAnswer
    record: CodeRecord | None = None


class CodeStore(Protocol):
    """
    Keeps verifications; every method is one atomic step, and `now` is passed in.

    A record whose `forget_at` has come is as if it were not there, swept or not. An
    instant itself counts as come: at `expires_at` a code has expired.

    Two optional methods: `close()` frees what is kept open; `awaited()` returns this
    store as an `AsyncCodeStore`. Without it a store that blocks runs in threads where a
    program awaits.

    Raises (every method):
        verify_core.errors.Unavailable: The store cannot be reached; nothing was done.
        verify_core.errors.Ambiguous: The answer is missing; it may have been done.
    """

    def start(
        self,
        record: CodeRecord,
        *,
        now: datetime,
        limits: StoreLimits,
        previous: CodeRecord | None = None,
    ) -> StoreStarted:
        """
        Keep the record, if its holder may get a message now, and count the message.

        A record runs while it is pending, not expired and has guesses left. In order:

        1. Without `previous`, a record with the same id that runs is left as it is
           (`REPEATED`).
        2. With `previous`, the stored record must run and have its `sends` and its
           `digest` (`GONE`).
        3. A holder that is locked (`LOCKED`) or has to wait (`TOO_SOON`) is refused.
        4. The record is kept (`KEPT`), in place of an older one with its id, and counts
           for the holder: the next message may leave after the next cool-down. A resend
           of the same code (of the digest that is stored) keeps the guesses counted.
        """

    def take_back(
        self, record: CodeRecord, begun: StoreStarted, *, now: datetime
    ) -> None:
        """
        Undo a start whose message certainly did not leave, if nothing followed it.

        The stored record must still be pending with the `digest` and `sends` of
        `record`: it is removed, or `begun.earlier` takes its place again, with the
        guesses counted since added to its own. The holder has one message fewer, and
        waits until `begun.ready_at`, unless a later message made it wait for longer.
        """

    def guess(self, id: str, *, now: datetime, limits: StoreLimits) -> StoreGuess:  # noqa: A002
        """
        Count a guess, unless the verification has ended, expired or has none left, or
        its holder is locked (refused in this order).

        It is counted for the code and for the holder before the code is compared, so
        that parallel guesses cannot be more than allowed.
        """

    def approve(self, record: CodeRecord, *, now: datetime) -> bool:
        """
        Approve the verification, if it is pending and its digest is the record's.

        True at most once for one digest; later calls return False. Guesses and
        expiry are not looked at: `guess` has counted this one. The digest is removed,
        and the holder's failures, messages and cool-down begin anew.
        """

    def fetch(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """Return the record, or None where it is missing (or may be forgotten)."""

    def cancel(self, id: str, *, now: datetime) -> CodeRecord | None:  # noqa: A002
        """
        Cancel the verification, if it runs: its digest is removed.

        Returns:
            The record as it was before, whether it ran or not, or None.
        """

    def unlock(self, holder: str, *, now: datetime) -> None:
        """Forget the holder's failures, messages and cool-down."""

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """
        Drop what may be forgotten, at most so many; return how many records went.

        A store also drops a few with every start, so that it stays bounded without it.
        """


class AsyncCodeStore(Protocol):
    """`CodeStore` whose methods are awaited; `aclose()` stands for `close()`."""

    async def start(
        self,
        record: CodeRecord,
        *,
        now: datetime,
        limits: StoreLimits,
        previous: CodeRecord | None = None,
    ) -> StoreStarted: ...

    async def take_back(
        self, record: CodeRecord, begun: StoreStarted, *, now: datetime
    ) -> None: ...

    async def guess(
        self,
        id: str,  # noqa: A002
        *,
        now: datetime,
        limits: StoreLimits,
    ) -> StoreGuess: ...

    async def approve(self, record: CodeRecord, *, now: datetime) -> bool: ...

    async def fetch(self, id: str, *, now: datetime) -> CodeRecord | None: ...  # noqa: A002

    async def cancel(self, id: str, *, now: datetime) -> CodeRecord | None: ...  # noqa: A002

    async def unlock(self, holder: str, *, now: datetime) -> None: ...

    async def sweep(self, *, now: datetime, most: int = 1_000) -> int: ...
