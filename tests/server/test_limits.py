"""Twilio's limits, switched on and off per account while everything else stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyotp
import pytest

from tests.support.served import Account
from verify_fakes.served import FakeServerClient

TO = "+15553231234"


def limit(account: Account, *, on: bool) -> dict[str, Any]:
    answer: dict[str, Any] = account.door("POST", "/limits", {"limits": on})
    return answer


def wrong_for(account: Account) -> str:
    return "000000" if account.code(TO) != "000000" else "111111"


def test_off_there_may_be_any_number_of_sends(account: Account) -> None:
    for _ in range(5):
        account.start(TO)
    assert account.start(TO).json()["code"] == 60203

    assert limit(account, on=False)["limits"] is False

    answers = [account.start(TO) for _ in range(3)]
    assert [each.status_code for each in answers] == [201] * 3
    assert len(answers[-1].json()["send_code_attempts"]) == 8


def test_nothing_is_forgotten(account: Account) -> None:
    sid = account.start(TO).json()["sid"]
    code = account.code(TO)

    limit(account, on=False)
    limit(account, on=True)

    assert account.start(TO).json()["sid"] == sid
    assert account.code(TO) == code
    assert account.check(TO, code).json()["status"] == "approved"


def test_off_there_may_be_any_number_of_checks(account: Account) -> None:
    account.start(TO)
    limit(account, on=False)
    wrong = wrong_for(account)

    assert {account.check(TO, wrong).status_code for _ in range(9)} == {200}

    assert account.check(TO, account.code(TO)).json()["valid"] is True


def test_on_again_what_was_made_meanwhile_counts(account: Account) -> None:
    limit(account, on=False)
    for _ in range(6):
        account.start(TO)
    for _ in range(5):
        account.check(TO, wrong_for(account))

    limit(account, on=True)

    assert account.start(TO).json()["code"] == 60203
    assert account.check(TO, account.code(TO)).json()["code"] == 60202


def test_off_there_may_be_any_number_of_polls(account: Account) -> None:
    sid = account.start(TO).json()["sid"]
    codes = [
        account.twilio("GET", f"Verifications/{sid}").status_code for _ in range(61)
    ]
    assert codes == [200] * 60 + [429]

    limit(account, on=False)

    assert account.twilio("GET", f"Verifications/{sid}").status_code == 200


def test_off_there_may_be_any_number_of_wrong_totp_codes(account: Account) -> None:
    factors = "Entities/ann-from-accounting/Factors"
    made = account.twilio("POST", factors, FriendlyName="Phone", FactorType="totp")
    path = f"{factors}/{made.json()['sid']}"
    codes = ["1234567"] * 6  # a digit too many, so surely wrong
    answers = [account.twilio("POST", path, AuthPayload=code) for code in codes]
    assert [each.status_code for each in answers] == [200] * 5 + [429]

    limit(account, on=False)
    assert account.twilio("POST", path, AuthPayload="1234567").status_code == 200

    limit(account, on=True)
    answer = account.twilio("POST", path, AuthPayload="1234567")
    assert answer.json()["code"] == 60310


def test_off_there_may_be_any_number_of_factors_and_challenges(
    account: Account,
) -> None:
    account.door("POST", "/clock", {"set": "2030-01-01T00:00:00Z"})
    limit(account, on=False)
    factors = "Entities/ann-from-accounting/Factors"
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238's examples
    for number in range(102):
        made = account.twilio(
            "POST",
            factors,
            **{
                "FriendlyName": "Phone",
                "FactorType": "totp",
                "Binding.Secret": secret,
                "Config.CodeLength": "4",
            },
        ).json()
        if number < 101:
            account.twilio("DELETE", f"{factors}/{made['sid']}")
    now = datetime.fromisoformat(account.door("GET", "/clock")["now"])
    code = pyotp.TOTP(secret).at(now)[-4:]
    account.twilio("POST", f"{factors}/{made['sid']}", AuthPayload=code)

    answers = [
        account.twilio(
            "POST", "Entities/ann-from-accounting/Challenges", FactorSid=made["sid"]
        )
        for _ in range(12)
    ]

    assert {each.status_code for each in answers} == {201}


def test_what_has_run_out_of_checks_stays_so(account: Account) -> None:
    account.start(TO)
    for _ in range(6):
        account.check(TO, wrong_for(account))

    limit(account, on=False)

    assert account.check(TO, account.code(TO)).json()["code"] == 60202


def test_off_a_code_still_expires(account: Account) -> None:
    limit(account, on=False)
    account.start(TO)
    account.door("POST", "/clock", {"advance_s": 600})

    assert account.check(TO, account.code(TO)).json()["code"] == 20404


def test_rate_limits_of_ones_own_hold_all_the_same(account: Account) -> None:
    limit(account, on=False)
    made = account.twilio("POST", "RateLimits", UniqueName="user").json()["sid"]
    account.twilio("POST", f"RateLimits/{made}/Buckets", Max="1", Interval="60")

    starts = [account.start(TO, RateLimits='{"user": "ann"}') for _ in range(2)]

    assert [each.status_code for each in starts] == [201, 429]


def test_one_accounts_are_not_anothers(account: Account, another: Account) -> None:
    limit(account, on=False)
    for each in (account, another):
        for _ in range(5):
            each.start(TO)

    assert account.start(TO).status_code == 201
    assert another.start(TO).status_code == 429


def test_the_client_switches_them(account: Account) -> None:
    served = FakeServerClient(account.url).account(account.sid)

    served.set_limits(on=False)
    assert account.door("GET", "/clock")["limits"] is False
    served.set_limits(on=True)
    assert account.door("GET", "/clock")["limits"] is True


@pytest.mark.parametrize("body", [{}, {"limits": "no"}, {"limits": 0}, {"on": True}])
def test_what_is_no_switch_is_refused(account: Account, body: dict[str, Any]) -> None:
    assert account.door_response("POST", "/limits", body).status_code == 400
