"""
Walks of clients: each step has an `authId` of its own, and is answered once.

An `authId` is a JWT (HS256) with AM's claims, bound to realm and journey. The same
answers to the same step get the same answer again, whatever it was, and nothing is sent
or checked twice; other answers to it are refused as those to a session that has ended,
as where AM protects authentication sessions by an allow list.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt
from attrs import define, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.journeys import Walk

from ..kit._hiding import Hidden, Revealed, hidden
from ._views import Trail, answers as shown_answers, seen
from ._wire import read_answers

LIFETIME = timedelta(minutes=15)
"""From `iat` to `exp` in the recorded answers of a tenant: 900 s."""

_ALGORITHM = "HS256"


class BadAuthId(ValueError):
    """An `authId` that this server did not sign; the message is AM's."""


class TimedOut(Exception):
    """An `authId` that has expired, or whose step cannot be answered any more."""


@frozen(kw_only=True)
class WalkRequest:
    """
    What a client asked for when it began.

    Attributes:
        no_session: Whether success opens no session.
        goto: Where success leads to, if the journey does not say it.
        goto_on_fail: The same for failure.
    """

    journey: str
    realm: str
    no_session: bool = False
    goto: str = ""
    goto_on_fail: str = ""


@frozen(kw_only=True)
class Said:
    """What a client is answered: a status, and members of a JSON object."""

    status: int
    _body: Hidden[dict[str, Any]] = field(converter=hidden)
    _token: Hidden[str] = field(converter=hidden, default="")

    body = Revealed[dict[str, Any]]()
    token = Revealed[str]()


@define(eq=False, kw_only=True)
class Step:
    """
    One step of a walk, once it was handed out.

    Attributes:
        otk: Its one-time key, as AM calls it.
        given: A digest of what was answered; None while it is open.
        said: What that led to.
        seen: Where the walk stood, without secrets, for people who look at it.
    """

    otk: str
    seen: dict[str, Any] = field(repr=False)
    given: bytes | None = None
    said: Said | None = None


@define(eq=False, kw_only=True)
class ServedWalk:
    """
    A walk that a client plays.

    Attributes:
        id: Its name; `sessionId` in the `authId`.
        walk: Where it stands; to be used while `lock` is held.
        steps: Those handed out, oldest first; only the last may be open.
        end: Where it ended, as `Step.seen`.
        sent: How many messages of AM's own senders were taken into the inbox.
        fault: Why the walk cannot go on, where this server is at fault.
    """

    id: str
    begun: WalkRequest
    walk: Walk
    begun_at: datetime
    lock: Lock = field(factory=Lock, repr=False)
    steps: list[Step] = field(factory=list, repr=False)
    trail: Trail = field(factory=Trail, repr=False)
    end: dict[str, Any] | None = field(default=None, repr=False)
    sent: int = 0
    fault: str = ""

    def back(self) -> Step:
        """
        Undo the last answer; its step is open again.

        Raises:
            InvalidSetting: Nothing was answered.
        """
        self.walk.back()
        if self.steps and self.steps[-1].given is None:
            self.steps.pop()
        last = self.steps[-1]
        last.given = last.said = last.seen["answered"] = None
        self.end = None
        self.sent = min(self.sent, len(self.walk.outbox))
        return last


