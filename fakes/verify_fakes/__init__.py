"""Stand-ins with behaviour, for working offline."""

from __future__ import annotations

from .clock import FakeClock
from .twilio.outbox import Message, Outbox

__all__ = ["FakeClock", "Message", "Outbox"]
