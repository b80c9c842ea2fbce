"""The rows of LIMITS.md that no other test shows, and that every row has its test."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verify_fakes.kit._bounded import Shelf
from verify_fakes.twilio import Keep, Limits, Switches
from verify_fakes.twilio.http._routing import Route
from verify_fakes.twilio.http._wire import ROUTES
from verify_fakes.twilio.resources._services import MOST_SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line
    from verify_fakes import FakeTwilio

PHONE = "+15555550100"
SERVICE = "/v2/Services/VA" + "0" * 32
HERE = Path(__file__).parent
LIMITS = HERE.parents[1] / "fakes/verify_fakes/twilio/LIMITS.md"


def test_every_row_is_dated_and_names_a_test_that_exists() -> None:
    folders = (HERE, HERE.parent / "server")
    files = [path for folder in folders for path in folder.glob("test_*.py")]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    text = LIMITS.read_text(encoding="utf-8").partition("## Profiles")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if "| Test |" not in row]

    assert len(rows) > 60
    for row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        assert len(cells) == 6, row
        *_, test, looked_at, _ = cells
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", looked_at)
        assert f"def {test.strip('`')}(" in tests


def test_no_row_is_outside_a_table() -> None:
    """A line between two rows would end the table, and the rest be plain text."""
    lines = LIMITS.read_text(encoding="utf-8").splitlines()
    first = [
        (row, rule)
        for before, row, rule in zip(lines, lines[1:], lines[2:], strict=False)
        if row.startswith("|") and not before.startswith("|")
    ]

    assert len(first) == 4
    assert [row for row, rule in first if not rule.startswith("|--")] == []


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v2/Services", {"FriendlyName": "Shop"}),
        (f"{SERVICE}/Entities", {"Identity": "ann-from-accounting"}),
        (
            f"{SERVICE}/Webhooks",
            {
                "FriendlyName": "x",
                "EventTypes": "*",
                "WebhookUrl": "https://example.org",
            },
        ),
        ("/v2/SafeList/Numbers", {"PhoneNumber": PHONE}),
    ],
)
def test_what_is_full_says_too_many(
    line: Line, path: str, form: dict[str, str]
) -> None:
    service = line.twilio.services.get("VA" + "0" * 32, "AC" + "1" * 32)
    assert service is not None
    resources = line.twilio.store.resources_of(service)
    shelves: list[Shelf[Any]] = [
        *(line.twilio.services.shelf, line.twilio.store.safe_list),
        *(resources.entities, resources.webhooks),
    ]
    rooms = [shelf.most for shelf in shelves]
    for shelf in shelves:
        shelf.most = len(shelf)

    status, body = line.call("POST", path, form)

    assert rooms == [20_000, 10_000, 10_000, 100]
    assert (status, body["code"]) == (429, 20429)


def test_any_secret_is_good(line: Line) -> None:
    line.headers = {
        "Authorization": "Basic QUMxMTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTpk"
    }

    assert line.start()[0] == 201


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.action is None], ids=attrgetter("path")
)
def test_what_is_not_served_says_so(line: Line, route: Route) -> None:
    """Not with made-up JSON, and not with a number that Twilio has."""
    path = re.sub(r"\{ServiceSid\}", "VA" + "0" * 32, route.path)
    url = f"https://{route.product}.twilio.com" + re.sub(r"\{[A-Za-z]+\}", "x", path)

    status, _, answered = line.twilio.handle(route.method, url, line.headers)

    body = json.loads(answered)
    assert (status, body["code"], body["status"]) == (501, 501, 501)
    assert route.operation in body["message"]


def test_many_starts_at_once_are_not_noticed(line: Line) -> None:
    assert [line.start()[0] for _ in range(5)] == [201] * 5


def test_every_language_reads_english(line: Line, twilio: FakeTwilio) -> None:
    line.start(Locale="fr", TemplateSid="HJ" + "0" * 32)

    assert twilio.outbox[-1].body.startswith("Your Demo verification code is: ")


def test_a_custom_name_needs_no_access(line: Line, twilio: FakeTwilio) -> None:
    assert line.start(CustomFriendlyName="Shop")[0] == 201
    assert twilio.outbox[-1].body.startswith("Your Shop verification code is: ")


def test_passkeys_are_not_served(line: Line) -> None:
    form = {"FriendlyName": "Shop", "Passkeys.RelyingParty.Id": "example.com"}

    _, body = line.call("POST", "/v2/Services", form)

    assert body["passkeys"] is None


def test_other_lookup_packages_are_null(line: Line) -> None:
    query = "Fields=sim_swap,caller_name,call_forwarding"

    status, body = line.call("GET", f"/v2/PhoneNumbers/{PHONE}?{query}")

    assert status == 200
    assert body["sim_swap"] is body["caller_name"] is body["call_forwarding"] is None


def test_every_carrier_is_a_fake_one(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(lookup_enabled=True))

    carrier = line.start("+447400123456")[1]["lookup"]["carrier"]

    assert carrier["name"] == "Fake Carrier"
    network = (carrier["mobile_country_code"], carrier["mobile_network_code"])
    assert network == ("001", "01")


def test_a_blocked_prefix_stays_blocked(line: Line, twilio: FakeTwilio) -> None:
    twilio.traits.block_prefix("+1555")
    twilio.clock.advance(timedelta(hours=13))

    assert line.start()[1]["code"] == 60410


def test_the_time_to_live_can_be_set(line_with: Callable[..., Line]) -> None:
    line = line_with(limits=Limits(time_to_live=timedelta(minutes=2)))
    line.start()
    line.twilio.clock.advance(timedelta(minutes=2))

    assert line.check(line.code(), To=PHONE)[0] == 404


def test_after_five_checks_it_is_still_pending(line: Line) -> None:
    line.start()
    for _ in range(5):
        line.check(line.wrong(), To=PHONE)

    assert line.fetch(PHONE)[1]["status"] == "pending"


def test_a_resend_keeps_the_first_custom_code(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(custom_code_enabled=True))
    line.start(CustomCode="271828")
    line.start(CustomCode="314159")

    assert line.code() == "271828"


def test_a_resend_keeps_the_first_payment(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(psd2_enabled=True))
    line.start(Amount="39.99", Payee="Acme")

    _, body = line.start(Amount="40.00", Payee="Other")

    assert (body["amount"], body["payee"]) == ("39.99", "Acme")


def test_what_has_ended_is_kept_for_a_day(line: Line, twilio: FakeTwilio) -> None:
    sid = line.start()[1]["sid"]
    line.update(sid, "canceled")

    twilio.clock.advance(timedelta(hours=24))
    assert line.fetch(sid)[0] == 200
    twilio.clock.advance(timedelta(seconds=1))
    assert line.fetch(sid)[0] == 404
    assert (Keep().ended, Keep().ended_for) == (10_000, timedelta(days=1))
    assert (Keep().live, Keep().attempts) == (2_000_000, 10_000)


def test_lists_are_oldest_first_but_attempts(line: Line) -> None:
    names = ["First", "Second"]
    for name in names:
        line.call("POST", "/v2/Services", FriendlyName=name)
    for to in (PHONE, "+15555550101"):
        line.start(to)

    services = line.call("GET", "/v2/Services")[1]["services"]
    attempts = line.call("GET", "/v2/Attempts")[1]["attempts"]

    assert [each["friendly_name"] for each in services][:2] == names
    sent_to = [each["channel_data"]["to"] for each in attempts]
    assert sent_to == ["+15555550101", PHONE]


def test_the_safe_list_spares_from_geo_permissions_too(
    line: Line, twilio: FakeTwilio
) -> None:
    twilio.traits.block_country("US")
    assert line.start()[1]["code"] == 60605

    line.call("POST", "/v2/SafeList/Numbers", PhoneNumber=PHONE)

    assert line.start()[0] == 201


def test_services_do_not_spring_up_without_end(line: Line, twilio: FakeTwilio) -> None:
    assert MOST_SERVICES == 10_000
    for number in range(MOST_SERVICES):
        twilio.services.get(f"VA{number:032x}")

    line.service = "VA" + "f" * 32
    assert line.start()[0] == 404
    assert line.call("POST", "/v2/Services", FriendlyName="Shop")[0] == 201
