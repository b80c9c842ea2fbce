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
            previous = self._previous_of(child)
            request = child.own(self._identified(previous))
            try:
                started = yield from self.caller.start(child, request, previous)
            except VerifyError as error:
                yield from self._failed(child, error)
                continue
            self._report(child, "start", started.delivery.value)
            ref = self._reference(child, started.ref)
            yield from self._cancel_replaced(child, ref)
            # What only some children fulfil is done, and not promised.
            ignored = dict.fromkeys((*self.ignored, *started.ignored_hints))
            return Started(
                ref=ref,
                channel=started.channel,
                delivery=started.delivery,
                expires_at=started.expires_at,
                resend_after=started.resend_after,
                code_length=started.code_length,
                ignored_hints=tuple(ignored),
                attempts=tuple(self._reports),
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

    def _previous_of(self, child: Child) -> VerificationRef | None:
        """Return the child's own reference, if it is to send again for that."""
        if self.earlier is None or self.earlier[0] is not child:
            return None
        return self.earlier[1].ref

    def _failed(self, child: Child, error: VerifyError) -> CallConversation[None]:
        """Raise the error, unless no message left and the next child may try."""
        self._report(child, "start", type(error).__name__)
        if isinstance(error, NotSent) and not isinstance(error, FINAL):
            self._refusals.append(error)
            return
        if isinstance(error, Ambiguous | Unexpected) and error.ref is not None:
            ref = self._reference(child, error.ref)
            yield from self._cancel_replaced(child, ref)
            raise self._noted(error.but(ref=ref)) from error
        raise self._noted(error)

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

    def _reference(self, child: Child, own: VerificationRef) -> VerificationRef:
        """Make the new reference of the child's own."""
        serial, resends = "", 0
        before = 0 if self.previous is None else self.previous.sends
        if self.earlier is not None:
            old_child, old = self.earlier
            before = old.sends_before
            if old_child is child:
                serial, resends = old.serial, old.resends + 1
            else:
                before += old.ref.sends
        found = ChildReference(
            child=child.name,
            ref=own,
            serial=serial or self.draw_id(),
            resends=resends,
            sends_before=before,
        )
        return to_reference(found, self.caller.failover)

    def _cancel_replaced(
        self, child: Child, ref: VerificationRef
    ) -> CallConversation[None]:
        """
        Cancel another child's verification that the new one replaces.

        As well as its vendor can: a person waits for the new message.
        """
        if self.earlier is None or self.earlier[0] is child:
            return
        old_child, old = self.earlier
        self.replaced.add(old.serial)
        provider = old_child.provider
        if provider.capabilities.cancel is CancelSupport.NO:
            return
        try:
            outcome = yield from self.caller.call(
                old_child, Method.CANCEL, ref, lambda: provider.cancel(old.ref)
            )
        except Exception as error:  # noqa: BLE001 - the new message's reference must not be lost to a bug
            self._report(old_child, "cancel", type(error).__name__)
        else:
            self._report(old_child, "cancel", outcome.value)

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
