"""A person logs in with Ping's SDK in a browser, and a developer looks at the walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from attrs import define

from tests.support import npm
from tests.support.am import NUMBER, PASSWORD, AmClient

pytestmark = pytest.mark.browser

_LOGIN = Path(__file__).with_name("login.html")
_PATIENCE_S = 10


class _Handler(SimpleHTTPRequestHandler):
    """The login page, and the SDK's modules as npm has them."""

    extensions_map: ClassVar[dict[str, str]] = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
    }

    def translate_path(self, path: str) -> str:
        plain = path.partition("?")[0]
        if plain.startswith("/node_modules/"):
            return f"{npm.FOLDER}{plain}"
        return f"{_LOGIN}"

    def log_message(self, *_said: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the login page; another origin than the endpoint's."""
    npm.node_modules()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory="/"))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@define(eq=False)
class Window:
    """One browser with two tabs: the person's and the developer's."""

    driver: Any
    am: AmClient
    site: str

    def until(self, holds: Callable[[], object]) -> None:
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(
            self.driver, _PATIENCE_S, 0.02, ignored_exceptions=[WebDriverException]
        )
        wait.until(lambda _: holds())

    def text(self, css: str) -> str:
        script = "return document.querySelector(arguments[0])?.textContent ?? ''"
        return str(self.driver.execute_script(script, css))

    def begin(self, journey: str = "WithButtons") -> None:
        self.driver.get(f"{self.site}/?am={self.am.url}&journey={journey}")
        self.until(lambda: self.fields)

    @property
    def fields(self) -> list[Any]:
        found: list[Any] = self.driver.find_elements("css selector", "form input")
        return found

    def answer(self, *values: str, button: str = "next") -> None:
        """Fill in what is asked, and wait for what is asked then."""
        form = self.driver.find_element("css selector", "form")
        before = form.find_elements("css selector", "*")
        for each, value in zip(self.fields, values, strict=True):
            each.send_keys(value)
        pressed = form.find_elements("css selector", "button")
        next(each for each in pressed if each.text == button).click()
        self.until(lambda: _is_gone(before[0]))

    def look(self) -> None:
        self.driver.get(f"{self.am.url}/walks")
        self.until(lambda: self.text("#line") == "Live")

    def press(self, css: str) -> None:
        self.driver.find_element("css selector", css).click()


def _is_gone(element: Any) -> bool:  # noqa: ANN401 - selenium is optional
    from selenium.common.exceptions import StaleElementReferenceException

    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False


@pytest.fixture
def window(chromium: Any, am: AmClient, site: str) -> Iterator[Window]:  # noqa: ANN401
    chromium.get("about:blank")
    chromium.get_log("browser")
    opened = Window(chromium, am, site)
    yield opened
    complaints = [
        each["message"]
        for each in chromium.get_log("browser")
        if each["level"] == "SEVERE" and "401" not in each["message"]
    ]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.get("about:blank")
    assert complaints == []


def test_a_person_logs_in_with_the_sdk_of_ping(window: Window) -> None:
    window.begin()
    window.answer("ada", PASSWORD)
    window.answer(NUMBER)
    window.answer(window.am.code)

    window.until(lambda: window.text("#outcome") == "LoginSuccess")


def test_the_inbox_leads_to_the_walks(window: Window) -> None:
    window.driver.get(window.am.url)

    window.press("nav a[href='/walks']")

    window.until(lambda: window.text("h1") == "Walks")


def test_the_page_follows_the_walk_from_step_to_step(window: Window) -> None:
    am = window.am
    window.look()
    step = am.start()
    window.until(lambda: "at sign in" in window.text("#standing"))
    step = am.next(am.next(step, "ada", PASSWORD), NUMBER)
    window.until(lambda: "at code" in window.text("#standing"))

    assert window.text("g.at text") == "code"
    box = window.driver.find_element("css selector", "g.at rect").rect
    assert box["width"] > 100 < box["x"]
    assert am.code in window.text("#codes")
    steps = window.text("#steps")
    for passed in ("sign in: outcome", "check: true", "send: true"):
        assert f"Passed {passed}" in steps
    assert '"verifyDelivery": "sent"' in steps
    assert "Answered User Name: ada, Password: ***" in steps
    assert NUMBER not in steps
    assert PASSWORD not in window.driver.page_source

    am.next(step, am.code)
    window.until(lambda: "Success" in window.text("#standing"))
    assert window.driver.find_elements("css selector", "path.taken")


def test_a_walk_goes_back_by_a_button(window: Window) -> None:
    am = window.am
    step = am.sign_in()
    am.next(step, NUMBER)
    window.look()
    window.until(lambda: "at code" in window.text("#standing"))

    window.press("#back")

    window.until(lambda: "at send" in window.text("#standing"))
    assert "authId" in am.next(step, NUMBER)


def test_time_passes_by_a_button_and_the_code_expires(window: Window) -> None:
    am = window.am
    step = am.next(am.sign_in(), NUMBER)
    window.look()
    before = window.text("#now")

    window.press("#expiry")

    window.until(lambda: "expired" in window.text("#codes"))
    assert window.text("#now") > before
    said = am.next(step, am.code)
    assert said["callbacks"][0]["output"][0]["value"] == "The code has expired."


def test_the_vendor_fails_once_by_a_button(window: Window) -> None:
    am = window.am
    step = am.sign_in()
    window.look()

    window.press("#down")

    window.until(lambda: window.text("#faults") == "1 failure to come")
    step = am.next(step, NUMBER)
    assert step["callbacks"][0]["output"][0]["value"] == "No code could be sent."
    window.until(lambda: window.text("#faults") == "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(window: Window, scheme: str) -> None:
    """By axe-core's rules for WCAG 2.2 A and AA and its best practices."""
    driver, am = window.driver, window.am
    am.next(am.sign_in(), NUMBER)
    prefers = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [prefers]})
    window.look()
    window.until(lambda: "at code" in window.text("#standing"))
    driver.execute_script(
        "document.querySelectorAll('details').forEach(e => e.open = true)"
    )
    driver.execute_script((npm.node_modules() / "axe-core" / "axe.min.js").read_text())

    found = driver.execute_async_script(
        "axe.run(document, {resultTypes: ['violations']}).then(arguments[0])"
    )

    named = [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]]
    assert named == []
