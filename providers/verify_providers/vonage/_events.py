"""What became of verifications, by Vonage's webhooks and our own calls."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any, Final, Protocol

from attrs import frozen

from verify_core.channels import Channel
from verify_core.verification import (
    DeliveryAttempt,
    Status,
    VerificationRef,
    VerificationState,
)

from ..http import iso_instant
from ._credentials import is_uuid
from ._wire import channel_of
from ._workflow import Workflow

# Sources: Vonage, "Verify API Webhooks", read 2026-11-23, and the API documents 0.0.18
# and 1.0.1. A word that is not here is unknown.
STATUSES: Final[Mapping[str, Status]] = {
    "completed": Status.APPROVED,
    "expired": Status.EXPIRED,
    "failed": Status.FAILED,
    "user_rejected": Status.FAILED,
    "rejected": Status.FAILED,
    "blocked": Status.BLOCKED,
    "cancelled": Status.CANCELED,
    "canceled": Status.CANCELED,
    "action_pending": Status.PENDING,
}

_UNUSED: Final = "unused"
"""A step that never ran."""

_EVENTS_KEPT: Final = 32


class EventKind(StrEnum):
    """Who says what became of it, from the weightiest down."""

    SUMMARY = "summary"
    """Vonage, of the whole request; its last word."""
    CALL = "call"
    """What a call of ours was answered: approved, or canceled."""
    EVENT = "event"
    """Vonage, of one step."""


@frozen(kw_only=True)
class VonageEvent:
    """
    What became of a verification, or of one of its steps. Holds no number and no code.

    Attributes:
        request_id: Which verification; the `vendor_id` of its reference.
        kind: Who says so.
        status: What became of it; `UNKNOWN` for a word that we do not know.
        reason: Vonage's own word, for logs.
        at: When the request or the step began or ended, or None if nobody says.
        channel: The step's, or None.
        client_ref: Our name for the attempt, see `client_ref_of`; or None.
        deliveries: The steps that ran, oldest first; summaries only.
    """

    request_id: str
    kind: EventKind
    status: Status
    reason: str
    at: datetime | None = None
    channel: Channel | None = None
    client_ref: str | None = None
    deliveries: tuple[DeliveryAttempt, ...] = ()


def read_event(body: Mapping[str, Any]) -> VonageEvent | None:
    """The event in a webhook's JSON object; None where it is about no request."""
    request_id, word = body.get("request_id"), body.get("status")
    if not isinstance(request_id, str) or not is_uuid(request_id):
        return None
    if not isinstance(word, str):
        return None
    summary = body.get("type") == "summary"
    steps = body.get("workflow")
    listed = steps if isinstance(steps, list) else []
    times = ("finalized_at", "submitted_at") if summary else ("finalized_at",)
    return VonageEvent(
        request_id=request_id.lower(),
        kind=EventKind.SUMMARY if summary else EventKind.EVENT,
        status=STATUSES.get(word, Status.UNKNOWN),
        reason=word if re.fullmatch("[a-z_]{1,40}", word) else "unreadable",
        at=_first_instant(body, (*times, "triggered_at")),
        channel=channel_of(body.get("channel")),
        client_ref=_client_ref(body.get("client_ref")),
        deliveries=tuple(
            DeliveryAttempt(
                at=iso_instant(step.get("initiated_at")),
                channel=channel_of(step.get("channel")),
            )
            for step in listed[:_EVENTS_KEPT]
            if isinstance(step, dict) and step.get("status") != _UNUSED
        ),
    )


def _client_ref(value: object) -> str | None:
    takes = isinstance(value, str) and re.fullmatch("[A-Za-z0-9]{1,40}", value)
    return str(value) if takes else None


def _first_instant(body: Mapping[str, Any], names: tuple[str, ...]) -> datetime | None:
    found = (iso_instant(body.get(name)) for name in names)
    return next((instant for instant in found if instant is not None), None)


class EventStore(Protocol):
    """
    Keeps events where every process that fetches can read them, a database say.

    Both methods are called from whatever thread calls the provider. What they raise
    reaches the caller of `parse_webhook` (so that Vonage is not told that all is well)
    and of `fetch`; an answer to `check`, `cancel` or `start` stands without them.
    """

    def add(self, event: VonageEvent) -> None:
        """Keep an event; the same one may come twice, and events in any order."""
        ...

    def events_of(self, request_id: str) -> Sequence[VonageEvent]:
        """The events of a request (its id in lower case), oldest first."""
        ...


