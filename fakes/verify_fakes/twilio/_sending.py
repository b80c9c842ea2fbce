"""Between a start and the life cycle: may it be sent, and how does it read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from ._outbox import Message, composed
from .machine._commands import TemplateChoice, TwilioRefusal, TwilioStart
from .machine._lookup import line_type
from .machine._numbers import Trait, Traits, country_of
from .machine._rules import address_refuses, service_refuses, trial_refuses
from .machine._state import Sent, TwilioChannel, TwilioVerification
from .resources._templates import Templates, Wording

if TYPE_CHECKING:
    from ..kit._bounded import Shelf
    from ..kit._machine import CodeSource
    from .machine._rules import Profile, Switches
    from .resources._service_resources import SafeNumber, ServiceResources
    from .resources._services import Service


@frozen
class Admitted:
    """
    A start against which nothing stands but the life cycle.

    Attributes:
        wording: The text of a template; None for the usual one.
        resources: The service's, where it has any.
    """

    wording: Wording | None
    resources: ServiceResources | None


@frozen(kw_only=True)
class Sending:
    """
    What every start of one machine has to pass.

    Attributes:
        profile: Which of several faithful behaviours.
        traits: What is true of numbers.
        templates: The message templates.
        safe_list: The numbers that Fraud Guard never blocks.
    """

    profile: Profile
    traits: Traits
    templates: Templates
    safe_list: Shelf[SafeNumber]

    def admit(
        self,
        service: Service,
        command: TwilioStart,
        *,
        trait: Trait | None,
        resources: ServiceResources | None,
        now: datetime,
    ) -> Admitted | TwilioRefusal:
        """
        Let a start pass, counted under the rate limits that it names, or refuse it.

        Args:
            service: The service that sends.
            command: What to send.
            trait: What is true of the number.
            resources: The service's, where it has any.
            now: The present.
        """
        refused = self._refuses(service, command, trait)
        if refused is not None:
            return refused
        wording = self._wording(command, service.switches)
        if isinstance(wording, TwilioRefusal):
            return wording
        if resources is not None:
            limited = resources.rate_limits.admit(command.rate_limits, now)
            if limited is not None:
                return limited
        return Admitted(wording, resources)

    def _refuses(
        self, service: Service, command: TwilioStart, trait: Trait | None
    ) -> TwilioRefusal | None:
        switches = service.switches
        safe = safe_key(service.account_sid, command.to) in self.safe_list
        return (
            service_refuses(command, switches)
            or trial_refuses(command, self.profile, self.traits)
            or address_refuses(command, switches, self.traits, trait, safe=safe)
        )

    def _wording(
        self, command: TwilioStart, switches: Switches
    ) -> Wording | TwilioRefusal | None:
        choices = command.templates
        default = switches.default_template_sid
        if not choices and default is not None and command.channel is TwilioChannel.SMS:
            choices = (TemplateChoice(sid=default),)
        return self.templates.choose(choices, command.channel, command.language)


def code_for(command: TwilioStart, switches: Switches, draw: CodeSource) -> str:
    """The code of a new verification: brought along, or drawn."""
    return command.custom_code or draw(command.to, switches.code_length)


def begun_by(
    command: TwilioStart,
    service: Service,
    *,
    trait: Trait | None,
    sid: str,
    code: str,
    now: datetime,
) -> TwilioVerification:
    """
    The verification that a start begins.

    Args:
        command: What to send.
        service: The service that sends.
        trait: What is true of the number.
        sid: The verification's own.
        code: The code in its messages.
        now: The present.
    """
    switches = service.switches
    looked_up = switches.lookup_enabled and command.channel is not TwilioChannel.EMAIL
    return TwilioVerification(
        sid=sid,
        service_sid=service.sid,
        account_sid=service.account_sid,
        to=command.to,
        code=code,
        sends=(Sent(now, command.channel),),
        updated_at=now,
        line_type=line_type(command.to, trait) if looked_up else None,
        amount=command.amount if switches.psd2_enabled else None,
        payee=command.payee if switches.psd2_enabled else None,
        friendly_name=command.friendly_name,
        tags=command.tags or None,
    )


def safe_key(account_sid: str, number: str) -> str:
    """Under what a number stands on the safe list."""
    return f"{account_sid}:{number}"


def message_of(
    sent: TwilioVerification,
    command: TwilioStart,
    switches: Switches,
    admitted: Admitted,
) -> Message:
    """
    The message that leaves.

    Args:
        sent: With its last send in place.
        command: What was asked for.
        switches: Of the service that sends.
        admitted: What was found out before.
    """
    message = composed(
        sent,
        switches,
        friendly_name=command.friendly_name or switches.friendly_name,
        wording=admitted.wording,
        app_hash=command.app_hash,
    )
    if admitted.resources is None or command.channel is not TwilioChannel.SMS:
        return message
    sender = admitted.resources.sender_for(lambda: country_of(sent.to))
    return evolve(message, messaging_service_sid=sender) if sender else message
