"""
A bench for `verify_core.testing` around the fake in memory, with all its doors open.

    HARNESS = Harness(name="mine", open=lambda: nullcontext(fake_bench(MyProvider)))

`MyProvider` is called with a sound provider and stands around it, as a wrapper of one's
own does, or a provider that is wrong on purpose.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

from attrs import evolve, frozen

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.identifiers import Identifier
from verify_core.provider import CancelSupport, LookupKey, VerifyProvider
from verify_core.testing import Bench, Call, Garbage, SeenMessage
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from ..twilio import Break, Limits, Reason
from ._pretended import BY_IDENTIFIER
from ._profiles import TWILIO_LIKE, VendorProfile
from ._provider import FakeVerifyProvider

__all__ = ["fake_bench"]

#: How long the provider under a bench waits for an answer, by its own stopwatch.
PATIENCE = timedelta(seconds=4)

_RETRY_AFTER = timedelta(seconds=3)
_LIMITS = Limits()

#: One reason of the fake's for each error that stands for a refusal.
REFUSALS: Mapping[type[NotSent], Reason] = {
    InvalidIdentifier: Reason.LANDLINE,
    Refused: Reason.PREFIX_BLOCKED,
    TooSoon: Reason.MAX_SENDS,
    Throttled: Reason.TOO_MANY_REQUESTS,
    Misconfigured: Reason.UNAUTHENTICATED,
    Unavailable: Reason.UNAVAILABLE,
    UnsupportedChannel: Reason.CHANNEL_DISABLED,
}

_STATUSES: Mapping[int, type[NotSent]] = {
    401: Misconfigured,
    402: Misconfigured,
    429: Throttled,
    503: Unavailable,
}

_FAILED_INSIDE = {500, 502, 504}


@frozen(kw_only=True)
class _Trouble:
    """
    One failure that is due.

    Attributes:
        acted: Whether the vendor acts all the same.
        error: What a sound provider raises, given the reference that is still known.
    """

    call: Call
    acted: bool
    error: Callable[[VerificationRef | None], VerifyError]


class FaultyVendor:
    """
    The fake in memory, with failures that HTTP has words for.

    It is a sound provider all the while: it says of each failure what is known.
    """

    def __init__(self, fake: FakeVerifyProvider) -> None:
        self.name = fake.name
        self.capabilities = fake.capabilities
        self._fake = fake
        self._due: list[_Trouble] = []
        self._strange = False
        self._stalled = False
        self._own = threading.local()

    def __repr__(self) -> str:
        return f"FaultyVendor({self._fake!r})"

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self._meet(Call.START, lambda: self._fake.start(request, previous=previous))
        return self._fake.start(request, previous=previous)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self._meet(Call.CHECK, lambda: self._fake.check(ref, code))
        self._puzzle()
        return self._fake.check(ref, code)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        if self.capabilities.fetch is not LookupKey.NONE:
            self._meet(Call.FETCH, lambda: self._fake.fetch(ref))
            self._puzzle()
        return self._fake.fetch(ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        if self.capabilities.cancel is CancelSupport.YES:
            self._meet(Call.CANCEL, lambda: self._fake.cancel(ref))
        return self._fake.cancel(ref)

    def fail_next(self, status: int, call: Call) -> None:
        """Let the next call fail as after an answer of this HTTP status."""
        acted = status in _FAILED_INSIDE
        self._arm(call, lambda ref: self._failure(status, ref), acted=acted)

    def _failure(self, status: int, ref: VerificationRef | None) -> VerifyError:
        if status in _FAILED_INSIDE:
            return Ambiguous("the vendor failed inside", self.name, status, ref=ref)
        kind = _STATUSES.get(status)
        if kind is None:
            return Unexpected("the answer is not a success", self.name, status)
        wait = _RETRY_AFTER if status in {429, 503} else None
        return kind("the vendor refused", self.name, status, retry_after=wait)

    def garble_next(self, _garbage: Garbage, call: Call) -> None:
        """Let the next call fail as after an answer that cannot be read."""
        error = Unexpected("the answer cannot be read", self.name, 200)
        self._arm(call, lambda _ref: error, acted=True)

    def redirect_next(self, call: Call) -> None:
        """Let the next call fail as after a redirect, which is not followed."""
        error = Unexpected("the vendor is elsewhere", self.name, 307)
        self._arm(call, lambda _ref: error, acted=False)

    def _arm(
        self,
        call: Call,
        error: Callable[[VerificationRef | None], VerifyError],
        *,
        acted: bool,
    ) -> None:
        self._due.append(_Trouble(call=call, acted=acted, error=error))

    def speak_strangely(self) -> None:
        """From now on checks and fetches find an undocumented status."""
        self._strange = True

    def stall(self) -> None:
        """From now on no call gets an answer, and each waits as long as it may."""
        self._stalled = True

    def waited_s(self) -> float:
        """Seconds that this thread has spent on waiting for a vendor that stalls."""
        waited: float = getattr(self._own, "waited_s", 0.0)
        return waited

    def refuse_connections(self) -> None:
        """From now on every connection is refused."""
        for call in Call:
            self._fake.faults.arm(call.value, Break.REFUSED)

    def lose_all_answers(self) -> None:
        """From now on the vendor acts, and no answer arrives."""
        for call in Call:
            self._fake.faults.arm(call.value, Break.ANSWER_LOST)

    def arm_next(self, effect: Break | Reason, call: Call = Call.START) -> None:
        """Let the next call of that kind meet one effect of the fake's own."""
        self._fake.faults.arm(call.value, effect, last=1)

    def _meet(self, call: Call, act: Callable[[], object]) -> None:
        if self._stalled:
            self._own.waited_s = self.waited_s() + PATIENCE.total_seconds()
            raise Ambiguous("no answer in time", self.name)
        for trouble in self._due:
            if trouble.call is call:
                self._due.remove(trouble)
                raise trouble.error(self._acted(act) if trouble.acted else None)

    def _acted(self, act: Callable[[], object]) -> VerificationRef | None:
        """Let the vendor act; the reference that can be checked without its answer."""
        answer: object = None
        with suppress(VerifyError):
            answer = act()
        if isinstance(answer, Started) and self.capabilities.check_key in BY_IDENTIFIER:
            return evolve(answer.ref, vendor_id="")
        return None

    def _puzzle(self) -> None:
        if self._strange:
            raise Unexpected("an unknown status", self.name)


