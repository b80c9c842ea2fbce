"""
How a start goes: fresh, one step on, or instead of the request that runs.

At most one message leaves per call: another start is only ever put after Vonage said
that it sent nothing, or where the rule of one request per number makes sure of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import evolve, frozen

from verify_core.channels import IdentifierKind
from verify_core.errors import TooSoon, Unavailable, VerifyError
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    Started,
    Status,
    VerificationRef,
)

from ..http import Ask, HttpAnswer, HttpConversation, NoAnswer
from . import _wire as wire
from ._asking import Asked
from ._credentials import NAME
from ._errors import VonageAction, error_of, read_problem
from ._recovery import VonageOpenStart, VonageOpenStarts
from ._webhooks import Journal
from ._workflow import CANCEL_OPENS, Workflow

_START_SHARE = 0.6
"""Part of the deadline that a start may use, so that some is left to put it again."""

_AFTER_CANCEL = timedelta(seconds=15)
"""How long Vonage may refuse a number whose request was just canceled.

Source: GitHub, Vonage/vonage-node-sdk, issue 1036, 2025-12-10: "a dozen seconds".
"""


@frozen(kw_only=True)
class _Busy:
    """A start was refused because a request runs for the number, perhaps this one."""

    error: TooSoon
    running: str | None

    def until(self, wait: timedelta) -> _Busy:
        """The same, with a time to wait where Vonage names none."""
        if self.error.retry_after is not None:
            return self
        return evolve(self, error=self.error.but(retry_after=max(wait, timedelta())))


_Outcome: TypeAlias = str | _Busy | VerifyError
"""The id of the request that runs now, or why it is unknown or another one."""


class Starter:
    """Conversations that start a verification; safe for several threads."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._starts = VonageOpenStarts()

    def start(self, asked: Asked) -> HttpConversation[Started]:
        """Start, once the request is accepted: see `VonageConversations.start`."""
        moved = yield from self._move_on(asked)
        if moved is not None:
            return moved
        found = yield from self._put(asked)
        if isinstance(found, _Busy) and _may_be(found.running, asked.previous):
            found = yield from self._replace(asked, found)
        if isinstance(found, _Busy):
            raise self._too_soon(found, asked.previous)
        if isinstance(found, VerifyError):
            raise found
        return self._started(asked, found)

    def _move_on(self, asked: Asked) -> HttpConversation[Started | None]:
        """The next step of the request that runs; None where a fresh start is due."""
        previous, now = asked.previous, self._clock()
        if previous is None or asked.request.custom_code is not None:
            return None
        workflow = Workflow.of(previous)
        possible = set(workflow.next_channels(now))
        if not possible or not possible <= {step.channel for step in asked.steps}:
            return None
        reply = yield Ask(wire.next_request(previous.vendor_id))
        moved = workflow.advanced(now)
        doubted = self._moved(asked, previous, moved.doubted())
        if isinstance(reply, NoAnswer):
            if not reply.maybe_sent:
                raise _lost(reply)
            return evolve(doubted, delivery=Delivery.MAYBE_SENT)
        found = wire.read_moved(reply, previous.vendor_id)
        if found is None:
            error = self._error(reply, VonageAction.NEXT, asked)
            raise error.but(ref=doubted.ref) if error.maybe_sent else error
        return self._moved(asked, previous, moved) if found is wire.Moved.ON else None

    def _put(self, asked: Asked) -> HttpConversation[_Outcome]:
        """Put one start, and put it again where the answer was lost."""
        now = self._clock()
        share = _START_SHARE if _runs_alone(asked) else 1.0
        with self._starts.begin(
            asked.request.identifier.value,
            asked.attempt_id,
            now=now,
            ends_at=asked.workflow(now).ends_at,
        ) as begun:
            found = yield from self._send(asked, share)
            if isinstance(found, VerifyError) and found.maybe_sent:
                begun.is_lost = True
                return (yield from self._put_again(asked, begun, found))
            if isinstance(found, _Busy) and _adopts(asked, begun, found.running):
                return found.running or found
            begun.settle(found if isinstance(found, str) else None)
            return found

    def _put_again(
        self, asked: Asked, begun: VonageOpenStart, lost: VerifyError
    ) -> HttpConversation[_Outcome]:
        if not _runs_alone(asked):
            return lost
        found: _Outcome = lost
        with suppress(VerifyError):  # what prevents this says nothing of the first
            found = yield from self._send(asked, 1.0)
        if isinstance(found, str):
            begun.settle(found)
            return found
        if not isinstance(found, _Busy) or found.running is None:
            return lost
        if _adopts(asked, begun, found.running):
            return found.running
        known = self._starts.ends_at(found.running) is not None
        if known or _is(found.running, asked.previous):
            begun.settle()  # the first was refused for the same reason
            return found
        return lost

    def _send(self, asked: Asked, share: float) -> HttpConversation[_Outcome]:
        reply = yield Ask(wire.start_request(asked.to_json()), share=share)
        if isinstance(reply, NoAnswer):
            return _lost(reply)
        found = wire.read_started(reply)
        if found is not None:
            return found
        error = self._error(reply, VonageAction.START, asked)
        if isinstance(error, TooSoon):
            return _Busy(error=error, running=read_problem(reply).running)
        return error

    def _error(
        self, answer: HttpAnswer, operation: VonageAction, asked: Asked
    ) -> VerifyError:
        known = (asked.request.identifier, asked.request.custom_code)
        return error_of(answer, operation, *known, now=self._clock())

    def _replace(self, asked: Asked, busy: _Busy) -> HttpConversation[_Outcome]:
        """
        Cancel the request that the caller gave up, and start again.

        Where the answer to the cancel is lost, too: a start that is put once more says
        whether the number is free, and sends nothing where it is not.
        """
        previous = asked.previous
        if previous is None:
            return busy
        reply = yield Ask(wire.cancel_request(previous.vendor_id))
        now = self._clock()
        if isinstance(reply, NoAnswer):
            if not reply.maybe_sent:
                return busy
        elif outcome_of_cancel(previous, reply, now) is CancelOutcome.CANCELED:
            self._journal.note(previous, Status.CANCELED, now)
        else:
            return busy.until(_free_at(previous, now, is_refused=True) - now)
        found = yield from self._put(asked)
        if isinstance(reply, NoAnswer) and isinstance(found, Unavailable):
            return busy  # nothing was sent; the number may be free by now
        return found.until(_AFTER_CANCEL) if isinstance(found, _Busy) else found

    def _too_soon(self, busy: _Busy, previous: VerificationRef | None) -> TooSoon:
        now = self._clock()
        if previous is not None and _may_be(busy.running, previous):
            return busy.until(_free_at(previous, now) - now).error
        until = self._starts.ends_at(busy.running or "")
        if until is None or until <= now:
            return busy.error
        return busy.until(until - now).error

    def _started(self, asked: Asked, request_id: str) -> Started:
        now = self._clock()
        workflow = asked.workflow(now)
        earlier = 0 if asked.previous is None else asked.previous.sends
        ref = VerificationRef(
            provider=NAME,
            vendor_id=request_id,
            identifier=asked.request.identifier,
            channel=asked.request.channel,
            attempt_id=asked.attempt_id,
            created_at=now,
            sends=earlier + 1,
            vendor_data=workflow.to_data() | asked.to_data(),
        )
        return Started(
            ref=ref,
            expires_at=workflow.ends_at,
            resend_after=_resend_after(workflow),
            code_length=asked.true_code_length,
            ignored_hints=asked.ignored,
        )

    def _moved(
        self, asked: Asked, previous: VerificationRef, workflow: Workflow
    ) -> Started:
        """The same request, one step on; what was said of it at first stays true."""
        ref = evolve(
            previous,
            channel=workflow.channels[workflow.step],
            attempt_id=asked.attempt_id,
            sends=previous.sends + 1,
            vendor_data={**previous.vendor_data, **workflow.to_data()},
        )
        return Started(
            ref=ref,
            expires_at=workflow.ends_at,
            resend_after=_resend_after(workflow),
            ignored_hints=(*asked.unfulfillable, *_changed(asked, previous, workflow)),
        )


