"""AM's paths: authentication, sessions, the server's information, discovery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote

from attrs import define, field

from verify_core.errors import InvalidSetting
from verify_core.journeys import Walk

from ..kit._http import encoded
from ..server._asgi import Answer, ApiCall, Reply
from ._request import (
    COOKIE,
    AmRefused,
    AmRequest,
    languages,
    own_url,
    problem,
    require_version,
)
from ._sessions import Sessions, act
from ._views import Trail, seen
from ._walks import BadAuthId, Said, ServedWalk, ServedWalks, TimedOut, WalkRequest
from ._wire import BadCallbacks, Json, to_json

_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "private",
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
_NO_LINK = (
    "org.forgerock.openam.auth.nodes.framework.token.SuspendedAuthSessionException: "
    "Token not found. It may have expired."
)
_NO_OAUTH = (
    "This server plays journeys; it issues no tokens of OAuth 2.0. "
    "It has authenticate, sessions, serverinfo and the discovery document."
)


def timed_out() -> Said:
    """What AM says to an `authId` that cannot be continued."""
    return problem(401, "Session has timed out", errorCode="110")


Begin: TypeAlias = Callable[
    [WalkRequest, Mapping[str, str], tuple[str, ...], Trail], Walk
]
"""Begins a walk: what was asked for, headers, languages, and what watches it."""


@define(eq=False, kw_only=True)
class AmApi:
    """
    The endpoint.

    Args:
        journeys: The names of the journeys of each realm, the default one first.
        moved: Called in the event loop after a walk has moved.
        keep_messages: Takes what AM's own senders sent into the inbox; in a thread.
    """

    journeys: Mapping[str, tuple[str, ...]]
    walks: ServedWalks
    sessions: Sessions
    begin: Begin
    moved: Callable[[], None]
    keep_messages: Callable[[ServedWalk], None]
    _under_way: set[asyncio.Task[Said]] = field(init=False, factory=set)

    async def answer(self, call: ApiCall) -> Answer:
        """The answer to a call."""
        try:
            request = AmRequest.of(call, self.journeys)
            return _reply(await self._answer(request), request)
        except AmRefused as refused:
            return _reply(refused.said)

    def methods(self, call: ApiCall) -> list[str]:
        """The methods that a call's path takes; empty where there is nothing."""
        try:
            return [*_METHODS.get(AmRequest.of(call, self.journeys).resource, ())]
        except AmRefused:
            return []

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in AM's form, before anything is looked at."""
        return _reply(problem(status, why))

    async def _answer(self, request: AmRequest) -> Said:
        resource = request.resource
        if resource not in _METHODS:
            raise AmRefused(404, "Resource not found")
        if request.call.method not in _METHODS[resource]:
            raise AmRefused(405, "Method Not Allowed")
        if request.area == "json":
            require_version(request.call.headers.get("accept-api-version", ""))
        if resource == "authenticate":
            return await self._in_thread(request)
        if resource == "sessions":
            return act(self.sessions, request)
        if resource == "serverinfo/*":
            return Said(status=200, body=_server_info(request))
        if resource == "serverinfo/version":
            return Said(status=200, body={"_id": "version", "version": "8.0.2"})
        if resource == "discovery":
            return Said(status=200, body=_discovery(request))
        raise AmRefused(501, _NO_OAUTH)

    async def _in_thread(self, request: AmRequest) -> Said:
        """
        Authenticate in a thread: a provider may wait for a network.

        What has begun goes on where the client leaves, so that the same submission
        finds what came of it.
        """
        task = asyncio.create_task(asyncio.to_thread(self._authenticate, request))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Said]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # it was raised to the client that waited, if one did
        self.moved()

    def _authenticate(self, request: AmRequest) -> Said:
        try:
            body = request.json
            if body is None or body == {}:
                return self._start(request)
            return self._continue(request, body)
        except AmRefused as refused:
            return refused.said
        except TimedOut:
            return timed_out()
        except (BadAuthId, BadCallbacks) as bad:
            return problem(400, f"{bad}")
        except InvalidSetting as error:
            return problem(500, f"This server cannot play the journey: {error}")

    def _start(self, request: AmRequest) -> Said:
        if suspended := request.text("suspendedId"):
            try:
                return self.walks.resume(suspended, request.realm, self._standing)
            except TimedOut:
                raise AmRefused(401, _NO_LINK) from None
        kind, name = request.text("authIndexType"), request.text("authIndexValue")
        names = self.journeys[request.realm]
        if kind not in {"", "service"}:
            raise AmRefused(400, "Invalid Authentication Index Type")
        if not kind:
            name = next(iter(names), "")
        if name not in names:
            raise AmRefused(400, "No Configuration found")
        begun = WalkRequest(
            journey=name,
            realm=request.realm,
            no_session=request.text("noSession").lower() == "true",
            goto=own_url(request.text("goto")),
            goto_on_fail=own_url(request.text("gotoOnFail")),
        )
        trail = Trail()
        walk = self.begin(begun, request.call.headers, languages(request), trail)
        return self._standing(self.walks.begin(begun, walk, trail))

    def _continue(self, request: AmRequest, body: object) -> Said:
        if not isinstance(body, dict):
            raise AmRefused(400, "The request body is not a JSON object")
        auth_id = body.get("authId")
        if not isinstance(auth_id, str):
            raise AmRefused(400, "The request has no authId")
        journey = request.query.get("authIndexValue")
        claimed = self.walks.found(auth_id, request.realm, journey)
        callbacks = body.get("callbacks")
        if callbacks is None:
            raise AmRefused(400, "The request has no callbacks")
        try:
            return self.walks.play(claimed, callbacks, self._standing)
        except InvalidSetting as error:
            claimed.walk.fault = f"{error}"
            raise

    def _standing(self, served: ServedWalk) -> Said:
        """What a client gets to know of where a walk stands."""
        self.keep_messages(served)
        walk = served.walk
        if walk.outcome is not None:
            served.end = seen(walk, served.trail.take())
            return self._ended(served)
        try:
            auth_id = self.walks.hand_out(served)
        except TimedOut:
            return timed_out()
        asked = zip(walk.callbacks, walk.callback_ids, strict=True)
        callbacks = [to_json(each, at, n) for at, (each, n) in enumerate(asked, 1)]
        return Said(
            status=200, body={"authId": auth_id, "callbacks": callbacks, **walk.page}
        )

    def _ended(self, served: ServedWalk) -> Said:
        begun, walk = served.begun, served.walk
        body = {**(walk.response or {})}
        if walk.outcome != "Success":
            found = body["detail"]
            detail = {**found} if isinstance(found, Mapping) else {}
            detail["failureUrl"] = detail.get("failureUrl") or begun.goto_on_fail
            return Said(status=401, body={**body, "detail": detail})
        own = {"realm": begun.realm}
        if begun.goto and not text_of(walk, "successUrl"):
            own["successUrl"] = begun.goto
        if walk.session is None or begun.no_session:
            message = {"message": "Authentication Successful"}
            return Said(status=200, body={**message, **body, **own})
        token = self.sessions.open(text_of(walk, "username"), begun.realm, walk.session)
        return Said(status=200, body={"tokenId": token, **body, **own}, token=token)


