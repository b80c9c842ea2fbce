"""One browser and one server; each test has an account and looks at it alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.inbox.looking import Page
from tests.support.served import Account, running

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture
def account(url: str) -> Iterator[Account]:
    account = Account(url)
    yield account
    account.session.close()


@pytest.fixture
def page(chromium: WebDriver, account: Account) -> Iterator[Page]:
    """The inbox's pages, of one account; a script's error or a refused load fails."""
    chromium.set_window_size(1100, 900)
    chromium.get("about:blank")
    page = Page(chromium, account)
    page.grant_clipboard()
    page.complaints()  # of tests before
    yield page
    complaints = page.complaints()
    page.leave()
    assert complaints == []
