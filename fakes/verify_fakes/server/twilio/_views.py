"""Messages, requests and rules as the JSON that the inbox and the tests read."""

from __future__ import annotations

from typing import Any

from ...kit._faults import ArmedFault
from ...kit._hiding import masked
from ...kit._http import milliseconds as instant
from ...twilio._outbox import Message
from ...twilio._store import VerifyStore
from ...twilio.machine._errors import ERRORS
from ...twilio.resources._factors import Factor
from ...twilio.resources._totp import code_at
from .._accounts import Received
from .._operations import fault as fault_shown, mail_html
from .._reading import Json
from ._accounts import TwilioAccount
from ._log import TwilioExchange


def message(account: TwilioAccount, received: Received[Message]) -> Json:
    """A message, and how its verification stands now."""
    sent, store = received.message, account.store
    held, limits = store.peek(sent.service_sid, sent.verification_sid), store.limits
    began = sent.at if held is None else held.sends[0].at
    return {
        "cursor": received.cursor,
        "account_sid": account.name,
        "service_sid": sent.service_sid,
        "service_name": _service_name(account, sent.service_sid),
        "verification_sid": sent.verification_sid,
        "to": sent.to,
        "masked_to": masked(sent.to),
        "channel": sent.channel.value,
        "code": sent.code,
        "body": sent.body,
        "subject": sent.subject,
        "locale": sent.locale,
        "attempt_id": sent.attempt_id,
        "html": mail_html(sent),
        "at": instant(sent.at),
        "expires_at": instant(began + limits.time_to_live),
        "status": "absent" if held is None else held.status.value,
        "sends": 0 if held is None else len(held.sends),
        "max_sends": limits.sends,
        "checks": 0 if held is None else held.checks,
        "max_checks": limits.checks,
    }


def _service_name(account: TwilioAccount, sid: str) -> str | None:
    with account.store.lock:
        service = account.store.services.shelf.get(sid)
    return None if service is None else service.switches.friendly_name


def exchange(account: TwilioAccount, seen: TwilioExchange) -> Json:
    """A request and its answer; secrets and codes are redacted in it already."""
    return {
        "cursor": seen.cursor,
        "account_sid": account.name,
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
        "messages": list(seen.messages),
        "why": seen.why if seen.status == 404 else None,  # noqa: PLR2004 - Not Found
        "response": seen.answer.decode(errors="replace"),
    }


def sent_nothing(seen: TwilioExchange) -> bool:
    """Whether it was to send a message, and did not."""
    return seen.operation == "CreateVerification" and not seen.messages


def device(store: VerifyStore, identity: str, factor: Factor) -> Json:
    """An authenticator app, and the code that it shows now."""
    config, now = factor.config, store.now()
    return {
        "factor_sid": factor.sid,
        "identity": identity,
        "friendly_name": factor.friendly_name,
        "verified": factor.verified,
        "code": code_at(factor.secret, config, at=now),
        "left_s": config.time_step_s - int(now.timestamp()) % config.time_step_s,
    }


def fault(rule: ArmedFault[Any, Any]) -> Json:
    """A rule, and how often it was hit."""
    return fault_shown(rule, lambda error: {"error": ERRORS[error].code})
