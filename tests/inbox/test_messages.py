"""What the inbox shows of a message, and how it stays true."""

from __future__ import annotations

import re

import pytest

from tests.inbox.looking import Page
from tests.support.codes import wrong
from tests.support.served import Account

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"
OTHER = "+442071838750"
EMAIL = "ada.lovelace@example.com"


def test_message_appears_without_a_reload(page: Page, account: Account) -> None:
    page.open()
    page.says("main", "Nothing matches")  # of this account
    page.js("window.stayed = true")

    account.start(NUMBER)

    page.shows(".card .code", account.code(NUMBER))
    page.shows("#count", "1 message")
    assert page.js("return window.stayed") is True
    assert not page.find("#none").is_displayed()


def test_newest_is_first(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.shows(".card [data-to]", "+15*******34")

    account.start(OTHER)

    page.shows(".card [data-to]", "+44********50", "+15*******34")
    account.start(EMAIL, "email")
    page.shows(".card [data-to]", "a***@example.com", "+44********50", "+15*******34")


def test_address_is_masked_until_revealed(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.start(EMAIL, "email")
    page.open()
    page.shows(".card [data-to]", "a***@example.com", "+15*******34")
    source = page.js("return document.getElementById('messages').outerHTML")

    assert NUMBER not in source
    assert EMAIL not in source
    email, number = page.all("[data-reveal]")
    assert number.accessible_name == "Show the whole address"
    number.click()
    page.shows(".card [data-to]", "a***@example.com", NUMBER)
    assert number.accessible_name == "Hide the address"
    email.click()
    page.shows(".card [data-to]", EMAIL, NUMBER)
    assert page.texts("[data-mail-to]") == [EMAIL]
    number.click()
    page.shows(".card [data-to]", EMAIL, "+15*******34")


def test_revealed_stays_revealed_while_the_page_changes(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.find("[data-reveal]").click()

    account.check(NUMBER, wrong(account.code(NUMBER)))

    page.shows(".card [data-checks]", "1 of 5")
    page.shows(".card [data-to]", NUMBER)


def test_code_is_large_and_copied(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    size, body = page.js(
        """
        return [".code", "body"]
            .map((css) => getComputedStyle(document.querySelector(css)).fontSize)
            .map(parseFloat)
        """
    )
    button = page.find("[data-copy]")

    button.click()

    assert size >= 1.75 * body
    page.shows("[data-copy] span:first-child", "Copied")
    page.shows("#said", "Code copied")
    assert page.clipboard() == account.code(NUMBER)
    assert button.accessible_name == "Copied the code"


def test_copies_where_the_browser_gives_pages_no_clipboard(
    page: Page, account: Account
) -> None:
    """As over plain HTTP from another machine."""
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.js("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    page.find("[data-copy]").click()

    page.shows("[data-copy] span:first-child", "Copied")
    field = page.find("[name=address]")
    field.send_keys("\ue009v")  # Ctrl+V
    page.until(lambda: field.get_attribute("value") == account.code(NUMBER))


def test_service_is_named(page: Page, account: Account) -> None:
    bank = account.twilio("POST", "/v2/Services", FriendlyName="Acme Bank").json()
    account.service = bank["sid"]
    short = f"{bank['sid'][:6]}…{bank['sid'][-4:]}"
    account.start(NUMBER)
    page.open()
    page.shows(".card [data-service-name]", "Acme Bank")
    page.shows("[name=service] option", "all", f"Acme Bank · {short}")

    account.twilio("POST", f"/v2/Services/{bank['sid']}", FriendlyName="Acme")
    account.start("+442071838750")

    page.shows(".card [data-service-name]", "Acme", "Acme")
    page.shows("[name=service] option", "all", f"Acme · {short}")


def test_sends_checks_and_status_follow(page: Page, account: Account) -> None:
    account.start(NUMBER)
    code = account.code(NUMBER)
    page.open()
    page.shows(".card [data-sends]", "1 of 5")
    page.shows(".card [data-checks]", "0 of 5")
    page.shows(".card [data-status]", "Pending")

    account.check(NUMBER, wrong(code))

    page.shows(".card [data-checks]", "1 of 5")
    account.start(NUMBER)
    page.shows(".card [data-sends]", "2 of 5")
    account.check(NUMBER, code)
    page.shows(".card [data-status]", "Approved")
    page.shows(".card [data-checks]", "2 of 5")


def test_time_left_runs_down(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.door("POST", "/clock", {"advance_s": 30})
    page.open()
    page.until(lambda: page.all(".card"))

    def left() -> int:
        minutes, seconds = re.findall(r"\d+", page.texts(".card [data-left]")[0])
        return int(minutes) * 60 + int(seconds)

    first = left()
    assert 560 <= first <= 570
    page.until(lambda: left() < first)
    bar = page.find(".card progress")
    share = float(bar.get_attribute("value")) / float(bar.get_attribute("max"))
    assert 0.9 < share < 0.95
    account.door("POST", "/clock", {"advance_s": 300})
    page.until(lambda: left() < 270)


def test_expires_before_ones_eyes(page: Page, account: Account) -> None:
    """The time runs out without a request: the page itself asks again."""
    account.start(NUMBER)
    page.open()
    page.shows(".card [data-status]", "Pending")
    account.door("POST", "/clock", {"advance_s": 598.5})

    page.shows(".card [data-status]", "Expired")

    assert not page.find(".card progress").is_displayed()


def test_resend_counts_down_from_the_first_message(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    account.door("POST", "/clock", {"advance_s": 500})
    account.start(NUMBER)
    page.open()

    page.shows(".card [data-count]", "2 messages")

    [left] = page.texts(".card [data-left]")
    assert left.startswith("1:")
    assert len(page.all(".card")) == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("+1555", ["+15*******34"]),
        ("(555) 323-1234", ["+15*******34"]),
        ("LOVELACE@", ["a***@example.com"]),
        ("20 7183", ["+44********50"]),
        ("nobody", []),
    ],
)
def test_filters_by_part_of_an_address(
    page: Page, account: Account, typed: str, found: list[str]
) -> None:
    account.start(NUMBER)
    account.start(OTHER)
    account.start(EMAIL, "email")
    page.open()
    page.until(lambda: len(page.all(".card")) == 3)

    page.find("[name=address]").send_keys(typed)

    page.shows(".card [data-to]", *found)
    assert page.find("#none").is_displayed() == (not found)


def test_filters_by_channel_and_service(page: Page, account: Account) -> None:
    account.start(NUMBER, "sms")
    account.start(OTHER, "call")
    first, account.service = account.service, "VA" + "0" * 32
    account.start(NUMBER, "whatsapp")
    page.open()
    page.shows(".card h2", "WhatsApp", "Phone call", "SMS")

    page.choose("channel", "call")
    page.shows(".card h2", "Phone call")
    page.choose("channel", "")
    page.choose("service", first)
    page.shows(".card h2", "Phone call", "SMS")
    page.find("button[type=reset]").click()

    page.until(lambda: "WhatsApp" in page.texts(".card h2"))


def test_filtered_page_can_be_bookmarked(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.start(OTHER, "call")
    page.open("/", channel="call")
    page.shows(".card h2", "Phone call")
    page.find("[name=address]").send_keys("+44")
    page.until(lambda: "address=%2B44" in page.window.current_url)

    page.window.refresh()

    page.shows(".card h2", "Phone call")
    assert page.find("[name=address]").get_attribute("value") == "+44"
    account.start(NUMBER, "call")
    account.start(OTHER, "call")
    page.shows(".card [data-count]", "2 messages")


def test_sms_and_whatsapp_are_bubbles_of_their_own_kind(
    page: Page, account: Account
) -> None:
    account.start(NUMBER, "sms")
    account.start(OTHER, "whatsapp")
    page.open()

    for kind, to in (("sms", NUMBER), ("whatsapp", OTHER)):
        text = f"Your Demo verification code is: {account.code(to)}"
        page.says(f".card[data-channel={kind}] .{kind} .bubble", text)
    [clock] = page.texts(".whatsapp .clock")
    assert re.fullmatch(r"\d?\d:\d\d:\d\d.*", clock)
    colours = page.js(
        """
        return [...document.querySelectorAll(".bubble")]
            .map((bubble) => getComputedStyle(bubble).backgroundColor)
        """
    )
    assert len(set(colours)) == 2


def test_call_speaks_in_words(page: Page, account: Account) -> None:
    account.start(NUMBER, "call")
    page.open()

    page.says(".call figcaption", "A voice says")
    page.says(".call blockquote", ", ".join(account.code(NUMBER)))


def test_email_has_a_subject_and_an_html_body(page: Page, account: Account) -> None:
    account.start(EMAIL, "email")
    page.open()

    page.shows(".email [data-subject]", "Your Demo verification code")
    frame = page.find(".email iframe")
    assert frame.get_attribute("sandbox") == ""
    page.window.switch_to.frame(frame)
    page.shows("p.code", account.code(EMAIL))
    # The frame's own style sheet came through the page's policy.
    assert page.js("return getComputedStyle(document.body).margin") == "20px 24px"
    page.window.switch_to.default_content()
