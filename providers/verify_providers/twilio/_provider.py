"""Twilio Verify as a provider, blocking and awaited."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from verify_core.frames import unframed

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
from ._conversations import DEFAULT_TIME_TO_LIVE, TwilioConversations
from ._credentials import address_of, credentials_of


class _Twilio(VendorConstructor):
    """The constructor of both providers; `TwilioVerify` describes its arguments."""

    @unframed
    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        service_sid: str,
        account_sid: str | None = None,
        auth_token: SecretSource | None = None,
        api_key: str | None = None,
        api_secret: SecretSource | None = None,
        edge: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        allow_plain_http: bool = False,
        timeout: timedelta = Reach.DEFAULT_TIMEOUT,
        pool_size: int = Reach.DEFAULT_POOL_SIZE,
        trust_env: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        time_to_live: timedelta = DEFAULT_TIME_TO_LIVE,
        clock: Callable[[], datetime] = utc_now,
        attempt_ids: Callable[[], str] = new_id,
        on_late: OnLate | None = None,
    ) -> None:
        reach = Reach(
            base_url=base_url,
            allow_plain_http=allow_plain_http,
            timeout=timeout,
            pool_size=pool_size,
            trust_env=trust_env,
            monotonic=monotonic,
        )
        who = credentials_of(account_sid, auth_token, api_key, api_secret)
        asked = TwilioConversations(service_sid, time_to_live, clock, attempt_ids)
        address = address_of("verify", edge=edge, region=region, base_url=base_url)
        super().__init__(asked, address, who, reach, on_late)


class TwilioVerify(_Twilio, HttpProvider):
    """
    Sends and checks passcodes with one Verify service; safe for several threads.

    A context manager: leaving it closes the connections that are kept open. After a
    lost answer to a start it looks once at what became of the message; a start is never
    repeated, and neither is a check. Extras of a request: `TwilioExtras`.

    Args:
        service_sid: The Verify service, `VA…`.
        account_sid: The account, `AC…`; with its token, or beside an API key.
        auth_token: The account's token: a text, a callable, or the path of a file that
            is read for each request.
        api_key: An API key, `SK…`, instead of account and token.
        api_secret: Its secret, in the same forms as the token.
        edge: Twilio edge, such as `dublin`.
        region: Twilio region, such as `ie1`.
        base_url: Another address than Twilio's, for a fake or a gateway.
        allow_plain_http: Let `base_url` be plain http beyond this machine.
        timeout: Deadline of one call, recovery included.
        pool_size: Connections kept open; one per thread that calls at the same time.
        trust_env: Take HTTP proxies and CA bundles from the environment.
        monotonic: Seconds on a clock that never goes back.
        time_to_live: How long a code works, where Twilio's support changed it.
        clock: The present, aware; only for what Twilio does not date.
        attempt_ids: Draws the attempt's id where the request brings none.

    Raises:
        InvalidSetting: A malformed SID, a missing secret or settings at odds; names it.
    """


class AsyncTwilioVerify(_Twilio, AsyncHttpProvider):
    """
    `TwilioVerify` for programs that await, over `aiohttp` (extra `async`).

    An asynchronous context manager. It takes the arguments of `TwilioVerify`, and
    `on_late`, which receives the answers whose caller was cancelled while its message
    may have been on the way; None logs a masked warning.
    """
