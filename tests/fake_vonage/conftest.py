"""What the tests of the fake Vonage share."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from attrs import define, field

from tests.support.served import serving
from tests.support.served_vonage import Account
from verify_fakes import FakeVonage
from verify_fakes.server.vonage._app import FakeVonageApp

NUMBER = "447700900000"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"a1b2c3d4:secret").decode()}


@define
class Line:
    """A caller of a fake Vonage over its wire, without any HTTP library."""

    vonage: FakeVonage
    headers: Mapping[str, str] = field(factory=lambda: BASIC)

    def call(
        self, method: str, path: str, body: object = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a call; the path below `/v2/verify`."""
        data = b"" if body is None else json.dumps(body).encode()
        url = f"https://api.nexmo.com/v2/verify{path}"
        status, _, answered = self.vonage.handle(method, url, self.headers, data)
        return status, json.loads(answered) if answered else {}

    def start(
        self,
        *steps: Mapping[str, Any],
        **more: Any,  # noqa: ANN401 - JSON
    ) -> tuple[int, dict[str, Any]]:
        """Of one SMS to `NUMBER`, where no steps are given."""
        workflow = list(steps) or [{"channel": "sms", "to": NUMBER}]
        return self.call("POST", "", {"brand": "ACME", "workflow": workflow, **more})

    def started(self, *steps: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401 - JSON
        """The id of a start that must succeed."""
        status, body = self.start(*steps, **more)
        assert status == 202, body
        return str(body["request_id"])

    def check(self, request_id: str, code: str) -> tuple[int, dict[str, Any]]:
        return self.call("POST", f"/{request_id}", {"code": code})

    def cancel(self, request_id: str) -> tuple[int, dict[str, Any]]:
        return self.call("DELETE", f"/{request_id}")

    def next(self, request_id: str) -> tuple[int, dict[str, Any]]:
        return self.call("POST", f"/{request_id}/next_workflow")

    def code(self) -> str:
        """The newest code sent."""
        return self.vonage.outbox[-1].code

    def wrong(self) -> str:
        """A code that was never sent."""
        sent = {message.code for message in self.vonage.outbox}
        return next(code for code in ("0000", "1111", "2222") if code not in sent)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(FakeVonageApp()) as address:
        yield address


@pytest.fixture
def account(url: str) -> Iterator[Account]:
    account = Account(url, uuid4().hex[:8])
    yield account
    account.session.close()


@pytest.fixture
def vonage() -> FakeVonage:
    return FakeVonage(seed=7)


@pytest.fixture
def line(vonage: FakeVonage) -> Line:
    return Line(vonage)


@pytest.fixture
def line_with() -> Callable[..., Line]:
    """A line to a new fake made with these arguments."""
    return lambda **settings: Line(FakeVonage(seed=7, **settings))
