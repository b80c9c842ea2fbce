"""
The endpoint as a server: AM's paths, and the side door and inbox of the fake behind it.

Codes go through the machine of the fake Twilio, as one account of its server, so that
its inbox and side door show them, move the clock and make the vendor fail; or through
a provider of the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from attrs import evolve, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey, Walk
from verify_core.nodes import Directory
from verify_core.provider import VerifyProvider

from ..server._access import Access, is_loopback
from ..server._app import FakeServerApp
from ..server._door import Door
from ..server._events import Broadcast
from ..server.twilio import _views as views
from ..server.twilio._settings import DeclaredTwilioAccount, TwilioSettings
from ._account import ACCOUNT, JourneyAccount, JourneyAccounts, JourneyBounds
from ._api import AmApi
from ._door import OPERATIONS, pages
from ._views import Trail
from ._walks import WalkRequest

_NO_HOST = re.compile(r"(?!)")
_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


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
        directory: The people, if any.
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
    """The ASGI application."""

    def __init__(self, settings: JourneySettings) -> None:
        _require_nodes(settings)
        server = evolve(
            settings.server,
            accounts=(DeclaredTwilioAccount(sid=ACCOUNT, auth_token=""),),
        )
        broadcast = Broadcast()
        accounts = JourneyAccounts(server, broadcast)
        account = accounts.get(ACCOUNT)
        assert isinstance(account, JourneyAccount)  # noqa: S101 - for type checkers
        self.account = account
        self._settings = settings
        api = AmApi(
            journeys=_startable(settings.journeys),
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
        self,
        begun: WalkRequest,
        headers: Mapping[str, str],
        languages: tuple[str, ...],
        trail: Trail,
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
            watch=trail.note,
            realm=begun.realm,
        )

    def _moved(self) -> None:
        self.account.pass_on(partial(views.message, self.account))
        if self.broadcast.has_listeners:
            self.broadcast.publish("changed", ACCOUNT, self.account.named)


def _require_nodes(settings: JourneySettings) -> None:
    served = (each for found in settings.journeys.values() for each in found.values())
    known = {name for each in served for name in _names_in(each)}
    for name in settings.outcomes.keys() - known:
        raise InvalidSetting("outcomes", f"has no node that is called {name!r}")


def _startable(
    journeys: Mapping[str, Mapping[str, Journey]],
) -> dict[str, tuple[str, ...]]:
    """The names of the journeys of each realm that a client may begin."""
    return {
        realm: tuple(
            name
            for name, each in found.items()
            if each.settings.get("enabled") is not False
            and each.settings.get("innerTreeOnly") is not True
        )
        for realm, found in journeys.items()
    }


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
