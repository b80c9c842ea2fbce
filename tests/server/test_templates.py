"""Templates on a server: any on first use, or only those there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Account, running
from verify_fakes.served import FakeServerClient
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.twilio._settings import TwilioSettings, read_accounts

TO = "+15553231234"
ACCOUNT, SERVICE = "AC" + "a" * 32, "VA" + "b" * 32
DECLARED, UNKNOWN = "HJ" + "c" * 32, "HJ" + "d" * 32
FILE = f"""
[accounts.{ACCOUNT}]
auth_token = "secret"
services = ["{SERVICE}"]

[accounts.{ACCOUNT}.templates.{DECLARED}]
friendly_name = "Login"
texts = {{ en = "{{{{code}}}} opens the shop", de = "{{{{code}}}} oeffnet den Laden" }}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def strict(config: Path) -> Iterator[Account]:
    with running(TwilioSettings(accounts=read_accounts(config))) as url:
        account = Account(url, ACCOUNT, "secret", SERVICE)
        yield account
        account.session.close()


def said(account: Account) -> str:
    return str(account.door("GET", "/messages")["messages"][-1]["body"])


def test_a_strict_server_refuses_one_that_it_does_not_know(strict: Account) -> None:
    answer = strict.start(TO, TemplateSid=UNKNOWN)

    assert (answer.status_code, answer.json()["code"]) == (400, 60228)


def test_any_other_server_takes_it_for_the_usual_text(account: Account) -> None:
    assert account.start(TO, TemplateSid=UNKNOWN).status_code == 201


def test_a_declared_one_is_there_also_after_a_reset(strict: Account) -> None:
    for _ in range(2):
        strict.start(TO, TemplateSid=DECLARED, Locale="de")
        assert said(strict).endswith("oeffnet den Laden")
        strict.door("POST", "/reset")


def test_one_can_be_made_through_the_side_door(strict: Account) -> None:
    served = FakeServerClient(strict.url).account(ACCOUNT)

    sid = served.add_template("Pay", "Pay with {{code}}", channels=["sms", "voice"])
    strict.start(TO, TemplateSid=sid)

    assert said(strict).startswith("Pay with ")
    names = [t["friendly_name"] for t in _listed(strict)]
    assert names == ["Login", "Pay"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": "{{code}}"}, "friendly_name"),
        ({"friendly_name": "x", "texts": "no placeholder"}, "placeholder"),
        ({"friendly_name": "x", "texts": {}}, "texts"),
        ({"friendly_name": "x", "texts": {"en": 1}}, "texts"),
        ({"friendly_name": "x", "texts": "{{code}}", "channels": "sms"}, "channels"),
        ({"friendly_name": "x", "texts": "{{code}}", "channels": ["fax"]}, "channels"),
        ({"friendly_name": "x", "texts": "{{code}}", "sid": "HJ1"}, "sid"),
        ({"friendly_name": "x", "texts": "{{code}}", "sid": DECLARED}, "sid"),
        ({"name": "x"}, "name"),
    ],
)
def test_what_is_no_template_is_refused(
    strict: Account, body: dict[str, Any], field: str
) -> None:
    answer = strict.door_response("POST", "/templates", body)

    assert answer.status_code == 400
    assert field in str(answer.json()["error"])
    assert answer.json()["error"]["field"] in {*body, "friendly_name", "template"}


@pytest.mark.parametrize(
    "table",
    [
        "templates = 1",
        "[accounts.{}.templates]\nHJ1 = 'x'",
        "[accounts.{}.templates.HJ1]\nfriendly_name = 'x'\ntexts = '{{{{code}}}}'",
        "[accounts.{}.templates.{}]\nfriendly_name = 'x'\ntexts = 'no placeholder'",
        "[accounts.{}.templates.{}]\nfriendly_name = 'x'\ntext = '{{{{code}}}}'",
        "[accounts.{}.templates.{}]\ntexts = '{{{{code}}}}'",
        "event_sinks = 'http://localhost/'",
        "event_sinks = ['nowhere']",
    ],
)
def test_what_a_file_cannot_declare_is_named(tmp_path: Path, table: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(
        f"[accounts.{ACCOUNT}]\nauth_token = 'x'\n" + table.format(ACCOUNT, DECLARED),
        encoding="utf-8",
    )

    with pytest.raises(BadSettings, match=r"template|sink"):
        read_accounts(path)


def _listed(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.twilio("GET", "/v2/Templates").json()[
        "templates"
    ]
    return found
