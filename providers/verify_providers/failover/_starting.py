"""
One start on its way through the children.

The next child is tried only after an error that says "not sent" and that does not
protect a person. A start that leaves open whether its message left ends the way: a lost
answer never sends twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from attrs import define, evolve, field

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
from verify_core.events import Method
from verify_core.provider import CancelSupport
from verify_core.verification import (
    AttemptReport,
    Started,
    StartRequest,
    VerificationRef,
)

from ..conversations import CallConversation
from ._calls import FINAL, ChildCaller, calling_code
from ._children import Child
from ._references import ChildReference, ReplacedReferences, to_reference

# Where all children refused, the error raised is the first that invites the caller to
# come back; of the kinds listed here, the one that stands first.
_LAST_CHOICES = (Misconfigured, UnsupportedChannel, NotSupported)


@define(kw_only=True)
class Start:
    """
    One start; made anew for each.

    Attributes:
        request: What was asked for; gets an attempt id on the way.
        earlier: What `previous` stands for, with its child; None where it is replaced
            already, too.
        ignored: The hints that the failover ignores.
    """

    caller: ChildCaller
    replaced: ReplacedReferences
    draw_id: Callable[[], str]
    request: StartRequest
    previous: VerificationRef | None
    earlier: tuple[Child, ChildReference] | None
    ignored: tuple[str, ...] = ()
    _reports: list[AttemptReport] = field(factory=list, init=False)
    _refusals: list[NotSent] = field(factory=list, init=False)
    _waits: list[timedelta] = field(factory=list, init=False)

    def run(self, order: Iterable[Child]) -> CallConversation[Started]:
        """Try the children in order; of several refusals, raise the most useful."""
        for child in order:
            if not self._enter(child):
                continue
            started = yield from self._ask(child)
            if started is not None:
                return evolve(
                    started,
                    ref=(yield from self._replace(child, started.ref)),
                    attempts=tuple(self._reports),
                    # What only some children fulfil is done, and not promised.
                    ignored_hints=tuple(
                        dict.fromkeys((*self.ignored, *started.ignored_hints))
                    ),
                )
        raise self._noted(self._refusal())

    def _enter(self, child: Child) -> bool:
        circuits = self.caller.circuits
        circuit = (child.name, calling_code(self.request.identifier))
        if not child.offers(self.request.channel):
            reason = "channel_not_offered"
        elif not circuits.enter(circuit):
            reason = "circuit_open"
            self._waits.append(circuits.wait(circuit))
        else:
            return True
        self._report(child, "skip", reason)
        self.caller.skipped(child, self.request, reason)
        return False

    def _ask(self, child: Child) -> CallConversation[Started | None]:
        """Start with the child; None where no message left and the next may try."""
        found = self.earlier
        previous = found[1].ref if found is not None and found[0] is child else None
        request = child.own(self._identified(previous))
        try:
            started = yield from self.caller.start(child, request, previous)
        except VerifyError as error:
            self._report(child, "start", type(error).__name__)
            if isinstance(error, NotSent) and not isinstance(error, FINAL):
                self._refusals.append(error)
                return None
            if isinstance(error, Ambiguous | Unexpected) and error.ref is not None:
                ref = yield from self._replace(child, error.ref)
                raise self._noted(error.but(ref=ref)) from error
            self._noted(error)
            raise
        self._report(child, "start", str(started.delivery))
        return started

    def _identified(self, previous: VerificationRef | None) -> StartRequest:
        """
        Return the request, with an attempt id where the child cannot know which it is.

        It is one attempt whichever child sends; the first child draws its own id, as
        it would without a failover.
        """
        if self.request.attempt_id is None and previous is None:
            if self.previous is not None:
                attempt_id = self.previous.attempt_id
                self.request = evolve(self.request, attempt_id=attempt_id)
            elif self._reports:
                self.request = evolve(self.request, attempt_id=self.draw_id())
        return self.request

    def _refusal(self) -> NotSent:
        found = list(self._refusals)
        if self._waits:
            found.append(
                Unavailable(
                    "a circuit is open after failures; nothing was sent",
                    self.caller.failover,
                    retry_after=min(self._waits) or None,
                )
            )
        if not found:
            return UnsupportedChannel(
                f"channel {self.request.channel} is not offered for this identifier",
                self.caller.failover,
            )
        return min(found, key=_rank)

    def _replace(
        self, child: Child, own: VerificationRef
    ) -> CallConversation[VerificationRef]:
        """Make the new reference; the verification that it replaces is canceled."""
        if self.earlier is None:
            before = 0 if self.previous is None else self.previous.sends
            return self._reference(child, own, sends_before=before)
        old_child, old = self.earlier
        if old_child is child:
            return self._reference(
                child,
                own,
                serial=old.serial,
                resends=old.resends + 1,
                sends_before=old.sends_before,
            )
        before = old.ref.sends + old.sends_before
        ref = self._reference(child, own, sends_before=before)
        self.replaced.add(old.serial)
        yield from self._cancel(old_child, old.ref, ref)
        return ref

    def _reference(
        self,
        child: Child,
        own: VerificationRef,
        *,
        serial: str = "",
        resends: int = 0,
        sends_before: int,
    ) -> VerificationRef:
        found = ChildReference(
            child=child.name,
            ref=own,
            serial=serial or self.draw_id(),
            resends=resends,
            sends_before=sends_before,
        )
        return to_reference(found, self.caller.failover)

    def _cancel(
        self, child: Child, own: VerificationRef, ref: VerificationRef
    ) -> CallConversation[None]:
        """Cancel as well as the vendor can; a person waits for the new message."""
        if child.provider.capabilities.cancel is CancelSupport.NO:
            return
        try:
            outcome = yield from self.caller.call(
                child, Method.CANCEL, ref, lambda: child.provider.cancel(own)
            )
        except Exception as error:  # noqa: BLE001 - the new message's reference must not be lost to a bug
            self._report(child, "cancel", type(error).__name__)
        else:
            self._report(child, "cancel", outcome.value)

    def _report(self, child: Child, action: str, result: str) -> None:
        self._reports.append(
            AttemptReport(provider=child.name, action=action, result=result)
        )

    def _noted(self, error: VerifyError) -> VerifyError:
        tried = "; ".join(f"{r.provider} {r.action} {r.result}" for r in self._reports)
        error.add_note(f"failover: {tried}")
        return error


def _rank(error: NotSent) -> int:
    kinds = [kind for kind in _LAST_CHOICES if isinstance(error, kind)]
    return 1 + _LAST_CHOICES.index(kinds[0]) if kinds else 0
