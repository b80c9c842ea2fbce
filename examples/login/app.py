"""
A login with a passcode, as small as it can be and still be right.

The server keeps nothing: what it must remember travels in sealed cookies. Who the
person claims to be is a reference of `verify_core`; once the code was right, the same
reference, sealed for another purpose, says who is signed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pages
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from verify_core import (
    DEFAULT_MAX_AGE,
    Channel,
    Delivery,
    Started,
    TokenKeys,
    Verdict,
    VerificationRef,
    Verifier,
    from_token,
    record_of,
    text_of,
    to_token,
)
from verify_core.errors import InputError, InvalidToken, VerifyError

#: Cookie and purpose of a verification that runs, and of a session; with their ages.
PENDING, SESSION = "pending", "session"
_AGES = {PENDING: DEFAULT_MAX_AGE, SESSION: timedelta(hours=12)}

_LONGEST_FORM = 4_096
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_TRY_AGAIN = {Verdict.WRONG_CODE, Verdict.NOT_CHECKABLE}


Endpoint = Callable[[Request], Awaitable[Response]]


class LoginApp:
    """
    The endpoints.

    Args:
        verifier: Sends codes and checks them.
        keys: Seal the cookies.
        now: The present, aware.
        on_sent: Called after each start; for people who have no phone at hand.
    """

    def __init__(
        self,
        verifier: Verifier,
        keys: TokenKeys,
        *,
        now: Callable[[], datetime],
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._verifier = verifier
        self._keys = keys
        self._now = now
        self._on_sent = on_sent

    async def home(self, request: Request) -> Response:
        """Who is signed in, or the question who wants to be."""
        session = self._opened(request, SESSION)
        if session is not None:
            return _html(pages.welcome(str(session.identifier)))
        return _html(pages.ask_number())

    async def start(self, request: Request) -> Response:
        """Send a code to the number typed."""
        number = (await _form(request)).get("number", "")
        try:
            started = await self._send(number, Channel.SMS)
        except (InputError, VerifyError) as error:
            problem = record_of(error).message
            return _html(pages.ask_number(typed=number, problem=problem), 422)
        return self._sealed(request, PENDING, started.ref, _to_code_page(started))

    async def code(self, request: Request) -> Response:
        """Ask for the code."""
        pending = self._opened(request, PENDING)
        if pending is None:
            return RedirectResponse("/", 303)
        unsure = request.query_params.get("sent") == Delivery.MAYBE_SENT
        notice = text_of("collector.maybe_sent") if unsure else ""
        return _html(self._code_page(pending, notice=notice))

    async def check(self, request: Request) -> Response:
        """Sign in, if the code is right."""
        pending = self._opened(request, PENDING)
        if pending is None:
            return _html(pages.ask_number(problem=text_of("error.verdict.gone")), 422)
        typed = (await _form(request)).get("code", "")
        try:
            result = await run_in_threadpool(self._verifier.check, pending, typed)
        except (InputError, VerifyError) as error:
            return _html(self._code_page(pending, record_of(error).message), 422)
        if result.verdict is Verdict.APPROVED:
            answer = RedirectResponse("/", 303)
            answer.delete_cookie(PENDING)
            return self._sealed(request, SESSION, pending, answer)
        problem = record_of(result.verdict).message
        if result.verdict in _TRY_AGAIN:
            return _html(self._code_page(pending, problem), 422)
        over = _html(pages.ask_number(problem=problem), 422)
        over.delete_cookie(PENDING)
        return over

    async def resend(self, request: Request) -> Response:
        """Send again, in the way asked for."""
        pending = self._opened(request, PENDING)
        if pending is None:
            return RedirectResponse("/", 303)
        channel = (await _form(request)).get("channel", "")
        try:
            started = await self._send(pending.identifier, channel, previous=pending)
        except (InputError, VerifyError) as error:
            return _html(self._code_page(pending, record_of(error).message), 422)
        return self._sealed(request, PENDING, started.ref, _to_code_page(started))

    async def leave(self, _request: Request) -> Response:
        """Sign out, or begin again."""
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(PENDING)
        answer.delete_cookie(SESSION)
        return answer

    async def _send(self, to: object, channel: object, **options: object) -> Started:
        # Providers block while they wait for the network.
        start: Callable[..., Started] = self._verifier.start
        started = await run_in_threadpool(start, to, channel, **options)
        self._on_sent()
        return started

    def _code_page(
        self, pending: VerificationRef, problem: str = "", *, notice: str = ""
    ) -> str:
        channels = self._verifier.provider.capabilities.channels
        return pages.ask_code(
            str(pending.identifier),
            can_call=Channel.CALL in channels,
            problem=problem,
            notice=notice,
        )

    def _opened(self, request: Request, name: str) -> VerificationRef | None:
        token = request.cookies.get(name)
        if token is None:
            return None
        try:
            return from_token(
                token, self._keys, now=self._now(), purpose=name, max_age=_AGES[name]
            )
        except InvalidToken:
            return None

    def _sealed(
        self, request: Request, name: str, ref: VerificationRef, answer: Response
    ) -> Response:
        answer.set_cookie(
            name,
            to_token(ref, self._keys, now=self._now(), purpose=name),
            max_age=int(_AGES[name].total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer


def create_app(
    verifier: Verifier,
    keys: TokenKeys,
    *,
    now: Callable[[], datetime],
    on_sent: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application; the arguments are those of `LoginApp`."""
    login = LoginApp(verifier, keys, now=now, on_sent=on_sent)
    return Starlette(
        routes=[
            Route("/", login.home),
            Route("/code", login.code),
            Route("/style.css", _style),
            *[
                Route(f"/{act.__name__}", _own_site_only(act), methods=["POST"])
                for act in (login.start, login.check, login.resend, login.leave)
            ],
        ]
    )


def _own_site_only(endpoint: Endpoint) -> Endpoint:
    """
    Refuse forms that other sites let a browser send (CSRF).

    Every browser says where a POST comes from, by Sec-Fetch-Site (all since 2023) or at
    least by Origin, and pages cannot forge either. What says neither is no browser, so
    it carries nobody's cookies but its own. No token, no state.
    """

    async def guarded(request: Request) -> Response:
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None:
            own = site in {"same-origin", "none"}
        else:
            own = origin is None or urlsplit(origin).netloc == request.headers.get(
                "host"
            )
        if not own:
            return PlainTextResponse("This form was sent from another site.\n", 403)
        return await endpoint(request)

    return guarded


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return {}  # as empty as it is useless
    fields = parse_qs(body.decode(errors="replace"))
    return {name: values[0] for name, values in fields.items()}


def _to_code_page(started: Started) -> Response:
    return RedirectResponse(f"/code?sent={started.delivery}", 303)


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, headers=_HEADERS)


async def _style(_request: Request) -> Response:
    return FileResponse(Path(__file__).with_name("style.css"))
