"""
Signed webhooks: a token (JWT, HS256) in the header that covers the body by its hash.

Source: Vonage, "Signed webhooks" and "Verify API Webhooks", read 2026-11-23: signed
with the account's signature secret; claims `iat`, `jti`, `iss`, `payload_hash`,
`api_key`, `application_id`. Form and meaning of tokens: RFC 7515 and RFC 7519.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..http import json_object
from ._events import VonageEvent, read_event

MAX_AGE = timedelta(days=1)
"""How old a webhook may be: Vonage repeats one that was not answered for a day."""

_LEEWAY = timedelta(minutes=1)
"""How far Vonage's clock may be ahead."""

_FAR = 1e12
"""Seconds that no clock shows."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BEARER = re.compile(r"[Bb]earer +(\S+)")


class InvalidWebhook(ValueError):
    """
    Not from Vonage, or not as Vonage sent it: answer 401 and do nothing.

    Its text says what is wrong and repeats nothing of the request.
    """


def read_webhook(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str,
    claims: Mapping[str, str],
    now: datetime,
) -> VonageEvent:
    """
    The event in a webhook, if Vonage sent it.

    Args:
        headers: The request's, in any case.
        body: The request's, byte for byte.
        secret: The account's signature secret.
        claims: Whose webhooks are taken; the token must not name another account.
        now: The present.

    Raises:
        InvalidWebhook: Unsigned, signed by somebody else, changed on the way, too old,
            meant for another account, or about no request.
    """
    if not isinstance(body, bytes):
        raise TypeError("body: takes the bytes as they came, not what was made of them")
    signed = _signed_claims(_bearer(headers), secret.encode())
    _require_time(signed, now)
    for name, own in claims.items():
        theirs = signed.get(name)
        if theirs is not None and theirs != own:
            raise InvalidWebhook(f"{name}: the webhook is meant for another one")
    digest = signed.get("payload_hash")
    if not isinstance(digest, str) or not _is_same(
        digest.lower(), hashlib.sha256(body).hexdigest()
    ):
        raise InvalidWebhook("payload_hash: the body is not the one that was signed")
    event = read_event(json_object(body))
    if event is None:
        raise InvalidWebhook("body: says nothing of a verification")
    return event


def _bearer(headers: Mapping[str, str]) -> str:
    found = [text for name, text in headers.items() if name.lower() == "authorization"]
    match = _BEARER.fullmatch(found[0].strip()) if len(found) == 1 else None
    if match is None:
        raise InvalidWebhook("authorization: takes one bearer token")
    return match[1]


def _signed_claims(token: str, secret: bytes) -> Mapping[str, Any]:
    if not _TOKEN.fullmatch(token):
        raise InvalidWebhook("authorization: not a signed token")
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    header = json_object(_decoded(head))
    # The token must not choose how it is judged: RFC 8725, section 3.1.
    if header.get("alg") != "HS256" or "crit" in header:
        raise InvalidWebhook("authorization: not signed by HS256")
    due = hmac.digest(secret, signed.encode("ascii"), "sha256")
    if not hmac.compare_digest(due, _decoded(signature)):
        raise InvalidWebhook("authorization: signed with another secret")
    return json_object(_decoded(payload))


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _require_time(claims: Mapping[str, Any], now: datetime) -> None:
    present = now.timestamp()
    issued, ends = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    leeway = _LEEWAY.total_seconds()
    if issued is None or issued > present + leeway:
        raise InvalidWebhook("iat: not issued yet, or without a time")
    if issued < present - MAX_AGE.total_seconds():
        raise InvalidWebhook("iat: older than a day")
    if "exp" in claims and (ends is None or ends < present - leeway):
        raise InvalidWebhook("exp: expired")


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if -_FAR < value < _FAR else None  # which NaN is not, either


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
