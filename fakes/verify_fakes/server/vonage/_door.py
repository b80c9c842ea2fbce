"""
The side door, `/_fake/`: what tests may see and move.

`OPERATIONS` has a row for each: method, path, function, and the members of its body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...kit._faults import Break
from ...vonage import Reason, signed
from ...vonage.machine._numbers import Trait
from ...vonage.resources._auth import APPLICATION, KEY
from ...vonage.resources._events import VonageNotification
from .. import _reading as reading
from .._clock import system_now
from .._moving import move
from .._operations import LONGEST_WAIT_S
from .._people import Endpoint, Row, as_json, as_list, guarded
from .._reading import BadRequest
from . import _views as views
from ._accounts import Account, Accounts, Received
from ._settings import PROFILES, VonageSettings

Json = dict[str, Any]
_LOOK_EVERY_S: Final = 0.02
_Word = TypeVar("_Word", bound=StrEnum)
#: Of a body that an operation does not read.
_NOTHING: Final = ()

#: A request about one account, and its body.
Act: TypeAlias = Callable[[Account, Request, Json], Awaitable[Response] | Response]


def rows(accounts: Accounts, settings: VonageSettings) -> list[Row]:
    """The side door's rows."""
    most_bytes = settings.bounds.answer_bytes

    async def health(_request: Request) -> Response:
        return as_json({"status": "ok"})

    async def known(_request: Request) -> Response:
        return as_json({"accounts": [views.account(each) for each in accounts]})

    async def messages(request: Request) -> Response:
        return _messages(request, accounts, most_bytes)

    async def home(_request: Request) -> Response:
        return RedirectResponse("/_fake/messages")  # there is no inbox page

    def of_account(act: Act, members: Iterable[str]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            one = _account(accounts, request)
            body = await reading.read_object(request, tuple(members))
            answered = act(one, request, body)
            return answered if isinstance(answered, Response) else await answered

        return endpoint

    token = settings.side_door_token
    return [
        ("GET", "/", home),
        # Whoever watches a server's health need not know what opens it.
        ("GET", "/_fake/health", health),
        ("GET", "/_fake/accounts", guarded(known, token)),
        ("GET", "/_fake/messages", guarded(messages, token)),
        *(
            (
                method,
                f"/_fake/accounts/{{account}}{path}",
                guarded(of_account(act, members), token),
            )
            for method, path, act, members in OPERATIONS
        ),
    ]


def _messages_of(one: Account, request: Request, _body: Json) -> Response:
    return _messages(request, [one], one.bounds.answer_bytes)


def _messages(request: Request, among: Iterable[Account], most_bytes: int) -> Response:
    query = request.query_params
    after, limit = reading.window(query)
    found = [
        (received.cursor, partial(views.message, one, received))
        for one in among
        for received in _received(one, after, query.get("to"))
    ]
    ordered = [shown for _, shown in sorted(found, key=itemgetter(0))]
    return as_list("messages", ordered, most=limit, most_bytes=most_bytes, newest=False)


def _received(one: Account, after: int, to: str | None) -> Iterable[Received]:
    one.receive()
    # A plus sign that a client did not escape arrives as a space.
    wanted = None if to is None else to.strip().removeprefix("+")
    return [
        received
        for received in one.messages
        if received.cursor > after and wanted in {None, received.message.to}
    ]


async def _wait(one: Account, request: Request, _body: Json) -> Response:
    query = request.query_params
    after = reading.whole_number(query, "after", 0, 0, None) or 0
    timeout_s = reading.number(query, "timeout_s", 10.0, 0, LONGEST_WAIT_S)
    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout_s
    while True:
        found = next(iter(_received(one, after, query.get("to"))), None)
        if found is not None:
            return as_json(views.message(one, found))
        if loop.time() >= ends:
            return Response(status_code=204)
        # A step can come due without a request, so nobody would wake a listener.
        await asyncio.sleep(_LOOK_EVERY_S)


def _requests(one: Account, request: Request, _body: Json) -> Response:
    after, limit = reading.window(request.query_params)
    found = [
        partial(views.request, one, each)
        for each in one.requests
        if each.cursor > after
    ]
    return _listed(one, "requests", found, most=limit)


def _clock(one: Account, _request: Request, _body: Json) -> Response:
    return as_json(views.account(one))


def _move_clock(one: Account, _request: Request, body: Json) -> Response:
    move(one.clock, body)
    return as_json(views.account(one))


def _faults(one: Account, _request: Request, _body: Json) -> Response:
    found = [partial(views.fault, each) for each in one.store.faults.armed]
    return _listed(one, "faults", found)


def _arm_fault(one: Account, _request: Request, body: Json) -> Response:
    if ("error" in body) is ("connection" in body):
        raise BadRequest("error", "give either error or connection")
    reading.within("operation", "faults", len(one.store.faults.armed), one.bounds.rules)
    first, last = reading.span(body)
    retry_after = None
    if "retry_after_s" in body:
        if "error" not in body:
            raise BadRequest("retry_after_s", "goes with an error only")
        retry_after = timedelta(seconds=reading.seconds(body, "retry_after_s"))
    operation = reading.text(body, "operation")
    effect = _effect(body)
    to = reading.text(body, "to") if "to" in body else None
    try:
        armed = one.store.faults.arm(
            operation, effect, first=first, last=last, to=to, retry_after=retry_after
        )
    except ValueError as error:
        name = "operation" if "operation" in str(error) else "error"
        raise BadRequest(name, str(error)) from None
    return as_json(views.fault(armed), status=201)


def _effect(body: Json) -> Reason | Break | int:
    if "connection" in body:
        return _one_of(Break, body, "connection")
    error = body["error"]
    if isinstance(error, int) and not isinstance(error, bool):
        return error
    if isinstance(error, str):
        return _one_of(Reason, body, "error")
    raise BadRequest("error", "takes an HTTP status, or a reason such as low_balance")


def _one_of(kind: type[_Word], body: Json, name: str) -> _Word:
    try:
        return kind(reading.text(body, name))
    except ValueError as error:
        if isinstance(error, BadRequest):
            raise
        raise BadRequest(name, f"takes one of {', '.join(kind)}") from None


def _clear_faults(one: Account, _request: Request, _body: Json) -> Response:
    one.store.faults.clear()
    return Response(status_code=204)


def _set_numbers(one: Account, _request: Request, body: Json) -> Response:
    given = {trait: reading.texts(body, trait.value) for trait in _given(body)}
    _take_in(one, *given.values())
    for trait, addresses in given.items():
        for address in addresses:
            one.store.traits.give(address, trait)
    for address in reading.texts(body, "ordinary") if "ordinary" in body else ():
        one.store.traits.release(address)
    return Response(status_code=204)


def _given(body: Json) -> list[Trait]:
    return [trait for trait in Trait if trait.value in body]


def _take_in(one: Account, *addresses: list[str]) -> None:
    """Count addresses of which something is set."""
    one.addresses += sum(map(len, addresses))
    most = one.bounds.addresses
    reading.within("to", "addresses since the reset", one.addresses - 1, most)


def _fix_code(one: Account, _request: Request, body: Json) -> Response:
    to = reading.text(body, "to")
    _take_in(one, [to])
    if body.get("code") is None:
        one.store.codes.release(to)
        return Response(status_code=204)
    code = reading.text(body, "code")
    try:
        one.store.codes.fix(to, code)
    except ValueError as error:
        raise BadRequest("code", str(error)) from None
    return Response(status_code=204)


def _reset(one: Account, _request: Request, body: Json) -> Response:
    seed = body.get("seed", one.seed)
    profile = body.get("profile", one.profile)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise BadRequest("seed", "takes a whole number, or null")
    if not isinstance(profile, str) or profile not in PROFILES:
        raise BadRequest("profile", f"takes one of {', '.join(PROFILES)}")
    one.seed, one.profile = seed, profile
    one.reset()
    return as_json(views.account(one))


def _reply(one: Account, _request: Request, body: Json) -> Response:
    request_id = reading.text(body, "request_id")
    if not isinstance(body.get("yes"), bool):
        raise BadRequest("yes", "takes true or false")
    try:
        one.store.reply(request_id, yes=body["yes"])
    except ValueError as error:
        raise BadRequest("request_id", str(error)) from None
    return Response(status_code=204)


def _events(one: Account, _request: Request, _body: Json) -> Response:
    found = [partial(views.event, each) for each in one.store.events]
    return _listed(one, "events", found, newest=True)


def _webhooks(one: Account, _request: Request, body: Json) -> Response:
    secret = reading.text(body, "signature_secret")
    # A receiver refuses what the future has signed, and goes by no account's clock.
    now = system_now()

    def webhook(told: VonageNotification) -> Json:
        return views.webhook(signed(told, secret, at=now))

    found = [partial(webhook, each) for each in one.store.events]
    return _listed(one, "webhooks", found, newest=True)


def _listed(
    one: Account,
    name: str,
    found: Sequence[Callable[[], object]],
    *,
    most: int | None = None,
    newest: bool = False,
) -> Response:
    return as_list(
        name,
        found,
        most=len(found) if most is None else most,
        most_bytes=one.bounds.answer_bytes,
        newest=newest,
    )


#: What is done about one account: method, path below it, how, members of the body.
OPERATIONS: Final[tuple[tuple[str, str, Act, Iterable[str]], ...]] = (
    ("GET", "/messages", _messages_of, _NOTHING),
    ("GET", "/messages/wait", _wait, _NOTHING),
    ("GET", "/requests", _requests, _NOTHING),
    ("GET", "/clock", _clock, _NOTHING),
    ("POST", "/clock", _move_clock, ("advance_s", "set")),
    ("GET", "/faults", _faults, _NOTHING),
    (
        "POST",
        "/faults",
        _arm_fault,
        ("operation", "error", "connection", "first", "last", "to", "retry_after_s"),
    ),
    ("DELETE", "/faults", _clear_faults, _NOTHING),
    ("POST", "/numbers", _set_numbers, (*(trait.value for trait in Trait), "ordinary")),
    ("POST", "/codes", _fix_code, ("to", "code")),
    ("POST", "/replies", _reply, ("request_id", "yes")),
    ("POST", "/reset", _reset, ("seed", "profile")),
    ("GET", "/events", _events, _NOTHING),
    ("POST", "/webhooks", _webhooks, ("signature_secret",)),
)


def _account(accounts: Accounts, request: Request) -> Account:
    name = request.path_params["account"]
    if not (KEY.fullmatch(name) or APPLICATION.fullmatch(name)):
        raise BadRequest("account", "takes an API key, or the id of an application")
    try:
        return accounts.get(name)
    except KeyError:
        raise BadRequest("account", "there is no such account") from None