class Journal:
    """
    The store, or none: what the provider tells it and asks it.

    Args:
        store: Where events are kept, or None.
    """

    def __init__(self, store: EventStore | None) -> None:
        self._store = store

    @property
    def is_kept(self) -> bool:
        """Whether there is a store."""
        return self._store is not None

    def add(self, event: VonageEvent) -> None:
        """Keep a webhook's event."""
        if self._store is not None:
            self._store.add(event)

    def note_approved(self, ref: VerificationRef, now: datetime) -> None:
        """A check of ours was answered: approved."""
        self._note(ref, Status.APPROVED, now)

    def note_canceled(self, ref: VerificationRef, now: datetime) -> None:
        """A cancel of ours was obeyed; Vonage sends no webhook for it."""
        self._note(ref, Status.CANCELED, now)

    def says_expired(self, ref: VerificationRef) -> bool:
        """Whether Vonage's summary says that the request ran out of time."""
        said: Sequence[VonageEvent] = ()
        with suppress(Exception):  # the answer to a check stands without the store
            said = self._events_of(ref)
        return any(
            event.kind is EventKind.SUMMARY and event.status is Status.EXPIRED
            for event in said
        )

    def state(
        self, ref: VerificationRef, workflow: Workflow, now: datetime
    ) -> VerificationState:
        """Where the verification stands; see `state_of`."""
        return state_of(self._events_of(ref), workflow, now)

    def _events_of(self, ref: VerificationRef) -> Sequence[VonageEvent]:
        store = self._store
        return () if store is None else store.events_of(ref.vendor_id.lower())

    def _note(self, ref: VerificationRef, status: Status, now: datetime) -> None:
        event = VonageEvent(
            request_id=ref.vendor_id.lower(),
            kind=EventKind.CALL,
            status=status,
            reason=status.value,
            at=now,
        )
        with suppress(
            Exception
        ):  # Vonage's answer is here; a full disk does not undo it
            self.add(event)


class MemoryEvents:
    """
    An `EventStore` for one process; forgets the oldest requests.

    Args:
        requests: How many requests it keeps in mind.
    """

    def __init__(self, *, requests: int = 10_000) -> None:
        self._requests = requests
        self._events: OrderedDict[str, tuple[VonageEvent, ...]] = OrderedDict()
        self._lock = Lock()

    def add(self, event: VonageEvent) -> None:
        """Keep an event."""
        with self._lock:
            earlier = self._events.pop(event.request_id, ())
            others = tuple(other for other in earlier if other != event)
            self._events[event.request_id] = (*others, event)[-_EVENTS_KEPT:]
            while len(self._events) > self._requests:
                self._events.popitem(last=False)

    def events_of(self, request_id: str) -> Sequence[VonageEvent]:
        """The events of a request, oldest first."""
        with self._lock:
            return self._events.get(request_id, ())


def state_of(
    events: Sequence[VonageEvent], workflow: Workflow, now: datetime
) -> VerificationState:
    """
    Where a verification stands, by the weightiest thing that was said of it.

    Nothing said means that it runs, as long as its time is not over; after that
    nobody knows. What ends one step of several does not end the request.

    Args:
        events: What was said, oldest first.
        workflow: Its steps, for how long it runs.
        now: The present.
    """
    said = {event.kind: event for event in events}
    last = next((said[kind] for kind in EventKind if kind in said), None)
    if last is None:
        return _unheard_of(workflow, now)
    goes_on = last.kind is EventKind.EVENT and last.status in _ENDS_OF_A_STEP
    if goes_on and len(workflow.channels) > 1 and now < workflow.ends_at:
        return VerificationState(status=Status.PENDING, reason=last.reason)
    return VerificationState(
        status=last.status, reason=last.reason, deliveries=last.deliveries
    )


_ENDS_OF_A_STEP: Final = frozenset({Status.EXPIRED, Status.FAILED})


def _unheard_of(workflow: Workflow, now: datetime) -> VerificationState:
    running = now < workflow.ends_at
    status = Status.PENDING if running else Status.UNKNOWN
    return VerificationState(status=status, reason="no_event")
