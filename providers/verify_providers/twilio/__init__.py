"""Twilio Verify v2, blocking and awaited, and Lookup v2's line type."""

from ._extras import EmailConfiguration, RiskCheck, Template, TwilioExtras
from ._lookup import LineType, TwilioLookup
from ._provider import AsyncTwilioVerify, TwilioVerify
from ._settings import (
    async_from_settings as async_from_settings,
    from_settings as from_settings,
)

__all__ = [
    "AsyncTwilioVerify",
    "EmailConfiguration",
    "LineType",
    "RiskCheck",
    "Template",
    "TwilioExtras",
    "TwilioLookup",
    "TwilioVerify",
]
