"""
Twilio Lookup v2, line type: whether a number is a mobile.

Source: Twilio, "Lookup v2 API", line type intelligence, read 2026-11-22. Each answer is
billed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from attrs import evolve

from verify_core.frames import unframed
from verify_core.validation import require_function

from ..config import SecretSource
from ..http import (
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpDriver,
    HttpRequest,
    Reach,
    json_object,
    require_answer,
    utc_now,
)
from ._credentials import NAME, address_of, credentials_of
from ._errors import TwilioAction, error_of

if TYPE_CHECKING:
    from verify_core.phone import PhoneNumber


class LineType(StrEnum):
    """What a number belongs to, in Twilio's words; any other word is `UNKNOWN`."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    FIXED_VOIP = "fixedVoip"
    NON_FIXED_VOIP = "nonFixedVoip"
    PERSONAL = "personal"
    TOLL_FREE = "tollFree"
    PREMIUM = "premium"
    SHARED_COST = "sharedCost"
    UAN = "uan"
    VOICEMAIL = "voicemail"
    PAGER = "pager"
    UNKNOWN = "unknown"


_LINE_TYPES: Mapping[str, LineType] = {kind.value: kind for kind in LineType}
_FIELDS = "?Fields=line_type_intelligence"


class TwilioLookup:
    """
    Asks what kind of line a number is; safe to use from several threads.

    A context manager: leaving it closes the connections that are kept open. Account,
    place and connection are set by the arguments of the same names of `TwilioVerify`.

    Raises:
        InvalidSetting: A malformed SID, a missing secret or settings at odds; names it.
    """

    @unframed
    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
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
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        credentials = credentials_of(account_sid, auth_token, api_key, api_secret)
        self._user = credentials.shown
        self._driver = HttpDriver(
            provider=NAME,
            address=address_of("lookups", edge=edge, region=region, base_url=base_url),
            credentials=credentials,
            reach=Reach(
                base_url=base_url,
                allow_plain_http=allow_plain_http,
                timeout=timeout,
                pool_size=pool_size,
                trust_env=trust_env,
                monotonic=monotonic,
            ),
        )
        self._clock = require_function("clock", clock)

    def __repr__(self) -> str:
        return f"TwilioLookup(user={self._user!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._driver.close()

    @unframed
    def line_type(self, number: PhoneNumber) -> LineType:
        """
        The kind of line.

        Returns:
            `UNKNOWN` where Twilio cannot tell or uses a word that is not listed.

        Raises:
            InvalidIdentifier: Twilio knows no such number.
            VerifyError: The question could not be put or its answer is missing.
        """
        return self._driver.run(self._asking(number))

    def is_mobile(self, number: PhoneNumber) -> bool | None:
        """
        Whether the number is a mobile; None where Twilio cannot tell.

        Raises:
            VerifyError: As for `line_type`.
        """
        found = self.line_type(number)
        return None if found is LineType.UNKNOWN else found is LineType.MOBILE

    def _asking(self, number: PhoneNumber) -> HttpConversation[LineType]:
        path = "/v2/PhoneNumbers/"
        request = HttpRequest(
            method="GET",
            path=f"{path}{quote(number.e164, safe='+')}{_FIELDS}",
            shown_path=f"{path}***{_FIELDS}",
        )
        reply = yield Ask(request)
        answer = require_answer(reply, provider=NAME, shown="Twilio", has_effect=False)
        return read_line_type(answer, number, now=self._clock())


def read_line_type(
    answer: HttpAnswer, number: PhoneNumber, *, now: datetime
) -> LineType:
    """
    The line type in an answer about that number.

    Raises:
        VerifyError: Twilio refused, or speaks of another number.
    """
    body = json_object(answer.body)
    if body.get("phone_number", number.e164) != number.e164:
        answer, body = evolve(answer, body=b""), {}  # another number's error, perhaps
    if answer.status != HTTPStatus.OK or not body:
        raise error_of(answer, TwilioAction.LOOKUP, number, now=now)
    package = body.get("line_type_intelligence")
    # The package carries its own error_code; its type is then null.
    word = package.get("type") if isinstance(package, Mapping) else None
    if not isinstance(word, str):
        return LineType.UNKNOWN
    return _LINE_TYPES.get(word, LineType.UNKNOWN)
