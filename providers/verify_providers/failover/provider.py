"""Several providers as one, for when a vendor is out of order."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Self

from attrs import evolve

from verify_core.errors import NotSupported, VerifyError
from verify_core.provider import (
    CancelSupport,
    LookupKey,
    accept,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .calls import Line, calling_code
from .children import Child, by_name, choice, require_name
from .circuits import Circuits
from .events import FailoverHook
from .memory import Memory
from .pairs import check_pair, joined_state, worst_outcome
from .policy import FailoverPolicy
from .promises import joint
from .references import Link, Pin, from_reference
from .starting import Start

NAME: Final = "failover"


def utc_now() -> datetime:
    """The system's clock, for those who pass none."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class FailoverProvider:
    """
    A provider that stands before others; safe to use from several threads.

    A start goes to the first child that can do it. To the next one it goes only where
    an error says that no message left, and never after `InvalidIdentifier`, `Refused`
    or `TooSoon`. The reference names the child; checks, fetches, cancels and resends
    go there. A context manager: leaving it closes the children.

    Args:
        children: The providers in order, each under a name of its own.
        policy: What is done when.
        clock: The present, aware; for circuits and events.
        draw_id: Draws serials, and attempt ids where neither the request nor its first
            child had one; 32 letters and digits, or whatever every vendor takes.
        on_event: Sees everything that is done, masked.
        name: Stands in every reference.

    Attributes:
        name: As above.
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
        draw_id: Callable[[], str] = lambda: secrets.token_hex(16),
        on_event: FailoverHook | None = None,
        name: str = NAME,
    ) -> None:
        self.name = require_name("name", name)
        self._policy = FailoverPolicy() if policy is None else policy
        self._children = by_name(children, reserved=name)
        self._choice = choice(self._children, self._policy.routes)
        members = [each.provider.capabilities for each in self._children.values()]
        self.capabilities = joint(members)
        self._draw_id = draw_id
        self._memory = Memory()
        self._line = Line(
            failover=name,
            clock=clock,
            circuits=Circuits(self._policy.circuit, clock),
            hook=on_event,
        )

    def __repr__(self) -> str:
        return f"FailoverProvider(name={self.name!r}, children={[*self._children]})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the children that can be closed."""
        for child in self._children.values():
            close = getattr(child.provider, "close", None)
            if callable(close):
                close()

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference names a child, or is a child's own from before."""
        return self._pin(ref) is not None

    def child_of(self, ref: VerificationRef) -> str | None:
        """The name of the child that a reference belongs to, or None: not ours."""
        pin = self._pin(ref)
        return None if pin is None else pin.newest.child

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode through the first child that can.

        Args:
            request: Whom to reach and how; extras of every child's vendor are welcome,
                and each child is given its own.
            previous: The reference to replace. The same child sends again, unless it
                did so often enough, is left alone or fails; then the next one sends,
                and the old verification is canceled where its vendor can. One of
                another identifier, of another provider or of a former child is ignored
                and listed: this is then a fresh start.

        Returns:
            What the child answered; `attempts` lists all that was done.

        Raises:
            NotSent: No message left: the child says so for good, or no other could.
            Ambiguous: One may have left; carries a reference where it can be checked.
            Unexpected: The child's answer cannot be read.
        """
        accepted = accept(self, self._with_foreign_extras(request), previous)
        previous = accepted.previous
        start = Start(
            line=self._line,
            memory=self._memory,
            on_ambiguous=self._policy.on_ambiguous,
            draw_id=self._draw_id,
            request=request,
            previous=previous,
            pin=self._running(previous),
        )
        order = self._order(request, start.pin)
        started = start.run(order, self._children.__getitem__)
        ignored = accepted.ignored
        if not ignored and not started.ignored_hints:
            return started
        # What only some children fulfil is done where it can be, and not promised.
        listed = dict.fromkeys((*ignored, *started.ignored_hints))
        return evolve(started, ignored_hints=tuple(listed))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask the reference's child, and no other, whether the code is right.

        Only where two messages may have been sent, on request, are two children asked,
        the newer first; see `OnAmbiguous.FAILOVER`.

        Returns:
            `GONE` for a reference that names no child of ours or was replaced.

        Raises:
            VerifyError: As the child raised.
        """
        pin = self._alive(ref)
        if pin is None:
            return CheckResult(verdict=Verdict.GONE)
        if pin.older is not None:
            return check_pair(
                pin,
                allowance=min(self._child(link).guesses for link in pin.links),
                memory=self._memory,
                check=lambda link: self._check(link, code, ref),
                end=lambda link: self._end(link, ref),
            )
        return self._check(pin.newest, code, ref)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask the reference's child where the verification stands.

        Returns:
            `UNKNOWN` for a reference that names no child of ours or was replaced.

        Raises:
            NotSupported: Not every child can fetch.
            VerifyError: As the child raised.
        """
        if self.capabilities.fetch is LookupKey.NONE:
            raise NotSupported("fetch: not every child can", self.name)
        pin = self._alive(ref)
        if pin is None:
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        states = [self._fetch(pin.newest, ref)]
        if pin.older is not None:
            with suppress(VerifyError):
                states.append(self._fetch(pin.older, ref))
        return joined_state(states)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        Let the reference's child end the verification.

        Raises:
            VerifyError: As the child raised.
        """
        if self.capabilities.cancel is CancelSupport.NO:
            return CancelOutcome.NOT_SUPPORTED
        pin = self._alive(ref)
        if pin is None:
            return CancelOutcome.GONE
        return worst_outcome([self._cancel(link, ref) for link in pin.links])

    def _with_foreign_extras(self, request: StartRequest) -> StartRequest:
        """The request with those extras alone that no child takes."""
        if not request.extras:
            return request
        children = self._children.values()
        foreign = tuple(
            extra
            for extra in request.extras
            if not any(child.takes(extra) for child in children)
        )
        return evolve(request, extras=foreign)

    def _order(self, request: StartRequest, pin: Pin | None) -> tuple[Child, ...]:
        """The children to try: after a start, its own child first, then those after."""
        chosen = self._choice(calling_code(request.identifier))
        if pin is None:
            return chosen
        pinned = self._child(pin.newest)
        place = chosen.index(pinned) if pinned in chosen else -1
        others = (*chosen[place + 1 :], *chosen[: max(place, 0)])
        limit = self._policy.resends_per_child
        stays = limit is None or pin.resends < limit
        return (pinned, *others) if stays else (*others, pinned)

    def _running(self, previous: VerificationRef | None) -> Pin | None:
        """What a resend replaces, or None where that is over already."""
        if previous is None:
            return None
        pin = self._pin(previous)
        if pin is None or self._memory.is_dead(pin.newest.serial):
            return None
        return pin

    def _alive(self, ref: VerificationRef) -> Pin | None:
        pin = self._pin(ref)
        if pin is None or self._memory.is_dead(pin.newest.serial):
            return None
        return pin

    def _pin(self, ref: VerificationRef) -> Pin | None:
        pin = from_reference(ref) if ref.provider == self.name else self._adopted(ref)
        if pin is None or pin.newest.child not in self._children:
            return None
        if pin.older is not None and pin.older.child not in self._children:
            return evolve(pin, older=None)
        return pin

    def _adopted(self, ref: VerificationRef) -> Pin | None:
        """A child's own reference, from before the failover stood before it."""
        child = self._children.get(ref.provider)
        if child is None or child.provider.name != ref.provider:
            return None
        return Pin(newest=Link(child=child.name, ref=ref))

    def _child(self, link: Link) -> Child:
        return self._children[link.child]

    def _check(self, link: Link, code: str, ref: VerificationRef) -> CheckResult:
        return self._line.check(self._child(link), link.ref, code, ref)

    def _fetch(self, link: Link, ref: VerificationRef) -> VerificationState:
        return self._line.fetch(self._child(link), link.ref, ref)

    def _cancel(self, link: Link, ref: VerificationRef) -> CancelOutcome:
        return self._line.cancel(self._child(link), link.ref, ref)

    def _end(self, link: Link, ref: VerificationRef) -> None:
        """Cancel as well as the vendor can."""
        if self._child(link).provider.capabilities.cancel is CancelSupport.NO:
            return
        # The hook sees what goes wrong, and the reference is dead here anyway. Nor must
        # an approval be lost to a bug.
        with suppress(Exception):
            self._cancel(link, ref)
