"""Whose account a node uses, and the providers built from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from attrs import field, frozen

from ..errors import InvalidSetting
from ..frames import unframed, unframed_init
from ..masking import Secret, to_optional_secret, to_secret
from ..provider import VerifyProvider
from ..provider_settings import ProviderSettings
from ..validation import any_text, optional_function
from . import _export as export

SecretResolver: TypeAlias = Callable[[str], "str | Secret | None"]
"""
Returns the value of a name, or None. It is asked for attributes that an export
leaves empty by their names (`authToken`), and for placeholders by theirs
(`esv.twilio.token` of `&{esv.twilio.token}`); anew each time, so that values rotate.
"""

PROVIDER = "twilio"
"""The vendor of these nodes; another one is injected, or named by a reference."""

# What a provider calls a setting, and what the export calls it.
_ATTRIBUTES = {
    "account_sid": "accountSID",
    "auth_token": "authToken",
    "service_sid": "serviceSID",
}

# Source: Ping Identity, PingOne Advanced Identity Cloud, "Configure placeholders to use
# with ESVs", read 2026-11-22.
_PLACEHOLDER = re.compile(r"&\{([^{}]+)\}")


def is_placeholder(value: str) -> bool:
    """Whether the text leaves something to be filled in when it is used."""
    return _PLACEHOLDER.search(value) is not None


def without_placeholders(value: str) -> str:
    """What stands in the text already."""
    return _PLACEHOLDER.sub("", value)


def _auth_token(value: str | Secret | None) -> Secret | None:
    return to_optional_secret(value, "auth_token")


@unframed_init
@frozen(kw_only=True)
class Credentials:
    """
    An account, a service in it, and the token; each may be found only when used.

    Attributes:
        account_sid: Of the vendor's account, or a placeholder.
        auth_token: Its token, or a placeholder.
        service_sid: Of the Verify service, or a placeholder.
        secrets: Finds what is empty, and what a placeholder stands for.
    """

    account_sid: str = field(default="", validator=any_text)
    auth_token: Secret | None = field(default=None, converter=_auth_token)
    service_sid: str = field(default="", validator=any_text)
    secrets: SecretResolver | None = field(
        default=None, repr=False, validator=optional_function
    )

    @classmethod
    @unframed
    def from_export(
        cls, attributes: export.Attributes, *, secrets: SecretResolver | None = None
    ) -> Credentials:
        """The credentials in a node's attributes."""
        return cls(
            account_sid=export.text(attributes, "accountSID"),
            auth_token=export.secret(attributes, "authToken"),
            service_sid=export.text(attributes, "serviceSID"),
            secrets=secrets,
        )

    def settings(self, provider: str, *, service_sid: str = "") -> ProviderSettings:
        """
        What a provider of that name is built from, with everything filled in.

        `service_sid` is used where these credentials name no service.

        Raises:
            InvalidSetting: Something is missing; names the attribute.
        """
        user, secret = self.account()
        return ProviderSettings(
            name=provider,
            user=user,
            secret=secret,
            host="verify",
            path=self.service(service_sid),
        )

    def account(self) -> tuple[str, Secret]:
        """Account and token, filled in; `InvalidSetting` where one is missing."""
        sid = self._filled("accountSID", self.account_sid).reveal()
        return sid, self._filled("authToken", self.auth_token)

    def service(self, otherwise: str = "") -> str:
        """The service, filled in; `InvalidSetting` where it is missing."""
        if otherwise and not self.service_sid:
            return otherwise
        return self._filled("serviceSID", self.service_sid).reveal()

    def _filled(self, name: str, value: str | Secret | None) -> Secret:
        literal = to_secret(value or "").reveal()
        if not literal:
            return self._resolve(name, name)
        filled = _PLACEHOLDER.sub(
            lambda found: self._resolve(name, found[1]).reveal(), literal
        )
        return Secret(filled)

    def _resolve(self, attribute: str, wanted: str) -> Secret:
        value = None if self.secrets is None else self.secrets(wanted)
        found = to_secret(value) if isinstance(value, str | Secret) else Secret("")
        if not found.reveal():
            raise InvalidSetting(
                attribute,
                f"no value; let secrets({wanted!r}) give it, or pass provider",
            )
        return found


@frozen
class ProviderCache:
    """
    The clients that one node has built, one an account; rebuilt when a secret changes.

    Two threads that come first at once may each build one; the last one stays. One that
    is replaced is left open, for another thread may be in the midst of a call.
    """

    _built: dict[tuple[str, str, str], tuple[Secret | None, VerifyProvider]] = field(
        factory=dict, repr=False
    )

    def provider(self, settings: ProviderSettings) -> VerifyProvider:
        """The provider of these settings, built now if it was not before."""
        key = (settings.name, settings.user, settings.path)
        secret, known = self._built.get(key, (None, None))
        if known is None or secret != settings.secret:
            known = _build(settings)
            self._built[key] = (settings.secret, known)
        return known


def _build(settings: ProviderSettings) -> VerifyProvider:
    # The one door that the core opens itself: an exported journey names its vendor, and
    # the node alone knows with which account.
    from ..registry import build_provider

    try:
        return build_provider(settings)
    except InvalidSetting as error:
        raise as_exported(error) from None


def as_exported(error: InvalidSetting) -> InvalidSetting:
    """The error of a provider, by the name that the export has for the setting."""
    name = _ATTRIBUTES.get(error.setting, error.setting)
    return InvalidSetting(name, error.message)
