"""Steps of the nodes that send and check codes: Twilio's, and AM's own."""

from __future__ import annotations

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
from ._steps import Step, StepTurn, Visit, ask, decide, go, text_in
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

    def _sender(self, visit: Visit) -> _Processes:
        attributes, provider = visit.node.attributes, self._required()
        return SenderNode.from_export(attributes, provider, policy=self.policy)

    def _collector(self, visit: Visit) -> _Processes:
        attributes, provider = visit.node.attributes, self._required()
        return CollectorDecisionNode.from_export(
            attributes, provider, policy=self.policy
        )

    def _lookup(self, visit: Visit) -> _Processes:
        lookup = self.lookup
        if lookup is None and isinstance(self.provider, LineLookup):
            lookup = self.provider
        if lookup is None:
            raise InvalidSetting("lookup", "required; pass it to begin")
        return LookupNode.from_export(visit.node.attributes, lookup, policy=self.policy)


def _identifier(visit: Visit) -> _Processes:
    if not visit.people.is_known:
        raise InvalidSetting("directory", "required; pass it to begin")
    return IdentifierNode.from_export(visit.node.attributes, visit.people.find)


def _twilio(build: Callable[[Visit], _Processes]) -> Step:
    def step(visit: Visit) -> StepTurn:
        action = build(visit).process(
            TreeContext(
                visit.state,
                callbacks=[c for c in visit.callbacks if isinstance(c, Callback)],
                locales=visit.locales,
                now=visit.now,
            )
        )
        if action.outcome is None:
            return ask(*action.callbacks)
        return go(as_exported(visit.node, action.outcome.value))

    return step


def as_exported(node: JourneyNode, outcome: str) -> str:
    """The outcome's id in this export, which may be `True` or `true`."""
    ids = (*node.connections, *node.outcomes)
    fitting = (each for each in ids if each.casefold() == outcome.casefold())
    return next(fitting, outcome)


def generator(visit: Visit) -> StepTurn:
    length = visit.number("length", 8)
    if not _SHORTEST_CODE <= length <= _LONGEST_CODE:
        raise InvalidSetting("length", f"takes {_SHORTEST_CODE} to {_LONGEST_CODE}")
    # Nothing is protected by it, and the same walk has the same codes.
    number = int(visit.seed, 16) % 10**length
    visit.state.put_transient(CODE, f"{number:0{length}}")
    visit.state.put_transient(CODE_AT, int(visit.now.timestamp()))
    return go()


def smtp_sender(visit: Visit) -> StepTurn:
    attribute = visit.text("emailAttribute", "mail")
    state = visit.state
    found = texts_of(visit.attributes.get(attribute))
    to = text_in(visit.state, "emailAddress") or next(iter(found), "")
    if not to:
        to = _on_profile(visit, attribute)
        state.put_shared("emailAddress", to)
    return _send(visit, "email", to)


def sms_sender(visit: Visit) -> StepTurn:
    name = visit.text("mobilePhoneAttributeName", "telephoneNumber")
    return _send(visit, "sms", _on_profile(visit, name))


def _on_profile(visit: Visit, attribute: str) -> str:
    person = visit.people.named(visit.username) or {}
    found = texts_of(attribute_of(person, attribute))
    if not found:
        raise NodeFailed(f"the person has no {shown(attribute)}")
    return found[0]


def _send(visit: Visit, channel: str, to: str) -> StepTurn:
    code = text_in(visit.state, CODE)
    if not code:
        raise NodeFailed(_NO_CODE)
    subject, content = (
        visit.localised(f"{channel}{part}", default, first=True)
        for part, default in (
            ("Subject", "One Time Password"),
            ("Content", "Your One Time Password:"),
        )
    )
    place = "{{OTP}}"
    text = content.replace(place, code) if place in content else f"{content}{code}"
    visit.send(channel, to, subject, text)
    return go()


def otp_collector(visit: Visit) -> StepTurn:
    answer = visit.callback(PasswordCallback)
    if answer is None or not answer.password:
        return ask(PasswordCallback("One Time Password"))
    minutes = visit.number("passwordExpiryTime", 5)
    state = visit.state
    sent_at = state.get(CODE_AT)
    is_right = text_in(visit.state, CODE) == answer.password
    is_in_time = isinstance(sent_at, int) and (
        visit.now.timestamp() < sent_at + 60 * minutes
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
