"""Vonage's Verify API: its host and our credentials."""

from __future__ import annotations

from typing import TypeAlias

from .._api import Vendor, VendorApi
from ..http import Reach
from .credentials import NAME, Credentials

BASE_URL = "https://api.nexmo.com"
VENDOR = Vendor(name=NAME, shown="Vonage")

VonageApi: TypeAlias = VendorApi[Credentials]


def connect(credentials: Credentials, reach: Reach) -> VonageApi:
    """
    Vonage's Verify API, not yet talked to.

    Args:
        credentials: Of the account or the application.
        reach: How it is reached.

    Raises:
        InvalidSetting: `reach` cannot be used; names the field.
    """
    return VendorApi(VENDOR, BASE_URL, credentials, reach)
