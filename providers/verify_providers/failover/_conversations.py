"""A failover's conversations: which child is called next, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from attrs import evolve

from verify_core.accepting import accept
from verify_core.errors import NotSupported
from verify_core.events import Method
from verify_core.masking import Secret
from verify_core.provider import CancelSupport, LookupKey
from verify_core.validation import require_function, require_kind
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

from ..conversations import CallConversation
from ._calls import ChildCaller, FailoverHook, calling_code
from ._children import (
    Child,
    FailoverPolicy,
    by_name,
    choice,
    joint_capabilities,
)
from ._circuits import Circuits
from ._references import ChildReference, ReplacedReferences, from_reference
from ._starting import Start

_Found: TypeAlias = tuple[Child, ChildReference]


class FailoverConversations:
    """The conversations of a failover with its children; safe for several threads."""

    def __init__(
        self,
        children: Iterable[Child],
        policy: FailoverPolicy | None,
        *,
        clock: Callable[[], datetime],
        draw_id: Callable[[], str],
        on_event: FailoverHook | None,
        name: str,
    ) -> None:
        policy = FailoverPolicy() if policy is None else policy
        require_function("clock", clock)
        if on_event is not None:
            require_function("on_event", on_event)
        self.name = name
        self.policy = require_kind("policy", policy, FailoverPolicy)
        self.children = by_name(children, reserved=name)
        self.providers = [each.provider for each in self.children.values()]
        self._choice = choice(self.children, policy.routes)
        self.capabilities = joint_capabilities(
            [each.capabilities for each in self.providers]
        )
        self._draw_id = require_function("draw_id", draw_id)
        self._replaced = ReplacedReferences()
        self._caller = ChildCaller(
            failover=name,
            clock=clock,
            circuits=Circuits(policy.circuit, clock),
            hook=on_event,
        )

    def __str__(self) -> str:
        return f"(name={self.name!r}, children={[*self.children]})"

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference names a child, or is a child's own from before."""
        return self._find(ref) is not None

    def child_of(self, ref: VerificationRef) -> str | None:
        found = self._find(ref)
        return None if found is None else found[1].child

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        """
        Send a passcode through the first child that can.

        In a resend the same child sends again, unless it reached `resends_per_child`,
        its circuit is open or it fails; then the next one sends, and the old
        verification is canceled where its vendor can. A reference of another
        identifier, of another provider or of a former child is ignored and listed.
        """
        accepted = accept(self, self._with_foreign_extras(request), previous)
        start = Start(
            caller=self._caller,
            replaced=self._replaced,
            draw_id=self._draw_id,
            request=request,
            previous=accepted.previous,
            earlier=self._running(accepted.previous),
            ignored=accepted.ignored,
        )
        return start.run(self._order(request, start.earlier))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        found = self._running(ref)
        if found is None:
            return CheckResult(verdict=Verdict.GONE)
        child, own = found
        return (
            yield from self._caller.call(
                child,
                Method.CHECK,
                ref,
                lambda: child.provider.check(own.ref, code.reveal()),
            )
        )

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        if self.capabilities.fetch is LookupKey.NONE:
            raise NotSupported("fetch: not every child can", self.name)
        found = self._running(ref)
        if found is None:
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        child, own = found
        return (
            yield from self._caller.call(
                child, Method.FETCH, ref, lambda: child.provider.fetch(own.ref)
            )
        )

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        if self.capabilities.cancel is CancelSupport.NO:
            return CancelOutcome.NOT_SUPPORTED
        found = self._running(ref)
        if found is None:
            return CancelOutcome.GONE
        child, own = found
        return (
            yield from self._caller.call(
                child, Method.CANCEL, ref, lambda: child.provider.cancel(own.ref)
            )
        )

    def _with_foreign_extras(self, request: StartRequest) -> StartRequest:
        """Return the request with those extras alone that no child takes."""
        if not request.extras:
            return request
        children = self.children.values()
        foreign = tuple(
            extra
            for extra in request.extras
            if not any(child.takes(extra) for child in children)
        )
        return evolve(request, extras=foreign)

    def _order(self, request: StartRequest, earlier: _Found | None) -> list[Child]:
        """List the children to try: in a resend, the child that sent comes first."""
        chosen = self._choice(calling_code(request.identifier))
        if earlier is None:
            return [*chosen]
        pinned, own = earlier
        place = chosen.index(pinned) if pinned in chosen else -1
        others = (*chosen[place + 1 :], *chosen[: max(place, 0)])
        limit = self.policy.resends_per_child
        stays = limit is None or own.resends < limit
        return [pinned, *others] if stays else [*others, pinned]

    def _running(self, ref: VerificationRef | None) -> _Found | None:
        """Find what a reference stands for; None where it was replaced, too."""
        found = None if ref is None else self._find(ref)
        if found is None or found[1].serial in self._replaced:
            return None
        return found

    def _find(self, ref: VerificationRef) -> _Found | None:
        if ref.provider == self.name:
            own = from_reference(ref)
            child = None if own is None else self.children.get(own.child)
            return None if own is None or child is None else (child, own)
        # A child's own reference, from before the failover was put before it.
        child = self.children.get(ref.provider)
        if child is None or child.provider.name != ref.provider:
            return None
        return child, ChildReference(child=child.name, ref=ref)
