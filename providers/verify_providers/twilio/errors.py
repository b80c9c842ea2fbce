"""
Twilio's error codes, by what the caller may do next; a table and its reading.

Sources: Twilio, "Error and Warning Dictionary" and "Verify API error codes", read
2026-11-22; statuses and messages also from answers quoted in public issue trackers.
Beware of copies: several public code bases swap 60202 (checks used up) and 60203 (sends
used up).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.masking import Hiding, hiding, mask_text

from ..http import retry_after
from .credentials import NAME

if TYPE_CHECKING:
    from ..http import HttpAnswer


class Operation(StrEnum):
    """What was asked of Twilio; the same failure means different things."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"
    LOOKUP = "lookup"

    @property
    def has_effect(self) -> bool:
        """Whether it may send a message or spend a guess."""
        return self in {Operation.START, Operation.CHECK}


NOTHING_KNOWN: Final = hiding()
"""Hides anybody's numbers, codes and addresses."""

_MOST_CODES: Final = 1_000_000

MAX_CHECKS_REACHED: Final = 60202
INVALID_PARAMETER: Final = 60200
NOT_FOUND: Final = 20404
GONE: Final = frozenset({NOT_FOUND, 60431, 60623})
"""Not found: approved, expired, canceled or never there; Twilio does not say which."""

