"""Several providers as one, for when a vendor fails; blocking and awaited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from verify_core.verification import VerificationRef

from .._clock import new_id, utc_now
from .._wrapping import AsyncMadeOfProviders, MadeOfProviders
from ..conversations import OnLate
from ._calls import FailoverHook
from ._children import Child, FailoverPolicy
from ._conversations import FailoverConversations

NAME = "failover"


class FailoverProvider(MadeOfProviders):
    """
    A provider that stands before others; safe to use from several threads.

    A start goes to the first child that can do it. To the next one it goes only where
    an error says that no message left, and never after `InvalidIdentifier`, `Refused`
    or `TooSoon`. The reference names the child; checks, fetches, cancels and resends
    go there. A context manager: leaving it closes the children.

    Args:
        children: The providers in order, each under a name of its own.
        policy: Routes, resends and circuits.
        clock: The present, aware; for circuits and events.
        draw_id: Draws serials, and attempt ids where neither the request nor its first
            child had one; 32 letters and digits, or whatever every vendor takes.
        on_event: Receives an event for everything that the failover does.
        name: Stands in every reference.

    Attributes:
        name: As above.
        policy: As above.
        capabilities: Every channel of any child; of all else what every child promises.

    Raises:
        InvalidSetting: No children, names or providers given twice, or a route to an
            unknown child.
    """

    def __init__(
        self,
        children: Iterable[Child],
        policy: FailoverPolicy | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        draw_id: Callable[[], str] = new_id,
        on_event: FailoverHook | None = None,
        name: str = NAME,
    ) -> None:
        self._failover = failover = FailoverConversations(
            children,
            policy,
            clock=clock,
            draw_id=draw_id,
            on_event=on_event,
            name=name,
        )
        self.policy = failover.policy
        super().__init__("children", failover.providers, failover)

    def __repr__(self) -> str:
        return f"FailoverProvider{self._failover}"

    def child_of(self, ref: VerificationRef) -> str | None:
        """Return the name of the child that a reference belongs to, or None."""
        return self._failover.child_of(ref)


class AsyncFailoverProvider(AsyncMadeOfProviders):
    """
    `FailoverProvider` before awaited providers, itself awaited.

    It takes the same arguments, and:

    Args:
        on_late: Receives the answers whose caller was cancelled while a message may
            have been on the way; None logs a masked warning.

    Raises:
        InvalidSetting: As `FailoverProvider`; or a child that blocks.
    """

    def __init__(
        self,
        children: Iterable[Child],
        policy: FailoverPolicy | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        draw_id: Callable[[], str] = new_id,
        on_event: FailoverHook | None = None,
        name: str = NAME,
        on_late: OnLate | None = None,
    ) -> None:
        self._failover = failover = FailoverConversations(
            children,
            policy,
            clock=clock,
            draw_id=draw_id,
            on_event=on_event,
            name=name,
        )
        self.policy = failover.policy
        super().__init__("children", failover.providers, failover, on_late=on_late)

    def __repr__(self) -> str:
        return f"AsyncFailoverProvider{self._failover}"

    def child_of(self, ref: VerificationRef) -> str | None:
        """Return the name of the child that a reference belongs to, or None."""
        return self._failover.child_of(ref)
