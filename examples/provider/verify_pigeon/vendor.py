"""Pigeon Post itself, as small as its documents: what the provider is tried on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

Reply = tuple[int, dict[str, Any]]


@define
class Message:
    """One pigeon."""

    to: str
    code: str
    until: datetime
    left: int = 3
    over: bool = False


@define
class PigeonLoft:
    """
    The vendor: what it was asked for, and what it answers.

    Attributes:
        now: The loft's clock.
        arrived: Everything that was delivered, oldest first: number and code.
    """

    now: Callable[[], datetime]
    arrived: list[tuple[str, str]] = field(factory=list)
    _messages: dict[str, Message] = field(factory=dict)
    _keys: dict[str, str] = field(factory=dict)
    _numbers: itertools.count[int] = field(factory=itertools.count)

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        """Status and body of the answer to one request."""
        _, _, message_id, action = (*path.split("/"), "", "")[:4]
        if not message_id:
            return self._send(**body)
        message = self._messages.get(message_id)
        if message is None or (action != "guess" and self._is_over(message)):
            return 404, {"error": "no such message"}
        if method == "DELETE":
            message.over = True
            return 204, {}
        answer = self._guess(message, body) if action == "guess" else {}
        if action == "again":
            self.arrived.append((message.to, message.code))
        return 200, {"id": message_id, **answer}

    def _send(self, to: str, key: str, digits: int = 6, ttl_s: int = 600) -> Reply:
        if key not in self._keys:
            number = next(self._numbers)
            code = f"{(number + 1) * 7_654_321 % 10**digits:0{digits}}"
            self._keys[key] = f"bird-{number}"
            until = self.now() + timedelta(seconds=ttl_s)
            self._messages[self._keys[key]] = Message(to, code, until)
            self.arrived.append((to, code))
        return 201, {"id": self._keys[key], "expires_in_s": ttl_s}

    def _is_over(self, message: Message) -> bool:
        return message.over or message.left == 0 or self.now() >= message.until

    def _guess(self, message: Message, body: dict[str, Any]) -> dict[str, Any]:
        if message.left == 0:
            return {"result": "used_up", "left": 0}
        if message.over:
            return {"result": "done"}
        if self.now() >= message.until:
            return {"result": "too_late"}
        if body["code"] == message.code:
            message.over = True
            return {"result": "match"}
        message.left -= 1
        return {"result": "mismatch", "left": message.left}
