"""The operations of the side door that are the same for both vendors."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from ..kit._faults import ArmedFault, Break
from ..kit._outbox import Delivered
from . import _reading as reading
from ._accounts import Account, AccountT
from ._deliveries import WebhookDelivery
from ._door import Act, DoorOperation
from ._door_request import TIMEOUT, WINDOW, DoorRequest, as_json
from ._event_stream import event_stream
from ._posting import without_password
from ._reading import BadRequest, Json
from ._request_log import LoggedExchange
from ._settings import BadSettings, sink_urls

MOST_SINKS = 20
"""URLs that the events of one account are posted to."""

#: Dates beyond this would leave the calendar when something lasts longer than them.
_LAST_INSTANT = datetime(9000, 1, 1, tzinfo=UTC)


def health(_ask: DoorRequest[AccountT]) -> Json:
    """Whether the server answers."""
    return {"status": "ok"}


def accounts(ask: DoorRequest[AccountT]) -> Json:
    """The accounts seen so far."""
    return {"accounts": [each.shown() for each in ask.accounts]}


def clock(ask: DoorRequest[AccountT]) -> Json:
    """Its clock."""
    return ask.account.shown()


def move_clock(ask: DoorRequest[AccountT]) -> Json:
    """Move its clock; what is due has expired, in order, when this answers."""
    body, one = ask.body, ask.account
    if ("advance_s" in body) is ("set" in body):
        raise BadRequest("advance_s", "give either advance_s or set")
    name = "set" if "set" in body else "advance_s"
    try:
        one.clock.set(_instant(body, one.clock.now()))
    except BadRequest:
        raise
    except OverflowError:
        raise BadRequest(name, "takes no instant after the year 8999") from None
    except TypeError:
        raise BadRequest(name, "takes an instant with its offset, or Z") from None
    except ValueError as error:
        raise BadRequest(name, str(error)) from None
    one.moved()
    return one.shown()


def _instant(body: Json, now: datetime) -> datetime:
    """
    Where a clock is moved to.

    Raises:
        OverflowError: Later things would leave the calendar.
        TypeError: The instant has no offset.
    """
    if "set" in body:
        instant = reading.instant(body, "set")
    else:
        instant = now + timedelta(seconds=reading.seconds(body, "advance_s"))
    if instant > _LAST_INSTANT:
        raise OverflowError
    return instant


def clear_faults(ask: DoorRequest[AccountT]) -> None:
    """Take one rule away, by its number, or all."""
    number = reading.whole_number(ask.query, "number", 0)
    if not number:
        ask.account.clear_faults()
    elif not ask.account.disarm(number):
        raise BadRequest("number", "there is no such rule any more")


def delete_messages(ask: DoorRequest[AccountT]) -> None:
    """Delete one message, those of a verification, or all; the codes stay good."""
    only = reading.whole_numbers(ask.query, "cursors")
    verification = ask.query.get("verification") or None
    for account in ask.accounts:
        account.receive()
        account.forget(
            lambda each: (
                (only is None or each.cursor in only)
                and verification in {None, verification_of(each.message)}
            )
        )


def end_verification(ask: DoorRequest[AccountT]) -> None:
    """Approve, cancel or expire a verification, as if a person had; meets no fault."""
    verification = reading.text(ask.body, "verification")
    try:
        ask.account.end(verification, reading.text(ask.body, "status"))
    except BadRequest:
        raise
    except ValueError as error:
        raise BadRequest("verification", str(error)) from None


def verification_of(message: Any) -> str:  # noqa: ANN401 - either vendor's
    """The vendor's name for what a message belongs to; empty where it is another's."""
    found = getattr(message, "verification_sid", None) or getattr(
        message, "request_id", ""
    )
    return str(found)


def fault(rule: ArmedFault[Any, Any], error_of: Callable[[Any], Json]) -> Json:
    """A rule as a client arms it, and how often it was hit."""
    effect: Json
    if isinstance(rule.effect, timedelta):
        effect = {"delay_ms": round(rule.effect / timedelta(milliseconds=1))}
    elif isinstance(rule.effect, Break):
        effect = {"connection": rule.effect.value}
    else:
        effect = error_of(rule.effect)
    return {
        "number": rule.number,
        "operation": str(rule.operation),
        "first": rule.first,
        "last": rule.last,
        "to": rule.to,
        "hits": rule.hits,
        **effect,
    }


def mail_html(sent: Delivered) -> str:
    """An e-mail as its reader's program shows it; everything in it is escaped."""
    if sent.channel.value != "email":
        return ""
    before, code, after = sent.body.partition(sent.code)
    # No style attributes: the inbox's policy allows style sheets of its own only.
    return (
        f"<p>{html.escape(before)}</p>"
        f'<p class="code">{html.escape(code)}</p>'
        f"<p>{html.escape(after)}</p>"
    )


