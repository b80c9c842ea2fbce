"""
The side door of the fake Twilio: messages, requests, deliveries, faults and more.

`OPERATIONS` is its table; what both vendors have is in `server._operations`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TypeAlias

from starlette.responses import Response

from ...kit._faults import Break
from ...kit._http import milliseconds
from ...twilio._outbox import Message
from ...twilio.machine._commands import TwilioCommand
from ...twilio.machine._errors import BY_CODE, Reason, message_for
from ...twilio.machine._rules import PROFILES
from ...twilio.machine._state import TwilioChannel
from .. import _operations as common, _reading as reading
from .._accounts import Received
from .._door import DoorOperation
from .._door_request import TIMEOUT, DoorRequest, as_json
from .._reading import BadRequest, Json
from . import _views as views
from ._accounts import TwilioAccount
from ._settings import template_of

TwilioDoorRequest: TypeAlias = DoorRequest[TwilioAccount]


def messages(ask: TwilioDoorRequest) -> Response:
    """Messages, oldest first."""
    verification = ask.query.get("verification") or None
    found = [
        (received.cursor, partial(views.message, account, received))
        for account in ask.accounts
        for received in ask.newer(account.messages)
        if ask.is_like("to", received.message.to)
        and verification in {None, received.message.verification_sid}
        and ask.is_like("service", received.message.service_sid)
        and ask.is_like("channel", received.message.channel)
    ]
    now = {each.name: milliseconds(each.store.now()) for each in ask.accounts}
    return ask.window("messages", found, now=now)


def requests(ask: TwilioDoorRequest) -> Response:
    """Requests, oldest first."""
    about = ask.query.get("about", "")
    found = [
        (seen.cursor, partial(views.exchange, account, seen))
        for account in ask.accounts
        for seen in ask.newer(account.requests)
        if ask.is_like("operation", seen.operation)
        and common.is_about(seen, seen.form, about)
        and not (ask.query.get("unsent") and not views.sent_nothing(seen))
        and ask.is_like("to", seen.form.get("To"))
        and ask.is_like("status", seen.status)
    ]
    return ask.window("requests", found)


def about(ask: TwilioDoorRequest) -> Json:
    """What this server is, and which faults can be armed."""
    gap = "…"  # for what only an answer can fill in
    shown = [
        {"error": code, "text": message_for(each, detail=gap, channel=gap, path=gap)}
        for code, each in sorted(BY_CODE.items())
    ]
    return {
        "vendor": "twilio",
        "run": ask.broadcast.run,
        "operations": list(TwilioCommand),
        "errors": shown,
        "traits": ["landline", "unreachable"],
    }


def devices(ask: TwilioDoorRequest) -> Response:
    """The authenticator apps (TOTP factors), and the code that each shows now."""
    store = ask.account.store
    found = store.factors()
    return ask.listed(
        "devices", [partial(views.device, store, *each) for each in found]
    )


def deliver_message(ask: TwilioDoorRequest) -> Response:
    """Put a message of another sender into the outbox: codes of one's own, say."""
    account, body = ask.account, ask.body
    account.store.outbox.add(
        Message(
            to=reading.text(body, "to"),
            channel=reading.word_of(TwilioChannel, body, "channel"),
            code=reading.text(body, "code"),
            body=reading.text(body, "text"),
            subject=str(body.get("subject", "")),
            at=account.store.now(),
            verification_sid="",
            service_sid="",
            locale=str(body.get("language", "en")),
            attempt_id=str(body.get("attempt_id", "")),
        )
    )
    account.pass_on(partial(views.message, account))
    return as_json({"cursor": account.messages[-1].cursor}, status=201)


async def wait_message(ask: TwilioDoorRequest) -> Json | None:
    """The first message after a cursor, waited for; 204 if no message came."""
    account = ask.account
    after = reading.whole_number(ask.query, "after", ask.broadcast.cursor)

    def first() -> Received[Message] | None:
        fitting = (
            received
            for received in account.messages
            if received.cursor > after and ask.is_like("to", received.message.to)
        )
        return next(fitting, None)

    found = await ask.wait(first)
    return None if found is None else views.message(account, found)


def count_requests(ask: TwilioDoorRequest) -> Json:
    """How many requests there were like this; for assertions."""
    form = ask.body.get("form", {})
    if not isinstance(form, dict):
        raise BadRequest("form", "takes an object of parameters")
    plain = {name: ask.body[name] for name in ask.body if name != "form"}
    like = [
        seen
        for seen in ask.account.requests
        if all(getattr(seen, name) == value for name, value in plain.items())
        and all(seen.form.get(name) == value for name, value in form.items())
    ]
    return {"count": len(like)}


def faults(ask: TwilioDoorRequest) -> Response:
    """Its rules and their hits."""
    rules = ask.account.faults
    return ask.listed("faults", [partial(views.fault, rule) for rule in rules])


def arm_fault(ask: TwilioDoorRequest) -> Response:
    """Let calls fail, counted from now on."""
    account, body = ask.account, ask.body
    most = account.bounds.rules
    reading.require_room("operation", "faults", len(account.faults), most)
    calls, effect = reading.fault_of(body), _effect(body, reading.effect_of(body))
    operation = reading.text(body, "operation")
    try:
        made = account.arm(operation, effect, **calls)
    except ValueError as error:
        raise BadRequest("operation", str(error)) from None
    return as_json(views.fault(made), status=201)


