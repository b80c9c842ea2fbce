"""
The state machine of `verify_fakes.twilio` as a provider, in memory.

What a provider promises, without a network: codes come from a seed, messages land in
an outbox, time stands still until it is moved, and failures happen when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import RLock

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    NotSupported,
    TooSoon,
    Unavailable,
)
from verify_core.frames import unframed
from verify_core.provider import (
    Accepted,
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    accept,
    attempt_of,
    owns,
)
from verify_core.provider_settings import ProviderSettings, require_options
from verify_core.validation import require_kind
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .._clock import FakeClock
from ..kit._faults import ConnectionBroken
from ..twilio import Break, Keep, Limits, Message, Profile, Reason, Switches
from ..twilio._store import VerifyStore
from ..twilio.machine._commands import (
    TwilioAnswer,
    TwilioCheck,
    TwilioRefusal,
    TwilioStart,
)
from ..twilio.machine._faults import TwilioFaults
from ..twilio.machine._numbers import Traits
from ..twilio.machine._state import (
    TwilioChannel,
    TwilioStatus,
    TwilioVerification,
)
from . import _translation as translation
from ._profiles import TWILIO_LIKE, VendorProfile, profile_named
from ._translation import BY_IDENTIFIER, Key, key_of

_CODE_LENGTHS = range(4, 11)

_SWITCHES = Switches(
    custom_code_enabled=True, lookup_enabled=True, skip_sms_to_landlines=True
)


class FakeVerifyProvider:
    """
    A provider without a vendor; safe to use from several threads.

    Args:
        seed: The same seed and calls give the same codes; None is unpredictable.
        clock: Moved by the test; a new one where there is none.
        profile: What the pretended vendor can do.
        name: Stands in references; give two fakes two names.
        extras: Types of other providers' extras to accept, and then pass over, so that
            an application's requests can be tried here as they are.
        limits: Life time, sends and checks; Twilio's, where there are none.
        keep: How much is held in memory.
        strict_numbers: Refuse numbers that cannot be in use, such as the 555 examples.

    Attributes:
        name: As above.
        capabilities: The profile's.
        clock: Call `clock.advance(timedelta(minutes=10))` to let a code expire.
        outbox: The messages sent, oldest first: `outbox[-1].code`.
        faults: Failures on purpose, such as `faults.arm("check", 20429, last=1)`.
        traits: What is true of numbers: landlines, blocked prefixes and countries.
    """

    def __init__(
        self,
        seed: int | None = None,
        clock: FakeClock | None = None,
        profile: VendorProfile = TWILIO_LIKE,
        *,
        name: str = "fake",
        extras: tuple[type, ...] = (),
        limits: Limits | None = None,
        keep: Keep | None = None,
        strict_numbers: bool = False,
    ) -> None:
        self.name = name
        self.clock = FakeClock() if clock is None else clock
        self._profile = profile
        self._extras = extras
        self._store = VerifyStore(
            clock=self.clock.now,
            seed=seed,
            switches=_SWITCHES,
            limits=limits,
            keep=keep,
            profile=Profile(strict_numbers=strict_numbers),
        )
        self._service = self._store.services.create().sid
        # The store locks each command; a resend with a new code is two of them.
        self._lock = RLock()

    @property
    def capabilities(self) -> Capabilities:
        """What the profile declares."""
        return self._profile.capabilities

    @property
    def outbox(self) -> Sequence[Message]:
        """The messages sent, oldest first."""
        return self._store.outbox

    @property
    def faults(self) -> TwilioFaults:
        """Failures on purpose."""
        return self._store.faults

    @property
    def traits(self) -> Traits:
        """What is true of numbers."""
        return self._store.traits

    def __repr__(self) -> str:
        return f"FakeVerifyProvider(name={self.name!r}, profile={self._profile.name!r})"

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode to the outbox; with `previous`, send again."""
        accepted = self._accept(request, previous)
        with self._lock:
            self._make_way(request, accepted.previous)
            started = self._send(request, accepted.previous)
        return evolve(started, ignored_hints=accepted.ignored)

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Hold a code against the one sent; a wrong one is a verdict."""
        key = self._key(ref, self.capabilities.check_key)
        if key is None:
            return CheckResult(verdict=Verdict.GONE)
        command = TwilioCheck(
            code=require_kind("code", code, str), sid=key.sid, to=key.to
        )
        answer = self._ask(
            lambda: self._store.check(self._service, command), has_effect=True
        )
        if isinstance(answer, TwilioVerification):
            reported = self.capabilities.attempts_reported
            return translation.result_of(answer, self._store.limits, reported=reported)
        verdict = translation.verdict_of(
            answer, tells_ends_apart=self._profile.tells_ends_apart
        )
        if verdict is None:
            raise translation.error_of(answer, self.name, has_effect=True)
        return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Say where the verification stands.

        Raises:
            NotSupported: The profile has no fetch.
        """
        if self.capabilities.fetch is LookupKey.NONE:
            raise NotSupported("fetch: this provider has none", self.name)
        key = self._key(ref, self.capabilities.fetch)
        if key is None:
            return VerificationState(status=Status.UNKNOWN)
        answer = self._ask(lambda: self._store.fetch(self._service, key.any))
        if isinstance(answer, TwilioVerification):
            return translation.state_of(answer)
        if answer.reason is not Reason.NOT_FOUND:
            raise translation.error_of(answer, self.name, has_effect=False)
        status = translation.status_of(
            answer, tells_ends_apart=self._profile.tells_ends_apart
        )
        return VerificationState(status=status, reason=answer.reason.value)

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, where the profile can."""
        support = self.capabilities.cancel
        if support is CancelSupport.NO:
            return CancelOutcome.NOT_SUPPORTED
        key = self._key(ref, self.capabilities.check_key)
        if key is None:
            return CancelOutcome.GONE
        opens = ref.created_at + self._profile.cancel_opens
        if support is CancelSupport.WINDOW and self.clock.now() < opens:
            return CancelOutcome.TOO_LATE
        return self._cancel(key.any)

    def _cancel(self, key: str) -> CancelOutcome:
        canceled = TwilioStatus.CANCELED
        answer = self._ask(lambda: self._store.update(self._service, key, canceled))
        if isinstance(answer, TwilioVerification):
            return CancelOutcome.CANCELED
        if answer.reason is not Reason.NOT_FOUND:
            raise translation.error_of(answer, self.name, has_effect=False)
        return CancelOutcome.GONE

    def _ask(
        self, command: Callable[[], TwilioAnswer], *, has_effect: bool = False
    ) -> TwilioAnswer:
        """Put a command; a broken connection becomes the error that its victim sees."""
        try:
            return command()
        except ConnectionBroken as broken:
            if broken.kind is Break.REFUSED or not has_effect:
                raise Unavailable("there is no answer", self.name) from None
            raise Ambiguous("the answer is lost", self.name) from None

    def _accept(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Accepted[None]:
        """Refuse what cannot be done, before anything is sent."""
        foreign = (
            each for each in request.extras if not isinstance(each, self._extras)
        )
        accepted = accept(self, evolve(request, extras=tuple(foreign)), previous)
        custom = request.custom_code
        if custom is not None and len(custom.reveal()) not in _CODE_LENGTHS:
            raise NotSupported("custom_code: takes 4 to 10 characters", self.name)
        return accepted

    def _key(self, ref: VerificationRef, by: LookupKey) -> Key | None:
        return key_of(ref, by) if owns(self, ref) else None

    def _make_way(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> None:
        """See to a verification that runs already; Twilio's way is to send it again."""
        refuses = self.capabilities.idempotency is Idempotency.REFUSES_DUPLICATE
        renews = self.capabilities.resend is Resend.NEW_CODE
        if not (refuses or renews):
            return
        running = self._store.peek(self._service, request.identifier.value)
        if running is None or running.status is not TwilioStatus.PENDING:
            return
        resent = previous is not None and previous.vendor_id in {running.sid, ""}
        if refuses and not resent:
            raise self._busy(running)
        if renews:
            self._end_for_resend(running, previous)

    def _end_for_resend(
        self, running: TwilioVerification, previous: VerificationRef | None
    ) -> None:
        # The machine counts sends of one verification; here each has one of its own.
        if previous is not None and previous.sends >= self._store.limits.sends:
            raise self._busy(running)
        self._cancel(running.sid)

    def _busy(self, running: TwilioVerification) -> TooSoon:
        ends = running.created_at + self._store.limits.time_to_live
        return TooSoon(
            "a verification is running for this identifier",
            self.name,
            retry_after=ends - self._store.now(),
        )

    def _send(self, request: StartRequest, previous: VerificationRef | None) -> Started:
        command = TwilioStart(
            to=request.identifier.value,
            channel=TwilioChannel(request.channel.value),
            custom_code=request.custom_code and request.custom_code.reveal(),
        )
        ref = self._reference(request, previous)
        reachable = self.capabilities.check_key in BY_IDENTIFIER
        try:
            answer = self._ask(
                lambda: self._store.start(self._service, command), has_effect=True
            )
        except Ambiguous:
            if not reachable:
                raise
            return Started(ref=ref, delivery=Delivery.MAYBE_SENT)
        if isinstance(answer, TwilioRefusal):
            error = translation.error_of(answer, self.name, has_effect=True)
            if isinstance(error, Ambiguous) and reachable:
                error = error.but(ref=ref)
            raise error
        return self._sent(ref, answer)

    def _reference(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> VerificationRef:
        """What is known of the verification before any answer."""
        draw = partial(self._store.random_source.sid, "attempt-")
        return VerificationRef(
            provider=self.name,
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_of(request, previous, draw),
            created_at=self._store.now(),
            sends=1 if previous is None else previous.sends + 1,
        )

    def _sent(self, ref: VerificationRef, verification: TwilioVerification) -> Started:
        renews = self.capabilities.resend is Resend.NEW_CODE
        ref = evolve(
            ref,
            vendor_id=verification.sid,
            created_at=verification.created_at,
            sends=ref.sends if renews else len(verification.sends),
        )
        return Started(
            ref=ref,
            channel=Channel(verification.channel.value),
            expires_at=verification.created_at + self._store.limits.time_to_live,
        )


_OPTIONS = ("profile", "seed")


def from_settings(settings: ProviderSettings) -> FakeVerifyProvider:
    """
    The fake that a URL describes: `fake://?seed=1&profile=check-by-id`.

    Args:
        settings: Its options `seed` (a whole number) and `profile` (one of `PROFILES`).

    Raises:
        InvalidSetting: Another option, a malformed value, or anything beside options.
    """
    seed, profile = read_options(settings)
    return FakeVerifyProvider(seed=seed, profile=profile)


def read_options(settings: ProviderSettings) -> tuple[int | None, VendorProfile]:
    """
    Read the seed and the profile of a URL.

    Raises:
        InvalidSetting: As `from_settings`.
    """
    for part in ("user", "secret", "host", "path"):
        if getattr(settings, part):
            raise InvalidSetting(part, "the fake takes none; write fake://?seed=1")
    require_options(settings, _OPTIONS)
    return (
        _seed(settings.options.get("seed")),
        profile_named(settings.options.get("profile", TWILIO_LIKE.name)),
    )


def _seed(text: str | None) -> int | None:
    if text is None:
        return None
    with suppress(ValueError):
        return int(text)
    raise InvalidSetting("seed", "takes a whole number, such as 1")
