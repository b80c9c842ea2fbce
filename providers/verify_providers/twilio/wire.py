"""
Twilio Verify v2 on the wire: our values to requests, answers to our values. Pure.

Source: Twilio, Verify API, "Verifications" and "VerificationCheck", and the OpenAPI
document of 2026-04-14. Where real answers differ from the document, both are read:
`send_code_attempts` carries channels in lower case and times with milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from attrs import frozen

from verify_core.channels import Channel
from verify_core.errors import Unexpected, VerifyError
from verify_core.inputs import is_encodable
from verify_core.masking import Hiding
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    DeliveryAttempt,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from ..http import HttpAnswer, HttpRequest, iso_instant, json_object
from .credentials import NAME
from .errors import (
    GONE,
    INVALID_PARAMETER,
    MAX_CHECKS_REACHED,
    NOTHING_KNOWN,
    Operation,
    Problem,
    error_of,
    read_problem,
    request_id,
)
from .extras import TwilioExtras

MIN_CODE_LENGTH: Final = 4
MAX_CODE_LENGTH: Final = 10
"""Characters of a code; source: Twilio, VerificationCheck, parameter Code."""

CREATED: Final = frozenset({200, 201})

_PCHAR: Final = "!$&'()*+,;=:@"
"""What may stand in a path besides letters and digits; RFC 3986, section 3.3."""

_STATUSES: Final[Mapping[str, Status]] = {
    "pending": Status.PENDING,
    "approved": Status.APPROVED,
    "canceled": Status.CANCELED,
    "expired": Status.EXPIRED,
    "max_attempts_reached": Status.FAILED,
    "deleted": Status.EXPIRED,
    "failed": Status.FAILED,
}

_VERDICTS: Final[Mapping[str, Verdict]] = {
    "approved": Verdict.APPROVED,
    "pending": Verdict.WRONG_CODE,  # not an error at Twilio: 200 and valid: false
    "max_attempts_reached": Verdict.EXHAUSTED,
    "expired": Verdict.EXPIRED,
    "canceled": Verdict.GONE,
    "deleted": Verdict.GONE,
    "failed": Verdict.GONE,
}

_CANCELED: Final[Mapping[str, CancelOutcome]] = {
    "canceled": CancelOutcome.CANCELED,
    "approved": CancelOutcome.TOO_LATE,
    "max_attempts_reached": CancelOutcome.TOO_LATE,
    "expired": CancelOutcome.GONE,
    "deleted": CancelOutcome.GONE,
    "failed": CancelOutcome.GONE,
}


@frozen(kw_only=True)
class Verification:
    """
    Twilio's verification, as far as we read it.

    Attributes:
        sid: Its SID.
        status: Twilio's word.
        channel: The channel of the last send, or None for a word that is not ours.
        created_at: When it started, by Twilio's clock, or None if unreadable.
        sends: The messages, oldest first.
    """

    sid: str
    status: str
    channel: Channel | None
    created_at: datetime | None
    sends: tuple[DeliveryAttempt, ...]


def takes_code(code: str) -> bool:
    """Whether Twilio would look at the code at all: by its length, and as text."""
    return MIN_CODE_LENGTH <= len(code) <= MAX_CODE_LENGTH and is_encodable(code)


def takes_sid(sid: str) -> bool:
    """Whether the text can be a verification's SID, and nothing else in a path."""
    return re.fullmatch("[A-Za-z0-9_-]{1,64}", sid) is not None


def create_request(
    service_sid: str,
    request: StartRequest,
    extras: TwilioExtras | None,
    locale: str | None,
) -> HttpRequest:
    """The request that sends a passcode."""
    form = {"To": request.identifier.value, "Channel": request.channel.value}
    if locale is not None:
        form["Locale"] = locale
    if request.custom_code is not None:
        form["CustomCode"] = request.custom_code.reveal()
    if request.client_address is not None:
        form["DeviceIp"] = request.client_address
    if extras is not None:
        form |= extras.to_form()
    path = f"/v2/Services/{service_sid}/Verifications"
    return _post(path, path, form)


