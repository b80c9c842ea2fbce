"""Messages, requests and rules as the JSON that the inbox and the tests read."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Final

from ..kit._hiding import masked
from ..twilio import Break, Message
from ..twilio.machine._errors import ERRORS, Reason
from ..twilio.machine._faults import TwilioFault
from ..twilio.machine._state import TwilioChannel, TwilioVerification
from ..twilio.resources._events import HookCall
from ._delivery import Delivery
from ._destinations import without_password
from ._exchanges import Exchange
from ._script import Rule
from ._tenants import Received, Tenant

_ABSENT: Final = "absent"

Json = dict[str, object]


def instant(value: datetime) -> str:
    """An instant as ISO 8601 in UTC, with milliseconds."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message(tenant: Tenant, received: Received) -> Json:
    """A message, and how its verification stands now."""
    sent = received.message
    verification = tenant.store.peek(sent.service_sid, sent.verification_sid)
    return {
        "cursor": received.cursor,
        "account_sid": tenant.sid,
        "service_sid": sent.service_sid,
        "service_name": _service_name(tenant, sent.service_sid),
        "verification_sid": sent.verification_sid,
        "to": sent.to,
        "masked_to": masked(sent.to),
        "channel": sent.channel.value,
        "code": sent.code,
        "body": sent.body,
        "subject": sent.subject,
        "html": _html(sent),
        "at": instant(sent.at),
        **_standing(tenant, sent, verification),
    }


def _service_name(tenant: Tenant, sid: str) -> str | None:
    with tenant.store.lock:
        service = tenant.store.services.shelf.get(sid)
    return None if service is None else service.switches.friendly_name


def _standing(
    tenant: Tenant, sent: Message, verification: TwilioVerification | None
) -> Json:
    limits = tenant.store.limits
    if verification is None:
        began, status, sends, checks = sent.at, _ABSENT, 0, 0
    else:
        began = verification.sends[0].at
        status = verification.status.value
        sends, checks = len(verification.sends), verification.checks
    return {
        "expires_at": instant(began + limits.time_to_live),
        "status": status,
        "sends": sends,
        "max_sends": limits.sends,
        "checks": checks,
        "max_checks": limits.checks,
    }


def _html(sent: Message) -> str:
    """An e-mail as its reader's program shows it; everything in it is escaped."""
    if sent.channel is not TwilioChannel.EMAIL:
        return ""
    before, code, after = sent.body.partition(sent.code)
    # No style attributes: the inbox's policy allows style sheets of its own only.
    return (
        f"<p>{html.escape(before)}</p>"
        f'<p class="code">{html.escape(code)}</p>'
        f"<p>{html.escape(after)}</p>"
    )


def exchange(tenant: Tenant, seen: Exchange) -> Json:
    """A request and its answer; secrets and codes are redacted in it already."""
    return {
        "cursor": seen.cursor,
        "account_sid": tenant.sid,
        "at": instant(seen.at),
        "method": seen.method,
        "path": seen.path,
        "operation": seen.operation,
        "masked_to": masked(seen.form["To"]) if "To" in seen.form else None,
        "form": dict(seen.form),
        "unknown": seen.unknown,
        "headers": {"authorization": f"Basic {seen.user}:[redacted]"},
        "status": seen.status,
        "code": seen.code,
        "why": seen.why if seen.status == 404 else None,  # noqa: PLR2004 - Not Found
        "response": seen.answer.decode(errors="replace"),
    }


def fault(rule: TwilioFault | Rule) -> Json:
    """A rule, and how often it was hit."""
    return {
        "operation": str(rule.operation),
        "first": rule.first,
        "last": rule.last,
        "to": rule.to,
        "hits": rule.hits,
        **_effect(rule.effect),
    }


def _effect(effect: Reason | Break | timedelta) -> Json:
    if isinstance(effect, timedelta):
        return {"delay_ms": round(effect / timedelta(milliseconds=1))}
    if isinstance(effect, Break):
        return {"connection": effect.value}
    return {"error": ERRORS[effect].code}


def delivery(account_sid: str, sent: Delivery) -> Json:
    """An event or a webhook call on its way, and what became of it."""
    told = sent.told
    webhook = isinstance(told, HookCall)
    return {
        "cursor": sent.cursor,
        "account_sid": account_sid,
        "service_sid": told.service_sid,
        "kind": "webhook" if webhook else "event",
        "type": told.type,
        "id": told.id,
        "webhook_sid": told.webhook_sid if isinstance(told, HookCall) else None,
        "url": without_password(sent.url),
        "at": instant(sent.at),
        "status": sent.standing.value,
        "reason": sent.reason,
        "attempts": [
            {
                "at": instant(attempt.at),
                "status": attempt.status,
                "error": attempt.error,
                "took_ms": attempt.took_ms,
            }
            for attempt in sent.attempts
        ],
        "next_attempt_at": None if sent.due is None else instant(sent.due),
        "body": dict(told.form if isinstance(told, HookCall) else told.body),
    }


def sinks(tenant: Tenant) -> Json:
    """Where an account's events are posted to."""
    return {"sinks": [without_password(url) for url in tenant.sinks]}
