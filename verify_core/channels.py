"""The channels, and which kind of identifier each takes."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum

from .inputs import InputError


class IdentifierKind(StrEnum):
    """What a user is reached by."""

    PHONE = "phone"
    EMAIL = "email"


class ChannelReason(StrEnum):
    """Why a channel cannot be used."""

    UNKNOWN = "unknown"
    MISMATCH = "mismatch"


class Channel(StrEnum):
    """
    How a passcode travels, in Twilio's words; a vendor's own words stay in its package.

    Source: Twilio, Verify API, "Verifications", parameter Channel, read 2026-11-22.
    """

    SMS = "sms"
    CALL = "call"
    EMAIL = "email"
    WHATSAPP = "whatsapp"

    @property
    def takes(self) -> IdentifierKind:
        """The kind of identifier that this channel reaches."""
        return IdentifierKind.EMAIL if self is Channel.EMAIL else IdentifierKind.PHONE


class UnknownChannel(InputError):
    """The channel is none of ours; the message lists those that are."""

    def __init__(self) -> None:
        known = ", ".join(Channel)
        super().__init__(
            ChannelReason.UNKNOWN, f"channel: unknown channel; choose one of {known}"
        )

    def __reduce__(self) -> tuple[type[UnknownChannel], tuple[()]]:
        return type(self), ()


class ChannelMismatch(InputError):
    """
    The channel takes the other kind of identifier.

    Attributes:
        channel: The channel asked for.
    """

    def __init__(self, channel: Channel) -> None:
        wanted = "an e-mail address" if channel is Channel.EMAIL else "a phone number"
        super().__init__(
            ChannelReason.MISMATCH, f"identifier: channel {channel} takes {wanted}"
        )
        self.channel = channel

    def __reduce__(self) -> tuple[type[ChannelMismatch], tuple[Channel]]:
        return type(self), (self.channel,)


def read_channel(text: str | Channel) -> Channel:
    """
    A channel from however a configuration spells it: `SMS`, `Call`, ` whatsapp `.

    Raises:
        UnknownChannel: The text names no channel; its message lists them.
    """
    if isinstance(text, Channel):
        return text
    if isinstance(text, str):
        with suppress(ValueError):  # which quotes the text: not chained
            return Channel(text.strip().lower())
    raise UnknownChannel


def require_match(channel: Channel, kind: IdentifierKind) -> None:
    """
    Refuse a kind of identifier that the channel cannot reach.

    Raises:
        ChannelMismatch: A phone channel with an e-mail address, or the reverse.
    """
    if kind is not channel.takes:
        raise ChannelMismatch(channel)
