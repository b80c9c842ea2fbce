"""What can be asked of the machine, and the closed set of reasons to refuse it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden
from ._workflow import VonageStatus, VonageVerification, WorkflowStep


class VonageOperation(StrEnum):
    """What a fault can be armed for."""

    START = "start"
    CHECK = "check"
    CANCEL = "cancel"
    NEXT = "next"


class Reason(StrEnum):
    """Why a command was refused; each has exactly one row in `_errors.ERRORS`."""

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

    # The account and its network.
    UNAUTHORIZED = "unauthorized"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  no password
    LOW_BALANCE = "low_balance"
    FORBIDDEN = "forbidden"
    NETWORK_NOT_SUPPORTED = "network_not_supported"
    THROTTLED = "throttled"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"

    # What is not an operation, or not one of this fake.
    NO_SUCH_PATH = "no_such_path"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_SERVED = "not_served"  # `detail` says what


@frozen(kw_only=True)
class VonageStart:
    """
    Begin a workflow.

    Attributes:
        brand: The sender's name, 1 to 18 characters.
        steps: In order; at least one.
        locale: Language and region, lower case; None is the number's own.
        channel_timeout: How long each step waits; None is the vendor's default.
        client_ref: The caller's own name for it; webhooks repeat it.
        code_length: Of the codes that are drawn, 4 to 10.
        code: The caller's own code, 4 to 10 letters and digits.
    """

    brand: str
    steps: tuple[WorkflowStep, ...]
    locale: str | None = None
    channel_timeout: timedelta | None = None
    client_ref: str | None = None
    code_length: int = 4
    _code: Hidden[str | None] = field(default=None, converter=hidden)

    code = Revealed[str | None]()


@frozen
class Invalid:
    """
    A parameter that cannot be used.

    Attributes:
        name: Such as `brand`, or `workflow[0].to`.
        reason: What it takes.
    """

    name: str
    reason: str


@frozen(kw_only=True)
class VonageRefusal:
    """
    The machine's no.

    Attributes:
        reason: Why.
        invalid: The parameters that the reason speaks of.
        request_id: The verification that the reason speaks of, as the path had it.
        detail: What is not served, or the methods that are allowed.
        retry_after: How long to wait, where that is known.
        was: For `Reason.NOT_FOUND`, the status of the verification, where there was
            one: the wire never says it, an inbox may.
    """

    reason: Reason
    invalid: tuple[Invalid, ...] = ()
    _request_id: Hidden[str | None] = field(default=None, converter=hidden)
    detail: str = ""
    retry_after: timedelta | None = None
    was: VonageStatus | None = None

    request_id = Revealed[str | None]()


#: What every command about a verification gives back.
VonageAnswer: TypeAlias = VonageVerification | VonageRefusal
