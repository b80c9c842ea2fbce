"""One Twilio product: its host and our credentials."""

from __future__ import annotations

from typing import TypeAlias

from .._api import Vendor, VendorApi
from .._secrets import SecretSource
from ..http import Reach
from .credentials import NAME, Credentials, choose_credentials, choose_host

VENDOR = Vendor(name=NAME, shown="Twilio")

TwilioApi: TypeAlias = VendorApi[Credentials]


def connect(
    product: str,
    *,
    account_sid: str | None,
    auth_token: SecretSource | None,
    api_key: str | None,
    api_secret: SecretSource | None,
    edge: str | None,
    region: str | None,
    reach: Reach,
) -> TwilioApi:
    """
    A product of Twilio's, not yet talked to.

    Args:
        product: First label of its host, such as `verify`.
        account_sid: The account, `AC…`; user name where an auth token is used.
        auth_token: The account's token.
        api_key: An API key, `SK…`, instead of account and token.
        api_secret: Its secret.
        edge: Twilio edge, such as `dublin`.
        region: Twilio region, such as `ie1`.
        reach: How it is reached; its `base_url` excludes edge and region.

    Raises:
        InvalidSetting: A malformed SID, a missing secret or settings at odds; names it.
    """
    host = choose_host(
        product, edge=edge, region=region, has_base_url=reach.base_url is not None
    )
    credentials = choose_credentials(
        account_sid=account_sid,
        auth_token=auth_token,
        api_key=api_key,
        api_secret=api_secret,
    )
    return VendorApi(VENDOR, f"https://{host}", credentials, reach)
