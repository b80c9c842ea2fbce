"""Twilio Verify v2, blocking and awaited, and Lookup v2's line type."""

from .extras import EmailConfiguration, RiskCheck, Template, TwilioExtras
from .lookup import LineType, TwilioLookup
from .provider import AsyncTwilioVerify, TwilioVerify
from .settings import async_from_settings, from_settings

__all__ = [
    "AsyncTwilioVerify",
    "EmailConfiguration",
    "LineType",
    "RiskCheck",
    "Template",
    "TwilioExtras",
    "TwilioLookup",
    "TwilioVerify",
    "async_from_settings",
    "from_settings",
]
