"""The order of steps: generators that yield calls and receive their results."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final, TypedDict, TypeVar, Unpack

from ..channels import Channel, read_channel
from ..characters import ascii_digit, is_unseen
from ..identifiers import Identifier, read_identifier
from ..inputs import InputError, require_kind
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
    require_kind("ref", ref, VerificationRef)
    answer = yield CheckCall(ref=ref, code=read_code(code))
    return _expect(answer, CheckResult)


def canceling(ref: VerificationRef) -> Flow[CancelOutcome]:
    """
    End a verification.

    Raises:
        VerifyError: The provider could not do it.
    """
    require_kind("ref", ref, VerificationRef)
    answer = yield CancelCall(ref=ref)
    return _expect(answer, CancelOutcome)


# Dashes by look and not by category: minus sign and hyphen bullet.
_DASHES: Final = frozenset("\u2212\u2043")


def read_code(text: str | None) -> Secret:
    """
    A code as it was sent: ASCII digits, without what was pasted with it.

    Spaces, hyphens and dashes between its groups are dropped, so is what nobody sees,
    and digits of every script are folded, as in a phone number.

    Raises:
        EmptyCode: Nothing is left.
        InvalidSetting: It is no text; a number would have lost its leading zeros.
    """
    typed = "" if text is None else require_kind("code", text, str)
    code = "".join(map(_of_code, typed))
    if not code:
        raise EmptyCode
    return Secret(code)


def _of_code(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return ascii_digit(character)
    between = character.isspace() or category == "Pd" or character in _DASHES
    return "" if between or is_unseen(character, category) else character


def _expect(answer: ProviderAnswer, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"a driver sent {type(answer).__name__}, not {kind.__name__}")
    return answer
