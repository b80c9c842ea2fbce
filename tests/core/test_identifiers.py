"""Identifiers: read in the kind that the channel takes, masked ever after."""

from __future__ import annotations

import pytest
from hypothesis import given

from verify_core import Channel, EmailAddress, InvalidPhoneNumber, PhonePolicy
from verify_core.channels import ChannelMismatch, IdentifierKind
from verify_core.errors import InputError
from verify_core.identifiers import (
    Identifier,
    IdentifierReason,
    InvalidEmailAddress,
    MissingIdentifier,
    identifier_from_json,
    identifier_to_json,
    read_identifier,
)
from verify_core.phone import PhoneNumber, read_phone
from verify_core.testing.strategies import email_addresses

ANY = PhonePolicy()


def test_an_address_is_normalised_and_masked() -> None:
    address = EmailAddress("  Person@EXAMPLE.org ")

    assert address.address == address.value == "Person@example.org"
    assert address.kind is IdentifierKind.EMAIL
    assert "erson" not in f"{address} {address!r}"


def test_reserved_domains_serve_tests() -> None:
    assert EmailAddress("me@login.test").value == "me@login.test"


@pytest.mark.parametrize(
    "text",
    ["", "person", "@example.com", "a b@example.org", "a@b@c", "x" * 250 + "@e.org"],
)
def test_what_is_no_address_is_refused_without_echo(text: str) -> None:
    with pytest.raises(InvalidEmailAddress) as caught:
        EmailAddress(text)

    assert caught.value.reason is IdentifierReason.INVALID_EMAIL
    assert caught.value.__cause__ is None
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("text", [None, "", "   "])
@pytest.mark.parametrize("channel", list(Channel))
def test_no_text_is_no_identifier(text: str | None, channel: Channel) -> None:
    with pytest.raises(MissingIdentifier):
        read_identifier(text, channel, ANY)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CALL, Channel.WHATSAPP])
def test_a_phone_channel_reads_a_number(channel: Channel) -> None:
    found = read_identifier("1(555)323-1234", channel, ANY)

    assert isinstance(found, PhoneNumber)
    assert found.e164 == "+15553231234"


def test_the_email_channel_reads_an_address() -> None:
    assert read_identifier("a@example.org", Channel.EMAIL, ANY) == EmailAddress(
        "a@example.org"
    )


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("person@example.org", Channel.SMS),
        ("+15553231234", Channel.EMAIL),
        (EmailAddress("person@example.org"), Channel.WHATSAPP),
    ],
)
def test_the_other_kind_is_a_mismatch(text: str | Identifier, channel: Channel) -> None:
    with pytest.raises(ChannelMismatch):
        read_identifier(text, channel, ANY)


def test_a_wrong_number_keeps_its_own_reason() -> None:
    with pytest.raises(InvalidPhoneNumber):
        read_identifier("(555) 323-1234", Channel.SMS, ANY)


@given(email_addresses())
def test_an_address_survives_json(address: EmailAddress) -> None:
    assert identifier_from_json(identifier_to_json(address)) == address


def test_a_number_survives_json_with_its_provenance() -> None:
    number = read_phone("1(555)323-1234")

    again = identifier_from_json(identifier_to_json(number))

    assert again == number
    assert isinstance(again, PhoneNumber)
    assert again.provenance is number.provenance


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "email"},
        {"kind": "email", "address": "nobody"},
        {"kind": "phone", "e164": "1", "calling_code": 1, "region": None},
        {
            "kind": "phone",
            "e164": "5551234",
            "calling_code": 1,
            "region": None,
            "provenance": "bare",
        },
    ],
)
def test_json_that_is_not_ours_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, InputError)):
        identifier_from_json(data)