def is_about(seen: LoggedExchange, form: object, verification: str) -> bool:
    """Whether a request names a verification, or its answer does."""
    named = verification in seen.path or verification in str(form)
    return named or verification.encode() in seen.answer


def set_each(
    ask: DoorRequest[AccountT],
    acts: Mapping[str, Callable[[str], None]],
    *,
    frees: Mapping[str, Callable[[str], None]],
) -> None:
    """
    Do to each address in a member of the body what the member is for.

    Args:
        ask: What the operation is asked.
        acts: By member; each address counts towards the bound.
        frees: By member; what takes something back counts towards no bound.
    """
    each = {**acts, **frees}
    given = {name: reading.texts(ask.body, name) for name in each if name in ask.body}
    _take_in(ask.account, sum(len(given[name]) for name in given.keys() & acts.keys()))
    for name, values in given.items():
        for value in values:
            try:
                each[name](value)
            except ValueError as error:
                raise BadRequest(name, str(error)) from None


def _take_in(account: Account[Any, Any], number: int) -> None:
    """Count addresses of which something is set."""
    account.addresses += number
    most = account.bounds.addresses
    reading.require_room("to", "addresses since the reset", account.addresses - 1, most)


def fix_code(ask: DoorRequest[AccountT]) -> None:
    """Fix the code of one address; null frees it."""
    to, codes = reading.text(ask.body, "to"), ask.account.store.codes
    _take_in(ask.account, 1)
    if ask.body.get("code") is None:
        codes.release(to)
        return
    code = reading.text(ask.body, "code")
    try:
        codes.fix(to, code)
    except ValueError as error:
        raise BadRequest("code", str(error)) from None


def reset(ask: DoorRequest[AccountT], **others: object) -> Json:
    """Forget everything but the clock; set the account up anew."""
    one, body = ask.account, ask.body
    seed, profile = body.get("seed", one.seed), body.get("profile", one.profile)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise BadRequest("seed", "takes a whole number, or null")
    if not isinstance(profile, str) or profile not in one.profiles:
        raise BadRequest("profile", f"takes one of {', '.join(one.profiles)}")
    for name, value in {"seed": seed, "profile": profile, **others}.items():
        setattr(one, name, value)
    one.reset()
    return one.shown()


def deliveries(ask: DoorRequest[AccountT]) -> Response:
    """Events and webhook calls, oldest first, and what became of them."""
    for account in ask.accounts:
        account.store.settle()
    found = [
        (sent.cursor, sent.shown)
        for account in ask.accounts
        for sent in account.deliveries.log
        if _is_asked_for(ask, sent)
    ]
    return ask.window("deliveries", found)


def _is_asked_for(ask: DoorRequest[AccountT], sent: WebhookDelivery) -> bool:
    outgoing, about = sent.outgoing, ask.query.get("about", "")
    return (
        (not about or about in str(outgoing.shown()["body"]))
        and ask.is_like("status", sent.standing)
        and ask.is_like("type", outgoing.type)
    )


