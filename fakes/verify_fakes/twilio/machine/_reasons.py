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

    # The account, and the weather.
    NOT_SERVED = "not_served"  # by this fake; `detail` is the operation
    UNAUTHENTICATED = "unauthenticated"
    TEST_CREDENTIALS = "test_credentials"
    ATTEMPT_BLOCKED = "attempt_blocked"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
