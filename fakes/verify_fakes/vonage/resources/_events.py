"""
What Vonage would post to an application's status webhook, as data and signed.

Each step that has ended makes an event, each verification that has ended a summary.
Their bodies follow the documents' `VerifyResource` and
`VerifyResourceEventCallBackExample`; each goes out as JSON, with a JWT over it in the
Authorization header.

Sources: Vonage, OpenAPI documents of Verify v2, 0.0.18 (2023-02-08) and 1.0.1 (archived
2026-10-08); "Verify API Webhooks" and "Decoding signed webhooks" (HS256; claims iat,
jti, iss, payload_hash, api_key, application_id; the hash is SHA-256 of the body,
hexadecimal), read 2026-11-23.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden
from ...kit._http import milliseconds
from ..machine._workflow import (
    VonageStatus,
    VonageVerification,
    WorkflowStep,
    WorkflowStepStatus,
)

Json = dict[str, Any]

_DEFAULT_API_KEY = "a1b2c3d4"
_DEFAULT_APPLICATION = "00000000-0000-4000-8000-000000000000"

#: What a summary says; the documents' enumeration knows these three words only.
_SUMMARY: Mapping[VonageStatus, str] = {
    VonageStatus.COMPLETED: "completed",
    VonageStatus.EXPIRED: "expired",
    VonageStatus.TERMINATED: "failed",
    VonageStatus.FAILED: "failed",
    VonageStatus.REJECTED: "failed",
    VonageStatus.BLOCKED: "failed",
}


@frozen(kw_only=True)
class VonageNotification:
    """
    One webhook.

    Attributes:
        id: Its own; stands in the signature as `jti`.
        type: `event` or `summary`.
        status: Such as `completed`.
        at: When it would be posted.
        api_key: The account's, where it is known.
        application_id: The application whose webhook it is. None where the start was
            authenticated by key and secret: then real Vonage has nowhere to post it.
        body: What is posted.
    """

    id: str
    type: str
    status: str
    at: datetime
    request_id: str
    api_key: str | None
    application_id: str | None
    _body: Hidden[Json] = field(converter=hidden)

    body = Revealed[Json]()


def notifications(
    before: VonageVerification,
    after: VonageVerification,
    *,
    new_id: Callable[[], str],
) -> Iterator[VonageNotification]:
    """What Vonage posts after a change, in order; each gets an id from `new_id`."""
    for was, step in zip(before.steps, after.steps, strict=True):
        # A cancellation is not reported: no document has a word for it.
        ended = was.ended_at is None and step.ended_at is not None
        if ended and after.status is not VonageStatus.CANCELED:
            yield _notification(after, _event(after, step), step.ended_at, new_id())
    if before.status is VonageStatus.RUNNING and after.status in _SUMMARY:
        yield _notification(after, _summary(after), after.step.ended_at, new_id())


def _notification(
    verification: VonageVerification, body: Json, at: datetime | None, new_id: str
) -> VonageNotification:
    return VonageNotification(
        id=new_id,
        type=body["type"],
        status=body["status"],
        at=at or verification.submitted_at,
        request_id=verification.request_id,
        api_key=verification.api_key,
        application_id=verification.application_id,
        body=body,
    )


def _event(verification: VonageVerification, step: WorkflowStep) -> Json:
    began = step.began_at or verification.submitted_at
    return {
        "request_id": verification.request_id,
        "triggered_at": milliseconds(began),
        "type": "event",
        "channel": step.channel.value,
        "status": step.status.value,
        "finalized_at": milliseconds(step.ended_at or began),
        "channel_timeout": _seconds(verification),
        **_reference(verification),
    }


def _summary(verification: VonageVerification) -> Json:
    return {
        "request_id": verification.request_id,
        "submitted_at": milliseconds(verification.submitted_at),
        "status": _SUMMARY[verification.status],
        "type": "summary",
        "channel_timeout": _seconds(verification),
        "workflow": [_listed(step) for step in verification.steps],
        **_reference(verification),
    }


def _listed(step: WorkflowStep) -> Json:
    # The documents have five words for a step, and "blocked" is not among them.
    blocked = step.status is WorkflowStepStatus.BLOCKED
    status = WorkflowStepStatus.FAILED if blocked else step.status
    began = (
        {} if step.began_at is None else {"initiated_at": milliseconds(step.began_at)}
    )
    return {"channel": step.channel.value, **began, "status": status.value}


def _reference(verification: VonageVerification) -> Json:
    client_ref = verification.client_ref
    return {} if client_ref is None else {"client_ref": client_ref}


def _seconds(verification: VonageVerification) -> int:
    return int(verification.channel_timeout.total_seconds())


@frozen(kw_only=True)
class Webhook:
    """
    One webhook, ready to be handed to a receiver.

    Attributes:
        headers: With the signature.
        body: The bytes that were signed; parse these, not a copy.
    """

    _headers: Hidden[dict[str, str]] = field(converter=hidden)
    _body: Hidden[bytes] = field(converter=hidden)

    headers = Revealed[dict[str, str]]()
    body = Revealed[bytes]()


def signed(
    notification: VonageNotification,
    signature_secret: str,
    *,
    api_key: str | None = None,
    application_id: str | None = None,
    at: datetime | None = None,
) -> Webhook:
    """
    A webhook as Vonage posts it.

    Args:
        notification: What happened.
        signature_secret: The account's; at least 32 bytes, or JWT libraries complain.
        api_key: The account's; None is that of the account which started it. Where only
            its application is known, the first eight digits of the application's id.
        application_id: The application's; None is the one that started it, or zeros.
        at: When it is posted; None is when it happened, by the fake's clock. Receivers
            that go by another clock refuse what it calls the future: give its present.
    """
    application = application_id or notification.application_id
    body = json.dumps(notification.body, separators=(",", ":")).encode()
    claims = {
        "iat": int((at or notification.at).timestamp()),
        "jti": notification.id,
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": api_key or notification.api_key or _key_of(application),
        "application_id": application or _DEFAULT_APPLICATION,
    }
    token = _token(claims, signature_secret.encode(errors="replace"))
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "vonage-fake",
    }
    return Webhook(headers=headers, body=body)


def _key_of(application: str | None) -> str:
    # Each application's own, so that a receiver never takes two accounts for one.
    return _DEFAULT_API_KEY if application is None else application[:8]


def _token(claims: dict[str, object], secret: bytes) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    text = ".".join(
        _base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts
    )
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{_base64(digest)}"


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
