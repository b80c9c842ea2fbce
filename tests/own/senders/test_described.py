"""HTTP gateways by description."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.sending import (
    ADDRESS,
    CODE,
    NUMBER,
    SIGNING,
    URL,
    Send,
    asked,
    mail,
    message,
)
from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
)
from verify_core.testing import HttpDoors, VendorReply, VendorRequest, json_reply
from verify_providers.http import HttpAnswer
from verify_providers.own.senders import HttpSender, MaybeSent, Message, Sent

ANOTHER = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQh"


def body_of(sender: HttpSender, sent: Message | None = None) -> Any:  # noqa: ANN401
    return json.loads(asked(sender, sent).body or b"")


def test_placeholders_are_filled_everywhere() -> None:
    sender = HttpSender(
        url="https://gateway.example/{channel}/send?to={to}&id={attempt_id}",
        headers={"Authorization": "Bearer {key}", "X-Brand": "{brand}"},
        json={
            "to": ["{to_digits}", "00{to_digits}", "{to_national}"],
            "message": {"text": "{text}", "flash": False, "ttl": 600, "ref": None},
            "note": "{{{code}}} for {minutes} min in {language}, {number}",
        },
        secrets={"key": "s3cr3t"},
    )

    request = asked(sender)

    assert request.method == "POST"
    assert request.path == "/sms/send?to=%2B15553231234&id=att-7f3a"
    assert request.shown_path == "/***/send?***"
    assert request.headers == {"Authorization": "Bearer s3cr3t", "X-Brand": "Shop"}
    assert request.content_type == "application/json"
    assert json.loads(request.body or b"") == {
        "to": ["15553231234", "0015553231234", "5553231234"],
        "message": {"text": message().text, "flash": False, "ttl": 600, "ref": None},
        "note": f"{{{CODE}}} for 10 min in en, 1",
    }


def test_a_form_may_repeat_a_field() -> None:
    sender = HttpSender(url=URL, form={"to": ["{to}"], "text": "{text}", "n": [1, 2]})

    request = asked(sender)

    assert request.content_type == "application/x-www-form-urlencoded"
    assert parse_qsl((request.body or b"").decode()) == [
        ("to", NUMBER.e164),
        ("text", message().text),
        ("n", "1"),
        ("n", "2"),
    ]


def test_without_a_body_of_its_own_it_is_all_of_the_message() -> None:
    assert body_of(HttpSender(url=URL), mail()) == {
        "attempt_id": "att-7f3a",
        "brand": "Shop",
        "channel": "email",
        "code": CODE,
        "html": mail().html,
        "language": "en",
        "minutes": "10",
        "number": "1",
        "subject": "Your Shop code",
        "text": mail().text,
        "to": ADDRESS.value,
    }
    put, get = (asked(HttpSender(url=URL, method=each)) for each in ("PUT", "GET"))
    assert (put.method, get.method) == ("PUT", "GET")
    assert json.loads(put.body or b"")["code"] == CODE
    assert get.body is None


@pytest.mark.parametrize(
    ("lifetime", "minutes"),
    [
        (timedelta(minutes=5), "5"),
        (timedelta(seconds=61), "2"),
        (timedelta(hours=24), "1440"),
    ],
)
def test_minutes_are_whole(lifetime: timedelta, minutes: str) -> None:
    sender = HttpSender(url=URL, json={"minutes": "{minutes}"})

    assert body_of(sender, message(lifetime=lifetime)) == {"minutes": minutes}


VALUES = st.text(max_size=30) | st.sampled_from(
    [
        '","admin":true,"x":"',
        "a&to=%2B1999&b=c",
        "../../admin?x=1#y",
        "..",
        "x\r\nX-Admin: 1",
        "\u2028\ud800",
        "{code}",
        "a b+c%20d",
    ]
)


@given(brand=VALUES, text=VALUES, attempt=VALUES)
@example(brand="..", text="..", attempt="..")
@example(brand="x\r\nHost: evil", text="\ud800", attempt="/")
def test_no_value_gets_out_of_its_place(brand: str, text: str, attempt: str) -> None:
    sent = message(brand=brand, text=text, attempt_id=attempt)
    url = (
        "https://gateway.example/v1/{attempt_id}/send?to={to}&text={text}&brand={brand}"
    )
    parts: dict[str, dict[str, Any]] = {
        "json": {
            "json": {"brand": "<{brand}>", "text": ["{text}"], "id": "{attempt_id}"}
        },
        "form": {
            "form": {"brand": "<{brand}>", "text": ["{text}"], "id": "{attempt_id}"}
        },
        "headers": {"headers": {"X-Brand": "b-{brand}"}, "method": "GET"},
    }
    for name, part in parts.items():
        try:
            request = asked(HttpSender(url=url, **part), sent)
        except Misconfigured:
            plain = all(each.isascii() and each.isprintable() for each in (brand, text))
            halves = any(
                "\ud800" <= each <= "\udfff" for each in brand + text + attempt
            )
            assert halves or attempt in {".", ".."} or not plain
            continue

        found = urlsplit(request.path)
        assert unquote(found.path).count("/") == 3 + attempt.count("/")
        assert found.path.count("/") == 3
        assert found.fragment == ""
        assert parse_qsl(found.query, keep_blank_values=True) == [
            ("to", NUMBER.e164),
            ("text", text),
            ("brand", brand),
        ]
        assert request.path.isascii()
        assert request.path.isprintable()
        if name == "json":
            assert json.loads(request.body or b"") == {
                "brand": f"<{brand}>",
                "text": [text],
                "id": attempt,
            }
        if name == "form":
            assert parse_qsl(
                (request.body or b"").decode(), keep_blank_values=True
            ) == [
                ("brand", f"<{brand}>"),
                ("text", text),
                ("id", attempt),
            ]
        for value in request.headers.values():
            assert value.isascii()
            assert value.isprintable()


@pytest.mark.parametrize("placeholder", ["{to_digits}", "{to_national}"])
def test_digits_are_of_numbers_alone(placeholder: str) -> None:
    with pytest.raises(UnsupportedChannel):
        asked(HttpSender(url=URL, json={"to": placeholder}), mail())


def test_a_channel_that_is_not_served_is_refused() -> None:
    sender = HttpSender(url=URL, channels=["sms", Channel.CALL])

    assert sender.channels == (Channel.SMS, Channel.CALL)
    with pytest.raises(UnsupportedChannel):
        asked(sender, mail())


# --- signatures ----------------------------------------------------------------------


def test_standard_webhooks_verifies_the_signature(send: Send) -> None:
    requests: list[VendorRequest] = []

    def answer(request: VendorRequest) -> VendorReply:
        requests.append(request)
        return json_reply(204, None)

    with HttpDoors(answer=answer) as doors:
        sender = HttpSender(url=doors.url + "/hook", signing_secret=SIGNING)
        assert isinstance(send(sender, message()), Sent)

    (request,) = requests
    found: Any = Webhook(SIGNING).verify(request.body, dict(request.headers))
    assert found["code"] == CODE
    with pytest.raises(WebhookVerificationError):
        Webhook(ANOTHER).verify(request.body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGNING).verify(request.body + b" ", dict(request.headers))


def test_the_signature_has_the_clocks_time_and_an_id_of_its_own() -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    clocks = iter([noon, noon, noon + timedelta(hours=1)])
    sender = HttpSender(url=URL, signing_secret=SIGNING, clock=lambda: next(clocks))

    first, same, later = (asked(sender).headers for _ in range(3))

    assert first["webhook-timestamp"] == f"{int(noon.timestamp())}"
    assert first == same
    assert later["webhook-id"] != first["webhook-id"]
    assert set(first) == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_a_request_without_a_body_is_signed_too() -> None:
    request = asked(HttpSender(url=URL, method="GET", signing_secret=SIGNING))

    headers = dict(request.headers)
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}."
    signature = hmac.digest(b64decode(SIGNING[6:]), text.encode(), "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(signature).decode()}"


def test_while_secrets_rotate_both_sign() -> None:
    secrets = iter([SIGNING, f"{ANOTHER} {SIGNING}\n", ANOTHER])
    sender = HttpSender(url=URL, signing_secret=lambda: next(secrets))

    for good in ([SIGNING], [SIGNING, ANOTHER], [ANOTHER]):
        request = asked(sender)
        for secret in good:
            Webhook(secret).verify(request.body or b"", dict(request.headers))
        assert request.headers["webhook-signature"].count("v1,") == len(good)


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_ ", "s3cr3t"])
def test_a_signing_secret_is_in_base64(secret: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        HttpSender(url=URL, signing_secret=secret)
    with pytest.raises(Misconfigured):
        asked(HttpSender(url=URL, signing_secret=lambda: secret))

    assert "s3cr3t" not in str(caught.value)


# --- answers -------------------------------------------------------------------------


def read(answers: list[dict[str, object]], status: int, body: object) -> Any:  # noqa: ANN401
    """What an answer means: a class of errors, or Sent or MaybeSent."""
    sender = HttpSender(url=URL, answers=answers, vendor_id="/messages/0/id")
    conversation = sender._converse(message())  # noqa: SLF001 - the pure part
    next(conversation)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = HttpAnswer(status=status, body=data, headers={"retry-after": "7"})
    try:
        conversation.send(answer)
    except StopIteration as stop:
        return stop.value
    except NotSent as error:
        return error
    raise AssertionError


RULES: list[dict[str, object]] = [
    {"status": [409, 410], "means": "invalid_identifier"},
    {"member": "/status", "values": ["0", "ok"], "means": "sent"},
    {"member": "/status", "values": [1, "1"], "means": "throttled"},
    {"status": 200, "member": "/status", "values": [7], "means": "refused"},
    {"member": "/messages/0/a~1b", "means": "too_soon"},
    {"text": "WAIT", "means": "throttled"},
    {"status": 503, "means": "maybe_sent"},
]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"status": "ok"}, Sent),
        (201, {"status": "0"}, Sent),
        (200, {"status": 0}, MaybeSent),  # another type
        (200, {"status": True}, MaybeSent),  # not 1
        (200, {"status": 1}, Throttled),
        (200, {"status": 7}, Refused),
        (201, {"status": 7}, MaybeSent),
        (200, {"messages": [{"a/b": None}]}, TooSoon),
        (200, {"messages": {"0": {"a/b": 1}}}, TooSoon),
        (200, {"messages": []}, MaybeSent),
        (200, b"WAIT 7", Throttled),
        (200, b" \r\nWAIT", Throttled),
        (200, b"DO NOT WAIT", MaybeSent),
        (200, b"", MaybeSent),
        (200, b"<html>", MaybeSent),
        (409, b"", InvalidIdentifier),
        (400, b"", Misconfigured),
        (429, b"", Throttled),
        (500, {"status": "ok"}, MaybeSent),  # success is believed of a 2xx alone
        (302, {"status": "ok"}, MaybeSent),
        (503, b"", MaybeSent),
    ],
)
def test_an_answer_means_what_the_first_rule_that_fits_says(
    status: int, body: object, kind: type
) -> None:
    found = read(RULES, status, body)

    assert type(found) is kind
    if kind is Throttled:
        assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("means", "kind"),
    [
        ("sent", Sent),
        ("maybe_sent", MaybeSent),
        ("invalid_identifier", InvalidIdentifier),
        ("refused", Refused),
        ("too_soon", TooSoon),
        ("throttled", Throttled),
        ("misconfigured", Misconfigured),
        ("unavailable", Unavailable),
        ("unsupported_channel", UnsupportedChannel),
        ("not_supported", NotSupported),
    ],
)
def test_a_rule_means_what_its_word_says(means: str, kind: type) -> None:
    assert type(read([{"status": 200, "means": means}], 200, b"")) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Sent),
        (202, Sent),
        (400, Misconfigured),
        (408, MaybeSent),
        (502, MaybeSent),
    ],
)
def test_without_rules_the_status_says_it(status: int, kind: type) -> None:
    assert type(read([], status, b"")) is kind


@pytest.mark.parametrize(
    ("body", "vendor_id"),
    [
        ({"messages": [{"id": "m-1"}]}, "m-1"),
        ({"messages": [{"id": 17}]}, "17"),
        ({"messages": [{"id": None}]}, ""),
        ({"messages": [{"id": f"sms-{CODE}"}]}, ""),
        ({"messages": [{"id": NUMBER.e164}]}, ""),
        ({"messages": "m"}, ""),
        (b"[]", ""),
    ],
)
def test_the_gateways_handle_is_kept_unless_it_repeats_a_secret(
    body: object, vendor_id: str
) -> None:
    assert read([], 200, body) == Sent(vendor_id=vendor_id)


# --- what cannot be used -------------------------------------------------------------

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("url", {"url": "gateway.example/send"}),
    ("url", {"url": "ftp://gateway.example/send"}),
    ("url", {"url": "http://gateway.example/send"}),
    ("url", {"url": "https://user:s3cr3t@gateway.example/send"}),
    ("url", {"url": "https://gateway.example/send#top"}),
    ("url", {"url": "https://{to}.example/send"}),
    ("url", {"url": "https://gateway.example/{whom}"}),
    ("url", {"url": "https://gateway.example/{to!r}"}),
    ("url", {"url": "https://gateway.example/{to:>10}"}),
    ("url", {"url": "https://gateway.example/{to.value}"}),
    ("url", {"url": "https://gateway.example/{"}),
    ("url", {"url": "https://gateway.example/{}"}),
    ("url", {"url": "https://gateway.example/a b"}),
    ("url", {"url": "https://gateway.example/../x"}),
    ("url", {"url": "https://gateway.example/ä"}),
    ("url", {"url": None}),
    ("method", {"method": "DELETE"}),
    ("headers.X-A", {"headers": {"X-A": "{nothing}"}}),
    ("headers.X-A", {"headers": {"X-A": 1}}),
    ("headers", {"headers": {"X A": "x"}}),
    ("headers.Host", {"headers": {"Host": "x"}}),
    ("headers.webhook-id", {"headers": {"webhook-id": "x"}}),
    ("headers", {"headers": "X-A: x"}),
    ("json.a[2].b", {"json": {"a": ["x", {"b": "{nothing}"}]}}),
    ("json.a", {"json": {"a": datetime(2026, 11, 28, tzinfo=UTC)}}),
    ("json.a", {"json": {"a": float("inf")}}),
    ("json.a member", {"json": {"s3cr3t in the wrong place!": "{nothing}"}}),
    ("form", {"form": {"a": {"b": "x"}}}),
    ("form", {"form": {"a": "x"}, "json": {"a": "x"}}),
    ("method", {"json": {"a": "x"}, "method": "GET"}),
    ("method", {"form": {}, "method": "GET"}),
    ("secrets.to", {"secrets": {"to": "s3cr3t"}}),
    ("secrets", {"secrets": {"API-KEY": "s3cr3t"}}),
    ("secrets.key", {"secrets": {"key": ""}}),
    ("basic.user", {"basic": ("a:b", "s3cr3t")}),
    ("basic.user", {"basic": ("", "s3cr3t")}),
    ("answers", {"answers": "sent"}),
    ("answers[1]", {"answers": ["sent"]}),
    ("answers[1]", {"answers": [{"means": "sent"}]}),
    ("answers[1].means", {"answers": [{"status": 200}]}),
    ("answers[1].means", {"answers": [{"status": 200, "means": "fine"}]}),
    ("answers[1].means", {"answers": [{"status": 200, "means": ["sent"]}]}),
    ("answers[1].status", {"answers": [{"status": 99, "means": "sent"}]}),
    ("answers[1].status", {"answers": [{"status": "200", "means": "sent"}]}),
    ("answers[1].member", {"answers": [{"member": "status", "means": "sent"}]}),
    ("answers[1].member", {"answers": [{"values": [1], "means": "sent"}]}),
    (
        "answers[1].values",
        {"answers": [{"member": "/a", "values": [[]], "means": "sent"}]},
    ),
    ("answers[1].text", {"answers": [{"text": 1, "means": "sent"}]}),
    ("answers[1].stats", {"answers": [{"stats": 200, "means": "sent"}]}),
    ("vendor_id", {"vendor_id": "id"}),
    ("vendor_id", {"vendor_id": 3}),
    ("vendor_id", {"vendor_id": ""}),
    ("channels", {"channels": ["pigeon"]}),
    ("channels", {"channels": "sms"}),
]


@pytest.mark.parametrize(("place", "given"), WRONG)
def test_what_cannot_be_used_is_named_with_its_place(
    place: str, given: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        HttpSender(**{"url": URL, **given})

    assert caught.value.setting == place.replace(" member", ".a member").replace(
        "json.a.a", "json.a"
    )
    assert "s3cr3t" not in str(caught.value)


# --- files and URLs ------------------------------------------------------------------
