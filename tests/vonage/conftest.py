"""A server on loopback, a tiny Vonage behind it, and our provider in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.kinds import KINDS, Make, blocking
from tests.support.loopback import Loopback
from tests.vonage.tiny import KEY, NUMBER, SECRET, Clock, TinyVonage
from verify_core.phone import PhoneNumber
from verify_core.testing._awaited import Blocking
from verify_core.verification import StartRequest
from verify_providers.vonage import AsyncVonageVerify, VonageVerify


@pytest.fixture
def number() -> PhoneNumber:
    return NUMBER


@pytest.fixture
def request_of(number: PhoneNumber) -> StartRequest:
    return StartRequest(identifier=number)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account() -> dict[str, Any]:
    return {"api_key": KEY, "api_secret": SECRET, "brand": "Acme"}


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    server.run()
    yield server
    server.stop()


@pytest.fixture
def tiny(loopback: Loopback, clock: Clock) -> TinyVonage:
    vendor = TinyVonage(now=clock.now)
    loopback.answer = vendor.answer
    return vendor


@pytest.fixture(params=KINDS)
def make(
    request: pytest.FixtureRequest,
    loopback: Loopback,
    account: dict[str, Any],
    clock: Clock,
) -> Make:
    """Makes providers in front of the server; each test runs with both kinds."""
    here = {"base_url": loopback.url, "clock": clock.now, **account}

    def made(**options: object) -> VonageVerify | Blocking:
        whole: dict[str, Any] = here | options
        if request.param == "awaited":
            return blocking(AsyncVonageVerify(**whole))
        return VonageVerify(**whole)

    return made


@pytest.fixture
def provider(make: Make) -> Iterator[VonageVerify | Blocking]:
    with make() as made:
        yield made
