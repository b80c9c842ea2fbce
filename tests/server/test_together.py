"""Many clients at once: one approval, five checks, five sends, each tenant its own."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.support.served import Account

TO = "+15553231234"
_AT_ONCE = 12


def outcomes(account: Account, code: str, times: int) -> Counter[str]:
    """What as many checks say, each over a connection of its own."""

    def check(_number: int) -> str:
        answer = requests.post(
            f"{account.url}/v2/Services/{account.service}/VerificationCheck",
            data={"To": TO, "Code": code},
            auth=(account.sid, "x"),
            timeout=20,
        ).json()
        return str(answer.get("code") or answer["status"])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return Counter(pool.map(check, range(times)))


def test_exactly_one_approval(account: Account) -> None:
    account.start(TO)

    found = outcomes(account, account.code(TO), 40)

    assert found == {"approved": 1, "20404": 39}


def test_never_a_sixth_counted_check(account: Account) -> None:
    account.start(TO)

    found = outcomes(account, "0000", 40)

    assert found == {"pending": 5, "60202": 35}
    [message] = account.door("GET", "/messages")["messages"]
    assert message["checks"] == 5


def test_never_a_sixth_send(account: Account) -> None:
    def start(_number: int) -> int:
        return requests.post(
            f"{account.url}/v2/Services/{account.service}/Verifications",
            data={"To": TO, "Channel": "sms"},
            auth=(account.sid, "x"),
            timeout=20,
        ).status_code

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = Counter(pool.map(start, range(30)))

    assert found == {201: 5, 429: 25}


def test_many_accounts_at_once(url: str) -> None:
    def login(_number: int) -> str:
        account = Account(url)
        with account.session:
            account.start(TO)
            return str(account.check(TO, account.code(TO)).json()["status"])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = Counter(pool.map(login, range(40)))

    assert found == {"approved": 40}
