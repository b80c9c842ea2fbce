"""Vonage's Verify API: its host, our credentials and a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypedDict

from attrs import frozen

from verify_core.errors import Ambiguous, InvalidSetting, Unavailable, VerifyError

from .._exchange import HttpAnswer, HttpRequest, NoAnswer
from .._http import DEFAULT_POOL_SIZE, HttpClient, SocksProxy
from .._secrets import SecretSource
from .._urls import require_base_url
from .credentials import NAME, Credentials, choose_credentials, draw_token_id
from .errors import Operation

BASE_URL: Final = "https://api.nexmo.com"
DEFAULT_TIMEOUT: Final = timedelta(seconds=4)
MAX_TIMEOUT: Final = timedelta(minutes=5)

_HEADERS: Final = {"Accept": "application/json", "User-Agent": "verify-core"}


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class ApiOptions(TypedDict, total=False):
    """
    How an account is reached; everything has a default that suits a live one.

    `api_key` and `api_secret`, or `application_id` and `private_key`, are needed.
    """

    api_key: str | None
    """The account's API key."""
    api_secret: SecretSource | None
    """Its secret: a text, a callable, or a file that is read each time."""
    application_id: str | None
    """An application instead, a UUID; needs the extra `vonage`."""
    private_key: SecretSource | None
    """Its RSA key in PEM, in the same forms as the secret."""
    base_url: str | None
    """Another address than Vonage's, for a fake or a gateway."""
    allow_plain_http: bool
    """Let `base_url` be plain http beyond this machine."""
    timeout: timedelta
    """Deadline of one call, recovery included; four seconds."""
    pool_size: int
    """Connections kept open, ten; one per thread that calls at the same time."""
    trust_env: bool
    """Take proxies and CA bundles from the environment; no."""
    monotonic: Callable[[], float]
    """Seconds on a clock that never goes back."""
    token_ids: Callable[[], str]
    """Draws the ids of tokens; UUIDs."""


def connect(options: ApiOptions, clock: Callable[[], datetime]) -> VonageApi:
    """
    Vonage's Verify API, not yet talked to.

    Args:
        options: How it is reached.
        clock: The present, for tokens.

    Raises:
        InvalidSetting: A malformed id, a missing secret or settings at odds; names it.
    """
    timeout = options.get("timeout", DEFAULT_TIMEOUT)
    is_span = isinstance(timeout, timedelta)
    if not (is_span and timedelta(0) < timeout <= MAX_TIMEOUT):
        raise InvalidSetting("timeout", "takes a timedelta of at most 5 minutes")
    monotonic = options.get("monotonic", time.monotonic)
    base_url = options.get("base_url")
    credentials = choose_credentials(
        api_key=options.get("api_key"),
        api_secret=options.get("api_secret"),
        application_id=options.get("application_id"),
        private_key=options.get("private_key"),
        clock=clock,
        token_ids=options.get("token_ids", draw_token_id),
    )
    allowed = options.get("allow_plain_http", False)
    url = require_base_url(
        BASE_URL if base_url is None else base_url, allow_plain_http=allowed
    )
    return VonageApi(_client(url, options, monotonic), credentials, timeout, monotonic)


def _client(
    base_url: str, options: ApiOptions, monotonic: Callable[[], float]
) -> HttpClient:
    pool_size: object = options.get("pool_size", DEFAULT_POOL_SIZE)
    if not isinstance(pool_size, int) or pool_size < 1:
        raise InvalidSetting("pool_size", "takes a whole number, at least 1")
    try:
        return HttpClient(
            base_url=base_url,
            headers=_HEADERS,
            pool_size=pool_size,
            trust_env=options.get("trust_env", False),
            monotonic=monotonic,
        )
    except SocksProxy:
        raise InvalidSetting(
            "trust_env", "the environment names a SOCKS proxy; use an HTTP one"
        ) from None


class VonageApi:
    """
    Exchanges with Vonage's Verify API; safe to use from several threads.

    Args:
        http: Exchanges with its host.
        credentials: Asked anew for each request.
        timeout: Deadline of a call.
        monotonic: Seconds on a clock that never goes back.
    """

    def __init__(
        self,
        http: HttpClient,
        credentials: Credentials,
        timeout: timedelta,
        monotonic: Callable[[], float],
    ) -> None:
        self.credentials = credentials
        self._http = http
        self._timeout_s = timeout.total_seconds()
        self._monotonic = monotonic

    def deadline(self) -> Deadline:
        """The deadline of a call that begins now."""
        return Deadline(
            ends=self._monotonic() + self._timeout_s,
            total_s=self._timeout_s,
            monotonic=self._monotonic,
        )

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer | NoAnswer:
        """
        Send one request once.

        Raises:
            Misconfigured: The secret or the key cannot be read or used.
        """
        return self._http.exchange(
            request, authorization=self.credentials.authorization(), seconds=seconds
        )

    def ask(
        self, request: HttpRequest, operation: Operation, seconds: float | None = None
    ) -> HttpAnswer:
        """
        The answer to one request, within the deadline of a call or what is left of it.

        Raises:
            Misconfigured: The secret or the key cannot be read or used.
            Ambiguous: No answer, and the request may have had an effect.
            Unavailable: No answer, and no harm in asking again.
        """
        reply = self.send(request, self._timeout_s if seconds is None else seconds)
        if isinstance(reply, NoAnswer):
            raise error_without_answer(reply, operation)
        return reply

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        self._http.close()


@frozen(kw_only=True)
class Deadline:
    """
    How much of a call's time is left.

    Attributes:
        ends: When it is over, on the monotonic clock.
        total_s: Seconds that the whole call has.
        monotonic: Seconds on a clock that never goes back.
    """

    ends: float
    total_s: float
    monotonic: Callable[[], float]

    @property
    def left_s(self) -> float:
        """Seconds left; may be negative."""
        return self.ends - self.monotonic()


def error_without_answer(lost: NoAnswer, operation: Operation) -> VerifyError:
    """
    Our error for an exchange without an answer.

    Canceling may be asked for again without harm, so only a lost start, step or check
    is ambiguous.
    """
    kind = Ambiguous if lost.maybe_sent and operation.has_effect else Unavailable
    return kind(message=f"Vonage: {lost.reason}", provider=NAME)
