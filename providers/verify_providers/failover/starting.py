"""
One start on its way through the children.

Only an error that says "not sent", and none that protects somebody, leads to the next
child. A start of which nobody knows whether its message left ends the way, unless
`OnAmbiguous.FAILOVER` asks for one more message: then the way goes on once, and both
verifications stand in the reference, the newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen

from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    NotSent,
    NotSupported,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.provider import CancelSupport
from verify_core.verification import (
    AttemptReport,
    Delivery,
    Started,
    StartRequest,
    VerificationRef,
)

from .calls import FINAL, Line, calling_code
from .children import Child
from .memory import Memory
from .policy import OnAmbiguous
from .references import Link, Pin, to_reference

_Found: TypeAlias = tuple[str, VerificationRef]
"""A child's name and its own reference."""

# Where all children refused, the caller hears what invites it to come back, if any did.
_LEAST_TELLING: Final = (Misconfigured, UnsupportedChannel, NotSupported)


@frozen(kw_only=True)
class _Unknown:
    """A start that may have sent a message: what the child answered or raised."""

    child: Child
    answer: Started | VerifyError

    @property
    def ref(self) -> VerificationRef | None:
        """The child's reference, where there is one."""
        if isinstance(self.answer, Started | Ambiguous):
            return self.answer.ref
        return None


