"""What the server posts, judged by the validators of both official SDKs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support import npm
from tests.support.receiver import Receiver, Seen, receiving
from tests.support.served import Account
from verify_fakes.served import ServedTwilio

TO: Final = "+15553231234"
JUDGE: Final = """
const twilio = require("twilio");
const said = JSON.parse(require("fs").readFileSync(0, "utf8"));
const judged = said.map(({ token, signature, url, form, body }) =>
  form === null
    ? twilio.validateRequestWithBody(token, signature, url, body)
    : twilio.validateRequest(token, signature, url, form));
console.log(JSON.stringify(judged));
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def seen(account: ServedTwilio, receiver: Receiver) -> list[Seen]:
    """An event and a webhook call, each to a URL with a query."""
    talking = Account(
        account.url, account.account_sid, account.auth_token, account.service_sid
    )
    account.add_sink(f"{receiver.url}/events?from=fake&n=1")
    hook = {
        "FriendlyName": "Hook",
        "EventTypes": "*",
        "WebhookUrl": f"{receiver.url}/hook?b=2&a=1",
    }
    talking.twilio("POST", "Webhooks", **hook)
    service = f"/v2/Services/{talking.service}"
    talking.twilio("POST", service, VerifyEventSubscriptionEnabled="true")
    talking.start(TO)
    factor = {"FriendlyName": "Ann's phone & more", "FactorType": "totp"}
    talking.twilio("POST", "Entities/ann-from-accounting/Factors", **factor)
    talking.session.close()
    found = account.wait_deliveries(timeout_s=10)
    assert found is not None
    assert [each["status"] for each in found] == ["delivered"] * 2
    return receiver.seen


def judged_by_node(seen: list[Seen], url: str, token: str) -> list[bool]:
    """What `validateRequest` and `validateRequestWithBody` say to each."""
    modules = npm.node_modules()
    said = [
        {
            "token": token,
            "signature": each.headers["x-twilio-signature"],
            "url": url + each.path,
            "form": None if "bodySHA256" in each.path else each.form,
            "body": each.body.decode(),
        }
        for each in seen
    ]
    done = subprocess.run(
        [npm.node(), "-e", JUDGE],
        cwd=modules.parent,
        input=json.dumps(said),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return list(json.loads(done.stdout))


@pytest.mark.node
def test_nodes_validator_accepts_them(
    account: ServedTwilio, receiver: Receiver, seen: list[Seen]
) -> None:
    assert judged_by_node(seen, receiver.url, account.auth_token) == [True, True]
    assert judged_by_node(seen, receiver.url, "another") == [False, False]


@pytest.mark.sdk
def test_pythons_validator_accepts_them(
    account: ServedTwilio, receiver: Receiver, seen: list[Seen]
) -> None:
    validators = pytest.importorskip("twilio.request_validator")
    judge = validators.RequestValidator(account.auth_token)
    for each in seen:
        told = each.body.decode() if "bodySHA256" in each.path else each.form
        signature = each.headers["x-twilio-signature"]

        assert judge.validate(receiver.url + each.path, told, signature)
        assert not judge.validate(receiver.url + each.path + "x", told, signature)