_METHODS: Mapping[str, tuple[str, ...]] = {
    "authenticate": ("POST",),
    "sessions": ("POST",),
    "serverinfo/*": ("GET",),
    "serverinfo/version": ("GET",),
    "discovery": ("GET",),
    "oauth2": ("GET", "POST", "PUT", "DELETE"),
}


def text_of(walk: Walk, key: str) -> str:
    """A text in a walk's state, else an empty one."""
    value = walk.state.get(key)
    return value if isinstance(value, str) else ""


def _reply(said: Said, request: AmRequest | None = None) -> Reply:
    headers = dict(_HEADERS)
    if request is not None and request.area == "json":
        version = "2.1" if request.resource == "authenticate" else "1.1"
        headers["Content-API-Version"] = f"resource={version}"
    if said.token:
        headers["Set-Cookie"] = f"{COOKIE}={quote(said.token)}; Path=/; HttpOnly"
    return Reply(status=said.status, headers=headers, body=encoded(said.body))


def _server_info(request: AmRequest) -> Json:
    return {
        "_id": "*",
        "domains": [],
        "protectedUserAttributes": ["telephoneNumber", "mail"],
        "cookieName": COOKIE,
        "secureCookie": False,
        "forgotPassword": "false",
        "forgotUsername": "false",
        "kbaEnabled": "false",
        "selfRegistration": "false",
        "lang": next(iter(languages(request)), "en-US"),
        "successfulUserRegistrationDestination": "default",
        "socialImplementations": [],
        "referralsEnabled": "false",
        "zeroPageLogin": {
            "enabled": False,
            "refererWhitelist": [],
            "allowedWithoutReferer": True,
        },
        "realm": request.realm,
        "xuiUserSessionValidationEnabled": True,
        "fileBasedConfiguration": True,
        "userIdAttributes": [],
    }


def _discovery(request: AmRequest) -> Json:
    written = f"/{request.realm_path}" if request.realm_path else ""
    issuer = f"{request.origin}{request.context}/oauth2{written}"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/access_token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/connect/endSession",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/token/revoke",
        "check_session_iframe": f"{issuer}/connect/checkSession",
        "jwks_uri": f"{issuer}/connect/jwk_uri",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
        "code_challenge_methods_supported": ["S256"],
    }
