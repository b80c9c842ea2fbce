"""
Twilio Verify v2 on the wire: our values to requests, answers to our values. Pure.

Source: Twilio, Verify API, "Verifications" and "VerificationCheck", and the OpenAPI
document of 2026-04-14. Where real answers differ from the document, both are read:
`send_code_attempts` carries channels in lower case and times with milliseconds.

What reads an answer returns None where Twilio refused, or said something else than it
was asked. An answer counts for the verification that it names, and absence names
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.characters import is_encodable
from verify_core.masking import Discreet, Revealed, Secret
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
from ._codes import GONE, MAX_CHECKS_REACHED
from ._credentials import is_sid
from ._errors import CREATED, read_problem
from ._extras import TwilioExtras

MIN_CODE_LENGTH = 4
MAX_CODE_LENGTH = 10
"""Characters of a code; source: Twilio, VerificationCheck, parameter Code."""

_PCHAR = "!$&'()*+,;=:@"
"""What may stand in a path besides letters and digits; RFC 3986, section 3.3."""

# Twilio's words: what they say of a verification, of a check, and of a cancel.
_WORDS: Mapping[str, tuple[Status, Verdict, CancelOutcome | None]] = {
    # A wrong code is not an error at Twilio, but 200, pending, and `valid: false`.
    "pending": (Status.PENDING, Verdict.WRONG_CODE, None),
    "approved": (Status.APPROVED, Verdict.APPROVED, CancelOutcome.TOO_LATE),
    "max_attempts_reached": (Status.FAILED, Verdict.EXHAUSTED, CancelOutcome.TOO_LATE),
    "canceled": (Status.CANCELED, Verdict.GONE, CancelOutcome.CANCELED),
    "expired": (Status.EXPIRED, Verdict.EXPIRED, CancelOutcome.GONE),
    "deleted": (Status.EXPIRED, Verdict.GONE, CancelOutcome.GONE),
    "failed": (Status.FAILED, Verdict.GONE, CancelOutcome.GONE),
}
_UNKNOWN = (Status.UNKNOWN, None, None)

# Twilio also says `auto`, `sna`, `rcs` and `rbm`, which `Channel` lacks.
_CHANNELS = {channel.value: channel for channel in Channel}

# Digits and what people and vendors write between them; `whatsapp:` may come before.
_NUMBER = re.compile(r"(?:[a-z]{1,10}:)?\+?[0-9 ().-]{1,40}")


@frozen(kw_only=True)
class Target(Discreet):
    """Which verification a request is about: by its SID, or where it reaches."""

    service_sid: str
    sid: str = ""
    address: Secret = field(converter=Secret)

    to = Revealed[str]("address")


@frozen(kw_only=True)
class Verification:
    """Twilio's verification, as far as it is read; None is what cannot be read."""

    sid: str
    status: str
    channel: Channel | None  # of the last send
    created_at: datetime | None  # by Twilio's clock
    sends: tuple[DeliveryAttempt, ...]  # oldest first


def takes_code(code: str) -> bool:
    """Whether Twilio would look at the code at all: by its length, and as text."""
    return MIN_CODE_LENGTH <= len(code) <= MAX_CODE_LENGTH and is_encodable(code)


def create_request(
    service_sid: str,
    request: StartRequest,
    extras: TwilioExtras | None,
    locale: str | None,
) -> HttpRequest:
    form = {"To": request.identifier.value, "Channel": str(request.channel)}
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
    form = {"Code": code.reveal()}
    if ref.vendor_id:
        form["VerificationSid"] = ref.vendor_id
    else:
        form["To"] = ref.identifier.value
    # A PSD2 service wants at the check what the start said.
    for name, parameter in (("amount", "Amount"), ("payee", "Payee")):
        if name in ref.vendor_data:
            form[parameter] = ref.vendor_data[name]
    path = f"/v2/Services/{service_sid}/VerificationCheck"
    return _post(path, path, form)


def fetch_request(target: Target) -> HttpRequest:
    path, shown_path = _paths(target)
    return HttpRequest(method="GET", path=path, shown_path=shown_path)


def cancel_request(target: Target) -> HttpRequest:
    return _post(*_paths(target), {"Status": "canceled"})


def _post(path: str, shown_path: str, form: Mapping[str, str]) -> HttpRequest:
    # Names of parameters need no quoting.
    pairs = [f"{name}={quote_plus(value)}" for name, value in form.items()]
    body = "&".join(pairs).encode("ascii")
    return HttpRequest(method="POST", path=path, shown_path=shown_path, body=body)


def _paths(target: Target) -> tuple[str, str]:
    """The path of a verification, and how logs may show it."""
    # Twilio's own libraries send what may stand in a path as it is, plus and at sign.
    begin = f"/v2/Services/{target.service_sid}/Verifications/"
    key = target.sid or target.to
    return begin + quote(key, safe=_PCHAR), begin + (target.sid or "***")


