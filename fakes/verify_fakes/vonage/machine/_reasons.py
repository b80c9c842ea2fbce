"""
Why the machine refuses: a closed set, without Vonage's statuses or words.

`errors.py` says how each reads on the wire.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a command was refused; each has exactly one row in `errors.ERRORS`."""

    # What the request itself got wrong.
    BODY_ENCODED = "body_encoded"
    INVALID_PARAMETERS = "invalid_parameters"  # `invalid` names them
    WRONG_CODE = "wrong_code"
    WRONG_CODE_TOO_OFTEN = "wrong_code_too_often"

    # What happened before.
    NOT_FOUND = "not_found"  # unknown, completed, expired, canceled or failed
    CONCURRENT = "concurrent"  # `request_id` is the one that runs
    STEP_TAKES_NO_CODE = "step_takes_no_code"
    NO_STEP_LEFT = "no_step_left"
    NOT_YET_ADVANCED = "not_yet_advanced"  # Vonage's "replication delay"
    CANCEL_TOO_EARLY = "cancel_too_early"
    CANCEL_TOO_LATE = "cancel_too_late"

    # The account, and the weather.
    UNAUTHORIZED = "unauthorized"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  no password
    LOW_BALANCE = "low_balance"
    FORBIDDEN = "forbidden"
    NETWORK_NOT_SUPPORTED = "network_not_supported"
    THROTTLED = "throttled"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"

    # What is no operation, or none of this fake's.
    NO_SUCH_PATH = "no_such_path"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_SERVED = "not_served"  # `detail` says what
