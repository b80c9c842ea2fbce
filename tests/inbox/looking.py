"""How the tests look at a page and wait for what it shows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from attrs import define

from tests.support.served import Account

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

_PATIENCE_S = 10
_POLL_S = 0.02


@define(eq=False)
class Page:
    """The inbox in a browser's tab, showing one account."""

    window: WebDriver
    account: Account

    def open(self, path: str = "/", **filters: str) -> None:
        """Go there, and wait until the page hears what happens."""
        query = urlencode({"account": self.account.sid, **filters})
        self.window.get(f"{self.account.url}{path}?{query}")
        self.is_live()

    def is_live(self) -> None:
        self.until(lambda: self.line == "Live")

    @property
    def line(self) -> str:
        return str(self.find("#line").text)

    def find(self, css: str) -> WebElement:
        return self.window.find_element("css selector", css)

    def all(self, css: str) -> list[WebElement]:
        return self.window.find_elements("css selector", css)

    def texts(self, css: str) -> list[str]:
        """The text of each, read in one go, so that none changes meanwhile."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)"
        )
        found: list[str] = self.js(script, css)
        return found

    def js(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        return self.window.execute_script(script, *arguments)

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until it holds."""
        from selenium.webdriver.support.ui import WebDriverWait

        waiting = WebDriverWait(self.window, _PATIENCE_S, _POLL_S)
        waiting.until(lambda _: holds())

    def shows(self, css: str, *expected: str) -> None:
        """Wait until just these texts stand there, in this order."""
        self._settle(lambda: self.texts(css) == list(expected))
        seen = self.texts(css)
        assert seen == list(expected), seen

    def says(self, css: str, part: str) -> None:
        """Wait until a text holds this."""
        self._settle(lambda: part in "\n".join(self.texts(css)))
        seen = "\n".join(self.texts(css))
        assert part in seen, seen

    def _settle(self, holds: Callable[[], object]) -> None:
        from selenium.common.exceptions import TimeoutException

        # What was seen instead is said by the assertion that follows.
        with contextlib.suppress(TimeoutException):
            self.until(holds)

    def press(self, *keys: str) -> None:
        """Type where the focus is."""
        self.window.switch_to.active_element.send_keys(*keys)

    def press_on_card(self, key: str) -> None:
        """A key for the newest card."""
        self.js("document.activeElement.blur()")
        self.press("j")
        self.until(lambda: self.focused.get_attribute("class").startswith("card"))
        self.press(key)

    @property
    def focused(self) -> WebElement:
        return self.window.switch_to.active_element

    def choose(self, name: str, value: str) -> None:
        """Set a filter, as a person does."""
        self.find(f"[name={name}] option[value='{value}']").click()

    def screen(self, width: int, height: int) -> None:
        """Let the screen have this size; 0 and 0 is the window's own."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        method = "setDeviceMetricsOverride" if width else "clearDeviceMetricsOverride"
        given = {**size, "mobile": True} if width else {}
        self.window.execute_cdp_cmd(f"Emulation.{method}", given)

    def grant_clipboard(self) -> None:
        self.window.execute_cdp_cmd(
            "Browser.grantPermissions",
            {
                "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
                "origin": self.account.url,
            },
        )

    def clipboard(self) -> str:
        script = """
            const [done] = arguments;
            navigator.clipboard.readText().then(done, (error) => done(`${error}`));
        """
        return str(self.window.execute_async_script(script))

    def prefer(self, scheme: str) -> None:
        """Let the system ask for light or dark; "" is what the machine is set to."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.window.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [feature]}
        )

    def complaints(self) -> list[str]:
        """What the browser's console had to complain of since it was last asked."""
        logged = self.window.get_log("browser")
        return [each["message"] for each in logged if each["level"] == "SEVERE"]

    def asked_for(self) -> list[str]:
        """The URL of each request that the browser made since it was last asked."""
        events = [
            json.loads(entry["message"])["message"]
            for entry in self.window.get_log("performance")
        ]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def leave(self) -> None:
        """Close all tabs but one, and forget what they kept."""
        first, *others = self.window.window_handles
        for other in others:
            self.window.switch_to.window(other)
            self.window.close()
        self.window.switch_to.window(first)
        self.prefer("")
        self.screen(0, 0)
        self.window.execute_cdp_cmd(
            "Storage.clearDataForOrigin",
            {"origin": self.account.url, "storageTypes": "local_storage"},
        )
        self.window.get("about:blank")
