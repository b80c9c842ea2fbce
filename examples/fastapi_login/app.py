"""
A JSON API for signing in with a passcode, awaited from end to end.

The browser holds one sealed cookie: the reference of the verification that runs, and
once the code was right, the same reference sealed for a session. Every refusal is a
`application/problem+json` (RFC 9457) whose `reason` programs can decide on.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from problems import HANDLERS, refusals, verdict_problem
from pydantic import BaseModel, Field, SecretStr

from verify_core import (
    DEFAULT_MAX_AGE,
    AsyncVerifier,
    CheckResult,
    Delivery,
    Identifier,
    PhoneNumber,
    PhonePolicy,
    Started,
    TokenKeys,
    Verdict,
    VerificationRef,
    VerifyProvider,
    from_token,
    text_of,
    to_token,
)
from verify_core.errors import Ambiguous, InvalidToken, MissingReference
from verify_providers.conversations import LateAnswer
from verify_providers.threads import as_async

#: Cookie and purpose of a verification that runs, and of a session; with their ages.
PENDING, SESSION = "pending", "session"
_AGES = {PENDING: DEFAULT_MAX_AGE, SESSION: timedelta(hours=12)}
#: Cookie of a start that we stopped waiting for; opens what `LateStarts` holds.
ATTEMPT = "attempt"

_LOG = logging.getLogger("fastapi_login")


class StartBody(BaseModel):
    """Whom to send a code to, and how."""

    to: Annotated[PhoneNumber, PhonePolicy()]
    channel: str = Field(default="sms", max_length=20)


class ResendBody(BaseModel):
    """How to send it again."""

    channel: str = Field(default="sms", max_length=20)


class CheckBody(BaseModel):
    """The code as typed; a secret, so that no log or repr shows it."""

    code: SecretStr = Field(max_length=40)


class Pending(BaseModel):
    """What a start answers; `maybe_sent` must be said to the person as it is."""

    to: str | None
    delivery: Delivery
    message: str | None = None
    expires_at: datetime | None = None
    resend_after_s: int | None = None


class SignedIn(BaseModel):
    """Who is signed in, masked."""

    identifier: str


class LateStarts:
    """
    The references of starts that nobody waited for, in this process.

    With several processes, keep them in the database of your sessions instead.
    """

    def __init__(self, keep: int = 1_000) -> None:
        self._keep = keep
        self._refs: OrderedDict[str, VerificationRef] = OrderedDict()

    def __call__(self, late: LateAnswer) -> None:
        """Keep the reference; runs in a worker thread, after the person has left."""
        match late.answer or late.error:
            case Started(ref=ref) | Ambiguous(ref=VerificationRef() as ref):
                self._refs[ref.attempt_id] = ref
                while len(self._refs) > self._keep:
                    self._refs.popitem(last=False)
                _LOG.warning("late answer: %s to %s", ref.channel, ref.identifier)
            case CheckResult(verdict=verdict):
                _LOG.warning("late verdict: %s", verdict)
            case other:
                _LOG.warning("late answer: %s", type(other).__name__)

    @property
    def known(self) -> tuple[VerificationRef, ...]:
        """The references kept, oldest first."""
        return tuple(self._refs.values())

    def get(self, attempt_id: str) -> VerificationRef | None:
        """The reference of that attempt, if its answer came late."""
        return self._refs.get(attempt_id)

    def forget(self, attempt_id: str) -> None:
        """It was used, or replaced."""
        self._refs.pop(attempt_id, None)


class LoginApi:
    """
    The endpoints.

    Args:
        provider: Sends the codes; called in worker threads.
        keys: Seal the cookies.
        now: The present, aware.
        deadline_s: How long a request may wait for the vendor.
        on_sent: Called after each start; for people who have no phone at hand.
    """

    def __init__(
        self,
        provider: VerifyProvider,
        keys: TokenKeys,
        *,
        now: Callable[[], datetime],
        deadline_s: float,
        on_sent: Callable[[], None],
    ) -> None:
        self.late = LateStarts()
        self._threads = as_async(provider, on_late=self.late)
        self._verifier = AsyncVerifier(self._threads)
        self._keys = keys
        self._now = now
        self._deadline_s = deadline_s
        self._on_sent = on_sent

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Serve; at the end, wait for the calls that are under way."""
        async with self._threads:
            yield

    async def start(self, body: StartBody, request: Request) -> Response:
        """Send a code."""
        return await self._send(request, body.to, body.channel)

    async def resend(self, body: ResendBody, request: Request) -> Response:
        """Send it again to the same person."""
        previous = self._pending(request)
        return await self._send(
            request, previous.identifier, body.channel, previous=previous
        )

    async def check(self, body: CheckBody, request: Request) -> Response:
        """Sign in, if the code is right."""
        pending = self._pending(request)
        async with asyncio.timeout(self._deadline_s):
            result = await self._verifier.check(pending, body.code.get_secret_value())
        if result.verdict is not Verdict.APPROVED:
            return verdict_problem(result)
        answer = _json(SignedIn(identifier=str(pending.identifier)))
        self.late.forget(pending.attempt_id)
        for name in (PENDING, ATTEMPT):
            answer.delete_cookie(name)
        return self._seal(request, SESSION, pending, answer)

    async def me(self, request: Request) -> SignedIn:
        """Who is signed in."""
        session = self._opened(request, SESSION)
        if session is None:
            raise HTTPException(401, "Nobody is signed in.")
        return SignedIn(identifier=str(session.identifier))

    async def leave(self) -> Response:
        """Sign out, or begin again."""
        answer = Response(status_code=204)
        for name in (PENDING, ATTEMPT, SESSION):
            answer.delete_cookie(name)
        return answer

    async def _send(
        self,
        request: Request,
        to: Identifier,
        channel: str,
        *,
        previous: VerificationRef | None = None,
    ) -> Response:
        attempt_id = uuid.uuid4().hex
        try:
            async with asyncio.timeout(self._deadline_s):
                started = await self._verifier.start(
                    to,
                    channel,
                    previous=previous,
                    attempt_id=attempt_id,
                )
        except TimeoutError:
            # The worker goes on. Whatever it hears, `LateStarts` keeps for this cookie.
            answer = _json(_unsure(None), 202)
            self._set(request, ATTEMPT, attempt_id, DEFAULT_MAX_AGE, answer)
            return answer
        self._on_sent()
        answer = _json(_pending(started), 202)
        answer.delete_cookie(ATTEMPT)
        return self._seal(request, PENDING, started.ref, answer)

    def _pending(self, request: Request) -> VerificationRef:
        ref = self.late.get(request.cookies.get(ATTEMPT, ""))
        ref = ref or self._opened(request, PENDING)
        if ref is None:
            raise MissingReference
        return ref

    def _opened(self, request: Request, name: str) -> VerificationRef | None:
        try:
            return from_token(
                request.cookies.get(name, ""),
                self._keys,
                now=self._now(),
                purpose=name,
                max_age=_AGES[name],
            )
        except InvalidToken:
            return None

    def _seal(
        self, request: Request, name: str, ref: VerificationRef, answer: Response
    ) -> Response:
        token = to_token(ref, self._keys, now=self._now(), purpose=name)
        self._set(request, name, token, _AGES[name], answer)
        return answer

    def _set(
        self, request: Request, name: str, value: str, age: timedelta, answer: Response
    ) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=int(age.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def create_app(
    provider: VerifyProvider,
    keys: TokenKeys,
    *,
    now: Callable[[], datetime],
    deadline_s: float = 20,
    on_sent: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application; the arguments are those of `LoginApi`."""
    api = LoginApi(provider, keys, now=now, deadline_s=deadline_s, on_sent=on_sent)
    app = FastAPI(
        title="Sign in with a passcode",
        lifespan=api.lifespan,
        dependencies=[Depends(_own_site_only)],
    )
    app.state.late = api.late
    _add_paths(app, api)
    for error, answer in HANDLERS.items():
        app.exception_handler(error)(answer)
    return app


def _add_paths(app: FastAPI, api: LoginApi) -> None:
    """The paths, each with all that it may answer."""
    sends = {"status_code": 202, "response_model": Pending}
    signs_in = {"response_model": SignedIn}
    starting, running = (403, 422, 429, 503), (403, 409, 422, 429, 503)
    app.post("/login/start", **sends, responses=refusals(*starting))(api.start)
    app.post("/login/resend", **sends, responses=refusals(*running))(api.resend)
    app.post("/login/check", **signs_in, responses=refusals(*running))(api.check)
    app.post("/login/leave", status_code=204, responses=refusals(403))(api.leave)
    app.get("/login/me", responses=refusals(401))(api.me)


async def _own_site_only(
    request: Request,
) -> None:
    """
    Refuse what other sites let a browser send (CSRF).

    Pages can forge neither header. There is no CORS middleware, so other sites cannot
    read answers either; a front end on a host of its own needs its Origin listed here
    and in `CORSMiddleware(allow_credentials=True)`.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site is not None:
        own = site in {"same-origin", "none"}
    if request.method == "POST" and not own:
        raise HTTPException(403, "This was sent from another site.")


def _pending(started: Started) -> Pending:
    if started.delivery is Delivery.MAYBE_SENT:
        return _unsure(str(started.ref.identifier))
    wait = started.resend_after
    return Pending(
        to=str(started.ref.identifier),
        delivery=started.delivery,
        expires_at=started.expires_at,
        resend_after_s=None if wait is None else round(wait.total_seconds()),
    )


def _unsure(to: str | None) -> Pending:
    message = text_of("collector.maybe_sent")
    return Pending(to=to, delivery=Delivery.MAYBE_SENT, message=message)


def _json(model: BaseModel, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(model.model_dump(mode="json"), status, headers=headers)
