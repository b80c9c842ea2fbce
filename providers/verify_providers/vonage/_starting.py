"""
How a start goes: fresh, one step on, or instead of the request that runs.

At most one message leaves per call: another start is only ever put after Vonage said
that it sent nothing, or where the rule of one request per number makes sure of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar

from attrs import evolve, frozen

from verify_core.channels import IdentifierKind
from verify_core.errors import (
    Ambiguous,
    TooSoon,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    Started,
    VerificationRef,
)

from ..http import Ask, HttpConversation, NoAnswer, lost_answer
from . import _wire as wire
from ._asking import Asked, read_canceled, workflow_of
from ._credentials import NAME
from ._events import Journal
from ._recovery import OpenStart, Starts
from ._workflow import CANCEL_OPENS, Workflow

T = TypeVar("T")

_START_SHARE: Final = 0.6
"""Part of the deadline that a start may use, so that some is left to put it again."""


_AFTER_CANCEL: Final = timedelta(seconds=15)
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


class Starter:
    """
    Conversations that start a verification; safe for several threads.

    Args:
        journal: Notes what was canceled.
        clock: The present.
    """

    def __init__(self, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._starts = Starts()

    def start(self, asked: Asked) -> HttpConversation[Started]:
        """Start, once the request is accepted: see `VonageConversations.start`."""
        moved = yield from self._move_on(asked)
        return (yield from self._begin(asked)) if moved is None else moved

    def _move_on(self, asked: Asked) -> HttpConversation[Started | None]:
        """The next step of the request that runs; None where a fresh start is due."""
        previous, now = asked.previous, self._clock()
        if previous is None or asked.request.custom_code is not None:
            return None
        workflow = workflow_of(previous)
        possible = set(workflow.next_channels(now))
        wanted = {step.channel for step in asked.start.steps}
        if not possible or not possible <= wanted:
            return None
        reply = yield Ask(wire.next_request(previous.vendor_id))
        moved = workflow.advanced(now)
        doubted = self._moved(asked, previous, moved.doubted())
        if isinstance(reply, NoAnswer):
            if not reply.maybe_sent:
                raise _lost(reply)
            return evolve(doubted, delivery=Delivery.MAYBE_SENT)
        found = _outcome(
            lambda: wire.read_moved(
                reply, previous.vendor_id, now=now, hidden=asked.hidden
            )
        )
        if isinstance(found, VerifyError):
            raise _with_reference(found, doubted.ref)
        return self._moved(asked, previous, moved) if found is wire.Moved.ON else None

    def _begin(self, asked: Asked) -> HttpConversation[Started]:
        found = yield from self._put(asked)
        if isinstance(found, _Busy) and _may_be(found.running, asked.previous):
            found = yield from self._replace(asked, found)
        if isinstance(found, _Busy):
            raise self._too_soon(found, asked.previous)
        if isinstance(found, VerifyError):
            raise found
        return self._started(asked, found)

    def _put(self, asked: Asked) -> HttpConversation[str | _Busy | VerifyError]:
        """Put one start, and put it again where the answer was lost."""
        now = self._clock()
        share = _START_SHARE if _runs_alone(asked) else 1.0
        with self._starts.begin(
            asked.address,
            asked.attempt_id,
            now=now,
            ends_at=asked.workflow(now).ends_at,
        ) as begun:
            found = yield from self._send(asked, share)
            if isinstance(found, VerifyError) and found.maybe_sent:
                begun.is_lost = True
                return (yield from self._put_again(asked, begun, found))
            if isinstance(found, _Busy) and self._adopts(asked, begun, found.running):
                return found.running or found
            begun.settle(found if isinstance(found, str) else None)
            return found

    def _put_again(
        self, asked: Asked, begun: OpenStart, lost: VerifyError
    ) -> HttpConversation[str | _Busy | VerifyError]:
        if not _runs_alone(asked):
            return lost
        found: str | _Busy | VerifyError = lost
        # What keeps us from asking again says nothing of what was asked before.
        with suppress(VerifyError):
            found = yield from self._send(asked, 1.0)
        if isinstance(found, str):
            begun.settle(found)
            return found
        if not isinstance(found, _Busy) or found.running is None:
            return lost
        if self._adopts(asked, begun, found.running):
            return found.running
        known = self._starts.ends_at(found.running) is not None
        if known or _is(found.running, asked.previous):
            begun.settle()  # the first was refused for the same reason
            return found
        return lost

    def _adopts(self, asked: Asked, begun: OpenStart, running: str | None) -> bool:
        if running is None or _is(running, asked.previous):
            return False
        return begun.adopts(running)

    def _send(
        self, asked: Asked, share: float
    ) -> HttpConversation[str | _Busy | VerifyError]:
        reply = yield Ask(wire.start_request(asked.start), share=share)
        if isinstance(reply, NoAnswer):
            return _lost(reply)
        found = _outcome(
            lambda: wire.read_started(reply, now=self._clock(), hidden=asked.hidden)
        )
        if isinstance(found, TooSoon):
            return _Busy(error=found, running=wire.read_running(reply))
        return found

    def _replace(
        self, asked: Asked, busy: _Busy
    ) -> HttpConversation[str | _Busy | VerifyError]:
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
        elif read_canceled(previous, reply, now) is CancelOutcome.CANCELED:
            self._journal.note_canceled(previous, now)
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
            resend_after=_resend_after(workflow, now),
            code_length=asked.code_length,
            ignored_hints=asked.ignored,
        )

    def _moved(
        self, asked: Asked, previous: VerificationRef, workflow: Workflow
    ) -> Started:
        """The same request, one step on; what it was told at first holds for it."""
        now = workflow.reached_at
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
            resend_after=_resend_after(workflow, now),
            ignored_hints=(*asked.unfulfillable, *_changed(asked, previous, workflow)),
        )


def _free_at(
    previous: VerificationRef, now: datetime, *, is_refused: bool = False
) -> datetime:
    """
    When the previous request can be replaced: in its window, or after its end.

    Args:
        previous: Its reference.
        now: The present.
        is_refused: Whether Vonage just refused to cancel it.
    """
    workflow, opens = workflow_of(previous), previous.created_at + CANCEL_OPENS
    if workflow.step_at(max(now, opens)) > 0:
        return workflow.ends_at
    if now < opens:
        return opens
    return workflow.ends_at if is_refused else now


def _lost(reply: NoAnswer) -> VerifyError:
    return lost_answer(reply, provider=NAME, shown="Vonage", has_effect=True)


def _outcome(read: Callable[[], T]) -> T | VerifyError:
    """What is read, or the error; raised later, it has no context that quotes."""
    try:
        return read()
    except VerifyError as error:
        return error


def _with_reference(error: VerifyError, ref: VerificationRef) -> VerifyError:
    """The error with what can still be checked, if a message may have left with it."""
    unsure = isinstance(error, Ambiguous | Unexpected) and error.maybe_sent
    return error.but(ref=ref) if unsure else error


def _runs_alone(asked: Asked) -> bool:
    """Whether Vonage lets one request run; of e-mail addresses it does not say so."""
    return asked.request.identifier.kind is IdentifierKind.PHONE


def _is(running: str, previous: VerificationRef | None) -> bool:
    return previous is not None and wire.same_id(running, previous.vendor_id)


def _may_be(running: str | None, previous: VerificationRef | None) -> bool:
    return previous is not None and (running is None or _is(running, previous))


def _resend_after(workflow: Workflow, now: datetime) -> timedelta | None:
    if workflow.step + 1 < len(workflow.channels):
        return None  # the next step is for the asking
    return CANCEL_OPENS if workflow.step == 0 else workflow.ends_at - now


def _changed(asked: Asked, previous: VerificationRef, workflow: Workflow) -> list[str]:
    """Wishes that a request which runs already cannot fulfil any more."""
    told, request = previous.vendor_data, asked.request
    wishes = {
        "locale": request.locale and asked.to_data()["locale"] != told.get("locale"),
        "time_to_live": request.hints.time_to_live not in {None, workflow.timeout},
        "code_length": request.hints.code_length is not None
        and str(request.hints.code_length) != told.get("code_length"),
    }
    return [name for name, differs in wishes.items() if differs]
