"""
Everything that can go wrong, named by what the caller may do next.

The tree::

    ValueError
    +-- InputError             what a person typed or a login carried; ask again
    |   +-- InvalidPhoneNumber, InvalidEmailAddress, MissingIdentifier,
    |       UnknownChannel, ChannelMismatch, EmptyCode, NotACode, MissingReference,
    |       InvalidToken
    +-- InvalidSetting         what a developer configured; mend it

    VerifyError                what a provider answered; never raised itself
    +-- NotSent                no message left
    |   +-- InvalidIdentifier  ask for another number or address
    |   +-- Refused            stop: fraud rules, a block list, a blocked country
    |   +-- TooSoon            wait; another provider would defeat the limit
    |   +-- Throttled          wait; or, for a start, ask another provider
    |   +-- Misconfigured      alarm a person: credentials, balance, service, template
    |   +-- Unavailable        try again, here or elsewhere
    |   +-- UnsupportedChannel choose another channel
    |   +-- NotSupported       do without what was asked for
    +-- Ambiguous              a message may have left; never start again blindly
    +-- Unexpected             an answer we cannot read; says which of the two

Errors carry facts as attributes, which never change: `error.but(provider="one")` makes
another error. They survive `pickle` and `copy`. No message holds a code, a token or a
full number.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import define, field, fields, fields_dict

from ._phone_reasons import PhoneReason

if TYPE_CHECKING:
    from .channels import Channel
    from .verification import VerificationRef

__all__ = [
    "Ambiguous",
    "ChannelMismatch",
    "EmptyCode",
    "InputError",
    "InvalidEmailAddress",
    "InvalidIdentifier",
    "InvalidPhoneNumber",
    "InvalidSetting",
    "InvalidToken",
    "Misconfigured",
    "MissingIdentifier",
    "MissingReference",
    "NotACode",
    "NotSent",
    "NotSupported",
    "PhoneReason",
    "Refused",
    "Throttled",
    "TooSoon",
    "Unavailable",
    "Unexpected",
    "UnknownChannel",
    "UnsupportedChannel",
    "VerifyError",
]


class _Frozen(BaseException):
    """
    Facts are set once; other libraries may mark the error, as error trackers do.

    It survives `pickle` and `copy`, whatever arguments a subclass takes.
    """

    def __setattr__(self, name: str, value: object) -> None:
        kind: Any = type(self)
        is_fact = name == "args" or name in fields_dict(kind)
        if is_fact and hasattr(self, name):
            raise AttributeError(f"an error does not change: {name}")
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), _facts(self))


def _facts(error: Any) -> dict[str, Any]:  # noqa: ANN401 - any class of this file
    """Fields and whatever else was set on the error, notes included."""
    found = {each.name: getattr(error, each.name) for each in fields(type(error))}
    found |= vars(error)
    if "__notes__" in found:
        found["__notes__"] = list(found["__notes__"])
    return found


def _restored(kind: Any, facts: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    # Without calling the class: a provider's own error may take other arguments.
    made = kind.__new__(kind, *(facts[each.name] for each in fields(kind)))
    for name, value in facts.items():
        object.__setattr__(made, name, value)
    return made


@define
class InputError(_Frozen, ValueError):
    """
    What a person typed, or a login carried, cannot be used; ask again.

    Attributes:
        reason: Why, as a member of a closed list.
        message: One sentence that repeats nothing of what was typed.
    """

    reason: StrEnum
    message: str

    def __str__(self) -> str:
        return self.message


@define
class InvalidSetting(_Frozen, ValueError):
    """
    A developer's setting cannot be used; found before any request is made.

    Attributes:
        setting: Which one, by the name under which it was passed.
        message: What it takes instead; the value is not repeated.
    """

    setting: str
    message: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.message}"


class InvalidPhoneNumber(InputError):
    """The text is not a phone number that may be used; nothing of it is kept."""

    reason: PhoneReason

    def __init__(self, reason: PhoneReason) -> None:
        super().__init__(reason, reason.sentence)


class IdentifierReason(StrEnum):
    """Why an identifier is missing or cannot be used."""

    MISSING = "missing"
    INVALID_EMAIL = "invalid_email"
    NO_PERSON = "no_person"
    NOT_MOBILE = "not_mobile"
    LINE_UNKNOWN = "line_unknown"


class MissingIdentifier(InputError):
    """Neither the login nor the user gave an identifier."""

    def __init__(self) -> None:
        message = "identifier: none given; pass one, or let the user be asked for it"
        super().__init__(IdentifierReason.MISSING, message)


class InvalidEmailAddress(InputError):
    """The text is not an e-mail address (RFC 5321 and 6531, without looking it up)."""

    def __init__(self) -> None:
        message = "identifier: not an e-mail address; it looks like name@example.org"
        super().__init__(IdentifierReason.INVALID_EMAIL, message)


class ChannelReason(StrEnum):
    """Why a channel cannot be used."""

    UNKNOWN = "unknown"
    MISMATCH = "mismatch"


class UnknownChannel(InputError):
    """The text names no channel; the message lists the channels."""

    def __init__(self) -> None:
        message = "channel: unknown channel; choose one of sms, call, email, whatsapp"
        super().__init__(ChannelReason.UNKNOWN, message)


@define(init=False)
class ChannelMismatch(InputError):
    """
    The channel takes the other kind of identifier.

    Attributes:
        channel: The channel asked for.
    """

    channel: Channel

    def __init__(self, channel: Channel) -> None:
        wanted = "an e-mail address" if channel == "email" else "a phone number"
        message = f"identifier: channel {channel} takes {wanted}"
        self.__attrs_init__(ChannelReason.MISMATCH, message, channel)


class CodeReason(StrEnum):
    """Why a code cannot be checked."""

    EMPTY = "empty"
    NOT_A_CODE = "not_a_code"
    NO_REFERENCE = "no_reference"


class EmptyCode(InputError):
    """Nothing was typed; ask again."""

    def __init__(self) -> None:
        super().__init__(CodeReason.EMPTY, "code: empty; type the code you were sent")


class NotACode(InputError):
    """The text has words or signs that no code has; ask again, no guess is spent."""

    def __init__(self) -> None:
        message = "code: not a code; type only the digits or letters of the code"
        super().__init__(CodeReason.NOT_A_CODE, message)


class MissingReference(InputError):
    """There is no verification that the code could belong to; start one."""

    def __init__(self) -> None:
        message = "reference: none; start a verification first"
        super().__init__(CodeReason.NO_REFERENCE, message)


class TokenReason(StrEnum):
    """Why a token is refused."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    NOT_GENUINE = "not_genuine"
    TOO_OLD = "too_old"
    WRONG_PURPOSE = "wrong_purpose"


