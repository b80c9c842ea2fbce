"""A server on loopback, a tiny Twilio behind it, and our provider in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.loopback import (
    ACCOUNT,
    NUMBER,
    SERVICE,
    TOKEN,
    Loopback,
    Misbehaviour,
    TinyVerify,
)
from verify_core.phone import PhoneNumber
from verify_providers.twilio import TwilioVerify


@pytest.fixture
def reply() -> Misbehaviour:
    return Misbehaviour()


@pytest.fixture
def number() -> PhoneNumber:
    return NUMBER


@pytest.fixture
def account() -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "service_sid": SERVICE}


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    server.run()
    yield server
    server.stop()


@pytest.fixture
def tiny(loopback: Loopback) -> TinyVerify:
    service = TinyVerify()
    loopback.answer = service.answer
    return service


@pytest.fixture
def provider(loopback: Loopback, account: dict[str, Any]) -> Iterator[TwilioVerify]:
    with TwilioVerify(base_url=loopback.url, **account) as made:
        yield made
