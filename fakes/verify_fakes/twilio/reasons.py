"""
Why the machine refuses: a closed set, without Twilio's numbers or words.

`errors.py` says how each reads on the wire; a fake provider maps them to its own
errors. So neither has to parse the other's text.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a command was refused; each has exactly one row in `errors.ERRORS`."""

    # What the request itself got wrong.
    INVALID_TO = "invalid_to"
    INVALID_CHANNEL = "invalid_channel"
    INVALID_CODE = "invalid_code"
    INVALID_PARAMETER = "invalid_parameter"  # `detail` names it
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NO_TARGET = "no_target"  # a check with neither address nor sid
    APP_HASH_NEEDS_SMS = "app_hash_needs_sms"

    # What the service does not allow.
    SERVICE_LACKS_FEATURE = "service_lacks_feature"
    NO_MAILER = "no_mailer"
    CHANNEL_DISABLED = "channel_disabled"
    PSD2_INCOMPLETE = "psd2_incomplete"
    PSD2_NO_CALLS = "psd2_no_calls"

    # What is true of the address.
    LANDLINE = "landline"
    PREFIX_BLOCKED = "prefix_blocked"  # `detail` is the prefix
    COUNTRY_BLOCKED = "country_blocked"  # `detail` is the ISO 3166 code
    REJECTED_DOWNSTREAM = "rejected_downstream"
    UNVERIFIED_ON_TRIAL = "unverified_on_trial"

    # What happened before.
    NOT_FOUND = "not_found"
    MAX_SENDS = "max_sends"
    MAX_CHECKS = "max_checks"
    CONCURRENT = "concurrent"
    TOO_MANY_REQUESTS = "too_many_requests"

    # The account, and the weather.
    UNAUTHENTICATED = "unauthenticated"
    TEST_CREDENTIALS = "test_credentials"
    ATTEMPT_BLOCKED = "attempt_blocked"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
