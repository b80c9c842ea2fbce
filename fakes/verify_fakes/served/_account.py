"""
One account on a fake server, as a test holds it.

Each test has an account sid of its own: it needs no reset, and sees no other test's
messages, clock or faults.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from attrs import Factory, define, field

from verify_core.frames import raising_alone

from ..kit._hiding import Hidden, Revealed, hidden, hidden_text
from ..twilio._outbox import Message
from ..twilio.machine._state import TwilioChannel

_CALL_S = 10.0
_FIRST_ERROR = 400


class SideDoorRefused(ValueError):
    """The side door cannot use what it was given; the message names the field."""


#: Frames below hold numbers and codes in their variables.
_unframed = raising_alone(SideDoorRefused)


class ServedClock:
    """The clock of one account; it runs, and can be moved forward."""

    def __init__(self, account: ServedTwilio) -> None:
        self._account = account

    def now(self) -> datetime:
        """The present of the account, UTC."""
        return _instant(self._account.ask("GET", "/clock")["now"])

    def advance(self, by: timedelta) -> None:
        """Move it forward; what is due has expired when this returns."""
        self._account.ask("POST", "/clock", {"advance_s": by.total_seconds()})

    def set(self, instant: datetime) -> None:
        """Move it to an aware instant that is not before the present."""
        self._account.ask("POST", "/clock", {"set": instant.isoformat()})


def _hex() -> str:
    return uuid.uuid4().hex


@define(eq=False, kw_only=True)
class ServedTwilio:
    """
    One account on a fake server: what an application needs, and what a test may move.

    Each method raises `SideDoorRefused` where the server cannot use what it is given.

    Attributes:
        url: Of the server; opened in a browser, it shows the inbox.
        service_sid: A Verify service of this account.
        side_door_token: What the server's side door asks for, if it does.
    """

    url: str
    account_sid: str = Factory(lambda: f"AC{_hex()}")
    _auth_token: Hidden[str] = field(factory=_hex, converter=hidden_text)
    service_sid: str = Factory(lambda: f"VA{_hex()}")
    _side_door_token: Hidden[str | None] = field(default=None, converter=hidden)

    auth_token = Revealed[str]()
    side_door_token = Revealed[str | None]()

    @property
    def provider_url(self) -> str:
        """For `verify_core.load_provider` and the variable `VERIFY_PROVIDER`."""
        user = f"{self.account_sid}:{self.auth_token}"
        base_url = quote(self.url, safe="")
        return f"twilio://{user}@verify/{self.service_sid}?base_url={base_url}"

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables, by the names that Twilio's own tools read."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_VERIFY_SERVICE_SID": self.service_sid,
            "VERIFY_PROVIDER": self.provider_url,
        }

    @property
    def clock(self) -> ServedClock:
        """The account's clock: `clock.advance(timedelta(minutes=11))`."""
        return ServedClock(self)

    @property
    def outbox(self) -> list[Message]:
        """What people received so far, oldest first; the last thousand."""
        return [_message(each) for each in self.ask("GET", "/messages")["messages"]]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests seen, oldest first, codes and tokens redacted."""
        return self._listed("requests")

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The armed rules, with their `hits`."""
        return self._listed("faults")

    @property
    def cursor(self) -> int:
        """The place of the newest message, for `wait`."""
        return int(self.ask("GET", "/messages?limit=1")["cursor"])

    @_unframed
    def wait(
        self, to: str, *, after: int, timeout_s: float
    ) -> tuple[int, Message] | None:
        """
        The first message to an address after a cursor, waited for on the server.

        Args:
            to: The address.
            after: A cursor; 0 is before the first message.
            timeout_s: 0 to 60 seconds.

        Returns:
            The message's own cursor and the message; None when the time was over.
        """
        found = self._waited("/messages/wait", timeout_s, to=to, after=after)
        return (found["cursor"], _message(found)) if found else None

    @_unframed
    def arm_fault(self, operation: str, **rule: object) -> None:
        """
        Let calls fail, counted from now on.

        Args:
            operation: `start`, `check`, `fetch`, `cancel`, `approve` or `lookup`.
            **rule: One of `error` (Twilio's number), `connection` (`hang_up`,
                `answer_lost`, `answer_late`, `refused`) and `delay_ms`; and `first`,
                `last` (left out: the first call only; None: no end), `to`,
                `retry_after_s`.
        """
        self.ask("POST", "/faults", {"operation": operation, **rule})

    def clear_faults(self) -> None:
        """Take all rules away."""
        self.ask("DELETE", "/faults")

    @_unframed
    def set_numbers(self, **traits: Iterable[str]) -> None:
        """
        Say what is true of numbers.

        Args:
            **traits: `landline`, `unreachable`, `verified`: numbers;
                `blocked_prefixes`; `blocked_countries`.
        """
        body = {name: list(values) for name, values in traits.items()}
        self.ask("POST", "/numbers", body)

    @_unframed
    def fix_code(self, to: str, code: str | None) -> None:
        """Fix the code of one address, 4 to 10 digits, or free it with None."""
        self.ask("POST", "/codes", {"to": to, "code": code})

    def reset(self, **settings: object) -> None:
        """
        Forget everything but the clock, and set the account up anew.

        Args:
            **settings: `seed`, `limits` (False lifts Twilio's), `profile`.
        """
        self.ask("POST", "/reset", settings)

    def set_limits(self, *, on: bool) -> None:
        """Switch the limits on sends, checks, polls and TOTP; nothing is forgotten."""
        self.ask("POST", "/limits", {"limits": on})

    def add_template(
        self,
        friendly_name: str,
        texts: Mapping[str, str] | str,
        *,
        channels: Iterable[str] = ("sms",),
    ) -> str:
        """
        Make a message template, as people do in Twilio's console; it is approved.

        Args:
            friendly_name: What lists call it.
            texts: One English text, or texts by language, the default one first; each
                has the placeholder `{{code}}`.
            channels: `sms`, `voice` or both.

        Returns:
            Its sid, for `TemplateSid`.
        """
        body = {
            "friendly_name": friendly_name,
            "texts": texts if isinstance(texts, str) else dict(texts),
            "channels": list(channels),
        }
        return str(self.ask("POST", "/templates", body)["sid"])

    @property
    def sinks(self) -> list[str]:
        """The URLs that the account's events are posted to."""
        return list(self.ask("GET", "/sinks")["sinks"])

    def add_sink(self, url: str) -> None:
        """
        Post the account's events to one more URL, as Twilio's Event Streams does.

        Args:
            url: On this machine, or on a host that the server was started with; at most
                twenty.
        """
        self.ask("POST", "/sinks", {"url": url})

    def clear_sinks(self) -> None:
        """Post the account's events nowhere."""
        self.ask("DELETE", "/sinks")

    def deliveries(self, **only: object) -> list[dict[str, Any]]:
        """
        The account's events and webhook calls, oldest first, and what became of them.

        Args:
            **only: `status` (`waiting`, `delivered`, `failed`, `refused`, `dropped`),
                `type`, `after` (a cursor), `limit`.
        """
        found = self.ask("GET", f"/deliveries?{urlencode(only)}")
        return list(found["deliveries"])

    def wait_deliveries(
        self, *, timeout_s: float, **only: object
    ) -> list[dict[str, Any]] | None:
        """
        The same, once all have ended, within 0 to 60 seconds; else None.

        Args:
            timeout_s: How long to wait.
            **only: As of `deliveries`.
        """
        found = self._waited("/deliveries/wait", timeout_s, **only)
        return None if found is None else list(found["deliveries"])

    def count_requests(self, **like: object) -> int:
        """
        How many of the logged requests were like this.

        Args:
            **like: `operation` (Twilio's operationId), `method`, `status`, `code`
                (Twilio's error), `form` (parameters, name to value).
        """
        return int(self.ask("POST", "/requests/count", like)["count"])

    def _listed(self, name: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/{name}")[name])

    def _waited(self, path: str, timeout_s: float, **query: object) -> Any:  # noqa: ANN401 - JSON
        asked = urlencode({**query, "timeout_s": timeout_s})
        return self.ask("GET", f"{path}?{asked}", timeout_s=timeout_s + _CALL_S)

    @_unframed
    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        timeout_s: float = _CALL_S,
    ) -> Any:  # noqa: ANN401 - JSON
        """
        One call of the side door, below this account.

        Args:
            method: HTTP method.
            path: Such as `/clock`.
            body: The JSON object to send.
            timeout_s: How long to wait for the answer.

        Returns:
            The JSON of the answer; None if it has none.
        """
        return call(
            self.url,
            f"{method} /_fake/accounts/{self.account_sid}{path}",
            body,
            timeout_s=timeout_s,
            token=self.side_door_token,
        )


def call(
    url: str,
    line: str,
    body: Mapping[str, object] | None = None,
    *,
    timeout_s: float = _CALL_S,
    token: str | None = None,
) -> Any:  # noqa: ANN401 - JSON
    """One call of a server's side door; `line` is method, space, path."""
    # The standard library's client: a test may have `requests` under a fake of its own,
    # and proxies of the environment are not for loopback.
    method, path = line.split(" ", 1)
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    found: Any = json.loads(content) if content else None
    if answer.status >= _FIRST_ERROR:
        error = found["error"]
        raise SideDoorRefused(f"{error['field']}: {error['message']}")
    return found


def _message(found: Mapping[str, Any]) -> Message:
    names = (
        *("to", "code", "body", "subject", "locale"),
        *("verification_sid", "service_sid"),
    )
    texts = {name: found[name] for name in names}
    channel = TwilioChannel(found["channel"])
    return Message(channel=channel, at=_instant(found["at"]), **texts)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
