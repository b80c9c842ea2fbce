"""A server in a thread, one of its accounts, and what raw bytes make it say."""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from attrs import Factory, define

from verify_fakes.server._asgi import Served
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._proxy import Proxy
from verify_fakes.server._serving import HttpServer, listen, loop_factory, url_of
from verify_fakes.server.twilio._app import FakeTwilioApp
from verify_fakes.server.twilio._settings import TwilioSettings


@contextmanager
def running(settings: TwilioSettings | None = None) -> Iterator[str]:
    """A server in a thread; gives its URL."""
    settings = settings or TwilioSettings()
    with serving(FakeTwilioApp(settings), bounds=settings.bounds) as url:
        yield url


@contextmanager
def serving(
    app: Served,
    *,
    loop: str = "auto",
    port: int = 0,
    proxy: Proxy | None = None,
    bounds: Bounds | None = None,
) -> Iterator[str]:
    """An application on a socket of this process; gives its URL."""
    with served(app, loop=loop, port=port, proxy=proxy, bounds=bounds) as server:
        yield url_of(server.bound)


@contextmanager
def served(
    app: Served,
    *,
    loop: str = "auto",
    port: int = 0,
    proxy: Proxy | None = None,
    bounds: Bounds | None = None,
) -> Iterator[HttpServer]:
    """The same; gives the server."""
    server = HttpServer(
        app=app,
        bound=listen("127.0.0.1", port),
        bounds=bounds or Bounds(),
        proxy=proxy,
    )
    began = threading.Event()
    factory = loop_factory() if loop == "auto" else asyncio.new_event_loop
    with server.bound, asyncio.Runner(loop_factory=factory) as runner:
        thread = threading.Thread(target=runner.run, args=(server.run(began.set),))
        thread.start()
        while not began.wait(0.005):
            assert thread.is_alive()
        try:
            yield server
        finally:
            runner.get_loop().call_soon_threadsafe(server.end)
            thread.join(5)


@define(eq=False)
class Account:
    """One account of a server, by plain HTTP."""

    url: str
    sid: str = Factory(lambda: f"AC{uuid.uuid4().hex}")
    token: str = Factory(lambda: uuid.uuid4().hex)
    service: str = Factory(lambda: f"VA{uuid.uuid4().hex}")
    session: requests.Session = Factory(requests.Session)

    def twilio(self, method: str, path: str, **form: str) -> requests.Response:
        """A request to Twilio's API; a path without slash is the service's."""
        if not path.startswith("/"):
            path = f"/v2/Services/{self.service}/{path}"
        sent = {"params": form} if method == "GET" else {"data": form}
        return self.session.request(
            method, self.url + path, auth=(self.sid, self.token), timeout=10, **sent
        )

    def start(self, to: str, channel: str = "sms", **more: str) -> requests.Response:
        return self.twilio("POST", "Verifications", To=to, Channel=channel, **more)

    def services(self) -> list[Any]:
        found: list[Any] = self.twilio("GET", "/v2/Services").json()["services"]
        return found

    def check(self, to: str, code: str) -> requests.Response:
        return self.twilio("POST", "VerificationCheck", To=to, Code=code)

    def door(self, method: str, path: str, body: object = None, **query: object) -> Any:  # noqa: ANN401 - JSON
        """A request to the side door, about this account; the JSON of its answer."""
        response = self.door_response(method, path, body, **query)
        assert response.ok, response.text
        return response.json() if response.content else None

    def door_response(
        self, method: str, path: str, body: object = None, **query: object
    ) -> requests.Response:
        url = f"{self.url}/_fake/accounts/{self.sid}{path}"
        texts = {name: str(value) for name, value in query.items()}
        return self.session.request(method, url, json=body, params=texts, timeout=20)

    def code(self, to: str) -> str:
        """The newest code that an address got."""
        return str(self.door("GET", "/messages", to=to)["messages"][-1]["code"])


def address_of(url: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def exchange(
    url: str, sent: bytes, *, silence_s: float = 2.0, more: bool = False
) -> bytes:
    """All that the server says to these bytes until it is silent or gone."""
    heard = b""
    with socket.create_connection(address_of(url), timeout=silence_s) as talking:
        try:
            talking.sendall(sent)
            if not more:
                talking.shutdown(socket.SHUT_WR)
            while part := talking.recv(65536):
                heard += part
        except OSError:  # silent, or gone
            pass
    return heard
