"""Steps of the nodes that send and check codes: Twilio's, and AM's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import field, frozen

from ..errors import InvalidSetting
from ..nodes import (
    Action,
    Callback,
    CollectorDecisionNode,
    IdentifierNode,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from ..nodes._bookkeeping import texts_of
from ..nodes._directory import attribute_of
from ..nodes._lookup import LineLookup, LookupNode
from ..phone import PhonePolicy
from ..provider import VerifyProvider
from ..validation import instance_of, instance_or_none
from ._json import shown
from ._kinds import COLLECTOR, GENERATOR, IDENTIFIER, LOOKUP, OTP_COLLECTOR, SENDER
from ._people import NodeFailed
from ._steps import (
    OutboxMessage,
    Step,
    StepContext,
    StepTurn,
    attributes_in,
    decide,
    go,
    localised,
    map_of_setting,
    number_of_setting,
    text_in,
    text_of_setting,
)
from ._values import JourneyNode

CODE, CODE_AT = "oneTimePassword", "oneTimePasswordTimestamp"
SMTP_SENDER, SMS_SENDER = (
    "OneTimePasswordSmtpSenderNode",
    "OneTimePasswordSmsSenderNode",
)
_SHORTEST_CODE, _LONGEST_CODE = 6, 60
_NO_CODE = "there is no one-time password in state"


class _Processes(Protocol):
    def process(self, context: TreeContext) -> Action:
        """As in Ping's nodes."""


@frozen(kw_only=True, repr=False)
class Vendor:
    """What the Twilio nodes of a walk ask."""

    provider: VerifyProvider | None = field(
        default=None, validator=instance_or_none(VerifyProvider)
    )
    lookup: LineLookup | None = field(
        default=None, validator=instance_or_none(LineLookup)
    )
    policy: PhonePolicy = field(factory=PhonePolicy, validator=instance_of(PhonePolicy))

    @property
    def steps(self) -> Mapping[str, Step]:
        """The step of each of the four nodes."""
        return {
            SENDER: _twilio(self._sender),
            COLLECTOR: _twilio(self._collector),
            IDENTIFIER: _twilio(_identifier),
            LOOKUP: _twilio(self._lookup),
        }

    def _required(self) -> VerifyProvider:
        if self.provider is None:
            raise InvalidSetting("provider", "required; pass it to begin")
        return self.provider

    def _sender(self, node: JourneyNode, _context: StepContext) -> _Processes:
        return SenderNode.from_export(
            node.attributes, self._required(), policy=self.policy
        )

    def _collector(self, node: JourneyNode, _context: StepContext) -> _Processes:
        return CollectorDecisionNode.from_export(
            node.attributes, self._required(), policy=self.policy
        )

    def _lookup(self, node: JourneyNode, _context: StepContext) -> _Processes:
        lookup = self.lookup
        if lookup is None and isinstance(self.provider, LineLookup):
            lookup = self.provider
        if lookup is None:
            raise InvalidSetting("lookup", "required; pass it to begin")
        return LookupNode.from_export(node.attributes, lookup, policy=self.policy)


def _identifier(node: JourneyNode, context: StepContext) -> _Processes:
    if not context.people.is_known:
        raise InvalidSetting("directory", "required; pass it to begin")
    return IdentifierNode.from_export(node.attributes, context.people.find)


def _twilio(build: Callable[[JourneyNode, StepContext], _Processes]) -> Step:
    def step(node: JourneyNode, context: StepContext) -> StepTurn:
        action = build(node, context).process(
            TreeContext(
                context.state,
                callbacks=[c for c in context.callbacks if isinstance(c, Callback)],
                locales=context.locales,
                now=context.now,
            )
        )
        if action.outcome is None:
            return StepTurn(ask=action.callbacks)
        return go(as_exported(node, action.outcome.value))

    return step


def as_exported(node: JourneyNode, outcome: str) -> str:
    """The outcome's id in this export, which may be `True` or `true`."""
    ids = (*node.connections, *node.outcomes)
    fitting = (each for each in ids if each.casefold() == outcome.casefold())
    return next(fitting, outcome)


def generator(node: JourneyNode, context: StepContext) -> StepTurn:
    length = number_of_setting(node, "length", 8)
    if not _SHORTEST_CODE <= length <= _LONGEST_CODE:
        raise InvalidSetting("length", f"takes {_SHORTEST_CODE} to {_LONGEST_CODE}")
    # Nothing is protected by it, and the same walk has the same codes.
    seed = f"{node.id} {context.serial} {context.now.isoformat()}".encode()
    number = int.from_bytes(hashlib.sha256(seed).digest()) % 10**length
    context.state.put_transient(CODE, f"{number:0{length}}")
    context.state.put_transient(CODE_AT, int(context.now.timestamp()))
    return go()


def smtp_sender(node: JourneyNode, context: StepContext) -> StepTurn:
    attribute = text_of_setting(node, "emailAttribute", "mail")
    state = context.state
    found = texts_of(attributes_in(state).get(attribute))
    to = text_in(state, "emailAddress") or next(iter(found), "")
    if not to:
        to = _on_profile(context, attribute)
        state.put_shared("emailAddress", to)
    return _send(node, context, "email", to)


def sms_sender(node: JourneyNode, context: StepContext) -> StepTurn:
    name = text_of_setting(node, "mobilePhoneAttributeName", "telephoneNumber")
    return _send(node, context, "sms", _on_profile(context, name))


def _on_profile(context: StepContext, attribute: str) -> str:
    person = context.people.named(text_in(context.state, "username")) or {}
    found = texts_of(attribute_of(person, attribute))
    if not found:
        raise NodeFailed(f"the person has no {shown(attribute)}")
    return found[0]


def _send(node: JourneyNode, context: StepContext, channel: str, to: str) -> StepTurn:
    code = text_in(context.state, CODE)
    if not code:
        raise NodeFailed(_NO_CODE)
    subject, content = (
        localised(
            map_of_setting(node, f"{channel}{part}"),
            context.locales,
            default,
            first=True,
        )
        for part, default in (
            ("Subject", "One Time Password"),
            ("Content", "Your One Time Password:"),
        )
    )
    place = "{{OTP}}"
    text = content.replace(place, code) if place in content else f"{content}{code}"
    sent = OutboxMessage(channel=channel, to=to, subject=subject, text=text)
    context.effects.outbox = (*context.effects.outbox, sent)
    return go()


def otp_collector(node: JourneyNode, context: StepContext) -> StepTurn:
    answer = context.callback(PasswordCallback)
    if answer is None or not answer.password:
        return StepTurn(ask=(PasswordCallback("One Time Password"),))
    minutes = number_of_setting(node, "passwordExpiryTime", 5)
    state = context.state
    sent_at = state.get(CODE_AT)
    is_right = text_in(state, CODE) == answer.password
    is_in_time = isinstance(sent_at, int) and (
        context.now.timestamp() < sent_at + 60 * minutes
    )
    if is_right and is_in_time:
        state.remove(CODE, CODE_AT)
    return decide(is_right and is_in_time)


CODE_STEPS: dict[str, Step] = {
    GENERATOR: generator,
    SMTP_SENDER: smtp_sender,
    SMS_SENDER: sms_sender,
    OTP_COLLECTOR: otp_collector,
}