def check_request(service_sid: str, ref: VerificationRef, code: str) -> HttpRequest:
    """The request that checks a code: by SID, or by address where there is none."""
    form = {"Code": code}
    if ref.vendor_id:
        form["VerificationSid"] = ref.vendor_id
    else:
        form["To"] = ref.identifier.value
    # A PSD2 service wants at the check what it was told at the start.
    for name, field in (("amount", "Amount"), ("payee", "Payee")):
        if name in ref.vendor_data:
            form[field] = ref.vendor_data[name]
    path = f"/v2/Services/{service_sid}/VerificationCheck"
    return _post(path, path, form)


def fetch_request(service_sid: str, key: str) -> HttpRequest:
    """
    The request that reads a verification.

    Args:
        service_sid: The service.
        key: The verification's SID, or the number or address it reaches.
    """
    return HttpRequest(
        method="GET",
        path=_verification_path(service_sid, key),
        shown_path=_shown_path(service_sid, key),
    )


def cancel_request(service_sid: str, key: str) -> HttpRequest:
    """The request that cancels a verification; `key` as for `fetch_request`."""
    return _post(
        _verification_path(service_sid, key),
        _shown_path(service_sid, key),
        {"Status": "canceled"},
    )


def _post(path: str, shown_path: str, form: Mapping[str, str]) -> HttpRequest:
    body = urlencode(form).encode("ascii")
    return HttpRequest(method="POST", path=path, shown_path=shown_path, body=body)


def _verification_path(service_sid: str, key: str) -> str:
    # Twilio's own libraries send what may stand in a path as it is, plus and at sign.
    return f"/v2/Services/{service_sid}/Verifications/{quote(key, safe=_PCHAR)}"


def _shown_path(service_sid: str, key: str) -> str:
    shown = key if re.fullmatch("VE[0-9a-fA-F]{32}", key) else "***"
    return f"/v2/Services/{service_sid}/Verifications/{shown}"


def read_body(answer: HttpAnswer) -> Mapping[str, Any] | None:
    """The JSON object in the body, or None where there is none or an empty one."""
    return json_object(answer.body) or None


def is_about(body: Mapping[str, Any] | None, key: str) -> bool:
    """
    Whether a body names the verification that was asked for, or none at all.

    Args:
        body: Of a success.
        key: The SID, number or address that the request named.
    """
    name, same = ("sid", str.__eq__) if takes_sid(key) else ("to", _is_same_address)
    named = (body or {}).get(name)
    return named is None or (isinstance(named, str) and same(named, key))


def _is_of_another(body: Mapping[str, Any] | None, key: str) -> bool:
    # By SID only: who looks for an address takes it as Twilio writes it. A check, which
    # opens the door, is held to the address as well.
    return takes_sid(key) and not is_about(body, key)


def _is_same_address(named: str, key: str) -> bool:
    if "@" in key:
        return named.casefold() == key.casefold()
    # Mexico's 1 and Argentina's 9 after the country code come and go.
    theirs, ours = (
        re.sub("^(521|549)", lambda code: code[0][:2], re.sub("[^0-9]", "", text))
        for text in (named, key)
    )
    return theirs == ours


def read_started(
    answer: HttpAnswer, *, now: datetime, hidden: Hiding = NOTHING_KNOWN
) -> Verification | VerifyError:
    """
    What became of a start; `now` and `hidden` as for `error_of`.

    The address in it is not held against ours: Twilio may write it in a form of its
    own, and what counts from here on is the SID.
    """
    body = read_body(answer)
    if answer.status not in CREATED:
        problem = read_problem(body)
        return error_of(answer, problem, Operation.START, now=now, hidden=hidden)
    found = read_verification(body)
    if found is None or found.status != "pending":
        return unreadable(answer, Operation.START)
    return found


def read_verification(body: Mapping[str, Any] | None) -> Verification | None:
    """The verification in a body, or None where there is none."""
    sid, status = (body or {}).get("sid"), (body or {}).get("status")
    if body is None or not isinstance(sid, str) or not isinstance(status, str):
        return None
    if not takes_sid(sid):
        return None
    attempts = body.get("send_code_attempts")
    listed = attempts if isinstance(attempts, list) else []
    return Verification(
        sid=sid,
        status=status,
        channel=_channel(body.get("channel")),
        created_at=iso_instant(body.get("date_created")),
        sends=tuple(_attempt(item) for item in listed if isinstance(item, dict)),
    )


