"""The example's forms, as strangers send them; without a browser and without Twilio."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

PHONE, OTHER = "+15553231234", "+15553239876"
OFFLINE = {"VERIFY_PROVIDER": "fake://?seed=1"}
Serve = Callable[[Mapping[str, str]], Any]


@pytest.fixture(scope="module")
def app(serve: Serve) -> Any:  # noqa: ANN401 - Running, of conftest
    """One for all tests but those that read what it prints."""
    return serve(OFFLINE)


@pytest.fixture
def http() -> requests.Session:
    return requests.Session()


def post(session: requests.Session, url: str, **form: str) -> requests.Response:
    return session.post(url, data=form, timeout=5)


def test_offline_the_terminal_shows_the_message(
    serve: Serve, http: requests.Session
) -> None:
    app = serve(OFFLINE)
    asked = post(http, f"{app.url}/start", number=PHONE)
    shown = app.next_line()

    assert asked.url == f"{app.url}/code?sent=sent"
    assert shown.startswith(f"[sms to {PHONE}] Your Demo verification code is: ")
    signed_in = post(http, f"{app.url}/check", code=shown.rpartition(" ")[2])
    assert "You are signed in" in signed_in.text
    assert "pending" not in http.cookies
    left = post(http, f"{app.url}/leave")
    assert "Send code" in left.text
    assert not http.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_forms_of_other_sites_are_refused(
    app: Any,  # noqa: ANN401
    headers: dict[str, str],
) -> None:
    for act in ("start", "check", "resend", "leave"):
        answer = requests.post(
            f"{app.url}/{act}", data={"number": PHONE}, headers=headers, timeout=5
        )

        assert answer.status_code == 403, act
        assert not answer.cookies


def test_forms_of_its_own_pages_are_taken(app: Any) -> None:  # noqa: ANN401
    for headers in ({"Origin": app.url}, {"Sec-Fetch-Site": "same-origin"}):
        answer = requests.post(
            f"{app.url}/start", data={"number": OTHER}, headers=headers, timeout=5
        )
        assert "Enter your code" in answer.text


def test_cookies_are_sealed_and_out_of_reach(
    app: Any,  # noqa: ANN401
    http: requests.Session,
) -> None:
    asked = http.post(
        f"{app.url}/start", data={"number": PHONE}, timeout=5, allow_redirects=False
    )
    cookie = asked.headers["Set-Cookie"]

    assert PHONE not in cookie
    assert re.search(r"HttpOnly.*Max-Age=900.*SameSite=lax", cookie)
    assert PHONE not in http.get(f"{app.url}/code", timeout=5).text


def test_a_running_verification_is_no_session(
    app: Any,  # noqa: ANN401
    http: requests.Session,
) -> None:
    """The same reference, sealed for one purpose, does not serve for the other."""
    post(http, f"{app.url}/start", number=PHONE)
    token = http.cookies["pending"]

    forged = requests.get(app.url, cookies={"session": token}, timeout=5)
    altered = requests.get(
        app.url, cookies={"session": token[:-9] + "A" * 9}, timeout=5
    )

    assert "Send code" in forged.text
    assert "Send code" in altered.text


@pytest.mark.parametrize("act", ["check", "resend"])
def test_without_a_verification_it_begins_again(
    app: Any,  # noqa: ANN401
    act: str,
) -> None:
    answer = requests.post(f"{app.url}/{act}", data={"code": "123456"}, timeout=5)

    assert "Send code" in answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"number=" + b"1" * 10_000, b"\xff\xfe%zz", b"&" * 100, b"number=%00"],
    ids=lambda body: body[:12],
)
def test_strange_forms_are_asked_for_again(app: Any, body: bytes) -> None:  # noqa: ANN401
    answer = requests.post(f"{app.url}/start", data=body, timeout=5)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_what_was_typed_comes_back_escaped(app: Any) -> None:  # noqa: ANN401
    answer = requests.post(
        f"{app.url}/start", data={"number": '"><script>x</script>'}, timeout=5
    )

    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
