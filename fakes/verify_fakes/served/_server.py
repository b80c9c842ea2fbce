"""
A Python client of a running fake server's side door.

    server = FakeServerClient("http://127.0.0.1:4010")
    account = server.account()
    account.wait("+15553231234", after=account.cursor, timeout_s=5)

`ServedTwilio` has what belongs to one account; here is what belongs to the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from attrs import field, frozen

from ..kit._hiding import Hidden, Revealed, hidden
from ._account import ServedTwilio, SideDoorRefused, call

__all__ = ["FakeServerClient", "ServedTwilio", "SideDoorRefused"]

_SILENCE_S = 60.0  # the server beats on a stream every 15 seconds
_OK = 200


@frozen
class FakeServerClient:
    """
    One fake server; a value that it cannot use raises `SideDoorRefused`.

    Attributes:
        url: Where it listens.
        side_door_token: What its side door asks for, if it does.
    """

    url: str
    _side_door_token: Hidden[str | None] = field(
        default=None, converter=hidden, kw_only=True
    )

    side_door_token = Revealed[str | None]()

    def account(self, account_sid: str | None = None, **known: str) -> ServedTwilio:
        """
        One of its accounts.

        Args:
            account_sid: None is an unused one, so that a test needs no reset and sees
                no other's messages.
            **known: `auth_token` and `service_sid`, as a strict server has them.
        """
        named = {} if account_sid is None else {"account_sid": account_sid}
        return ServedTwilio(
            url=self.url, side_door_token=self.side_door_token, **named, **known
        )

    def is_healthy(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._ask("/health")["status"] == "ok")
        except OSError:
            return False

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """The accounts it has seen, and how they are set up."""
        return self._listed("accounts")

    def messages(self, **only: object) -> list[dict[str, Any]]:
        """
        The messages of all accounts, oldest first.

        Args:
            **only: `account`, `to`, `service`, `channel`, `after` (a cursor), `limit`.
        """
        return self._listed("messages", only)

    def requests(self, **only: object) -> list[dict[str, Any]]:
        """
        The requests of all accounts, oldest first, codes and tokens redacted.

        Args:
            **only: `account`, `operation`, `to`, `status`, `after` (a cursor), `limit`.
        """
        return self._listed("requests", only)

    def deliveries(self, **only: object) -> list[dict[str, Any]]:
        """
        The events and webhook calls of all accounts, oldest first.

        Args:
            **only: `account`, `status`, `type`, `after` (a cursor), `limit`.
        """
        return self._listed("deliveries", only)

    def events(self, account_sid: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """
        What happens from now on, until you stop or the server ends.

        Args:
            account_sid: Of one account; empty is all.

        Yields:
            `message`, `request`, `changed` or `delivery`, and what it is.
        """
        parts = urlsplit(self.url)
        connection = HTTPConnection(
            parts.hostname or "", parts.port, timeout=_SILENCE_S
        )
        token = self.side_door_token
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            query = urlencode({"account": account_sid})
            connection.request("GET", f"/_fake/events?{query}", headers=headers)
            stream = connection.getresponse()
            if stream.status != _OK:
                raise SideDoorRefused("authorization: takes Bearer and the token")
            yield from _happenings(iter(stream.readline, b""))
        finally:
            connection.close()

    def _listed(
        self, name: str, only: Mapping[str, object] | None = None
    ) -> list[dict[str, Any]]:
        query = f"?{urlencode(only)}" if only else ""
        return list(self._ask(f"/{name}{query}")[name])

    def _ask(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return call(self.url, f"GET /_fake{path}", token=self.side_door_token)


def _happenings(lines: Iterator[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = ""
    for line in lines:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)
