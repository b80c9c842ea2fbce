"""
The side door of the fake Vonage: messages, requests, faults, replies and webhooks.

`OPERATIONS` is its table; what both vendors have is in `server._operations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TypeAlias

from starlette.responses import Response

from ...kit._faults import Break
from ...kit._http import milliseconds as instant
from ...vonage import Reason, signed
from ...vonage._outbox import VonageMessage
from ...vonage.machine._commands import VonageOperation
from ...vonage.machine._errors import ERRORS, VonageFault
from ...vonage.machine._numbers import Trait
from ...vonage.resources._auth import APPLICATION, KEY
from ...vonage.resources._events import VonageNotification
from .. import _operations as common, _reading as reading
from .._accounts import Received
from .._clock import system_now
from .._door import TIMEOUT, WINDOW, DoorOperation, DoorRequest, as_json
from .._reading import BadRequest, Json
from ._accounts import VonageAccount
from ._log import VonageExchange
from ._settings import PROFILES

VonageDoorRequest: TypeAlias = DoorRequest[VonageAccount]

NAME = re.compile(f"{KEY.pattern}|{APPLICATION.pattern}")
"""The name of an account."""

_LOOK_EVERY_S = 0.02


def messages(ask: VonageDoorRequest) -> Response:
    """Messages, oldest first."""
    found = [
        (received.cursor, partial(_message, account, received))
        for account in ask.accounts
        for received in _received(ask, account, ask.after)
    ]
    return ask.window("messages", found)


def _received(
    ask: VonageDoorRequest, account: VonageAccount, after: int
) -> Iterable[Received[VonageMessage]]:
    account.receive()
    # A plus sign that a client did not escape arrives as a space.
    to = ask.query.get("to", "").strip().removeprefix("+")
    return [
        received
        for received in account.messages
        if received.cursor > after and to in {"", received.message.to}
    ]


def _message(account: VonageAccount, received: Received[VonageMessage]) -> Json:
    """A message, and how its verification stands now."""
    sent = received.message
    held = account.store.peek(sent.request_id)
    return {
        "cursor": received.cursor,
        "account": account.name,
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


async def wait_message(ask: VonageDoorRequest) -> Json | None:
    """The first message after a cursor, waited for; 204 if no message came."""
    account, after = ask.account, ask.after
    # A step can come due without a request that wakes a listener.
    found = await ask.wait(
        lambda: next(iter(_received(ask, account, after)), None), _LOOK_EVERY_S
    )
    return None if found is None else _message(account, found)


def requests(ask: VonageDoorRequest) -> Response:
    """Its requests, oldest first."""
    after = ask.after
    found = [
        (seen.cursor, partial(_request, ask.account, seen))
        for seen in ask.account.requests
        if seen.cursor > after
    ]
    return ask.window("requests", found)


def _request(account: VonageAccount, seen: VonageExchange) -> Json:
    return {
        "cursor": seen.cursor,
        "account": account.name,
        "at": instant(seen.at),
        "method": seen.method,
        "path": seen.path,
        "operation": seen.operation,
        "body": seen.body,
        "unknown": seen.unknown,
        "status": seen.status,
        "response": seen.answer.decode(errors="replace"),
    }


def faults(ask: VonageDoorRequest) -> Response:
    """Its rules and their hits."""
    armed = ask.account.store.faults.armed
    return ask.listed("faults", [partial(_fault, rule) for rule in armed])


def _fault(rule: VonageFault) -> Json:
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


def arm_fault(ask: VonageDoorRequest) -> Response:
    """Let calls fail, counted from now on."""
    body, rules = ask.body, ask.account.store.faults
    if ("error" in body) is ("connection" in body):
        raise BadRequest("error", "give either error or connection")
    most = ask.bounds.rules
    reading.require_room("operation", "faults", len(rules.armed), most)
    calls, effect = reading.fault_of(body), _effect(body)
    try:
        armed = rules.arm(reading.text(body, "operation"), effect, **calls)
    except BadRequest:
        raise
    except ValueError as error:
        name = "operation" if "operation" in str(error) else "error"
        raise BadRequest(name, str(error)) from None
    return as_json(_fault(armed), status=201)


def _effect(body: Json) -> Reason | Break | int:
    if "connection" in body:
        return reading.word_of(Break, body, "connection")
    error = body["error"]
    if isinstance(error, int) and not isinstance(error, bool):
        return error
    if isinstance(error, str):
        return reading.word_of(Reason, body, "error")
    raise BadRequest("error", "takes an HTTP status, or a reason such as low_balance")


def set_numbers(ask: VonageDoorRequest) -> None:
    """What is true of numbers."""
    traits = ask.account.store.traits
    acts = {trait.value: partial(traits.give, trait=trait) for trait in Trait}
    common.set_each(ask, acts, frees={"ordinary": traits.release})


def reply(ask: VonageDoorRequest) -> None:
    """Answer the question of a WhatsApp message or a silent authentication."""
    request_id = reading.text(ask.body, "request_id")
    yes = reading.truth(ask.body, "yes")
    try:
        ask.account.store.reply(request_id, yes=yes)
    except ValueError as error:
        raise BadRequest("request_id", str(error)) from None


def events(ask: VonageDoorRequest) -> Response:
    """Its webhooks as data, oldest first."""
    happened = ask.account.store.events
    return ask.listed(
        "events", [partial(_event, each) for each in happened], newest=True
    )


def _event(notification: VonageNotification) -> Json:
    return {
        "id": notification.id,
        "at": instant(notification.at),
        "application_id": notification.application_id,
        "body": notification.body,
    }


def webhooks(ask: VonageDoorRequest) -> Response:
    """Its webhooks as they would arrive, signed."""
    secret = reading.text(ask.body, "signature_secret")
    # A receiver refuses what the future has signed, and goes by no account's clock.
    now = system_now()

    def webhook(notification: VonageNotification) -> Json:
        made = signed(notification, secret, at=now)
        return {"headers": made.headers, "body": made.body.decode()}

    happened = ask.account.store.events
    return ask.listed(
        "webhooks", [partial(webhook, each) for each in happened], newest=True
    )


_WINDOW = {"to": "a phone number", **WINDOW}

OPERATIONS = (
    *common.shared("4 to 10 letters or digits, or null"),
    DoorOperation("GET", "/messages", messages, query=_WINDOW, for_all=True),
    DoorOperation(
        "GET",
        "/messages/wait",
        wait_message,
        query={
            "to": "a phone number",
            "after": "a cursor (default 0, the oldest kept)",
            **TIMEOUT,
        },
    ),
    DoorOperation("GET", "/requests", requests, query=WINDOW),
    DoorOperation("GET", "/faults", faults),
    DoorOperation(
        "POST",
        "/faults",
        arm_fault,
        body={
            "operation": f"one of {', '.join(VonageOperation)}",
            **common.CALLS,
            "error": "an HTTP status, or a reason such as low_balance",
            "connection": "hang_up, answer_lost, answer_late or refused",
        },
    ),
    DoorOperation(
        "POST",
        "/numbers",
        set_numbers,
        body=dict.fromkeys((*map(str, Trait), "ordinary"), "numbers"),
    ),
    DoorOperation(
        "POST",
        "/replies",
        reply,
        body={"request_id": "a verification", "yes": "true or false"},
    ),
    DoorOperation("POST", "/reset", common.reset, body=common.resets(PROFILES)),
    DoorOperation("GET", "/events", events),
    DoorOperation(
        "POST",
        "/webhooks",
        webhooks,
        body={"signature_secret": "a text"},
        changes=False,
    ),
)
