"""
Fixed codes for a few listed numbers, in production, until a day that is set.

For people who must get in without a telephone: those who review an app for a store, or
a monitoring script. Nothing is ever sent to a listed number, and its code soon becomes
known, so an account behind it should hold nothing.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from attrs import define, evolve

from verify_core.accepting import accept, attempt_of
from verify_core.channels import Channel
from verify_core.errors import InputError, InvalidSetting
from verify_core.identifiers import EmailAddress
from verify_core.masking import Secret, to_secret
from verify_core.phone import read_phone
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.validation import aware_utc, require_function, require_mapping
from verify_core.verification import (
    MAX_CODE_LENGTH,
    MIN_CODE_LENGTH,
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from ._clock import new_id, utc_now
from ._wrapping import AsyncWrapping, Wrapping, WrappingConversations
from .conversations import CallConversation, OnLate

__all__ = ["AsyncTestNumbers", "TestNumbers"]

TIME_TO_LIVE = timedelta(minutes=10)
MAX_WRONG_CODES = 5
"""Per number within `TIME_TO_LIVE`, however often it is started."""

_MARK = "test_number"
_REMEMBERED = 1_000


@define
class _Guesses:
    """Wrong codes of one number, since the first of them."""

    since: datetime
    wrong: int = 0


class TestNumbers(Wrapping):
    """
    A provider that knows fixed codes for listed numbers; all others go to another one.

    What it remembers (wrong codes, ended verifications) lives in this process. Safe for
    several threads if the provider is.

    Args:
        provider: Serves all other numbers, and the listed ones from `until` on.
        codes: Phone number with its country code, or e-mail address, to its code of 4
            to 10 digits.
        until: When the list ends, aware; references from before are gone then.
        clock: The present, aware.

    Raises:
        InvalidSetting: `codes` is empty, or has a number or a code that cannot be used;
            `until` is naive; or the provider is awaited.
    """

    __test__ = False  # not a test case, as pytest takes it by its name

    def __init__(
        self,
        provider: VerifyProvider,
        codes: Mapping[str, str | Secret],
        *,
        until: datetime,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._listed = _Listed(provider, codes, until, clock)
        super().__init__(provider, self._listed)

    def __repr__(self) -> str:
        return f"TestNumbers({self.provider!r}, {len(self._listed)} numbers)"


class AsyncTestNumbers(AsyncWrapping):
    """
    `TestNumbers` around an awaited provider, itself awaited.

    It takes the arguments of `TestNumbers`, and `on_late`, which receives the answers
    whose caller was cancelled while a message may have been on the way; None logs a
    masked warning.

    Raises:
        InvalidSetting: As `TestNumbers`; or a provider that blocks.
    """

    __test__ = False

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        codes: Mapping[str, str | Secret],
        *,
        until: datetime,
        clock: Callable[[], datetime] = utc_now,
        on_late: OnLate | None = None,
    ) -> None:
        self._listed = _Listed(provider, codes, until, clock)
        super().__init__(provider, self._listed, on_late=on_late)

    def __repr__(self) -> str:
        return f"AsyncTestNumbers({self.provider!r}, {len(self._listed)} numbers)"


class _Listed(WrappingConversations):
    """The conversations of a provider with fixed codes for listed numbers."""

    def __init__(
        self,
        provider: VerifyProvider | AsyncVerifyProvider,
        codes: Mapping[str, str | Secret],
        until: datetime,
        clock: Callable[[], datetime],
    ) -> None:
        if not require_mapping("codes", codes):
            raise InvalidSetting("codes", "takes at least one number")
        super().__init__(provider)
        self._codes = {_address(text): _code(code) for text, code in codes.items()}
        self._until = aware_utc(until, "until")
        self._clock = require_function("clock", clock)
        self._guesses: dict[str, _Guesses] = {}
        self._ended: OrderedDict[str, Status] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._codes)

    def owns(self, ref: VerificationRef) -> bool:
        if _is_marked(ref):
            return ref.provider == self.name
        return super().owns(ref)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        if request.identifier.value in self._codes and not self._is_over():
            return self._started(request, previous)
        if previous is None or not _is_marked(previous):
            return (yield from super().start(request, previous))
        # To the provider, a reference of the list means nothing.
        started = yield from super().start(request, None)
        return evolve(started, ignored_hints=(*started.ignored_hints, "previous"))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        if not _is_marked(ref):
            return (yield from super().check(ref, code))
        with self._lock:
            verdict = self._verdict(ref, code)
        return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        if not _is_marked(ref):
            return (yield from super().fetch(ref))
        with self._lock:
            return VerificationState(status=self._status(ref))

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        if not _is_marked(ref):
            return (yield from super().cancel(ref))
        with self._lock:
            if self._status(ref) is not Status.PENDING:
                return CancelOutcome.GONE
            self._end(ref, Status.CANCELED)
        return CancelOutcome.CANCELED

    def _started(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Started:
        listed = previous if previous is not None and _is_marked(previous) else None
        # Nothing is sent, so extras make no difference.
        accepted = accept(self, request, listed, extras=object)
        again, ignored = accepted.previous, accepted.ignored
        if listed is not previous:
            ignored = (*ignored, "previous")
        now = self._clock()
        ref = VerificationRef(
            provider=self.name,
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_of(request, again, new_id),
            created_at=now,
            sends=again.sends + 1 if again else 1,
            vendor_data={_MARK: new_id()},
        )
        return Started(
            ref=ref,
            channel=Channel(request.channel),
            expires_at=now + TIME_TO_LIVE,
            code_length=len(self._codes[request.identifier.value].reveal()),
            ignored_hints=ignored,
        )

    def _verdict(self, ref: VerificationRef, code: Secret) -> Verdict:
        status = self._status(ref)
        if status is not Status.PENDING:
            return Verdict.EXPIRED if status is Status.EXPIRED else Verdict.GONE
        guesses = self._guesses_of(ref.identifier.value)
        if guesses.wrong >= MAX_WRONG_CODES:
            return Verdict.EXHAUSTED
        if _is_same(code, self._codes[ref.identifier.value]):
            self._end(ref, Status.APPROVED)
            return Verdict.APPROVED
        guesses.wrong += 1
        return Verdict.WRONG_CODE

    def _status(self, ref: VerificationRef) -> Status:
        ours = ref.provider == self.name and ref.identifier.value in self._codes
        if not ours or self._is_over():
            return Status.UNKNOWN
        expired = self._clock() >= ref.created_at + TIME_TO_LIVE
        now = Status.EXPIRED if expired else Status.PENDING
        return self._ended.get(ref.vendor_data[_MARK], now)

    def _guesses_of(self, address: str) -> _Guesses:
        now = self._clock()
        guesses = self._guesses.get(address)
        if guesses is None or now >= guesses.since + TIME_TO_LIVE:
            guesses = self._guesses[address] = _Guesses(now)
        return guesses

    def _end(self, ref: VerificationRef, end: Status) -> None:
        self._ended[ref.vendor_data[_MARK]] = end
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def _is_over(self) -> bool:
        return aware_utc(self._clock()) >= self._until


def _is_same(typed: Secret, expected: Secret) -> bool:
    one, other = (each.reveal().encode(errors="replace") for each in (typed, expected))
    return hmac.compare_digest(one, other)


def _is_marked(ref: VerificationRef) -> bool:
    return _MARK in ref.vendor_data


def _address(text: str) -> str:
    try:
        return EmailAddress(text).value if "@" in text else read_phone(text).value
    except InputError as error:
        raise InvalidSetting(
            "codes", f"takes numbers with country code: {error}"
        ) from None


def _code(code: str | Secret) -> Secret:
    secret = to_secret(code)
    digits = secret.reveal()
    fits = MIN_CODE_LENGTH <= len(digits) <= MAX_CODE_LENGTH
    if not fits or digits.strip("0123456789"):
        raise InvalidSetting("codes", "takes codes of 4 to 10 digits")
    return secret