def outcome_of_cancel(
    ref: VerificationRef, answer: HttpAnswer, now: datetime
) -> CancelOutcome:
    """
    What became of a cancel.

    Outside of the window for it, Vonage may say of a running request that there is
    none. At such a time its "not found" says that it was not canceled, no more.
    """
    outcome = wire.read_cancel(answer, ref.vendor_id)
    if outcome is None:
        raise error_of(answer, VonageAction.CANCEL, ref.identifier, now=now)
    workflow = Workflow.of(ref)
    outside = not workflow.is_cancelable(ref.created_at, now)
    if outcome is CancelOutcome.GONE and outside and now < workflow.ends_at:
        return CancelOutcome.TOO_LATE
    return outcome


def _free_at(
    previous: VerificationRef, now: datetime, *, is_refused: bool = False
) -> datetime:
    """When the previous request can be replaced: in its window, or after its end."""
    workflow, opens = Workflow.of(previous), previous.created_at + CANCEL_OPENS
    if workflow.step_at(max(now, opens)) > 0:
        return workflow.ends_at
    if now < opens:
        return opens
    return workflow.ends_at if is_refused else now


def _lost(reply: NoAnswer) -> VerifyError:
    return reply.error(provider=NAME, shown="Vonage", has_effect=True)


def _runs_alone(asked: Asked) -> bool:
    """Whether Vonage lets one request run; of e-mail addresses it does not say so."""
    return asked.request.identifier.kind is IdentifierKind.PHONE


def _adopts(asked: Asked, begun: VonageOpenStart, running: str | None) -> bool:
    if running is None or _is(running, asked.previous):
        return False
    return begun.adopts(running)


def _is(running: str, previous: VerificationRef | None) -> bool:
    return previous is not None and wire.same_id(running, previous.vendor_id)


def _may_be(running: str | None, previous: VerificationRef | None) -> bool:
    return previous is not None and (running is None or _is(running, previous))


def _resend_after(workflow: Workflow) -> timedelta | None:
    if workflow.step + 1 < len(workflow.channels):
        return None  # the next step may be asked for at once
    return CANCEL_OPENS if workflow.step == 0 else workflow.timeout


def _changed(asked: Asked, previous: VerificationRef, workflow: Workflow) -> list[str]:
    """Hints that a request which runs already cannot fulfil any more."""
    at_first, request = previous.vendor_data, asked.request
    hints = {
        "locale": request.locale
        and asked.to_data()["locale"] != at_first.get("locale"),
        "time_to_live": request.hints.time_to_live not in {None, workflow.timeout},
        "code_length": request.hints.code_length is not None
        and str(request.hints.code_length) != at_first.get("code_length"),
    }
    return [name for name, differs in hints.items() if differs]
