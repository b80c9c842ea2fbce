"""
How Twilio signs what it sends, so that a receiver can trust it.

Source: Twilio, "Webhooks security", read 2026-11-22; the official SDKs' validators.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha1, sha256

#: The header that carries the signature.
HEADER = "X-Twilio-Signature"


def form_signature(
    auth_token: str, url: str, form: Mapping[str, str | Sequence[str]]
) -> str:
    """
    The signature of a form: HMAC-SHA1 over the URL and the sorted fields.

    Args:
        auth_token: The account's secret.
        url: As it is called, query included.
        form: The fields; of a repeated one, its values, each of which counts once.
    """
    parts = [url]
    for name in sorted(form):
        value = form[name]
        values = [value] if isinstance(value, str) else sorted(set(value))
        parts += [f"{name}{each}" for each in values]
    return _signed(auth_token, "".join(parts))


def signed_json(auth_token: str, url: str, body: bytes) -> tuple[str, str]:
    """
    The URL that a JSON body is posted to, and its signature.

    The URL gets the body's SHA-256 as a query parameter, and it alone is signed.
    """
    joint = "&" if "?" in url else "?"
    hashed = f"{url}{joint}bodySHA256={sha256(body).hexdigest()}"
    return hashed, _signed(auth_token, hashed)


def _signed(auth_token: str, text: str) -> str:
    # Twilio's validators know SHA-1 alone here.
    digest = hmac.new(auth_token.encode(), text.encode(), sha1).digest()
    return b64encode(digest).decode()
