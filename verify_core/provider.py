"""
The protocol that every provider fulfils, and what it says of itself beforehand.

The laws, tried by `verify_core.testing`. **Starts:**
- An unsupported channel, a custom code that the provider cannot take and extras of
  another vendor are refused before any request leaves; `accept` does it.
- Hints that it cannot fulfil are ignored and listed in `Started.ignored_hints`.
- A channel other than the requested one is never passed off as it.
- A lost answer is never retried blindly, and never claimed as sent or not sent. A
  provider that looks afterwards at what became of the start takes a message for its own
  only if no other start, earlier, simultaneous or of another process, can have sent it.
  Otherwise the delivery stays `MAYBE_SENT`.

**Resends:**
- `previous` counts if it belongs to this provider (`owns`) and reaches the request's
  identifier (`resend_of`). Any other is treated like a hint: the start is a fresh one
  and `Started.ignored_hints` lists `previous`. So a code reaches the request's
  identifier alone, and a login that began with another vendor or service goes on.
- A resend is one more message of the same attempt. It keeps the attempt id unless the
  request names one (`attempt_of`), and `sends` counts on.
- All else comes from the resend's own request; nothing of the earlier request is
  remembered. Hints that cannot change while a verification runs are ignored and listed.

**References:**
- A provider owns the references that it gives out, by their name or by its method
  `owns`; only it reads them. To `check`, `fetch` and `cancel` of any other it answers
  `GONE`, `UNKNOWN` and `GONE`, without asking the vendor.
- A reference may come back with anything in `vendor_id` and `vendor_data`: the answer
  is one of these, or a `VerifyError`.

**Checks:**
- A wrong code is a verdict, never an error. A check is sent once, since each spends a
  guess.
- A vendor status that is not known is `UNKNOWN`, never approved. An approval names this
  verification.

**Texts and times:**
- The vendor's words stand only in fields meant for logs: an error's message,
  `vendor_code` and `vendor_request_id`, and a state's `reason`. The provider masks
  them; whoever reads them masks nothing more. No code, key or full identifier is in
  them, nor in a log record or a `repr`.
- Instants are the vendor's where it states them, otherwise of the provider's clock.
  Clocks differ: a provider asks the vendor whether a code still works, and
  applications show `expires_at` but refuse no code by it.
- `resend_after` and `retry_after` count from the answer on and are never negative.

**Life:**
- Building a provider checks its settings and asks the vendor nothing; wrong credentials
  show at the first call. `name` and `capabilities` do not change afterwards.
- Several threads may call one provider at the same time.
- Each call ends within a time that the provider states, however slowly the vendor
  answers.
- Two methods are optional. `close()` frees what is kept open, such as idle connections;
  it may be called twice, and a later call of another method opens anew what it needs.
  `owns(ref)` says which references are its own, where the name does not decide it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from attrs import field, frozen

from .channels import Channel, read_channel
from .validation import flag, read_member, require_all, require_members
from .verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

T = TypeVar("T")


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
    """The first answer is replayed, by identifier and attempt id together."""
    REFUSES_DUPLICATE = "refuses_duplicate"


class Resend(StrEnum):
    """Which code a second message of the same verification carries."""

    SAME_CODE = "same_code"
    NEW_CODE = "new_code"
    VARIES = "varies"
    """Either, as where several vendors stand behind one; the newest code counts."""


def _channels(value: Iterable[str | Channel]) -> frozenset[Channel]:
    return frozenset(map(read_channel, require_members("channels", value, "channels")))


def _check_key(value: str | LookupKey) -> LookupKey:
    return read_member(LookupKey, "check_key", value)


def _fetch(value: str | LookupKey) -> LookupKey:
    return read_member(LookupKey, "fetch", value)


def _cancel(value: str | CancelSupport) -> CancelSupport:
    return read_member(CancelSupport, "cancel", value)


def _idempotency(value: str | Idempotency) -> Idempotency:
    return read_member(Idempotency, "idempotency", value)


def _resend(value: str | Resend) -> Resend:
    return read_member(Resend, "resend", value)


def _hints(value: Iterable[str]) -> frozenset[str]:
    return frozenset(require_all("hints", value, str))


@frozen(kw_only=True)
class Capabilities:
    """
    What a provider can do, known before anything is sent.

    Members may be written as values: `Capabilities(channels=["sms"], cancel="yes")`.

    Attributes:
        channels: `sms`, `call` and the like; `verify_core.Channel` lists all.
        check_key: By what it finds the verification that a code belongs to: `id` (the
            vendor's, in `vendor_id`), `identifier` (the number or address), `either`.
        fetch: By what `fetch` finds one: as `check_key`, or `none`: it raises
            `NotSupported`.
        cancel: Whether a running verification can be ended: `no`, `yes`, or `window`
            (only some time after its start).
        idempotency: What the vendor does with a start that is repeated: `none`
            (another message leaves), `key` (under the same key it answers as before),
            `refuses_duplicate`.
        resend: Which code a start with `previous` sends: `same_code`, `new_code`, or
            `varies` (either; the newest counts).
        custom_code: Whether it takes a code of the caller's own.
        attempts_reported: Whether checks say how many guesses are left.
        hints: Names of the hints that it can fulfil: `locale`, `client_address`,
            `fallback_channels`, `time_to_live`, `code_length`.

    Raises:
        UnknownChannel, InvalidSetting: A value that a field does not take.
    """

    channels: frozenset[Channel] = field(converter=_channels)
    check_key: LookupKey = field(default=LookupKey.ID, converter=_check_key)
    fetch: LookupKey = field(default=LookupKey.NONE, converter=_fetch)
    cancel: CancelSupport = field(default=CancelSupport.NO, converter=_cancel)
    custom_code: bool = field(default=False, validator=flag)
    idempotency: Idempotency = field(default=Idempotency.NONE, converter=_idempotency)
    resend: Resend = field(default=Resend.SAME_CODE, converter=_resend)
    attempts_reported: bool = field(default=False, validator=flag)
    hints: frozenset[str] = field(default=frozenset(), converter=_hints)


class AnyProvider(Protocol):
    """What blocking providers, awaited ones and their conversations have in common."""

    @property
    def name(self) -> str:
        """Stands in every reference; lower-case, stable."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""


@runtime_checkable
class VerifyProvider(AnyProvider, Protocol):
    """
    Sends passcodes and checks them.

    Every method may raise a `VerifyError`; see `verify_core.errors`.
    """

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode; with `previous`, send again for that verification.

        Args:
            request: Whom to reach, how, and what the message should be like.
            previous: The newest reference of the verification. Another provider's or
                identifier's is listed in `Started.ignored_hints`: a fresh start.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: One may have left and nothing more can be found out.
            Unexpected: The answer cannot be read.
        """

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask whether the code is right, once; a wrong one is a verdict, not an error.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
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


@runtime_checkable
class AsyncVerifyProvider(AnyProvider, Protocol):
    """
    A `VerifyProvider` whose four methods are awaited; `aclose()` stands for `close()`.

    `verify_providers.threads.as_async` makes one of any provider.
    """

    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Do what `VerifyProvider.start` does, awaited."""

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Do what `VerifyProvider.check` does, awaited."""

    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """Do what `VerifyProvider.fetch` does, awaited."""

    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """Do what `VerifyProvider.cancel` does, awaited."""


def owns(provider: AnyProvider, ref: VerificationRef) -> bool:
    """
    Whether the provider can read the reference.

    Its name decides, or its own method `owns`: one for a single service of a vendor
    owns less, one that stands before others owns more.
    """
    own = getattr(provider, "owns", None)
    return bool(own(ref)) if callable(own) else ref.provider == provider.name


def resend_of(
    provider: AnyProvider, request: StartRequest, previous: VerificationRef | None
) -> VerificationRef | None:
    """
    The reference to send again for, or None: then this is a fresh start.

    It must be the provider's own and reach the request's identifier: a vendor that is
    asked to repeat another would send to the person that it reaches.
    """
    if previous is None or previous.identifier != request.identifier:
        return None
    return previous if owns(provider, previous) else None


def require_answer(answer: T, kind: type[T], /) -> T:
    """
    Return what a provider answered, if it is of the type that the method has.

    Raises:
        TypeError: It is not; an application must not go on with it.
    """
    if not isinstance(answer, kind):
        raise TypeError(
            f"a provider answered {type(answer).__name__}, not {kind.__name__}"
        )
    return answer
