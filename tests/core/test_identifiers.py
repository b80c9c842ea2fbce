"""Identifiers: read in the kind that the channel takes, masked ever after."""

from __future__ import annotations

import idna
import pytest
from hypothesis import example, given, reject, strategies as st

from verify_core import Channel, EmailAddress, InvalidPhoneNumber, PhonePolicy
from verify_core.channels import IdentifierKind
from verify_core.errors import (
    ChannelMismatch,
    IdentifierReason,
    InputError,
    InvalidEmailAddress,
    MissingIdentifier,
)
from verify_core.identifiers import (
    Identifier,
    identifier_from_json,
    identifier_to_json,
    read_identifier,
)
from verify_core.phone import PhoneNumber, read_phone
from verify_core.testing.strategies import UNSEEN, email_addresses

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


@pytest.mark.parametrize("local", ["a" * 64, "\u00e9" * 32, "\u20ac" * 21])
def test_64_octets_stand_before_the_sign(local: str) -> None:
    """RFC 5321, section 4.5.3.1.1, counts octets; RFC 6531 has them in UTF-8."""
    assert EmailAddress(f"{local}@example.org").value == f"{local}@example.org"

    with pytest.raises(InvalidEmailAddress):
        EmailAddress(f"{local}\u00e9@example.org")
    with pytest.raises(InvalidEmailAddress):
        EmailAddress(f"{local}aa@example.org")


@pytest.mark.parametrize(
    ("local", "domain"),
    [("a" * 64, "b" * 63 + "." + "c" * 63 + "." + "d" * 57 + ".org")],
)
def test_254_octets_are_an_address(local: str, domain: str) -> None:
    assert len(EmailAddress(f"{local}@{domain}").value) == 254

    with pytest.raises(InvalidEmailAddress):
        EmailAddress(f"{local}@e{domain[1:]}x")
    with pytest.raises(InvalidEmailAddress):
        EmailAddress(f"{local}@x.{domain}")


@pytest.mark.parametrize(
    ("spellings", "value"),
    [
        (
            (
                "ann@m\u00fcnchen.example",
                "ann@mu\u0308nchen.example",
                "ann@M\u00dcNCHEN.Example",
                "ann@m\u00fcnchen\u3002example",
                "ann@xn--mnchen-3ya.example",
                "ann@XN--MNCHEN-3YA.EXAMPLE",
            ),
            "ann@xn--mnchen-3ya.example",
        ),
        (("ann@fa\u00df.example", "ann@xn--fa-hia.example"), "ann@xn--fa-hia.example"),
        (("ann@\uff45\uff58ample.org", "ann@EXAMPLE.org"), "ann@example.org"),
        (("e\u0301@example.org", "\u00e9@example.org"), "\u00e9@example.org"),
    ],
)
def test_every_spelling_of_a_domain_is_one_identity(
    spellings: tuple[str, ...], value: str
) -> None:
    """The vendor is given the ASCII form: few mail servers take another one."""
    addresses = [EmailAddress(text) for text in spellings]

    assert {address.value for address in addresses} == {value}
    assert len(set(addresses)) == 1
    assert len({str(address) for address in addresses}) == 1
    for address in addresses:
        assert identifier_from_json(identifier_to_json(address)) == address


_LABELS = st.text(
    "abz0\u00e4\u00df\u00e9\u0131\u03c2\u0436\u4e2d\u65e5\ud55c\u0639", min_size=1
)


@given(email_addresses(), st.lists(_LABELS, min_size=1, max_size=3).map(".".join))
@example(EmailAddress("a@b.test"), "fa\u00df")
def test_both_spellings_of_any_domain_are_one_address(
    address: EmailAddress, domain: str
) -> None:
    local = address.value.partition("@")[0]
    try:
        found = EmailAddress(f"{local}@{domain}.example")
    except InvalidEmailAddress:
        reject()

    ascii_domain = found.value.partition("@")[2]
    spelled = EmailAddress(f"{local}@{idna.decode(ascii_domain)}")
    assert ascii_domain.isascii()
    assert found == spelled == EmailAddress(found.value)
    assert hash(found) == hash(spelled)
    assert identifier_from_json(identifier_to_json(spelled)) == found
    assert str(spelled) == str(found)


@given(
    email_addresses(),
    st.text([*UNSEEN, "\u3164", "\u115f", "\U000e0041"], max_size=4),
    st.data(),
)
def test_what_cannot_be_seen_changes_no_address(
    address: EmailAddress, unseen: str, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(address.value)))
    text = address.value[:position] + unseen + address.value[position:]

    assert EmailAddress(text) == address


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "\n\u200d{}\n\u200c",
            "{}\n",
            "\t{} ",
            "\u200e{}\u200f",
            "\ufeff{}",
            "\u200b{}\u200b\r\n",
        ),
        *('"{}"', "\u201c{}\u201d", "\u00ab{}\u00bb", "<{}>", "'{}'", '"{}",', "{};"),
    ],
)
def test_what_was_copied_around_an_address_is_dropped(typed: str) -> None:
    address = EmailAddress(typed.format("ann@example.org"))

    assert address.value == "ann@example.org"


@pytest.mark.parametrize(
    "domain", ["\u0646\u0627\u0645\u0647\u200c\u0627\u06cc", "\u0915\u094d\u200d\u0937"]
)
def test_a_joiner_that_makes_another_domain_is_not_dropped(domain: str) -> None:
    with pytest.raises(InvalidEmailAddress):
        EmailAddress(f"ann@{domain}.example")


@pytest.mark.parametrize("text", ["\u200b" * 5000, "a" * 5000, "\u200c\u0627" * 5000])
def test_a_long_text_is_refused_unread(text: str) -> None:
    with pytest.raises(InvalidEmailAddress):
        EmailAddress(text + "@example.org")


@pytest.mark.parametrize("text", [None, "", "   ", "\u200b\ufeff", "\u3164 \n"])
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
