"""Vonage Verify v2's conversations: what is asked, what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import NotSupported
from verify_core.masking import Secret, hiding
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    accept,
    attempt_of,
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

from ..http import Ask, HttpAnswer, HttpConversation, HttpRequest, require_answer
from . import _wire as wire
from ._asking import (
    Asked,
    Defaults,
    ask_for,
    is_checkable,
    read_canceled,
    workflow_of,
)
from ._credentials import NAME
from ._errors import Operation
from ._events import Journal
from ._extras import VonageExtras
from ._starting import Starter


def capabilities_of(defaults: Defaults, *, has_events: bool) -> Capabilities:
    """
    What the provider can do, set up like this.

    Args:
        defaults: Says whether WhatsApp has a sender.
        has_events: Whether there is a store that `fetch` can be answered from.
    """
    return Capabilities(
        channels=defaults.channels,
        check_key=LookupKey.ID,
        fetch=LookupKey.ID if has_events else LookupKey.NONE,
        cancel=CancelSupport.WINDOW,
        custom_code=True,
        idempotency=Idempotency.REFUSES_DUPLICATE,
        resend=Resend.NEW_CODE,
        attempts_reported=False,
        hints=frozenset({"locale", "fallback_channels", "time_to_live", "code_length"}),
    )


class VonageConversations:
    """
    The conversations of one account or application; safe for several threads.

    Args:
        defaults: What the provider's settings say of every start.
        journal: Keeps webhooks, and what this provider did itself.
        clock: The present, aware.
        attempt_ids: Draws the attempt's id where the request brings none.
    """

    name: str = NAME
    capabilities: Capabilities

    def __init__(
        self,
        *,
        defaults: Defaults,
        journal: Journal,
        clock: Callable[[], datetime],
        attempt_ids: Callable[[], str],
    ) -> None:
        self.capabilities = capabilities_of(defaults, has_events=journal.is_kept)
        self._defaults = defaults
        self._journal = journal
        self._clock = clock
        self._attempt_ids = attempt_ids
        self._starter = Starter(journal, clock)

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is Vonage's, with an id that can be asked for."""
        return is_checkable(ref)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """
        Send a passcode; after a lost answer, put the start once more.

        A resend moves the workflow on where its next step is a channel that the request
        names. Otherwise it is a fresh start; if Vonage refuses that because the
        previous request still runs, it is canceled and replaced.

        Args:
            request: Whom to reach and how; extras: `VonageExtras`.
            previous: The reference to replace. One of another identifier or provider
                is ignored and listed: this is then a fresh start.

        Returns:
            Delivery `SENT`; `MAYBE_SENT` where only the answer to a move is lost, with
            the reference of the same request.

        Raises:
            TooSoon: A request runs for the number: somebody else's, or one that cannot
                be canceled yet, or any more.
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: Nobody knows whether one left; there is nothing to check.
            Unexpected: Vonage says yes, but not to what.
        """
        return (yield from self._starter.start(self._accept(request, previous)))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """
        Ask whether the code is right.

        Never asked twice: each check spends a guess, and an approved verification is
        gone at once. A code that Vonage cannot have sent is wrong without asking.

        Raises:
            Ambiguous: The answer is missing; offer a new code.
            NotSent: Vonage would not answer; its subclasses say why.
            Unexpected: The answer is neither yes nor no.
        """
        if not is_checkable(ref):
            return CheckResult(verdict=Verdict.GONE)
        if not wire.takes_code(code.reveal()):
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        answer = yield from _answer(
            wire.check_request(ref.vendor_id, code), Operation.CHECK
        )
        hidden = hiding(ref.identifier, code)
        now = self._clock()
        found = wire.read_check(answer, ref.vendor_id, now=now, hidden=hidden)
        if found.verdict is Verdict.APPROVED:
            self._journal.note_approved(ref, now)
        elif found.verdict is Verdict.GONE and self._journal.says_expired(ref):
            return evolve(found, verdict=Verdict.EXPIRED)
        return found

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:
        """
        Where the verification stands, by webhooks and by this provider's own calls.

        Vonage itself cannot be asked.

        Raises:
            NotSupported: There is no store of webhooks.
        """
        if not self._journal.is_kept:
            raise NotSupported(
                "fetch: Vonage tells by webhook only; pass events, a store of them",
                NAME,
            )
        if not is_checkable(ref):
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        return self._journal.state(ref, workflow_of(ref), self._clock())
        yield  # a conversation, although Vonage is not asked

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """
        End the verification; Vonage lets one from 30 seconds on, until its second step.

        Returns:
            `TOO_LATE` also where it is too early, and where Vonage does not find the
            request at a time when it could not be canceled anyway.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        if not is_checkable(ref):
            return CancelOutcome.GONE
        answer = yield from _answer(
            wire.cancel_request(ref.vendor_id), Operation.CANCEL
        )
        now = self._clock()
        outcome = read_canceled(ref, answer, now)
        if outcome is CancelOutcome.CANCELED:
            self._journal.note_canceled(ref, now)
        return outcome

    def _accept(self, request: StartRequest, previous: VerificationRef | None) -> Asked:
        # A step of the extras may bring the sender that WhatsApp lacks otherwise.
        accepted = accept(
            self, request, previous, extras=VonageExtras, channels=frozenset(Channel)
        )
        return ask_for(
            request,
            accepted.extras,
            self._defaults,
            attempt_id=attempt_of(request, accepted.previous, self._attempt_ids),
            previous=accepted.previous,
            unfulfillable=accepted.ignored,
        )


def _answer(request: HttpRequest, operation: Operation) -> HttpConversation[HttpAnswer]:
    reply = yield Ask(request)
    return require_answer(
        reply, provider=NAME, shown="Vonage", has_effect=operation.has_effect
    )
