"""One vendor's API: its host, our credentials, and a deadline for each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypedDict, TypeVar

from attrs import frozen

from verify_core.errors import Ambiguous, InvalidSetting, Unavailable, VerifyError
from verify_core.inputs import require_kind

from ._exchange import HttpAnswer, HttpRequest, NoAnswer
from ._http import DEFAULT_POOL_SIZE, HttpClient, SocksProxy

DEFAULT_TIMEOUT: Final = timedelta(seconds=4)
MAX_TIMEOUT: Final = timedelta(minutes=5)

_HEADERS: Final = {"Accept": "application/json", "User-Agent": "verify-core"}


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class ReachOptions(TypedDict, total=False):
    """How a vendor is reached; everything has a default that suits a live account."""

    base_url: str | None
    """Another address than the vendor's, for a fake or a gateway."""
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


class Credentials(Protocol):
    """Who we are to the vendor."""

    def authorization(self) -> str:
        """
        The value of the `Authorization` header.

        Raises:
            Misconfigured: A secret cannot be read or used.
        """


class Operation(Protocol):
    """What is asked of a vendor."""

    @property
    def has_effect(self) -> bool:
        """Whether it may send a message or spend a guess."""


CredentialsT = TypeVar("CredentialsT", bound=Credentials)


@frozen(kw_only=True)
class Vendor:
    """
    Who answers.

    Attributes:
        name: The provider's name, for errors.
        shown: What people call it.
    """

    name: str
    shown: str


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


class VendorApi(Generic[CredentialsT]):
    """
    Exchanges with one host of a vendor's; safe to use from several threads.

    Args:
        vendor: Whose.
        base_url: Scheme, host and optional path.
        credentials: Asked anew for each request.
        options: How it is reached.

    Raises:
        InvalidSetting: An option that cannot be used; names it.
    """

    def __init__(
        self,
        vendor: Vendor,
        base_url: str,
        credentials: CredentialsT,
        options: ReachOptions,
    ) -> None:
        timeout = require_kind(
            "timeout", options.get("timeout", DEFAULT_TIMEOUT), timedelta
        )
        if not timedelta(0) < timeout <= MAX_TIMEOUT:
            raise InvalidSetting(
                "timeout", "takes more than nothing, at most 5 minutes"
            )
        self.credentials = credentials
        self._vendor = vendor
        self._timeout_s = timeout.total_seconds()
        self._monotonic = options.get("monotonic", time.monotonic)
        self._http = _client(base_url, options, self._monotonic)

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
            Misconfigured: A secret cannot be read or used.
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
            Misconfigured: A secret cannot be read or used.
            Ambiguous: No answer, and the request may have had an effect.
            Unavailable: No answer, and no harm in asking again.
        """
        reply = self.send(request, self._timeout_s if seconds is None else seconds)
        if isinstance(reply, NoAnswer):
            raise self.error_without_answer(reply, operation)
        return reply

    def error_without_answer(self, lost: NoAnswer, operation: Operation) -> VerifyError:
        """
        Our error for an exchange without an answer.

        What has no effect may be asked for again without harm, so only the rest is
        ambiguous.
        """
        ambiguous = lost.maybe_sent and operation.has_effect
        kind = Ambiguous if ambiguous else Unavailable
        return kind(
            message=f"{self._vendor.shown}: {lost.reason}", provider=self._vendor.name
        )

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        self._http.close()


def _client(
    base_url: str, options: ReachOptions, monotonic: Callable[[], float]
) -> HttpClient:
    pool_size = require_kind(
        "pool_size", options.get("pool_size", DEFAULT_POOL_SIZE), int
    )
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
