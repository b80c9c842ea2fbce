"""What can be asked of the machine, and the one way it says no."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from ._reasons import Reason
from ._workflow import VonageVerification, WorkflowStep


class VonageOperation(StrEnum):
    """What a fault can be armed for."""

    START = "start"
    CHECK = "check"
    CANCEL = "cancel"
    NEXT = "next"


@frozen(kw_only=True)
class VonageStart:
    """
    Begin a workflow.

    Attributes:
        brand: Who it is from, 1 to 18 characters.
        steps: In order; at least one.
        locale: Language and region, lower case; None is the number's own.
        channel_timeout: How long each step waits; None is the vendor's default.
        client_ref: The caller's own name for it; webhooks repeat it.
        code_length: Of the codes that are drawn, 4 to 10.
        code: The caller's own code, 4 to 10 letters and digits.
    """

    brand: str
    steps: tuple[WorkflowStep, ...] = field(repr=False)
    locale: str | None = None
    channel_timeout: timedelta | None = None
    client_ref: str | None = None
    code_length: int = 4
    code: str | None = field(default=None, repr=False)


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
        reason: Why, from the closed set.
        invalid: The parameters that the reason speaks of.
        request_id: The verification that the reason speaks of.
        detail: What is not served, where that is the reason.
        retry_after: How long to wait, where that is known.
    """

    reason: Reason
    invalid: tuple[Invalid, ...] = ()
    request_id: str | None = None
    detail: str = ""
    retry_after: timedelta | None = None


#: What every command about a verification gives back.
VonageAnswer: TypeAlias = VonageVerification | VonageRefusal
