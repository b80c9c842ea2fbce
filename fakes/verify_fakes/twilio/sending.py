"""Between a start and the life cycle: may it be sent, and how does it read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from .machine.commands import Refused, Start, TemplateChoice
from .machine.lookup import line_type
from .machine.numbers import Trait, Traits, country_of
from .machine.rules import address_refuses, service_refuses, trial_refuses
from .machine.state import Channel, Sent, Verification
from .outbox import Message, composed
from .resources.templates import Templates, Wording

if TYPE_CHECKING:
    from ..kit.bounded import Shelf
    from ..kit.random_source import CodeSource
    from .machine.profile import Profile
    from .machine.switches import Switches
    from .resources.service_resources import Belongings, SafeNumber
    from .resources.services import Service


@frozen
class Admitted:
    """
    A start against which nothing stands but the life cycle.

    Attributes:
        wording: The text of a template; None for the usual one.
        belongings: The service's, where it has any.
    """

    wording: Wording | None
    belongings: Belongings | None


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
        command: Start,
        *,
        trait: Trait | None,
        belongings: Belongings | None,
        now: datetime,
    ) -> Admitted | Refused:
        """
        Let a start pass, counted under the rate limits that it names, or refuse it.

        Args:
            service: The service that sends.
            command: What to send.
            trait: What is true of the number.
            belongings: The service's, where it has any.
            now: The present.
        """
        refused = self._refuses(service, command, trait)
        if refused is not None:
            return refused
        wording = self._wording(command, service.switches)
        if isinstance(wording, Refused):
            return wording
        if belongings is not None:
            limited = belongings.rate_limits.admit(command.rate_limits, now)
            if limited is not None:
                return limited
        return Admitted(wording, belongings)

    def _refuses(
        self, service: Service, command: Start, trait: Trait | None
    ) -> Refused | None:
        switches = service.switches
        safe = safe_key(service.account_sid, command.to) in self.safe_list
        return (
            service_refuses(command, switches)
            or trial_refuses(command, self.profile, self.traits)
            or address_refuses(command, switches, self.traits, trait, safe=safe)
        )

    def _wording(self, command: Start, switches: Switches) -> Wording | Refused | None:
        choices = command.templates
        default = switches.default_template_sid
        if not choices and default is not None and command.channel is Channel.SMS:
            choices = (TemplateChoice(sid=default),)
        return self.templates.choose(choices, command.channel, command.language)


def code_for(command: Start, switches: Switches, draw: CodeSource) -> str:
    """The code of a new verification: brought along, or drawn."""
    return command.custom_code or draw(command.to, switches.code_length)


def begun_by(
    command: Start,
    service: Service,
    *,
    trait: Trait | None,
    sid: str,
    code: str,
    now: datetime,
) -> Verification:
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
    looked_up = switches.lookup_enabled and command.channel is not Channel.EMAIL
    return Verification(
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
    sent: Verification, command: Start, switches: Switches, admitted: Admitted
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
    if admitted.belongings is None or command.channel is not Channel.SMS:
        return message
    sender = admitted.belongings.sender_for(lambda: country_of(sent.to))
    return evolve(message, messaging_service_sid=sender) if sender else message
