"""Telling the hook what the guard did, masked, and surviving what the hook does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen

from verify_core.flow import Step
from verify_core.phone import PhoneNumber
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest, VerificationRef, aware_utc

from .events import Act, GuardEvent, GuardHook

_LOG: Final = logging.getLogger(__name__)


@frozen(kw_only=True)
class Teller:
    """
    The way to the hook.

    Attributes:
        hook: Who is told, or None: nobody.
        provider: Whose name stands in the events.
        clock: Dates them.
    """

    hook: GuardHook | None = field(repr=False)
    provider: VerifyProvider
    clock: Callable[[], datetime]

    def tell(self, event: GuardEvent) -> None:
        """Tell an event as it is."""
        if self.hook is None:
            return
        try:
            self.hook(event)
        except Exception as error:  # noqa: BLE001 - a watcher may not stop what it sees
            _LOG.warning("the guard's hook failed: %s", type(error).__name__)

    def tell_of(
        self,
        of: StartRequest | VerificationRef,
        act: Act,
        *,
        step: Step = Step.START,
        **facts: Any,  # noqa: ANN401 - fields of the event, which judges them
    ) -> None:
        """
        Tell what was done with a start or a reference.

        Args:
            of: The start or the reference.
            act: What was done.
            step: In which method.
            facts: Further fields of the event.
        """
        if self.hook is None:
            return
        number = of.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        self.tell(
            GuardEvent(
                act=act,
                at=aware_utc(self.clock()),
                step=step,
                provider=self.provider.name,
                channel=of.channel,
                calling_code=code,
                identifier=str(number),
                attempt_id=of.attempt_id,
                **facts,
            )
        )
