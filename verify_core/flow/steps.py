"""The order of steps: generators that yield calls and receive their results."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypedDict, TypeVar, Unpack

from ..channels import Channel, read_channel
from ..identifiers import Identifier, read_identifier
from ..inputs import InputError
from ..masking import Secret
from ..phone import PhonePolicy
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartHints,
    StartRequest,
    VerificationRef,
)
from .calls import CancelCall, CheckCall, Flow, ProviderAnswer, StartCall

T = TypeVar("T")


class CodeReason(StrEnum):
    """Why a code cannot be checked."""

    EMPTY = "empty"
    NO_REFERENCE = "no_reference"


class EmptyCode(InputError):
    """Nothing was typed; ask again."""

    def __init__(self) -> None:
        super().__init__(CodeReason.EMPTY, "code: empty; type the code you were sent")

    def __reduce__(self) -> tuple[type[EmptyCode], tuple[()]]:
        return type(self), ()


class MissingReference(InputError):
    """There is no verification that the code could belong to; start one."""

    def __init__(self) -> None:
        super().__init__(
            CodeReason.NO_REFERENCE, "reference: none; start a verification first"
        )

    def __reduce__(self) -> tuple[type[MissingReference], tuple[()]]:
        return type(self), ()


class StartOptions(TypedDict, total=False):
    """What a start may ask for besides identifier and channel; see `StartRequest`."""

    fallback_channels: tuple[Channel, ...]
    attempt_id: str | None
    locale: str | None
    custom_code: str | Secret | None
    client_address: str | None
    hints: StartHints
    extras: object


def sending(
    text: str | Identifier | None,
    channel: str | Channel = Channel.SMS,
    *,
    policy: PhonePolicy,
    previous: VerificationRef | None = None,
    **options: Unpack[StartOptions],
) -> Flow[Started]:
    """
    Read an identifier and send a passcode to it.

    Args:
        text: The identifier as typed or stored.
        channel: How the code travels.
        policy: How a phone number is read.
        previous: The verification to send again for, or None for a new one.
        **options: Further fields of `StartRequest`.

    Raises:
        InputError: The identifier or the channel cannot be used.
        VerifyError: The provider could not do it.
    """
    chosen = read_channel(channel)
    identifier = read_identifier(text, chosen, policy)
    request = StartRequest(identifier=identifier, channel=chosen, **options)
    answer = yield StartCall(request=request, previous=previous)
    return _expect(answer, Started)


def collecting(ref: VerificationRef | None, code: str | None) -> Flow[CheckResult]:
    """
    Check the code that a person typed or pasted.

    Raises:
        MissingReference: There is no reference.
        EmptyCode: There is no code in the text.
        VerifyError: The provider could not do it.
    """
    if ref is None:
        raise MissingReference
    answer = yield CheckCall(ref=ref, code=read_code(code))
    return _expect(answer, CheckResult)


def canceling(ref: VerificationRef) -> Flow[CancelOutcome]:
    """
    End a verification.

    Raises:
        VerifyError: The provider could not do it.
    """
    answer = yield CancelCall(ref=ref)
    return _expect(answer, CancelOutcome)


# What people paste between the groups of a code: every space, hyphen and dash, and
# characters that do not show.
_BETWEEN_GROUPS: Final = (
    "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\u2060\ufeff"
)


def read_code(text: str | None) -> Secret:
    """
    A code without the spaces and hyphens that were pasted with it.

    Raises:
        EmptyCode: Nothing is left.
    """
    drop = str.maketrans("", "", _BETWEEN_GROUPS)
    code = "".join((text or "").split()).translate(drop)
    if not code:
        raise EmptyCode
    return Secret(code)


def _expect(answer: ProviderAnswer, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"a driver sent {type(answer).__name__}, not {kind.__name__}")
    return answer
