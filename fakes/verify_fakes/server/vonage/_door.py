"""
The side door of the fake Vonage: messages, requests, faults, replies and webhooks.

`OPERATIONS` is its table; what both vendors have is in `server._operations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from starlette.responses import Response

from ..._clock import system_now
from ...kit._faults import Break
from ...kit._hiding import Hidden
from ...vonage import Reason, signed
from ...vonage._outbox import VonageMessage
from ...vonage.machine._commands import VonageOperation
from ...vonage.machine._errors import ERRORS, SCRIPTABLE
from ...vonage.machine._numbers import Trait, plain
from ...vonage.machine._workflow import VonageChannel
from ...vonage.resources._auth import APPLICATION, KEY
from ...vonage.resources._events import VonageNotification
from .. import _operations as common, _reading as reading
from .._accounts import Received
from .._door import DoorOperation
from .._door_request import TIMEOUT, DoorRequest, as_json
from .._reading import BadRequest, Json
from . import _views as views
from ._accounts import VonageAccount
from ._settings import PROFILES

VonageDoorRequest: TypeAlias = DoorRequest[VonageAccount]

NAME = re.compile(f"{KEY.pattern}|{APPLICATION.pattern}")
"""The name of an account."""

_LOOK_EVERY_S = 0.02


def messages(ask: VonageDoorRequest) -> Response:
    """Messages, oldest first."""
    found = [
        (received.cursor, partial(views.message, account, received))
        for account in ask.accounts
        for received in _received(ask, account)
    ]
    return ask.window("messages", found)


def _received(
    ask: VonageDoorRequest, account: VonageAccount
) -> Iterable[Received[VonageMessage]]:
    account.pass_on(partial(views.message, account))
    to = _plain_to(ask)
    verification = ask.query.get("verification", "")
    channel = ask.query.get("channel", "")
    return [
        received
        for received in account.messages
        if to in {"", received.message.to}
        and verification in {"", received.message.request_id}
        and channel in {"", received.message.channel}
    ]


def _plain_to(ask: VonageDoorRequest) -> str:
    # A plus sign that a client did not escape arrives as a space.
    return plain(ask.query.get("to", "").strip())


async def wait_message(ask: VonageDoorRequest) -> Json | None:
    """The first message after a cursor, waited for; 204 if no message came."""
    account, after = ask.account, reading.whole_number(ask.query, "after", 0)
    # A step can come due without a request that wakes a listener.
    found = await ask.wait(
        lambda: next(
            (each for each in _received(ask, account) if each.cursor > after), None
        ),
        _LOOK_EVERY_S,
    )
    return None if found is None else views.message(account, found)


def requests(ask: VonageDoorRequest) -> Response:
    """Requests, oldest first."""
    about = ask.query.get("about", "")
    found = [
        (seen.cursor, partial(views.exchange, account, seen))
        for account in ask.accounts
        for seen in ask.newer(account.requests)
        if ask.is_like("operation", seen.operation)
        and common.is_about(seen, seen.body, about)
        and _plain_to(ask) in {"", *seen.addresses}
        and ask.is_like("status", seen.status)
        and not (ask.query.get("unsent") and not views.sent_nothing(seen))
    ]
    return ask.window("requests", found)


def faults(ask: VonageDoorRequest) -> Response:
    """Its rules and their hits."""
    rules = ask.account.faults
    return ask.listed("faults", [partial(views.fault, rule) for rule in rules])


def arm_fault(ask: VonageDoorRequest) -> Response:
    """Let calls fail, counted from now on."""
    account, body = ask.account, ask.body
    most = account.bounds.rules
    reading.require_room("operation", "faults", len(account.faults), most)
    calls, effect = reading.fault_of(body), _effect(body, reading.effect_of(body))
    operation = reading.word_of(VonageOperation, body, "operation")
    try:
        armed = account.arm(operation, effect, **calls)
    except ValueError as error:
        raise BadRequest("error", str(error)) from None
    return as_json(views.fault(armed), status=201)


def _effect(body: Json, effect: str) -> Reason | Break | int | timedelta:
    if effect == "delay_ms":
        return reading.delay(body)
    if effect == "connection":
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
    """Answer the question of a WhatsApp message."""
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
        "events", [partial(views.event, each) for each in happened], newest=True
    )


def about(ask: VonageDoorRequest) -> Json:
    """What this server is, and which faults can be armed."""
    shown = [
        {"error": reason.value, "text": f"{row.status} {row.title}: {text}"}
        for reason, row in ERRORS.items()
        if reason in SCRIPTABLE
        for text in [row.detail.format(request_id="…")]
    ]
    return {
        "vendor": "vonage",
        "run": ask.broadcast.run,
        "operations": list(VonageOperation),
        "errors": shown,
        "traits": list(Trait),
    }


def add_sink(ask: VonageDoorRequest) -> Response:
    """Post its events to one more URL, signed with the account's signature secret."""
    account = ask.account
    if "signature_secret" in ask.body or not account.secret.reveal():
        account.secret = Hidden(reading.text(ask.body, "signature_secret"))
    return common.add_sink(ask)


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


_MESSAGES = {
    "to": "an address",
    "channel": f"one of {', '.join(VonageChannel)}",
    "verification": "a request_id",
}
_SECRET = {"signature_secret": "what webhooks are signed with"}
_REQUESTS = {
    "about": "what it names, such as a request_id",
    "operation": "an operationId of Vonage's",
    "to": "an address of the workflow",
    "status": "an HTTP status",
    "unsent": "true: only starts that sent no message",
}

OPERATIONS = (
    *common.shared(
        "4 to 10 letters or digits, or null", "completed, canceled or expired"
    ),
    DoorOperation("GET", "/about", about, for_one=False, for_all=True),
    common.listing("/messages", messages, _MESSAGES),
    DoorOperation(
        "GET",
        "/messages/wait",
        wait_message,
        query={
            "to": "an address",
            "after": "a cursor (default 0, the oldest kept)",
            **TIMEOUT,
        },
    ),
    common.listing("/requests", requests, _REQUESTS),
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
            "delay_ms": common.DELAY_MS,
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
    DoorOperation("POST", "/sinks", add_sink, body=common.SINK | _SECRET),
    DoorOperation("POST", "/webhooks", webhooks, body=_SECRET, changes=False),
)
