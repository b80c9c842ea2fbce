"""Vonage Verify v2, blocking and awaited; its webhooks, checked and kept."""

from ._asking import client_ref_of as client_ref_of
from ._extras import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    WhatsAppMode,
    WhatsAppStep,
)
from ._provider import AsyncVonageVerify, VonageVerify
from ._settings import (
    async_from_settings as async_from_settings,
    from_settings as from_settings,
)
from ._webhooks import EventKind, EventStore, InvalidWebhook, MemoryEvents, VonageEvent

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
]
