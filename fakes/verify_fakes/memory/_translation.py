"""
The machine's refusals as the errors and verdicts of `verify_core`.

The tables have a row for each reason and each status; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

from verify_core import errors
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.verification import (
    CheckResult,
    DeliveryAttempt,
    Status,
    Verdict,
    VerificationState,
)

from ..twilio import Limits, Reason
from ..twilio.machine._commands import TwilioRefusal
from ..twilio.machine._state import TwilioStatus, TwilioVerification

#: Reasons of commands that the fake in memory never gives.
_ELSEWHERE = (
    Reason.RATE_LIMITS_FULL,
    Reason.RATE_LIMIT_EXISTS,
    Reason.UNIQUE_NAME_FORMAT,
    Reason.BUCKETS_FULL,
    Reason.BUCKET_EXISTS,
    Reason.MESSAGING_EXISTS,
    Reason.SAFE_LIST_EXISTS,
    Reason.ENTITY_EXISTS,
    Reason.BINDING_FORMAT,
    Reason.FACTORS_FULL,
    Reason.FACTOR_UNVERIFIED,
    Reason.CHALLENGE_RESPONDED,
    Reason.CHALLENGE_EXPIRED,
)

_ELSEWHERE_TOO_SOON = (
    Reason.FACTORS_TOO_OFTEN,
    Reason.FACTOR_ATTEMPTS,
    Reason.CHALLENGES_TOO_OFTEN,
    Reason.CHALLENGE_ATTEMPTS,
)

ERRORS: Mapping[Reason, type[VerifyError]] = {
    **dict.fromkeys(_ELSEWHERE, errors.Misconfigured),
    **dict.fromkeys(_ELSEWHERE_TOO_SOON, errors.TooSoon),
    Reason.INVALID_TO: errors.InvalidIdentifier,
    Reason.INVALID_CHANNEL: errors.UnsupportedChannel,
    Reason.INVALID_CODE: errors.Misconfigured,
    Reason.INVALID_PARAMETER: errors.Misconfigured,
    Reason.METHOD_NOT_ALLOWED: errors.Misconfigured,
    Reason.BODY_MALFORMED: errors.Unexpected,
    Reason.BODY_ENCODED: errors.Unexpected,
    Reason.NO_TARGET: errors.Misconfigured,
    Reason.APP_HASH_NEEDS_SMS: errors.UnsupportedChannel,
    Reason.CUSTOM_MESSAGE: errors.Misconfigured,
    Reason.SERVICE_LACKS_FEATURE: errors.Misconfigured,
    Reason.NO_MAILER: errors.Misconfigured,
    Reason.CHANNEL_DISABLED: errors.UnsupportedChannel,
    Reason.PSD2_INCOMPLETE: errors.Misconfigured,
    Reason.PSD2_NO_CALLS: errors.UnsupportedChannel,
    Reason.LANDLINE: errors.InvalidIdentifier,
    Reason.PREFIX_BLOCKED: errors.Refused,
    Reason.COUNTRY_BLOCKED: errors.Refused,
    Reason.REJECTED_DOWNSTREAM: errors.InvalidIdentifier,
    Reason.UNVERIFIED_ON_TRIAL: errors.Misconfigured,
    # Where it does not answer a check, the service itself is not there.
    Reason.NOT_FOUND: errors.Misconfigured,
    Reason.MAX_SENDS: errors.TooSoon,
    Reason.MAX_CHECKS: errors.TooSoon,
    Reason.CONCURRENT: errors.TooSoon,
    Reason.TOO_MANY_REQUESTS: errors.Throttled,
    Reason.RATE_LIMITED: errors.Throttled,
    Reason.SUBSTITUTIONS_MISSING: errors.Misconfigured,
    Reason.TEMPLATE_NOT_FOUND: errors.Misconfigured,
    Reason.TEMPLATES_MALFORMED: errors.Misconfigured,
    Reason.TEMPLATES_INVALID: errors.Misconfigured,
    Reason.NOT_SERVED: errors.NotSupported,
    Reason.UNAUTHENTICATED: errors.Misconfigured,
    Reason.TEST_CREDENTIALS: errors.Misconfigured,
    Reason.ATTEMPT_BLOCKED: errors.Refused,
    # A vendor that fails inside may have sent before it did.
    Reason.INTERNAL: errors.Ambiguous,
    Reason.UNAVAILABLE: errors.Unavailable,
}
"""What each refusal is raised as, unless it is a verdict."""

#: The same for `INVALID_PARAMETER`, by the parameter that is named.
_PARAMETERS: Mapping[str, type[VerifyError]] = {
    "To": errors.InvalidIdentifier,
    "Channel": errors.UnsupportedChannel,
}
#: The refusals of a check that are verdicts.
_VERDICTS: Mapping[Reason, Verdict] = {
    Reason.NOT_FOUND: Verdict.GONE,
    Reason.MAX_CHECKS: Verdict.EXHAUSTED,
    Reason.INVALID_CODE: Verdict.WRONG_CODE,
}

STATUSES: Mapping[TwilioStatus, Status] = {
    TwilioStatus.ABSENT: Status.UNKNOWN,
    TwilioStatus.PENDING: Status.PENDING,
    TwilioStatus.APPROVED: Status.APPROVED,
    TwilioStatus.CANCELED: Status.CANCELED,
    TwilioStatus.MAX_ATTEMPTS_REACHED: Status.FAILED,
    TwilioStatus.EXPIRED: Status.EXPIRED,
}
_ENDS: Mapping[TwilioStatus, Verdict] = {
    TwilioStatus.EXPIRED: Verdict.EXPIRED,
    TwilioStatus.MAX_ATTEMPTS_REACHED: Verdict.EXHAUSTED,
}


def error_of(refused: TwilioRefusal, provider: str, *, has_effect: bool) -> VerifyError:
    """
    The error that a refusal is raised as; its text names no number.

    `has_effect` is whether the command sends a message or spends a guess.
    """
    kind = ERRORS[refused.reason]
    if refused.reason is Reason.INVALID_PARAMETER:
        kind = _PARAMETERS.get(refused.detail, kind)
    if kind is errors.Ambiguous and not has_effect:
        kind = errors.Unavailable  # asking again does no harm
    text = f"refused: {refused.reason.value.replace('_', ' ')}"
    vendor_code = refused.reason.value
    if issubclass(kind, errors.NotSent):
        wait = refused.retry_after
        return kind(text, provider, vendor_code=vendor_code, retry_after=wait)
    if issubclass(kind, errors.Unexpected):
        return kind(text, provider, vendor_code=vendor_code, maybe_sent=False)
    return kind(text, provider, vendor_code=vendor_code)


def verdict_of(refused: TwilioRefusal, *, tells_ends_apart: bool) -> Verdict | None:
    """The verdict that a refused check amounts to, or None where it is an error."""
    verdict = _VERDICTS.get(refused.reason)
    if verdict is Verdict.GONE and tells_ends_apart and refused.was is not None:
        return _ENDS.get(refused.was, verdict)
    return verdict


def status_of(refused: TwilioRefusal, *, tells_ends_apart: bool) -> Status:
    """What fetch says of a verification that was not found."""
    if tells_ends_apart and refused.was is not None:
        return STATUSES[refused.was]
    return Status.UNKNOWN


def result_of(
    verification: TwilioVerification, limits: Limits, *, reported: bool
) -> CheckResult:
    """The result of a check that counted; `reported` is whether it has guesses left."""
    left = limits.checks - verification.checks
    approved = verification.status is TwilioStatus.APPROVED
    return CheckResult(
        verdict=Verdict.APPROVED if approved else Verdict.WRONG_CODE,
        attempts_remaining=left if reported else None,
        # Twilio says "pending" to the last wrong guess as to the first: without a count
        # the caller cannot know.
        retry_allowed=not approved and (left > 0 or not reported),
    )


def state_of(verification: TwilioVerification) -> VerificationState:
    """What fetch says of a verification that was found."""
    return VerificationState(
        status=STATUSES[verification.status],
        reason=verification.status.value,
        deliveries=tuple(
            DeliveryAttempt(at=sent.at, channel=Channel(sent.channel.value))
            for sent in verification.sends
        ),
    )
