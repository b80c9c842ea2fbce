"""
What Vonage would post to an application's status webhook, as data.

An event is told of each step that has ended, and a summary of each verification that
has. Their bodies follow the documents' `VerifyResource` and
`VerifyResourceEventCallBackExample`.

Sources: Vonage, OpenAPI documents of Verify v2, 0.0.18 (2023-02-08) and 1.0.1 (archived
2026-10-08); "Verify API Webhooks", read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

from ..machine._workflow import (
    VonageStatus,
    VonageVerification,
    WorkflowStep,
    WorkflowStepStatus,
)

Json = dict[str, Any]

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
        request_id: The verification that it is about.
        api_key: The account's, where it is known.
        application_id: Whose webhook it is. None where the start was authenticated by
            key and secret: then real Vonage has nowhere to post it.
        body: What is posted.
    """

    id: str
    type: str
    status: str
    at: datetime
    request_id: str
    api_key: str | None
    application_id: str | None
    body: Json = field(repr=False)


def told_by(
    before: VonageVerification,
    after: VonageVerification,
    *,
    new_id: Callable[[], str],
) -> Iterator[VonageNotification]:
    """
    What a change makes Vonage tell, in order.

    Args:
        before: As it was.
        after: As it is.
        new_id: Gives each webhook its own.
    """
    for was, step in zip(before.steps, after.steps, strict=True):
        # A cancellation tells nothing: no document has a word for it.
        if was.ended_at is None and step.ended_at is not None and _is_told(after):
            yield _told(
                after, "event", step.status.value, step.ended_at, new_id(), step
            )
    ended = before.status is VonageStatus.RUNNING and after.status in _SUMMARY
    if ended:
        at = after.step.ended_at or after.submitted_at
        yield _told(after, "summary", _SUMMARY[after.status], at, new_id(), None)


def _is_told(verification: VonageVerification) -> bool:
    return verification.status is not VonageStatus.CANCELED


def _told(
    verification: VonageVerification,
    kind: str,
    status: str,
    at: datetime,
    event_id: str,
    step: WorkflowStep | None,
) -> VonageNotification:
    body = _event(verification, step) if step else _summary(verification, status)
    return VonageNotification(
        id=event_id,
        type=kind,
        status=status,
        at=at,
        request_id=verification.request_id,
        api_key=verification.api_key,
        application_id=verification.application_id,
        body=body,
    )


def _event(verification: VonageVerification, step: WorkflowStep) -> Json:
    began = step.began_at or verification.submitted_at
    return {
        "request_id": verification.request_id,
        "triggered_at": instant(began),
        "type": "event",
        "channel": step.channel.value,
        "status": step.status.value,
        "finalized_at": instant(step.ended_at or began),
        "channel_timeout": _seconds(verification),
        **_reference(verification),
    }


def _summary(verification: VonageVerification, status: str) -> Json:
    return {
        "request_id": verification.request_id,
        "submitted_at": instant(verification.submitted_at),
        "status": status,
        "type": "summary",
        "channel_timeout": _seconds(verification),
        "workflow": [_listed(step) for step in verification.steps],
        **_reference(verification),
    }


def _listed(step: WorkflowStep) -> Json:
    # The documents' words for a step are five; "blocked" is none of them.
    blocked = step.status is WorkflowStepStatus.BLOCKED
    status = WorkflowStepStatus.FAILED if blocked else step.status
    began = {} if step.began_at is None else {"initiated_at": instant(step.began_at)}
    return {"channel": step.channel.value, **began, "status": status.value}


def _reference(verification: VonageVerification) -> Json:
    known = verification.client_ref is not None
    return {"client_ref": verification.client_ref} if known else {}


def _seconds(verification: VonageVerification) -> int:
    return int(verification.channel_timeout.total_seconds())


def instant(at: datetime) -> str:
    """An instant as Vonage writes it: ISO 8601 in UTC, with milliseconds."""
    utc = at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
