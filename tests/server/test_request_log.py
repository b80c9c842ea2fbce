"""The request log: known words only, no codes by any way, and so many bytes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import assume, example, given, strategies as st

from tests.support.each import require_each
from tests.support.served import Account, running, serving
from tests.support.served_vonage import Account as VonageAccount
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._request_log import RequestLog, Weight
from verify_fakes.server.twilio._log import TwilioExchange, _names, noted
from verify_fakes.server.twilio._settings import TwilioSettings
from verify_fakes.server.vonage._app import FakeVonageApp
from verify_fakes.server.vonage._settings import VonageSettings
from verify_fakes.twilio._store import VerifyStore
from verify_fakes.twilio.http._exchange import read_request
from verify_fakes.twilio.http._wire import handle

TO = "+15553231234"
CODE = "739164"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SERVICE = "VA" + "b" * 32
JSON = "application/json"
MULTIPART = (
    'multipart/form-data; boundary="x"',
    f'--x\r\nContent-Disposition: form-data; name="Code"\r\n\r\n{CODE}\r\n--x--\r\n',
)


#: Method, path below the service, body and its kind: each has the code somewhere.
WITH_CODE = (
    ("POST", "VerificationCheck", f"To=%2B1&Code={CODE}", None),
    ("POST", "VerificationCheck", f"code={CODE}", None),
    ("POST", "VerificationCheck", f"CODE={CODE}", None),
    ("POST", "VerificationCheck", f"Pin={CODE}", None),
    ("POST", "VerificationCheck", f"{CODE}=1", None),
    ("POST", "VerificationCheck", CODE, None),
    ("POST", "VerificationCheck", json.dumps({"To": TO, "Code": CODE}), JSON),
    ("POST", "VerificationCheck", MULTIPART[1], MULTIPART[0]),
    ("POST", "VerificationCheck", f"<Code>{CODE}</Code>", "text/xml"),
    ("POST", f"VerificationCheck?Code={CODE}", "", None),
    ("GET", f"VerificationCheck?Code={CODE}", "", None),
    ("GET", f"Verifications/{CODE}", "", None),
    ("GET", f"Verifications/{CODE}?Code={CODE}", "", None),
    ("POST", f"Verifications/{CODE}", "Status=canceled", None),
    ("GET", f"Entities/{CODE}77/Factors", "", None),
    ("GET", f"VerificationCheck/{CODE}", "", None),
    ("GET", f"Nothing/{CODE}", "", None),
    ("GET", f"{CODE}", "", None),
    ("GET", f"%37{CODE[1:]}", "", None),
    ("POST", "Verifications", f"To=%2B15553231234&Channel=sms&CustomCode={CODE}", None),
    ("POST", "Verifications", f"To=%2B15553231234&Channel=sms&customcode={CODE}", None),
    (
        "POST",
        "Verifications",
        f"TemplateCustomSubstitutions=%7B%22a%22%3A%22{CODE}%22%7D",
        None,
    ),
    ("POST", "Verifications", f"templates=%5B%7B%22a%22%3A{CODE}%7D%5D", None),
    ("POST", f"Entities/identity-1/Factors/YF{'a' * 32}", f"AuthPayload={CODE}", None),
)


BASIC = "Basic " + b64encode(f"AC{'a' * 32}:x".encode()).decode()


def logged(
    method: str, path: str, body: str = "", kind: str | None = None
) -> TwilioExchange:
    """What the log has of a request."""
    headers = {
        "authorization": BASIC,
        **({} if kind is None else {"content-type": kind}),
    }
    url = f"http://localhost{path}"
    request = read_request(method, url, headers, body, request_id="RQ1")
    outcome = handle(VerifyStore(clock=lambda: NOON), request)
    return noted(request, outcome, cursor=1, at=NOON)


def shown(method: str, path: str, body: str, kind: str | None) -> str:
    """All that the log has of a request about a service, as one text."""
    seen = logged(method, f"/v2/Services/{SERVICE}/{path}", body, kind)
    return f"{seen.path} {dict(seen.form)} {seen.answer.decode()} {seen!r}"


def test_a_code_is_not_shown_whatever_way_it_came() -> None:
    def hidden(row: tuple[str, str, str, str | None]) -> None:
        said = shown(*row)
        assert CODE not in said
        assert CODE[1:] not in said
        assert "20003" not in said, "the request was not let in"

    require_each(WITH_CODE, hidden)


@given(name=st.text(max_size=12))
@example(name="Paye")
def test_no_unknown_parameter_is_shown(name: str) -> None:
    assume(name.lower() not in _names("CreateVerificationCheck"))  # such as Payee
    body = urlencode({name: CODE}, errors="replace")

    assert CODE not in shown("POST", "VerificationCheck", body, None)


def test_what_is_known_is_shown_as_it_was_sent() -> None:
    path = f"/v2/Services/{SERVICE}/Verifications"
    form = "To=%2B15553231234&Channel=sms&channel=call&Colour=red"

    seen = logged("POST", path, form)

    assert seen.form == {"To": TO, "Channel": "sms", "channel": "call"}
    assert (seen.path, seen.unknown) == (path, 1)


PATHS = {
    f"/v2/Services/{SERVICE}/Verifications/%2B15553231234": None,
    f"/v2/Services/{SERVICE}/Verifications/ann%40example.org": None,
    f"/v2/Services/{SERVICE}/Entities/ann-from-accounting/Factors": None,
    "/v2/PhoneNumbers/+15553231234": None,
    f"/v2/Servces/{SERVICE}/Verifications": f"/v2/[redacted]/{SERVICE}/Verifications",
    "/v1/Accounts/abc": "/v1/[redacted]/[redacted]",
}


def test_of_a_path_what_is_known_is_shown() -> None:
    def as_sent(path: str) -> None:
        assert logged("GET", path).path == (PATHS[path] or path)

    require_each(PATHS, as_sent)


@pytest.fixture(scope="module")
def vonage() -> Iterator[VonageAccount]:
    with serving(FakeVonageApp()) as url:
        account = VonageAccount(url)
        yield account
        account.session.close()


ID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
STEP = {"channel": "sms", "to": "447700900000"}
VONAGES = (
    ("POST", f"/{ID}", {"code": CODE}),
    ("POST", f"/{ID}", {"Code": CODE}),
    ("POST", f"/{ID}", {"pin": CODE}),
    ("POST", f"/{ID}", {CODE: 1}),
    ("POST", f"/{ID}", [CODE]),
    ("POST", f"/{ID}", {"code": {"code": CODE}}),
    ("POST", f"/{CODE}", {"code": "1234"}),
    ("DELETE", f"/{CODE}", None),
    ("POST", f"/{CODE}/next_workflow", None),
    ("GET", f"/templates/{CODE}", None),
    ("POST", "", {"brand": "A", "code": CODE, "workflow": [STEP]}),
    ("POST", "", {"brand": "A", "workflow": [{**STEP, "code": CODE}]}),
    ("POST", "", {"brand": "A", "workflow": [{**STEP, "pin": CODE}, CODE]}),
    ("POST", "", {"brand": "A", "workflow": {"code": CODE}}),
)


def test_nor_is_one_of_vonages(vonage: VonageAccount) -> None:
    def hidden(row: tuple[str, str, object]) -> None:
        vonage.vonage(*row)
        seen = vonage.door("GET", "/requests").json()["requests"][-1]
        assert seen["method"] == row[0]
        assert CODE not in json.dumps(seen)

    require_each(VONAGES, hidden)


def test_what_vonage_knows_is_shown(vonage: VonageAccount) -> None:
    vonage.vonage("POST", "", {"brand": "A", "workflow": [STEP], "colour": "red"})

    seen = vonage.door("GET", "/requests").json()["requests"][-1]

    assert seen["body"] == {"brand": "A", "workflow": [STEP]}
    assert (seen["operation"], seen["unknown"]) == ("newRequest", 1)
    assert seen["path"] == "/v2/verify"


def entry(weight: int) -> TwilioExchange:
    return TwilioExchange(
        cursor=1,
        at=NOON,
        method="GET",
        path="/",
        operation=None,
        form={},
        unknown=0,
        user=None,
        status=200,
        code=None,
        why=None,
        answer=b"",
        weight=weight,
    )


@given(weights=st.lists(st.integers(1, 60), max_size=50))
def test_a_log_keeps_the_newest_that_its_bounds_allow(weights: list[int]) -> None:
    whole = Weight()
    log = RequestLog[TwilioExchange](Bounds(requests=5, log_bytes=100), whole)
    for weight in weights:
        log.add(entry(weight))

    kept = [each.weight for each in log]
    assert kept == weights[len(weights) - len(kept) :]
    assert len(kept) <= 5
    assert sum(kept) == whole.bytes <= 100
    more = weights[: len(weights) - len(kept)][-1:]
    assert not more or len(kept) == 5 or sum(kept) + more[0] > 100
    log.clear()
    assert (len(log), whole.bytes) == (0, 0)


def test_long_requests_leave_short_entries() -> None:
    with running() as url:
        account = Account(url)
        for number in range(3):
            account.twilio(
                "POST", "/v2/Services", FriendlyName="é" * 9_000 + str(number)
            )
            account.twilio(
                "POST", f"/v2/{'a' * 5_000}", **{f"x{n}": "y" for n in range(900)}
            )

        answer = account.door_response("GET", "/requests")
        account.session.close()

    assert len(answer.json()["requests"]) == 6
    assert len(answer.content) < 20_000


def test_the_logs_of_all_accounts_are_bounded_together() -> None:
    """The account that was used longest ago loses its log."""
    bounds = Bounds(all_log_bytes=30_000)
    with running(TwilioSettings(bounds=bounds)) as url:
        accounts = [Account(url) for _ in range(3)]
        for account in accounts:
            for _ in range(8):
                account.services()
        logged = [len(each.door("GET", "/requests")["requests"]) for each in accounts]
        for account in accounts:
            account.session.close()

    assert logged[0] == 0
    assert logged[2] == 8


def test_a_list_ends_before_it_is_too_long() -> None:
    bounds = Bounds(answer_bytes=3_000)
    with running(TwilioSettings(bounds=bounds)) as url:
        account = Account(url)
        for _ in range(9):
            account.services()
        listed = account.door_response("GET", "/requests")
        account.session.close()

    found = listed.json()
    assert len(listed.content) < 3_500
    assert len(found["requests"]) + found["left_out"] == 9
    assert found["requests"][-1]["cursor"] == found["cursor"]


def test_so_do_vonages() -> None:
    bounds = Bounds(answer_bytes=3_000)
    with serving(FakeVonageApp(VonageSettings(bounds=bounds))) as url:
        account = VonageAccount(url)
        for number in range(20):
            account.start(f"4477009000{number:02}")
        for path in ("/messages", "/requests", "/events"):
            listed = account.door("GET", path)
            assert len(listed.content) < 3_500
            assert listed.json()["left_out"] > 0 or path == "/events"
        account.session.close()


def test_one_thing_is_shown_however_long_it_is() -> None:
    with running(TwilioSettings(bounds=Bounds(answer_bytes=10))) as url:
        account = Account(url)
        account.start(TO)
        assert len(account.door("GET", "/messages")["messages"]) == 1
        account.session.close()