def _effect(body: Json, effect: str) -> timedelta | Break | Reason:
    if effect == "delay_ms":
        return reading.delay(body)
    if effect == "connection":
        return reading.word_of(Break, body, "connection")
    code = body["error"]
    if isinstance(code, bool) or not isinstance(code, int):
        raise BadRequest("error", "takes a Twilio error code, such as 60203")
    reason = BY_CODE.get(code)
    if reason is None:
        known = ", ".join(map(str, sorted(BY_CODE)))
        raise BadRequest("error", f"the fake has no error {code}; it has {known}")
    return reason


def set_numbers(ask: TwilioDoorRequest) -> None:
    """What is true of numbers."""
    traits = ask.account.store.traits
    acts = {
        "landline": traits.landline,
        "unreachable": traits.unreachable,
        "verified": traits.verify,
        "blocked_prefixes": traits.block_prefix,
        "blocked_countries": traits.block_country,
    }
    common.set_each(ask, acts, frees={})


def reset(ask: TwilioDoorRequest) -> Json:
    """Forget everything but the clock; set the account up anew."""
    limited = reading.truth(ask.body, "limits", ask.account.limited)
    return common.reset(ask, limited=limited)


def set_limits(ask: TwilioDoorRequest) -> Json:
    """Switch Twilio's limits on or off; nothing is forgotten."""
    ask.account.limit(on=reading.truth(ask.body, "limits"))
    return ask.account.shown()


def add_template(ask: TwilioDoorRequest) -> Response:
    """Make a message template, approved at once."""
    sid = reading.text(ask.body, "sid") if "sid" in ask.body else None
    try:
        parts = template_of(ask.body)
    except ValueError as error:
        name, _, takes = str(error).partition(" ")
        raise BadRequest(name, takes) from None
    try:
        made = ask.account.store.templates.add(**parts, sid=sid)
    except ValueError as error:
        raise BadRequest("template", str(error)) from None
    shown = {"sid": made.sid, "friendly_name": made.friendly_name}
    return as_json(shown, status=201)


_FILTERS = {
    "to": "an address",
    "service": "a service sid",
    "channel": "sms, call, email or whatsapp",
    "verification": "a verification sid",
}
_LIKE = {
    "operation": "an operationId of Twilio's",
    "to": "the parameter To",
    "status": "an HTTP status",
    "about": "what it names, such as a verification sid",
    "unsent": "true: only starts that sent no message",
}
# By the names that `verify_providers.own.senders.HttpSender` gives them.
_DELIVERED = {
    "to": "an address",
    "channel": "sms, call, email or whatsapp",
    "code": "the code alone",
    "text": "what the person reads or hears",
    "subject": "of a mail",
    "language": "of the text",
    "attempt_id": "messages of the same one share a card",
    **dict.fromkeys(("brand", "html", "minutes", "number"), "unused"),
}
_LIMITS = {"limits": "whether Twilio's limits hold"}

OPERATIONS = (
    *common.shared("4 to 10 digits, or null", "approved, canceled or expired"),
    DoorOperation("GET", "/about", about, for_one=False, for_all=True),
    DoorOperation("GET", "/devices", devices),
    common.listing("/messages", messages, _FILTERS),
    DoorOperation("POST", "/messages", deliver_message, body=_DELIVERED),
    DoorOperation(
        "GET",
        "/messages/wait",
        wait_message,
        query={
            "to": "an address",
            "after": "a cursor; left out: only messages from now on",
            **TIMEOUT,
        },
    ),
    common.listing("/requests", requests, _LIKE),
    DoorOperation(
        "POST",
        "/requests/count",
        count_requests,
        body={
            "operation": "an operationId of Twilio's, such as CreateVerification",
            "method": "an HTTP method",
            "status": "an HTTP status",
            "code": "a Twilio error code",
            "form": "parameters that it had, name to value",
        },
        changes=False,
    ),
    DoorOperation("GET", "/faults", faults),
    DoorOperation(
        "POST",
        "/faults",
        arm_fault,
        body={
            "operation": "start, check, fetch, cancel, approve or lookup; or an "
            "operationId of Twilio's, such as CreateService",
            **common.CALLS,
            "error": "a Twilio error code, such as 60203",
            "connection": "hang_up, answer_lost, answer_late or refused",
            "delay_ms": common.DELAY_MS,
        },
    ),
    DoorOperation(
        "POST",
        "/numbers",
        set_numbers,
        body={
            "landline": "numbers",
            "unreachable": "numbers",
            "verified": "numbers",
            "blocked_prefixes": "prefixes, such as +4479",
            "blocked_countries": "ISO 3166 codes",
        },
    ),
    DoorOperation("POST", "/reset", reset, body=common.resets(PROFILES) | _LIMITS),
    DoorOperation("POST", "/limits", set_limits, body=_LIMITS),
    DoorOperation(
        "POST",
        "/templates",
        add_template,
        body={
            "friendly_name": "a text",
            "texts": "an English text, or texts by language, the default first",
            "channels": "sms, voice or both (default sms)",
            "sid": "HJ and 32 hexadecimal digits; left out: one is drawn",
        },
    ),
    DoorOperation("POST", "/sinks", common.add_sink, body=common.SINK),
)
