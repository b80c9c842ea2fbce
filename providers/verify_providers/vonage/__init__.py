"""Vonage Verify v2, blocking and awaited; its webhooks, checked and kept."""

from .events import EventKind, EventStore, MemoryEvents, VonageEvent
from .extras import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    WhatsAppMode,
    WhatsAppStep,
)
from .provider import AsyncVonageVerify, VonageVerify
from .settings import async_from_settings, from_settings
from .webhooks import InvalidWebhook
from .wire import client_ref_of

__all__ = [
    "AsyncVonageVerify",
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
    "async_from_settings",
    "client_ref_of",
    "from_settings",
]
