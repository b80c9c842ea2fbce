"""The same page at a fake Vonage: each act, and what its reasons and links say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.inbox.looking import Page
from tests.support.receiver import Receiver, receiving
from tests.support.served import serving
from tests.support.served_vonage import Account, Application, application
from verify_fakes.server.vonage._app import FakeVonageApp

pytestmark = pytest.mark.browser

NUMBER = "15553231234"
SMS = {"channel": "sms", "to": NUMBER}
CALL = {"channel": "voice", "to": NUMBER}
ESCAPE = "\ue00c"
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def own() -> Application:
    return application()


@pytest.fixture
def vonage(page: Page, own: Application) -> Iterator[Account]:
    """An application of a fake Vonage, whose inbox the page shows."""
    with serving(FakeVonageApp()) as url:
        account = Account(url, own.id, application=own)
        page.window.get(url)
        page.is_live()
        yield account
        page.window.get("about:blank")
        account.session.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def begin(account: Account, *steps: dict[str, str]) -> str:
    """A workflow whose steps last a minute each; its id."""
    body = {"brand": "Acme", "workflow": list(steps), "channel_timeout": 60}
    answer = account.vonage("POST", "", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["request_id"])


def check(account: Account, request_id: str, code: str) -> int:
    answer = account.vonage("POST", f"/{request_id}", {"code": code})
    return int(answer.status_code)


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
    page: Page, vonage: Account, act: str, key: str, status: str
) -> None:
    begin(vonage, SMS)
    page.shows(".card [data-status]", "Pending")

    page.find(f"[data-act={act}]").click()

    page.shows(".card [data-status]", status)
    begin(vonage, SMS)
    page.until(lambda: page.texts(".card [data-status]") == ["Pending", status])
    page.press_on_card(key)
    page.shows(".card [data-status]", status, status)


def test_what_wrong_codes_have_ended_cannot_expire(page: Page, vonage: Account) -> None:
    request_id = begin(vonage, SMS)
    page.until(lambda: page.all(".card"))
    right = vonage.messages()[-1]["code"]
    for _ in range(3):
        check(vonage, request_id, right[:-1] + str(int(right[-1]) ^ 1))

    page.shows(".card [data-status]", "Out of attempts")

    assert not page.find("[data-act=expire]").is_displayed()
    assert not page.find("[data-act=approve]").is_displayed()


def test_deletes_a_card_and_the_code_stays_good(page: Page, vonage: Account) -> None:
    request_id = begin(vonage, SMS)
    code = vonage.messages()[-1]["code"]
    page.until(lambda: page.all(".card"))

    page.find("[data-act=delete]").click()

    page.until(lambda: not page.all(".card"))
    assert check(vonage, request_id, code) == 200


def test_clears_all_after_a_question(page: Page, vonage: Account) -> None:
    begin(vonage, SMS)
    vonage.start("nonsense")
    page.until(lambda: len(page.all(".card")) == 2)

    page.find("#clear-open").click()
    page.find("#clear [value=yes]").click()

    page.until(lambda: not page.all(".card"))
    assert vonage.messages() == []


def test_arms_and_disarms_faults(page: Page, vonage: Account) -> None:
    begin(vonage, {**SMS, "to": "15550000000"})
    page.until(lambda: page.all(".card"))
    page.press("f")
    page.until(lambda: page.find("#tools").is_displayed())

    page.find("#fault [type=submit]").click()
    page.shows("[data-what]", "start: throttled (call 1)")
    page.choose("effect", json.dumps({"delay_ms": 1500}, separators=(",", ":")))
    page.find("#fault [type=submit]").click()
    page.shows(
        "[data-what]", "start: throttled (call 1)", "start: 1500 ms late (call 1)"
    )
    refused = vonage.start(NUMBER)
    page.says("[data-hits]", "1 hit")
    for _ in range(2):
        page.find("[data-faults] button").click()
        page.until(lambda: page.find("[data-faults]"))
    page.until(lambda: not page.all("[data-what]"))
    page.press(ESCAPE)

    assert refused.status_code == 429
    assert refused.elapsed.total_seconds() > 1.5
    page.says(".unsent", "Refused with 429. Rate Limit Hit")


def test_sets_what_is_true_of_a_number_and_moves_the_time(
    page: Page, vonage: Account
) -> None:
    begin(vonage, SMS)
    page.until(lambda: page.all(".card"))
    page.press("f")
    page.until(lambda: page.find("#tools").is_displayed())
    page.find("#fault [name=to]").send_keys("15550000000")
    page.find("[data-set-trait]").click()
    page.shows("#said", "The number is unreachable from now on")
    page.find("[data-advance='3600']").click()
    page.press(ESCAPE)

    vonage.start("15550000000")

    page.says(".unsent", "Accepted, and nothing arrives")
    page.shows(".card [data-status]", "202", "Expired")


def test_refused_start_names_the_member(page: Page, vonage: Account) -> None:
    vonage.start("nonsense")

    page.says(".unsent", "Refused with 422. Invalid params:")
    page.says(".unsent", "workflow[0].to: ")
    assert "nonsense" not in page.texts(".unsent")[0]


WAYS = {
    "Already approved.": "completed",
    "Canceled.": "canceled",
    "Expired.": "expired",
}


@pytest.mark.parametrize("reason", WAYS)
def test_pages_say_why_an_answer_was_404(
    page: Page, vonage: Account, reason: str
) -> None:
    request_id = begin(vonage, SMS)
    body = {"verification": request_id, "status": WAYS[reason]}
    assert vonage.door("POST", "/verifications", body).ok

    assert check(vonage, request_id, "1234") == 404

    page.says(".card .why", f"Why the last answer was 404: {reason}")
    page.window.get(f"{vonage.url}/requests")
    page.says(".row .why", reason)


def test_requests_page_says_that_nothing_was_there(page: Page, vonage: Account) -> None:
    assert check(vonage, "00000000-0000-4000-8000-000000000000", "1234") == 404

    page.window.get(f"{vonage.url}/requests")

    page.says(".row .why", "Never existed.")


def test_message_requests_deliveries_and_back(
    page: Page, vonage: Account, receiver: Receiver
) -> None:
    sink = {"url": f"{receiver.url}/status", "signature_secret": SECRET}
    assert vonage.door("POST", "/sinks", sink).ok
    receiver.answers[:] = [500]
    vonage.start("15550000000")
    request_id = begin(vonage, SMS)
    check(vonage, request_id, vonage.messages()[-1]["code"])
    page.until(lambda: len(page.all(".card")) == 2)
    # It is folded, unless the page was quick enough to see it pending.
    page.js("document.querySelector('.card.folded [data-fold]')?.click()")

    page.find("[data-requests-link]").click()
    page.until(lambda: len(page.all(".row")) == 2)
    page.window.back()
    page.until(lambda: page.all("[data-deliveries-link]"))
    page.find("[data-deliveries-link]").click()
    page.shows(".row .path", "summary completed", "event completed")
    page.shows(".row .http", "delivered", "waiting")
    page.js("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.says("[data-reason]", "the receiver answered 500; the next attempt is at")
    page.shows(".row [data-url]", *[f"{receiver.url}/status"] * 2)
    assert vonage.door("POST", "/clock", {"advance_s": 6}).ok
    page.shows(".row .http", "delivered", "delivered")
    page.js("document.querySelector('.row [data-message-link]').click()")

    page.shows(".card [data-to]", "155******34")


def test_webhook_that_is_posted_nowhere_says_why(page: Page, vonage: Account) -> None:
    by_key = Account(vonage.url, session=vonage.session)
    for each in (vonage, by_key):
        check(each, begin(each, SMS), each.messages()[-1]["code"])

    page.window.get(f"{vonage.url}/deliveries")

    page.shows(".row .http", *["kept"] * 4)
    page.js("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.says("[data-reason]", "no sink is set")
    page.says("[data-reason]", "Vonage posts to applications only")
    page.choose("status", "delivered")
    page.until(lambda: page.find("#empty").is_displayed())


def test_vonage_has_the_same_page(page: Page, vonage: Account) -> None:
    begin(vonage, SMS, CALL)

    page.shows(".card h2", "SMS")
    assert page.window.title == "Inbox · fake Vonage Verify"
    page.shows(".card [data-to]", "155******34")
    page.shows(".card [data-sends]", "1 of 2")
    page.find("[data-act=expire]").click()  # the step; the next one begins
    page.shows(".card h2", "Phone call")
    page.shows(".card [data-count]", "2 messages")
    page.press_on_card("a")
    page.shows(".card [data-status]", "Approved")

    page.find("[data-requests-link]").click()
    page.shows(".row .method", "POST")
    page.window.get(f"{vonage.url}/deliveries")
    page.shows(".row .path", "summary completed", "event completed", "event expired")


def test_vonages_question_is_answered(page: Page, vonage: Account) -> None:
    begin(vonage, {"channel": "whatsapp_interactive", "to": NUMBER})
    page.says(".card [data-body]", "Are you trying to sign in to Acme?")
    assert not page.find(".card .code").is_displayed()

    page.press_on_card("n")

    page.shows(".card [data-status]", "Rejected")


def test_vonages_next_step_comes_without_a_request(page: Page, vonage: Account) -> None:
    mail = "ada@example.com"
    begin(vonage, SMS, {"channel": "email", "to": mail, "from": "me@example.com"})
    page.shows(".card h2", "SMS")

    vonage.door("POST", "/clock", {"advance_s": 59})

    page.shows(".card h2", "E-mail")


def test_empty_page_has_lines_for_eight_languages(page: Page, vonage: Account) -> None:
    assert page.find("#start").is_displayed()
    assert len(page.all("#start option")) == 8

    page.choose("language", "curl")

    page.says("#start code", f"curl {vonage.url}/v2/verify")
    page.find("[data-copy-lines]").click()
    page.shows("#said", "Lines copied")
