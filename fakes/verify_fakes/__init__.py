"""
Stand-ins with behaviour, for working offline.

Each name loads its module when it is first used: pytest imports this package in every
project where it is installed (`verify_fakes.pytest_plugin`), and must not be slowed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import FakeClock as FakeClock
    from .memory import (
        PROFILES as PROFILES,
        AsyncFakeVerifyProvider as AsyncFakeVerifyProvider,
        FakeVerifyProvider as FakeVerifyProvider,
        VendorProfile as VendorProfile,
    )
    from .mounted.sdk import twilio_http_client as twilio_http_client
    from .mounted.twilio import FakeTwilio as FakeTwilio, fake_twilio as fake_twilio
    from .mounted.vonage import FakeVonage as FakeVonage, fake_vonage as fake_vonage
    from .twilio.outbox import Message as Message, Outbox as Outbox

_HOMES = {
    "AsyncFakeVerifyProvider": "memory",
    "PROFILES": "memory",
    "FakeClock": "clock",
    "FakeTwilio": "mounted.twilio",
    "FakeVerifyProvider": "memory",
    "FakeVonage": "mounted.vonage",
    "Message": "twilio.outbox",
    "Outbox": "twilio.outbox",
    "VendorProfile": "memory",
    "fake_twilio": "mounted.twilio",
    "fake_vonage": "mounted.vonage",
    "twilio_http_client": "mounted.sdk",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
