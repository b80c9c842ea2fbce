"""
Twilio's error codes of Verify and Lookup, by what the caller may do next: `codes.json`.

Sources, read 2026-11-28: Twilio, "Verify v2 Error Codes", the list of them, whose title
stands beside each; for the commoner codes also their own pages, which are at
https://www.twilio.com/docs/api/errors/ and the code. Beware of copies: several public
code bases swap 60202 (checks used up) and 60203 (sends used up).

A code that is not here says no more than the HTTP status it came with. So do 60609,
60615, 60618, 60620 and 60621 of Lookup, whose pages could not be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pkgutil import get_data

from verify_core import errors
from verify_core.errors import InvalidIdentifier, UnsupportedChannel, VerifyError

MAX_CHECKS_REACHED = 60202
INVALID_PARAMETER = 60200
NOT_FOUND = 20404
GONE = frozenset({NOT_FOUND, 60431, 60623})
"""Not found: approved, expired, canceled or never there; Twilio does not say which."""

INVALID_PARAMETERS: Mapping[str, type[VerifyError]] = {
    "To": InvalidIdentifier,
    "PhoneNumber": InvalidIdentifier,
    "Channel": UnsupportedChannel,
}
"""60200 by the parameter that its message names; every other one is `Misconfigured`."""

_LISTED: Mapping[str, Mapping[str, str]] = json.loads(
    get_data(__package__, "codes.json") or b""
)
TITLES: Mapping[int, str] = {
    int(code): title for titles in _LISTED.values() for code, title in titles.items()
}
"""Twilio's title of each code that stands in `codes.json`."""

ERROR_CODES: Mapping[int, type[VerifyError]] = {
    int(code): getattr(errors, kind)
    for kind, titles in _LISTED.items()
    for code in titles
}
"""What each of these codes means; 60200 is missing, see `INVALID_PARAMETERS`."""
