"""Who we are to Twilio: SIDs, secrets that may rotate, and the host to talk to."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final

from attrs import field, frozen

from verify_core.errors import InvalidSetting
from verify_core.validation import require_kind

from ..config import SecretReader, SecretSource

NAME: Final = "twilio"


def require_sid(setting: str, prefix: str, value: str) -> str:
    """
    A SID of that kind, unchanged.

    Source: Twilio, "String Identifier (SID)": two letters and 32 hexadecimal digits.

    Raises:
        InvalidSetting: It is none; the message does not repeat it.
    """
    if not re.fullmatch(
        f"{prefix}[0-9a-fA-F]{{32}}", require_kind(setting, value, str)
    ):
        raise InvalidSetting(
            setting, f"takes {prefix} and 32 hexadecimal digits, as in Twilio's console"
        )
    return value


def mask_sid(sid: str) -> str:
    """A SID by its kind and its last four digits: `AC…41f0`."""
    return f"{sid[:2]}…{sid[-4:]}"


@frozen(kw_only=True)
class Credentials:
    """
    A user name and a secret for HTTP Basic.

    Attributes:
        username: The account SID, or an API key's SID.
        secret: The auth token, or the API key's secret.
    """

    username: str = field(repr=mask_sid)
    secret: SecretReader = field(repr=False)

    def authorization(self) -> str:
        """
        The value of the `Authorization` header.

        Raises:
            Misconfigured: The secret cannot be read, is empty or is no text.
        """
        pair = f"{self.username}:{self.secret.read()}"
        return "Basic " + b64encode(pair.encode()).decode()


def choose_credentials(
    *,
    account_sid: str | None,
    auth_token: SecretSource | None,
    api_key: str | None,
    api_secret: SecretSource | None,
) -> Credentials:
    """
    Account SID and auth token, or API key and secret; exactly one of the pairs.

    Raises:
        InvalidSetting: A SID is malformed, or neither or both pairs are there.
    """
    if account_sid is not None:
        require_sid("account_sid", "AC", account_sid)
    if api_key is not None:
        require_sid("api_key", "SK", api_key)
        if auth_token is not None:
            raise InvalidSetting("auth_token", "pass it or api_key, not both")
        return Credentials(username=api_key, secret=_reader("api_secret", api_secret))
    if api_secret is not None:
        raise InvalidSetting("api_key", "missing; api_secret belongs to one")
    if account_sid is None:
        raise InvalidSetting("account_sid", "missing; pass it, or api_key")
    return Credentials(username=account_sid, secret=_reader("auth_token", auth_token))


def _reader(setting: str, source: SecretSource | None) -> SecretReader:
    return SecretReader(setting=setting, provider=NAME, source=source or "")


def choose_host(
    product: str, *, edge: str | None, region: str | None, has_base_url: bool = False
) -> str:
    """
    The host of a Twilio product.

    An edge without a region means region `us1`; a region without an edge is a host of
    its own. Source: Twilio, "Global Infrastructure", and PyPI `twilio` 9.13.0,
    `ClientBase.get_hostname`, read 2026-11-22.

    Args:
        product: First label of the host, such as `verify`.
        edge: Such as `dublin`.
        region: Such as `ie1`.
        has_base_url: Whether another address is used altogether.

    Raises:
        InvalidSetting: A label is malformed, or there is a base URL, too.
    """
    for setting, label in (("edge", edge), ("region", region)):
        if label is None:
            continue
        if not re.fullmatch(
            r"[a-z0-9]+(?:-[a-z0-9]+)*", require_kind(setting, label, str)
        ):
            raise InvalidSetting(setting, "takes a label such as dublin or ie1")
        if has_base_url:
            raise InvalidSetting("base_url", "excludes edge and region")
    parts = [product, edge, region or ("us1" if edge else None), "twilio", "com"]
    return ".".join(part for part in parts if part)
