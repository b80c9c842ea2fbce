"""Who is let in: by names of this machine and the vendor's, from no other site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from hypothesis import given, strategies as st

from tests.support.each import require_each
from tests.support.served import Account, address_of, exchange, running, serving
from verify_fakes.server._access import (
    TWILIOS_HOSTS,
    VONAGES_HOSTS,
    Access,
    is_loopback,
    read_origin,
)
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.twilio._settings import TwilioSettings
from verify_fakes.server.vonage._app import FakeVonageApp

TO = "+15553231234"
SITE = "http://localhost:3000"


@pytest.fixture(scope="module", params=["twilio", "vonage"])
def either(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of either vendor."""
    with running() if request.param == "twilio" else serving(FakeVonageApp()) as url:
        yield url


PATHS = ("/v2/Services", "/v2/verify", "/_fake/messages", "/_fake/health", "/nothing")
STRANGE = (
    "evil.example",
    "evil.example:4010",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "0.0.0.0",
    "[::]",
    "api.twilio.com",
    "verify.twilio.com.evil.example",
    "evilapi.nexmo.com",
)


def test_another_name_gets_nothing(either: str) -> None:
    def refused(host: str) -> None:
        for path in (*PATHS, "/"):
            answer = requests.get(either + path, headers={"Host": host}, timeout=5)
            assert answer.status_code == 403, path
            assert answer.json(), path
            assert "localhost" in answer.text, path

    require_each(STRANGE, refused)


FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": SITE},
    {"Origin": "https://{own}"},
    {"Origin": "http://["},
    {"Origin": "http://{own}, http://evil.example"},
    {"Origin": ""},
    {"Origin": "http://{own}/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


def test_a_page_of_another_site_gets_nothing(either: str) -> None:
    own = either.removeprefix("http://")

    def refused(given: dict[str, str]) -> None:
        headers = {name: value.replace("{own}", own) for name, value in given.items()}
        for path in PATHS:
            for method in ("GET", "POST", "OPTIONS"):
                answer = requests.request(
                    method, either + path, headers=headers, timeout=5
                )
                assert answer.status_code == 403, (method, path)
                assert answer.json(), (method, path)
                assert "Access-Control-Allow-Origin" not in answer.headers

    require_each(FOREIGN, refused)


def test_two_origins_are_refused(either: str) -> None:
    own = f"Origin: {either}\r\n"
    for origins in (own + "Origin: http://evil.example\r\n", own + own):
        lines = f"GET /_fake/health HTTP/1.1\r\nHost: {either[7:]}\r\n{origins}\r\n"
        assert exchange(either, lines.encode()).startswith(b"HTTP/1.1 400 ")


def test_the_servers_own_pages_and_programs_come_in(either: str) -> None:
    port = address_of(either)[1]

    def answered(headers: dict[str, str]) -> None:
        answer = requests.get(f"{either}/_fake/health", headers=headers, timeout=5)
        assert answer.status_code == 200

    require_each(
        [
            {},
            {"Origin": either},
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
            {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
            {"Host": f"LOCALHOST.:{port}"},
            {"Host": f"fake.localhost:{port}"},
            {"Host": f"127.0.0.2:{port}"},
            {"Host": f"[::1]:{port}"},
        ],
        answered,
    )


def test_a_page_can_neither_start_nor_push_accounts_out(account: Account) -> None:
    """A form with credentials in its address, as a page of any site can send one."""
    path = f"/v2/Services/{account.service}/Verifications"
    url = f"http://{account.sid}:{account.token}@{account.url[7:]}{path}"
    data = {"To": TO, "Channel": "sms"}

    for origin in ("http://evil.example", "null"):
        answer = requests.post(url, data, headers={"Origin": origin}, timeout=5)
        assert answer.status_code == 403

    known = requests.get(f"{account.url}/_fake/accounts", timeout=5).json()["accounts"]
    assert account.sid not in {each["account_sid"] for each in known}


TWILIOS = ("verify.twilio.com", "verify.dublin.ie1.twilio.com", "lookups.twilio.com")
VONAGES = ("api.nexmo.com", "api-eu.vonage.com", "api-us-3.vonage.com")


def test_under_the_vendors_names_there_is_the_api_alone(url: str) -> None:
    with serving(FakeVonageApp()) as vonage:

        def api_alone(server: str, host: str) -> None:
            for path in ("/v2/verify", "/", "/_fake/health", "/_fake/messages"):
                answer = requests.get(server + path, headers={"Host": host}, timeout=5)
                assert answer.status_code == 401, path

        require_each(TWILIOS, lambda host: api_alone(url, host))
        require_each(VONAGES, lambda host: api_alone(vonage, host))


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    """A server that lets the pages of a site in."""
    with running(TwilioSettings(origins=[SITE.upper() + "/"])) as url:
        yield url


class TestAllowedOrigin:
    def test_its_pages_may_use_and_read_the_api(self, shared: str) -> None:
        account = Account(shared)
        account.session.headers["Origin"] = SITE

        answer = account.start(TO)

        assert answer.status_code == 201
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert answer.headers["Vary"] == "origin"
        assert account.door_response("GET", "/messages").headers[
            "Access-Control-Allow-Origin"
        ] == (SITE)
        account.session.close()

    def test_a_browser_that_asks_first_gets_leave(self, shared: str) -> None:
        asks = {
            "Origin": SITE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        path = f"/v2/Services/VA{'a' * 32}/Verifications"

        answer = requests.options(shared + path, headers=asks, timeout=5)

        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]

    def test_others_may_not(self, shared: str) -> None:
        for origin in ("http://localhost:3001", "https://localhost:3000", "null"):
            answer = requests.get(
                f"{shared}/_fake/health", headers={"Origin": origin}, timeout=5
            )
            assert answer.status_code == 403
            assert "Access-Control-Allow-Origin" not in answer.headers

    def test_without_a_page_nothing_is_shared(self, shared: str) -> None:
        answer = requests.get(f"{shared}/_fake/health", timeout=5)

        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_what_is_no_site_is_refused(self) -> None:
        def refused(text: str) -> None:
            with pytest.raises(BadSettings, match="allow-origin"):
                TwilioSettings(origins=[text])

        require_each(
            [
                *("", "*", "null", "localhost:3000", "http://", "ftp://a", "http://["),
                *("http://a/b", "http://a?b", "http://a#b", "http://u@a", "http://a:x"),
            ],
            refused,
        )

    def test_a_site_has_one_form(self) -> None:
        assert read_origin(" HTTPS://A.example:443/ ") == "https://a.example"
        assert read_origin("http://[::1]:80") == "http://[::1]"
        assert read_origin("http://localhost:443") == "http://localhost:443"


def test_a_server_for_others_answers_to_any_name_and_to_no_foreign_page() -> None:
    with running(TwilioSettings(loopback_only=False)) as url:
        ask = f"{url}/_fake/health"
        named = {"Host": "fake:4010"}
        assert requests.get(ask, headers=named, timeout=5).ok
        named["Origin"] = "http://evil.example"
        assert requests.get(ask, headers=named, timeout=5).status_code == 403
        named["Origin"] = "http://fake:4010"
        assert requests.get(ask, headers=named, timeout=5).ok


HOSTS = st.text(st.sampled_from("abc.:[]0127%@/\\ é-_"), max_size=20)


@given(host=HOSTS | st.text(max_size=20), origin=st.text(max_size=30))
def test_nothing_in_a_header_breaks_it(host: str, origin: str) -> None:
    """Whatever they say, it is a refusal or none; and a strange name is one."""
    for hosts in (TWILIOS_HOSTS, VONAGES_HOSTS):
        access = Access(vendors_hosts=hosts)
        stranger = access.stranger({"host": host, "origin": origin}, scheme="http")
        if host and not is_loopback(host):
            assert stranger is not None
        assert access.stranger({"origin": origin}, scheme="http") is not None


class TestAbsoluteForm:
    """A target in absolute form is for a proxy, and this one forwards nothing."""

    def ask(self, url: str, target: str, host: str = "localhost") -> bytes:
        line = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        return exchange(url, line.encode(), more=True)

    def test_other_hosts_are_refused(self, url: str) -> None:
        def refused(target: str) -> None:
            heard = self.ask(url, target)
            assert heard.startswith(b"HTTP/1.1 403 ")
            assert b"application/json" in heard

        require_each(
            [
                *("http://example.org/", "http://example.org/v2/Services"),
                *("http://localhost/", "http://localhost:1/", "https://127.0.0.1/"),
                *("http://169.254.169.254/latest/meta-data", "HTTP://EVIL.example"),
                "http://api.nexmo.com/v2/verify",
            ],
            refused,
        )

    def test_the_vendors_are_answered_by_the_api(self, url: str) -> None:
        for host in ("verify.twilio.com/v2/Services", "lookups.twilio.com/"):
            target = f"http://{host}"
            assert self.ask(url, target, "evil.example").startswith(b"HTTP/1.1 401 ")

    def test_a_server_is_no_other_host_to_itself(self, url: str) -> None:
        """So asks a client that sends everything to a proxy (RFC 9112, 3.2.2)."""
        assert self.ask(url, f"{url}/_fake/health").startswith(b"HTTP/1.1 200 ")

    def test_a_server_for_others_forwards_no_more(self) -> None:
        with running(TwilioSettings(loopback_only=False)) as url:
            heard = self.ask(url, "http://example.org/")

        assert heard.startswith(b"HTTP/1.1 403 ")
