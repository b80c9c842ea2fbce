"""Sessions: what a success opens, and what `/sessions` says of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from attrs import define, field

from ..kit._http import seconds
from ._request import AmRefused, AmRequest
from ._walks import Said
from ._wire import Json

IDLE = timedelta(minutes=30)
"""AM's default for `maxIdleTime`."""

LONGEST = timedelta(minutes=120)
"""AM's default for `maxSessionTime`."""


_AM_S_OWN = frozenset(
    {"AuthLevel", "Service", "UserToken", "maxIdleTime", "maxSessionTime"}
)


def _minutes(
    properties: Mapping[str, object], name: str, default: timedelta
) -> timedelta:
    value = properties.get(name)
    if isinstance(value, int) and 0 < value < _MOST_MINUTES:
        return timedelta(minutes=value)
    return default


_MOST_MINUTES = 10**6


@define(eq=False, kw_only=True)
class Session:
    """
    One session.

    Attributes:
        username: Whose it is; empty where the journey names no person.
        context: AM's `AMCtxId`, which logs have.
    """

    username: str = field(repr=False)
    realm: str
    context: str
    begun_at: datetime
    used_at: datetime
    own: Mapping[str, object] = field(factory=dict, repr=False)
    idle: timedelta = IDLE
    longest: timedelta = LONGEST

    @property
    def universal_id(self) -> str:
        """The person's name as AM writes it for directories."""
        organisation = "".join(
            f"o={each},ou=services," for each in reversed(self.realm.split("/")) if each
        )
        return f"id={self.username},ou=user,{organisation}ou=am-config"

    @property
    def idle_until(self) -> datetime:
        return min(self.used_at + self.idle, self.lasts_until)

    @property
    def lasts_until(self) -> datetime:
        return self.begun_at + self.longest

    @property
    def info(self) -> Json:
        """What `getSessionInfo` answers."""
        return {
            "username": self.username,
            "universalId": self.universal_id,
            "realm": self.realm,
            "latestAccessTime": seconds(self.used_at),
            "maxIdleExpirationTime": seconds(self.idle_until),
            "maxSessionExpirationTime": seconds(self.lasts_until),
            "properties": self.properties,
        }

    @property
    def properties(self) -> Json:
        return {"AMCtxId": self.context, **self.own}


@define(eq=False, kw_only=True)
class Sessions:
    """
    The sessions of a server, by token; safe to use from several threads.

    Args:
        most: How many are kept; then the one used longest ago ends.
    """

    _now: Callable[[], datetime]
    _draw: Callable[[], str]
    _most: int
    _by_token: OrderedDict[str, Session] = field(factory=OrderedDict, repr=False)
    _lock: Lock = field(init=False, factory=Lock)

    def __len__(self) -> int:
        return len(self._by_token)

    def open(self, username: str, realm: str, properties: Mapping[str, object]) -> str:
        """Open one, with the properties that `Walk.session` has; its token."""
        own = {k: v for k, v in properties.items() if k not in _AM_S_OWN}
        now, token = self._now(), self._draw()
        session = Session(
            username=username,
            realm=realm,
            context=self._draw(),
            begun_at=now,
            used_at=now,
            own={name: f"{value}" for name, value in own.items()},
            idle=_minutes(properties, "maxIdleTime", IDLE),
            longest=_minutes(properties, "maxSessionTime", LONGEST),
        )
        with self._lock:
            self._by_token[token] = session
            while len(self._by_token) > self._most:
                self._by_token.popitem(last=False)
        return token

    def find(self, token: str, *, use: bool = False) -> Session | None:
        """
        The session that a token opens, or None where it has ended.

        `use` lets it be idle from now.
        """
        now = self._now()
        with self._lock:
            session = self._by_token.get(token)
            if session is None:
                return None
            if now >= session.idle_until:
                del self._by_token[token]
                return None
            if use:
                session.used_at = now
                self._by_token.move_to_end(token)
            return session

    def end(self, token: str) -> None:
        """End one, if it is there."""
        with self._lock:
            self._by_token.pop(token, None)

    def clear(self) -> None:
        """End all."""
        with self._lock:
            self._by_token.clear()


def act(sessions: Sessions, request: AmRequest) -> Said:
    """
    Do what `_action` says with the session of the body, else of header or cookie.

    Raises:
        AmRefused: There is no such action, the body is malformed, or the session has
            ended.
    """
    name = request.text("_action")
    action = _ACTIONS.get(name)
    if action is None:
        raise AmRefused(400, "Unrecognized or missing _action")
    named = _named(request.json)
    token = request.token if named is None else named
    session = sessions.find(token, use=name in _USES)
    said = action(session)
    if name == "logout":
        sessions.end(token)
    return said


def _named(body: object) -> str | None:
    if body is None:
        return None
    if not isinstance(body, dict):
        raise AmRefused(400, "The request body is not a JSON object")
    named = body.get("tokenId")
    if named is not None and not isinstance(named, str):
        raise AmRefused(400, "The request's tokenId is not a text")
    return named


def _require_session(session: Session | None) -> Session:
    if session is None:
        raise AmRefused(401, "Access Denied")
    return session


def _info(session: Session | None) -> Said:
    return Said(status=200, body=_require_session(session).info)


def _properties(session: Session | None) -> Said:
    return Said(status=200, body=_require_session(session).properties)


def _validate(session: Session | None) -> Said:
    if session is None:
        return Said(status=200, body={"valid": False})
    return Said(
        status=200,
        body={
            "valid": True,
            "sessionUid": session.context,
            "uid": session.username,
            "realm": session.realm,
        },
    )


def _log_out(session: Session | None) -> Said:
    _require_session(session)
    return Said(status=200, body={"result": "Successfully logged out"})


def _refresh(session: Session | None) -> Said:
    found = _require_session(session)
    return Said(
        status=200,
        body={
            "uid": found.username,
            "realm": found.realm,
            "idletime": 0,
            "maxidletime": found.idle // timedelta(minutes=1),
            "maxsessiontime": found.longest // timedelta(minutes=1),
            "maxtime": int((found.lasts_until - found.used_at).total_seconds()),
        },
    )


_ACTIONS: Mapping[str, Callable[[Session | None], Said]] = {
    "getSessionInfo": _info,
    "getSessionInfoAndResetIdleTime": _info,
    "getSessionProperties": _properties,
    "validate": _validate,
    "logout": _log_out,
    "refresh": _refresh,
}
_USES = frozenset({"refresh", "getSessionInfoAndResetIdleTime"})
