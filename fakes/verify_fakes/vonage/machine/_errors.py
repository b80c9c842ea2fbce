"""
How each reason reads on the wire, and the faults that bring one about.

[1.0.1] and [0.0.18] are Vonage's OpenAPI documents of Verify v2, of which the newer one
(archived 2026-10-08) goes first; [fixture] are answers in the tests of Vonage's Python
SDK (2026-01-30); [guess] is this fake's own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from ...kit import _faults as faults
from ._commands import Reason, VonageOperation
from ._numbers import plain


@frozen(kw_only=True)
class VonageProblem:
    """
    One row.

    Attributes:
        status: The HTTP status.
        type: Where the vendor describes it.
        detail: With `{request_id}` and `{what}` to be filled in.
        source: Where the row comes from.
        of: The operation that a fault with this status means, where several rows have
            the same status.
    """

    status: int
    title: str
    type: str
    detail: str
    source: str
    of: VonageOperation | None = None


_ERRORS = "https://developer.vonage.com/api-errors"
_OF_VERIFY = "https://developer.vonage.com/en/api-errors/verify-v2"

ERRORS: Mapping[Reason, VonageProblem] = {
    Reason.INVALID_PARAMETERS: VonageProblem(
        status=422,
        title="Invalid params",
        type="https://developer.vonage.com/en/api-errors#invalid-params",
        detail="The value of one or more parameters is invalid.",
        source="[1.0.1]; names and reasons of the parameters [guess]",
    ),
    Reason.BODY_ENCODED: VonageProblem(
        status=415,
        title="Unsupported Media Type",
        type="about:blank",
        detail="The body has a Content-Encoding; send it as it is.",
        source="[guess]: RFC 9110, 15.5.16",
    ),
    Reason.WRONG_CODE: VonageProblem(
        status=400,
        title="Invalid Code",
        type=f"{_OF_VERIFY}#invalid-code",
        detail="The code you provided does not match the expected value.",
        source="[1.0.1]",
    ),
    Reason.WRONG_CODE_TOO_OFTEN: VonageProblem(
        status=410,
        title="Invalid Code",
        type=f"{_OF_VERIFY}#expired",
        detail="An incorrect code has been provided too many times. "
        "Workflow terminated.",
        source="[fixture] but for the type, of x-errors in [1.0.1]",
    ),
    Reason.NOT_FOUND: VonageProblem(
        status=404,
        title="Not Found",
        type=f"{_ERRORS}#not-found",
        detail="Request '{request_id}' was not found or it has been verified already.",
        source="[0.0.18]; the quotes [fixture] of the SDK before 4.0",
    ),
    Reason.CONCURRENT: VonageProblem(
        status=409,
        title="Conflict",
        type=f"{_OF_VERIFY}#concurrent",
        detail="Concurrent verifications to the same number are not allowed",
        source="[1.0.1]; request_id and the missing stop [fixture]",
        of=VonageOperation.START,
    ),
    Reason.STEP_TAKES_NO_CODE: VonageProblem(
        status=409,
        title="Conflict",
        type=f"{_OF_VERIFY}#no-code",
        detail="The current Verify workflow step does not support a code.",
        source="[0.0.18]; type of x-errors in [1.0.1]",
        of=VonageOperation.CHECK,
    ),
    Reason.NO_STEP_LEFT: VonageProblem(
        status=409,
        title="Conflict",
        type="https://developer.nexmo.com/api-errors#conflict",
        detail="There are no more events left to trigger.",
        source="[fixture]",
        of=VonageOperation.NEXT,
    ),
    Reason.NOT_YET_ADVANCED: VonageProblem(
        status=409,
        title="Conflict",
        type=f"{_OF_VERIFY}#conflict",
        detail="The operation cannot be performed at this time. "
        "Please try again later.",
        source="[1.0.1]",
    ),
    Reason.CANCEL_TOO_EARLY: VonageProblem(
        status=409,
        title="Conflict",
        type=f"{_OF_VERIFY}#conflict",
        detail="The request cannot be canceled within 30 seconds of its start.",
        source="the window [1.0.1]; the answer [guess]: the document lists none",
        of=VonageOperation.CANCEL,
    ),
    Reason.CANCEL_TOO_LATE: VonageProblem(
        status=409,
        title="Conflict",
        type=f"{_OF_VERIFY}#conflict",
        detail="The request cannot be canceled any more: the second event has begun.",
        source="the window [1.0.1]; the answer [guess]: the document lists none",
    ),
    Reason.UNAUTHORIZED: VonageProblem(
        status=401,
        title="Unauthorized",
        type=f"{_ERRORS}#unauthorized",
        detail="You did not provide correct credentials.",
        source="[1.0.1]",
    ),
    Reason.TOKEN_EXPIRED: VonageProblem(
        status=401,
        title="You did not provide correct credentials.",
        type="https://developer.vonage.com/en/api-errors#jwt-expired",
        detail="The JWT provided has expired.",
        source="[1.0.1]",
    ),
    Reason.LOW_BALANCE: VonageProblem(
        status=402,
        title="Low balance",
        type="https://developer.vonage.com/en/api-errors/#low-balance",
        detail="This request could not be performed due to your account balance "
        "being low.",
        source="[1.0.1]",
    ),
    Reason.FORBIDDEN: VonageProblem(
        status=403,
        title="Forbidden",
        type=f"{_ERRORS}#forbidden",
        detail="Your account does not have permission to perform this action.",
        source="[fixture]",
    ),
    Reason.NETWORK_NOT_SUPPORTED: VonageProblem(
        status=412,
        title="Network not supported",
        type=f"{_OF_VERIFY}#precondition-failed",
        detail="Device number does not resolve to a supported Mobile Network Operator.",
        source="[1.0.1]",
    ),
    Reason.THROTTLED: VonageProblem(
        status=429,
        title="Rate Limit Hit",
        type="https://developer.vonage.com/en/api-errors#throttled",
        detail="Please wait, then retry your request",
        source="[1.0.1]",
    ),
    Reason.INTERNAL: VonageProblem(
        status=500,
        title="Internal error",
        type=f"{_ERRORS}#internal-error",
        detail="There was an error processing your request in the Platform.",
        source="[1.0.1]",
    ),
    Reason.UNAVAILABLE: VonageProblem(
        status=503,
        title="Service Unavailable",
        type=f"{_ERRORS}#service-unavailable",
        detail="The service is temporarily unavailable.",
        source="[guess]",
    ),
    Reason.NO_SUCH_PATH: VonageProblem(
        status=404,
        title="Not Found",
        type=f"{_ERRORS}#not-found",
        detail="There is nothing at this path.",
        source="[guess]",
    ),
    Reason.METHOD_NOT_ALLOWED: VonageProblem(
        status=405,
        title="Method Not Allowed",
        type=f"{_ERRORS}#method-not-allowed",
        detail="This path does not take that method.",
        source="[guess]",
    ),
    Reason.NOT_SERVED: VonageProblem(
        status=501,
        title="Not Implemented",
        type="about:blank",
        detail="This fake does not serve {what}; Vonage does.",
        source="the fake's own",
    ),
}

#: The reasons that a fault can bring about without saying what is wrong with what.
SCRIPTABLE = frozenset(ERRORS) - {
    Reason.NOT_SERVED,
    Reason.NO_SUCH_PATH,
    Reason.METHOD_NOT_ALLOWED,
}

#: One armed rule.
VonageFault: TypeAlias = faults.ArmedFault[VonageOperation, Reason]


class VonageFaults(faults.ArmedFaults[VonageOperation, Reason]):
    """
    The armed rules of one machine: by a reason, or by an HTTP status such as 429.

    Addresses have a plus sign or not.
    """

    def __init__(self) -> None:
        super().__init__(VonageOperation, _reason_of, plain)


def _reason_of(effect: Reason | int, operation: VonageOperation) -> Reason:
    """The reason; of several with one status the operation's own, or else the first."""
    if isinstance(effect, Reason):
        fitting = [effect] if effect in SCRIPTABLE else []
    else:
        fitting = [
            reason
            for reason, row in ERRORS.items()
            if row.status == effect and reason in SCRIPTABLE
        ]
    if not fitting:
        raise faults.unknown(effect, {ERRORS[each].status for each in SCRIPTABLE})
    own = [reason for reason in fitting if ERRORS[reason].of is operation]
    return (own or fitting)[0]