@define(eq=False, kw_only=True)
class ServedWalks:
    """
    The walks of a server; safe to use from several threads.

    Args:
        key: What signs an `authId`.
        most: How many walks are kept; then the one used longest ago is forgotten.
        most_steps: How many steps all walks have together; the same then.
        longest: How many steps one walk has; then its time is over.
    """

    _now: Callable[[], datetime]
    _draw: Callable[[], str]
    _key: Hidden[bytes] = field(converter=hidden)
    _most: int
    _most_steps: int
    _longest: int
    _kept: OrderedDict[str, ServedWalk] = field(factory=OrderedDict, repr=False)
    _lock: Lock = field(init=False, factory=Lock)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[ServedWalk]:
        with self._lock:
            return iter(tuple(self._kept.values()))

    def get(self, walk_id: str) -> ServedWalk | None:
        """The walk of that name, or None."""
        with self._lock:
            return self._kept.get(walk_id)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()

    def begin(self, begun: WalkRequest, walk: Walk, trail: Trail) -> ServedWalk:
        """Keep a walk that has just begun."""
        served = ServedWalk(
            id=self._draw(), begun=begun, walk=walk, begun_at=self._now(), trail=trail
        )
        with self._lock:
            self._kept[served.id] = served
            self._make_room()
        return served

    def _make_room(self) -> None:
        steps = sum(len(each.steps) for each in self._kept.values())
        while len(self._kept) > max(1, self._most) or (
            steps > self._most_steps and len(self._kept) > 1
        ):
            _, leaver = self._kept.popitem(last=False)
            steps -= len(leaver.steps)

    def hand_out(self, served: ServedWalk) -> str:
        """
        The `authId` of the step where a walk stands.

        Raises:
            TimedOut: The walk has as many steps as it may.
        """
        if len(served.steps) >= self._longest:
            raise TimedOut
        step = Step(otk=self._draw(), seen=seen(served.walk, served.trail.take()))
        served.steps.append(step)
        return self._signed(served, step)

    def _signed(self, served: ServedWalk, step: Step) -> str:
        now = int(self._now().timestamp())
        claims = {
            "otk": step.otk,
            "authIndexType": "service",
            "authIndexValue": served.begun.journey,
            "realm": served.begun.realm,
            "sessionId": served.id,
            "iat": now,
            "exp": now + int(LIFETIME.total_seconds()),
        }
        return jwt.encode(claims, self._key.reveal(), _ALGORITHM)

    def found(self, auth_id: str, realm: str, journey: str | None) -> Claimed:
        """
        The step that an `authId` belongs to, in a request's realm and journey, if any.

        Raises:
            BadAuthId: This server did not sign it.
            TimedOut: It has expired, belongs to another realm or journey, or to a walk
                that was forgotten.
        """
        claims = self._claims(auth_id)
        own = claims["realm"], claims["authIndexValue"]
        if own != (realm, own[1] if journey is None else journey):
            raise TimedOut
        if self._now().timestamp() >= claims["exp"]:
            raise TimedOut
        with self._lock:
            served = self._kept.get(claims["sessionId"])
            if served is None:
                raise TimedOut
            self._kept.move_to_end(served.id)
            self._make_room()
        return Claimed(walk=served, otk=claims["otk"])

    def _claims(self, auth_id: str) -> dict[str, Any]:
        if not all(map(_is_canonical, auth_id.split("."))):
            raise BadAuthId("AuthId JWT Signature not valid")
        # The server's clock may have been moved, so that PyJWT's own would be wrong.
        try:
            return jwt.decode(
                auth_id,
                self._key.reveal(),
                algorithms=[_ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidSignatureError:
            fault = "AuthId JWT Signature not valid"
        except (jwt.InvalidTokenError, ValueError):
            fault = "Failed to parse JWT"
        raise BadAuthId(fault)

    def digest(self, answers: object) -> bytes:
        """What answers are compared by, so that none is kept."""
        text = json.dumps(answers, sort_keys=True, default=str)
        data = text.encode(errors="surrogatepass")
        return hmac.new(self._key.reveal(), data, hashlib.sha256).digest()

    def play(
        self,
        claimed: Claimed,
        callbacks: object,
        then: Callable[[ServedWalk], Said],
    ) -> Said:
        """
        Answer a step with the `callbacks` of a body; what was answered is said again.

        `then` says where the walk stands now, and is called once.

        Raises:
            BadCallbacks: They do not fit what was asked; the step stays open.
            InvalidSetting: The walk cannot go on; the step stays open.
            TimedOut: The step was answered otherwise, or waits for a link.
        """
        served = claimed.walk
        with served.lock:
            step = next((x for x in served.steps if x.otk == claimed.otk), None)
            if step is None:
                raise TimedOut
            if step.said is not None:
                digest = self.digest(_inputs_of(callbacks))
                if not hmac.compare_digest(digest, step.given or b""):
                    raise TimedOut
                return step.said
            if served.walk.suspended_id is not None:
                raise TimedOut
            answers = read_answers(served.walk.callbacks, callbacks)
            checked = {"validate_only": True} if answers.only_check else {}
            asked = served.walk.callbacks
            served.trail.take()  # of an answer that could not be played
            served.walk.answer(*answers.values, **checked)
            step.seen["answered"] = shown_answers(asked, answers.values)
            step.given = self.digest(_inputs_of(callbacks))
            step.said = then(served)
            return step.said

    def resume(
        self, suspended_id: str, realm: str, then: Callable[[ServedWalk], Said]
    ) -> Said:
        """
        Go on where the link of an e-mail leads, once; `then` says how the walk stands.

        Raises:
            TimedOut: There is no such link, or it was followed, or has expired.
        """
        for served in self:
            with served.lock:
                waits_for = served.walk.suspended_id
                if waits_for != suspended_id or served.begun.realm != realm:
                    continue
                try:
                    served.walk.resume()
                except InvalidSetting:
                    break
                step = served.steps[-1]
                step.given, step.said = self.digest(None), then(served)
                return step.said
        raise TimedOut


@frozen(kw_only=True)
class Claimed:
    """A step that an `authId` names."""

    walk: ServedWalk
    otk: str


def _is_canonical(part: str) -> bool:
    """
    Whether a part of a JWT is as it is written; the last bits of base64 may be spare.

    Source: RFC 4648, section 3.5.
    """
    try:
        read = base64.urlsafe_b64decode(f"{part}{'=' * (-len(part) % 4)}")
    except ValueError:
        return False
    return base64.urlsafe_b64encode(read).rstrip(b"=") == part.encode()


def _inputs_of(callbacks: object) -> object:
    """What of callbacks is an answer: the rest is the server's own, echoed."""
    if not isinstance(callbacks, list):
        return callbacks
    return [each.get("input") if isinstance(each, dict) else each for each in callbacks]
