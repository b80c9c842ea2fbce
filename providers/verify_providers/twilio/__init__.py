"""Twilio Verify v2, and Lookup v2's line type, over `requests`."""

from .extras import EmailConfiguration, RiskCheck, Template, TwilioExtras
from .lookup import LineType, TwilioLookup
from .provider import TwilioVerify
from .settings import from_settings

__all__ = [
    "EmailConfiguration",
    "LineType",
    "RiskCheck",
    "Template",
    "TwilioExtras",
    "TwilioLookup",
    "TwilioVerify",
    "from_settings",
]
