"""
Refusals that look like successes, so that nobody can find out what the rules are.

A decoy is a reference with a mark that only the pepper's owner can tell from the mark
of a real one, and everything else about it is drawn in the shape of what the provider
returned last on that channel. No vendor hears of it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from attrs import define, evolve, field, frozen

from verify_core.channels import Channel
from verify_core.provider import (
    CancelSupport,
    VerifyProvider,
    accept,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    EnterCode,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .keys import Keys
from .ledger import CountersLost, Ledger

MARK: Final = "guard"
LIFETIME: Final = timedelta(minutes=10)
"""Of a decoy, until the provider has shown how long its own verifications live."""

_NONCE: Final = 16
_MARK_LENGTH: Final = 48
_NO_ID: Final = "0" * 31 + "a"
"""The shape of ids, until the provider has shown its own."""
_RUN: Final = re.compile("[0-9a-f]{4,}")
_REAL: Final = "real"
_DECOY: Final = "decoy"
_SHORTEST: Final = timedelta(seconds=1)


@frozen(kw_only=True)
class _Seen:
    """The last success on a channel, and how long its code lived."""

    started: Started
    lifetime: timedelta


@define(eq=False)
class Decoys:
    """
    Makes decoys, knows them again, and answers for them.

    Attributes:
        provider: Whose successes they look like.
        keys: For the marks.
        ledger: Counts guesses.
        guesses: How many a decoy takes.
        draw: Draws so many hexadecimal digits.
    """

    provider: VerifyProvider
    keys: Keys
    ledger: Ledger
    guesses: int
    draw: Callable[[int], str]
    _seen: dict[Channel, _Seen] = field(factory=dict, init=False)

    def seal(self, ref: VerificationRef) -> VerificationRef:
        """The provider's reference with the mark of a real one."""
        return self._marked(ref, _REAL)

    def open(self, ref: VerificationRef) -> tuple[VerificationRef, bool]:
        """The provider's own reference, and whether it is a decoy instead."""
        mark = ref.vendor_data.get(MARK)
        if mark is None:
            return ref, False
        head, _, inner = mark.partition(".")
        data = {name: text for name, text in ref.vendor_data.items() if name != MARK}
        if inner:
            data[MARK] = inner
        own = evolve(ref, vendor_data=data)
        nonce = head[:_NONCE]
        is_decoy = hmac.compare_digest(
            head.encode(), self._mark(own, _DECOY, nonce).encode()
        )
        return own, is_decoy

    def learn(self, started: Started, now: datetime) -> None:
        """Remember the shape of a success, if it is one of the usual kind."""
        if started.delivery is not Delivery.SENT or started.next_step != EnterCode():
            return
        ends = started.expires_at
        lifetime = LIFETIME if ends is None else max(ends - now, _SHORTEST)
        self._seen[started.ref.channel] = _Seen(started=started, lifetime=lifetime)

    def started(
        self,
        request: StartRequest,
        now: datetime,
        *,
        earlier: VerificationRef | None,
        attempt_id: str | None,
    ) -> Started:
        """
        A success that is none.

        Args:
            request: The refused one.
            now: The present, UTC.
            earlier: The reference that it was to replace.
            attempt_id: For the decoy; None draws one.
        """
        seen = self._seen.get(request.channel)
        usual = None if seen is None else seen.started
        own = VerificationRef(
            provider=self.provider.name,
            vendor_id=self._like(_NO_ID if usual is None else usual.ref.vendor_id),
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_id
            or self._like(_NO_ID if usual is None else usual.ref.attempt_id),
            created_at=now,
            sends=1 if earlier is None else earlier.sends + 1,
            vendor_data={} if usual is None else self._data_like(usual.ref),
        )
        return self._shown(request, now, self._marked(own, _DECOY))

    def again(
        self, request: StartRequest, now: datetime, ref: VerificationRef
    ) -> Started | None:
        """
        A success that leaves a running verification in place, so that its code works.

        Args:
            request: The refused one, which was to send again.
            now: The present, UTC.
            ref: The provider's own reference of the running verification.

        Returns:
            None where it is another person's, or over, as far as is known.
        """
        if ref.identifier != request.identifier or ref.channel != request.channel:
            return None
        over = now >= ref.created_at + self._lifetime(ref.channel)
        if over or self._count(self._ended(ref)):
            return None
        return self._shown(request, now, self.seal(ref))

    def end(self, own: VerificationRef) -> None:
        """Remember that a verification, real or not, is over."""
        try:
            self.ledger.add(self._ended(own), self._window(own.channel))
        except CountersLost:
            return  # told already; a decoy's end is not worth an error

    def check(self, own: VerificationRef, now: datetime) -> CheckResult:
        """Wrong, as often as a real one would say so; then exhausted."""
        if self._is_over(own, now):
            return CheckResult(verdict=Verdict.GONE)
        try:
            guess = self.ledger.add(self._guessed(own), self._window(own.channel))
        except CountersLost:
            guess = 1
        reported = self.provider.capabilities.attempts_reported
        left = max(self.guesses - guess, 0)
        if guess > self.guesses:
            return CheckResult(
                verdict=Verdict.EXHAUSTED, attempts_remaining=0 if reported else None
            )
        return CheckResult(
            verdict=Verdict.WRONG_CODE,
            attempts_remaining=left if reported else None,
            retry_allowed=left > 0 or not reported,
        )

    def fetch(self, own: VerificationRef, now: datetime) -> VerificationState:
        """Pending, until it is over."""
        if self._count(self._ended(own)):
            return VerificationState(status=Status.CANCELED)
        if self._is_over(own, now):
            return VerificationState(status=Status.EXPIRED)
        spent = self._count(self._guessed(own)) >= self.guesses
        return VerificationState(status=Status.FAILED if spent else Status.PENDING)

    def cancel(self, own: VerificationRef, now: datetime) -> CancelOutcome:
        """What a real one would say at that time, by what the provider declares."""
        if self._is_over(own, now):
            return CancelOutcome.GONE
        capabilities = self.provider.capabilities
        if capabilities.cancel is CancelSupport.NO:
            return CancelOutcome.NOT_SUPPORTED
        windowed = capabilities.cancel is CancelSupport.WINDOW
        if windowed and now < own.created_at + capabilities.cancel_opens:
            return CancelOutcome.TOO_LATE
        self.end(own)
        return CancelOutcome.CANCELED

    def _shown(
        self, request: StartRequest, now: datetime, ref: VerificationRef
    ) -> Started:
        seen = self._seen.get(request.channel)
        hints = accept(self.provider, request, extras=object).ignored
        if seen is None:
            return Started(
                ref=ref,
                channel=request.channel,
                expires_at=now + LIFETIME,
                ignored_hints=hints,
            )
        ends = None if seen.started.expires_at is None else now + seen.lifetime
        return evolve(seen.started, ref=ref, expires_at=ends, ignored_hints=hints)

    def _marked(self, ref: VerificationRef, kind: str) -> VerificationRef:
        mark = self._mark(ref, kind, self.draw(_NONCE))
        inner = ref.vendor_data.get(MARK)
        if inner is not None:  # of a guard below this one
            mark = f"{mark}.{inner}"
        return evolve(ref, vendor_data={**ref.vendor_data, MARK: mark})

    def _mark(self, ref: VerificationRef, kind: str, nonce: str) -> str:
        digest = self.keys.digest(kind, nonce, ref.attempt_id, ref.identifier.value)
        return f"{nonce}{digest}"

    def _like(self, text: str) -> str:
        """A text of the same shape: other digits where it has runs of them."""
        runs = _RUN.findall(text)
        decimal = not re.search("[a-f]", "".join(runs))

        def drawn(run: re.Match[str]) -> str:
            digits = self.draw(len(run[0]))
            if not decimal:
                return digits
            return "".join(f"{int(digit, 16) % 10}" for digit in digits)

        return _RUN.sub(drawn, text)

    def _data_like(self, ref: VerificationRef) -> dict[str, str]:
        # Whoever can read it holds an unsealed reference; sealed, its length shows.
        return {
            name: text[_MARK_LENGTH + 1 :] if name == MARK else self.draw(len(text))
            for name, text in ref.vendor_data.items()
        }

    def _lifetime(self, channel: Channel) -> timedelta:
        seen = self._seen.get(channel)
        return LIFETIME if seen is None else seen.lifetime

    def _window(self, channel: Channel) -> timedelta:
        # Counters live somewhat longer than what they count for.
        return timedelta(seconds=int(self._lifetime(channel).total_seconds()) * 2 + 60)

    def _is_over(self, own: VerificationRef, now: datetime) -> bool:
        late = now >= own.created_at + self._lifetime(own.channel)
        return late or bool(self._count(self._ended(own)))

    def _count(self, key: str) -> int:
        try:
            return self.ledger.count(key)
        except CountersLost:
            return 0

    def _guessed(self, own: VerificationRef) -> str:
        return f"guessed:{self._name(own)}"

    def _ended(self, own: VerificationRef) -> str:
        return f"ended:{self._name(own)}"

    def _name(self, own: VerificationRef) -> str:
        return self.keys.digest(
            "reference", own.provider, own.vendor_id, own.attempt_id
        )
