"""A provider from a URL such as `vonage://KEY:SECRET@verify?brand=Acme`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings

from ..config import REACH_OPTIONS, first_set, read_options, secret_in
from ._credentials import is_uuid
from ._provider import AsyncVonageVerify, VonageVerify

_HOST = "verify"

_FILES = {"api_secret_file", "private_key_file", "signature_secret_file"}
_CREDENTIALS = {"application_id", *_FILES}


@unframed
def from_settings(settings: ProviderSettings) -> VonageVerify:
    """
    The provider that the settings describe; what they leave out, the environment fills.

    The user is an API key with its secret, or an application's id (which may be the
    option `application_id`, too), whose key is in a file:
    `vonage://ID@verify?private_key_file=private.key&brand=Acme`. Further options:
    `brand`, `sms_from`, `whatsapp_from`, `email_from`, `code_length`, `channel_timeout`
    (seconds), `api_secret_file`, `private_key_file`, `signature_secret_file` (read anew
    each time), `base_url`, `timeout` (seconds), `pool_size`, `trust_env`,
    `allow_plain_http`. Variables, as Vonage's own tools and examples name them:
    `VONAGE_API_KEY`, `VONAGE_API_SECRET`, `VONAGE_APPLICATION_ID`,
    `VONAGE_PRIVATE_KEY` (the key, or its file), `VONAGE_PRIVATE_KEY_PATH`,
    `VONAGE_SIGNATURE_SECRET`, `VERIFY_BRAND_NAME`.

    Raises:
        InvalidSetting: An option that is unknown, malformed or missing; names it.
    """
    return VonageVerify(**_arguments(settings))


@unframed
def async_from_settings(settings: ProviderSettings) -> AsyncVonageVerify:
    """As `from_settings`, but the provider is awaited."""
    return AsyncVonageVerify(**_arguments(settings))


def _arguments(settings: ProviderSettings) -> dict[str, Any]:
    options = read_options(settings, _OPTIONS, also=_CREDENTIALS)
    if settings.host not in {"", _HOST} or settings.path.strip("/"):
        raise InvalidSetting("host", "takes verify, as in vonage://…@verify?brand=…")
    brand = options.pop("brand", None) or first_set(
        settings.environ, "VERIFY_BRAND_NAME"
    )
    if not brand:
        raise InvalidSetting(
            "brand", "missing; put it into the URL, or VERIFY_BRAND_NAME"
        )
    return {
        "brand": brand,
        "signature_secret": _signature_secret(settings),
        **_credentials(settings),
        **options,
    }


def _signature_secret(settings: ProviderSettings) -> Path | str | None:
    if "signature_secret_file" in settings.options:
        return Path(settings.options["signature_secret_file"])
    return first_set(settings.environ, "VONAGE_SIGNATURE_SECRET")


def _credentials(settings: ProviderSettings) -> dict[str, Any]:
    options, user, secret = settings.options, settings.user, settings.secret
    named = options.get("application_id")
    if named is not None and user:
        raise InvalidSetting("application_id", "pass it or a user, not both")
    if secret is not None and (named is not None or is_uuid(user)):
        raise InvalidSetting(
            "application_id", "takes no secret in the URL; use private_key_file"
        )
    private_key = _private_key(settings)
    application = named or (user if is_uuid(user) else None)
    if application is None and not user:
        application = _application_of_environment(settings, private_key)
    if application is None:
        return api_key_of(settings)
    if "api_secret_file" in options:
        raise InvalidSetting("api_secret_file", "belongs to an API key")
    return {"application_id": application, "private_key": private_key}


def _application_of_environment(
    settings: ProviderSettings, private_key: Path | str | None
) -> str | None:
    options = settings.options
    found = first_set(settings.environ, "VONAGE_APPLICATION_ID")
    # Vonage's own libraries prefer the application where a key is there, too.
    basic = settings.secret is not None or "api_secret_file" in options
    if found and private_key is not None and not basic:
        return found
    if "private_key_file" in options:
        raise InvalidSetting(
            "application_id", "missing; put it into the URL, or VONAGE_APPLICATION_ID"
        )
    return None


def api_key_of(settings: ProviderSettings) -> dict[str, Any]:
    """An API key and its secret, from the URL and the environment."""
    if "private_key_file" in settings.options:
        raise InvalidSetting("private_key_file", "belongs to an application's id")
    return {
        "api_key": settings.user or first_set(settings.environ, "VONAGE_API_KEY"),
        "api_secret": secret_in(settings, "api_secret_file", "VONAGE_API_SECRET"),
    }


def _private_key(settings: ProviderSettings) -> Path | str | None:
    if "private_key_file" in settings.options:
        return Path(settings.options["private_key_file"])
    found = first_set(settings.environ, "VONAGE_PRIVATE_KEY", "VONAGE_PRIVATE_KEY_PATH")
    return found if found is None or "-----BEGIN" in found else Path(found)


_OPTIONS: Mapping[str, type] = {
    "brand": str,
    "sms_from": str,
    "whatsapp_from": str,
    "email_from": str,
    "code_length": int,
    "channel_timeout": timedelta,
    **REACH_OPTIONS,
}
