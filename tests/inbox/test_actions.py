"""What the inbox does to the server, by button and by key."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import requests

from tests.inbox.looking import Page
from tests.support.served import Account, running

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"
OTHER = "+442071838750"
ESCAPE = "\ue00c"


@pytest.mark.parametrize(
    ("act", "key", "status"),
    [
        ("approve", "a", "Approved"),
        ("cancel", "x", "Canceled"),
        ("expire", "e", "Expired"),
        ("later", "m", "Expired"),
    ],
)
def test_ends_a_verification_by_button_and_by_key(
    page: Page, account: Account, act: str, key: str, status: str
) -> None:
    account.start(NUMBER)
    page.open()
    page.shows(".card [data-status]", "Pending")

    page.find(f"[data-act={act}]").click()

    page.shows(".card [data-status]", status)
    account.start(NUMBER)
    page.until(lambda: page.texts(".card [data-status]") == ["Pending", status])
    page.press_on_card(key)
    page.shows(".card [data-status]", status, status)


@pytest.mark.parametrize("key", ["a", "x", "e"])
def test_key_on_an_ended_card_says_that_it_is_over(
    page: Page, account: Account, key: str
) -> None:
    account.start(NUMBER)
    account.check(NUMBER, account.code(NUMBER))
    page.open()
    page.shows(".card [data-status]", "Approved")

    page.press_on_card(key)

    page.says("#failure", "Not done: this verification is over (Approved).")
    assert page.find("#failure").aria_role == "alert"
    assert page.focused.get_attribute("class").startswith("card")


def test_keys_that_do_not_fit_a_card_say_why(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.press_on_card("y")
    page.says("#failure", "Not done: it asks no question.")
    account.start("nonsense")
    page.until(lambda: len(page.all(".card")) == 2)

    page.press_on_card("a")
    page.says("#failure", "Not done: this start sent no message.")
    page.press("c")
    page.says("#failure", "Not copied: this card has no code.")


def test_actions_use_up_no_fault(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.door("POST", "/faults", {"operation": "approve", "error": 20503})
    page.open()
    page.until(lambda: page.all(".card"))

    page.find("[data-act=approve]").click()

    page.shows(".card [data-status]", "Approved")
    assert account.door("GET", "/faults")["faults"][0]["hits"] == 0


def test_deletes_a_card_and_the_code_stays_good(page: Page, account: Account) -> None:
    account.start(OTHER)
    account.start(NUMBER)
    code = account.code(NUMBER)
    page.open()
    page.until(lambda: len(page.all(".card")) == 2)

    page.press_on_card("#")

    page.shows(".card [data-to]", "+44********50")
    assert page.focused.get_attribute("class").startswith("card")  # the next one
    assert account.check(NUMBER, code).json()["status"] == "approved"


def test_clears_all_after_a_question(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.start("nonsense")
    page.open()
    page.until(lambda: len(page.all(".card")) == 2)

    page.press("C")
    page.until(lambda: page.find("#clear").is_displayed())
    assert page.focused.text == "Keep"
    page.focused.click()
    assert len(page.all(".card")) == 2
    page.find("#clear-open").click()
    page.find("#clear [value=yes]").click()

    page.until(lambda: not page.all(".card"))
    assert account.door("GET", "/messages")["messages"] == []
    page.window.refresh()
    page.is_live()
    page.until(lambda: page.find("#none").is_displayed())


def test_arms_and_disarms_a_fault(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))

    page.find("[data-act=fault]").click()
    page.until(lambda: page.find("#tools").is_displayed())
    assert page.find("#fault [name=to]").get_attribute("value") == NUMBER
    page.find("#fault [type=submit]").click()
    page.shows("[data-what]", f"start: 60203 (call 1, to {NUMBER})")
    refused = account.start(NUMBER)
    page.says("[data-hits]", "1 hit")
    page.find("[data-faults] button").click()

    page.until(lambda: not page.all("[data-what]"))
    assert refused.json()["code"] == 60203
    assert account.start(NUMBER).ok
    page.press(ESCAPE)
    page.says(".unsent", "Refused with 429, error 60203. Max send attempts reached")


def test_focus_stays_at_the_list_when_a_fault_is_disarmed(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    for error in (60203, 20503):
        account.door("POST", "/faults", {"operation": "start", "error": error})
    page.open()
    page.until(lambda: page.all(".card"))
    page.press("f")
    page.until(lambda: len(page.all("[data-faults] button")) == 2)
    first, second = page.all("[data-faults] button")

    page.js("arguments[0].focus()", first)
    page.press("\ue007")

    page.until(lambda: page.focused == second)
    page.press("\ue007")
    page.until(lambda: page.focused.text == "Faults")


def test_key_table_says_where_the_keys_work(page: Page) -> None:
    page.open()

    page.press("?")

    page.shows("#help-title", "Keys of the inbox")
    page.says("#help", "requests and deliveries have no single keys")
    page.press(ESCAPE)


def test_faults_read_as_sentences_and_are_the_vendors(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))

    page.press("f")
    page.until(lambda: page.find("#tools").is_displayed())

    options = page.texts("#fault [name=effect] option")
    assert "20404 · The requested resource … was not found" in options
    assert [each for each in options if "{" in each or each.startswith("501")] == []


def test_says_why_a_fault_cannot_be_armed(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.press("f")
    page.until(lambda: page.find("#tools").is_displayed())
    page.find("#fault [name=to]").send_keys("nonsense")

    page.find("[data-set-trait]").click()

    page.says("[data-problem]", "landline: ")
    page.complaints()  # of the 400, which is as it should be


def test_moves_the_time_of_an_account(page: Page, account: Account) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.press("f")
    page.until(lambda: page.find("#tools").is_displayed())

    page.find("[data-advance='3600']").click()

    page.shows(".card [data-status]", "Expired")
    page.complaints()


def test_shows_what_an_authenticator_app_shows(page: Page, account: Account) -> None:
    made = account.twilio(
        "POST",
        f"/v2/Services/{account.service}/Entities/user-4711/Factors",
        FriendlyName="Ada's phone",
        FactorType="totp",
    )
    assert made.status_code == 201, made.text
    page.open()
    page.press("f")
    page.says("[data-device-name]", "Ada's phone")

    verified = account.twilio(
        "POST",
        f"/v2/Services/{account.service}/Entities/user-4711/Factors/{made.json()['sid']}",
        AuthPayload=page.texts("[data-device-code]")[0],
    )

    assert verified.json()["status"] == "verified"


def test_failed_and_lost_starts_appear_with_the_reason(
    page: Page, account: Account
) -> None:
    account.door("POST", "/numbers", {"unreachable": [OTHER]})
    page.open()

    account.start(OTHER)
    account.start("nonsense")
    account.door("POST", "/faults", {"operation": "start", "connection": "hang_up"})
    with pytest.raises(requests.ConnectionError):
        account.start(NUMBER)

    page.until(lambda: len(page.all(".card")) == 3)
    broke, refused, lost = page.texts(".unsent")
    assert broke.startswith("The connection broke")
    assert refused.startswith("Refused with 400, error 60200.")
    assert "nonsense" not in refused  # it stands for an address
    assert lost.startswith("Accepted, and nothing arrives")
    page.find("[data-request-link]").click()
    page.shows(".row .http", "no answer")


def test_messages_requests_and_back(page: Page, account: Account) -> None:
    account.start(OTHER)
    account.start(NUMBER)
    account.check(NUMBER, "000000")
    page.open()
    page.until(lambda: len(page.all(".card")) == 2)

    page.find("[data-requests-link]").click()
    page.shows(".row .operation", *ABOUT_ONE)
    page.js("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.find("[data-message-link][href*=cursors]").is_displayed()
    page.js("document.querySelector('.row:last-child [data-message-link]').click()")

    page.shows(".card [data-to]", "+15*******34")


ABOUT_ONE = (
    "CreateVerificationCheck · +15*******34",
    "CreateVerification · +15*******34",
)


def test_requests_page_masks_addresses_until_they_are_shown(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open("/requests")
    page.until(lambda: page.all(".row"))
    assert NUMBER not in page.js("return document.documentElement.outerHTML")

    page.find("#reveal").click()

    page.until(lambda: NUMBER in page.js("return document.body.outerHTML"))
    page.open("/")  # and the setting is remembered, on every page
    page.shows(".card [data-to]", NUMBER)


def test_dense_list_is_remembered_and_a_card_unfolds(
    page: Page, account: Account
) -> None:
    account.start(OTHER)
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.find(".card .code").is_displayed())
    page.js("document.activeElement.blur()")

    page.press("d")
    page.until(lambda: not page.find(".card .code").is_displayed())
    page.open()

    page.shows(".card [data-code-short]", account.code(NUMBER), account.code(OTHER))
    page.press_on_card("o")
    page.until(lambda: page.find(".card .code").is_displayed())
    assert len(page.all(".card .code")) == 1
    assert page.find("[data-fold]").get_attribute("aria-expanded") == "true"


def test_what_a_reset_forgets_goes_and_the_rest_stays(page: Page) -> None:
    with running() as url:
        mine, stranger = Account(url), Account(url)
        stranger.start("nonsense")
        mine.start(NUMBER)
        page.window.get(url)
        page.shows("#count", "1 message, 1 start without a message")

        mine.door("POST", "/reset", {})

        page.shows("#count", "0 messages, 1 start without a message")
        page.window.get("about:blank")
        for each in (mine, stranger):
            each.session.close()


def test_ended_ones_begin_folded(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.check(NUMBER, account.code(NUMBER))
    page.open()
    page.until(lambda: page.all(".card.folded"))


def test_keys_are_listed_can_be_switched_off_and_do_nothing_in_a_field(
    page: Page, account: Account
) -> None:
    account.start(NUMBER)
    page.open()
    page.until(lambda: page.all(".card"))
    page.press("?")
    page.until(lambda: page.find("#help").is_displayed())
    page.find("#keys").click()
    page.press(ESCAPE)

    page.js("document.activeElement.blur()")
    page.press("d")

    assert page.find("#dense").get_attribute("aria-pressed") == "false"
    page.press("?")  # this one stays
    page.until(lambda: page.find("#help").is_displayed())
    page.find("#keys").click()
    page.press(ESCAPE)
    page.js("document.activeElement.blur()")
    page.press("/")
    page.press("daxe#")
    assert page.find("[name=address]").get_attribute("value") == "daxe#"
    page.until(lambda: page.find("#none").is_displayed())
    assert account.check(NUMBER, account.code(NUMBER)).json()["status"] == "approved"


def test_searches_codes_and_texts(page: Page, account: Account) -> None:
    account.start(OTHER, "call")
    account.start(NUMBER)
    page.open()
    page.until(lambda: len(page.all(".card")) == 2)

    page.find("[name=address]").send_keys(account.code(NUMBER))
    page.shows(".card [data-to]", "+15*******34")
    page.find("[name=address]").clear()
    page.find("[name=address]").send_keys("goodbye")

    page.shows(".card [data-to]", "+44********50")


def test_title_counts_what_came_unseen(page: Page, account: Account) -> None:
    page.open()
    watched = page.window.current_window_handle
    page.window.switch_to.new_window("tab")
    account.start(NUMBER)
    account.start(OTHER)

    page.window.switch_to.window(watched)

    page.js("Object.defineProperty(document, 'hidden', {value: true})")
    account.start("+15553230000")
    page.until(lambda: page.window.title.startswith("("))


def test_message_of_a_sender_of_ones_own(page: Page, account: Account) -> None:
    sent = {"to": NUMBER, "channel": "sms", "code": "4711", "text": "Code 4711"}
    sent["attempt_id"] = "attempt-1"
    account.door("POST", "/messages", sent)
    page.open()

    page.shows(".card .code", "4711")
    page.shows(".card [data-status]", "Delivered")
    assert not page.find("[data-act=approve]").is_displayed()
    again = {**sent, "text": "Once more, your code is 4711"}
    account.door("POST", "/messages", again)
    page.shows(".card [data-count]", "2 messages")  # of one attempt
    page.find("[data-act=delete]").click()
    page.until(lambda: not page.all(".card"))


@pytest.mark.parametrize(
    "body",
    [
        "\u202eevil \u2066text\u2069",
        "קוד 4711 שלך",
        "\U0001f469\u200d\U0001f467 4711 \U0001f510",
        "<b>4711</b>" * 180,
    ],
    ids=["controls", "hebrew", "emoji", "long"],
)
def test_odd_texts_stay_in_their_place(page: Page, account: Account, body: str) -> None:
    sent = {"to": NUMBER, "channel": "sms", "code": "4711", "text": body}
    account.door("POST", "/messages", sent)
    page.screen(360, 800)
    page.open()
    page.until(lambda: page.all(".card"))

    assert page.js("return document.querySelector('[data-body]').textContent") == body
    assert page.js("return document.documentElement.scrollWidth") <= 360
    assert page.find(".card").rect["height"] < 1200
    assert page.all(".card b") == []


def test_what_cannot_be_done_is_said_where_all_see_it(
    page: Page, account: Account
) -> None:
    sid = account.start(NUMBER).json()["sid"]
    page.open()
    page.until(lambda: page.all(".card"))
    page.window.set_network_conditions(offline=True, latency=0, throughput=1)

    page.find("[data-act=approve]").click()

    page.says("#failure", "Not done:")
    page.shows("#line", "Not connected")
    page.window.delete_network_conditions()
    page.is_live()
    assert account.twilio("GET", f"Verifications/{sid}").json()["status"] == "pending"
    page.complaints()  # of the lost line, which is as it should be


def test_times_are_those_of_the_place(page: Page, account: Account) -> None:
    account.start(NUMBER)
    at = account.door("GET", "/messages")["messages"][0]["at"]
    zone = {"timezoneId": "Asia/Kolkata"}  # five and a half hours
    page.window.execute_cdp_cmd("Emulation.setTimezoneOverride", zone)
    page.open()
    page.until(lambda: page.all(".card"))

    [shown] = page.texts(".card [data-at]")
    page.window.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
    there = datetime.fromisoformat(at) + timedelta(hours=5, minutes=30)
    assert f"{there:%M:%S}" in shown
    title = page.find(".card [data-at]").get_attribute("title")
    assert title.startswith(at)


def test_notifies_on_the_desktop_if_allowed(page: Page, account: Account) -> None:
    added = page.window.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": NOTIFICATIONS}
    )
    page.open()
    page.find("#notify").click()
    page.until(lambda: page.find("#notify").get_attribute("aria-pressed") == "true")

    account.start(NUMBER)  # seen, and so no news
    page.until(lambda: page.all(".card"))
    page.js("Object.defineProperty(document, 'hidden', {value: true})")
    account.start(OTHER)

    page.until(lambda: page.js("return shown.length") == 1)
    [[title, body]] = page.js("return shown")
    page.window.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    assert title == f"Code {account.code(OTHER)} · SMS"
    assert body == "to +44********50"


NOTIFICATIONS = """
    window.shown = [];
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title, { body }) { shown.push([title, body]); }
    };
"""


def test_deliveries_are_listed_with_their_attempts_and_links(
    page: Page, account: Account
) -> None:
    heard = {"FriendlyName": "heard", "VerifyEventSubscriptionEnabled": "true"}
    account.service = account.twilio("POST", "/v2/Services", **heard).json()["sid"]
    account.door("POST", "/sinks", {"url": "http://evil.example/events"})
    account.start(NUMBER)
    page.open("/deliveries")

    page.until(lambda: page.all(".row"))
    assert set(page.texts(".row .http")) == {"refused"}
    page.js("document.querySelectorAll('details').forEach(e => { e.open = true })")
    assert NUMBER not in page.texts("[data-body]")[0]
    page.choose("status", "delivered")
    page.until(lambda: page.find("#empty").is_displayed())
    page.choose("status", "")
    page.until(lambda: page.all(".row"))
    page.js("document.querySelector('.row [data-message-link]').click()")
    page.shows(".card [data-to]", "+15*******34")
    page.find("[data-deliveries-link]").click()
    page.until(lambda: page.all(".row"))
