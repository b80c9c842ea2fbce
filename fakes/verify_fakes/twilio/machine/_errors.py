"""
Why the machine refuses, and how each reason reads on the wire.

`Reason` is a closed set without Twilio's numbers or words: the provider in memory maps
it to its own errors, and `ERRORS` to Twilio's number, HTTP status and message. Statuses
and messages marked [seen] were read in answers of the live service that were published
by its users; [document] stands in Twilio's error dictionary
(https://www.twilio.com/docs/api/errors, read 2026-11-22); [guess] is this fake's.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen


class Reason(StrEnum):
    """Why a command was refused; each has exactly one row in `ERRORS`."""

    # What the request itself got wrong.
    INVALID_TO = "invalid_to"
    INVALID_CHANNEL = "invalid_channel"
    INVALID_CODE = "invalid_code"
    INVALID_PARAMETER = "invalid_parameter"  # `detail` names it
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_MALFORMED = "body_malformed"
    BODY_ENCODED = "body_encoded"
    NO_TARGET = "no_target"  # a check with neither address nor sid
    APP_HASH_NEEDS_SMS = "app_hash_needs_sms"
    CUSTOM_MESSAGE = "custom_message"

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

    RATE_LIMITED = "rate_limited"  # by the service; `detail` is the limit's name

    # Rate limits, messaging configurations, templates, the safe list.
    RATE_LIMITS_FULL = "rate_limits_full"
    RATE_LIMIT_EXISTS = "rate_limit_exists"
    UNIQUE_NAME_FORMAT = "unique_name_format"
    BUCKETS_FULL = "buckets_full"
    BUCKET_EXISTS = "bucket_exists"
    MESSAGING_EXISTS = "messaging_exists"
    SUBSTITUTIONS_MISSING = "substitutions_missing"
    TEMPLATE_NOT_FOUND = "template_not_found"
    TEMPLATES_MALFORMED = "templates_malformed"
    TEMPLATES_INVALID = "templates_invalid"
    SAFE_LIST_EXISTS = "safe_list_exists"

    # Entities, factors, challenges.
    ENTITY_EXISTS = "entity_exists"
    BINDING_FORMAT = "binding_format"
    FACTORS_FULL = "factors_full"
    FACTORS_TOO_OFTEN = "factors_too_often"
    FACTOR_ATTEMPTS = "factor_attempts"
    FACTOR_UNVERIFIED = "factor_unverified"
    CHALLENGES_TOO_OFTEN = "challenges_too_often"
    CHALLENGE_ATTEMPTS = "challenge_attempts"
    CHALLENGE_RESPONDED = "challenge_responded"
    CHALLENGE_EXPIRED = "challenge_expired"

    # The account and the service behind it.
    NOT_SERVED = "not_served"  # by this fake; `detail` is the operation
    UNAUTHENTICATED = "unauthenticated"
    TEST_CREDENTIALS = "test_credentials"
    ATTEMPT_BLOCKED = "attempt_blocked"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


_DICTIONARY = "[document] error dictionary, read 2026-11-22"
_STATUS_GUESSED = _DICTIONARY + "; status [guess]"
_SEEN = "[seen] answers published before 2026"


@frozen
class WireError:
    """
    One row.

    Attributes:
        message: With `{detail}`, `{channel}`, `{CHANNEL}` and `{path}` to be filled in.
        source: Where status and message come from, with a date.
    """

    code: int
    status: int
    message: str
    source: str = _DICTIONARY


# Short, for the table.
_R, _row = Reason, WireError

#: How each reason reads.
ERRORS: Mapping[Reason, WireError] = {
    _R.UNAUTHENTICATED: _row(
        20003, 401, "Authenticate", "[seen] answers published 2021 to 2025"
    ),
    _R.TEST_CREDENTIALS: _row(
        20008,
        403,
        "Resource not accessible with Test Account Credentials",
        "status: Twilio, 'Test credentials', read 2026-11-22; code [guess]",
    ),
    _R.NOT_FOUND: _row(
        20404,
        404,
        "The requested resource {path} was not found",
        "[seen] 2025-06-26; before about 2024 the path had no /v2",
    ),
    _R.METHOD_NOT_ALLOWED: _row(20004, 405, "Method not allowed", _STATUS_GUESSED),
    _R.BODY_MALFORMED: _row(
        400, 400, "Bad Request", _DICTIONARY + "; that a malformed body is it [guess]"
    ),
    _R.BODY_ENCODED: _row(
        415, 415, "Unsupported Media Type", "[guess]: RFC 9110, 15.5.16"
    ),
    _R.TOO_MANY_REQUESTS: _row(
        20429,
        429,
        "Too many requests",
        "Twilio, API description of Verify v2, 2026-04-14; for polling [guess]",
    ),
    _R.INTERNAL: _row(
        20500,
        500,
        "An internal server error has occurred",
        "status [seen]; text [guess]",
    ),
    _R.UNAVAILABLE: _row(20503, 503, "Service is unavailable. Please try again", _SEEN),
    _R.UNVERIFIED_ON_TRIAL: _row(
        21608,
        403,
        "The phone number is unverified. Trial accounts cannot send messages to "
        "unverified numbers; verify it at "
        "twilio.com/user/account/phone-numbers/verified",
        "[seen] 2025-08-01 (twilio/twilio-node issue 1111); 400 in captures of 2020",
    ),
    _R.REJECTED_DOWNSTREAM: _row(60006, 400, "Invalid Phone Number", _STATUS_GUESSED),
    _R.INVALID_TO: _row(
        60200, 400, "Invalid parameter `To`: {detail}", "[seen] for +447700900123"
    ),
    _R.INVALID_CHANNEL: _row(
        60200, 400, "Invalid parameter: Channel", "[seen] 2026-03-25"
    ),
    _R.INVALID_CODE: _row(60200, 400, "Invalid parameter: Code", _SEEN),
    _R.INVALID_PARAMETER: _row(
        60200, 400, "Invalid parameter: {detail}", "[seen] for Locale, 2026-03-25"
    ),
    _R.MAX_CHECKS: _row(60202, 429, "Max check attempts reached", "[seen] 2025-06-26"),
    _R.MAX_SENDS: _row(60203, 429, "Max send attempts reached", _SEEN),
    _R.SERVICE_LACKS_FEATURE: _row(60204, 403, "Service does not support this feature"),
    _R.CUSTOM_MESSAGE: _row(
        60243, 400, "Custom messages are not supported", _STATUS_GUESSED
    ),
    _R.LANDLINE: _row(60205, 403, "SMS is not supported by landline phone number"),
    _R.PSD2_INCOMPLETE: _row(60206, 400, "'Amount' & 'Payee' params are required"),
    _R.CONCURRENT: _row(60212, 429, "Too many concurrent requests for phone number"),
    _R.PSD2_NO_CALLS: _row(60214, 400, "Call channel is not supported when using PSD2"),
    _R.NO_MAILER: _row(
        60217,
        400,
        "A Mailer must be associated with the service",
        "[seen]; the dictionary's title is 'Invalid Service configuration'",
    ),
    _R.NO_TARGET: _row(60221, 400, "No target verification specified"),
    _R.CHANNEL_DISABLED: _row(
        60223, 400, "Delivery channel disabled: {CHANNEL}", _SEEN
    ),
    _R.ATTEMPT_BLOCKED: _row(
        60238, 403, "Verification Creation Attempt blocked by Twilio", _STATUS_GUESSED
    ),
    _R.PREFIX_BLOCKED: _row(
        60410,
        403,
        "The destination phone number has been temporarily blocked by Twilio due to "
        "fraudulent activities. {detail} prefix is blocked for the {CHANNEL} channel",
        _SEEN,
    ),
    _R.APP_HASH_NEEDS_SMS: _row(
        60602, 400, "App hash can only be used with SMS channel"
    ),
    _R.RATE_LIMITED: _row(
        20429,
        429,
        "Too many requests",
        "Twilio, API description of Verify v2 (CreateVerification), 2026-04-14",
    ),
    _R.RATE_LIMITS_FULL: _row(60207, 400, "Max rate limits per service reached"),
    _R.RATE_LIMIT_EXISTS: _row(
        60208, 400, "Rate limit with that UniqueName already exists"
    ),
    _R.UNIQUE_NAME_FORMAT: _row(60209, 400, "UniqueName format is invalid"),
    _R.BUCKETS_FULL: _row(60210, 400, "Max Buckets per Rate limit reached"),
    _R.BUCKET_EXISTS: _row(60211, 400, "Bucket with the given Interval already exists"),
    _R.MESSAGING_EXISTS: _row(
        60213, 400, "A Messaging Configuration already exists for the given country"
    ),
    _R.SUBSTITUTIONS_MISSING: _row(
        60224, 400, "Missing substitutions for selected template"
    ),
    _R.TEMPLATE_NOT_FOUND: _row(60228, 400, "Template not found", _STATUS_GUESSED),
    _R.TEMPLATES_MALFORMED: _row(60251, 400, "Invalid Templates parameter"),
    _R.TEMPLATES_INVALID: _row(60252, 400, "Templates are invalid"),
    _R.SAFE_LIST_EXISTS: _row(
        60411, 409, "Phone Number (Prefix) already exists in Safelist", _STATUS_GUESSED
    ),
    _R.ENTITY_EXISTS: _row(60301, 409, "Entity already exists"),
    _R.CHALLENGE_ATTEMPTS: _row(60308, 429, "Max number of Challenge attempts reached"),
    _R.FACTOR_ATTEMPTS: _row(60310, 429, "Max number of Factor attempts reached"),
    _R.CHALLENGES_TOO_OFTEN: _row(60312, 429, "Challenge creation limit reached"),
    _R.BINDING_FORMAT: _row(60314, 400, "Binding has an invalid format"),
    _R.FACTORS_FULL: _row(60315, 400, "Max number of Factors for Entity reached"),
    _R.FACTOR_UNVERIFIED: _row(60318, 403, "Factor is not verified"),
    _R.CHALLENGE_RESPONDED: _row(60322, 403, "Challenge already responded"),
    _R.CHALLENGE_EXPIRED: _row(60323, 403, "Challenge expired"),
    _R.FACTORS_TOO_OFTEN: _row(60326, 429, "Factor creation limit reached"),
    # 501 is not a number of Twilio's and cannot be mistaken for one.
    _R.NOT_SERVED: _row(
        501,
        501,
        "This fake does not serve {detail}; its LIMITS.md says what it does",
        "[guess]: RFC 9110, 15.6.2",
    ),
    _R.COUNTRY_BLOCKED: _row(
        60605,
        403,
        "The destination phone number has been blocked by Verify Geo-Permissions. "
        "{detail} is blocked for {channel} channel for all services",
        _SEEN,
    ),
}

#: What each of Twilio's numbers stands for, the first reason where several share it.
#: 501 is the fake's own and not among them.
BY_CODE: Mapping[int, Reason] = {
    row.code: reason
    for reason, row in reversed(tuple(ERRORS.items()))
    if reason is not Reason.NOT_SERVED
}


def message_for(
    reason: Reason, *, detail: str = "", channel: str | None = None, path: str = ""
) -> str:
    """The message of a reason, with the facts filled in."""
    spoken = channel or "sms"
    return ERRORS[reason].message.format(
        detail=detail, channel=spoken, CHANNEL=spoken.upper(), path=path
    )
