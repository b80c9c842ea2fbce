"""A provider of codes of our own, blocking or awaited, and what is around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from attrs import define, field

from tests.support.kinds import shared_loop
from verify_core.channels import Channel
from verify_core.codestore import CodeRecord
from verify_core.errors import VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.phone import read_phone
from verify_core.testing import Blocking
from verify_core.verification import Started, StartRequest
from verify_fakes import FakeClock
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    OwnCodes,
)
from verify_providers.own.senders import MemorySender, Message

PHONE = read_phone("+1 555 323 1234")
MAIL = EmailAddress("Per.Son@example.org")
KEYS = CodeKeys.generate()
AT_ONCE = CodePolicy(cool_downs=())
SAME = CodePolicy(cool_downs=(), resend="same_code")


@define
class World:
    """A provider of one kind, and what is around it."""

    kind: str
    clock: FakeClock = field(factory=FakeClock)
    store: MemoryStore = field(factory=MemoryStore)
    sender: MemorySender = field(factory=MemorySender)

    def provider(self, policy: CodePolicy = AT_ONCE, **more: Any) -> Any:  # noqa: ANN401
        options: dict[str, Any] = {
            "store": self.store,
            "senders": dict.fromkeys(Channel, self.sender),
            "keys": KEYS,
            "brand": "Shop",
            "policy": policy,
            "clock": self.clock.now,
        }
        if self.kind == "blocking":
            return OwnCodes(**options | more)
        return Blocking(AsyncOwnCodes(**options | more), loop=shared_loop())

    @property
    def code(self) -> str:
        return self.sender.outbox[-1].code.reveal()

    def record(self, started: Started) -> CodeRecord:
        record = self.store.fetch(started.ref.vendor_id, now=self.clock.now())
        assert record is not None
        return record

    def pause(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def sms(**more: Any) -> StartRequest:  # noqa: ANN401 - the request's fields
    return StartRequest(identifier=PHONE, **more)


def wrong(code: str) -> str:
    return code[:-1] + ("1" if code.endswith("0") else "0")


class Odd:
    """A sender that does what no sender should."""

    def __init__(self, do: Callable[[Message], Any]) -> None:
        self._do = do

    def send(self, message: Message) -> Any:  # noqa: ANN401 - whatever it is
        return self._do(message)


def bug(message: Message) -> None:
    raise ValueError(message.text)


class Faulty(MemoryStore):
    """A store whose operation of that name fails, once or for good."""

    def __init__(self, name: str, error: VerifyError, *, acts: bool) -> None:
        super().__init__()
        inner = getattr(self, name)

        def fail(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if acts:
                inner(*args, **kwargs)
            raise error.but()

        setattr(self, name, fail)