class InvalidToken(InputError):
    """The token was not sealed with these keys, or is too old; start a new one."""

    reason: TokenReason

    def __init__(self, reason: TokenReason) -> None:
        message = f"reference: token refused ({reason}); start a new verification"
        super().__init__(reason, message)


@define
class VerifyError(_Frozen, Exception):
    """
    A provider could not do what was asked; base of the tree, never raised itself.

    A provider's own subclass may have a constructor and attributes of its own.

    Attributes:
        message: One sentence for logs, masked.
        provider: Name of the provider that answered.
        http_status: Status of its answer, or None without one.
        vendor_code: The vendor's own word or number for it, for logs only.
        vendor_request_id: What the vendor's support asks for.
    """

    maybe_sent: ClassVar[bool] = False

    message: str
    provider: str = ""
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None

    def __attrs_post_init__(self) -> None:
        if type(self) in {VerifyError, NotSent}:
            raise TypeError(
                f"{type(self).__name__} is a base: raise what it stands for"
            )

    def __str__(self) -> str:
        return self.message

    def but(self, **changes: object) -> Self:
        """
        A copy with other facts: same class, own attributes and notes, no traceback.

        Raises:
            TypeError: The class has no field of that name.
        """
        known = {attribute.name for attribute in fields(type(self))}
        for name in changes.keys() - known:
            raise TypeError(f"{type(self).__name__} has no field {name}")
        made: Self = _restored(type(self), {**_facts(self), **changes})
        return made


@define
class NotSent(VerifyError):
    """
    No message left; base of the errors that say so, never raised itself.

    Attributes:
        retry_after: How long to wait, where the vendor says so; with `TooSoon`,
            `Throttled` and `Unavailable` it is when to try again.
    """

    retry_after: timedelta | None = None


class InvalidIdentifier(NotSent):
    """The vendor cannot reach this number or address; ask for another."""


class Refused(NotSent):
    """Fraud rules or a block list say no; asking elsewhere would defeat them."""


class TooSoon(NotSent):
    """This identifier must wait; asking another provider would defeat the limit."""


class Throttled(NotSent):
    """The account must wait; the identifier is not at fault."""


class Misconfigured(NotSent):
    """Credentials, balance, service or template are wrong; a person must mend it."""


class Unavailable(NotSent):
    """The vendor could not be reached, or says that it is out of order."""


class UnsupportedChannel(NotSent):
    """The provider does not offer this channel, or the vendor switched it off."""


class NotSupported(NotSent):
    """The provider cannot do this at all; its capabilities say so beforehand."""


@define
class Ambiguous(VerifyError):
    """
    The answer is missing and a message may have left, or a guess may have counted.

    Attributes:
        ref: A reference that can still be checked, where the vendor allows it.
    """

    maybe_sent: ClassVar[bool] = True

    ref: VerificationRef | None = field(default=None, repr=False)


@define
class Unexpected(VerifyError):
    """
    The vendor answered something that we cannot read; kept, never taken for approval.

    Attributes:
        maybe_sent: Whether a message may have left all the same.
        ref: A reference that can still be checked, where a message may have left and
            the vendor allows it.
    """

    maybe_sent: bool = True  # type: ignore[misc]
    ref: VerificationRef | None = field(default=None, repr=False)
