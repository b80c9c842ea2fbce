"""Who we are to Twilio: SIDs, secrets that may rotate, and the host to talk to."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from attrs import field, frozen

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.inputs import is_encodable, require_kind
from verify_core.masking import Secret

NAME: Final = "twilio"

SecretSource: TypeAlias = str | Secret | Path | Callable[[], str | Secret]
"""A secret, or where it is read anew before each request, so that it can rotate."""


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
        source: The secret, or where to read it.
        setting: The name of the secret's setting, for messages.
    """

    username: str = field(repr=mask_sid)
    source: SecretSource = field(repr=False)
    setting: str = "auth_token"

    def authorization(self) -> str:
        """
        The value of the `Authorization` header.

        Raises:
            Misconfigured: The secret cannot be read, is empty or is no text.
        """
        secret = self._secret()
        flaw = _flaw(secret)
        if flaw is not None:
            raise Misconfigured(f"{self.setting}: the secret {flaw}", NAME)
        return "Basic " + b64encode(f"{self.username}:{secret}".encode()).decode()

    def _secret(self) -> object:
        source = self.source
        if isinstance(source, Path):
            return self._from_file(source)
        value = source if isinstance(source, str | Secret) else self._from_call(source)
        return value.reveal() if isinstance(value, Secret) else value

    def _from_call(self, source: Callable[[], object]) -> object:
        try:
            return source()
        except Exception as error:
            kind = type(error).__name__
            raise Misconfigured(
                f"{self.setting}: its source raised {kind}", NAME
            ) from error

    def _from_file(self, path: Path) -> str:
        text = _read(path)
        if text is None:
            raise Misconfigured(f"{self.setting}: its file cannot be read", NAME)
        return text.strip()


def _flaw(secret: object) -> str | None:
    """What keeps a secret from being sent, without the secret; None if nothing does."""
    if not isinstance(secret, str):
        return f"is no text but {type(secret).__name__}"
    if not secret:
        return "is empty"
    if not is_encodable(secret):
        return "holds bytes that are no UTF-8; in which encoding was it written?"
    return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):  # of the path or of what the file holds
        return None


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
        return Credentials(
            username=api_key,
            source=_present("api_secret", api_secret),
            setting="api_secret",
        )
    if api_secret is not None:
        raise InvalidSetting("api_key", "missing; api_secret belongs to one")
    if account_sid is None:
        raise InvalidSetting("account_sid", "missing; pass it, or api_key")
    return Credentials(username=account_sid, source=_present("auth_token", auth_token))


def _present(setting: str, source: SecretSource | None) -> SecretSource:
    if source is None or source in ("", Secret("")):
        raise InvalidSetting(setting, "missing")
    if isinstance(source, str | Secret):
        wrapped = source if isinstance(source, Secret) else Secret(source)
        flaw = _flaw(wrapped.reveal())
        if flaw is not None:
            raise InvalidSetting(setting, flaw)
        return wrapped
    if not isinstance(source, Path) and not callable(source):
        raise InvalidSetting(setting, "takes a text, a path or a callable")
    return source


def choose_base_url(
    product: str,
    *,
    base_url: str | None,
    edge: str | None,
    region: str | None,
    allow_plain_http: bool,
) -> str:
    """
    Where a Twilio product is reached.

    An edge without a region means region `us1`; a region without an edge is a host of
    its own. Source: Twilio, "Global Infrastructure", and PyPI `twilio` 9.13.0,
    `ClientBase.get_hostname`, read 2026-11-22.

    Args:
        product: First label of the host, such as `verify`.
        base_url: Another address altogether, for a fake or a gateway.
        edge: Such as `dublin`.
        region: Such as `ie1`.
        allow_plain_http: Whether the secret may travel unencrypted beyond this machine.

    Raises:
        InvalidSetting: The parts are malformed or exclude each other.
    """
    for setting, label in (("edge", edge), ("region", region)):
        if label is None:
            continue
        if not re.fullmatch(
            r"[a-z0-9]+(?:-[a-z0-9]+)*", require_kind(setting, label, str)
        ):
            raise InvalidSetting(setting, "takes a label such as dublin or ie1")
    if base_url is not None:
        if edge or region:
            raise InvalidSetting("base_url", "excludes edge and region")
        return _checked_url(base_url, allow_plain_http=allow_plain_http)
    parts = [product, edge, region or ("us1" if edge else None), "twilio", "com"]
    return "https://" + ".".join(part for part in parts if part)


def _checked_url(text: str, *, allow_plain_http: bool) -> str:
    require_kind("base_url", text, str)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidSetting("base_url", "not a URL") from None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.:-]+", host):
        raise InvalidSetting("base_url", "takes http:// or https:// and a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidSetting("base_url", "takes neither user, query nor fragment")
    if not re.fullmatch(r"[\w./~%-]*", parts.path, re.ASCII):
        raise InvalidSetting("base_url", "has a path with unusual characters")
    if parts.scheme == "http" and not (allow_plain_http or _is_loopback(host)):
        raise InvalidSetting(
            "base_url",
            "plain http would send the secret in clear; use https, a loopback address, "
            "or allow_plain_http",
        )
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
