"""Time-based codes (RFC 6238), made by the library pyotp."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from hashlib import sha1, sha256, sha512
from urllib.parse import quote

from attrs import frozen

from ...kit._installing import install_hint

#: Twilio's names of the hashes.
ALGORITHMS = {"sha1": sha1, "sha256": sha256, "sha512": sha512}
#: Digits of the whole number that a code is the end of.
_LONGEST = 10
_SECRET_LENGTHS = range(8, 257)


@frozen(kw_only=True)
class TotpConfig:
    """
    How codes are made, with Twilio's defaults.

    Attributes:
        alg: `sha1`, `sha256` or `sha512`.
        skew: Steps, past and future, whose codes count too; 0 to 2.
        code_length: Digits; 3 to 8.
        time_step_s: Seconds for which a code stands; 20 to 60.
    """

    alg: str = "sha1"
    skew: int = 1
    code_length: int = 6
    time_step_s: int = 30


def read_secret(text: str) -> str:
    """
    A shared secret as apps and servers write it down.

    Raises:
        ValueError: It is not base 32, or too short or too long.
    """
    secret = text.strip().upper().rstrip("=")
    if len(secret) not in _SECRET_LENGTHS:
        raise ValueError("a secret has 8 to 256 characters of base 32")
    try:
        base64.b32decode(secret + "=" * (-len(secret) % 8))
    except binascii.Error:
        raise ValueError("a secret is written in base 32") from None
    return secret


def matches(secret: str, code: str, config: TotpConfig, *, at: datetime) -> bool:
    """Whether a code is right at an instant, the steps of the skew included."""
    steps = range(-config.skew, config.skew + 1)
    return code in {code_at(secret, config, at=at, step=step) for step in steps}


def code_at(secret: str, config: TotpConfig, *, at: datetime, step: int = 0) -> str:
    """The code that an authenticator app shows at an instant, so many steps later."""
    try:
        from pyotp import TOTP
    except ImportError as error:
        raise ImportError(
            f"TOTP factors need the library pyotp: {install_hint('server')}"
        ) from error
    totp = TOTP(
        secret,
        digits=_LONGEST,
        digest=ALGORITHMS[config.alg],
        interval=config.time_step_s,
    )
    # The library makes six digits or more, and Twilio three or more. A code is the
    # remainder of one number (RFC 4226, 5.3), so a shorter one is a longer one's end.
    return str(totp.at(at, counter_offset=step))[-config.code_length :]


def provisioning_uri(
    secret: str, config: TotpConfig, *, issuer: str, account: str
) -> str:
    """
    The text of a QR code for an authenticator app, its parts in the document's order.

    The library leaves out what is default; the vendor's document has it all.
    """
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return (
        f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"
        f"&algorithm={config.alg.upper()}&digits={config.code_length}"
        f"&period={config.time_step_s}"
    )
