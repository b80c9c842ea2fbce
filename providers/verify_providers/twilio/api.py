"""One Twilio product: its host and our credentials."""

from __future__ import annotations

from typing import Final, TypeAlias

from .._api import ReachOptions, Vendor, VendorApi
from .._secrets import SecretSource
from .credentials import NAME, Credentials, choose_base_url, choose_credentials

VENDOR: Final = Vendor(name=NAME, shown="Twilio")

TwilioApi: TypeAlias = VendorApi[Credentials]


class ApiOptions(ReachOptions, total=False):
    """
    How an account is reached; everything has a default that suits a live one.

    `account_sid` and `auth_token`, or `api_key` and `api_secret`, are needed.
    """

    account_sid: str | None
    """The account, `AC…`; user name where an auth token is used."""
    auth_token: SecretSource | None
    """The account's token: a text, a callable, or a file that is read each time."""
    api_key: str | None
    """An API key, `SK…`, instead of account and token."""
    api_secret: SecretSource | None
    """Its secret, in the same forms as the token."""
    edge: str | None
    """Twilio edge, such as `dublin`."""
    region: str | None
    """Twilio region, such as `ie1`."""


def connect(product: str, options: ApiOptions) -> TwilioApi:
    """
    A product of Twilio's, not yet talked to.

    Args:
        product: First label of its host, such as `verify`.
        options: How it is reached.

    Raises:
        InvalidSetting: A malformed SID, a missing secret or settings at odds; names it.
    """
    base_url = choose_base_url(
        product,
        base_url=options.get("base_url"),
        edge=options.get("edge"),
        region=options.get("region"),
        allow_plain_http=options.get("allow_plain_http", False),
    )
    credentials = choose_credentials(
        account_sid=options.get("account_sid"),
        auth_token=options.get("auth_token"),
        api_key=options.get("api_key"),
        api_secret=options.get("api_secret"),
    )
    return VendorApi(VENDOR, base_url, credentials, options)
