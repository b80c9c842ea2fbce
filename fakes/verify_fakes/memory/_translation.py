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

_R = Reason  # short, for the table
_REASONS: Mapping[type[VerifyError], tuple[Reason, ...]] = {
    errors.InvalidIdentifier: (_R.INVALID_TO, _R.LANDLINE, _R.REJECTED_DOWNSTREAM),
    errors.UnsupportedChannel: (
        *(_R.INVALID_CHANNEL, _R.CHANNEL_DISABLED, _R.APP_HASH_NEEDS_SMS),
        _R.PSD2_NO_CALLS,
    ),
    errors.Refused: (_R.PREFIX_BLOCKED, _R.COUNTRY_BLOCKED, _R.ATTEMPT_BLOCKED),
    errors.TooSoon: (
        *(_R.MAX_SENDS, _R.MAX_CHECKS, _R.CONCURRENT),
        *(_R.FACTORS_TOO_OFTEN, _R.FACTOR_ATTEMPTS),
        *(_R.CHALLENGES_TOO_OFTEN, _R.CHALLENGE_ATTEMPTS),
    ),
    errors.Throttled: (_R.TOO_MANY_REQUESTS, _R.RATE_LIMITED),
    errors.NotSupported: (_R.NOT_SERVED,),
    errors.Unexpected: (_R.BODY_MALFORMED, _R.BODY_ENCODED),
    # A vendor that fails inside may have sent before it did.
    errors.Ambiguous: (_R.INTERNAL,),
    errors.Unavailable: (_R.UNAVAILABLE,),
    errors.Misconfigured: (
        # Where it does not answer a check, the service itself is not there.
        _R.NOT_FOUND,
        *(_R.INVALID_CODE, _R.INVALID_PARAMETER, _R.METHOD_NOT_ALLOWED),
        *(_R.NO_TARGET, _R.CUSTOM_MESSAGE, _R.SERVICE_LACKS_FEATURE, _R.NO_MAILER),
        *(_R.PSD2_INCOMPLETE, _R.UNVERIFIED_ON_TRIAL, _R.SUBSTITUTIONS_MISSING),
        *(_R.TEMPLATE_NOT_FOUND, _R.TEMPLATES_MALFORMED, _R.TEMPLATES_INVALID),
        *(_R.UNAUTHENTICATED, _R.TEST_CREDENTIALS),
        # Of commands that the fake in memory never gives.
        *(_R.RATE_LIMITS_FULL, _R.RATE_LIMIT_EXISTS, _R.UNIQUE_NAME_FORMAT),
        *(_R.BUCKETS_FULL, _R.BUCKET_EXISTS, _R.MESSAGING_EXISTS),
        *(_R.SAFE_LIST_EXISTS, _R.ENTITY_EXISTS, _R.BINDING_FORMAT),
        *(_R.FACTORS_FULL, _R.FACTOR_UNVERIFIED),
        *(_R.CHALLENGE_RESPONDED, _R.CHALLENGE_EXPIRED),
    ),
}
ERRORS: Mapping[Reason, type[VerifyError]] = {
    reason: kind for kind, reasons in _REASONS.items() for reason in reasons
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
