"""A gateway that a TOML file describes, or its own URL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.support.sending import NUMBER, SIGNING, URL, Send, asked, message
from verify_core.errors import InvalidIdentifier, InvalidSetting, Misconfigured
from verify_core.testing import HttpDoors, VendorReply, VendorRequest, json_reply
from verify_providers.http import Reach
from verify_providers.own.senders import (
    HttpSender,
    Sent,
    load_http_sender,
    sender_from_url,
)

FILE = """
url = "{base}/v2/{{channel}}?ref={{attempt_id}}"
vendor_id = "/messages/0/id"
channels = ["sms"]
timeout_s = 2.5

[headers]
X-Api-Key = "{{api_key}}"

[secrets]
api_key_env = "GATEWAY_KEY"
token_file = "token"

[basic]
user = "shop"
password_env = "GATEWAY_PASSWORD"

[signing]
secret_env = "GATEWAY_SIGNING"

[json]
destinations = ["{{to_digits}}"]
text = "{{text}}"
token = "{{token}}"

[[answers]]
member = "/messages/0/status"
values = ["accepted"]
means = "sent"

[[answers]]
status = 422
means = "invalid_identifier"
"""
ENVIRON = {
    "GATEWAY_KEY": "s3cr3t-key",
    "GATEWAY_PASSWORD": "s3cr3t-password",
    "GATEWAY_SIGNING": SIGNING,
}


def written(folder: Path, text: str) -> Path:
    file = folder / "gateway.toml"
    file.write_text(text)
    return file


def test_a_file_describes_a_gateway(send: Send, tmp_path: Path) -> None:
    requests: list[VendorRequest] = []

    def answer(request: VendorRequest) -> VendorReply:
        requests.append(request)
        if len(requests) > 1:
            return json_reply(422, {})
        return json_reply(200, {"messages": [{"status": "accepted", "id": "m-1"}]})

    (tmp_path / "token").write_text("old\n")
    with HttpDoors(answer=answer) as doors:
        file = written(tmp_path, FILE.format(base=doors.url))
        sender = sender_from_url(f"http+toml://{file}", ENVIRON)
        assert send(sender, message()) == Sent(vendor_id="m-1")
        (tmp_path / "token").write_text("new\n")
        with pytest.raises(InvalidIdentifier):
            send(sender, message())

    first, second = requests
    assert first.target == "/v2/sms?ref=att-7f3a"
    assert first.headers["x-api-key"] == "s3cr3t-key"
    assert first.headers["authorization"] == "Basic c2hvcDpzM2NyM3QtcGFzc3dvcmQ="
    Webhook(SIGNING).verify(first.body, dict(first.headers))
    assert json.loads(first.body) == {
        "destinations": ["15553231234"],
        "text": message().text,
        "token": "old",
    }
    assert json.loads(second.body)["token"] == "new"
    assert "s3cr3t" not in repr(sender)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "url"),
        ("url = 3", "url"),
        ("url_env = 'NOT_SET'", "url_env"),
        (f"url = '{URL}'\ntimout_s = 3", "timout_s"),
        (f"url = '{URL}'\ntimeout_s = 0", "timeout_s"),
        (f"url = '{URL}'\nallow_plain_http = 1", "allow_plain_http"),
        (f"url = '{URL}'\n[json]\ntext = '{{txt}}'", "json.text"),
        (f"url = '{URL}'\n[json]\nday = 2026-11-28", "json.day"),
        (f"url = '{URL}'\n[secrets]\nkey = 's3cr3t'", "secrets.key"),
        (f"url = '{URL}'\n[secrets]\nkey_env = 'NOT_SET'", "secrets.key_env"),
        (f"url = '{URL}'\n[secrets]\nkey_env = 's3cr3t'", "secrets.key_env"),
        (f"url = '{URL}'\n[secrets]\ncode_env = 'GATEWAY_KEY'", "secrets.code"),
        (f"url = '{URL}'\nbasic = 's3cr3t'", "basic"),
        (f"url = '{URL}'\n[basic]\nuser = 'a'", "basic.password"),
        (f"url = '{URL}'\n[basic]\npassword_env = 'GATEWAY_KEY'", "basic.user"),
        (f"url = '{URL}'\n[basic]\npassword = 's3cr3t'", "basic.password"),
        (f"url = '{URL}'\n[signing]\nsecret = 's3cr3t'", "signing.secret"),
        (f"url = '{URL}'\n[signing]\nsecret_env = 'GATEWAY_KEY'", "signing_secret"),
        (f"url = '{URL}'\n[[answers]]\nstatus = 200\nmeans = 'ok'", "answers[1].means"),
        (f"url = '{URL}'\nanswers = 3", "answers"),
        ("url = ", "path"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_and_no_secret_shown(
    text: str, place: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load_http_sender(written(tmp_path, text), environ=ENVIRON)

    assert caught.value.setting == place
    assert "s3cr3t" not in str(caught.value)


def test_a_file_of_a_secret_that_is_missing_is_found_when_it_is_needed(
    tmp_path: Path,
) -> None:
    text = f"url = '{URL}'\n[secrets]\nkey_file = 'missing'\n"
    sender = load_http_sender(written(tmp_path, text), environ={})

    with pytest.raises(Misconfigured, match=r"secrets\.key"):
        asked(sender)


def test_a_gateways_own_url_is_posted_everything(send: Send) -> None:
    requests: list[VendorRequest] = []

    def answer(request: VendorRequest) -> VendorReply:
        requests.append(request)
        return VendorReply(status=202)

    with HttpDoors(answer=answer) as doors:
        host = doors.url.removeprefix("http://")
        url = f"http://shop:s3cr3t@{host}/hooks/a%20b/{{channel}}?ref={{attempt_id}}&x=%26"
        sender = sender_from_url(url, {"HTTP_SENDER_SECRET": SIGNING})
        assert send(sender, message()) == Sent()

    (request,) = requests
    assert request.target == "/hooks/a%20b/sms?ref=att-7f3a&x=%26"
    assert request.headers["authorization"] == "Basic c2hvcDpzM2NyM3Q="
    assert json.loads(request.body)["to"] == NUMBER.e164
    Webhook(SIGNING).verify(request.body, dict(request.headers))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://gateway.example/send", "url"),
        ("https://user@gateway.example/send", "secret"),
        ("https:///send", "url"),
        ("https://gateway.example/{whom}", "url"),
        ("http+toml://", "path"),
        ("http+toml:///nowhere/gateway.toml", "path"),
        ("http+toml:///nowhere/gateway.toml?timeout=3", "options"),
    ],
)
def test_what_is_wrong_with_a_url_is_named(url: str, place: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        sender_from_url(url, {})

    assert caught.value.setting == place


def test_a_gateway_in_ones_own_network_may_be_reached_in_clear() -> None:
    reach = Reach(allow_plain_http=True)

    assert asked(HttpSender(url="http://gateway.internal/send", reach=reach)).body
