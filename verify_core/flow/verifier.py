"""The library in one object."""

from __future__ import annotations

from typing import Unpack

from ..channels import Channel
from ..identifiers import Identifier
from ..phone import PhonePolicy
from ..provider import VerifyProvider
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    VerificationRef,
    VerificationState,
)
from .driving import run
from .events import EventHook
from .steps import StartOptions, canceling, collecting, fetching, sending


class Verifier:
    """
    Sends passcodes and checks them: the library in one object.

    Args:
        provider: Who does it.
        policy: How phone numbers are read.
        on_event: Sees every step, masked.
    """

    def __init__(
        self,
        provider: VerifyProvider,
        policy: PhonePolicy | None = None,
        *,
        on_event: EventHook | None = None,
    ) -> None:
        self.provider = provider
        self.policy = PhonePolicy() if policy is None else policy
        self._on_event = on_event

    def start(
        self,
        text: str | Identifier,
        channel: str | Channel = Channel.SMS,
        *,
        previous: VerificationRef | None = None,
        **options: Unpack[StartOptions],
    ) -> Started:
        """
        Send a passcode; keep the `.ref` of what comes back.

        Args:
            text: A phone number or an e-mail address, as typed.
            channel: `sms`, `call`, `email` or `whatsapp`.
            previous: The reference to send again for. One of another identifier or of
                another provider is left out: this is then a fresh start, and
                `ignored_hints` lists `previous`.
            **options: Further fields of `StartRequest`.

        Raises:
            InputError: The identifier or the channel cannot be used; ask again.
            VerifyError: The provider could not do it; the class says what next.
        """
        flow = sending(text, channel, policy=self.policy, previous=previous, **options)
        return run(flow, self.provider, on_event=self._on_event)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Check a code as typed; its `.verdict` says how it went.

        Raises:
            EmptyCode: There is no code in the text.
            NotACode: The text has words or signs that no code has.
            VerifyError: The provider could not do it; never taken for approval.
        """
        return run(collecting(ref, code), self.provider, on_event=self._on_event)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where a verification stands.

        Raises:
            NotSupported: The provider cannot be asked; `capabilities.fetch` says so.
            VerifyError: The provider could not do it.
        """
        return run(fetching(ref), self.provider, on_event=self._on_event)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        return run(canceling(ref), self.provider, on_event=self._on_event)
