"""The fake in memory as a provider, blocking and awaited, and by URL."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings, require_options
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from .._clock import FakeClock, RunningClock
from ..twilio import Keep, Limits, Profile, Switches
from ..twilio._store import VerifyStore
from ._pretended import PretendedVendor
from ._profiles import TWILIO_LIKE, VendorProfile, profile_named

if TYPE_CHECKING:
    from verify_core.phone import PhoneNumber

_SWITCHES = Switches(
    custom_code_enabled=True, lookup_enabled=True, skip_sms_to_landlines=True
)


class _Fake:
    """What both providers are made of."""

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
        self.capabilities = profile.capabilities
        self._profile = profile
        store = VerifyStore(
            clock=self.clock.now,
            seed=seed,
            switches=_SWITCHES,
            limits=limits,
            keep=keep,
            profile=Profile(strict_numbers=strict_numbers),
        )
        self.outbox, self.faults, self.traits = store.outbox, store.faults, store.traits
        self._vendor = PretendedVendor(store, profile, name=name, extras=extras)

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}(name={self.name!r}, profile={self._profile.name!r})"


class FakeVerifyProvider(_Fake):
    """
    A provider without a vendor; safe to use from several threads.

    What a provider promises, without a network: codes come from a seed, messages land
    in an outbox, time stands still until it is moved, failures happen when asked for.

    Args:
        seed: The same seed and calls give the same codes; None is unpredictable.
        clock: Moved by the test; a new one if None.
        profile: What the pretended vendor can do.
        name: Stands in references; give two fakes two names.
        extras: Types of other providers' extras to accept and ignore, so that an
            application's requests can be tried here as they are.
        limits: Life time, sends and checks; Twilio's if None.
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

    @unframed
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode to the outbox; with `previous`, send again."""
        return self._vendor.start(request, previous=previous)

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Hold a code against the one sent; a wrong one is a verdict."""
        return self._vendor.check(ref, code)

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Say where the verification stands.

        Raises:
            NotSupported: The profile has no fetch.
        """
        return self._vendor.fetch(ref)

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, where the profile can."""
        return self._vendor.cancel(ref)

    @unframed
    def line_type(self, number: PhoneNumber) -> str:
        """Say what kind of line a number is, in the words of `TwilioLookup`."""
        return self._vendor.line_type(number)


class AsyncFakeVerifyProvider(_Fake):
    """
    `FakeVerifyProvider`, awaited: the same arguments, attributes and methods.

    It answers without waiting, so a test needs no other task to run. `async with`
    works, and closes nothing: the outbox stays readable.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Do nothing: there is no connection to close."""

    @unframed
    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """Send a passcode to the outbox; with `previous`, send again."""
        return self._vendor.start(request, previous=previous)

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Hold a code against the one sent; a wrong one is a verdict."""
        return self._vendor.check(ref, code)

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Say where the verification stands.

        Raises:
            NotSupported: The profile has no fetch.
        """
        return self._vendor.fetch(ref)

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, where the profile can."""
        return self._vendor.cancel(ref)


def from_settings(settings: ProviderSettings) -> FakeVerifyProvider:
    """
    The fake that a URL describes: `fake://?seed=1&profile=check-by-id`.

    Its clock runs with the machine's, since a program asks by URL, and there codes must
    expire; `clock.advance` moves it further.

    Raises:
        InvalidSetting: Another option, a malformed value, or anything beside options.
    """
    seed, profile = _read_options(settings)
    return FakeVerifyProvider(seed, RunningClock(), profile)


def async_from_settings(settings: ProviderSettings) -> AsyncFakeVerifyProvider:
    """
    The awaited fake that a URL describes; as `from_settings`.

    Raises:
        InvalidSetting: As `from_settings`.
    """
    seed, profile = _read_options(settings)
    return AsyncFakeVerifyProvider(seed, RunningClock(), profile)


def _read_options(settings: ProviderSettings) -> tuple[int | None, VendorProfile]:
    for part in ("user", "secret", "host", "path"):
        if getattr(settings, part):
            raise InvalidSetting(part, "the fake takes none; write fake://?seed=1")
    require_options(settings, ("profile", "seed"))
    profile = profile_named(settings.options.get("profile", TWILIO_LIKE.name))
    seed = settings.options.get("seed")
    if seed is None:
        return None, profile
    with suppress(ValueError):
        return int(seed), profile
    raise InvalidSetting("seed", "takes a whole number, such as 1")
