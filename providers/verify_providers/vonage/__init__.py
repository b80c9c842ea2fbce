"""Vonage Verify v2, over `requests`; its webhooks, checked and kept."""

from .events import EventKind, EventStore, MemoryEvents, VonageEvent
from .extras import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    WhatsAppMode,
    WhatsAppStep,
)
from .provider import VonageVerify
from .settings import from_settings
from .webhooks import InvalidWebhook
from .wire import client_ref_of

__all__ = [
    "EmailStep",
    "EventKind",
    "EventStore",
    "InvalidWebhook",
    "MemoryEvents",
    "SmsStep",
    "VoiceStep",
    "VonageEvent",
    "VonageExtras",
    "VonageVerify",
    "WhatsAppMode",
    "WhatsAppStep",
    "client_ref_of",
    "from_settings",
]
