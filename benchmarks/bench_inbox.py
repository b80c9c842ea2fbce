"""
The inbox in Chromium with 10,000 messages, and while 1,000 a second arrive.

Prints the time to the first card and to all messages, the elements in the document, the
longest tasks of the page while it is scrolled and while messages arrive, and how late
the newest is seen. It needs chromium, chromedriver and selenium.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "providers"), str(ROOT / "fakes")]

from tests.inbox.looking import Page  # noqa: E402 - after its path
from tests.inbox.test_ten_thousand import ACCOUNTS, EACH, elements, fill  # noqa: E402
from tests.support.chromium import browser  # noqa: E402
from tests.support.served import Account, serving  # noqa: E402
from verify_fakes.server.twilio._app import FakeTwilioApp  # noqa: E402

_A_SECOND, _SECONDS = 1_000, 5
_WATCH = """
    window.tasks = [];
    new PerformanceObserver((list) => {
        for (const each of list.getEntries()) tasks.push(Math.round(each.duration));
    }).observe({ type: "longtask", buffered: true });
"""
_SCROLL = """
    const [done] = arguments;
    let [steps, last] = [0, performance.now()];
    const gaps = [];
    const step = (now) => {
        gaps.push(now - last);
        last = now;
        scrollBy(0, 400);
        if ((steps += 1) < 120) requestAnimationFrame(step);
        else done(gaps.slice(1).sort((a, b) => a - b));
    };
    requestAnimationFrame(step);
"""


def main() -> None:
    app = FakeTwilioApp()
    for place in range(ACCOUNTS):
        account = app.accounts.get(f"AC{place:032x}")
        fill(account, place * EACH, EACH)
        account.receive()
    with browser() as window, serving(app) as url:
        window.set_script_timeout(120)
        script = {"source": _WATCH}
        window.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
        page = Page(window, Account(url))
        _load(page, url)
        _scroll(page)
        _arrive(page, app)


def _load(page: Page, url: str) -> None:
    began = time.perf_counter()
    page.window.get(url)
    page.until(lambda: page.all(".card"))
    first = time.perf_counter() - began
    page.until(lambda: page.texts("#count") == ["10000 messages"])
    whole = time.perf_counter() - began
    print(f"first card after {first:.2f} s, 10,000 messages after {whole:.2f} s")
    print(f"elements in the document: {elements(page):,}")
    _tasks(page, "while loading")


def _scroll(page: Page) -> None:
    gaps: list[float] = page.window.execute_async_script(_SCROLL)
    middle, high = gaps[len(gaps) // 2], gaps[int(len(gaps) * 0.95)]
    print(f"a frame of scrolling: median {middle:.0f} ms, 95 % within {high:.0f} ms")
    _tasks(page, "while scrolling")


def _arrive(page: Page, app: FakeTwilioApp) -> None:
    account = next(iter(app.accounts))
    page.js("scrollTo(0, 0)")
    late: list[float] = []
    stop = threading.Event()
    sending = threading.Thread(target=_send, args=(account, page.account, stop))
    sending.start()
    began = time.perf_counter()
    while time.perf_counter() - began < _SECONDS:
        asked = time.perf_counter()
        newest = account.store.outbox[-1].code
        page.until(lambda code=newest: _newest(page) >= code)
        late.append(time.perf_counter() - asked)
    stop.set()
    sending.join()
    print(f"1,000 a second: the newest is seen after {max(late):.2f} s at most")
    print(f"elements in the document: {elements(page):,}")
    _tasks(page, "while messages arrive")


def _newest(page: Page) -> str:
    return str(
        page.js("return document.querySelector('.card .code')?.textContent ?? ''")
    )


def _send(account: Any, through: Account, stop: threading.Event) -> None:  # noqa: ANN401
    number, about = 100_000, Account(through.url, sid=account.name)
    while not stop.wait(0.1):
        fill(account, number, _A_SECOND // 10 - 1)
        number += _A_SECOND // 10
        code = f"{number - 1:06}"
        one = {"to": "+15553231234", "channel": "sms", "code": code, "text": code}
        about.door("POST", "/messages", one)  # which tells of all


def _tasks(page: Page, when: str) -> None:
    tasks = sorted(page.js("return tasks.splice(0)"))
    longest = f"longest {tasks[-1]} ms" if tasks else "none"
    print(f"tasks over 50 ms {when}: {len(tasks)}, {longest}")


if __name__ == "__main__":
    main()
