"""
Everything that can go wrong, named by what the caller may do next.

    ValueError
    +-- InputError             what a person typed or a login carried; ask again
    |   +-- InvalidPhoneNumber, InvalidEmailAddress, UnknownChannel, ChannelMismatch,
    |       MissingIdentifier, EmptyCode, MissingReference
    |       (each stands with what it is about)
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

Errors carry facts as fields and survive `pickle` and `copy`. No message holds a code, a
token or a full number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from attrs import define, evolve, field

from .inputs import InputError, InvalidSetting
from .verification import VerificationRef

__all__ = [
    "Ambiguous",
    "InputError",
    "InvalidIdentifier",
    "InvalidSetting",
    "Misconfigured",
    "NotSent",
    "NotSupported",
    "Refused",
    "Throttled",
    "TooSoon",
    "Unavailable",
    "Unexpected",
    "UnsupportedChannel",
    "VerifyError",
]


@define
class VerifyError(Exception):
    """
    A provider could not do what was asked; base of the tree, never raised itself.

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

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 - any field of the class
        """
        A copy of the error with some fields changed, without traceback and notes.

        Args:
            **changes: Fields of the error's class by name.

        Raises:
            TypeError: The class has no such field.
        """
        return evolve(self, **changes)


@define
class NotSent(VerifyError):
    """
    No message left; base of the errors that say so, never raised itself.

    Attributes:
        retry_after: How long to wait, where the vendor says so; with `TooSoon`,
            `Throttled` and `Unavailable` it is when to try again.
    """

    retry_after: timedelta | None = None


@define
class InvalidIdentifier(NotSent):
    """The vendor cannot reach this number or address; ask for another."""


@define
class Refused(NotSent):
    """Fraud rules or a block list say no; asking elsewhere would defeat them."""


@define
class TooSoon(NotSent):
    """This identifier must wait; asking another provider would defeat the limit."""


@define
class Throttled(NotSent):
    """The account must wait; the identifier is not at fault."""


@define
class Misconfigured(NotSent):
    """Credentials, balance, service or template are wrong; a person must mend it."""


@define
class Unavailable(NotSent):
    """The vendor could not be reached, or says that it is out of order."""


@define
class UnsupportedChannel(NotSent):
    """The provider does not offer this channel, or the vendor switched it off."""


@define
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
    """

    maybe_sent: bool = True  # type: ignore[misc]
