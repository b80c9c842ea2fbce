"""The order of steps: generators that yield calls and receive their results."""

from __future__ import annotations

from typing import TypedDict, TypeVar, Unpack

from ..channels import Channel, read_channel
from ..codes import MissingReference, read_code
from ..identifiers import Identifier, read_identifier
from ..inputs import require_kind
from ..masking import Secret
from ..phone import PhonePolicy
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartHints,
    StartRequest,
    VerificationRef,
    VerificationState,
)
from .calls import CancelCall, CheckCall, FetchCall, Flow, ProviderAnswer, StartCall

T = TypeVar("T")


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
        previous: The verification to send again for, or None for a new one. One of
            another identifier or of another provider is left out and listed.
        **options: Further fields of `StartRequest`.

    Raises:
        InputError: The identifier or the channel cannot be used.
        VerifyError: The provider could not do it.
    """
    chosen = read_channel(channel)
    identifier = read_identifier(text, chosen, policy)
    if previous is not None:
        require_kind("previous", previous, VerificationRef)
    request = StartRequest(identifier=identifier, channel=chosen, **options)
    answer = yield StartCall(request=request, previous=previous)
    return _expect(answer, Started)


def collecting(ref: VerificationRef | None, code: str | None) -> Flow[CheckResult]:
    """
    Check the code that a person typed or pasted.

    Raises:
        MissingReference: There is no reference.
        EmptyCode: There is no code in the text.
        NotACode: The text has words or signs that no code has.
        VerifyError: The provider could not do it.
    """
    if ref is None:
        raise MissingReference
    require_kind("ref", ref, VerificationRef)
    answer = yield CheckCall(ref=ref, code=read_code(code))
    return _expect(answer, CheckResult)


def fetching(ref: VerificationRef) -> Flow[VerificationState]:
    """
    Ask where a verification stands.

    Raises:
        VerifyError: The provider could not do it.
    """
    require_kind("ref", ref, VerificationRef)
    answer = yield FetchCall(ref=ref)
    return _expect(answer, VerificationState)


def canceling(ref: VerificationRef) -> Flow[CancelOutcome]:
    """
    End a verification.

    Raises:
        VerifyError: The provider could not do it.
    """
    require_kind("ref", ref, VerificationRef)
    answer = yield CancelCall(ref=ref)
    return _expect(answer, CancelOutcome)


def _expect(answer: ProviderAnswer, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"a driver sent {type(answer).__name__}, not {kind.__name__}")
    return answer
