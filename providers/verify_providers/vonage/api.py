"""Vonage's Verify API: its host and our credentials."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from .._api import ReachOptions, Vendor, VendorApi
from .._secrets import SecretSource
from .._urls import require_base_url
from .credentials import NAME, Credentials, choose_credentials, draw_token_id

BASE_URL: Final = "https://api.nexmo.com"
VENDOR: Final = Vendor(name=NAME, shown="Vonage")

VonageApi: TypeAlias = VendorApi[Credentials]


class ApiOptions(ReachOptions, total=False):
    """
    How an account is reached; everything has a default that suits a live one.

    `api_key` and `api_secret`, or `application_id` and `private_key`, are needed.
    """

    api_key: str | None
    """The account's API key."""
    api_secret: SecretSource | None
    """Its secret: a text, a callable, or a file that is read each time."""
    application_id: str | None
    """An application instead, a UUID; needs the extra `vonage`."""
    private_key: SecretSource | None
    """Its RSA key in PEM, in the same forms as the secret."""
    token_ids: Callable[[], str]
    """Draws the ids of tokens; UUIDs."""


def connect(options: ApiOptions, clock: Callable[[], datetime]) -> VonageApi:
    """
    Vonage's Verify API, not yet talked to.

    Args:
        options: How it is reached.
        clock: The present, for tokens.

    Raises:
        InvalidSetting: A malformed id, a missing secret or settings at odds; names it.
    """
    base_url = options.get("base_url")
    url = require_base_url(
        BASE_URL if base_url is None else base_url,
        allow_plain_http=options.get("allow_plain_http", False),
    )
    credentials = choose_credentials(
        api_key=options.get("api_key"),
        api_secret=options.get("api_secret"),
        application_id=options.get("application_id"),
        private_key=options.get("private_key"),
        clock=clock,
        token_ids=options.get("token_ids", draw_token_id),
    )
    return VendorApi(VENDOR, url, credentials, options)
