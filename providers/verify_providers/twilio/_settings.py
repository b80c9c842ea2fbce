"""A provider from a URL such as `twilio://AC…:TOKEN@verify/VA…?edge=dublin`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings

from ..config import REACH_OPTIONS, first_set, read_options, secret_in
from ._provider import AsyncTwilioVerify, TwilioVerify

_HOST = "verify"


@unframed
def from_settings(settings: ProviderSettings) -> TwilioVerify:
    """
    The provider that the settings describe; what they leave out, the environment fills.

    The user is an account SID with its token, or an API key with its secret; `account`
    then names the account. Options: `account`, `token_file` (a file with the secret,
    read anew each time), `base_url`, `edge`, `region`, `timeout` (seconds),
    `pool_size`, `trust_env`, `allow_plain_http`. Variables, as Twilio's own tools name
    them: `TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, `TWILIO_API_KEY`,
    `TWILIO_API_SECRET`, `TWILIO_VERIFY_SERVICE_SID` (or `VERIFY_SERVICE_SID`),
    `TWILIO_EDGE`, `TWILIO_REGION`.

    Raises:
        InvalidSetting: An option that is unknown, malformed or missing; names it.
    """
    return TwilioVerify(**_options(settings))


@unframed
def async_from_settings(settings: ProviderSettings) -> AsyncTwilioVerify:
    """As `from_settings`, but the provider is awaited."""
    return AsyncTwilioVerify(**_options(settings))


def _options(settings: ProviderSettings) -> dict[str, Any]:
    options = read_options(settings, _OPTIONS, also=("account", "token_file"))
    if settings.host not in {"", _HOST}:
        raise InvalidSetting("host", "takes verify, as in twilio://…@verify/VA…")
    environ = settings.environ
    service_sid = settings.path.strip("/") or first_set(
        environ, "TWILIO_VERIFY_SERVICE_SID", "VERIFY_SERVICE_SID"
    )
    if service_sid is None:
        raise InvalidSetting(
            "service_sid",
            "missing; put it into the URL's path or TWILIO_VERIFY_SERVICE_SID",
        )
    if "base_url" not in options:
        options.setdefault("edge", first_set(environ, "TWILIO_EDGE"))
        options.setdefault("region", first_set(environ, "TWILIO_REGION"))
    return {"service_sid": service_sid, **credential_options(settings), **options}


def credential_options(settings: ProviderSettings) -> dict[str, Any]:
    """Arguments for `credentials_of`, from the URL and the environment."""
    environ, options, user = settings.environ, settings.options, settings.user
    source = secret_in(settings, "token_file")
    account = options.get("account") or first_set(environ, "TWILIO_ACCOUNT_SID")
    key = user if user.startswith("SK") else None
    if not user and source is None:
        # Twilio's own tools prefer the key where a token is there, too.
        key = first_set(environ, "TWILIO_API_KEY")
    if key is not None:
        source = source or first_set(environ, "TWILIO_API_SECRET")
        return {"account_sid": account, "api_key": key, "api_secret": source}
    if user and options.get("account", user) != user:
        raise InvalidSetting("account", "differs from the account in the URL")
    source = source or first_set(environ, "TWILIO_AUTH_TOKEN")
    return {"account_sid": user or account, "auth_token": source}


_OPTIONS: Mapping[str, type] = {**REACH_OPTIONS, "edge": str, "region": str}
