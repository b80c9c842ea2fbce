"""A server on loopback, a tiny Twilio behind it, and our provider in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.kinds import KINDS, Make, blocking
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
from verify_core.testing._awaited import Blocking
from verify_providers.twilio import AsyncTwilioVerify, TwilioVerify


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


@pytest.fixture(params=KINDS)
def make(
    request: pytest.FixtureRequest, loopback: Loopback, account: dict[str, Any]
) -> Make:
    """Makes providers in front of the server; each test runs with both kinds."""

    def made(**options: object) -> TwilioVerify | Blocking:
        whole: dict[str, Any] = {"base_url": loopback.url, **account, **options}
        if request.param == "awaited":
            return blocking(AsyncTwilioVerify(**whole))
        return TwilioVerify(**whole)

    return made


@pytest.fixture
def provider(make: Make) -> Iterator[TwilioVerify | Blocking]:
    with make() as made:
        yield made
