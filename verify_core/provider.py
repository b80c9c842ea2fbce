"""
The protocol that every provider fulfils, and what it says of itself beforehand.

Laws, checked by `verify_core.testing`:

- A wrong code never raises.
- An unsupported channel raises before any I/O.
- Wishes that a provider cannot fulfil are ignored and listed; extras of another vendor
  and a custom code that it cannot take are refused.
- No vendor word crosses the boundary except in fields meant for logs.
- A channel other than the one asked for is never passed off as it.
- An unknown vendor status is unknown, never approved.
- A lost answer is never retried blindly and never claimed as sent or not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from attrs import field, frozen

from .channels import Channel
from .errors import InvalidSetting, NotSupported, UnsupportedChannel
from .masking import Secret, to_optional_secret
from .verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

ExtrasT = TypeVar("ExtrasT")


class LookupKey(StrEnum):
    """By what a vendor finds a verification again."""

    NONE = "none"
    ID = "id"
    IDENTIFIER = "identifier"
    EITHER = "either"


class CancelSupport(StrEnum):
    """Whether a running verification can be canceled."""

    NO = "no"
    WINDOW = "window"
    """Only some time after its start, as with Vonage."""
    YES = "yes"


class Idempotency(StrEnum):
    """What a vendor does with a start that is repeated."""

    NONE = "none"
    """Another message leaves."""
    KEY = "key"
    """The first answer is replayed under one key."""
    REFUSES_DUPLICATE = "refuses_duplicate"


class Resend(StrEnum):
    """Which code the second message of a verification carries."""

    SAME_CODE = "same_code"
    NEW_CODE = "new_code"
    VARIES = "varies"
    """Either; the newest code counts. As where several vendors stand behind one."""


def _channels(value: Iterable[Channel]) -> frozenset[Channel]:
    return frozenset(value)


def _names(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


@frozen(kw_only=True)
class Capabilities:
    """
    What a provider can do, known before anything is sent.

    Attributes:
        channels: The channels it offers.
        check_key: By what it finds the verification that a code belongs to.
        fetch: By what `fetch` finds one; `NONE` means `fetch` raises `NotSupported`.
        cancel: Whether `cancel` can work.
        cancel_opens: How long after a start its window opens, where it has one.
        custom_code: Whether it takes a code of the caller's own.
        idempotency: What a repeated start does.
        resend: Which code a resend carries.
        attempts_reported: Whether checks say how many guesses are left.
        hints: Names of the wishes that it can fulfil: `locale`, `client_address`,
            `fallback_channels`, `time_to_live`, `code_length`.
    """

    channels: frozenset[Channel] = field(converter=_channels)
    check_key: LookupKey = LookupKey.ID
    fetch: LookupKey = LookupKey.NONE
    cancel: CancelSupport = CancelSupport.NO
    cancel_opens: timedelta = timedelta(0)
    custom_code: bool = False
    idempotency: Idempotency = Idempotency.NONE
    resend: Resend = Resend.SAME_CODE
    attempts_reported: bool = False
    hints: frozenset[str] = field(default=frozenset(), converter=_names)


@runtime_checkable
class VerifyProvider(Protocol):
    """
    Sends passcodes and checks them.

    Every method may raise a `VerifyError`; which ones, and whether a message may have
    left, is in `verify_core.errors`.

    Attributes:
        name: Stands in every reference; lower-case, stable.
        capabilities: What it can do.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - described above

    @property
    def capabilities(self) -> Capabilities: ...  # noqa: D102 - described above

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode; with `previous`, send again for that verification.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: One may have left and nothing more can be found out.
            Unexpected: The answer cannot be read.
        """

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask whether the code is right; a wrong one is a verdict, not an error.

        Raises:
            VerifyError: The question could not be put or its answer is missing. Never
                repeated here, since each check spends a guess.
        """

    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where the verification stands.

        Raises:
            NotSupported: `capabilities.fetch` is `NONE`.
            VerifyError: The question could not be put or its answer is missing.
        """

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End the verification, if the vendor can; if not, say so in the outcome.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """


@frozen(kw_only=True)
class ProviderSettings:
    """
    What a provider is built from, whether by URL or by a node's attributes.

    A provider's entry point is called with one of these and returns the provider; it
    raises `InvalidSetting` for what is missing, malformed or not known to it.

    Attributes:
        name: The provider's name, the scheme of the URL.
        user: Account or key id, before the colon.
        secret: Its secret, after the colon.
        host: What stands after the at sign, without a port's colon.
        path: What follows the host, without its leading slash.
        options: The query; each name once.
        environ: The environment variables that may fill gaps.
    """

    name: str
    user: str = ""
    secret: Secret | None = field(default=None, converter=to_optional_secret)
    host: str = ""
    path: str = ""
    options: Mapping[str, str] = field(factory=dict, repr=False)
    environ: Mapping[str, str] = field(factory=dict, repr=False)


def shown_option(name: str) -> str:
    """
    An option's name as an error may show it; `option` where it looks like no name.

    A question mark that was not percent-encoded makes an option of what follows it in
    a secret.
    """
    return name if re.fullmatch("[a-z]{1,20}(_[a-z]{1,20}){0,3}", name) else "option"


def require_options(settings: ProviderSettings, known: Iterable[str]) -> None:
    """
    Refuse options that the provider does not know, rather than ignore them.

    Raises:
        InvalidSetting: Names the first such option and lists the known ones.
    """
    names = sorted(known)
    for name in sorted(settings.options):
        if name not in names:
            raise InvalidSetting(
                shown_option(name), f"unknown option; known are {', '.join(names)}"
            )


def require_channel(provider: VerifyProvider, request: StartRequest) -> None:
    """
    Refuse a channel that the provider does not offer, before any I/O.

    Raises:
        UnsupportedChannel: The message lists the channels offered.
    """
    if request.channel in provider.capabilities.channels:
        return
    offered = ", ".join(sorted(provider.capabilities.channels))
    raise UnsupportedChannel(
        f"channel {request.channel} is not offered; choose one of: {offered}",
        provider.name,
    )


def require_custom_code(provider: VerifyProvider, request: StartRequest) -> None:
    """
    Refuse a custom code that the provider would ignore and replace by its own.

    Raises:
        NotSupported: The request has one and the provider takes none.
    """
    if request.custom_code is not None and not provider.capabilities.custom_code:
        raise NotSupported("custom_code: this provider makes its own", provider.name)


def take_extras(
    provider: VerifyProvider, request: StartRequest, kind: type[ExtrasT]
) -> ExtrasT | None:
    """
    The request's extras of this vendor, or None.

    Raises:
        NotSupported: There are extras of another vendor; ignoring them would do
            something other than was asked for.
    """
    taken: ExtrasT | None = None
    for extra in request.extras:
        if not isinstance(extra, kind):
            raise NotSupported(
                f"extras: {type(extra).__name__} is not for this provider",
                provider.name,
            )
        taken = extra
    return taken


def ignored_hints(provider: VerifyProvider, request: StartRequest) -> tuple[str, ...]:
    """Names of the wishes in the request that the provider cannot fulfil."""
    wishes: dict[str, object] = {
        "locale": request.locale,
        "client_address": request.client_address,
        "fallback_channels": request.fallback_channels or None,
        "time_to_live": request.hints.time_to_live,
        "code_length": request.hints.code_length,
    }
    return tuple(
        name
        for name, wish in wishes.items()
        if wish is not None and name not in provider.capabilities.hints
    )
