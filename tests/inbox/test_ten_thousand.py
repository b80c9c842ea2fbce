"""Ten thousand messages: a few are in the document, all are found, more may come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.inbox.looking import Page
from tests.support.served import Account, serving
from verify_fakes.server.twilio._accounts import TwilioAccount
from verify_fakes.server.twilio._app import FakeTwilioApp
from verify_fakes.twilio._outbox import Message
from verify_fakes.twilio.machine._state import TwilioChannel

pytestmark = pytest.mark.browser

ACCOUNTS, EACH = 5, 2_000
#: Of the page without its cards there are about 300, of a card about 70.
MOST_ELEMENTS = 4_000
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def fill(account: TwilioAccount, first: int, number: int) -> None:
    """Messages of verifications that the machine has forgotten, quickly made."""
    for each in range(first, first + number):
        message = Message(
            to=f"+1555{each:07}",
            channel=TwilioChannel.SMS,
            code=f"{each:06}",
            body=f"Your code is {each:06}",
            at=AT,
            verification_sid=f"VE{each:032x}",
            service_sid="VA" + "b" * 32,
        )
        account.store.outbox.add(message)


@pytest.fixture(scope="module")
def app() -> FakeTwilioApp:
    app = FakeTwilioApp()
    for place in range(ACCOUNTS):
        account = app.accounts.get(f"AC{place:032x}")
        fill(account, place * EACH, EACH)
        account.receive()
    return app


@pytest.fixture(scope="module")
def url(app: FakeTwilioApp) -> Iterator[str]:
    with serving(app) as address:
        yield address


def last(page: Page) -> str:
    return "".join(page.texts("[data-code-short]")[-1:])


def elements(page: Page) -> int:
    return int(page.js("return document.getElementsByTagName('*').length"))


def test_few_are_in_the_document_wherever_one_scrolls(
    page: Page, url: str, app: FakeTwilioApp
) -> None:
    page.window.get(url)
    page.shows("#count", "10000 messages")
    seen = {""}
    for share in (0, 0.25, 0.5, 1):
        page.js("scrollTo(0, arguments[0] * document.body.scrollHeight)", share)
        page.until(lambda: last(page) not in seen)
        assert elements(page) < MOST_ELEMENTS
        seen.add(last(page))

    def oldest_is_shown() -> bool:
        # The page grows by what it measures of cards that it has not shown before.
        page.js("scrollTo(0, document.body.scrollHeight)")
        return last(page) == "000000"

    page.until(oldest_is_shown)
    oldest = page.all("li[data-key]")[-1]
    assert oldest.get_attribute("aria-setsize") == "10000"
    page.find("[name=address]").send_keys("004711")
    page.shows("[data-code-short]", "004711")
    page.find("button[type=reset]").click()
    page.shows("#count", "10000 messages")
    account = next(iter(app.accounts))
    page.choose("account", account.name)
    page.shows("#count", "2000 messages")


def test_more_come_while_one_reads(page: Page, url: str, app: FakeTwilioApp) -> None:
    """What one looks at stays where it is; what leaves the server leaves the page."""
    page.window.get(url)
    page.shows("#count", "10000 messages")
    page.js("scrollTo(0, document.body.scrollHeight / 2)")
    page.until(lambda: page.js("return scrollY") > 1_000)
    looked_at = page.js(MIDDLE)
    account = next(iter(app.accounts))

    fill(account, 20_000, 999)
    newest = {"to": "+15550020999", "channel": "sms", "code": "020999", "text": "x"}
    Account(url, sid=account.name).door("POST", "/messages", newest)  # announces all

    page.says("#said", "New message by SMS to +15*******99. Code: 0 2 0 9 9 9")
    assert page.js(MIDDLE) == looked_at
    assert elements(page) < MOST_ELEMENTS
    middle = page.js("return scrollY")
    for _ in range(3):
        page.press("j")  # from what is on the screen, not from the first of all
    page.until(lambda: page.focused.get_attribute("class").startswith("card"))
    assert abs(page.js("return scrollY") - middle) < 1_000
    page.js("scrollTo(0, 0)")
    page.until(lambda: page.texts(".card .code")[:1] == ["020999"])


MIDDLE = """
    const element = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    return element.closest("li")?.dataset.key ?? "between";
"""
