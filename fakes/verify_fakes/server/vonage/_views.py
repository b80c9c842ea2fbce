"""Messages, requests, rules and webhooks as the JSON that tests read."""

from __future__ import annotations

from typing import Any

from ...kit._faults import Break
from ...kit._http import milliseconds as instant
from ...vonage.machine._errors import ERRORS, VonageFault
from ...vonage.resources._events import VonageNotification, Webhook
from ._accounts import Account, Received
from ._seen import Seen

Json = dict[str, Any]


def account(one: Account) -> Json:
    """How an account stands."""
    return {
        "account": one.name,
        "now": instant(one.store.now()),
        "profile": one.profile,
        "seed": one.seed,
    }


def message(one: Account, received: Received) -> Json:
    """A message, and how its verification stands now."""
    sent = received.message
    held = one.store.peek(sent.request_id)
    return {
        "cursor": received.cursor,
        "account": one.name,
        "request_id": sent.request_id,
        "to": sent.to,
        "channel": sent.channel.value,
        "code": sent.code,
        "body": sent.body,
        "subject": sent.subject,
        "sender": sent.sender,
        "locale": sent.locale,
        "step": sent.place,
        "at": instant(sent.at),
        "status": "forgotten" if held is None else held.status.value,
        "wrong_codes": 0 if held is None else held.wrong_codes,
    }


def request(one: Account, seen: Seen) -> Json:
    """A request and its answer; codes are redacted in it already."""
    return {
        "cursor": seen.cursor,
        "account": one.name,
        "at": instant(seen.at),
        "method": seen.method,
        "path": seen.path,
        "operation": seen.operation,
        "body": seen.body,
        "unknown": seen.unknown,
        "status": seen.status,
        "response": seen.answer.decode(errors="replace"),
    }


def fault(rule: VonageFault) -> Json:
    """A rule, and how often it was hit."""
    if isinstance(rule.effect, Break):
        effect: Json = {"connection": rule.effect.value}
    else:
        effect = {"error": ERRORS[rule.effect].status, "reason": rule.effect.value}
    return {
        "operation": rule.operation.value,
        "first": rule.first,
        "last": rule.last,
        "to": rule.to,
        "hits": rule.hits,
        **effect,
    }


def event(told: VonageNotification) -> Json:
    """A webhook as data."""
    return {
        "id": told.id,
        "at": instant(told.at),
        "application_id": told.application_id,
        "body": told.body,
    }


def webhook(signed: Webhook) -> Json:
    """A webhook as it would arrive."""
    return {"headers": signed.headers, "body": signed.body.decode()}