@define(kw_only=True)
class Start:
    """
    One start; made anew for each.

    Attributes:
        line: The way to the children.
        memory: Learns which references are replaced.
        on_ambiguous: Whether a second message may be sent.
        draw_id: Draws serials.
        request: What was asked for; gets an attempt id on the way.
        previous: The reference to replace, or None.
        pin: What it stands for; None where it is dead already, too.
        reports: What was done so far.
    """

    line: Line
    memory: Memory
    on_ambiguous: OnAmbiguous
    draw_id: Callable[[], str]
    request: StartRequest
    previous: VerificationRef | None
    pin: Pin | None
    reports: list[AttemptReport] = field(factory=list)
    _refusals: list[NotSent] = field(factory=list, init=False)
    _closed: list[timedelta] = field(factory=list, init=False)
    _unknown: _Unknown | None = field(default=None, init=False)
    _messages: int = field(default=0, init=False)

    def run(self, order: Iterable[Child], by_name: Callable[[str], Child]) -> Started:
        """
        Try the children.

        Args:
            order: Those to try, the first first.
            by_name: Finds the children of `pin`.

        Returns:
            The start that worked, its reference and reports ours.

        Raises:
            VerifyError: The one that ended the way; of several refusals, the one that
                best tells what to do.
        """
        for child in order:
            if not self._enter(child):
                continue
            answer = self._ask(child)
            if isinstance(answer, NotSent):
                if isinstance(answer, FINAL):
                    return self._end(answer, by_name)
                self._refusals.append(answer)
            elif isinstance(answer, Started) and answer.delivery is Delivery.SENT:
                return self._finish(answer, self._found(child, answer.ref), by_name)
            elif isinstance(answer, VerifyError) and not answer.maybe_sent:
                # Unreadable: it may well be a refusal, which no other child may undo.
                return self._end(answer, by_name)
            else:
                unknown = _Unknown(child=child, answer=answer)
                if self._unknown or self.on_ambiguous is OnAmbiguous.STOP:
                    return self._leave_open(unknown, self._unknown, by_name)
                self._unknown = unknown
        return self._end(self._refusal(), by_name)

    def _enter(self, child: Child) -> bool:
        line = (child.name, calling_code(self.request.identifier))
        if not child.offers(self.request.channel):
            reason = "channel_not_offered"
        elif not self.line.circuits.enter(line):
            reason = "circuit_open"
            self._closed.append(self.line.circuits.wait(line))
        else:
            return True
        self._report(child, "skip", reason)
        self.line.skipped(child, self.request, reason)
        return False

    def _ask(self, child: Child) -> Started | VerifyError:
        earlier = self._earlier(child.name)
        previous = None if earlier is None else earlier.ref
        request = child.own(self._identified(previous))
        try:
            started = self.line.start(child, request, previous)
        except VerifyError as error:
            self._report(child, "start", type(error).__name__)
            self._messages += error.maybe_sent
            return error
        except Exception as error:
            if self._unknown is None:
                raise
            # A bug, and whether it sent nobody knows; the first one's reference stays.
            name = type(error).__name__
            self._report(child, "start", name)
            self._messages += 1
            return Unexpected(f"raised {name}", child.name)
        self._report(child, "start", started.delivery.value)
        self._messages += 1
        return started

    def _identified(self, previous: VerificationRef | None) -> StartRequest:
        """
        The request, with an attempt id where the child cannot know which one it is.

        It is one attempt whichever child sends; the first draws its own, as it would
        without us.
        """
        if self.request.attempt_id is None and previous is None:
            known = self._unknown.ref if self._unknown else self.previous
            if known is not None or self.reports:
                drawn = self.draw_id() if known is None else known.attempt_id
                self.request = evolve(self.request, attempt_id=drawn)
        return self.request

    def _earlier(self, name: str) -> Link | None:
        if self.pin is None:
            return None
        return next((link for link in self.pin.links if link.child == name), None)

    def _found(self, child: Child, ref: VerificationRef) -> tuple[_Found, ...]:
        """The new verification, and before it the one that may have been sent."""
        older = self._unknown
        if older is None or older.ref is None:
            return ((child.name, ref),)
        return ((child.name, ref), (older.child.name, older.ref))

    def _leave_open(
        self,
        newest: _Unknown,
        older: _Unknown | None,
        by_name: Callable[[str], Child],
    ) -> Started:
        """Nothing certain was sent: what is known of the one or two that may have."""
        open_ones = [newest] if older is None else [newest, older]
        found = tuple(
            (each.child.name, each.ref) for each in open_ones if each.ref is not None
        )
        answers = [each.answer for each in open_ones]
        for answer in answers:
            if isinstance(answer, Started):
                return self._finish(answer, found, by_name)
        errors = [answer for answer in answers if isinstance(answer, VerifyError)]
        # One with a reference, if any has: its code can still be checked.
        error = next(
            (each for each in errors if isinstance(each, Ambiguous) and each.ref),
            errors[0],
        )
        if isinstance(error, Ambiguous) and found:
            error = error.but(ref=self._replace(found, by_name))
        raise self._noted(error)

    def _end(self, error: VerifyError, by_name: Callable[[str], Child]) -> Started:
        """No child is left to ask; a message that may have left outweighs the error."""
        if self._unknown is not None:
            return self._leave_open(self._unknown, None, by_name)
        raise self._noted(error)

    def _refusal(self) -> NotSent:
        found = list(self._refusals)
        if self._closed:
            wait = min(self._closed)
            found.append(
                Unavailable(
                    "left alone for a while after failures",
                    self.line.failover,
                    retry_after=wait or None,
                )
            )
        if not found:
            return UnsupportedChannel(
                f"channel {self.request.channel} is not offered for this identifier",
                self.line.failover,
            )
        return min(found, key=_rank)

    def _finish(
        self,
        started: Started,
        found: tuple[_Found, ...],
        by_name: Callable[[str], Child],
    ) -> Started:
        ref = self._replace(found, by_name)
        # Field by field, as with references: `evolve` costs three times as much.
        return Started(
            ref=ref,
            channel=started.channel,
            delivery=started.delivery,
            next_step=started.next_step,
            expires_at=started.expires_at,
            resend_after=started.resend_after,
            code_length=started.code_length,
            ignored_hints=started.ignored_hints,
            attempts=tuple(self.reports),
        )

    def _replace(
        self, found: tuple[_Found, ...], by_name: Callable[[str], Child]
    ) -> VerificationRef:
        """The new reference; the old one dies, and what it stood for is canceled."""
        pin = self._new_pin(found)
        ref = to_reference(pin, self.line.failover)
        if self.pin is not None:
            kept = {link.child for link in pin.links}
            serials = {link.serial for link in pin.links}
            for link in self.pin.links:
                if link.serial not in serials:
                    self.memory.bury(link.serial)
                if link.child not in kept:
                    self._cancel(link, by_name(link.child), ref)
        return ref

    def _new_pin(self, found: tuple[_Found, ...]) -> Pin:
        pin, earlier = self.pin, self._earlier(found[0][0])
        again = pin is not None and earlier is pin.newest
        serial = ""
        # What was one of two is not what it was alone, nor the other way round.
        if pin is not None and again and len(found) == 1 and pin.older is None:
            serial = pin.newest.serial
        sends = 0 if self.previous is None else self.previous.sends
        own = 0 if earlier is None else earlier.ref.sends
        return Pin(
            newest=self._link(found[0], serial),
            older=self._link(found[1]) if len(found) > 1 else None,
            resends=pin.resends + 1 if pin is not None and again else 0,
            sends_before=max(sends - own, 0) + self._messages - 1,
        )

    def _link(self, found: _Found, serial: str = "") -> Link:
        child, ref = found
        return Link(child=child, ref=ref, serial=serial or self.draw_id())

    def _cancel(self, link: Link, child: Child, ref: VerificationRef) -> None:
        """Cancel as well as the vendor can; a person waits for the new message."""
        if child.provider.capabilities.cancel is CancelSupport.NO:
            return
        try:
            outcome = self.line.cancel(child, link.ref, ref)
        except Exception as error:  # noqa: BLE001 - the new message's reference must not be lost to a bug
            self._report(child, "cancel", type(error).__name__)
        else:
            self._report(child, "cancel", outcome.value)

    def _report(self, child: Child, action: str, result: str) -> None:
        self.reports.append(
            AttemptReport(provider=child.name, action=action, result=result)
        )

    def _noted(self, error: VerifyError) -> VerifyError:
        tried = "; ".join(f"{r.provider} {r.action} {r.result}" for r in self.reports)
        error.add_note(f"failover: {tried}")
        return error


def _rank(error: NotSent) -> int:
    kinds = [kind for kind in _LEAST_TELLING if isinstance(error, kind)]
    return 1 + _LEAST_TELLING.index(kinds[0]) if kinds else 0
