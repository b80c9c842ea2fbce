"""Vonage Verify v2 as a `VerifyProvider`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Self

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, NotSupported
from verify_core.masking import hiding, to_secret
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    accept,
    attempt_of,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .._secrets import SecretReader, SecretSource
from ..http import DEFAULT_POOL_SIZE, DEFAULT_TIMEOUT, Reach, utc_now
from . import wire
from .api import connect
from .asking import (
    Asked,
    Defaults,
    ask_for,
    is_checkable,
    read_canceled,
    workflow_of,
)
from .credentials import NAME, choose_credentials, draw_token_id
from .errors import Operation
from .events import EventStore, Journal, VonageEvent
from .extras import VonageExtras
from .starting import Starter
from .webhooks import Expected, read_webhook


def capabilities_of(defaults: Defaults, *, has_events: bool) -> Capabilities:
    """
    What the provider can do, set up like this.

    Args:
        defaults: Says whether WhatsApp has a sender.
        has_events: Whether there is a store that `fetch` can be answered from.
    """
    return Capabilities(
        channels=defaults.channels,
        check_key=LookupKey.ID,
        fetch=LookupKey.ID if has_events else LookupKey.NONE,
        cancel=CancelSupport.WINDOW,
        custom_code=True,
        idempotency=Idempotency.REFUSES_DUPLICATE,
        resend=Resend.NEW_CODE,
        attempts_reported=False,
        hints=frozenset({"locale", "fallback_channels", "time_to_live", "code_length"}),
    )


class VonageVerify:
    """
    Sends and checks passcodes with Vonage Verify v2; safe for several threads.

    A context manager: leaving it closes the connections that are kept open.

    Args:
        brand: Who the message says it is from; 1 to 18 characters.
        api_key: The account's API key.
        api_secret: Its secret: a text, a callable, or the path of a file that is read
            for each request.
        application_id: An application instead, a UUID; needs the extra `vonage`.
        private_key: Its RSA key in PEM, in the same forms as the secret.
        signature_secret: Signs webhooks; needed for `parse_webhook` only.
        events: Where webhooks are kept; without it `fetch` is not supported.
        sms_from: Sender of text messages; None lets Vonage use the brand.
        whatsapp_from: Sender of WhatsApp messages, a number without plus; without it
            WhatsApp is not offered.
        email_from: Sender of e-mails; None lets Vonage choose.
        code_length: 4 to 10; None leaves it to Vonage, which takes 4.
        channel_timeout: How long a step lasts, 15 to 900 seconds; None leaves it to
            Vonage, which takes 180.
        base_url: Another address than Vonage's, for a fake or a gateway.
        allow_plain_http: Let `base_url` be plain http beyond this machine.
        timeout: Deadline of one call, recovery included.
        pool_size: Connections kept open; one per thread that calls at the same time.
        trust_env: Take HTTP proxies and CA bundles from the environment.
        monotonic: Seconds on a clock that never goes back.
        clock: The present, aware.
        attempt_ids: Draws the attempt's id where the request brings none.
        token_ids: Draws the ids of an application's tokens.

    Raises:
        InvalidSetting: A malformed id, a missing secret or settings at odds; names it.
    """

    name: str = NAME
    capabilities: Capabilities

    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        brand: str,
        api_key: str | None = None,
        api_secret: SecretSource | None = None,
        application_id: str | None = None,
        private_key: SecretSource | None = None,
        signature_secret: SecretSource | None = None,
        events: EventStore | None = None,
        sms_from: str | None = None,
        whatsapp_from: str | None = None,
        email_from: str | None = None,
        code_length: int | None = None,
        channel_timeout: timedelta | None = None,
        base_url: str | None = None,
        allow_plain_http: bool = False,
        timeout: timedelta = DEFAULT_TIMEOUT,
        pool_size: int = DEFAULT_POOL_SIZE,
        trust_env: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = utc_now,
        attempt_ids: Callable[[], str] = lambda: uuid.uuid4().hex,
        token_ids: Callable[[], str] = draw_token_id,
    ) -> None:
        self._defaults = Defaults(
            brand=brand,
            sms_from=sms_from,
            whatsapp_from=whatsapp_from,
            email_from=email_from,
            code_length=code_length,
            channel_timeout=channel_timeout,
        )
        self.capabilities = capabilities_of(
            self._defaults, has_events=events is not None
        )
        self._signature = _signature(signature_secret)
        self._journal = Journal(events)
        self._api = connect(
            choose_credentials(
                api_key=api_key,
                api_secret=api_secret,
                application_id=application_id,
                private_key=private_key,
                clock=clock,
                token_ids=token_ids,
            ),
            Reach(
                base_url=base_url,
                allow_plain_http=allow_plain_http,
                timeout=timeout,
                pool_size=pool_size,
                trust_env=trust_env,
                monotonic=monotonic,
            ),
        )
        self._clock = clock
        self._attempt_ids = attempt_ids
        self._starter = Starter(self._api, self._journal, clock)

    def __repr__(self) -> str:
        user = self._api.credentials.shown
        return f"VonageVerify(user={user!r}, brand={self._defaults.brand!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._api.close()

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is Vonage's, with an id that can be asked for."""
        return is_checkable(ref)

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """
        Send a passcode; after a lost answer, put the start once more.

        A resend moves the workflow on where its next step is a channel that the request
        names. Otherwise it is a fresh start; if Vonage refuses that because the
        previous request still runs, it is canceled and replaced.

        Args:
            request: Whom to reach and how; extras: `VonageExtras`.
            previous: The reference to replace. One of another identifier or provider
                is ignored and listed: this is then a fresh start.

        Returns:
            Delivery `SENT`; `MAYBE_SENT` where only the answer to a move is lost, with
            the reference of the same request.

        Raises:
            TooSoon: A request runs for the number: somebody else's, or one that cannot
                be canceled yet, or any more.
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: Nobody knows whether one left; there is nothing to check.
            Unexpected: Vonage says yes, but not to what.
        """
        return self._starter.start(self._accept(request, previous))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Ask whether the code is right.

        Never asked twice: each check spends a guess, and an approved verification is
        gone at once. A code that Vonage cannot have sent is wrong without asking.

        Raises:
            Ambiguous: The answer is missing; offer a new code.
            NotSent: Vonage would not answer; its subclasses say why.
            Unexpected: The answer is neither yes nor no.
        """
        secret = to_secret(code, "code")
        del code  # a traceback shows what a frame still holds
        if not is_checkable(ref):
            return CheckResult(verdict=Verdict.GONE)
        if not wire.takes_code(secret.reveal()):
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        answer = self._api.ask(
            wire.check_request(ref.vendor_id, secret), Operation.CHECK
        )
        hidden = hiding(ref.identifier, secret)
        now = self._clock()
        found = wire.read_check(answer, ref.vendor_id, now=now, hidden=hidden)
        if found.verdict is Verdict.APPROVED:
            self._journal.note_approved(ref, now)
        elif found.verdict is Verdict.GONE and self._journal.says_expired(ref):
            return evolve(found, verdict=Verdict.EXPIRED)
        return found

    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Where the verification stands, by webhooks and by this provider's own calls.

        Vonage itself cannot be asked.

        Raises:
            NotSupported: There is no store of webhooks.
        """
        if not self._journal.is_kept:
            raise NotSupported(
                "fetch: Vonage tells by webhook only; pass events, a store of them",
                NAME,
            )
        if not is_checkable(ref):
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        return self._journal.state(ref, workflow_of(ref), self._clock())

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End the verification; Vonage lets one from 30 seconds on, until its second step.

        Returns:
            `TOO_LATE` also where it is too early, and where Vonage does not find the
            request at a time when it could not be canceled anyway.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        if not is_checkable(ref):
            return CancelOutcome.GONE
        answer = self._api.ask(wire.cancel_request(ref.vendor_id), Operation.CANCEL)
        now = self._clock()
        outcome = read_canceled(ref, answer, now)
        if outcome is CancelOutcome.CANCELED:
            self._journal.note_canceled(ref, now)
        return outcome

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> VonageEvent:
        """
        The event in a webhook, if Vonage sent it; kept in the store, if there is one.

        Args:
            headers: The request's.
            body: The request's, byte for byte.

        Raises:
            InvalidWebhook: Not from Vonage, or not as sent; answer 401 and do nothing.
            InvalidSetting: There is no `signature_secret`.
            Misconfigured: It cannot be read.
        """
        if self._signature is None:
            raise InvalidSetting(
                "signature_secret", "missing; take it from Vonage's dashboard"
            )
        expected = Expected(now=self._clock(), **self._api.credentials.claims)
        event = read_webhook(
            headers, body, secret=self._signature.read(), expected=expected
        )
        self._journal.add(event)
        return event

    def _accept(self, request: StartRequest, previous: VerificationRef | None) -> Asked:
        # A step of the extras may bring the sender that WhatsApp lacks otherwise.
        accepted = accept(
            self, request, previous, extras=VonageExtras, channels=frozenset(Channel)
        )
        return ask_for(
            request,
            accepted.extras,
            self._defaults,
            attempt_id=attempt_of(request, accepted.previous, self._attempt_ids),
            previous=accepted.previous,
            unfulfillable=accepted.ignored,
        )


def _signature(source: SecretSource | None) -> SecretReader | None:
    if source is None:
        return None
    return SecretReader(setting="signature_secret", provider=NAME, source=source)
