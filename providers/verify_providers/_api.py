"""One vendor's API: its host, our credentials, and a deadline for each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from attrs import frozen

from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    Misconfigured,
    Unavailable,
    VerifyError,
)

from .http import HttpAnswer, HttpRequest, NoAnswer, Reach
from .http._blocking import HttpClient, SocksProxy
from .http._messages import flaw_of

_HEADERS: Final = {"Accept": "application/json", "User-Agent": "verify-core"}


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
        vendor: Who answers.
        base_url: The vendor's own address; `reach` may name another one.
        credentials: Asked anew for each request.
        reach: How it is reached.

    Raises:
        InvalidSetting: An option that cannot be used; names it.
    """

    def __init__(
        self, vendor: Vendor, base_url: str, credentials: CredentialsT, reach: Reach
    ) -> None:
        self.credentials = credentials
        self._vendor = vendor
        self._reach = reach
        self._http = _client(reach.url_or(base_url), reach)

    def deadline(self) -> Deadline:
        """The deadline of a call that begins now."""
        return Deadline(
            began=self._reach.monotonic(),
            total_s=self._timeout_s,
            monotonic=self._reach.monotonic,
        )

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer | NoAnswer:
        """
        Send one request once.

        Raises:
            Misconfigured: A secret cannot be read or used, or HTTP cannot carry the
                request; nothing is sent.
        """
        authorization = self.credentials.authorization()
        flaw = flaw_of(request, authorization)
        if flaw is not None:
            raise Misconfigured(f"{self._vendor.shown}: {flaw}", self._vendor.name)
        return self._http.exchange(
            request, authorization=authorization, seconds=seconds
        )

    @property
    def _timeout_s(self) -> float:
        return self._reach.timeout.total_seconds()

    def ask(
        self, request: HttpRequest, operation: Operation, seconds: float | None = None
    ) -> HttpAnswer:
        """
        The answer to one request, within the deadline of a call or what is left of it.

        Raises:
            Misconfigured: As `send` says.
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


def _client(base_url: str, reach: Reach) -> HttpClient:
    try:
        return HttpClient(
            base_url=base_url,
            headers=_HEADERS,
            pool_size=reach.pool_size,
            trust_env=reach.trust_env,
            monotonic=reach.monotonic,
        )
    except SocksProxy:
        raise InvalidSetting(
            "trust_env", "the environment names a SOCKS proxy; use an HTTP one"
        ) from None
