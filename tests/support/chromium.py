"""A headless Chromium, driven by selenium; for the tests marked `browser`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .apart import require_mark

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that asks for another machine finds none; that it asked is in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def binary() -> str:
    """Where the browser is; the test is skipped where there is none."""
    require_mark("browser")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("needs chromium (apt: chromium)")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A browser with a profile of its own; the test is skipped where there is none."""
    chromium, driver = binary(), shutil.which("chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver")
    if driver is None:
        pytest.skip("needs chromedriver (apt: chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    for flag in _FLAGS:
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=driver)
    window = webdriver.Chrome(options=options, service=service)
    try:
        window.set_page_load_timeout(15)
        window.set_script_timeout(15)
        yield window
    finally:
        window.quit()
