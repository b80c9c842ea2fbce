"""The fake in memory for programs that await: the same fake, answering at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from verify_core.frames import unframed
from verify_core.provider import Capabilities
from verify_core.provider_settings import ProviderSettings
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from .._clock import FakeClock
from ..twilio import Keep, Limits, Message
from ..twilio.machine._faults import TwilioFaults
from ..twilio.machine._numbers import Traits
from ._profiles import TWILIO_LIKE, VendorProfile
from ._provider import FakeVerifyProvider, read_options


class AsyncFakeVerifyProvider:
    """
    `FakeVerifyProvider`, awaited; it takes the same arguments and has the same doors.

    It answers without waiting, so a test needs no other task to run. `async with`
    works, and closes nothing: the outbox stays readable.

    Args:
        seed: As for `FakeVerifyProvider`, as the others.
        clock: As above.
        profile: As above.
        name: As above.
        extras: As above.
        limits: As above.
        keep: As above.
        strict_numbers: As above.

    Attributes:
        name: As for `FakeVerifyProvider`, as the others.
        capabilities: As above.
        clock: As above.
        outbox: As above.
        faults: As above.
        traits: As above.
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
        self._fake = FakeVerifyProvider(
            seed,
            clock,
            profile,
            name=name,
            extras=extras,
            limits=limits,
            keep=keep,
            strict_numbers=strict_numbers,
        )
        self.name = name
        self.clock = self._fake.clock

    @property
    def capabilities(self) -> Capabilities:
        """What the profile declares."""
        return self._fake.capabilities

    @property
    def outbox(self) -> Sequence[Message]:
        """The messages sent, oldest first."""
        return self._fake.outbox

    @property
    def faults(self) -> TwilioFaults:
        """Failures on purpose."""
        return self._fake.faults

    @property
    def traits(self) -> Traits:
        """What is true of numbers."""
        return self._fake.traits

    def __repr__(self) -> str:
        return f"Async{self._fake!r}"

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
        return self._fake.start(request, previous=previous)

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Hold a code against the one sent; a wrong one is a verdict."""
        return self._fake.check(ref, code)

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Say where the verification stands.

        Raises:
            NotSupported: The profile has no fetch.
        """
        return self._fake.fetch(ref)

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End the verification, where the profile can."""
        return self._fake.cancel(ref)


def async_from_settings(settings: ProviderSettings) -> AsyncFakeVerifyProvider:
    """
    The awaited fake that a URL describes; as `from_settings`.

    Raises:
        InvalidSetting: As `from_settings`.
    """
    seed, profile = read_options(settings)
    return AsyncFakeVerifyProvider(seed=seed, profile=profile)
