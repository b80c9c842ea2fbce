"""
The machine: one tenant's Twilio Verify, without the wire.

It puts the pure transitions of `machine._state` between what surrounds them: services,
addresses and their traits, faults, the clock, codes and sids, the outbox. It starts no
timer and no thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from threading import RLock

from attrs import evolve

from ..kit._bounded import Shelf
from ._outbox import Outbox, composed
from .machine import _state as state
from .machine._commands import (
    CheckCommand,
    StartCommand,
    TwilioAnswer,
    TwilioCommand,
    TwilioRefusal,
)
from .machine._errors import Reason
from .machine._faults import MAGIC_NUMBERS, FaultDispatch
from .machine._lookup import LookedUp, look_up
from .machine._numbers import Trait, TwilioRandomSource, accepts, fixed_codes
from .machine._rules import Profile, Switches, arrives, check_refused, start_refused
from .machine._state import Limits, TwilioStatus, TwilioVerification, begins_anew
from .machine._verifications import Keep, Verifications
from .resources._events import Records
from .resources._factors import Factor
from .resources._services import (
    SafeNumber,
    Service,
    ServiceResources,
    Services,
    safe_key,
)
from .resources._templates import Templates

_UPDATES = {
    TwilioStatus.CANCELED: (TwilioCommand.CANCEL, state.cancel),
    TwilioStatus.APPROVED: (TwilioCommand.APPROVE, state.approve),
}
_ENDS = {
    TwilioStatus.CANCELED: state.cancel,
    TwilioStatus.APPROVED: state.approve,
    TwilioStatus.EXPIRED: state.expire,
}
_VERIFICATION_SID = re.compile(r"VE[0-9a-fA-F]{32}")
_ABSENT = TwilioRefusal(reason=Reason.NOT_FOUND, was=TwilioStatus.ABSENT)


class VerifyStore:
    """
    A Twilio Verify of one's own: services, verifications, lookups, outbox.

    Safe to use from several threads: one command runs at a time. Every command may
    raise `ConnectionBroken`, but only where a fault or a magic number asks for it. Its
    `account_sid` is the caller's; None, as with an API key, sees every service. A `key`
    is a verification's sid or its address.

    Args:
        clock: Gives the present, aware; it never goes back.
        seed: For codes and sids; None is unpredictable.
        switches: Of services that are created on first use.
        limits: Twilio's numbers.
        account_sid: The owner of what an API key makes; None draws one.
        keep: How much is kept. A start beyond `keep.live` is refused, as too many.
        profile: Which of several faithful behaviours.

    Attributes:
        faults: The rules that make calls fail.
        traits: What is true of numbers.
        codes: The source of codes, where they can be fixed per address.
        safe_list: The numbers that Fraud Guard never blocks, by account and number.
        records: Send attempts, and the events and webhook calls for customers.
        now: The clock.
        lock: Held by each command; hold it yourself to see several things at one time.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        seed: int | None = None,
        switches: Switches | None = None,
        limits: Limits | None = None,
        account_sid: str | None = None,
        keep: Keep | None = None,
        profile: Profile | None = None,
    ) -> None:
        self.now, self.lock, keep = clock, RLock(), keep or Keep()
        self.profile = profile or Profile()
        self.random_source = TwilioRandomSource(seed)
        self.codes = fixed_codes(self.random_source.code)
        self.limits = limits or Limits()
        magic = MAGIC_NUMBERS if self.profile.magic_numbers else {}
        self._dispatch = FaultDispatch(magic=magic)
        self.faults, self.traits = self._dispatch.faults, self._dispatch.traits
        self.outbox = Outbox(keep.messages)
        new_sid = self.random_source.sid
        self.services = Services(
            now=self.now,
            new_sid=new_sid,
            account_sid=account_sid or new_sid("AC"),
            defaults=switches or Switches(),
            on_first_use=self.profile.services_on_first_use,
        )
        self.templates = Templates(
            now=self.now,
            new_sid=new_sid,
            account_sid=self.services.account_sid,
            on_first_use=self.profile.templates_on_first_use,
        )
        self.safe_list: Shelf[SafeNumber] = Shelf(keep.safe_numbers)
        self.records = Records(limits=self.limits, keep=keep, new_sid=new_sid)
        self._service_resources: dict[str, ServiceResources] = {}
        self._held = Verifications(self.limits, keep, self._expired)

    def __len__(self) -> int:
        """How many verifications are held, ended ones included."""
        return len(self._held)

    def start(
        self, service_sid: str, command: StartCommand, *, account_sid: str | None = None
    ) -> TwilioAnswer:
        """Send a code, or the pending one again."""
        with self.lock:
            service, now = self._enter(service_sid, account_sid)
            if service is None:
                return _ABSENT
            strict = self.profile.strict_numbers
            if not accepts(command.to, command.channel, strict=strict):
                return TwilioRefusal(reason=Reason.INVALID_TO, detail=command.to)
            return self._dispatch.unless_failing(
                TwilioCommand.START,
                command.to,
                lambda: self._start(service, command, now),
                channel=command.channel,
            )

    def check(
        self, service_sid: str, command: CheckCommand, *, account_sid: str | None = None
    ) -> TwilioAnswer:
        """Hold a code against the one sent; a wrong one leaves the status pending."""
        with self.lock:
            service, now = self._enter(service_sid, account_sid)
            if service is None:
                return _ABSENT
            strict = self.profile.strict_numbers
            refused = check_refused(command, service.switches, strict=strict)
            if refused is not None:
                return refused
            held = self._held.find(service.sid, sid=command.sid, to=command.to, now=now)
            return self._dispatch.unless_failing(
                TwilioCommand.CHECK,
                held.to if held else command.to,
                lambda: self._check(held, command, now),
            )

    def fetch(
        self, service_sid: str, key: str, *, account_sid: str | None = None
    ) -> TwilioAnswer:
        """Look at a verification; too many looks are refused."""
        with self.lock:
            held, now = self._find_key(service_sid, key, account_sid)
            to = held.to if held else key
            return self._dispatch.unless_failing(
                TwilioCommand.FETCH, to, lambda: self._fetch(held, now)
            )

    def update(
        self,
        service_sid: str,
        key: str,
        status: TwilioStatus,
        *,
        account_sid: str | None = None,
    ) -> TwilioAnswer:
        """Cancel a pending verification, or report it approved, as `status` says."""
        if status not in _UPDATES:
            return TwilioRefusal(reason=Reason.INVALID_PARAMETER, detail="Status")
        operation, transition = _UPDATES[status]
        with self.lock:
            held, now = self._find_key(service_sid, key, account_sid)

            def act() -> TwilioAnswer:
                if held is None:
                    return _ABSENT
                return self._keep_step(held, transition(held, now=now), now)

            to = held.to if held else key
            return self._dispatch.unless_failing(operation, to, act)

    def peek(self, service_sid: str, key: str) -> TwilioVerification | None:
        """
        A verification as it stands, for an observer of the machine.

        Unlike `fetch` it does not count as a poll, and meets no fault.
        """
        with self.lock:
            return self._find_key(service_sid, key, None)[0]

    def end(self, sid: str, status: TwilioStatus) -> TwilioVerification:
        """
        Let a verification end, for a person at the inbox; meets no fault.

        Raises:
            ValueError: It is not there, has ended, or cannot end so.
        """
        with self.lock:
            now = self.now()
            held = self._held.get(sid, now)
            if held is None:
                raise ValueError("there is no such verification any more")
            if status not in _ENDS:
                raise ValueError(f"takes one of {', '.join(_ENDS)}")
            answer = self._keep_step(held, _ENDS[status](held, now=now), now)
            if isinstance(answer, TwilioRefusal):
                raise ValueError(f"it is {held.status.value}")  # noqa: TRY004 - its state
            return answer

    def look_up(
        self, number: str, country: str | None = None
    ) -> LookedUp | TwilioRefusal:
        """Look up a number: E.164, or the national format of a country (ISO 3166)."""
        with self.lock:
            found = look_up(number, country=country, strict=self.profile.strict_numbers)
            found = self._dispatch.shown_in(found)
            return self._dispatch.unless_failing(
                TwilioCommand.LOOKUP, found.number, lambda: found
            )

    def delete_service(self, service: Service) -> None:
        """Delete a service and lose sight of its verifications."""
        with self.lock:
            self.services.delete(service)
            self._held.forget_service(service.sid)
            self._service_resources.pop(service.sid, None)

    def resources_of(self, service: Service) -> ServiceResources:
        """What belongs to a service besides its switches."""
        return self._service_resources.setdefault(service.sid, ServiceResources())

    def factors(self) -> list[tuple[str, Factor]]:
        """Every TOTP factor, with the identity that it belongs to."""
        with self.lock:
            return [
                (entity.identity, factor)
                for resources in self._service_resources.values()
                for entity in resources.entities
                for factor in entity.factors
            ]

    def settle(self) -> None:
        """Let everything expire that is due, in order; after the clock was moved."""
        with self.lock:
            self._held.settle(self.now())

    def limit(self, limits: Limits) -> None:
        """
        Count by other numbers from now on, sends and checks already made included.

        Verifications keep the time to live that they began with.
        """
        with self.lock:
            self.limits = evolve(limits, time_to_live=self.limits.time_to_live)
            self._held.limit(self.limits)

    def trait_of(self, to: str) -> Trait | None:
        """What is true of a number here, set by a test or by magic."""
        return self._dispatch.trait_of(to)

    def _enter(
        self, service_sid: str, account_sid: str | None
    ) -> tuple[Service | None, datetime]:
        now = self.now()
        self._held.sweep(now)
        return self.services.get(service_sid, account_sid), now

    def _find_key(
        self, service_sid: str, key: str, account_sid: str | None
    ) -> tuple[TwilioVerification | None, datetime]:
        service, now = self._enter(service_sid, account_sid)
        if service is None:
            return None, now
        sid = key if _VERIFICATION_SID.fullmatch(key) else None
        return self._held.find(service.sid, sid=sid, to=key, now=now), now

    def _start(
        self, service: Service, command: StartCommand, now: datetime
    ) -> TwilioAnswer:
        trait = self.trait_of(command.to)
        resources = self._service_resources.get(service.sid)
        wording = self._refused(service, command, trait) or self.templates.choose(
            command, service.switches.default_template_sid
        )
        if isinstance(wording, TwilioRefusal):
            return wording
        if resources is not None:
            limited = resources.rate_limits.admit(command.rate_limits, now)
            if limited is not None:
                return limited
        answer = self._send(service, command, trait, now)
        if isinstance(answer, TwilioVerification):
            arrived = arrives(command.channel, trait)
            self.records.sent(service, answer, arrived=arrived, locale=command.language)
            if arrived:
                sender = resources.sender_for(command) if resources else None
                self.outbox.add(
                    composed(answer, command, service.switches, wording, sender)
                )
        return answer

    def _refused(
        self, service: Service, command: StartCommand, trait: Trait | None
    ) -> TwilioRefusal | None:
        safe = safe_key(service.account_sid, command.to) in self.safe_list
        switches, profile = service.switches, self.profile
        return start_refused(command, switches, profile, self.traits, trait, safe=safe)

    def _send(
        self,
        service: Service,
        command: StartCommand,
        trait: Trait | None,
        now: datetime,
    ) -> TwilioAnswer:
        held = self._held.find(service.sid, sid=None, to=command.to, now=now)
        if held is not None and not begins_anew(held):
            step = state.resend(held, command.channel, limits=self.limits, now=now)
            return self._keep_step(held, step, now)
        if self._held.full:
            return TwilioRefusal(reason=Reason.TOO_MANY_REQUESTS)
        begun = service.begin(
            command,
            sid=self.random_source.sid("VE"),
            draw=self.codes,
            trait=trait,
            now=now,
        )
        self._held.put(begun, now)
        return begun

    def _expired(self, verification: TwilioVerification) -> None:
        service = self.services.shelf.get(verification.service_sid)
        due = verification.created_at + self.limits.time_to_live
        self.records.became(service, verification, due)

    def _check(
        self, held: TwilioVerification | None, command: CheckCommand, now: datetime
    ) -> TwilioAnswer:
        if held is None:
            return _ABSENT
        matches = held.code == command.code
        if held.amount is not None:  # PSD2: the payment is part of what is confirmed
            paid = (held.amount, held.payee) == (command.amount, command.payee)
            matches = matches and paid
        step = state.check(held, matches=matches, limits=self.limits, now=now)
        return self._keep_step(held, step, now)

    def _fetch(self, held: TwilioVerification | None, now: datetime) -> TwilioAnswer:
        if held is None:
            return _ABSENT
        after, refused = state.fetch(held)
        if refused is not None:
            return TwilioRefusal(reason=refused, was=after.status)
        if self._held.too_many_polls(held.sid, now):
            return TwilioRefusal(reason=Reason.TOO_MANY_REQUESTS)
        return after

    def _keep_step(
        self, before: TwilioVerification, step: state.Transition, now: datetime
    ) -> TwilioAnswer:
        after, refused = step
        if after is not before:
            self._held.put(after, now)
        if after.status is not before.status:
            service = self.services.shelf.get(after.service_sid)
            self.records.became(service, after, now)
        if refused is not None:
            return TwilioRefusal(reason=refused, was=after.status)
        return after
