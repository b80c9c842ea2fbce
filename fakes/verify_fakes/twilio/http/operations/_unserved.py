"""
Operations that are in the vendor's documents and not served, and say so.

Made-up JSON would be worse than an error: nobody could tell that a test proves nothing.
"""

from __future__ import annotations

from typing import Final

from .._routing import Route

_SERVICE = "/v2/Services/{ServiceSid}"
_NOTIFICATIONS = (
    f"{_SERVICE}/Entities/{{Identity}}/Challenges/{{ChallengeSid}}/Notifications"
)
_OVERRIDE = "/v2/PhoneNumbers/{PhoneNumber}/Overrides/{Field}"
_LIMIT = "/v2/RateLimits/Fields/{Field}/Bucket/{Bucket}"

_ROWS = (
    # Access tokens are for the client libraries of push factors.
    ("CreateAccessToken", "POST", f"{_SERVICE}/AccessTokens", "verify"),
    ("FetchAccessToken", "GET", f"{_SERVICE}/AccessTokens/{{Sid}}", "verify"),
    ("FetchForm", "GET", "/v2/Forms/{FormType}", "verify"),
    # Sends a push message again.
    ("CreateNotification", "POST", _NOTIFICATIONS, "verify"),
    ("CreateNewFactorPasskey", "POST", f"{_SERVICE}/Passkeys/Factors", "verify"),
    ("UpdatePasskeysFactor", "POST", f"{_SERVICE}/Passkeys/VerifyFactor", "verify"),
    ("CreateChallengePasskeys", "POST", f"{_SERVICE}/Passkeys/Challenges", "verify"),
    (
        "UpdateChallengePasskeys",
        "POST",
        f"{_SERVICE}/Passkeys/ApproveChallenge",
        "verify",
    ),
    ("CreateBulkLookup", "POST", "/v2/batch/query", "lookups"),
    ("FetchLookupAccountRateLimits", "GET", "/v2/RateLimits", "lookups"),
    ("FetchLookupRateLimit", "GET", _LIMIT, "lookups"),
    ("UpdateLookupRateLimit", "PUT", _LIMIT, "lookups"),
    ("DeleteLookupRateLimit", "DELETE", _LIMIT, "lookups"),
    ("FetchLookupPhoneNumberOverrides", "GET", _OVERRIDE, "lookups"),
    ("CreateLookupPhoneNumberOverrides", "POST", _OVERRIDE, "lookups"),
    ("UpdateLookupPhoneNumberOverrides", "PUT", _OVERRIDE, "lookups"),
    ("DeleteLookupPhoneNumberOverrides", "DELETE", _OVERRIDE, "lookups"),
)

ROUTES: Final = tuple(
    Route(operation=operation, method=method, path=path, action=None, product=product)
    for operation, method, path, product in _ROWS
)