def read_started(answer: HttpAnswer, target: Target) -> Verification | None:
    """The verification that a start made or sent again."""
    body = _success(answer)
    found = read_verification(body)
    pending = found is not None and found.status == "pending"
    return found if pending and not names_another(body, target) else None


def read_found(answer: HttpAnswer, target: Target) -> Verification | None:
    """The verification of an address, for a start whose answer was lost."""
    body = _success(answer)
    return read_verification(body) if names(body, target) else None


def read_check(answer: HttpAnswer, target: Target) -> CheckResult | None:
    """What a check says; approved only by Twilio's own word for it, and of this one."""
    refused = answer.status not in CREATED
    verdict = _refused_check(answer) if refused else _verdict(answer, target)
    if verdict is None:
        return None
    return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)


def read_state(answer: HttpAnswer, target: Target) -> VerificationState | None:
    """
    Where a verification stands.

    Not found is `UNKNOWN`: Twilio forgets a verification as soon as it is approved, so
    its absence proves neither that nor the contrary.
    """
    if _is_gone(answer):
        return VerificationState(status=Status.UNKNOWN, reason="not_found")
    body = _success(answer)
    found = read_verification(body)
    if found is None or not names(body, target):
        return None
    return VerificationState(
        status=_WORDS.get(found.status, _UNKNOWN)[0],
        reason=_shown_word(found.status),
        deliveries=found.sends,
    )


def read_cancel(answer: HttpAnswer, target: Target) -> CancelOutcome | None:
    if _is_gone(answer):
        return CancelOutcome.GONE
    body = _success(answer)
    if names_another(body, target):
        return None
    return _WORDS.get(str(body.get("status")), _UNKNOWN)[2]


def _success(answer: HttpAnswer) -> Mapping[str, Any]:
    """The body of a success; empty for anything else."""
    return json_object(answer.body) if answer.status in CREATED else {}


def _is_gone(answer: HttpAnswer) -> bool:
    refused = answer.status not in CREATED
    return refused and read_problem(answer).code in GONE


def _verdict(answer: HttpAnswer, target: Target) -> Verdict | None:
    body = json_object(answer.body)
    if names_another(body, target):
        return None
    verdict = _WORDS.get(str(body.get("status")), _UNKNOWN)[1]
    # `valid` is an older name for the same fact; an approval needs both.
    consents = names(body, target) and body.get("valid", True) is True
    return None if verdict is Verdict.APPROVED and not consents else verdict


def _refused_check(answer: HttpAnswer) -> Verdict | None:
    problem = read_problem(answer)
    if problem.code in GONE:
        return Verdict.GONE
    if problem.code == MAX_CHECKS_REACHED:
        return Verdict.EXHAUSTED
    if problem.parameter == "Code":
        return Verdict.WRONG_CODE
    return None


def read_verification(body: Mapping[str, Any]) -> Verification | None:
    sid, status = body.get("sid"), body.get("status")
    if not is_sid(sid, "VE") or not isinstance(status, str):
        return None
    attempts = body.get("send_code_attempts")
    listed = attempts if isinstance(attempts, list) else ()
    return Verification(
        sid=sid,
        status=status,
        channel=_channel(body.get("channel")),
        created_at=iso_instant(body.get("date_created")),
        sends=tuple([_attempt(item) for item in listed if isinstance(item, dict)]),
    )


def _attempt(item: Mapping[str, Any]) -> DeliveryAttempt:
    sid = item.get("attempt_sid")
    return DeliveryAttempt(
        at=iso_instant(item.get("time")),
        channel=_channel(item.get("channel")),
        vendor_id=sid if is_sid(sid, "VL") else "",
    )


def _channel(word: object) -> Channel | None:
    return _CHANNELS.get(word.lower()) if isinstance(word, str) else None


def _shown_word(status: str) -> str:
    return status if re.fullmatch("[a-z_]{1,40}", status) else "unreadable"


def names_another(body: Mapping[str, Any], target: Target) -> bool:
    """
    Whether the body of a success names another verification than the target.

    What is there must fit, null included: only a member that is missing says nothing.
    """
    sid, to = body.get("sid"), body.get("to")
    wrong_sid = not is_sid(sid, "VE") or (target.sid not in {"", sid})
    return (
        ("sid" in body and wrong_sid)
        or ("to" in body and to != target.to and not _is_same_address(to, target.to))
        or body.get("service_sid", target.service_sid) != target.service_sid
    )


def names(body: Mapping[str, Any], target: Target) -> bool:
    """Whether a body names the target: by its SID, and without one by address, too."""
    needed = {"sid"} if target.sid else {"sid", "to"}
    return needed <= body.keys() and not names_another(body, target)


def _is_same_address(named: object, address: str) -> bool:
    if not isinstance(named, str):
        return False
    if "@" in address:
        return named.casefold() == address.casefold()
    return bool(_NUMBER.fullmatch(named)) and _digits(named) == _digits(address)


def _digits(number: str) -> str:
    # Mexico's 1 and Argentina's 9 after the country code come and go.
    digits = re.sub("[^0-9]", "", number)
    return re.sub("^(521|549)", lambda code: code[0][:2], digits)
