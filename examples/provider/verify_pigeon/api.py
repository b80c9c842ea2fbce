"""One request to Pigeon Post: time-outs, and whether a message may have left."""

from __future__ import annotations

from datetime import timedelta

import requests
from attrs import field, frozen
from urllib3.exceptions import NewConnectionError

from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_core.masking import Secret

NAME = "pigeon"
#: To connect, and to wait for the next bytes of the answer.
TIMEOUTS_S = (1.0, 3.0)

#: Statuses that mean the same whatever was asked: nothing was sent, no guess counted.
REFUSALS = {
    401: (Misconfigured, "the key is refused"),
    402: (Misconfigured, "the account is empty"),
    422: (InvalidIdentifier, "pigeons do not fly to this number"),
    503: (Unavailable, "the loft is closed"),
}


@frozen(kw_only=True)
class Answer:
    """What Pigeon Post said; the body may hold a person's number, so it never shows."""

    status: int
    body: dict[str, object] = field(repr=False)


@frozen(kw_only=True)
class Api:
    """
    Pigeon Post's address, and the key that opens it.

    Attributes:
        base_url: Without a slash at its end.
        key: The account's key.
        timeouts_s: To connect, and to wait for the next bytes, in seconds.
    """

    base_url: str
    key: Secret
    timeouts_s: tuple[float, float] = TIMEOUTS_S

    def ask(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> Answer:
        """
        Put one question, once: the caller decides what a missing answer means.

        Raises:
            NotSent: The vendor refused, or was not reached at all.
            Ambiguous: The question left and no answer came back.
            Unexpected: The answer is not JSON.
        """
        try:
            response = requests.request(
                method,
                self.base_url + path,
                json=body,
                headers={"X-Api-Key": self.key.reveal()},
                timeout=self.timeouts_s,
                allow_redirects=False,
            )
        except requests.ConnectTimeout:
            raise Unavailable("no connection in time", NAME) from None
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise Unavailable("no connection", NAME) from None
            raise Ambiguous("the connection broke before the answer", NAME) from None
        except requests.RequestException:
            raise Ambiguous("no answer in time", NAME) from None
        return _read(response)


def _never_connected(error: requests.ConnectionError) -> bool:
    # requests wraps urllib3's error, which says why: refused, or no such host.
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _read(response: requests.Response) -> Answer:
    status = response.status_code
    if status in REFUSALS:
        kind, text = REFUSALS[status]
        raise kind(text, NAME, http_status=status)
    if status == requests.codes.too_many_requests:
        wait = response.headers.get("Retry-After", "")
        pause = timedelta(seconds=int(wait)) if wait.isdecimal() else None
        raise Throttled("too many requests", NAME, status, retry_after=pause)
    if status >= requests.codes.server_error:
        raise Ambiguous("the vendor failed inside", NAME, http_status=status)
    try:
        body = response.json() if response.content else {}
    except requests.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Unexpected("the answer is no JSON object", NAME, http_status=status)
    return Answer(status=status, body=body)