def read_check(
    answer: HttpAnswer, key: str, *, now: datetime, hidden: Hiding = NOTHING_KNOWN
) -> CheckResult | VerifyError:
    """
    What a check says; approved only by Twilio's own word for it, and of this one.

    Args:
        answer: The answer.
        key: The SID, number or address that was asked about.
        now: As for `error_of`.
        hidden: As for `error_of`.
    """
    body = read_body(answer)
    if answer.status in CREATED:
        verdict = _verdict(body) if is_about(body, key) else None
        if verdict is None:
            return unreadable(answer, Operation.CHECK)
    else:
        problem = read_problem(body)
        verdict = _refused_check(problem)
        if verdict is None:
            return error_of(answer, problem, Operation.CHECK, now=now, hidden=hidden)
    return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)


def _verdict(body: Mapping[str, Any] | None) -> Verdict | None:
    word = (body or {}).get("status")
    verdict = _VERDICTS.get(word) if isinstance(word, str) else None
    # `valid` is an older name for the same fact; where the two disagree nobody gets in.
    contradicted = (body or {}).get("valid", True) is not True
    return None if verdict is Verdict.APPROVED and contradicted else verdict


def _refused_check(problem: Problem) -> Verdict | None:
    if problem.code in GONE:
        return Verdict.GONE
    if problem.code == MAX_CHECKS_REACHED:
        return Verdict.EXHAUSTED
    if problem.code == INVALID_PARAMETER and problem.parameter == "Code":
        return Verdict.WRONG_CODE
    return None


def read_state(
    answer: HttpAnswer, key: str, *, now: datetime, hidden: Hiding = NOTHING_KNOWN
) -> VerificationState | VerifyError:
    """
    Where a verification stands; arguments as for `read_check`.

    Not found is `UNKNOWN`: Twilio forgets a verification as soon as it is approved, so
    its absence proves neither that nor the contrary.
    """
    body = read_body(answer)
    if answer.status not in CREATED:
        problem = read_problem(body)
        if problem.code in GONE:
            return VerificationState(status=Status.UNKNOWN, reason="not_found")
        return error_of(answer, problem, Operation.FETCH, now=now, hidden=hidden)
    found = read_verification(body)
    if found is None or _is_of_another(body, key):
        return unreadable(answer, Operation.FETCH)
    return VerificationState(
        status=_STATUSES.get(found.status, Status.UNKNOWN),
        reason=_word(found.status),
        deliveries=found.sends,
    )


def read_cancel(
    answer: HttpAnswer, key: str, *, now: datetime, hidden: Hiding = NOTHING_KNOWN
) -> CancelOutcome | VerifyError:
    """What became of a wish to cancel; arguments as for `read_check`."""
    body = read_body(answer)
    if answer.status not in CREATED:
        problem = read_problem(body)
        if problem.code in GONE:
            return CancelOutcome.GONE
        return error_of(answer, problem, Operation.CANCEL, now=now, hidden=hidden)
    word = (body or {}).get("status")
    outcome = _CANCELED.get(word) if isinstance(word, str) else None
    if _is_of_another(body, key):
        outcome = None
    return unreadable(answer, Operation.CANCEL) if outcome is None else outcome


def unreadable(answer: HttpAnswer, operation: Operation) -> Unexpected:
    """The error for a success that does not say what it should."""
    return Unexpected(
        message=f"Twilio answered {answer.status} with a body that we cannot read",
        provider=NAME,
        http_status=answer.status,
        vendor_request_id=request_id(answer.headers),
        maybe_sent=operation.has_effect,
    )


def _attempt(item: Mapping[str, Any]) -> DeliveryAttempt:
    sid = item.get("attempt_sid")
    return DeliveryAttempt(
        at=iso_instant(item.get("time")),
        channel=_channel(item.get("channel")),
        vendor_id=sid if isinstance(sid, str) and takes_sid(sid) else "",
    )


def _channel(word: object) -> Channel | None:
    # `auto`, `sna`, `rcs` and `rbm` are words of Twilio's that are none of ours.
    known = isinstance(word, str) and word.lower() in set(Channel)
    return Channel(str(word).lower()) if known else None


def _word(status: str) -> str:
    return status if re.fullmatch("[a-z_]{1,40}", status) else "unreadable"
