"""What a user is reached by: a phone number or an e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from attrs import field, frozen

from .channels import Channel, IdentifierKind, require_match
from .characters import is_encodable, unwrapped, visible
from .errors import (
    ChannelMismatch,
    InputError,
    InvalidEmailAddress,
    InvalidSetting,
    MissingIdentifier,
)
from .frames import unframed_init
from .masking import Discreet, Revealed, Secret, mask_email
from .phone import PhoneNumber, PhonePolicy, read_phone
from .validation import read_member, require_kind, require_text

_MAX_ADDRESS = 254
"""Octets of an address: RFC 5321, section 4.5.3.1.3, less the angle brackets."""
_MAX_LOCAL = 64
"""Octets before the sign, in UTF-8: RFC 5321, section 4.5.3.1.1, and RFC 6531."""

# Longer texts are refused unread, whatever of them could be seen.
_MAX_CHARACTERS = 4 * _MAX_ADDRESS
_JOINERS = "\u200c\u200d"


def _normalised(address: str | Secret) -> Secret:
    if isinstance(address, Secret):  # from attrs.evolve
        address = address.reveal()
    # Imported when first needed: the library costs more to import than the whole core.
    from email_validator import EmailNotValidError, validate_email

    typed = require_kind("address", address, str)
    if not is_encodable(typed):
        raise InvalidEmailAddress
    if len(typed) > _MAX_CHARACTERS or _has_joiner_of_a_word(typed):
        raise InvalidEmailAddress
    text = unwrapped(visible(typed))
    if len(text) > _MAX_ADDRESS:
        raise InvalidEmailAddress
    with suppress(EmailNotValidError):  # which quotes the address: not chained
        # test_environment lets the reserved domain .test pass (RFC 2606); no DNS.
        found = validate_email(text, check_deliverability=False, test_environment=True)
        return Secret(_within_limits(found.local_part, found.ascii_domain))
    raise InvalidEmailAddress


def _within_limits(local: str, domain: str) -> str:
    address = f"{local}@{domain}"
    if len(local.encode()) > _MAX_LOCAL:
        raise InvalidEmailAddress
    if len(address.encode()) > _MAX_ADDRESS:
        raise InvalidEmailAddress
    return address


def _has_joiner_of_a_word(text: str) -> bool:
    """
    Whether a joiner that cannot be seen makes the text another word.

    So it is in Persian and the scripts of India; without it, a domain would be another.
    Source: RFC 5892, appendix A.1 and A.2.
    """
    if text.isascii():
        return False
    from idna import valid_contextj

    joiners = (place for place, each in enumerate(text) if each in _JOINERS)
    for place in joiners:
        with suppress(ValueError):  # behind a control character, which has no name
            if valid_contextj(text, place):
                return True
    return False


@unframed_init
@frozen(repr=False)
class EmailAddress(Discreet):
    """
    An e-mail address; two are equal when their mailbox is, however it was spelled.

    The domain is in lower case and in the ASCII form of IDNA (`xn--mnchen-3ya.example`,
    RFC 5891), since only mail servers with SMTPUTF8 take another one (RFC 6531). The
    part before the sign stays as it was typed, with its Unicode composed. What cannot
    be seen, and what was copied around the address, is dropped.

    Attributes:
        address: The full address. Only these two names show it, `address` and `value`;
            everything else masks it.

    Raises:
        InvalidEmailAddress: The text is not an e-mail address.
    """

    kind: ClassVar[IdentifierKind] = IdentifierKind.EMAIL

    _address: Secret = field(converter=_normalised)

    address = Revealed[str]("_address", "The full address, which nothing else shows.")

    value = address
    """The full address, by the same name as in a `PhoneNumber`."""

    def __str__(self) -> str:
        return mask_email(self.address)

    def __repr__(self) -> str:
        return f"EmailAddress({str(self)!r})"

    def __rich_repr__(self) -> Iterator[str]:
        yield str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, handler: Any) -> Any:  # noqa: ANN401 - pydantic's
        from .forms.pydantic import email_schema

        return email_schema(handler)


Identifier = PhoneNumber | EmailAddress
"""A phone number or an e-mail address; `.kind` says which, `.value` is the full one."""


def read_identifier(
    text: str | Identifier | None, channel: Channel, policy: PhonePolicy
) -> Identifier:
    """
    The identifier that a text holds, in the kind that the channel takes.

    Raises:
        MissingIdentifier: There is no text.
        ChannelMismatch: It is an identifier of the other kind.
        InvalidPhoneNumber: The channel takes phone numbers; the text is not one.
        InvalidEmailAddress: The channel takes e-mail addresses; the text is not one.
        InvalidSetting: It is not a text; a number would have lost its leading zeros.
    """
    if isinstance(text, PhoneNumber | EmailAddress):
        require_match(channel, text.kind)
        return text
    if text is None or not visible(require_kind("identifier", text, str)).strip():
        raise MissingIdentifier
    if channel.takes is IdentifierKind.EMAIL:
        return _read_email(text, channel, policy)
    if "@" in text and _is_read(lambda: EmailAddress(text)):
        raise ChannelMismatch(channel)
    return read_phone(text, policy)


def identifier_to_json(identifier: Identifier) -> dict[str, str | int | None]:
    """The identifier as JSON types, in full; for state that the server keeps."""
    if isinstance(identifier, EmailAddress):
        return {"kind": "email", "address": identifier.address}
    return {
        "kind": "phone",
        "e164": identifier.e164,
        "calling_code": identifier.calling_code,
        "region": identifier.region,
        "provenance": identifier.provenance.value,
    }


def identifier_from_json(data: object) -> Identifier:
    """
    The identifier that `identifier_to_json` wrote.

    Raises:
        InvalidSetting: The data was not written by it; names the member.
        InvalidEmailAddress: The text is not an e-mail address.
    """
    kind = read_member(IdentifierKind, "kind", _member(data, "kind"))
    if kind is IdentifierKind.EMAIL:
        return EmailAddress(require_text("address", _member(data, "address")))
    region = _member(data, "region")
    return PhoneNumber(
        e164=require_text("e164", _member(data, "e164")),
        calling_code=require_kind("calling_code", _member(data, "calling_code"), int),
        region=None if region is None else require_text("region", region),
        provenance=require_kind("provenance", _member(data, "provenance"), str),
    )


def _member(data: object, name: str) -> object:
    if not isinstance(data, Mapping) or name not in data:
        raise InvalidSetting(name, "missing; takes what identifier_to_json wrote")
    return data[name]


def _read_email(text: str, channel: Channel, policy: PhonePolicy) -> EmailAddress:
    try:
        return EmailAddress(text)
    except InvalidEmailAddress:
        if _is_read(lambda: read_phone(text, policy)):
            raise ChannelMismatch(channel) from None
        raise


def _is_read(read: Callable[[], Identifier]) -> bool:
    with suppress(InputError):
        read()
        return True
    return False
