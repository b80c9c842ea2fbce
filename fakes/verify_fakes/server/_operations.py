"""The operations of the side door, and the document made from their rows."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from ..twilio.machine._rules import PROFILES

LONGEST_WAIT_S: Final = 60.0
MOST: Final = 1_000
"""Messages or requests in one answer."""

Json = dict[str, Any]


@frozen
class Operation:
    """
    One operation of the side door.

    Attributes:
        method: HTTP method.
        path: Below `/_fake`; `{account}` is an account sid.
        name: Of the function, and the `operationId`.
        summary: One sentence.
        query: Query parameters: name to what it takes.
        body: Members of the JSON body: name to what it takes.
    """

    method: str
    path: str
    name: str
    summary: str
    query: dict[str, str]
    body: dict[str, str]

    @property
    def of_account(self) -> bool:
        """Whether it is about one account."""
        return "{account}" in self.path


_WINDOW: Final = {"after": "a cursor", "limit": f"1 to {MOST}"}
_FILTERS: Final = {
    "account": "an account sid",
    "to": "an address",
    "service": "a service sid",
    "channel": "sms, call, email or whatsapp",
}
_LIKE: Final = {
    "operation": "an operationId of Twilio's",
    "to": "the parameter To",
    "status": "an HTTP status",
}
_SENT: Final = {
    "status": "waiting, delivered, failed, refused or dropped",
    "type": "such as factor.created",
}
_CALLS: Final = {
    "operation": "start, check, fetch, cancel, approve or lookup; or an operationId of "
    "Twilio's, such as CreateService",
    "first": "the first call concerned, from 1 (default 1)",
    "last": "the last one; left out: that call only; null: no end",
    "to": "the only address concerned",
}

OPERATIONS: Final = (
    Operation("GET", "/health", "health", "Whether the server answers.", {}, {}),
    Operation("GET", "/accounts", "accounts", "The accounts seen so far.", {}, {}),
    Operation(
        "GET",
        "/messages",
        "messages",
        "Messages of all accounts, oldest first.",
        {**_FILTERS, **_WINDOW},
        {},
    ),
    Operation(
        "GET",
        "/requests",
        "requests",
        "Requests of all accounts, oldest first.",
        {"account": "an account sid", **_LIKE, **_WINDOW},
        {},
    ),
    Operation(
        "GET",
        "/events",
        "events",
        "Server-sent events: message, request, changed, delivery.",
        {"account": "an account sid"},
        {},
    ),
    Operation(
        "GET",
        "/deliveries",
        "deliveries",
        "Events and webhook calls of all accounts, oldest first.",
        {"account": "an account sid", **_SENT, **_WINDOW},
        {},
    ),
    Operation(
        "GET",
        "/accounts/{account}/messages",
        "account_messages",
        "Its messages, oldest first.",
        {**_FILTERS, **_WINDOW},
        {},
    ),
    Operation(
        "GET",
        "/accounts/{account}/messages/wait",
        "wait_message",
        "The first message after a cursor, waited for; 204 if none came.",
        {
            "to": "an address",
            "after": "a cursor; left out: only messages from now on",
            "timeout_s": f"0 to {LONGEST_WAIT_S:g} seconds (default 10)",
        },
        {},
    ),
    Operation("GET", "/accounts/{account}/clock", "clock", "Its clock.", {}, {}),
    Operation(
        "POST",
        "/accounts/{account}/clock",
        "move_clock",
        "Move its clock; what is due has expired, in order, when this answers.",
        {},
        {"advance_s": "seconds, not negative", "set": "an instant (ISO 8601)"},
    ),
    Operation(
        "GET",
        "/accounts/{account}/faults",
        "faults",
        "Its rules and their hits.",
        {},
        {},
    ),
    Operation(
        "POST",
        "/accounts/{account}/faults",
        "arm_fault",
        "Let calls fail, counted from now on.",
        {},
        {
            **_CALLS,
            "error": "a Twilio error code, such as 60203",
            "connection": "hang_up, answer_lost, answer_late or refused",
            "delay_ms": "milliseconds that the answer waits",
            "retry_after_s": "goes with an error",
        },
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/faults",
        "clear_faults",
        "Take all rules away.",
        {},
        {},
    ),
    Operation(
        "POST",
        "/accounts/{account}/numbers",
        "set_numbers",
        "What is true of numbers.",
        {},
        {
            "landline": "numbers",
            "unreachable": "numbers",
            "verified": "numbers",
            "blocked_prefixes": "prefixes, such as +4479",
            "blocked_countries": "ISO 3166 codes",
        },
    ),
    Operation(
        "POST",
        "/accounts/{account}/codes",
        "fix_code",
        "Fix the code of one address; null frees it.",
        {},
        {"to": "an address", "code": "4 to 10 digits, or null"},
    ),
    Operation(
        "POST",
        "/accounts/{account}/reset",
        "reset",
        "Forget everything but the clock; set the account up anew.",
        {},
        {
            "seed": "a whole number, or null",
            "limits": "whether Twilio's limits hold",
            "profile": f"one of {', '.join(PROFILES)}",
        },
    ),
    Operation(
        "POST",
        "/accounts/{account}/limits",
        "set_limits",
        "Switch Twilio's limits on or off; nothing is forgotten.",
        {},
        {"limits": "whether Twilio's limits hold"},
    ),
    Operation(
        "POST",
        "/accounts/{account}/templates",
        "add_template",
        "Make a message template, approved at once.",
        {},
        {
            "friendly_name": "a text",
            "texts": "an English text, or texts by language, the default first",
            "channels": "sms, voice or both (default sms)",
            "sid": "HJ and 32 hexadecimal digits; left out: one is drawn",
        },
    ),
    Operation(
        "GET",
        "/accounts/{account}/sinks",
        "sinks",
        "Where its events are posted to.",
        {},
        {},
    ),
    Operation(
        "POST",
        "/accounts/{account}/sinks",
        "add_sink",
        "Post its events to one more URL.",
        {},
        {"url": "an absolute http or https URL"},
    ),
    Operation(
        "DELETE",
        "/accounts/{account}/sinks",
        "clear_sinks",
        "Post its events nowhere.",
        {},
        {},
    ),
    Operation(
        "GET",
        "/accounts/{account}/deliveries",
        "account_deliveries",
        "Its events and webhook calls, oldest first.",
        {**_SENT, **_WINDOW},
        {},
    ),
    Operation(
        "GET",
        "/accounts/{account}/deliveries/wait",
        "wait_deliveries",
        "The same, once none is under way or due; 204 if that took too long.",
        {
            **_SENT,
            **_WINDOW,
            "timeout_s": f"0 to {LONGEST_WAIT_S:g} seconds (default 10)",
        },
        {},
    ),
    Operation(
        "GET",
        "/accounts/{account}/requests",
        "account_requests",
        "Its requests, oldest first.",
        {**_LIKE, **_WINDOW},
        {},
    ),
    Operation(
        "POST",
        "/accounts/{account}/requests/count",
        "count_requests",
        "How many requests there were like this; for assertions.",
        {},
        {
            "operation": "an operationId of Twilio's, such as CreateVerification",
            "method": "an HTTP method",
            "status": "an HTTP status",
            "code": "a Twilio error code",
            "form": "parameters that it had, name to value",
        },
    ),
)


def openapi() -> Json:
    """The OpenAPI document of the side door."""
    paths: dict[str, Json] = {}
    for row in OPERATIONS:
        paths.setdefault(f"/_fake{row.path}", {})[row.method.lower()] = _described(row)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Side door of the fake Twilio Verify",
            "version": "1",
            "description": "Messages, clock, faults and more, per account.",
        },
        "paths": paths,
    }


def _described(row: Operation) -> Json:
    parameters: list[Json] = [
        {
            "name": name,
            "in": "query",
            "description": takes,
            "schema": {"type": "string"},
        }
        for name, takes in row.query.items()
    ]
    if row.of_account:
        parameters.append(
            {
                "name": "account",
                "in": "path",
                "required": True,
                "description": "An account sid.",
                "schema": {"type": "string", "pattern": "^(AC|SK)[0-9a-fA-F]{32}$"},
            }
        )
    described: Json = {
        "operationId": row.name,
        "summary": row.summary,
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "Done."},
            "400": {"description": "A field cannot be used; the answer names it."},
        },
    }
    if row.body:
        members = {name: {"description": takes} for name, takes in row.body.items()}
        schema = {
            "type": "object",
            "properties": members,
            "additionalProperties": False,
        }
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described
