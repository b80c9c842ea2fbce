"""
The machine: one account's Vonage Verify v2, without the wire.

It puts the pure transitions of `machine._state` between what surrounds them: traits of
addresses, faults, the clock, codes and ids, the outbox, webhooks. It has no timer and
no thread: what is due happens at the next call, and is dated when it was due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import RLock

from attrs import frozen

from ..kit._bounded import Notifications
from ..kit._faults import Break, ConnectionBroken
from ._outbox import VonageOutbox, message_of
from .machine import _state as state
from .machine._commands import (
    Reason,
    VonageAnswer,
    VonageOperation,
    VonageRefusal,
    VonageStart,
)
from .machine._errors import VonageFaults
from .machine._numbers import (
    Trait,
    Traits,
    VonageRandomSource,
    fixed_codes,
    spoken_at,
)
from .machine._verifications import Keep, Verifications
from .machine._workflow import Limits, VonageStatus, VonageVerification
from .resources._auth import Caller
from .resources._events import VonageNotification, notifications

_ENDS = (VonageStatus.COMPLETED, VonageStatus.CANCELED, VonageStatus.EXPIRED)


@frozen(kw_only=True)
class Profile:
    """
    Where a fake can be faithful in more than one way.

    Attributes:
        strict_numbers: Refuse numbers that cannot be in use; by default every strictly
            possible number is accepted, so that fiction works.
    """

    strict_numbers: bool = False


class VonageStore:
    """
    A Vonage Verify of one's own: verifications, outbox, webhooks.

    Safe to use from several threads: one command runs at a time. Every command raises
    `ConnectionBroken` where a fault asks for it.

    Args:
        clock: Gives the present, aware; it never goes back.
        seed: For codes and ids; None is unpredictable.
        keep: How much is kept. A start beyond `keep.live` is refused, as too many.
        api_key: The account's, where a start does not say it.

    Attributes:
        notifications: What was posted to webhooks; `events` lets happen what is due.
        lock: Held by each command; hold it yourself to see several things at one time.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        seed: int | None = None,
        limits: Limits | None = None,
        keep: Keep | None = None,
        profile: Profile | None = None,
        api_key: str | None = None,
    ) -> None:
        keep = keep or Keep()
        self._api_key = api_key
        self.random_source = VonageRandomSource(seed)
        self.codes = fixed_codes(self.random_source)
        self.limits = limits or Limits()
        self.profile = profile or Profile()
        self.faults = VonageFaults()
        self.traits = Traits()
        self._outbox = VonageOutbox(keep.messages)
        self.notifications: Notifications[VonageNotification] = Notifications(
            keep.events
        )
        self._held = Verifications(keep)
        self._now = clock
        self.lock = RLock()

    def now(self) -> datetime:
        return self._now()

    def __len__(self) -> int:
        """How many verifications are held, running or ended."""
        return len(self._held)

    @property
    def outbox(self) -> VonageOutbox:
        """What people received until now, steps that have become due included."""
        self.settle()
        return self._outbox

    @property
    def events(self) -> Sequence[VonageNotification]:
        """What would have been posted to webhooks until now, oldest first."""
        with self.lock:
            self._settle()
            return tuple(self.notifications)

    def settle(self) -> None:
        """Let everything happen that is due, in order; after the clock was moved."""
        with self.lock:
            self._settle()

    def start(
        self, command: VonageStart, *, caller: Caller | None = None
    ) -> VonageAnswer:
        """Begin a workflow."""
        with self.lock:
            now = self._settle()
            to = tuple(step.to for step in command.steps)
            return self._unless_failing(
                VonageOperation.START,
                to,
                lambda: self._start(command, caller or Caller(), now),
            )

    def check(self, request_id: str, code: str) -> VonageAnswer:
        """Hold a code against the newest one; an impossible length is a wrong code."""
        return self._command(
            VonageOperation.CHECK,
            request_id,
            lambda held, now: state.check(
                held, matches=held.code == code, limits=self.limits, now=now
            ),
        )

    def cancel(self, request_id: str) -> VonageAnswer:
        """Call a verification off."""
        return self._command(
            VonageOperation.CANCEL,
            request_id,
            lambda held, now: state.cancel(held, limits=self.limits, now=now),
        )

    def next_step(self, request_id: str) -> VonageAnswer:
        """Begin the next step before the running one expires."""
        return self._command(
            VonageOperation.NEXT,
            request_id,
            lambda held, now: state.next_step(held, code=self._new_code(held), now=now),
        )

    def reply(self, request_id: str, *, yes: bool) -> VonageVerification:
        """
        Let the person answer the question "was it you?" of an interactive step.

        Raises:
            ValueError: No question of this verification is open.
        """
        with self.lock:
            now = self._settle()
            held = self._held.get(request_id)
            open_ = held is not None and held.status is VonageStatus.RUNNING
            if held is None or not open_ or held.step.takes_code:
                raise ValueError("no question is open there")
            after, _ = state.replied(held, yes=yes, now=now)
            self._put(held, after, now)
            return after

    def end(self, request_id: str, status: VonageStatus) -> VonageVerification:
        """
        Let a verification, or its step, end for a person at the inbox; meets no fault.

        Args:
            request_id: Which.
            status: `completed`, `canceled`, or `expired`: the running step, so that
                the next one begins.

        Raises:
            ValueError: It is not there, has ended, or cannot end so.
        """
        with self.lock:
            now = self._settle()
            held = self._held.get(request_id)
            if held is None:
                raise ValueError("there is no such verification any more")
            if status not in _ENDS:
                raise ValueError(f"takes one of {', '.join(_ENDS)}")
            expires = status is VonageStatus.EXPIRED
            code = self._new_code(held) if expires else held.code
            after, refused = state.ended(held, status, code=code, now=now)
            if refused is not None:
                raise ValueError(f"it is {held.status.value}")
            self._put(held, after, now)
            return after

    def peek(self, request_id: str) -> VonageVerification | None:
        """A verification as it stands, for tests and inboxes."""
        with self.lock:
            self._settle()
            return self._held.get(request_id)

    def _settle(self) -> datetime:
        now = self.now()
        while (held := self._held.due(now)) is not None:
            due = held.deadline
            after = state.timed_out(held, code=self._new_code(held), at=due)
            self._put(held, after, due)
        return now

    def _start(
        self, command: VonageStart, caller: Caller, now: datetime
    ) -> VonageAnswer:
        for step in command.steps:
            busy = self._held.running_to(step.to)
            if busy is not None:
                return VonageRefusal(
                    reason=Reason.CONCURRENT, request_id=busy.request_id
                )
        if self._held.full:
            return VonageRefusal(reason=Reason.THROTTLED)
        first = command.steps[0]
        drawn = self.codes(first.to, command.code_length)
        planned = VonageVerification(
            request_id=self.random_source.uuid(),
            brand=command.brand,
            steps=command.steps,
            code=command.code or (drawn if first.takes_code else ""),
            own_code=command.code is not None,
            code_length=command.code_length,
            channel_timeout=command.channel_timeout or self.limits.channel_timeout,
            submitted_at=now,
            client_ref=command.client_ref,
            locale=command.locale or spoken_at(step.to for step in command.steps),
            api_key=caller.api_key or self._api_key,
            application_id=caller.application_id,
        )
        begun = state.begun(planned, now=now)
        self._put(planned, begun, now)
        return begun

    def _command(
        self,
        operation: VonageOperation,
        request_id: str,
        act: Callable[[VonageVerification, datetime], state.Change],
    ) -> VonageAnswer:
        with self.lock:
            now = self._settle()
            held = self._held.get(request_id)

            def acted() -> VonageAnswer:
                if held is None:
                    return VonageRefusal(reason=Reason.NOT_FOUND, request_id=request_id)
                after, refused = act(held, now)
                self._put(held, after, now)
                if refused is not None:
                    was = after.status
                    return VonageRefusal(reason=refused, request_id=request_id, was=was)
                return after

            to = () if held is None else (held.step.to,)
            return self._unless_failing(operation, to, acted, request_id)

    def _unless_failing(
        self,
        operation: VonageOperation,
        to: tuple[str, ...],
        act: Callable[[], VonageAnswer],
        request_id: str | None = None,
    ) -> VonageAnswer:
        fault = self.faults.hit(operation, to)
        if fault is None:
            return act()
        if isinstance(fault.effect, Break):
            broken = ConnectionBroken(fault.effect)
            if broken.processed:
                act()
            raise broken
        return VonageRefusal(
            reason=fault.effect, request_id=request_id, retry_after=fault.retry_after
        )

    def _put(
        self, before: VonageVerification, after: VonageVerification, at: datetime
    ) -> None:
        """Keep a change, report it, and send what it begins to send."""
        if after is before:
            return
        self._held.put(after, at)
        uuid = self.random_source.uuid
        for notification in notifications(before, after, new_id=uuid):
            self.notifications.add(notification)
        began = before.place != after.place or before.step.began_at is None
        if began and after.status is VonageStatus.RUNNING:
            self._send(after, at)

    def _send(self, begun: VonageVerification, at: datetime) -> None:
        trait = self.traits.of(begun.step.to)
        if trait is Trait.BLOCKED:
            self._put(begun, state.blocked(begun, at=at), at)
        elif trait is Trait.INVALID:
            after = state.failed(begun, code=self._new_code(begun), at=at)
            self._put(begun, after, at)
        elif trait is None:
            self._outbox.add(message_of(begun))

    def _new_code(self, held: VonageVerification) -> str:
        if not held.needs_new_code:
            return held.code
        following = held.steps[held.place + 1]
        return self.codes(following.to, held.code_length)