ERROR_CODES: Final[Mapping[int, type[VerifyError]]] = {
    20003: Misconfigured,  # wrong credentials, or the account is suspended
    20008: Misconfigured,  # test credentials; Verify takes none
    20404: Misconfigured,  # at a start: no such service (elsewhere see GONE)
    20429: Throttled,  # the account's concurrency, or a rate limit of the service
    20500: Ambiguous,  # an internal error; a POST may have been obeyed
    20503: Unavailable,
    21608: Misconfigured,  # trial account, number not on its list
    25109: Throttled,  # bursts
    60001: Misconfigured,  # carriers not set up; in v1 a wrong API key
    60006: InvalidIdentifier,  # refused downstream
    60201: Misconfigured,  # template translation not approved
    60202: TooSoon,  # checks used up: a start must wait for the expiry
    60203: TooSoon,  # sends used up
    60204: Misconfigured,  # the service lacks the feature
    60205: InvalidIdentifier,  # landline
    60206: Misconfigured,  # PSD2 wants amount and payee
    60207: Misconfigured,  # too many rate limits configured; not throttling
    60208: Misconfigured,
    60209: Misconfigured,
    60210: Misconfigured,
    60211: Misconfigured,
    60212: TooSoon,  # concurrent requests for this one number
    60213: Misconfigured,
    60214: UnsupportedChannel,  # no calls with PSD2
    60215: Misconfigured,
    60216: Misconfigured,  # mailer's API key cannot be decrypted
    60217: Misconfigured,  # no mailer on the service
    60218: Misconfigured,  # SendGrid template inactive
    60219: Misconfigured,  # SendGrid template without the code
    60220: Misconfigured,  # China: use case not vetted
    60221: Misconfigured,  # neither number nor SID
    60222: Misconfigured,  # SendGrid sender not verified
    60223: UnsupportedChannel,  # channel switched off in the service
    60224: Misconfigured,  # template substitutions missing
    60225: Misconfigured,
    60226: Misconfigured,  # China: friendly name missing
    60227: Misconfigured,  # template not for this channel
    60228: Misconfigured,  # template not found
    60229: Misconfigured,  # translation not found
    60230: Misconfigured,
    60231: Misconfigured,
    60232: Misconfigured,
    60233: Misconfigured,
    60234: Misconfigured,
    60235: Misconfigured,
    60236: InvalidIdentifier,  # domain of the e-mail address cannot be read
    60237: Refused,  # domain on the deny list
    60238: Refused,  # blocked by Twilio
    60239: Misconfigured,
    60240: Misconfigured,
    60241: Misconfigured,
    60242: Misconfigured,  # WhatsApp template not found
    60243: Misconfigured,  # custom messages not supported
    60245: Throttled,  # the sender's messaging limits
    60246: Misconfigured,
    60247: Misconfigured,  # message too long
    60248: Misconfigured,  # restricted word in the friendly name
    60250: Misconfigured,  # Australia: registration missing
    60251: Misconfigured,  # templates malformed
    60252: Misconfigured,  # templates invalid
    60300: Misconfigured,
    60301: Misconfigured,
    60302: Misconfigured,
    60303: Misconfigured,
    60304: Misconfigured,
    60305: Misconfigured,
    60306: Misconfigured,
    60307: Misconfigured,
    60308: TooSoon,
    60309: TooSoon,
    60310: TooSoon,
    60311: Misconfigured,
    60312: TooSoon,
    60313: Misconfigured,
    60314: Misconfigured,
    60315: Misconfigured,
    60317: Misconfigured,
    60318: Misconfigured,
    60322: Misconfigured,
    60323: Misconfigured,
    60324: Misconfigured,
    60325: Misconfigured,  # this and the next: warnings, should one come as an error
    60326: TooSoon,
    60327: Misconfigured,
    60328: Throttled,
    60329: UnsupportedChannel,
    60330: Misconfigured,
    60331: Misconfigured,  # no voice for the locale
    60332: Misconfigured,
    60333: Misconfigured,
    60334: Misconfigured,
    60335: Misconfigured,
    # One code for each missing or malformed field of factors and passkeys.
    **dict.fromkeys(range(60361, 60389), Misconfigured),
    60390: Misconfigured,
    60391: Misconfigured,
    60392: Misconfigured,
    60393: Misconfigured,
    # Twilio's client SDKs: network, storage, keys; for completeness.
    **dict.fromkeys(range(60401, 60408), Misconfigured),
    60408: UnsupportedChannel,  # template for SMS only
    60409: Misconfigured,  # custom message matches no template
    60410: Refused,  # Fraud Guard, by prefix, for twelve hours
    60411: Misconfigured,
    60412: Refused,  # fraudulent sign-up
    60413: Refused,  # device intelligence
    **dict.fromkeys(range(60420, 60429), Misconfigured),
    60431: Misconfigured,
    **dict.fromkeys(range(60432, 60442), Misconfigured),
    60500: UnsupportedChannel,  # this and the next: silent network authentication
    60510: UnsupportedChannel,
    60511: UnsupportedChannel,
    60517: UnsupportedChannel,
    60519: UnsupportedChannel,
    60520: UnsupportedChannel,
    60531: UnsupportedChannel,
    60532: UnsupportedChannel,
    60533: UnsupportedChannel,
    60534: UnsupportedChannel,
    60535: Misconfigured,
    60540: InvalidIdentifier,  # the carrier does not know the number
    60550: UnsupportedChannel,  # `auto` found no channel
    60600: InvalidIdentifier,  # lookup: number not provisioned or out of coverage
    60602: UnsupportedChannel,  # app hash with another channel than SMS
    60603: Misconfigured,  # SendGrid credits used up
    60604: Misconfigured,  # SendGrid user not authorised
    60605: Refused,  # geo permissions
    **dict.fromkeys(range(60606, 60622), Misconfigured),  # lookup packages
    60622: Misconfigured,  # lookup: invalid magic number
    60623: Misconfigured,  # lookup: verification not found (elsewhere see GONE)
    60624: Throttled,  # lookup: trial limit
    60625: Misconfigured,
    60626: TooSoon,  # lookup: limit of this number
    60734: UnsupportedChannel,  # rich content
    **dict.fromkeys(range(68001, 68008), Misconfigured),  # client SDKs again
    68008: UnsupportedChannel,  # WhatsApp not set up
}
"""What each code means; 60200 is missing on purpose, see `INVALID_PARAMETERS`."""

INVALID_PARAMETERS: Final[Mapping[str, type[VerifyError]]] = {
    "To": InvalidIdentifier,
    "PhoneNumber": InvalidIdentifier,
    "Channel": UnsupportedChannel,
}
"""60200 by the parameter that its message names; every other one is `Misconfigured`."""

_NAMED: Final = re.compile(r"[Ii]nvalid parameters?[:\s]*[`'\"]?([A-Za-z]+)")

