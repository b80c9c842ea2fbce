"""Messages, requests, rules and webhooks as the JSON that the inbox and tests read."""

from __future__ import annotations

from typing import Any

from ...kit._faults import ArmedFault
from ...kit._hiding import masked
from ...kit._http import milliseconds as instant
from ...vonage import Reason
from ...vonage._outbox import VonageMessage
from ...vonage.machine._errors import ERRORS
from ...vonage.resources._events import VonageNotification
from .._accounts import Received
from .._operations import fault as fault_shown, mail_html
from .._reading import Json
from ._accounts import VonageAccount
from ._log import VonageExchange


def message(account: VonageAccount, received: Received[VonageMessage]) -> Json:
    """A message, and how its verification stands now."""
    sent, limits = received.message, account.store.limits
    held = account.store.peek(sent.request_id)
    runs_on = held is not None and held.place == sent.place
    waits = limits.channel_timeout if held is None else held.channel_timeout
    return {
        "cursor": received.cursor,
        "account": account.name,
        "request_id": sent.request_id,
        "to": sent.to,
        "masked_to": masked(sent.to),
        "channel": sent.channel.value,
        "code": sent.code,
        "body": sent.body,
        "subject": sent.subject,
        "html": mail_html(sent) if sent.code else "",
        "sender": sent.sender,
        "locale": sent.locale,
        "step": sent.place,
        "steps": 0 if held is None else len(held.steps),
        "runs": runs_on,
        "at": instant(sent.at),
        "expires_at": instant(sent.at + waits),
        "status": "forgotten" if held is None else held.status.value,
        "wrong_codes": 0 if held is None else held.wrong_codes,
        "max_wrong_codes": limits.wrong_codes,
    }


def exchange(account: VonageAccount, seen: VonageExchange) -> Json:
    """A request and its answer; codes are redacted in it already."""
    return {
        "cursor": seen.cursor,
        "account": account.name,
        "at": instant(seen.at),
        "method": seen.method,
        "path": seen.path,
        "operation": seen.operation,
        "masked_to": masked(seen.addresses[0]) if seen.addresses else None,
        "body": seen.body,
        "unknown": seen.unknown,
        "status": seen.status,
        "messages": list(seen.messages),
        "why": seen.why,
        "response": seen.answer.decode(errors="replace"),
    }


def sent_nothing(seen: VonageExchange) -> bool:
    """Whether it was to send a message, and did not."""
    return seen.operation == "newRequest" and not seen.messages


def fault(rule: ArmedFault[Any, Any]) -> Json:
    """A rule, and how often it was hit."""

    def error_of(reason: Reason) -> Json:
        return {"error": ERRORS[reason].status, "reason": reason.value}

    return fault_shown(rule, error_of)


def event(notification: VonageNotification) -> Json:
    """A webhook as data."""
    return {
        "id": notification.id,
        "at": instant(notification.at),
        "application_id": notification.application_id,
        "body": notification.body,
    }
