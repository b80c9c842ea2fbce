"""
Stand-ins with behaviour, for working offline.

Each name loads its module when it is first used: pytest imports this package in every
project where it is installed (`verify_fakes.pytest_plugin`), and must not be slowed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._clock import FakeClock as FakeClock
    from ._senders import FakeSenders as FakeSenders
    from .kit._faults import Break as Break
    from .memory import (
        PROFILES as PROFILES,
        AsyncFakeVerifyProvider as AsyncFakeVerifyProvider,
        FakeVerifyProvider as FakeVerifyProvider,
        VendorProfile as VendorProfile,
    )
    from .mounted._sdk import twilio_http_client as twilio_http_client
    from .mounted._twilio import FakeTwilio as FakeTwilio, fake_twilio as fake_twilio
    from .mounted._vonage import FakeVonage as FakeVonage, fake_vonage as fake_vonage
    from .twilio._outbox import Message as Message, Outbox as Outbox

_HOMES = {
    "Break": "kit._faults",
    "AsyncFakeVerifyProvider": "memory",
    "PROFILES": "memory",
    "FakeClock": "_clock",
    "FakeSenders": "_senders",
    "FakeTwilio": "mounted._twilio",
    "FakeVerifyProvider": "memory",
    "FakeVonage": "mounted._vonage",
    "Message": "twilio._outbox",
    "Outbox": "twilio._outbox",
    "VendorProfile": "memory",
    "fake_twilio": "mounted._twilio",
    "fake_vonage": "mounted._vonage",
    "twilio_http_client": "mounted._sdk",
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
