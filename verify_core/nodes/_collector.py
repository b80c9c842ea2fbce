"""
The Collector Decision: asks for the code, has it checked, and says how it went.

Attributes, outcomes and callbacks are those of Ping's node; source: Ping Identity,
"Twilio Verify Collector Decision node", read 2026-11-22.
`docs/reference/nodes.md` lists what differs.
"""

from __future__ import annotations

from contextlib import suppress

from attrs import field, frozen

from ..codes import read_code
from ..errors import (
    EmptyCode,
    InputError,
    InvalidSetting,
    MissingReference,
    NotACode,
    VerifyError,
)
from ..events import EventHook, Method, watch
from ..explain import record_of
from ..frames import unframed
from ..identifiers import read_identifier
from ..masking import Secret
from ..messages import text_of
from ..phone import PhonePolicy
from ..provider import VerifyProvider, owns
from ..validation import (
    any_text,
    flag,
    instance_of,
    instance_or_none,
    optional_function,
)
from ..verification import CheckResult, Delivery, Verdict, VerificationRef
from ..verifier import Verifier
from . import _bookkeeping as kept, _export as export
from ._callbacks import (
    Callback,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._credentials import Credentials, ProviderCache, SecretResolver
from ._framework import Action, Outcome, TreeContext
from ._state import NodeState


@frozen(kw_only=True)
class Buttons:
    """
    The buttons under the code field; shown where resend or cancel is.

    Attributes:
        show_resend: Whether a code can be asked for again.
        show_cancel: Whether the person can give up.
        resend: Label.
        cancel: Label.
        next: Label of the one that checks the code; the default.
    """

    show_resend: bool = field(default=False, validator=flag)
    show_cancel: bool = field(default=False, validator=flag)
    resend: str = field(default="resend", validator=any_text)
    cancel: str = field(default="cancel", validator=any_text)
    next: str = field(default="next", validator=any_text)

    @classmethod
    def from_export(cls, attributes: export.Attributes) -> Buttons:
        """The buttons in a node's attributes; see `CollectorDecisionNode`."""
        return cls(
            show_resend=export.flag(attributes, "showResendButton", default=False),
            show_cancel=export.flag(attributes, "showCancelButton", default=False),
            resend=export.text(attributes, "resendButtonText", "resend"),
            cancel=export.text(attributes, "cancelButtonText", "cancel"),
            next=export.text(attributes, "nextButtonText", "next"),
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What the buttons after the first stand for, in order."""
        shown = {Outcome.RESEND: self.show_resend, Outcome.CANCEL: self.show_cancel}
        return tuple(outcome for outcome, is_shown in shown.items() if is_shown)

    @property
    def labels(self) -> tuple[str, ...]:
        """What to show, the first button included."""
        of = {Outcome.RESEND: self.resend, Outcome.CANCEL: self.cancel}
        return (self.next, *(of[outcome] for outcome in self.outcomes))

    def pressed(self, answer: ConfirmationCallback | None) -> Outcome | None:
        """The outcome of the button pressed, or None for the first or a strange one."""
        if answer is None or not 1 <= answer.selected_index <= len(self.outcomes):
            return None
        return self.outcomes[answer.selected_index - 1]


@frozen(kw_only=True, eq=False)
class CollectorDecisionNode:
    """
    Checks a code; outcomes `True`, `False`, `Error`, and those of its buttons.

    Attributes:
        provider: Checks it; None builds the one that the reference names.
        credentials: The vendor's account; the service may come from state.
        hide_code: Whether the code stays hidden while typed. Hidden fields keep
            phones from filling in the code that just came by SMS.
        identifier_key: State key of the identifier; where it holds another one than
            the code was sent to, the code is not accepted.
        buttons: Which there are, and their labels.
        policy: How a phone number in state is read.
        ping_compatible: Whether to write the original's `Exception` key, too.
        on_event: Sees every call to the provider, masked.
    """

    provider: VerifyProvider | None = field(
        default=None, validator=instance_or_none(VerifyProvider)
    )
    credentials: Credentials = field(
        factory=Credentials, validator=instance_of(Credentials)
    )
    hide_code: bool = field(default=True, validator=flag)
    identifier_key: str = field(default=kept.IDENTIFIER_KEY, validator=any_text)
    buttons: Buttons = field(factory=Buttons, validator=instance_of(Buttons))
    policy: PhonePolicy = field(factory=PhonePolicy, validator=instance_of(PhonePolicy))
    ping_compatible: bool = field(default=False, validator=flag)
    on_event: EventHook | None = field(
        default=None, repr=False, validator=optional_function
    )
    _own: ProviderCache = field(init=False, factory=ProviderCache, repr=False)

    @classmethod
    @unframed
    def from_export(
        cls,
        attributes: export.Attributes,
        provider: VerifyProvider | None = None,
        *,
        secrets: SecretResolver | None = None,
        policy: PhonePolicy | None = None,
        ping_compatible: bool = False,
        on_event: EventHook | None = None,
    ) -> CollectorDecisionNode:
        """The node that a journey export describes; see `verify_core.nodes`."""
        attributes = export.require_attributes(attributes)
        return cls(
            provider=provider,
            credentials=Credentials.from_export(attributes, secrets=secrets),
            hide_code=export.flag(attributes, "hideCode", default=True),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", kept.IDENTIFIER_KEY
            ),
            buttons=Buttons.from_export(attributes),
            policy=PhonePolicy() if policy is None else policy,
            ping_compatible=ping_compatible,
            on_event=on_event,
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome that this node can have, in the order of the designer."""
        return Outcome.TRUE, Outcome.FALSE, *self.buttons.outcomes, Outcome.ERROR

    def process(self, context: TreeContext) -> Action:
        """
        Check the code submitted, or ask for it.

        A button wins over a code. Errors of people, settings and providers become the
        outcome `Error`; nothing else is caught.
        """
        match self.buttons.pressed(context.callback(ConfirmationCallback)):
            case Outcome.RESEND:
                context.state.merge_shared({kept.RESEND_KEY: True})
                return Action.go_to(Outcome.RESEND)
            case Outcome.CANCEL:
                return self._cancel(context.state)
        answer = (
            context.callback(PasswordCallback)
            if self.hide_code
            else context.callback(NameCallback)
        )
        if answer is None:
            return Action.send(self._questions(context))
        try:
            return self._check(context.state, read_code(answer.typed))
        except (EmptyCode, NotACode) as error:
            return Action.send(self._questions(context, refused=error))
        except (InputError, InvalidSetting, VerifyError) as error:
            return kept.failed(
                context.state, error, ping_compatible=self.ping_compatible
            )

    def _check(self, state: NodeState, code: Secret) -> Action:
        ref = kept.reference(state)
        if ref is None or not self._fits(ref, state):
            raise MissingReference
        provider = self._provider(ref, state)
        if provider is None:
            result = CheckResult(verdict=Verdict.GONE)
        else:
            with watch(self.on_event, provider, Method.CHECK, ref) as answered:
                result = answered(provider.check(ref, code.reveal()), CheckResult)
        return kept.checked(state, result, ping_compatible=self.ping_compatible)

    def _fits(self, ref: VerificationRef, state: NodeState) -> bool:
        """
        Whether the verification is of the identifier that the journey now carries.

        Else a code for one number would prove another that was put in its place.
        """
        found = kept.find_identifier(state, self.identifier_key)
        if found is None or found.text == ref.identifier.value:
            return True
        try:
            current = read_identifier(found.text, ref.channel, self.policy)
        except InputError:
            return False
        return current.value == ref.identifier.value

    def _provider(
        self, ref: VerificationRef, state: NodeState
    ) -> VerifyProvider | None:
        """The provider that the reference names, or None where ours is another."""
        if self.provider is not None:
            return self.provider if owns(self.provider, ref) else None
        service = state.get(kept.SERVICE_KEY)
        settings = self.credentials.settings(
            ref.provider, service_sid=service if isinstance(service, str) else ""
        )
        return self._own.provider(settings)

    def _cancel(self, state: NodeState) -> Action:
        # The person gives up either way, and the code dies of age; the event hook has
        # seen why.
        with suppress(InvalidSetting, VerifyError):
            ref = kept.reference(state)
            provider = self._provider(ref, state) if ref else None
            if ref is not None and provider is not None:
                Verifier(provider, on_event=self.on_event).cancel(ref)
        asked = state.get(kept.ASKED_KEY)
        if isinstance(asked, str):
            state.remove(asked)
        state.remove(*kept.VERIFICATION_KEYS, *kept.ERROR_KEYS)
        return Action.go_to(Outcome.CANCEL)

    def _questions(
        self, context: TreeContext, *, refused: InputError | None = None
    ) -> tuple[Callback, ...]:
        state, locales = context.state, context.locales
        asked: list[Callback] = []
        if refused is not None:
            text = text_of(record_of(refused).message_key, locales)
            asked.append(TextOutputCallback(text, MessageType.ERROR))
        elif error := kept.last_error(state, locales):
            asked.append(error)
        if state.get(kept.DELIVERY_KEY) == Delivery.MAYBE_SENT.value:
            text = text_of("collector.maybe_sent", locales)
            asked.append(TextOutputCallback(text, MessageType.WARNING))
        asked.append(TextOutputCallback(text_of("collector.ask", locales)))
        prompt = text_of("collector.prompt", locales)
        asked.append(
            PasswordCallback(prompt) if self.hide_code else NameCallback(prompt)
        )
        if self.buttons.outcomes:
            asked.append(ConfirmationCallback(self.buttons.labels))
        return tuple(asked)
