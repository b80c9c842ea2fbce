"""
References sealed for a journey outside the server: a hidden form field, a cookie, a
pipe.

A token is encrypted and authenticated (Fernet: AES-128-CBC and HMAC-SHA256; source:
github.com/fernet/spec), so it shows neither number nor vendor id and cannot be altered.
It carries the id of its key, so that keys can be changed, and is bound to one purpose,
so that a token of one form does not open another. The one thing here that is not a
function of its arguments is Fernet's own initialisation vector.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrs import Attribute, field, frozen

from .errors import InvalidSetting, InvalidToken, TokenReason
from .frames import unframed, unframed_init
from .installing import install_hint
from .masking import Secret, to_secret
from .validation import aware_utc, read_or, require_kind, require_mapping, require_text
from .verification import VerificationRef

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

DEFAULT_MAX_AGE: Final = timedelta(minutes=15)
"""Longer than a code lives by default (Twilio: ten minutes), shorter than a session."""

_CLOCK_SKEW_S = 60
"""How far servers' clocks may be apart; as Fernet's own check has it."""

_KEY_ID = "[A-Za-z0-9_-]{1,32}"
_TOKEN = re.compile(rf"v1\.(?P<key_id>{_KEY_ID})\.(?P<sealed>[A-Za-z0-9_-]+={{0,2}})")


def _secrets(keys: Mapping[str, str | Secret]) -> dict[str, Secret]:
    return {
        key_id: Secret(require_text("keys", to_secret(key, "keys").reveal()))
        for key_id, key in require_mapping("keys", keys).items()
    }


def _well_formed(
    _instance: object,
    attribute: Attribute[Mapping[str, Secret]],
    value: Mapping[str, Secret],
) -> None:
    if not value:
        raise InvalidSetting(attribute.name, "takes at least one key")
    if len({key.reveal() for key in value.values()}) < len(value):
        raise InvalidSetting(attribute.name, "takes each key under one id only")
    for key_id, key in value.items():
        if not re.fullmatch(_KEY_ID, require_text(attribute.name, key_id)):
            raise InvalidSetting(
                attribute.name,
                "a key id is 1 to 32 letters, digits, hyphens or underscores",
            )
        _fernet(key)


@unframed_init
@frozen(kw_only=True)
class TokenKeys:
    """
    The keys that seal and open tokens.

    Attributes:
        keys: Key id to key (`TokenKeys.new_key()`); the first seals, all open. To
            change keys, put the new one first and drop the old one after the longest
            maximum age.

    Raises:
        InvalidSetting: There is no key, or one is malformed.
    """

    keys: Mapping[str, Secret] = field(
        converter=_secrets, validator=_well_formed, repr=lambda keys: str(list(keys))
    )

    @staticmethod
    def new_key() -> str:
        """A fresh random key: 32 bytes in URL-safe base64."""
        return _fernet_class().generate_key().decode("ascii")


@unframed
def to_token(
    ref: VerificationRef,
    keys: TokenKeys,
    *,
    now: datetime,
    purpose: str = "verification",
) -> str:
    """
    Seal a reference with the first of the keys.

    Args:
        ref: The reference.
        keys: Of the servers that may open it.
        now: The present, aware.
        purpose: What the token is for; `from_token` must name the same.

    Returns:
        URL-safe text: version, key id and sealed reference, between dots.

    Raises:
        InvalidSetting: An argument of another type; names it.
    """
    require_kind("ref", ref, VerificationRef)
    require_kind("keys", keys, TokenKeys)
    require_text("purpose", purpose)
    key_id, key = next(iter(keys.keys.items()))
    payload = json.dumps({"purpose": purpose, "ref": ref.to_json()})
    seconds = int(aware_utc(now, "now").timestamp())
    sealed = _fernet(key).encrypt_at_time(payload.encode(), seconds)
    return f"v1.{key_id}.{sealed.decode('ascii')}"


@unframed
def from_token(
    token: str | None,
    keys: TokenKeys,
    *,
    now: datetime,
    purpose: str = "verification",
    max_age: timedelta = DEFAULT_MAX_AGE,
) -> VerificationRef:
    """
    Open a sealed reference.

    Args:
        token: What `to_token` returned, and that very text: no space around it, no
            other spelling of its base64. None counts as an empty text.
        keys: The keys that may have sealed it.
        now: The present, aware.
        purpose: What the token must be for.
        max_age: How old it may be, in whole seconds.

    Raises:
        InvalidToken: Not a token, of an unknown key, altered, too old, or for another
            purpose.
        InvalidSetting: Another argument of another type; names it.
    """
    require_kind("keys", keys, TokenKeys)
    require_text("purpose", purpose)
    require_kind("max_age", max_age, timedelta)
    # Where a cookie or a field is missing, frameworks give None.
    parts = _TOKEN.fullmatch(token if isinstance(token, str) else "")
    if parts is None or not _is_canonical(parts["sealed"]):
        raise InvalidToken(TokenReason.MALFORMED)
    key = keys.keys.get(parts["key_id"])
    if key is None:
        raise InvalidToken(TokenReason.UNKNOWN_KEY)
    opened = _open(
        parts["sealed"], _fernet(key), now=aware_utc(now, "now"), max_age=max_age
    )
    ref = _reference(opened, purpose)
    if ref is None:  # sealed with our key, but not by us
        raise InvalidToken(TokenReason.MALFORMED)
    return ref


def _is_canonical(sealed: str) -> bool:
    """
    Whether the text is the one spelling of its bytes; RFC 4648, section 3.5.

    Python's decoder passes over other characters, surplus padding and bits that mean
    nothing, so that one token would have many spellings, and a list of used ones gaps.
    """
    with suppress(ValueError):
        return urlsafe_b64encode(urlsafe_b64decode(sealed)) == sealed.encode("ascii")
    return False


def _reference(opened: bytes, purpose: str) -> VerificationRef | None:
    try:
        payload = json.loads(opened)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict) or "purpose" not in payload:
        return None
    if payload["purpose"] != purpose:
        raise InvalidToken(TokenReason.WRONG_PURPOSE)
    try:
        return VerificationRef.from_json(payload.get("ref"))
    except InvalidSetting:
        return None


def _open(sealed: str, fernet: Fernet, *, now: datetime, max_age: timedelta) -> bytes:
    from cryptography.fernet import InvalidToken as NotGenuine

    refused = InvalidToken(TokenReason.NOT_GENUINE)
    opened = read_or(fernet.decrypt, sealed, refused, catching=NotGenuine)
    age_s = int(now.timestamp()) - fernet.extract_timestamp(sealed)
    if age_s > max_age.total_seconds():
        raise InvalidToken(TokenReason.TOO_OLD)
    if age_s < -_CLOCK_SKEW_S:
        raise InvalidToken(TokenReason.NOT_GENUINE)
    return opened


def _fernet(key: Secret) -> Fernet:
    fault = "a key is 32 bytes in URL-safe base64; TokenKeys.new_key() makes one"
    return read_or(_fernet_class(), key.reveal(), InvalidSetting("keys", fault))


def _fernet_class() -> type[Fernet]:
    # Optional, and slow to import.
    try:
        from cryptography.fernet import Fernet
    except ImportError as error:
        raise ImportError(
            f"sealed references need cryptography: {install_hint('tokens')}"
        ) from error
    return Fernet
