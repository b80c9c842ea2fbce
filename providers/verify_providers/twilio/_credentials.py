"""Who asks Twilio: SIDs, secrets that may rotate, and the host to talk to."""

from __future__ import annotations

import re
from typing import TypeGuard

from verify_core.errors import InvalidSetting
from verify_core.validation import require_kind

from ..config import BasicCredentials, SecretReader, SecretSource

NAME = "twilio"

_SID = re.compile("[A-Z]{2}[0-9a-fA-F]{32}")
_LABEL = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


def is_sid(text: object, prefix: str) -> TypeGuard[str]:
    """
    Whether this is a SID of that kind: two letters and 32 hexadecimal digits.

    Source: Twilio, "String Identifier (SID)". Anything else in an answer may be a
    number or a code that is echoed, and is neither kept nor shown.
    """
    if not isinstance(text, str) or not text.startswith(prefix):
        return False
    return _SID.fullmatch(text) is not None


def require_sid(setting: str, prefix: str, value: str) -> str:
    """The SID, if it is of that kind; the error does not repeat another text."""
    if not is_sid(require_kind(setting, value, str), prefix):
        raise InvalidSetting(
            setting, f"takes {prefix} and 32 hexadecimal digits, as in Twilio's console"
        )
    return value


def mask_sid(sid: str) -> str:
    """A SID by its kind and its last four digits: `AC…41f0`."""
    return f"{sid[:2]}…{sid[-4:]}"


class TwilioCredentials(BasicCredentials):
    """The SID of an account or an API key, and its secret."""

    @property
    def shown(self) -> str:
        """Who asks, as a repr may show it."""
        return mask_sid(self.user.reveal())


def credentials_of(
    account_sid: str | None,
    auth_token: SecretSource | None,
    api_key: str | None,
    api_secret: SecretSource | None,
) -> TwilioCredentials:
    """Account SID and auth token, or API key and secret; exactly one of the pairs."""
    if account_sid is not None:
        require_sid("account_sid", "AC", account_sid)
    if api_key is not None:
        require_sid("api_key", "SK", api_key)
        if auth_token is not None:
            raise InvalidSetting("auth_token", "pass it or api_key, not both")
        return TwilioCredentials(user=api_key, secret=_reader("api_secret", api_secret))
    if api_secret is not None:
        raise InvalidSetting("api_key", "missing; api_secret belongs to one")
    if account_sid is None:
        raise InvalidSetting("account_sid", "missing; pass it, or api_key")
    return TwilioCredentials(user=account_sid, secret=_reader("auth_token", auth_token))


def _reader(setting: str, source: SecretSource | None) -> SecretReader:
    return SecretReader(setting=setting, provider=NAME, source=source or "")


def address_of(
    product: str, *, edge: str | None, region: str | None, base_url: str | None
) -> str:
    """
    The address of a Twilio product, such as `verify`, at an edge and in a region.

    An edge without a region means region `us1`; a region without an edge is a host of
    its own. Source: Twilio, "Global Infrastructure", and PyPI `twilio` 9.13.0,
    `ClientBase.get_hostname`, read 2026-11-22.
    """
    for setting, label in (("edge", edge), ("region", region)):
        if label is None:
            continue
        if not _LABEL.fullmatch(require_kind(setting, label, str)):
            raise InvalidSetting(setting, "takes a label such as dublin or ie1")
        if base_url is not None:
            raise InvalidSetting("base_url", "excludes edge and region")
    parts = [product, edge, region or ("us1" if edge else None), "twilio", "com"]
    return "https://" + ".".join(part for part in parts if part)
