"""
Webhooks as they arrive: JSON, and a JWT over it in the Authorization header.

Source: Vonage, "Decoding signed webhooks" (HS256; claims iat, jti, iss, payload_hash,
api_key, application_id; the hash is SHA-256 of the body, hexadecimal), read 2026-11-23.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Final

from attrs import field, frozen

from ._events import VonageNotification

DEFAULT_API_KEY: Final = "a1b2c3d4"
DEFAULT_APPLICATION: Final = "00000000-0000-4000-8000-000000000000"


@frozen(kw_only=True)
class Webhook:
    """
    One webhook, ready to be handed to a receiver.

    Attributes:
        headers: With the signature.
        body: The bytes that were signed; parse these, not a copy.
    """

    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def signed(
    told: VonageNotification,
    signature_secret: str,
    *,
    api_key: str | None = None,
    application_id: str | None = None,
    at: datetime | None = None,
) -> Webhook:
    """
    A webhook as Vonage posts it.

    Args:
        told: What happened.
        signature_secret: The account's; at least 32 bytes, or JWT libraries complain.
        api_key: The account's; None is that of the account which started it. Where only
            its application is known, the first eight digits of the application's id.
        application_id: The application's; None is the one that started it, or zeros.
        at: When it is posted; None is when it happened, by the fake's clock. Receivers
            that go by another clock refuse what it calls the future: give its present.
    """
    application = application_id or told.application_id
    body = json.dumps(told.body, separators=(",", ":")).encode()
    claims = {
        "iat": int((at or told.at).timestamp()),
        "jti": told.id,
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": api_key or told.api_key or _key_of(application),
        "application_id": application or DEFAULT_APPLICATION,
    }
    token = _token(claims, signature_secret.encode(errors="replace"))
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "vonage-fake",
    }
    return Webhook(headers=headers, body=body)


def _key_of(application: str | None) -> str:
    # Each application's own, where no key is known: a receiver tells accounts apart.
    return DEFAULT_API_KEY if application is None else application[:8]


def _token(claims: dict[str, object], secret: bytes) -> str:
    parts = (_encoded({"alg": "HS256", "typ": "JWT"}), _encoded(claims))
    text = ".".join(parts)
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{_base64(digest)}"


def _encoded(value: dict[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
