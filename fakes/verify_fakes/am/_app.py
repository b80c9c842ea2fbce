"""
The endpoint as a server: AM's paths, and the side door and inbox of the fake behind it.

Codes go through the machine of the fake Twilio, as one account of its server, so that
its inbox and side door show them, move the clock and make the vendor fail; or through
a provider of the caller's.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from functools import partial

from attrs import define, evolve, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey, Walk
from verify_core.nodes import Directory
from verify_core.provider import VerifyProvider

from ..kit._http import milliseconds
from ..memory._pretended import PretendedVendor
from ..memory._profiles import TWILIO_LIKE
from ..server._access import Access, is_loopback
from ..server._app import FakeServerApp
from ..server._bounds import Bounds
from ..server._door import Door, DoorOperation, DoorRequest
from ..server._events import Broadcast
from ..server._reading import BadRequest, Json, text
from ..server.twilio import _views as views
from ..server.twilio._accounts import TwilioAccount, TwilioAccounts
from ..server.twilio._app import pages
from ..server.twilio._door import OPERATIONS as TWILIOS
from ..server.twilio._settings import DeclaredAccount, TwilioSettings
from ..twilio._outbox import Message
from ..twilio._store import VerifyStore
from ..twilio.machine._state import TwilioChannel
from ._api import AmApi
from ._sessions import Sessions
from ._walks import Begun, ServedWalk, ServedWalks

ACCOUNT = f"AC{0:032x}"
"""The one account of the fake behind the endpoint."""

_NO_HOST = re.compile(r"(?!)")
_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@frozen(kw_only=True)
class JourneyBounds(Bounds):
    """Bounds of the endpoint, besides those of any server of a fake."""

    walks: int = 1_000  # then the one used longest ago is forgotten
    walk_steps: int = 500  # of one walk; its time is over then
    all_steps: int = 20_000  # of all walks together; then as for walks
    sessions: int = 10_000  # then the one used longest ago ends


@define(eq=False, kw_only=True)
class JourneyAccount(TwilioAccount):
    """
    What the endpoint's side door is about: the fake's account, and the walks.

    Attributes:
        vendor: The fake as a provider and a lookup, on the account's machine.
        walks: Those of clients.
        sessions: Those that they opened.
    """

    vendor: PretendedVendor = field(init=False)
    walks: ServedWalks = field(init=False)
    sessions: Sessions = field(init=False)

    def new_machine(self) -> VerifyStore:
        store = super().new_machine()
        self.vendor = PretendedVendor(store, TWILIO_LIKE, name="fake", extras=())
        return store

    def __attrs_post_init__(self) -> None:
        bounds = self.bounds
        assert isinstance(bounds, JourneyBounds)  # noqa: S101 - for type checkers
        draw = partial(secrets.token_urlsafe, 24)
        self.walks = ServedWalks(
            now=self.clock,
            draw=draw,
            key=secrets.token_bytes(32),
            most=bounds.walks,
            most_steps=bounds.all_steps,
            longest=bounds.walk_steps,
        )
        self.sessions = Sessions(now=self.clock, draw=draw, most=bounds.sessions)
        super().__attrs_post_init__()

    def reset(self) -> None:
        """Forget walks and sessions, too."""
        super().reset()
        self.walks.clear()
        self.sessions.clear()

    def keep_messages(self, served: ServedWalk) -> None:
        """Take what AM's own senders sent in a walk into the inbox."""
        fresh = served.walk.outbox[served.sent :]
        served.sent += len(fresh)
        for each in fresh:
            code = served.walk.state.get("oneTimePassword")
            self.store.outbox.add(
                Message(
                    to=each.to,
                    channel=TwilioChannel(each.channel),
                    code=code if isinstance(code, str) and code else each.text,
                    body=each.text,
                    subject=each.subject,
                    at=self.store.now(),
                    verification_sid="",
                    service_sid="",
                )
            )


class JourneyAccounts(TwilioAccounts):
    """The one account of an endpoint."""

    def new(self, name: str) -> JourneyAccount:
        return JourneyAccount(name=name, courier=self.courier, **self.set_up())


