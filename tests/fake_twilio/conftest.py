"""What the tests of the fake share."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from attrs import define, field

from tests.support.twilio.model import Model
from verify_fakes import FakeTwilio

ACCOUNT = "AC" + "1" * 32
SERVICE = "VA" + "0" * 32
#: ACCOUNT and the secret "x".
CREDENTIALS = {
    "Authorization": "Basic QUMxMTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTp4"
}
PHONE = "+15555550100"
EMAIL = "ann@example.org"


def basic(user: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}


@define
class Line:
    """A caller of a fake Twilio over its wire, without any HTTP library."""

    twilio: FakeTwilio
    service: str = SERVICE
    headers: Mapping[str, str] = field(factory=lambda: CREDENTIALS)

    def call(
        self, method: str, path: str, form: Mapping[str, str] | None = None, **more: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a call; the path without scheme and host."""
        host = "lookups" if "PhoneNumbers" in path else "verify"
        url = f"https://{host}.twilio.com{path}"
        data = urlencode({**(form or {}), **more})
        status, _, body = self.twilio.handle(method, url, self.headers, data)
        return status, json.loads(body) if body else {}

    def start(self, to: str = PHONE, **more: str) -> tuple[int, dict[str, Any]]:
        channel = "email" if "@" in to else "sms"
        form = {"To": to, "Channel": channel, **more}
        return self.call("POST", f"/v2/Services/{self.service}/Verifications", form)

    def check(self, code: str, **more: str) -> tuple[int, dict[str, Any]]:
        form = {"Code": code, **more}
        return self.call("POST", f"/v2/Services/{self.service}/VerificationCheck", form)

    def fetch(self, key: str) -> tuple[int, dict[str, Any]]:
        path = f"/v2/Services/{self.service}/Verifications/{quote(key, safe='+')}"
        return self.call("GET", path)

    def update(self, key: str, status: str) -> tuple[int, dict[str, Any]]:
        path = f"/v2/Services/{self.service}/Verifications/{quote(key, safe='+')}"
        return self.call("POST", path, Status=status)

    def code(self) -> str:
        """The newest code sent."""
        return self.twilio.outbox[-1].code

    def wrong(self) -> str:
        """A code that is not the newest one sent."""
        return "1" * 6 if self.code() != "1" * 6 else "2" * 6


@pytest.fixture
def twilio() -> FakeTwilio:
    return FakeTwilio(seed=7)


@pytest.fixture
def line(twilio: FakeTwilio) -> Line:
    return Line(twilio)


@pytest.fixture(scope="session")
def oracle() -> type:
    """The class of the second, tiny model."""
    return Model


@pytest.fixture
def line_with() -> Callable[..., Line]:
    """A line to a new fake made with these arguments."""
    return lambda **settings: Line(FakeTwilio(seed=7, **settings))
