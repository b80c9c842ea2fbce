"""
The Collector Decision: asks for the code, has it checked, and says how it went.

Attributes, outcomes and callbacks are those of Ping's node; source: Ping Identity,
"Twilio Verify Collector Decision node", read 2026-11-22. `docs/nodes.md` lists what
differs.
"""

from __future__ import annotations

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
from . import _bookkeeping as bookkeeping, _export as export, _outcomes as outcomes
from ._action import Action
from ._buttons import Buttons
from ._callbacks import (
    Callback,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._context import TreeContext
from ._credentials import Credentials, ProviderCache, SecretResolver
from ._outcomes import Outcome, checked
from ._resolution import find_identifier
from ._state import NodeState


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

    Raises:
        InvalidSetting: A field of another type; names it.
    """

    provider: VerifyProvider | None = field(
        default=None, validator=instance_or_none(VerifyProvider)
    )
    credentials: Credentials = field(
        factory=Credentials, validator=instance_of(Credentials)
    )
    hide_code: bool = field(default=True, validator=flag)
    identifier_key: str = field(default=outcomes.IDENTIFIER_KEY, validator=any_text)
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
        """
        The node that a journey export describes.

        Args:
            attributes: The node's attributes by their names in exports; unknown ones
                are passed over.
            provider: Wins over the one that the reference names.
            secrets: Finds the token, which exports leave out, the account where they
                name none, and what placeholders stand for.
            policy: As the attribute of this class; so are all that follow.
            ping_compatible: See above.
            on_event: See above.

        Raises:
            InvalidSetting: An attribute is malformed; names it.
        """
        attributes = export.require_attributes(attributes)
        return cls(
            provider=provider,
            credentials=Credentials.from_export(attributes, secrets=secrets),
            hide_code=export.flag(attributes, "hideCode", default=True),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", outcomes.IDENTIFIER_KEY
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
                return self._resend(context.state)
            case Outcome.CANCEL:
                return self._cancel(context.state)
        answer = self._answer(context)
        if answer is None:
            return Action.send(self._questions(context))
        try:
            return self._check(context.state, read_code(answer.typed))
        except (EmptyCode, NotACode) as error:
            return Action.send(self._questions(context, refused=error))
        except (InputError, InvalidSetting, VerifyError) as error:
            return bookkeeping.fail(
                context.state, error, ping_compatible=self.ping_compatible
            )

    def _answer(self, context: TreeContext) -> PasswordCallback | NameCallback | None:
        if self.hide_code:
            return context.callback(PasswordCallback)
        return context.callback(NameCallback)

    def _check(self, state: NodeState, code: Secret) -> Action:
        ref = bookkeeping.reference(state)
        if ref is None or not self._fits(ref, state):
            raise MissingReference
        provider = self._provider(ref, state)
        if provider is None:
            verdict = CheckResult(verdict=Verdict.GONE)
        else:
            with watch(self.on_event, provider, Method.CHECK, ref) as answered:
                verdict = answered(provider.check(ref, code.reveal()), CheckResult)

        result = checked(verdict, ping_compatible=self.ping_compatible)
        bookkeeping.apply(state, result.writes)
        if result.outcome is Outcome.TRUE:
            bookkeeping.remove(state, *outcomes.VERIFICATION_KEYS)
        elif verdict.verdict is Verdict.WRONG_CODE:
            bookkeeping.count_wrong_code(state)
        return Action.go_to(result)

    def _fits(self, ref: VerificationRef, state: NodeState) -> bool:
        """
        Whether the verification is of the identifier that the journey now carries.

        Else a code for one number would prove another that was put in its place.
        """
        found = find_identifier(state, self.identifier_key)
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
        service = state.get(outcomes.SERVICE_KEY)
        settings = self.credentials.settings(
            ref.provider, service_sid=service if isinstance(service, str) else ""
        )
        return self._own.provider(settings)

    def _resend(self, state: NodeState) -> Action:
        state.merge_shared({outcomes.RESEND_KEY: True})
        return Action.go_to(Outcome.RESEND)

    def _cancel(self, state: NodeState) -> Action:
        try:
            ref = bookkeeping.reference(state)
            provider = self._provider(ref, state) if ref else None
            if ref is not None and provider is not None:
                Verifier(provider, on_event=self.on_event).cancel(ref)
        except (InvalidSetting, VerifyError):
            # The person gives up either way, and the code dies of age; the event hook
            # has seen why.
            pass
        asked = state.get(outcomes.ASKED_KEY)
        if isinstance(asked, str):
            state.remove(asked)
        bookkeeping.remove(state, *outcomes.VERIFICATION_KEYS, *outcomes.ERROR_KEYS)
        return Action.go_to(Outcome.CANCEL)

    def _questions(
        self, context: TreeContext, *, refused: InputError | None = None
    ) -> tuple[Callback, ...]:
        locales = context.locales
        prompt = text_of("collector.prompt", locales)
        asked: list[Callback] = [
            *self._notices(context, refused=refused),
            TextOutputCallback(text_of("collector.ask", locales)),
            PasswordCallback(prompt) if self.hide_code else NameCallback(prompt),
        ]
        if self.buttons.outcomes:
            asked.append(ConfirmationCallback(self.buttons.labels))
        return tuple(asked)

    def _notices(
        self, context: TreeContext, *, refused: InputError | None
    ) -> tuple[TextOutputCallback, ...]:
        """What went wrong last, and whether a message left at all."""
        state, locales = context.state, context.locales
        notices: list[TextOutputCallback] = []
        error = bookkeeping.last_error(state, locales)
        if refused is not None:
            text = text_of(record_of(refused).message_key, locales)
            notices.append(TextOutputCallback(text, MessageType.ERROR))
        elif error is not None:
            notices.append(error.notice())
        if state.get(outcomes.DELIVERY_KEY) == Delivery.MAYBE_SENT.value:
            text = text_of("collector.maybe_sent", locales)
            notices.append(TextOutputCallback(text, MessageType.WARNING))
        return tuple(notices)
