"""Vonage Verify v2's conversations: what is asked, what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import evolve

from verify_core.accepting import accept, attempt_of
from verify_core.channels import Channel
from verify_core.errors import NotSupported
from verify_core.masking import Secret
from verify_core.provider import Capabilities
from verify_core.validation import require_function
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
from ._asking import Defaults, ask_for
from ._credentials import NAME, is_uuid
from ._errors import VonageAction, error_of
from ._extras import VonageExtras
from ._starting import Starter, outcome_of_cancel
from ._webhooks import Journal, state_of
from ._workflow import Workflow


class VonageConversations:
    """The conversations of one account or application; safe for several threads."""

    name: str = NAME

    def __init__(
        self,
        defaults: Defaults,
        journal: Journal,
        clock: Callable[[], datetime],
        attempt_ids: Callable[[], str],
    ) -> None:
        self.capabilities = Capabilities(
            channels=defaults.channels,
            check_key="id",
            fetch="none" if journal.store is None else "id",
            cancel="window",
            custom_code=True,
            idempotency="refuses_duplicate",
            resend="new_code",
            attempts_reported=False,
            hints=("locale", "fallback_channels", "time_to_live", "code_length"),
        )
        self._defaults = defaults
        self._journal = journal
        self._clock = require_function("clock", clock)
        self._attempt_ids = require_function("attempt_ids", attempt_ids)
        self._starter = Starter(journal, clock)

    @property
    def shown(self) -> str:
        """What a repr shows of the settings."""
        return f"brand={self._defaults.brand!r}"

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is Vonage's, with an id that can be asked for."""
        return ref.provider == NAME and is_uuid(ref.vendor_id)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """
        Send a passcode; after a lost answer, put the start once more.

        A resend moves the workflow on where its next step is a channel that the request
        names. Otherwise it is a fresh start; if Vonage refuses that because the
        previous request still runs, it is canceled and replaced.

        Returns:
            Delivery `SENT`; `MAYBE_SENT` where only the answer to a move is lost, with
            the reference of the same request.

        Raises:
            TooSoon: A request runs for the number: somebody else's, or one that cannot
                be canceled yet, or any more.
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: One may have left; there is nothing to check.
            Unexpected: Vonage says yes, but not to what.
        """
        # A step of the extras may bring the sender that WhatsApp lacks otherwise.
        accepted = accept(
            self, request, previous, extras=VonageExtras, channels=frozenset(Channel)
        )
        attempt_id = attempt_of(request, accepted.previous, self._attempt_ids)
        asked = ask_for(request, accepted, self._defaults, attempt_id=attempt_id)
        return (yield from self._starter.start(asked))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """
        Ask whether the code is right.

        Never asked twice: each check spends a guess, and an approved verification is
        gone at once. A code that Vonage cannot have sent is wrong without asking.
        """
        if not self.owns(ref):
            return CheckResult(verdict=Verdict.GONE)
        if not wire.takes_code(code.reveal()):
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        request = wire.check_request(ref.vendor_id, code)
        answer = yield from _answer(request, VonageAction.CHECK)
        now = self._clock()
        found = wire.read_check(answer, ref.vendor_id)
        if found is None:
            raise error_of(answer, VonageAction.CHECK, ref.identifier, code, now=now)
        if found.verdict is Verdict.APPROVED:
            self._journal.note(ref, Status.APPROVED, now)
        elif found.verdict is Verdict.GONE and self._journal.says_expired(ref):
            return evolve(found, verdict=Verdict.EXPIRED)
        return found

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:
        """
        Where the verification stands, by webhooks and by this provider's own calls.

        Raises:
            NotSupported: There is no store of webhooks, and Vonage cannot be asked.
        """
        if self._journal.store is None:
            raise NotSupported(
                "fetch: only Vonage's webhooks say it; pass events, a store of them",
                NAME,
            )
        if not self.owns(ref):
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        events = self._journal.events_of(ref)
        return state_of(events, Workflow.of(ref), self._clock())
        yield  # a conversation, although Vonage is not asked

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """
        End the verification; Vonage lets one from 30 seconds on, until its second step.

        Returns:
            `TOO_LATE` also where it is too early, and where Vonage does not find the
            request at a time when it could not be canceled anyway.
        """
        if not self.owns(ref):
            return CancelOutcome.GONE
        request = wire.cancel_request(ref.vendor_id)
        answer = yield from _answer(request, VonageAction.CANCEL)
        now = self._clock()
        outcome = outcome_of_cancel(ref, answer, now)
        if outcome is CancelOutcome.CANCELED:
            self._journal.note(ref, Status.CANCELED, now)
        return outcome


def _answer(
    request: HttpRequest, operation: VonageAction
) -> HttpConversation[HttpAnswer]:
    reply = yield Ask(request)
    return require_answer(
        reply, provider=NAME, shown="Vonage", has_effect=operation.has_effect
    )
