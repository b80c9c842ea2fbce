"""
What became of verifications, by Vonage's webhooks and the provider's own calls.

A webhook is signed: a token (JWT, HS256) in its header covers the body by its hash.
Source: Vonage, "Signed webhooks" and "Verify API Webhooks", read 2026-11-23: signed
with the account's signature secret; claims `iat`, `jti`, `iss`, `payload_hash`,
`api_key`, `application_id`. Form and meaning of tokens: RFC 7515 and RFC 7519.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any, Protocol

from attrs import frozen

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.masking import Hidden, Secret
from verify_core.validation import require_whole
from verify_core.verification import (
    DeliveryAttempt,
    Status,
    VerificationRef,
    VerificationState,
)

from ..config import SecretReader, SecretSource
from ..http import iso_instant, json_object
from ._credentials import NAME, is_uuid
from ._wire import channel_of
from ._workflow import Workflow

MAX_AGE = timedelta(days=1)
"""How old a webhook may be: Vonage repeats one that was not answered for a day."""

_LEEWAY = timedelta(minutes=1)
"""How far Vonage's clock may be ahead."""

_FAR = 1e12
"""Seconds that no clock shows."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BEARER = re.compile(r"[Bb]earer +(\S+)")


class InvalidWebhook(ValueError):
    """
    Not from Vonage, or not as Vonage sent it: answer 401 and do nothing.

    Its text says what is wrong and repeats nothing of the request.
    """


def read_webhook(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: Secret,
    claims: Mapping[str, str],
    now: datetime,
) -> VonageEvent:
    """
    The event in a webhook, if Vonage sent it.

    Args:
        headers: The request's, in any case.
        body: The request's, byte for byte.
        secret: The account's signature secret.
        claims: Whose webhooks are taken; the token must not name another account.
        now: The present.
    """
    if not isinstance(body, bytes):
        raise TypeError("body: takes the bytes as they came, not what was made of them")
    signed = _signed_claims(_bearer(headers), secret)
    _require_time(signed, now)
    for name, own in claims.items():
        theirs = signed.get(name)
        if theirs is not None and theirs != own:
            raise InvalidWebhook(f"{name}: the webhook is meant for another one")
    digest = signed.get("payload_hash")
    if not isinstance(digest, str) or not _is_same(
        digest.lower(), hashlib.sha256(body).hexdigest()
    ):
        raise InvalidWebhook("payload_hash: the body is not the one that was signed")
    event = read_event(json_object(body))
    if event is None:
        raise InvalidWebhook("body: says nothing of a verification")
    return event


def _bearer(headers: Mapping[str, str]) -> str:
    found = [
        text for name, text in headers.items() if str(name).lower() == "authorization"
    ]
    is_one = len(found) == 1 and isinstance(found[0], str)
    match = _BEARER.fullmatch(found[0].strip()) if is_one else None
    if match is None:
        raise InvalidWebhook("authorization: takes one bearer token")
    return match[1]


def _signed_claims(token: str, secret: Secret) -> Mapping[str, Any]:
    if not _TOKEN.fullmatch(token):
        raise InvalidWebhook("authorization: not a signed token")
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    header = json_object(_decoded(head))
    # The token must not choose how it is judged: RFC 8725, section 3.1.
    if header.get("alg") != "HS256" or "crit" in header:
        raise InvalidWebhook("authorization: not signed by HS256")
    due = hmac.digest(secret.reveal().encode(), signed.encode("ascii"), "sha256")
    if not hmac.compare_digest(due, _decoded(signature)):
        raise InvalidWebhook("authorization: signed with another secret")
    return json_object(_decoded(payload))


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _require_time(claims: Mapping[str, Any], now: datetime) -> None:
    present = now.timestamp()
    issued, ends = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    leeway = _LEEWAY.total_seconds()
    if issued is None or issued > present + leeway:
        raise InvalidWebhook("iat: not issued yet, or without a time")
    if issued < present - MAX_AGE.total_seconds():
        raise InvalidWebhook("iat: older than a day")
    if "exp" in claims and (ends is None or ends < present - leeway):
        raise InvalidWebhook("exp: expired")


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if -_FAR < value < _FAR else None  # which NaN is not, either


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


# Sources: Vonage, "Verify API Webhooks", read 2026-11-23, and the API documents 0.0.18
# and 1.0.1. A word that is not here is unknown.
STATUSES: Mapping[str, Status] = {
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

_UNUSED = "unused"
"""A step that never ran."""

_EVENTS_KEPT = 32


class EventKind(StrEnum):
    """Who says what became of it, from the weightiest down."""

    SUMMARY = "summary"
    """Vonage, of the whole request; its last word."""
    CALL = "call"
    """Vonage, in its answer to a call of this provider: approved, or canceled."""
    EVENT = "event"
    """Vonage, of one step."""


@frozen(kw_only=True)
class VonageEvent:
    """
    What became of a verification, or of one of its steps. Holds no number and no code.

    Attributes:
        request_id: Which verification; the `vendor_id` of its reference.
        kind: Who says so.
        status: What became of it; `UNKNOWN` for a word that Vonage does not document.
        reason: Vonage's own word, for logs.
        at: When the request or the step began or ended, or None if unknown.
        channel: The step's, or None.
        client_ref: The attempt's name, see `client_ref_of`; or None.
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
    if not is_uuid(request_id) or not isinstance(word, str):
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
    reaches the caller of `parse_webhook` (so that Vonage repeats the webhook) and of
    `fetch`; an answer to `check`, `cancel` or `start` stands without them.
    """

    def add(self, event: VonageEvent) -> None:
        """Keep an event; the same one may come twice, and events in any order."""
        ...

    def events_of(self, request_id: str) -> Sequence[VonageEvent]:
        """The events of a request (its id in lower case), oldest first."""
        ...


class Journal:
    """
    What was said of verifications: the store of events, if there is one.

    Args:
        store: As of the provider.
        signature: The account's signature secret; without it no webhook is taken.
        claims: Whose webhooks are taken.
        clock: The present, aware.
    """

    def __init__(
        self,
        store: EventStore | None,
        signature: SecretSource | None,
        claims: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        for method in ("add", "events_of") if store is not None else ():
            if not callable(getattr(store, method, None)):
                raise InvalidSetting("events", f"has no method {method}")
        self.store = store
        self._secret: SecretReader | None = None
        if signature is not None:
            self._secret = SecretReader(
                setting="signature_secret", provider=NAME, source=signature
            )
        self._claims = Hidden(claims)
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes) -> VonageEvent:
        """Return the event in a webhook; see `VonageVerify.parse_webhook`."""
        if self._secret is None:
            raise InvalidSetting(
                "signature_secret", "missing; take it from Vonage's dashboard"
            )
        secret, now = Secret(self._secret.read()), self._clock()
        return read_webhook(
            headers, body, secret=secret, claims=self._claims.reveal(), now=now
        )

    def keep(self, event: VonageEvent) -> None:
        """Keep an event, if there is a store."""
        if self.store is not None:
            self.store.add(event)

    def note(self, ref: VerificationRef, status: Status, now: datetime) -> None:
        """Keep what a call was answered; Vonage sends no webhook for a cancel."""
        event = VonageEvent(
            request_id=ref.vendor_id.lower(),
            kind=EventKind.CALL,
            status=status,
            reason=status.value,
            at=now,
        )
        with suppress(Exception):  # Vonage's answer stands, even if the store fails
            self.keep(event)

    def says_expired(self, ref: VerificationRef) -> bool:
        """Whether Vonage's summary says that the request ran out of time."""
        said: Sequence[VonageEvent] = ()
        with suppress(Exception):  # the answer to a check stands without the store
            said = self.events_of(ref)
        return any(
            event.kind is EventKind.SUMMARY and event.status is Status.EXPIRED
            for event in said
        )

    def events_of(self, ref: VerificationRef) -> Sequence[VonageEvent]:
        """What was said of the verification, oldest first."""
        return () if self.store is None else self.store.events_of(ref.vendor_id.lower())


