"""Type-checked, never run: which class fits which protocol, and what callers see."""

from __future__ import annotations

from typing import assert_type

from verify_core import (
    AsyncVerifyProvider,
    CheckResult,
    PhoneNumber,
    Started,
    Verifier,
    VerifyProvider,
    load_provider,
    read_phone,
)
from verify_core.codestore import CodeStore
from verify_core.events import EventHook, VerifyEvent
from verify_core.nodes import Directory, LineLookup, MemoryDirectory
from verify_core.nodes._lookup import MakeLookup
from verify_fakes import FakeVerifyProvider
from verify_providers.failover import FailoverProvider
from verify_providers.guard import GuardProvider
from verify_providers.own import (
    AsyncOwnCodes,
    MemoryStore,
    OwnCodes,
    RedisStore,
    SqlAlchemyStore,
    SqliteStore,
)
from verify_providers.own.senders import (
    AsyncCallableSender,
    AsyncSender,
    CallableSender,
    ConsoleSender,
    DjangoMailSender,
    HttpSender,
    MemorySender,
    Sender,
    SmtpSender,
)
from verify_providers.telemetry import Telemetry
from verify_providers.test_numbers import TestNumbers
from verify_providers.twilio import TwilioLookup, TwilioVerify
from verify_providers.vonage import EventStore, MemoryEvents, VonageVerify

_directory: type[Directory] = MemoryDirectory
_lookups: list[type[LineLookup]] = [FakeVerifyProvider, TwilioLookup]
_make: MakeLookup = TwilioLookup
_fake: type[VerifyProvider] = FakeVerifyProvider
_failover: type[VerifyProvider] = FailoverProvider
_guard: type[VerifyProvider] = GuardProvider
_telemetry: type[VerifyProvider] = Telemetry
_test_numbers: type[VerifyProvider] = TestNumbers
_twilio: type[VerifyProvider] = TwilioVerify
_own: type[VerifyProvider] = OwnCodes
_own_awaited: type[AsyncVerifyProvider] = AsyncOwnCodes
_stores: list[type[CodeStore]] = [
    MemoryStore,
    RedisStore,
    SqlAlchemyStore,
    SqliteStore,
]
_senders: list[type[Sender]] = [
    CallableSender,
    ConsoleSender,
    DjangoMailSender,
    HttpSender,
    MemorySender,
    SmtpSender,
]
_async_sender: type[AsyncSender] = AsyncCallableSender
_vonage: type[VerifyProvider] = VonageVerify
_events: type[EventStore] = MemoryEvents


def _print(event: VerifyEvent, /) -> None: ...


_hook: EventHook = _print


def _reads() -> None:
    assert_type(read_phone("+15553231234"), PhoneNumber)
    verifier = Verifier(load_provider("fake://"))
    started = verifier.start("+15553231234", "sms")
    assert_type(started, Started)
    assert_type(verifier.check(started.ref, "123456"), CheckResult)
