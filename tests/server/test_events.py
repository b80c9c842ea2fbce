"""The stream of what happens, as a browser's EventSource reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tests.support.served import Account

TO = "+15553231234"


@contextmanager
def listening(account: Account, /, **query: str) -> Iterator[Iterator[dict[str, Any]]]:
    with requests.get(
        f"{account.url}/_fake/events", params=query, stream=True, timeout=10
    ) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines(chunk_size=1)
        assert next(lines).startswith(b"retry:")
        yield happenings(lines)


def happenings(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    kind = ""
    for line in lines:
        name, _, value = line.decode().partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield {"kind": kind, **json.loads(value)}


def test_a_message_is_streamed_as_it_comes(account: Account) -> None:
    with listening(account, account=account.sid) as heard:
        account.start(TO)

        message, request, changed = next(heard), next(heard), next(heard)

    assert (message["kind"], message["to"]) == ("message", TO)
    assert message["code"] == account.code(TO)
    assert (request["kind"], request["operation"]) == ("request", "CreateVerification")
    assert changed == {"kind": "changed", "account_sid": account.sid}


def test_only_of_the_account_asked_for(account: Account, another: Account) -> None:
    with listening(account, account=account.sid) as heard:
        another.start(TO)
        account.twilio("GET", "/v2/Services")

        assert next(heard)["account_sid"] == account.sid


def test_of_all_accounts_where_none_is_named(
    account: Account, another: Account
) -> None:
    with listening(account) as heard:
        another.twilio("GET", "/v2/Services")
        account.twilio("GET", "/v2/Services")

        assert next(heard)["account_sid"] == another.sid
        assert next(heard)["account_sid"] == account.sid


def test_what_the_side_door_changes_is_streamed_too(account: Account) -> None:
    with listening(account, account=account.sid) as heard:
        account.door("POST", "/clock", {"advance_s": 1})

        assert next(heard)["kind"] == "changed"


def test_no_event_shows_a_code_that_somebody_typed(account: Account) -> None:
    account.start(TO)
    with listening(account, account=account.sid) as heard:
        account.check(TO, "0451")

        assert "0451" not in json.dumps(next(heard)["form"])
