"""One Twilio product: its host, our credentials and a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypedDict

from attrs import frozen

from verify_core.errors import Ambiguous, InvalidSetting, Unavailable, VerifyError
from verify_core.inputs import require_kind

from .._exchange import HttpAnswer, HttpRequest, NoAnswer
from .._http import DEFAULT_POOL_SIZE, HttpClient, SocksProxy
from .._secrets import SecretSource
from .credentials import (
    NAME,
    Credentials,
    choose_base_url,
    choose_credentials,
)
from .errors import Operation

DEFAULT_TIMEOUT: Final = timedelta(seconds=4)
MAX_TIMEOUT: Final = timedelta(minutes=5)

_HEADERS: Final = {"Accept": "application/json", "User-Agent": "verify-core"}


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class ApiOptions(TypedDict, total=False):
    """
    How an account is reached; everything has a default that suits a live one.

    `account_sid` and `auth_token`, or `api_key` and `api_secret`, are needed.
    """

    account_sid: str | None
    """The account, `AC…`; user name where an auth token is used."""
    auth_token: SecretSource | None
    """The account's token: a text, a callable, or a file that is read each time."""
    api_key: str | None
    """An API key, `SK…`, instead of account and token."""
    api_secret: SecretSource | None
    """Its secret, in the same forms as the token."""
    base_url: str | None
    """Another address than Twilio's, for a fake or a gateway."""
    edge: str | None
    """Twilio edge, such as `dublin`."""
    region: str | None
    """Twilio region, such as `ie1`."""
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


def connect(product: str, options: ApiOptions) -> TwilioApi:
    """
    A product of Twilio's, not yet talked to.

    Args:
        product: First label of its host, such as `verify`.
        options: How it is reached.

    Raises:
        InvalidSetting: A malformed SID, a missing secret or settings at odds; names it.
    """
    timeout = options.get("timeout", DEFAULT_TIMEOUT)
    require_kind("timeout", timeout, timedelta)
    if not timedelta(0) < timeout <= MAX_TIMEOUT:
        raise InvalidSetting("timeout", "takes more than nothing, at most 5 minutes")
    monotonic = options.get("monotonic", time.monotonic)
    base_url = choose_base_url(
        product,
        base_url=options.get("base_url"),
        edge=options.get("edge"),
        region=options.get("region"),
        allow_plain_http=options.get("allow_plain_http", False),
    )
    credentials = choose_credentials(
        account_sid=options.get("account_sid"),
        auth_token=options.get("auth_token"),
        api_key=options.get("api_key"),
        api_secret=options.get("api_secret"),
    )
    return TwilioApi(
        _client(base_url, options, monotonic), credentials, timeout, monotonic
    )


def _client(
    base_url: str, options: ApiOptions, monotonic: Callable[[], float]
) -> HttpClient:
    pool_size = options.get("pool_size", DEFAULT_POOL_SIZE)
    require_kind("pool_size", pool_size, int)
    if pool_size < 1:
        raise InvalidSetting("pool_size", "takes at least 1")
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


class TwilioApi:
    """
    Exchanges with one product of Twilio's; safe to use from several threads.

    Args:
        http: Exchanges with its host.
        credentials: Read anew for each request.
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
            began=self._monotonic(),
            total_s=self._timeout_s,
            monotonic=self._monotonic,
        )

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer | NoAnswer:
        """
        Send one request once.

        Raises:
            Misconfigured: The secret cannot be read.
        """
        return self._http.exchange(
            request, authorization=self.credentials.authorization(), seconds=seconds
        )

    def ask(self, request: HttpRequest, operation: Operation) -> HttpAnswer:
        """
        The answer to one request, within the deadline of a call.

        Raises:
            Misconfigured: The secret cannot be read.
            Ambiguous: No answer, and the request may have had an effect.
            Unavailable: No answer, and no harm in asking again.
        """
        reply = self.send(request, self._timeout_s)
        if isinstance(reply, NoAnswer):
            raise error_without_answer(reply, operation)
        return reply

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        self._http.close()


@frozen(kw_only=True)
class Deadline:
    """How much of a call's time is left."""

    began: float
    total_s: float
    monotonic: Callable[[], float]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self.monotonic() - self.began

    @property
    def left_s(self) -> float:
        """Seconds left; may be negative."""
        return self.total_s - self.elapsed_s


def error_without_answer(lost: NoAnswer, operation: Operation) -> VerifyError:
    """
    Our error for an exchange without an answer.

    Reading and canceling may be asked for again without harm, so only a lost start or
    check is ambiguous.
    """
    kind = Ambiguous if lost.maybe_sent and operation.has_effect else Unavailable
    return kind(message=f"Twilio: {lost.reason}", provider=NAME)
