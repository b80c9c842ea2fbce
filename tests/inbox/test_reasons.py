"""For each 404 the pages say why; the wire never does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.inbox.looking import Page
from tests.support.served import Account

pytestmark = pytest.mark.browser

NUMBER = "+15553231234"


def approved(account: Account) -> requests.Response:
    account.start(NUMBER)
    code = account.code(NUMBER)
    account.check(NUMBER, code)
    return account.check(NUMBER, code)


def expired(account: Account) -> requests.Response:
    account.start(NUMBER)
    account.door("POST", "/clock", {"advance_s": 601})
    return account.check(NUMBER, account.code(NUMBER))


def canceled(account: Account) -> requests.Response:
    sid = account.start(NUMBER).json()["sid"]
    account.twilio("POST", f"Verifications/{sid}", Status="canceled")
    return account.check(NUMBER, account.code(NUMBER))


def out_of_attempts(account: Account) -> requests.Response:
    """A check would get 429 for now; what gets 404 is a change of it."""
    sid = exhausted(account)
    return account.twilio("POST", f"Verifications/{sid}", Status="canceled")


def exhausted(account: Account) -> str:
    sid = account.start(NUMBER).json()["sid"]
    code = account.code(NUMBER)
    for _ in range(5):
        account.check(NUMBER, str(int(code[0]) ^ 1) + code[1:])
    assert account.check(NUMBER, code).status_code == 429
    return str(sid)


def never_existed(account: Account) -> requests.Response:
    return account.check(NUMBER, "123456")


WAYS: dict[str, Callable[[Account], requests.Response]] = {
    "Already approved.": approved,
    "Expired.": expired,
    "Canceled.": canceled,
    "Out of attempts.": out_of_attempts,
    "Never existed.": never_existed,
}


@pytest.mark.parametrize("reason", WAYS)
def test_requests_page_says_why_and_the_wire_does_not(
    page: Page, account: Account, reason: str
) -> None:
    page.open("/requests")

    answer = WAYS[reason](account)

    assert answer.status_code == 404
    page.until(lambda: any(page.texts(".row .why")))
    [why] = [text for text in page.texts(".row .why") if text]
    assert why.startswith(reason)
    for other in WAYS:
        assert other.split()[0].lower().rstrip(".") not in answer.text.lower()


@pytest.mark.parametrize("reason", list(WAYS)[:-1])
def test_inbox_says_why_on_the_message(
    page: Page, account: Account, reason: str
) -> None:
    page.open()

    WAYS[reason](account)

    page.until(lambda: page.texts(".card .why") not in ([], [""]))
    page.says(".card .why", f"Why the last answer was 404: {reason}")


def test_inbox_says_that_attempts_were_out_before_the_time_was(
    page: Page, account: Account
) -> None:
    exhausted(account)
    account.door("POST", "/clock", {"advance_s": 601})
    page.open()

    assert account.check(NUMBER, "123456").status_code == 404

    page.says(".card .why", "Expired, and out of attempts before.")


def test_404s_of_checks_differ_in_nothing_on_the_wire(url: str) -> None:
    """No words and no header tell one reason from another."""
    seen = set()
    for way in (approved, expired, canceled, never_existed):
        account = Account(url, service="VA" + "5" * 32)
        answer = way(account)
        account.session.close()
        seen.add((answer.text, tuple(sorted(answer.headers))))

    assert len(seen) == 1


@pytest.mark.parametrize(
    ("body", "received", "why"),
    [
        (f"To={NUMBER}", " 15553231234", "The + of To was not encoded"),
        (f"To={NUMBER[1:]}", "15553231234", "To has no + before its country code"),
    ],
)
def test_pages_say_that_a_plus_was_not_encoded_and_the_wire_does_not(
    page: Page, account: Account, body: str, received: str, why: str
) -> None:
    page.open()

    answer = account.session.post(
        f"{account.url}/v2/Services/{account.service}/Verifications",
        data=f"{body}&Channel=sms",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(account.sid, account.token),
        timeout=10,
    )

    assert answer.json()["message"] == f"Invalid parameter `To`: {received}"
    page.says(".unsent", why)
    page.says(".unsent", "--data-urlencode")
    assert NUMBER[1:] not in page.texts(".unsent")[0]
    page.open("/requests")
    page.says(".row .why", why)
    page.js("document.querySelector('.row details').open = true")
    assert "To\t15…34" in page.texts(".row table")[0]  # with no + of the page's own


def test_other_refusals_do_not_speak_of_the_plus(page: Page, account: Account) -> None:
    for to in ("nonsense", "+1555", "07700 900123"):
        account.start(to)
    account.start(NUMBER, "pigeon")
    page.open()

    page.until(lambda: len(page.all(".unsent")) == 4)

    assert not any("--data-urlencode" in text for text in page.texts(".unsent"))


def test_only_refusals_or_only_404s(page: Page, account: Account) -> None:
    account.start(NUMBER)
    account.start("nonsense")
    never_existed(account)
    account.check("+15550000000", "123456")
    page.open("/requests")
    page.until(lambda: len(page.all(".row")) == 4)

    page.choose("only", "404")
    page.until(lambda: set(page.texts(".row .http")) == {"404"})
    page.choose("only", "refused")

    page.until(lambda: set(page.texts(".row .http")) == {"400", "404"})


def test_tokens_and_codes_are_redacted(page: Page, account: Account) -> None:
    account.start(NUMBER)
    code = account.code(NUMBER)
    account.start("+15553230000", CustomCode="83746512")
    account.check(NUMBER, code)
    page.open("/requests")
    page.until(lambda: len(page.all(".row")) == 3)

    page.js(
        "document.querySelectorAll('details').forEach(each => { each.open = true })"
    )

    source = page.js("return document.documentElement.outerHTML")
    for secret in (code, "83746512", account.token):
        assert secret not in source
    assert set(page.texts("[data-authorization]")) == {
        f"Basic {account.sid}:[redacted]"
    }
    # `texts` joins a table's cells with tabs.
    assert "Code\t[redacted]" in page.texts(".row table")[0]
    assert "CustomCode\t[redacted]" in page.texts(".row table")[1]


def test_broken_connection_is_listed_without_an_answer(
    page: Page, account: Account
) -> None:
    page.open("/requests")
    account.door("POST", "/faults", {"operation": "start", "connection": "hang_up"})

    with pytest.raises(requests.ConnectionError):
        account.start(NUMBER)

    page.shows(".row .http", "no answer")