class MemoryEvents:
    """
    An `EventStore` for one process; forgets the oldest requests.

    Args:
        requests: The number of requests that it keeps.
    """

    def __init__(self, *, requests: int = 10_000) -> None:
        self._requests = require_whole("requests", requests, least=1)
        self._events: OrderedDict[str, tuple[VonageEvent, ...]] = OrderedDict()
        self._lock = Lock()

    def add(self, event: VonageEvent) -> None:
        with self._lock:
            earlier = self._events.pop(event.request_id, ())
            others = tuple(other for other in earlier if other != event)
            self._events[event.request_id] = (*others, event)[-_EVENTS_KEPT:]
            while len(self._events) > self._requests:
                self._events.popitem(last=False)

    def events_of(self, request_id: str) -> Sequence[VonageEvent]:
        with self._lock:
            return self._events.get(request_id, ())


_ENDS_OF_A_STEP = {Status.EXPIRED, Status.FAILED}


def state_of(
    events: Sequence[VonageEvent], workflow: Workflow, now: datetime
) -> VerificationState:
    """
    Where a verification stands, by the weightiest thing that was said of it.

    Without a word the request runs, as long as its time is not over; after that its end
    is unknown. What ends one step of several does not end the request.
    """
    said = {event.kind: event for event in events}
    last = next((said[kind] for kind in EventKind if kind in said), None)
    running = now < workflow.ends_at
    if last is None:
        status = Status.PENDING if running else Status.UNKNOWN
        return VerificationState(status=status, reason="no_event")
    goes_on = last.kind is EventKind.EVENT and last.status in _ENDS_OF_A_STEP
    if goes_on and len(workflow.channels) > 1 and running:
        return VerificationState(status=Status.PENDING, reason=last.reason)
    return VerificationState(
        status=last.status, reason=last.reason, deliveries=last.deliveries
    )
