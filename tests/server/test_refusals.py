"""What is refused is refused in the vendor's words, whoever refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.support.each import require_each
from tests.support.served import Account, exchange, running, serving
from tests.support.served_vonage import Account as VonageAccount
from verify_fakes.server._bounds import Bounds
from verify_fakes.server.twilio._door import OPERATIONS
from verify_fakes.server.twilio._settings import TwilioSettings
from verify_fakes.server.vonage._app import FakeVonageApp
from verify_fakes.server.vonage._settings import VonageSettings
from verify_fakes.twilio.http._wire import ROUTES

TO = "+15553231234"
FEW = Bounds(parameters=10, rules=3, addresses=5, streams=2)


@pytest.fixture(scope="module")
def vonage() -> Iterator[VonageAccount]:
    with serving(FakeVonageApp(VonageSettings(bounds=FEW))) as url:
        account = VonageAccount(url)
        yield account
        account.session.close()


@pytest.fixture
def few() -> Iterator[Account]:
    """An account on a server of small bounds."""
    with running(TwilioSettings(bounds=FEW)) as url:
        account = Account(url)
        yield account
        account.session.close()


LINE = b"HTTP/1.1\r\nHost: localhost\r\n"
#: Bytes that are refused before an application sees them, and how.
UNREAD = (
    (b"nonsense\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / " + LINE + b"Host: localhost\r\n\r\n", 400),
    (b"GET /v2/Services " + LINE + b"Content-Length: x\r\n\r\n", 400),
    (b"CONNECT example.org:443 " + LINE + b"\r\n", 400),
    (b"POST /v2/verify " + LINE + b"Content-Length: 99999999\r\n\r\n", 413),
    (b"GET /" + b"a" * 9_000 + b" " + LINE + b"\r\n", 414),
    (b"GET / " + LINE + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/2.0\r\n\r\n", 505),
)


def test_twilio_says_it_in_its_json(url: str) -> None:
    def said(row: tuple[bytes, int]) -> None:
        head, _, body = exchange(url, row[0]).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % row[1])
        assert b"content-type: application/json" in head
        content = json.loads(body)
        assert set(content) == {"code", "message", "more_info", "status"}
        assert content["status"] == row[1]

    require_each(UNREAD, said)


def test_vonage_says_it_in_its_own(vonage: VonageAccount) -> None:
    def said(row: tuple[bytes, int]) -> None:
        head, _, body = exchange(vonage.url, row[0]).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % row[1])
        assert b"content-type: application/problem+json" in head
        assert set(json.loads(body)) == {"title", "type", "detail", "instance"}

    require_each(UNREAD, said)


ODD = (
    *("/_inbox/" + "a" * 300, "/_inbox/" + "a" * 5_000, "/_inbox/..%2fapp.py"),
    *("/_inbox/%00", "/_inbox/%ff", "/_inbox/", "/_inbox/.", "/_inbox/inbox.js/"),
    *("/_fake/", "/_fake/nothing", "/_fake/accounts/AC1/nothing", "/_fake/%00"),
    *(
        "//",
        "//[",
        "/v2//",
        "/%2e%2e/",
        "/v2/" + "%25" * 2_000,
        "/v2/Services/" + "/" * 999,
    ),
    *(
        "/favicon.ico",
        "/robots.txt",
        "/Services",
        "/v3/x",
        "/v2\\x",
        "/;a=b",
        "/v2?[=]",
    ),
)


def test_no_path_is_answered_in_plain_text(url: str, vonage: VonageAccount) -> None:
    def answered(path: str) -> None:
        for server in (url, vonage.url):
            line = b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
            heard = exchange(server, line + b"Connection: close\r\n\r\n", more=True)
            head, _, body = heard.partition(b"\r\n\r\n")
            status = int(head.split(b" ")[1])
            assert 400 <= status < 500
            assert b"json" in head
            assert json.loads(body)

    require_each(ODD, answered)


def allowed(answer: requests.Response) -> set[str]:
    return set(answer.headers["Allow"].split(", "))


class TestMethods:
    """RFC 9110: 405 with Allow, HEAD as GET, OPTIONS for every path."""

    def test_of_the_api(self, account: Account) -> None:
        by_path: dict[str, set[str]] = {}
        for route in ROUTES:
            by_path.setdefault(route.path, set()).add(route.method)

        def holds(path: str) -> None:
            filled = "/".join(
                f"VA{'a' * 32}" if part.startswith("{") else part
                for part in path.split("/")
            )
            known = by_path[path] | {"OPTIONS"}
            known |= {"HEAD"} if "GET" in known else set()
            assert allowed(requests.options(account.url + filled, timeout=5)) == known
            refused = account.twilio("PATCH", filled)
            assert (refused.status_code, refused.json()["code"]) == (405, 20004)
            assert allowed(refused) == known

        require_each(by_path, holds)

    def test_of_vonages(self, vonage: VonageAccount) -> None:
        there_are = {
            "": {"POST", "OPTIONS"},
            f"/{'a' * 8}": {"POST", "DELETE", "OPTIONS"},
            "/templates": {"GET", "HEAD", "POST", "OPTIONS"},
        }

        def holds(path: str) -> None:
            url = f"{vonage.url}/v2/verify{path}"
            assert allowed(requests.options(url, timeout=5)) == there_are[path]
            refused = vonage.vonage("PUT", path)
            assert refused.status_code == 405
            assert allowed(refused) == there_are[path]

        require_each(there_are, holds)

    def test_of_the_side_door(self, account: Account) -> None:
        by_path: dict[str, set[str]] = {"/_fake/openapi.json": {"GET"}}
        for row in OPERATIONS:
            for path in row.paths:
                by_path.setdefault(path, set()).add(row.method)

        def holds(path: str) -> None:
            url = f"{account.url}{path}".replace("{account}", account.sid)
            known = by_path[path] | {"OPTIONS"}
            known |= {"HEAD"} if "GET" in known else set()
            for answer in (
                requests.options(url, timeout=5),
                requests.request("PATCH", url, timeout=5),
            ):
                assert answer.status_code in {204, 405}
                assert allowed(answer) == known
            assert answer.json()["error"]["field"] == "method"

        require_each(by_path, holds)

    def test_of_the_pages(self, url: str) -> None:
        for path in ("/", "/requests", "/_inbox/inbox.js"):
            refused = requests.post(url + path, timeout=5)
            assert refused.status_code == 405
            assert allowed(refused) == {"GET", "HEAD", "OPTIONS"}

    def test_head_says_what_get_would(self, account: Account) -> None:
        account.start(TO)
        paths = (
            *("/", "/requests", "/_inbox/inbox.js", "/_fake/health", "/_fake/messages"),
            *("/v2/Services", f"/v2/Services/{account.service}", "/v2/Nothing"),
        )

        def holds(path: str) -> None:
            got, headed = (account.twilio(m, path) for m in ("GET", "HEAD"))
            assert headed.status_code == got.status_code
            assert headed.content == b""
            assert headed.headers["Content-Type"] == got.headers["Content-Type"]
            assert headed.headers["Content-Length"] == str(len(got.content))

        require_each(paths, holds)

    def test_an_unknown_path_has_no_methods(self, url: str) -> None:
        assert requests.options(f"{url}/v2/Nothing", timeout=5).status_code == 401


def test_vonages_odd_steps_are_refused_by_name(vonage: VonageAccount) -> None:
    step = {"channel": "whatsapp", "to": "447700900000", "from": "447700900001"}

    def refused(odd: object) -> None:
        for name in ("mode", "channel", "to", "from", "app_hash", "reuse_code"):
            for kind in ("whatsapp", "sms", "email"):
                sent = {**step, "channel": kind, name: odd}
                answer = vonage.vonage("POST", "", {"brand": "A", "workflow": [sent]})
                assert answer.status_code in {202, 402, 409, 422, 429}, answer.text
        for name in (
            "brand",
            "workflow",
            "locale",
            "channel_timeout",
            "code",
            "client_ref",
        ):
            body = {"brand": "A", "workflow": [step], name: odd}
            answer = vonage.vonage("POST", "", body)
            assert answer.status_code in {202, 402, 409, 422, 429}, answer.text

    require_each([{}, [], {"a": 1}, [[]], 0, 1.5, True, "", None], refused)


class TestMany:
    """What comes in numbers has a bound."""

    def test_parameters(self, few: Account) -> None:
        form = {f"x{number}": "1" for number in range(11)}

        for path in ("/v2/Services", "/v2/Nothing"):
            assert few.twilio("POST", path, **form).status_code == 413
            assert few.twilio("GET", path, **form).status_code == 413
        assert few.services() == []

    def test_parts(self, few: Account) -> None:
        parts = {f"x{number}": (None, "1") for number in range(11)}

        answer = few.session.post(f"{few.url}/v2/Services", files=parts, timeout=5)

        assert answer.status_code == 413

    def test_members(self, vonage: VonageAccount) -> None:
        for body in (
            {f"x{number}": 1 for number in range(11)},
            {"brand": [{"a": [1, 2, 3]}] * 4},
            [[[]]] * 11,
        ):
            answer = vonage.vonage("POST", "", {"a": body})
            assert answer.status_code in {413, 422}
        assert vonage.vonage("POST", "", {"a": ["x" * 99] * 11}).status_code == 413

    def test_faults(self, few: Account, vonage: VonageAccount) -> None:
        rule = {"operation": "CreateService", "error": 20429}
        answers = [few.door_response("POST", "/faults", rule) for _ in range(4)]
        assert [each.status_code for each in answers] == [201] * 3 + [400]

        rule = {"operation": "start", "error": "low_balance", "first": 99}
        answers = [vonage.door("POST", "/faults", rule) for _ in range(4)]
        assert [each.status_code for each in answers] == [201] * 3 + [400]

    def test_numbers_and_codes(self, few: Account, vonage: VonageAccount) -> None:
        numbers = [f"+1555323000{number}" for number in range(6)]
        body = {"landline": numbers[:5]}
        assert few.door_response("POST", "/numbers", body).status_code == 204
        code = {"to": numbers[5], "code": "4242"}
        assert few.door_response("POST", "/codes", code).status_code == 400
        few.door("POST", "/reset", {})
        assert few.door_response("POST", "/codes", code).status_code == 204

        body = {"blocked": numbers}
        assert vonage.door("POST", "/numbers", body).status_code == 400

    def test_streams(self, few: Account) -> None:
        events = f"{few.url}/_fake/events"
        open_now = [requests.get(events, stream=True, timeout=5) for _ in range(2)]

        refused = requests.get(events, timeout=5)

        assert (refused.status_code, refused.json()["error"]["field"]) == (
            503,
            "events",
        )
        for each in open_now:
            each.close()
        while requests.get(events, stream=True, timeout=5).status_code == 503:
            pass  # until the server has seen that they are gone

    def test_characters_of_a_message(self, account: Account) -> None:
        """What is filled in is multiplied; the text stays as short as a message."""
        template = {"friendly_name": "A", "texts": "{{code}}" + "{{a}}" * 300}
        sid = account.door("POST", "/templates", template)["sid"]
        long = {
            "TemplateSid": sid,
            "TemplateCustomSubstitutions": '{"a": "%s"}' % ("x" * 900),
        }

        refused = account.start(TO, **long)

        assert (refused.status_code, refused.json()["code"]) == (400, 60200)
        long["TemplateCustomSubstitutions"] = '{"a": "x"}'
        assert account.start(TO, **long).status_code == 201
        template["texts"] = "{{code}}" + "x" * 1_600
        assert account.door_response("POST", "/templates", template).status_code == 400
