"""The three web examples: Twilio is swapped for codes of our own by one setting."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
import requests
from attrs import frozen

from tests.support.pages import ROOT
from verify_core import TokenKeys, load_provider

PHONE = "+15553231234"
CODE = re.compile(r"^(\d{6}) is your Shop code")


@frozen
class Vendor:
    """
    What `VERIFY_PROVIDER` says, and where the code of the newest message is.

    Attributes:
        url: The setting.
        code: Reads the code, given what the application prints.
    """

    url: str
    code: Callable[[Callable[[], str]], str]


def printed_code(next_line: Callable[[], str]) -> str:
    found = None
    while found is None:
        found = CODE.match(next_line())
    return found[1]


@pytest.fixture(params=["twilio", "own"])
def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> Vendor:
    if request.param == "own":
        file = f"{tmp_path}/codes.db"
        url = f"own://sqlite:///{file}?sender=console&brand=Shop"
        return Vendor(url, printed_code)
    server = request.getfixturevalue("twilio_server")
    inbox = request.getfixturevalue("sms_inbox")
    return Vendor(server.provider_url, lambda _printed: str(inbox.next(PHONE).code))


@contextmanager
def running(vendor: Vendor, *command: str) -> Iterator[Callable[[], str]]:
    """The application in a process of its own; gives the lines that it prints."""
    paths = [str(ROOT), str(ROOT / "providers"), str(ROOT / "fakes")]
    environ = {"PYTHONPATH": os.pathsep.join(paths), "VERIFY_PROVIDER": vendor.url}
    with subprocess.Popen(
        [sys.executable, "-u", *command],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines: Queue[str] = Queue()
        assert process.stdout is not None
        Thread(target=lambda: [*map(lines.put, process.stdout or ())]).start()
        yield lambda: lines.get(timeout=30)
        process.terminate()


def the_line(next_line: Callable[[], str], pattern: str) -> str:
    found = None
    while found is None:
        found = re.search(pattern, next_line())
    return found[1]


def test_the_page(vendor: Vendor) -> None:
    pytest.importorskip("uvicorn")
    with running(vendor, "examples/login", "--port", "0") as printed:
        url = the_line(printed, r"Open (http://\S+)")
        with requests.Session() as http:
            http.post(f"{url}/start", data={"number": PHONE}, timeout=10)
            code = vendor.code(printed)
            page = http.post(f"{url}/check", data={"code": code}, timeout=10)

    assert "You are signed in" in page.text


def test_the_pages_of_django(vendor: Vendor) -> None:
    pytest.importorskip("django")
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = "{}:{}".format(*free.getsockname())
    command = ("examples/django_login/manage.py", "runserver", "--noreload", place)
    with running(vendor, *command) as printed, requests.Session() as http:
        the_line(printed, "(Quit the server)")

        def post(path: str, **form: str) -> requests.Response:
            shown = http.get(f"http://{place}{path}", timeout=10).text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
            assert token
            form["csrfmiddlewaretoken"] = token[1]
            return http.post(f"http://{place}{path}", data=form, timeout=10)

        post("/", number=PHONE)
        page = post("/code", code=vendor.code(printed))

    assert "You are signed in" in page.text


def test_the_api_of_fastapi(
    vendor: Vendor,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("fastapi")
    httpx = pytest.importorskip("httpx")
    name, folder = "example_fastapi_login_swapped", ROOT / "examples/fastapi_login"
    monkeypatch.syspath_prepend(folder)  # as `python examples/fastapi_login` does
    spec = importlib.util.spec_from_file_location(name, folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from verify_providers._clock import utc_now

    keys = TokenKeys(keys={"k": TokenKeys.new_key()})
    app = module.create_app(load_provider(vendor.url, environ={}), keys, now=utc_now)

    def next_line() -> str:
        return next(lines)

    lines: Iterator[str] = iter(())

    async def walk() -> Any:  # noqa: ANN401 - httpx is optional
        nonlocal lines
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url="http://app.example"
            ) as http,
        ):
            await http.post("/login/start", json={"to": PHONE})
            lines = iter(capfd.readouterr().err.splitlines())
            code = await asyncio.to_thread(vendor.code, next_line)
            return await http.post("/login/check", json={"code": code})

    answer = asyncio.run(walk())

    assert answer.status_code == 200, answer.text
    assert answer.json()["identifier"].endswith(PHONE[-2:])
    del sys.modules[name]
