"""By keyboard, by screen reader, by day and by night."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.inbox.looking import Page
from tests.support import npm
from tests.support.served import Account

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"
EMAIL = "ada@example.com"
TAB, ENTER, SPACE, SHIFT_TAB = "\ue004", "\ue007", " ", "\ue008\ue004\ue000"
ESCAPE = "\ue00c"


def everything(account: Account) -> None:
    """One message of each kind, and a few ends."""
    account.start(NUMBER)
    account.check(NUMBER, account.code(NUMBER))
    account.check(NUMBER, "123456")
    account.start("+442071838750", "call")
    account.start("+4915123456789", "whatsapp")
    account.start(EMAIL, "email")


def tabbed(page: Page, most: int = 40) -> list[str]:
    """The names of what the Tab key reaches, from the top, in order."""
    page.js("document.activeElement.blur(); getSelection().removeAllRanges()")
    names = []
    for _ in range(most):
        page.press(TAB)
        if page.focused.tag_name == "body":
            break
        names.append(page.focused.accessible_name)
    return names


def test_tab_goes_through_the_page_as_it_reads(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))

    names = tabbed(page)

    assert names[:27] == [
        "Skip to the content",
        "Inbox",
        "Requests",
        "Deliveries",
        "Dark",
        "Dense",
        "Show addresses",
        "Notify",
        "Time and faults",
        "Clear messages",
        "Keys",
        "Search",
        "Channel",
        "Service",
        "Account",
        "Clear filters",
        "Details",
        "Show the whole address",
        "Copy the code",
        "Approve",
        "Cancel",
        "Expire now",
        "+10 minutes",
        "Faults",
        "Delete",
        "Requests",
        "Deliveries",
    ]


def test_focus_is_seen(page: Page, account: Account) -> None:
    account.start(EMAIL, "email")
    page.open()
    page.until(lambda: page.all(".card"))
    for _ in range(14):
        page.press(TAB)
        if page.focused.tag_name in {"body", "iframe"}:
            continue
        outline = page.js(
            "const style = getComputedStyle(document.activeElement);"
            "return [style.outlineStyle, parseFloat(style.outlineWidth)]"
        )
        assert outline == ["solid", 3], page.focused.accessible_name


@pytest.mark.parametrize("key", [ENTER, SPACE], ids=["enter", "space"])
def test_keys_reveal_and_copy(page: Page, account: Account, key: str) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))

    page.js("document.querySelector('[data-reveal]').focus()")
    page.press(key)
    page.shows(".card [data-to]", NUMBER)
    page.press(TAB)
    page.press(key)

    page.shows("#said", "Code copied")
    assert page.clipboard() == account.code(NUMBER)


def test_focus_stays_when_messages_arrive(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.js("document.querySelector('[data-copy]').focus()")
    focused = page.focused

    account.start("+442071838750")

    page.until(lambda: len(page.all(".card")) == 2)
    assert page.focused == focused


def test_skip_link_goes_to_the_messages(page: Page) -> None:
    page.open()
    page.press(TAB)
    assert page.focused.rect["x"] >= 0  # it is seen while it has the focus

    page.press(ENTER)

    assert page.focused.get_attribute("id") == "main"


def test_escape_clears_the_search_and_then_leaves_it(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.press("/")
    page.press("nothing")
    page.until(lambda: not page.all(".card"))

    page.press(ESCAPE)

    page.until(lambda: page.all(".card"))
    assert page.focused.accessible_name == "Search"
    page.press(ESCAPE)
    page.press("j")
    assert page.focused.get_attribute("class").startswith("card")
    assert page.find("[name=address]").get_attribute("value") == ""


def test_enter_goes_from_the_search_to_the_first_card(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    account.start(EMAIL, "email")
    page.open()
    page.until(lambda: len(page.all(".card")) == 2)
    page.press("/")

    page.press("323", ENTER)

    page.shows(".card h2", "SMS")
    assert page.focused.accessible_name == "SMS"


@pytest.mark.parametrize("path", ["/requests", "/deliveries"])
def test_escape_leaves_the_search_of_a_list(page: Page, path: str) -> None:
    page.open(path)
    page.find("[type=search]").click()

    page.press("VA1", ESCAPE, ESCAPE)

    assert page.focused.tag_name == "body"
    assert page.find("[type=search]").get_attribute("value") == ""


def test_keys_open_a_request(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open("/requests")
    page.until(lambda: page.all(".row"))
    page.js("document.querySelector('.row summary').focus()")

    page.press(ENTER)

    page.until(lambda: page.find(".row [data-response]").is_displayed())
    page.press(TAB)
    assert page.focused.accessible_name == "Response body"  # it scrolls by keys


def test_screen_reader_hears_of_a_new_message_once(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    assert page.find("#said").aria_role == "status"
    assert page.texts("#said") == [""]  # those that were there are no news

    account.start("+442071838750", "call")

    digits = " ".join(account.code("+442071838750"))
    page.shows("#said", f"New message by Phone call to +44********50. Code: {digits}")
    page.choose("channel", "sms")
    page.shows(".card h2", "SMS")
    page.choose("channel", "")
    page.shows(".card h2", "Phone call", "SMS")
    assert digits in page.texts("#said")[0]


def test_roles_and_names(page: Page, account: Account) -> None:
    everything(account)
    page.screen(1100, 4000)  # so that all of them are in the document
    page.open()
    page.until(lambda: len(page.all(".card")) == 4)

    assert page.find("#messages").aria_role == "list"
    assert page.find("#messages").accessible_name == "Messages, newest first"
    assert {each.aria_role for each in page.all(".card")} == {"article"}
    assert [each.accessible_name for each in page.all(".card")] == [
        "E-mail",
        "WhatsApp",
        "Phone call",
        "SMS",
    ]
    assert page.find("progress").accessible_name == "Time left"
    assert page.find("#line").aria_role == "status"
    assert page.find("nav [aria-current]").text == "Inbox"
    assert (
        page.find("iframe").get_attribute("title") == "The e-mail as its reader sees it"
    )


@pytest.mark.parametrize(
    ("path", "scheme"),
    [("/", "light"), ("/", "dark"), ("/requests", "dark"), ("/deliveries", "light")],
)
def test_axe_finds_nothing(
    page: Page, account: Account, path: str, scheme: str
) -> None:
    """By axe-core's rules for WCAG 2.2 A and AA and its best practices."""
    everything(account)
    page.screen(1100, 4000)
    page.prefer(scheme)
    page.open(path)
    page.until(lambda: len(page.all(".card, .row")) >= (path != "/deliveries") * 4)
    page.js(
        "document.querySelectorAll('details').forEach(each => { each.open = true })"
    )
    page.js("document.getAnimations().forEach((each) => each.finish())")
    page.js(axe())

    assert violations(page) == []


