"""A form behind a URL, on this machine unless another is allowed."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote, urlencode, urlsplit

from attrs import define

from verify_core.errors import InvalidSetting
from verify_core.files import reason_of

from ._audit_forms import (
    MOST_BYTES,
    REFUSED,
    TIMED_OUT,
    Form,
    FormAnswer,
    is_encodable,
    read_answer,
)


@define
class Url:
    """A page or an API: the text is a field of what is posted."""

    url: str
    timeout_s: float
    field: str = "phone"
    answer_field: str | None = None
    is_form: bool = False
    jobs: int = 1
    _connection: http.client.HTTPConnection | None = None

    def takes(self, text: str) -> bool:
        """Whether the text has an encoding; JSON takes any."""
        return not self.is_form or is_encodable(text)

    def ask(self, text: str) -> FormAnswer:
        """Post the text; a status of 4xx refuses it."""
        body, kind = json.dumps({self.field: text}), "application/json"
        if self.is_form:
            body, kind = urlencode({self.field: text}), _FORM
        try:
            status, data = self._posted(body.encode(), kind)
        except TimeoutError:
            self.close()
            return TIMED_OUT
        except (OSError, http.client.HTTPException) as error:
            self.close()
            detail = "no answer in HTTP came"
            if not isinstance(error, http.client.HTTPException):
                detail = reason_of(error)
            return FormAnswer(fault="crashed", detail=detail)
        match status // 100:
            case 2:
                return self._answer(data)
            case 4 if status not in {404, 405, 408, 429}:
                return REFUSED
            case 5:
                return FormAnswer(fault="crashed", detail=f"HTTP {status}")
        return FormAnswer(fault="garbage", detail=f"HTTP {status}")

    def _answer(self, data: bytes) -> FormAnswer:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return read_answer(data)
        if isinstance(found, dict):
            found = found.get(self.answer_field or self.field)
        if found is None or found is False:
            return REFUSED
        return read_answer(f"{found}".encode(errors="replace"))

    def open(self) -> http.client.HTTPConnection:
        """Return the connection, made if there is none."""
        if self._connection is None:
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            made = kind(parts.hostname or "", parts.port, timeout=self.timeout_s)
            made.connect()
            self._connection = made
        return self._connection

    def _posted(self, body: bytes, kind: str) -> tuple[int, bytes]:
        is_reused = self._connection is not None
        try:
            return self._posted_once(body, kind)
        except (ConnectionError, http.client.HTTPException):
            if not is_reused:
                raise
        # The server may have ended an idle connection just then.
        self.close()
        return self._posted_once(body, kind)

    def _posted_once(self, body: bytes, kind: str) -> tuple[int, bytes]:
        connection = self.open()
        headers = {"Content-Type": kind, "Accept": "application/json"}
        with _deadline(connection.sock, self.timeout_s):
            connection.request("POST", _target(self.url), body, headers)
            answer = connection.getresponse()
            data = answer.read(MOST_BYTES)
        if answer.will_close or not answer.isclosed():
            self.close()
        return answer.status, data

    def is_doubted(self) -> bool:
        """Never: each answer in HTTP belongs to its question."""
        return False

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def _deadline(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up at the end of a time, since a socket's own begins anew at each byte."""
    is_late = threading.Event()

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if not is_late.is_set():
            raise
    finally:
        timer.cancel()
    if is_late.is_set():
        raise TimeoutError


def _target(url: str) -> str:
    """A path and a query as HTTP has them; what it cannot carry is percent-encoded."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe="%/?:@!$&'()*+,;=~[]")


_FORM = "application/x-www-form-urlencoded"


def url_form(
    url: str,
    *,
    timeout_s: float,
    field: str | None,
    answer_field: str | None,
    is_form: bool,
    allow_remote: bool,
) -> Form:
    """
    The form behind a URL; on this machine, unless another is allowed.

    Raises:
        InvalidSetting: It is no URL of http or https, leads elsewhere, or no server
            answers there.
    """
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise InvalidSetting(
            "--url", "is not a URL; it looks like http://127.0.0.1:8000/path"
        ) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidSetting(
            "--url", "is not a URL; it looks like http://127.0.0.1:8000/path"
        )
    if not (allow_remote or _is_loopback(parts.hostname)):
        raise InvalidSetting(
            "--url", "leads to another machine; --allow-remote says that you may ask it"
        )
    form = Url(url, timeout_s, field or "phone", answer_field, is_form)
    try:
        form.open()
        form.close()  # it would be idle, and perhaps closed, while texts are drawn
    except UnicodeError:  # of a host
        raise InvalidSetting("--url", "has no host that can be looked up") from None
    except OSError as error:
        raise InvalidSetting(
            "--url", f"cannot be reached: {reason_of(error)}"
        ) from None
    return form


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
