"""
How a message with a code of our own leaves: one protocol, and what fulfils it.

Each name loads its module when it is first used, so that a program that sends mail
loads nothing of what sends text messages.
"""

from typing import TYPE_CHECKING

from ..._lazy import names_of

if TYPE_CHECKING:
    from ._aws_senders import AwsSmsSender as AwsSmsSender, SnsSender as SnsSender
    from ._callable import (
        AsyncCallableSender as AsyncCallableSender,
        CallableSender as CallableSender,
        DjangoMailSender as DjangoMailSender,
    )
    from ._described import HttpSender as HttpSender
    from ._described_file import load_http_sender as load_http_sender
    from ._development import (
        ConsoleSender as ConsoleSender,
        MemorySender as MemorySender,
    )
    from ._sender import (
        AsyncSender as AsyncSender,
        MaybeSent as MaybeSent,
        Message as Message,
        Sender as Sender,
        Sent as Sent,
    )
    from ._smtp import SmtpSender as SmtpSender
    from ._twilio import TwilioMessagesSender as TwilioMessagesSender
    from ._urls import sender_from_url as sender_from_url
    from ._vonage import VonageSmsSender as VonageSmsSender
    from ._whatsapp import WhatsAppSender as WhatsAppSender

_NAMES = {
    "_aws_senders": ["AwsSmsSender", "SnsSender"],
    "_callable": ["AsyncCallableSender", "CallableSender", "DjangoMailSender"],
    "_described": ["HttpSender"],
    "_described_file": ["load_http_sender"],
    "_development": ["ConsoleSender", "MemorySender"],
    "_sender": ["AsyncSender", "MaybeSent", "Message", "Sender", "Sent"],
    "_smtp": ["SmtpSender"],
    "_twilio": ["TwilioMessagesSender"],
    "_urls": ["sender_from_url"],
    "_vonage": ["VonageSmsSender"],
    "_whatsapp": ["WhatsAppSender"],
}

__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = names_of(__name__, _NAMES)