def fake_bench(
    wrap: Callable[[VerifyProvider], VerifyProvider] = lambda inner: inner,
    *,
    profile: VendorProfile = TWILIO_LIKE,
    seed: int = 7,
) -> Bench:
    """
    A fresh world with the fake in memory, or with a provider around it.

    Args:
        wrap: Makes the provider under test from a sound one.
        profile: What the pretended vendor can do.
        seed: For the codes.
    """
    fake = FakeVerifyProvider(seed=seed, profile=profile)
    vendor = FaultyVendor(fake)

    return Bench(
        provider=wrap(vendor),
        inbox=partial(_received, fake),
        guesses=_LIMITS.checks,
        lifetime=_LIMITS.time_to_live,
        now=fake.clock.now,
        advance=fake.clock.advance,
        another_process=lambda: wrap(vendor),
        lose_next=lambda call: vendor.arm_next(Break.ANSWER_LOST, call),
        lose_all_answers=vendor.lose_all_answers,
        drop_next_start=lambda: vendor.arm_next(Break.HANG_UP),
        fail_next=vendor.fail_next,
        garble_next=vendor.garble_next,
        redirect_next=vendor.redirect_next,
        refuse_next_start={
            kind: partial(vendor.arm_next, reason) for kind, reason in REFUSALS.items()
        },
        throttle_next_check=lambda: vendor.arm_next(
            Reason.TOO_MANY_REQUESTS, Call.CHECK
        ),
        speak_strangely=vendor.speak_strangely,
        refuse_connections=vendor.refuse_connections,
        stall=vendor.stall,
        trickle=vendor.stall,
        deadline=PATIENCE,
        stopwatch=vendor.waited_s,
    )


def _received(fake: FakeVerifyProvider, identifier: Identifier) -> list[SeenMessage]:
    return [
        SeenMessage(
            code=message.code,
            channel=message.channel.value,
            locale=message.locale,
        )
        for message in fake.outbox
        if message.to == identifier.value
    ]
