"""
Everything that can go wrong, named by what the caller may do next.

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
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define, field, fields, setters

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

ErrorT = TypeVar("ErrorT", bound="VerifyError")


class _Unchanging:
    """An error whose facts cannot be set again; other libraries may mark it."""

    args: tuple[Any, ...]

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(type(self), name) and not name.startswith("__"):
            raise AttributeError(f"an error does not change: {name}")
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take other arguments than `args`, or none.
        return _unpickled, (type(self), self.args), vars(self)


def _unpickled(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    return kind.__new__(kind, *args)


class InputError(_Unchanging, ValueError):
    """
    What a person typed, or a login carried, cannot be used; ask again.

    Args:
        reason: Why, as a member of a closed list.
        message: One sentence that repeats nothing of what was typed.
        facts: What a subclass keeps besides.
    """

    def __init__(self, reason: StrEnum, message: str, *facts: object) -> None:
        super().__init__(reason, message, *facts)

    @property
    def reason(self) -> StrEnum:
        """Why, as a member of a closed list."""
        reason: StrEnum = self.args[0]
        return reason

    @property
    def message(self) -> str:
        """One sentence that repeats nothing of what was typed."""
        return str(self.args[1])

    def __str__(self) -> str:
        return self.message


class InvalidSetting(_Unchanging, ValueError):
    """
    A developer's setting cannot be used; found before any request is made.

    Args:
        setting: Which one, by the name under which it was passed.
        message: What it takes instead; the value is not repeated.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(setting, message)

    @property
    def setting(self) -> str:
        """Which one, by the name under which it was passed."""
        return str(self.args[0])

    @property
    def message(self) -> str:
        """What it takes instead; the value is not repeated."""
        return str(self.args[1])

    def __str__(self) -> str:
        return f"{self.setting}: {self.message}"


class _StatedError(InputError):
    """An input error whose class states its one reason and its message."""

    def __init__(self) -> None:
        super().__init__(self.reason, self.message)


class PhoneReason(StrEnum):
    """Why a text was not read as a phone number, or the number was not allowed."""

    EMPTY = "empty"
    NO_DIGITS = "no_digits"
    UNEXPECTED_CHARACTER = "unexpected_character"
    LETTERS = "letters"
    EXTENSION = "extension"
    SEVERAL_NUMBERS = "several_numbers"
    DECIMAL = "decimal"
    TOO_LONG = "too_long"
    MISSING_COUNTRY_CODE = "missing_country_code"
    UNKNOWN_COUNTRY_CODE = "unknown_country_code"
    IMPOSSIBLE_LENGTH = "impossible_length"
    AMBIGUOUS = "ambiguous"
    NOT_ALLOWED_CALLING_CODE = "not_allowed_calling_code"
    NOT_ALLOWED_REGION = "not_allowed_region"
    NOT_ALLOWED_NUMBER_TYPE = "not_allowed_number_type"
    NOT_CANONICAL = "not_canonical"
    NOT_VALID = "not_valid"

    @property
    def sentence(self) -> str:
        """A sentence for the person who typed it; repeats nothing of what was typed."""
        return _SENTENCES[self]


_SENTENCES = {
    PhoneReason.EMPTY: "Enter a phone number.",
    PhoneReason.NO_DIGITS: "A phone number has digits; this has none.",
    PhoneReason.UNEXPECTED_CHARACTER: (
        "This has a character that does not belong in a phone number."
        " Use digits, spaces, dashes, dots and brackets, with one plus sign in front."
    ),
    PhoneReason.LETTERS: "Write the phone number in digits, without letters.",
    PhoneReason.EXTENSION: (
        "A code cannot be sent to an extension. Enter the number without it."
    ),
    PhoneReason.SEVERAL_NUMBERS: (
        "Enter one phone number only, with at most one plus sign."
    ),
    PhoneReason.DECIMAL: (
        "This looks like a number from a spreadsheet, which may have lost digits."
        " Enter the phone number without decimals."
    ),
    PhoneReason.TOO_LONG: "This is too long to be a phone number.",
    PhoneReason.MISSING_COUNTRY_CODE: (
        "Enter the phone number with a plus sign and its country code,"
        " such as +1 555 323 1234."
    ),
    PhoneReason.UNKNOWN_COUNTRY_CODE: "This number begins with the code of no country.",
    PhoneReason.IMPOSSIBLE_LENGTH: (
        "This phone number has too few or too many digits for its country."
    ),
    PhoneReason.AMBIGUOUS: (
        "This could be a number of more than one country."
        " Write it with a plus sign and its country code."
    ),
    PhoneReason.NOT_ALLOWED_CALLING_CODE: "Codes cannot be sent to this country code.",
    PhoneReason.NOT_ALLOWED_REGION: "Codes cannot be sent to this country.",
    PhoneReason.NOT_ALLOWED_NUMBER_TYPE: "Codes cannot be sent to this kind of number.",
    PhoneReason.NOT_CANONICAL: (
        "This phone number is written in an unclear way."
        " Write the country code, then the number without leading zeros."
    ),
    PhoneReason.NOT_VALID: "This phone number does not exist. Check its digits.",
}


