"""Channels as configurations spell them, and what each can reach."""

from __future__ import annotations

import pytest

from verify_core import Channel, EmailAddress, read_phone
from verify_core.channels import IdentifierKind, read_channel, require_match
from verify_core.errors import ChannelMismatch, ChannelReason, UnknownChannel


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("sms", Channel.SMS),
        ("SMS", Channel.SMS),
        ("Call", Channel.CALL),
        ("Email", Channel.EMAIL),
        ("WHATSAPP", Channel.WHATSAPP),
        (" WhatsApp ", Channel.WHATSAPP),
        (Channel.CALL, Channel.CALL),
    ],
)
def test_a_channel_is_read_however_it_is_spelled(text: str, channel: Channel) -> None:
    assert read_channel(text) is channel


@pytest.mark.parametrize("text", ["", "fax", "voice", "s m s", "sms,call"])
def test_an_unknown_channel_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(UnknownChannel) as caught:
        read_channel(text)

    assert caught.value.reason is ChannelReason.UNKNOWN
    for channel in Channel:
        assert channel in str(caught.value)


def test_only_email_takes_addresses() -> None:
    kinds = {channel: channel.takes for channel in Channel}

    assert kinds.pop(Channel.EMAIL) is IdentifierKind.EMAIL
    assert set(kinds.values()) == {IdentifierKind.PHONE}


def test_a_mismatch_is_its_own_reason() -> None:
    number = read_phone("+15553231234")
    address = EmailAddress("person@example.org")
    require_match(Channel.SMS, number.kind)
    require_match(Channel.EMAIL, address.kind)

    for channel, identifier in ((Channel.EMAIL, number), (Channel.CALL, address)):
        with pytest.raises(ChannelMismatch) as caught:
            require_match(channel, identifier.kind)
        assert caught.value.reason is ChannelReason.MISMATCH
        assert "person" not in str(caught.value)