def test_axe_finds_nothing_in_the_dialogs_and_the_empty_page(
    page: Page, account: Account
) -> None:
    account.door("POST", "/faults", {"operation": "start", "error": 60203})
    page.prefer("dark")
    page.window.get(f"{account.url}/?address=nothing")
    page.is_live()
    page.js(axe())
    page.js("document.getElementById('empty').hidden = false")
    seen = violations(page)
    for name in ("help", "clear", "tools"):
        page.find(f"#{name}-open").click()
        page.until(page.find(f"#{name}").is_displayed)
        seen += violations(page)
        page.press("\ue00c")

    assert seen == []


def violations(page: Page) -> list[str]:
    found = page.window.execute_async_script(
        "axe.run(document, {resultTypes: ['violations']}).then(arguments[0])"
    )
    assert len(found["passes"]) > 15
    return [plain(each) for each in found["violations"]]


def axe() -> str:
    """axe-core as npm brings it; the page's own policy lets nothing else in."""
    source = npm.node_modules() / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("needs axe-core (npm ci --prefix tests/sdk/node)")
    return source.read_text()


def plain(violation: dict[str, Any]) -> str:
    where = [node["target"] for node in violation["nodes"]][:3]
    return f"{violation['id']}: {violation['help']} at {json.dumps(where)}"


def ground(page: Page) -> str:
    return str(
        page.js("return getComputedStyle(document.documentElement).backgroundColor")
    )


def is_dark(page: Page) -> bool:
    red, green, blue = (int(each) for each in ground(page)[4:-1].split(","))
    return red + green + blue < 3 * 128


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_or_dark_as_the_system_asks(page: Page, scheme: str) -> None:
    page.prefer(scheme)
    page.open()

    assert is_dark(page) == (scheme == "dark")
    assert (
        page.find("#theme").get_attribute("aria-pressed")
        == str(scheme == "dark").lower()
    )


def test_theme_is_chosen_and_remembered(page: Page) -> None:
    page.prefer("light")
    page.open()
    page.find("#theme").click()
    assert is_dark(page)

    page.open("/requests")

    assert is_dark(page)
    page.find("#theme").click()
    assert not is_dark(page)


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/requests", "/deliveries"])
def test_nothing_is_wider_than_the_screen(
    page: Page, account: Account, path: str, width: int
) -> None:
    account.twilio("POST", "/v2/Services", FriendlyName="x" * 30)
    everything(account)
    account.start(f"{'long' * 15}@{'sub.' * 10}example.com", "email")
    page.screen(width, 4000)
    page.open(path)
    page.until(lambda: len(page.all(".card, .row")) >= (path != "/deliveries") * 5)
    page.js(
        "document.querySelectorAll('details, [data-reveal]').forEach(e => e.click())"
    )

    inner = page.js("return document.documentElement.scrollWidth")

    assert inner <= width
