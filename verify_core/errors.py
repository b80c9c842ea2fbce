"""
Everything that can go wrong, named by what the caller may do next.

    ValueError
    +-- InputError             what a person typed or a login carried; ask again
    |   +-- InvalidPhoneNumber, InvalidEmailAddress, UnknownChannel, ChannelMismatch,
    |       MissingIdentifier, EmptyCode, NotACode, MissingReference
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

Errors carry facts as fields, which never change once set: `error.but(provider="one")`
makes another error. They survive `pickle` and `copy`. No message holds a code, a token
or a full number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from attrs import define, field, fields, setters

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


ErrorT = TypeVar("ErrorT", bound="VerifyError")


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
