"""A person signs in to the example, in a real browser, against the served fake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify_fakes._inbox import Inbox
    from verify_fakes.served import ServedTwilio

UI = pytest.importorskip("selenium.webdriver.support.ui")

pytestmark = pytest.mark.browser

PHONE = "+15553231234"
MASKED = "+1********34"
Serve = Callable[[Mapping[str, str]], Any]


class Person:
    """Someone before a screen."""

    def __init__(self, page: Any, url: str) -> None:  # noqa: ANN401
        self._page = page
        page.get(url)

    def find(self, css: str) -> Any:  # noqa: ANN401
        """The element, as soon as there is one on the present page."""
        return self._until(
            lambda page: next(iter(page.find_elements("css selector", css)), None)
        )

    def reads(self, text: str) -> None:
        """Wait until the page says so."""
        self._until(lambda page: text in page.find_element("css selector", "main").text)

    def types(self, name: str, text: str) -> None:
        """Fill in a field, press Enter, and wait for the next page."""
        field = self.find(f"input[name={name}]")
        field.clear()
        self._turns_page(lambda: field.send_keys(text, "\n"))

    def presses(self, label: str) -> None:
        """Press the button with that label, and wait for the next page."""
        self._turns_page(self.find_button(label).click)

    def _turns_page(self, act: Callable[[], None]) -> None:
        self._page.execute_script("window.before = true")
        act()
        turned = "return !window.before && document.readyState === 'complete'"
        self._until(lambda page: page.execute_script(turned))

    def find_button(self, label: str) -> Any:  # noqa: ANN401
        """The button with that label."""
        buttons = self._page.find_elements("css selector", "button")
        return next(button for button in buttons if button.text == label)

    def _until(self, condition: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        return UI.WebDriverWait(self._page, 10).until(condition)


@pytest.fixture
def person(page: Any, serve: Serve, twilio_server: ServedTwilio) -> Person:  # noqa: ANN401
    return Person(page, serve(twilio_server.environ).url)


def test_signs_in_and_out(person: Person, sms_inbox: Inbox) -> None:
    person.types("number", "+1 (555) 323-1234")
    person.reads(f"Sent to {MASKED}")
    person.types("code", sms_inbox.next(PHONE).code)
    person.reads("You are signed in")
    person.reads(MASKED)

    person.presses("Sign out")

    person.reads("We send you a code")


def test_phones_can_offer_the_code(person: Person, sms_inbox: Inbox) -> None:
    person.types("number", PHONE)
    field = person.find("input[name=code]")

    assert field.get_attribute("autocomplete") == "one-time-code"
    assert field.get_attribute("inputmode") == "numeric"
    assert field.accessible_name == "Code"
    sms_inbox.next(PHONE)


def test_number_without_country_code_is_asked_for_again(
    person: Person, twilio_server: ServedTwilio
) -> None:
    person.types("number", "(555) 323-1234")

    person.reads("plus sign and its country code")
    assert person.find("input[name=number]").get_attribute("value") == "(555) 323-1234"
    assert twilio_server.outbox == []


def test_wrong_code_may_be_corrected(person: Person, sms_inbox: Inbox) -> None:
    person.types("number", PHONE)
    code = sms_inbox.next(PHONE).code
    wrong = str(int(code[0]) ^ 1) + code[1:]
    person.types("code", wrong)
    person.reads("This code is not right. Try again.")

    person.types("code", f"{code[:3]} {code[3:]}")

    person.reads("You are signed in")


def test_five_wrong_codes_end_it(person: Person, sms_inbox: Inbox) -> None:
    person.types("number", PHONE)
    code = sms_inbox.next(PHONE).code
    wrong = str(int(code[0]) ^ 1) + code[1:]
    for _ in range(5):
        person.types("code", wrong)
        person.reads("This code is not right. Try again.")

    person.types("code", code)

    person.reads("Too many wrong codes.")
    assert person.find("input[name=number]")


def test_old_code_is_refused(
    person: Person, sms_inbox: Inbox, twilio_server: ServedTwilio
) -> None:
    person.types("number", PHONE)
    code = sms_inbox.next(PHONE).code
    twilio_server.clock.advance(timedelta(minutes=11))

    person.types("code", code)

    person.reads("This code is no longer valid.")


def test_code_comes_again_by_call(person: Person, sms_inbox: Inbox) -> None:
    person.types("number", PHONE)
    first = sms_inbox.next(PHONE)
    person.reads("Sent to")

    person.presses("Call me instead")

    second = sms_inbox.next(PHONE)
    assert (first.channel, second.channel) == ("sms", "call")
    person.types("code", second.code)
    person.reads("You are signed in")


def test_lost_answer_is_admitted_and_the_code_still_works(
    person: Person, sms_inbox: Inbox, twilio_server: ServedTwilio
) -> None:
    twilio_server.arm_fault("start", connection="answer_lost")
    twilio_server.arm_fault("fetch", connection="hang_up")  # so asking does not help

    person.types("number", PHONE)

    person.reads("We could not confirm that your message left.")
    person.types("code", sms_inbox.next(PHONE).code)
    person.reads("You are signed in")


def test_vendor_out_of_order_is_said_in_plain_words(
    person: Person, twilio_server: ServedTwilio
) -> None:
    twilio_server.arm_fault("start", error=20503)

    person.types("number", PHONE)

    person.reads("No codes can be sent now. Try again later.")
