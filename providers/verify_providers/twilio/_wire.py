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
from verify_core.characters import is_encodable
from verify_core.errors import Unexpected
from verify_core.masking import Hiding, Secret
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
from ._codes import GONE, INVALID_PARAMETER, MAX_CHECKS_REACHED
from ._credentials import NAME
from ._errors import (
    NOTHING_KNOWN,
    Operation,
    error_of,
    read_problem,
    request_id,
)
from ._extras import TwilioExtras
from ._identity import Target, is_sid, names, names_another

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


_CHANNELS = {channel.value: channel for channel in Channel}


def takes_code(code: str) -> bool:
    """Whether Twilio would look at the code at all: by its length, and as text."""
    return MIN_CODE_LENGTH <= len(code) <= MAX_CODE_LENGTH and is_encodable(code)


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


def check_request(service_sid: str, ref: VerificationRef, code: Secret) -> HttpRequest:
    """The request that checks a code: by SID, or by address where there is none."""
    form = {"Code": code.reveal()}
    if ref.vendor_id:
        form["VerificationSid"] = ref.vendor_id
    else:
        form["To"] = ref.identifier.value
    # A PSD2 service wants at the check what it was told at the start.
    for name, parameter in (("amount", "Amount"), ("payee", "Payee")):
        if name in ref.vendor_data:
            form[parameter] = ref.vendor_data[name]
    path = f"/v2/Services/{service_sid}/VerificationCheck"
    return _post(path, path, form)


def fetch_request(target: Target) -> HttpRequest:
    """The request that reads a verification."""
    path, shown_path = _paths(target)
    return HttpRequest(method="GET", path=path, shown_path=shown_path)


def cancel_request(target: Target) -> HttpRequest:
    """The request that cancels a verification."""
    return _post(*_paths(target), {"Status": "canceled"})


def _post(path: str, shown_path: str, form: Mapping[str, str]) -> HttpRequest:
    body = urlencode(form).encode("ascii")
    return HttpRequest(method="POST", path=path, shown_path=shown_path, body=body)


def _paths(target: Target) -> tuple[str, str]:
    """The path of a verification, and how logs may show it."""
    # Twilio's own libraries send what may stand in a path as it is, plus and at sign.
    begin = f"/v2/Services/{target.service_sid}/Verifications/"
    return begin + quote(target.key, safe=_PCHAR), begin + (target.sid or "***")


def read_started(
    answer: HttpAnswer,
    target: Target,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> Verification:
    """
    The verification that a start made or sent again.

    Args:
        answer: The answer.
        target: The service, and the address that was to be reached.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Twilio refused, or says yes to something else.
    """
    body = _success(answer, Operation.START, now=now, hidden=hidden)
    found = read_verification(body)
    if found is None or found.status != "pending" or names_another(body, target):
        raise unreadable(answer, Operation.START)
    return found


def _success(
    answer: HttpAnswer, operation: Operation, *, now: datetime, hidden: Hiding
) -> Mapping[str, Any]:
    """The body of a success, perhaps empty; raises for anything else."""
    body = json_object(answer.body)
    if answer.status not in CREATED:
        problem = read_problem(body)
        raise error_of(answer, problem, operation, now=now, hidden=hidden)
    return body


def read_found(answer: HttpAnswer, target: Target) -> Verification:
    """
    The verification of an address, for a start whose answer was lost.

    Raises:
        Unexpected: The answer shows none of this address.
    """
    body = json_object(answer.body)
    found = read_verification(body) if answer.status in CREATED else None
    if found is None or not names(body, target):
        raise unreadable(answer, Operation.FETCH)
    return found


def read_verification(body: Mapping[str, Any]) -> Verification | None:
    """The verification in a body, or None where there is none."""
    sid, status = body.get("sid"), body.get("status")
    if not is_sid(sid) or not isinstance(status, str):
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
    answer: HttpAnswer,
    target: Target,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> CheckResult:
    """
    What a check says; approved only by Twilio's own word for it, and of this one.

    Args:
        answer: The answer.
        target: What was asked about.
        now: As for `error_of`.
        hidden: As for `error_of`.

    Raises:
        VerifyError: Twilio refused, or says neither yes nor no.
    """
    verdict = _refused_check(answer)
    if verdict is None:
        body = _success(answer, Operation.CHECK, now=now, hidden=hidden)
        verdict = _verdict(body, target)
    if verdict is None:
        raise unreadable(answer, Operation.CHECK)
    return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)


def _verdict(body: Mapping[str, Any], target: Target) -> Verdict | None:
    word = body.get("status")
    verdict = _VERDICTS.get(word) if isinstance(word, str) else None
    if names_another(body, target):
        return None
    # `valid` is an older name for the same fact; where the two disagree nobody gets in.
    consents = names(body, target) and body.get("valid", True) is True
    return None if verdict is Verdict.APPROVED and not consents else verdict


def _refused_check(answer: HttpAnswer) -> Verdict | None:
    if answer.status in CREATED:
        return None
    problem = read_problem(json_object(answer.body))
    if problem.code in GONE:
        return Verdict.GONE
    if problem.code == MAX_CHECKS_REACHED:
        return Verdict.EXHAUSTED
    if problem.code == INVALID_PARAMETER and problem.parameter == "Code":
        return Verdict.WRONG_CODE
    return None


def read_state(
    answer: HttpAnswer,
    target: Target,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> VerificationState:
    """
    Where a verification stands; arguments and errors as for `read_check`.

    Not found is `UNKNOWN`: Twilio forgets a verification as soon as it is approved, so
    its absence proves neither that nor the contrary.
    """
    if _is_gone(answer):
        return VerificationState(status=Status.UNKNOWN, reason="not_found")
    body = _success(answer, Operation.FETCH, now=now, hidden=hidden)
    found = read_verification(body)
    if found is None or not names(body, target):
        raise unreadable(answer, Operation.FETCH)
    return VerificationState(
        status=_STATUSES.get(found.status, Status.UNKNOWN),
        reason=_word(found.status),
        deliveries=found.sends,
    )


def read_cancel(
    answer: HttpAnswer,
    target: Target,
    *,
    now: datetime,
    hidden: Hiding = NOTHING_KNOWN,
) -> CancelOutcome:
    """What became of a cancel; arguments and errors as for `read_check`."""
    if _is_gone(answer):
        return CancelOutcome.GONE
    body = _success(answer, Operation.CANCEL, now=now, hidden=hidden)
    word = body.get("status")
    outcome = _CANCELED.get(word) if isinstance(word, str) else None
    if outcome is None or names_another(body, target):
        raise unreadable(answer, Operation.CANCEL)
    return outcome


def _is_gone(answer: HttpAnswer) -> bool:
    refused = answer.status not in CREATED
    return refused and read_problem(json_object(answer.body)).code in GONE


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
        vendor_id=sid if is_sid(sid, "VL") else "",
    )


def _channel(word: object) -> Channel | None:
    # Twilio also says `auto`, `sna`, `rcs` and `rbm`, which are no channels here.
    return _CHANNELS.get(word.lower()) if isinstance(word, str) else None


def _word(status: str) -> str:
    return status if re.fullmatch("[a-z_]{1,40}", status) else "unreadable"