class InvalidPhoneNumber(InputError):
    """
    The text is not a phone number that may be used; neither text nor digits are kept.

    Args:
        reason: Why; its `sentence` is the message.
    """

    def __init__(self, reason: PhoneReason) -> None:
        super().__init__(reason, reason.sentence)

    @property
    def reason(self) -> PhoneReason:
        """Why; its `sentence` is the message."""
        reason: PhoneReason = self.args[0]
        return reason


class IdentifierReason(StrEnum):
    """Why there is no identifier."""

    MISSING = "missing"
    INVALID_EMAIL = "invalid_email"


class MissingIdentifier(_StatedError):
    """Neither the login nor the user gave an identifier."""

    reason = IdentifierReason.MISSING
    message = "identifier: none given; pass one, or let the user be asked for it"


class InvalidEmailAddress(_StatedError):
    """The text is not an e-mail address (RFC 5321 and 6531, without looking it up)."""

    reason = IdentifierReason.INVALID_EMAIL
    message = "identifier: not an e-mail address; it looks like name@example.org"


class ChannelReason(StrEnum):
    """Why a channel cannot be used."""

    UNKNOWN = "unknown"
    MISMATCH = "mismatch"


class UnknownChannel(_StatedError):
    """The text names no channel; the message lists the channels."""

    reason = ChannelReason.UNKNOWN
    message = "channel: unknown channel; choose one of sms, call, email, whatsapp"


class ChannelMismatch(InputError):
    """
    The channel takes the other kind of identifier.

    Args:
        channel: The channel asked for.
    """

    def __init__(self, channel: Channel) -> None:
        wanted = "an e-mail address" if channel == "email" else "a phone number"
        message = f"identifier: channel {channel} takes {wanted}"
        super().__init__(ChannelReason.MISMATCH, message, channel)

    @property
    def channel(self) -> Channel:
        """The channel that takes the other kind of identifier."""
        channel: Channel = self.args[2]
        return channel


class CodeReason(StrEnum):
    """Why a code cannot be checked."""

    EMPTY = "empty"
    NOT_A_CODE = "not_a_code"
    NO_REFERENCE = "no_reference"


class EmptyCode(_StatedError):
    """Nothing was typed; ask again."""

    reason = CodeReason.EMPTY
    message = "code: empty; type the code you were sent"


class NotACode(_StatedError):
    """The text has words or signs that no code has; ask again, no guess is spent."""

    reason = CodeReason.NOT_A_CODE
    message = "code: not a code; type only the digits or letters of the code"


class MissingReference(_StatedError):
    """There is no verification that the code could belong to; start one."""

    reason = CodeReason.NO_REFERENCE
    message = "reference: none; start a verification first"


class TokenReason(StrEnum):
    """Why a token is refused."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    NOT_GENUINE = "not_genuine"
    TOO_OLD = "too_old"
    WRONG_PURPOSE = "wrong_purpose"


class InvalidToken(InputError):
    """
    The token was not sealed with these keys, or is too old; start a new verification.

    Args:
        reason: Why.
    """

    def __init__(self, reason: TokenReason) -> None:
        super().__init__(
            reason, f"reference: token refused ({reason}); start a new verification"
        )


@define(on_setattr=setters.frozen)
class VerifyError(Exception):
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

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), _facts(self))

    def but(self, **changes: object) -> Self:
        """
        A copy with other facts: same class, own attributes and notes, no traceback.

        Args:
            **changes: Fields of this class by name, such as `provider` or `ref`.

        Raises:
            TypeError: The class has no such field.
        """
        known = {attribute.name for attribute in fields(type(self))}
        for name in changes.keys() - known:
            raise TypeError(f"{type(self).__name__} has no field {name}")
        return _restored(type(self), {**_facts(self), **changes})


def _facts(error: VerifyError) -> dict[str, Any]:
    """Fields and whatever else was set on the error, notes included."""
    found = {each.name: getattr(error, each.name) for each in fields(type(error))}
    found |= vars(error)
    if "__notes__" in found:
        found["__notes__"] = list(found["__notes__"])
    return found


def _restored(kind: type[ErrorT], facts: dict[str, Any]) -> ErrorT:
    # Without calling the class: a provider's own error may take other arguments.
    made = kind.__new__(kind, *(facts[each.name] for each in fields(kind)))
    for name, value in facts.items():
        object.__setattr__(made, name, value)
    return made


@define(on_setattr=setters.frozen)
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


@define(on_setattr=setters.frozen)
class Ambiguous(VerifyError):
    """
    The answer is missing and a message may have left, or a guess may have counted.

    Attributes:
        ref: A reference that can still be checked, where the vendor allows it.
    """

    maybe_sent: ClassVar[bool] = True

    ref: VerificationRef | None = field(default=None, repr=False)


@define(on_setattr=setters.frozen)
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
