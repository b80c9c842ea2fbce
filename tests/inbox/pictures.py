"""
Draws the pictures of the inbox in the documentation, always of the same story.

    PYTHONPATH=.:providers:fakes python -m tests.inbox.pictures
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.inbox.looking import Page
from tests.support.chromium import browser
from tests.support.served import Account, running
from verify_fakes.server.twilio._settings import TwilioSettings

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES: Final = 150_000
_WIDTH: Final = 1080
_ADA: Final = "ada.lovelace@example.com"
_MOBILE: Final = "+15553231234"
_LONDON: Final = "+442071838750"
_BERLIN: Final = "+493012345678"


def draw() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    with browser() as window, running(TwilioSettings(seed="pictures")) as url:
        account = Account(url, sid="AC" + "1f3a" * 8, token="5" * 32)
        page = Page(window, account)
        window.get(url)
        page.until(lambda: page.find("#start").is_displayed())
        take(page, "light", "inbox-start.png", 620)
        tell(account)
        page.screen(_WIDTH, 3000)
        page.open()
        page.until(lambda: len(page.all(".card")) == 6)
        take(page, "light", "inbox.png", 960)
        take(page, "dark", "inbox-dark.png", 960, top="li:nth-child(4)")
        page.js("document.getElementById('tools-open').click()")
        page.until(lambda: page.all("[data-what]"))
        take(page, "light", "inbox-faults.png", 760)
        page.open("/requests")
        page.until(lambda: page.all(".row"))
        page.js("document.querySelectorAll('details')[2].open = true")
        take(page, "light", "requests.png", 880)


def tell(account: Account) -> None:
    """What happens before the picture is taken; the newest is on top."""
    bank = account.twilio("POST", "/v2/Services", FriendlyName="Acme Bank").json()
    account.service = bank["sid"]
    account.start(_ADA, "email")
    account.start(_LONDON, "call")
    account.door("POST", "/clock", {"advance_s": 95})
    account.start(_BERLIN, "whatsapp")
    account.door("POST", "/clock", {"advance_s": 60})
    account.start("+15553230004")
    code = account.code("+15553230004")
    account.check("+15553230004", code)
    account.check("+15553230004", code)
    account.door("POST", "/clock", {"advance_s": 8})
    account.start(_MOBILE)
    account.check(_MOBILE, "000000")
    account.start(_MOBILE)
    account.door("POST", "/faults", {"operation": "start", "error": 60203})
    account.start("+15553230007")
    account.door("POST", "/faults", {"operation": "check", "connection": "hang_up"})
    account.door("POST", "/clock", {"advance_s": 73})


def take(
    page: Page, scheme: str, name: str, height: int, *, top: str = "header"
) -> None:
    """One picture, from an element down."""
    page.prefer(scheme)
    window: WebDriver = page.window
    size = {"width": _WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": True}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.js("document.getAnimations().forEach((each) => each.finish())")
    page.js("document.querySelector(arguments[0]).scrollIntoView()", top)
    taken = window.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    drawn = base64.b64decode(taken["data"])
    if len(drawn) > MOST_BYTES:
        raise SystemExit(f"{name}: {len(drawn)} bytes are too many")
    (FOLDER / name).write_bytes(drawn)


if __name__ == "__main__":
    draw()
