"""Vonage Verify v2 as a provider, blocking and awaited."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from verify_core.errors import InvalidSetting, VerifyError
from verify_core.frames import raising_alone, unframed

from .._clock import new_id
from ..config import SecretSource
from ..conversations import OnLate
from ..http import (
    AsyncHttpProvider,
    HttpProvider,
    Reach,
    VendorConstructor,
    utc_now,
)
from ._asking import Defaults
from ._conversations import VonageConversations
from ._credentials import credentials_of
from ._webhooks import EventStore, InvalidWebhook, Journal, VonageEvent

ADDRESS = "https://api.nexmo.com"


class _Vonage(VendorConstructor):
    """The constructor and the webhooks of both; see `VonageVerify`."""

    @unframed
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
        timeout: timedelta = Reach.DEFAULT_TIMEOUT,
        pool_size: int = Reach.DEFAULT_POOL_SIZE,
        trust_env: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = utc_now,
        attempt_ids: Callable[[], str] = new_id,
        on_late: OnLate | None = None,
    ) -> None:
        who = credentials_of(api_key, api_secret, application_id, private_key, clock)
        defaults = Defaults(
            brand, sms_from, whatsapp_from, email_from, code_length, channel_timeout
        )
        reach = Reach(
            base_url=base_url,
            allow_plain_http=allow_plain_http,
            timeout=timeout,
            pool_size=pool_size,
            trust_env=trust_env,
            monotonic=monotonic,
        )
        self._journal = Journal(events, signature_secret, who.claims, clock)
        asked = VonageConversations(defaults, self._journal, clock, attempt_ids)
        super().__init__(asked, ADDRESS, who, reach, on_late)

    @raising_alone(InvalidWebhook, InvalidSetting, TypeError, VerifyError)
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
            TypeError: The body is not bytes.
        """
        event = self._journal.read(headers, body)
        del headers, body  # the store is another's: what it raises keeps this frame
        self._journal.keep(event)
        return event


class VonageVerify(_Vonage, HttpProvider):
    """
    Sends and checks passcodes with Vonage Verify v2; safe for several threads.

    A context manager: leaving it closes the connections that are kept open. After a
    lost answer a start is put once more, for one request runs per number; a check is
    never repeated. Extras of a request: `VonageExtras`.

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

    Raises:
        InvalidSetting: A malformed id, a missing secret or settings at odds; names it.
    """


class AsyncVonageVerify(_Vonage, AsyncHttpProvider):
    """
    `VonageVerify` for programs that await, over `aiohttp` (extra `async`).

    An asynchronous context manager. It takes the arguments of `VonageVerify`, and
    `on_late`, which receives the answers whose caller was cancelled while its message
    may have been on the way; None logs a masked warning.
    """
