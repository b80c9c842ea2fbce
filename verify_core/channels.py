"""The channels, and which kind of identifier each takes."""

from __future__ import annotations

from enum import StrEnum

from .errors import ChannelMismatch, UnknownChannel


class IdentifierKind(StrEnum):
    """What a user is reached by."""

    PHONE = "phone"
    EMAIL = "email"


class Channel(StrEnum):
    """
    How a passcode travels, in Twilio's words; a vendor's own words stay in its package.

    Source: Twilio, Verify API, "Verifications", parameter Channel, read 2026-11-22.
    """

    takes: IdentifierKind
    """The kind of identifier that this channel reaches."""

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    WHATSAPP = "whatsapp"

    def __init__(self, word: str) -> None:
        is_email = word == "email"
        self.takes = IdentifierKind.EMAIL if is_email else IdentifierKind.PHONE


_BY_WORD = {channel.value: channel for channel in Channel}


def read_channel(text: str | Channel) -> Channel:
    """
    A channel from however a configuration spells it: `SMS`, `Call`, ` whatsapp `.

    Raises:
        UnknownChannel: The text names no channel; its message lists them.
    """
    if isinstance(text, Channel):
        return text
    if not isinstance(text, str):
        raise UnknownChannel
    channel = _BY_WORD.get(text.strip().lower())
    if channel is None:
        raise UnknownChannel
    return channel


def require_match(channel: Channel, kind: IdentifierKind) -> None:
    """
    Refuse a kind of identifier that the channel cannot reach.

    Raises:
        ChannelMismatch: A phone channel with an e-mail address, or the reverse.
    """
    if kind is not channel.takes:
        raise ChannelMismatch(channel)
