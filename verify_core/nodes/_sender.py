"""
The Sender: takes an identifier from state or asks for it, and sends a passcode there.

Attributes, outcomes and callbacks are those of Ping's node; source: Ping Identity,
"Twilio Verify Sender node", read 2026-11-22. `docs/reference/nodes.md` lists what
differs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import field, frozen

from ..channels import Channel, read_channel
from ..characters import visible
from ..errors import (
    InputError,
    InvalidSetting,
    MissingIdentifier,
    NotSupported,
    TooSoon,
    VerifyError,
)
from ..events import EventHook
from ..frames import unframed
from ..identifiers import Identifier, read_identifier
from ..messages import text_of
from ..phone import PhonePolicy
from ..provider import VerifyProvider, owns
from ..validation import (
    any_text,
    flag,
    instance_of,
    instance_or_none,
    optional_function,
    optional_text,
)
from ..verification import VerificationRef
from ..verifier import StartOptions, Verifier
from . import _bookkeeping as kept, _export as export
from ._callbacks import MessageType, NameCallback, TextOutputCallback
from ._credentials import (
    PROVIDER,
    Credentials,
    ProviderCache,
    SecretResolver,
    is_placeholder,
)
from ._framework import Action, Outcome, TreeContext
from ._state import NodeState

# Errors that another number or address can mend, by family or by name.
_ABOUT_THE_IDENTIFIER = (
    "phone.",
    "identifier.invalid_email",
    "identifier.not_mobile",
    "identifier.line_unknown",
    "identifier.other",
    "channel.mismatch",
    "provider.invalid_identifier",
)


@frozen(kw_only=True, eq=False)
class SenderNode:
    """
    Sends a passcode; outcomes `True` and `Error`.

    Attributes:
        provider: Sends it; None builds one from `credentials`.
        credentials: The vendor's account and service.
        channel: How the code travels.
        request_identifier: Whether to ask the person where state has no identifier.
        identifier_key: State key of the identifier.
        object_attribute: Attribute under `objectAttributes` to take it from where the
            key holds none; None looks no further.
        policy: How phone numbers are read, from state and from the person alike.
        ping_compatible: Whether to write the original's `Exception` key, too.
        send_locale: Whether to send the person's first language to the vendor.
        resend_cooldown: How long a resend waits after the last message, by the
            context's time. Zero leaves it to the vendor's own limits.
        on_event: Sees every call to the provider, masked.

    Raises:
        InvalidSetting: Neither a provider nor the account of one was passed.
    """

    provider: VerifyProvider | None = field(
        default=None, validator=instance_or_none(VerifyProvider)
    )
    credentials: Credentials = field(
        factory=Credentials, validator=instance_of(Credentials)
    )
    channel: Channel = field(default=Channel.SMS, converter=read_channel)
    request_identifier: bool = field(default=False, validator=flag)
    identifier_key: str = field(default=kept.IDENTIFIER_KEY, validator=any_text)
    object_attribute: str | None = field(default=None, validator=optional_text)
    policy: PhonePolicy = field(factory=PhonePolicy, validator=instance_of(PhonePolicy))
    ping_compatible: bool = field(default=False, validator=flag)
    send_locale: bool = field(default=False, validator=flag)
    resend_cooldown: timedelta = field(
        default=timedelta(0), validator=instance_of(timedelta)
    )
    on_event: EventHook | None = field(
        default=None, repr=False, validator=optional_function
    )
    _own: ProviderCache = field(init=False, factory=ProviderCache, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.provider is not None or self.credentials.secrets is not None:
            return
        if not self.credentials.account_sid:
            raise InvalidSetting("accountSID", "required unless a provider is passed")
        if not self.credentials.service_sid:
            raise InvalidSetting("serviceSID", "required unless a provider is passed")

    @classmethod
    @unframed
    def from_export(  # noqa: PLR0913 - each is an attribute of the class
        cls,
        attributes: export.Attributes,
        provider: VerifyProvider | None = None,
        *,
        secrets: SecretResolver | None = None,
        policy: PhonePolicy | None = None,
        object_attribute: str | None = None,
        ping_compatible: bool = False,
        send_locale: bool = False,
        resend_cooldown: timedelta = timedelta(0),
        on_event: EventHook | None = None,
    ) -> SenderNode:
        """The node that a journey export describes; see `verify_core.nodes`."""
        attributes = export.require_attributes(attributes)
        return cls(
            provider=provider,
            credentials=Credentials.from_export(attributes, secrets=secrets),
            channel=export.channel(attributes),
            request_identifier=export.flag(
                attributes, "requestIdentifier", default=False
            ),
            identifier_key=export.state_key(
                attributes, "identifierSharedState", kept.IDENTIFIER_KEY
            ),
            object_attribute=object_attribute,
            policy=PhonePolicy() if policy is None else policy,
            ping_compatible=ping_compatible,
            send_locale=send_locale,
            resend_cooldown=resend_cooldown,
            on_event=on_event,
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome that this node can have, in the order of the designer."""
        return Outcome.TRUE, Outcome.ERROR

    def process(self, context: TreeContext) -> Action:
        """
        Send, or ask for the identifier first.

        Errors of people, settings and providers become the outcome `Error`; nothing
        else is caught.
        """
        try:
            return self._process(context)
        except (InputError, InvalidSetting, VerifyError) as error:
            return kept.failed(
                context.state, error, ping_compatible=self.ping_compatible
            )

    def _process(self, context: TreeContext) -> Action:
        found = kept.find_identifier(
            context.state, self.identifier_key, object_attribute=self.object_attribute
        )
        if found is not None:
            return self._send(context, found)
        if not self.request_identifier:
            raise MissingIdentifier
        answer = context.callback(NameCallback)
        if answer is None or not visible(answer.typed).strip():
            return Action.send(self._questions(context, empty=answer is not None))
        typed = kept.FoundIdentifier(text=answer.typed, private=False)
        return self._send(context, typed, asked=True)

    def _send(
        self,
        context: TreeContext,
        found: kept.FoundIdentifier,
        *,
        asked: bool = False,
    ) -> Action:
        state = context.state
        identifier = read_identifier(found.text, self.channel, self.policy)
        provider = self._provider()
        previous = self._previous(state, identifier, provider)
        if previous is not None:
            self._require_cooldown_over(state, context.now, provider)
        options: StartOptions = {"client_address": context.client_address}
        if self.send_locale and context.locales:
            options["locale"] = context.locales[0]
        verifier = Verifier(provider, self.policy, on_event=self.on_event)
        service = self._service()  # before anything leaves, since it may be missing
        try:
            started = verifier.start(
                identifier, self.channel, previous=previous, **options
            )
        except NotSupported:
            state.remove(kept.RESEND_KEY)  # what cannot be done is not owed
            raise

        state.remove(kept.RESEND_KEY, *(() if previous else (kept.WRONG_CODES_KEY,)))
        self._note(context, asked=asked, service=service)
        action = kept.sent(state, started, identifier_key=self.identifier_key)
        if found.private:
            # A number that a journey kept out of shared state does not appear there
            # because a code was sent to it.
            key = self.identifier_key
            state.merge_transient({key: state.get(key)})
        return action

    def _note(self, context: TreeContext, *, asked: bool, service: str | None) -> None:
        """Write what the Collector, or a later resend, needs besides the reference."""
        own: dict[str, object] = {
            kept.SENT_AT_KEY: context.now and context.now.isoformat(),
            kept.ASKED_KEY: self.identifier_key if asked else None,
            kept.SERVICE_KEY: service,
        }
        context.state.merge_shared({key: value for key, value in own.items() if value})

    def _provider(self) -> VerifyProvider:
        if self.provider is not None:
            return self.provider
        return self._own.provider(self.credentials.settings(PROVIDER))

    def _previous(
        self, state: NodeState, identifier: Identifier, provider: VerifyProvider
    ) -> VerificationRef | None:
        """The verification to send again for, where a resend of it was asked for."""
        if state.get(kept.RESEND_KEY) is not True:
            return None
        try:
            ref = kept.reference(state)
        except InvalidSetting:
            return None  # a new verification is the remedy that the error asks for
        if ref is None or ref.channel is not self.channel:
            return None
        return ref if ref.identifier == identifier and owns(provider, ref) else None

    def _require_cooldown_over(
        self, state: NodeState, now: datetime | None, provider: VerifyProvider
    ) -> None:
        if not self.resend_cooldown:
            return
        if now is None:
            raise InvalidSetting("now", "resend_cooldown needs TreeContext(now=…)")
        last = kept.sent_at(state)
        wait = self.resend_cooldown - (now - last) if last else timedelta(0)
        if wait > timedelta(0):
            raise TooSoon(
                "resend_cooldown is not over", provider.name, retry_after=wait
            )

    def _service(self) -> str:
        """The configured service, for the Collector; empty where it is not known."""
        if self.provider is None:
            return self.credentials.service()
        # The injected provider has its own; a placeholder then stays unfilled.
        configured = self.credentials.service_sid
        return "" if is_placeholder(configured) else configured

    def _questions(
        self, context: TreeContext, *, empty: bool
    ) -> tuple[TextOutputCallback | NameCallback, ...]:
        kind, locales = self.channel.takes, context.locales
        ask = TextOutputCallback(text_of(f"sender.ask.{kind}", locales))
        prompt = NameCallback(text_of(f"sender.prompt.{kind}", locales))
        if empty:
            text = text_of(f"sender.empty.{kind}", locales)
            return TextOutputCallback(text, MessageType.ERROR), ask, prompt
        error = kept.last_error(context.state, locales, _ABOUT_THE_IDENTIFIER)
        return (error, ask, prompt) if error else (ask, prompt)
