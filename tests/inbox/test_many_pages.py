"""
Many tabs, reloads and restarts.

A browser opens six connections to a server. While each page held a stream of its own,
also in the back/forward cache, the seventh page waited until the browser gave up
(measured 2026-11-23: 20 s and more for one page).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.inbox.looking import Page
from tests.support.served import Account, address_of, serving
from verify_fakes.server.twilio._app import FakeTwilioApp

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"
TABS = 10


@pytest.fixture
def app() -> FakeTwilioApp:
    return FakeTwilioApp()


@pytest.fixture
def url(app: FakeTwilioApp) -> Iterator[str]:
    with serving(app) as address:
        yield address


def listeners(app: FakeTwilioApp) -> int:
    return len(app.broadcast._listeners)  # noqa: SLF001 - what is measured


def test_ten_tabs_load_and_hear_of_a_message(
    page: Page, account: Account, app: FakeTwilioApp
) -> None:
    """A browser has six connections to a host; a page without one does not load."""
    page.open()
    for _ in range(TABS - 1):
        page.window.switch_to.new_window("tab")
        page.open()

    account.start(NUMBER)

    for tab in page.window.window_handles:
        page.window.switch_to.window(tab)
        page.shows(".card .code", account.code(NUMBER))
    assert listeners(app) == 1


def test_pages_left_behind_hold_no_connection_each(
    page: Page, account: Account, app: FakeTwilioApp
) -> None:
    account.start(NUMBER)
    for _ in range(5):
        page.open("/")
        page.open("/requests")

    assert listeners(app) == 1


def test_browser_without_shared_workers_is_served_too(
    page: Page, account: Account, app: FakeTwilioApp
) -> None:
    """Then each page has a stream of its own, and lets go of it when it is left."""
    added = page.window.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "delete self.SharedWorker"}
    )
    for _ in range(4):
        page.open("/requests")
        page.open("/")
    assert page.js("return typeof SharedWorker") == "undefined"

    account.start(NUMBER)

    page.shows(".card .code", account.code(NUMBER))
    assert listeners(app) == 1
    page.window.back()
    page.until(lambda: len(page.all(".row")) == 1)
    page.window.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    page.window.get("about:blank")
    page.until(lambda: listeners(app) == 0)


def test_page_that_one_goes_back_to_hears_again(page: Page, account: Account) -> None:
    page.open("/")
    page.js("window.stayed = true")
    page.open("/requests")
    account.start(NUMBER)

    page.window.back()

    page.shows(".card .code", account.code(NUMBER))
    account.start("+15553230000")
    page.until(lambda: len(page.all(".card")) == 2)
    page.is_live()


def test_reconnects_after_a_restart_of_the_server(chromium: WebDriver) -> None:
    """
    The new server counts its messages from 1 again: they are still others, and what the
    old one knew is gone.
    """
    with ExitStack() as first:
        url = first.enter_context(serving(FakeTwilioApp()))
        account = Account(url)
        page = Page(chromium, account)
        account.start(NUMBER)
        old = account.code(NUMBER)
        page.open()
        page.shows(".card .code", old)
        page.js("window.stayed = true")
        first.close()
        page.until(lambda: page.line == "Not connected")
        account.session.close()

        with serving(FakeTwilioApp(), port=address_of(url)[1]):
            account.start(NUMBER)
            new = account.code(NUMBER)

            page.is_live()
            page.shows(".card .code", new)
            account.start("+15553230000")
            page.until(lambda: len(page.all(".card")) == 2)
            assert page.js("return window.stayed") is True
            page.says("#said", "New message by SMS to +15*******00")
            page.complaints()  # of the lost line, which is as it should be
            page.leave()
            account.session.close()