class JourneyAccess(Access):
    """Whom the endpoint answers: pages of this machine, too, on whatever port."""

    def _is_from_here(self, headers: Mapping[str, str], scheme: str, host: str) -> bool:
        return _is_local(headers.get("origin", "")) or super()._is_from_here(
            headers, scheme, host
        )

    def shared_with(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """The headers that let a page read the answer, cookies included (CORS)."""
        origin = headers.get("origin", "")
        if not (_is_local(origin) or origin.lower() in self.origins):
            return []
        shared = [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"content-api-version"),
            (b"vary", b"origin"),
        ]
        if "access-control-request-method" in headers:
            asked = headers.get("access-control-request-headers", "")
            named = ",".join(_HEADER_NAME.findall(asked)[:50])
            shared += [
                (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
                (b"access-control-allow-headers", named.encode()),
                (b"access-control-max-age", b"600"),
            ]
        return shared


_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
_ORIGIN = re.compile(r"https?://([\w.\-\[\]:]{1,200})", re.ASCII)


def _is_local(origin: str) -> bool:
    found = _ORIGIN.fullmatch(origin)
    return found is not None and is_loopback(found[1])


@frozen(kw_only=True)
class JourneySettings:
    """
    What is served, and how.

    Attributes:
        journeys: Journeys by realm (`/`, `/alpha`) and name; the first one of a realm
            is its default.
        directory: The people; None where there are none.
        provider: Sends and checks the codes; None is the fake.
        outcomes: Outcomes of nodes that do not run; as `Journey.begin` takes them.
        tenant: The same for what a tenant is configured with.
        server: Of the fake behind it, and of the server.
    """

    journeys: Mapping[str, Mapping[str, Journey]]
    directory: Directory | None = None
    provider: VerifyProvider | None = None
    outcomes: Mapping[str, str] = field(factory=dict)
    tenant: Mapping[str, object] = field(factory=dict)
    server: TwilioSettings = field(
        factory=lambda: TwilioSettings(bounds=JourneyBounds())
    )


class JourneyApp(FakeServerApp):
    """
    The ASGI application.

    Args:
        settings: What is served.

    Attributes:
        account: The fake, the walks and the sessions.
    """

    def __init__(self, settings: JourneySettings) -> None:
        server = evolve(
            settings.server, accounts=(DeclaredAccount(sid=ACCOUNT, auth_token=""),)
        )
        broadcast = Broadcast()
        accounts = JourneyAccounts(server, broadcast.next_cursor)
        account = accounts.get(ACCOUNT)
        assert isinstance(account, JourneyAccount)  # noqa: S101 - for type checkers
        self.account = account
        self._settings = settings
        api = AmApi(
            journeys={
                realm: tuple(found) for realm, found in settings.journeys.items()
            },
            walks=account.walks,
            sessions=account.sessions,
            begin=self._begin,
            moved=self._moved,
            keep_messages=account.keep_messages,
        )
        super().__init__(
            server,
            api=api,
            door=Door(
                title="Side door of the journey endpoint",
                operations=OPERATIONS,
                accounts=accounts,
                broadcast=broadcast,
                form=re.compile(ACCOUNT),
                takes=f"takes {ACCOUNT}",
                token=server.side_door_token,
            ),
            hosts=_NO_HOST,
            pages=pages(),
        )
        self._access = JourneyAccess(
            vendors_hosts=_NO_HOST,
            loopback_only=server.loopback_only,
            origins=server.origins,
        )

    def _begin(
        self, begun: Begun, headers: Mapping[str, str], languages: tuple[str, ...]
    ) -> Walk:
        settings, vendor = self._settings, self.account.vendor
        own = {k: v for k, v in headers.items() if k not in _HIDDEN_HEADERS}
        journey = settings.journeys[begun.realm][begun.journey]
        known = {k: v for k, v in settings.outcomes.items() if k in _names_in(journey)}
        return journey.begin(
            provider=settings.provider or vendor,
            lookup=vendor if settings.provider is None else None,
            directory=settings.directory,
            now=self.account.clock,
            outcomes=known,
            locales=languages,
            headers=own,
            tenant=settings.tenant,
        )

    def _moved(self) -> None:
        views.publish_messages(self.account, self.broadcast)
        if self.broadcast.has_listeners:
            self.broadcast.publish("changed", ACCOUNT, self.account.named)


def _names_in(journey: Journey) -> set[str]:
    """The names by which `Journey.begin` takes outcomes for its nodes."""
    names: set[str] = set()
    for each in (journey, *journey.journeys.values()):
        for node in each.nodes.values():
            for one in (node, *node.children):
                script = each.scripts.get(f"{one.attributes.get('script')}")
                names |= {one.id, one.name, one.type}
                names |= {script.name} if script else set()
    return names


JourneyDoorRequest = DoorRequest[JourneyAccount]


def walks(ask: JourneyDoorRequest) -> Json:
    """The walks, oldest use first."""
    return {"walks": [_shown(each) for each in ask.account.walks]}


def _shown(served: ServedWalk) -> Json:
    walk, begun = served.walk, served.begun
    return {
        "id": served.id,
        "journey": begun.journey,
        "realm": begun.realm,
        "at": milliseconds(served.begun_at),
        "node": walk.node,
        "outcome": walk.outcome,
        "error": walk.error or served.fault or None,
        "answers": len(walk.history),
        "taken": [list(each) for each in walk.taken],
    }


def step_back(ask: JourneyDoorRequest) -> Json:
    """Undo the last answer of a walk; its step can be answered again."""
    served = ask.account.walks.get(text(ask.body, "walk"))
    if served is None:
        raise BadRequest("walk", "there is no such walk")
    with served.lock:
        try:
            served.back()
        except InvalidSetting as error:
            raise BadRequest("walk", error.message) from None
        return _shown(served)


_LEFT_OUT = ("/requests", "/deliveries", "/sinks", "/templates")
OPERATIONS = (
    # There is one account, so each operation is there without its name, too.
    *(
        evolve(each, for_all=True)
        for each in TWILIOS
        if not each.path.startswith(_LEFT_OUT)
    ),
    DoorOperation("GET", "/walks", walks, for_all=True),
    DoorOperation(
        "POST", "/walks/back", step_back, body={"walk": "its id"}, for_all=True
    ),
)