async def wait_deliveries(ask: DoorRequest[AccountT]) -> Response | None:
    """The same, once nothing is under way or due; 204 if that took too long."""
    log = ask.account.deliveries
    ask.account.store.settle()
    idle = await ask.wait(lambda: log.idle or None)
    return deliveries(ask) if idle else None


def sinks(ask: DoorRequest[AccountT]) -> Json:
    """Where its events are posted to."""
    return {"sinks": [without_password(url) for url in ask.account.sinks]}


def add_sink(ask: DoorRequest[AccountT]) -> Response:
    """Post its events to one more URL."""
    account = ask.account
    try:
        added = sink_urls([reading.text(ask.body, "url")])
    except BadSettings:
        raise BadRequest("url", "takes an absolute http or https URL") from None
    if len(account.sinks) >= MOST_SINKS:
        raise BadRequest("url", f"there are {MOST_SINKS} sinks already")
    account.sinks = tuple(dict.fromkeys((*account.sinks, *added)))
    return as_json(sinks(ask), status=201)


def clear_sinks(ask: DoorRequest[AccountT]) -> None:
    """Post its events nowhere."""
    ask.account.sinks = ()


#: Which calls a fault hits: members of the body that arms it.
CALLS = {
    "first": "the first call concerned, from 1 (default 1)",
    "last": "the last one; left out: that call only; null: no end",
    "to": "the only address concerned",
    "retry_after_s": "goes with an error",
}


DELAY_MS = "milliseconds that the answer waits"


def resets(profiles: Iterable[str]) -> dict[str, str]:
    """Members of the body of a reset."""
    return {
        "seed": "a whole number, or null",
        "profile": f"one of {', '.join(profiles)}",
    }


ACCOUNT = {"account": "only this one"}
SINK = {"url": "an absolute http or https URL"}
_SENT = {
    "about": "what it names, such as a verification",
    "status": "waiting, delivered, failed, refused, dropped or kept",
    "type": "such as factor.created, or summary completed",
}


def listing(path: str, act: Act, filters: dict[str, str]) -> DoorOperation:
    """An operation that lists what all accounts have, or one of them."""
    query = ACCOUNT | filters | WINDOW
    return DoorOperation("GET", path, act, query=query, for_all=True)


_TO = {"advance_s": "seconds, not negative", "set": "an instant (ISO 8601)"}
_COMMON = (
    # Whoever watches a server's health need not know its token.
    DoorOperation("GET", "/health", health, for_one=False, for_all=True, guarded=False),
    DoorOperation("GET", "/accounts", accounts, for_one=False, for_all=True),
    DoorOperation("GET", "/clock", clock),
    DoorOperation("POST", "/clock", move_clock, body=_TO),
    DoorOperation(
        "DELETE",
        "/faults",
        clear_faults,
        query={"number": "of the rule; left out: all rules"},
    ),
    DoorOperation(
        "DELETE",
        "/messages",
        delete_messages,
        query={
            **ACCOUNT,
            "cursors": WINDOW["cursors"],
            "verification": "only its messages",
        },
        for_all=True,
    ),
    listing("/deliveries", deliveries, _SENT),
    DoorOperation(
        "GET", "/deliveries/wait", wait_deliveries, query=_SENT | WINDOW | TIMEOUT
    ),
    DoorOperation("GET", "/sinks", sinks),
    DoorOperation("DELETE", "/sinks", clear_sinks),
    DoorOperation(
        "GET", "/events", event_stream, query=ACCOUNT, for_one=False, for_all=True
    ),
)


def shared(codes: str, statuses: str) -> tuple[DoorOperation, ...]:
    """The operations of both vendors; a code's form and a status's words differ."""
    ending = {"verification": "the vendor's name for it", "status": statuses}
    fixing = {"to": "an address", "code": codes}
    return (
        *_COMMON,
        DoorOperation("POST", "/verifications", end_verification, body=ending),
        DoorOperation("POST", "/codes", fix_code, body=fixing),
    )