# Where the code is missing or unknown and the status has one meaning everywhere.
# Source: RFC 9110, section 15, and RFC 6585, section 4. Of 429 Twilio says that such a
# request was not processed; of 500 that it may have been.
_STATUSES: Final[Mapping[int, type[VerifyError]]] = {
    401: Misconfigured,
    407: Misconfigured,
    408: Unavailable,
    429: Throttled,
    501: NotSupported,
    503: Unavailable,
}
# Without any code: a gateway, or something that is not Twilio, answered.
_BARE_STATUSES: Final[Mapping[int, type[VerifyError]]] = {
    403: Misconfigured,
    404: Misconfigured,
    405: Misconfigured,
}


@frozen(kw_only=True)
class Problem:
    """
    An error answer, read.

    Attributes:
        code: Twilio's code, or None.
        message: Twilio's text, unmasked: never log it.
    """

    code: int | None
    message: str

    @property
    def parameter(self) -> str | None:
        """The parameter that a 60200 complains of, or None."""
        found = _NAMED.search(self.message)
        return found[1] if found and self.code == INVALID_PARAMETER else None


def read_problem(body: Mapping[str, Any] | None) -> Problem:
    """Code and text of an error body, in Twilio's own form or RFC 9457's."""
    if body is None:
        return Problem(code=None, message="")
    texts = (body.get(name) for name in ("message", "detail", "title"))
    message = next((text for text in texts if isinstance(text, str)), "")
    return Problem(code=_code(body.get("code")), message=message)


def _code(value: object) -> int | None:
    # Twilio's have five digits; what is longer may be a number that it echoes.
    if isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < _MOST_CODES else None


def error_of(
    answer: HttpAnswer,
    problem: Problem,
    operation: Operation,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> VerifyError:
    """
    Our error for an answer that is not a success.

    Args:
        answer: The answer.
        problem: Its body, read.
        operation: What was asked.
        now: For a `Retry-After` that is a date, where the answer has no `Date`.
        hidden: What the exchange is about, so that no echo of it is shown.
    """
    kind = _kind(answer.status, problem, operation)
    facts: dict[str, Any] = {
        "message": _sentence(answer.status, problem, hidden),
        "provider": NAME,
        "http_status": answer.status,
        "vendor_code": None if problem.code is None else str(problem.code),
        "vendor_request_id": request_id(answer.headers),
    }
    if kind in {TooSoon, Throttled, Unavailable}:
        facts["retry_after"] = retry_after(answer, now)
    if kind is Unexpected:
        # A refusal that we cannot read is still a refusal; anything else may be a yes.
        refused = 400 <= answer.status < 500  # noqa: PLR2004 - the class of statuses
        facts["maybe_sent"] = operation.has_effect and not refused
    return kind(**facts)


def _kind(status: int, problem: Problem, operation: Operation) -> type[VerifyError]:
    kind = _by_code(problem) or _by_status(status, problem)
    if kind is Ambiguous and not operation.has_effect:
        return Unavailable  # reading or canceling again does no harm
    if operation is Operation.LOOKUP and problem.code == NOT_FOUND:
        return InvalidIdentifier  # what is looked up is the number
    return kind


def _by_code(problem: Problem) -> type[VerifyError] | None:
    if problem.code == INVALID_PARAMETER:
        return INVALID_PARAMETERS.get(problem.parameter or "", Misconfigured)
    return None if problem.code is None else ERROR_CODES.get(problem.code)


def _by_status(status: int, problem: Problem) -> type[VerifyError]:
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:  # noqa: PLR2004 - the class of statuses
        return Ambiguous
    if problem.code is None and status in _BARE_STATUSES:
        return _BARE_STATUSES[status]
    return Unexpected


def _sentence(status: int, problem: Problem, hidden: Hiding) -> str:
    code = "no code" if problem.code is None else str(problem.code)
    text = hidden.mask(problem.message) or "no text"
    return f"Twilio answered {status}, {code}: {text}"


def request_id(headers: Mapping[str, str]) -> str | None:
    """
    What Twilio's support asks for; any other form is masked like a sentence.

    Args:
        headers: Names in lower case.
    """
    text = headers.get("twilio-request-id")
    if text is None or re.fullmatch("RQ[0-9a-fA-F]{32}", text):
        return text
    return mask_text(text, limit=64)
