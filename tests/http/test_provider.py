"""What every vendor's API has in common: a request that cannot leave says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve, frozen

from tests.support.loopback import Loopback, http
from verify_core.errors import InvalidSetting, Misconfigured
from verify_providers.http import (
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpDriver,
    HttpRequest,
    Reach,
    require_answer,
)

REQUEST = HttpRequest(method="POST", path="/a", shown_path="/a", body=b"x=1")


@frozen
class Bearer:
    """Credentials as somebody's own provider may have them."""

    key: str

    def authorization(self) -> str:
        return f"Bearer {self.key}"


def driver(url: str, key: str | None) -> HttpDriver:
    return HttpDriver(
        provider="pigeon",
        address="https://pigeon.example",
        credentials=None if key is None else Bearer(key),
        reach=Reach(base_url=url),
    )


def ask(
    url: str,
    key: str | None = "k",
    request: HttpRequest = REQUEST,
    *,
    has_effect: bool = True,
) -> HttpAnswer:
    def conversation() -> HttpConversation[HttpAnswer]:
        reply = yield Ask(request)
        return require_answer(
            reply, provider="pigeon", shown="Pigeon", has_effect=has_effect
        )

    return driver(url, key).run(conversation())


@pytest.mark.parametrize(
    "key", ["hush\n", "hush\r\nX-Evil: 1", "hush\0", "hush\N{EURO SIGN}", "hush\ud800"]
)
def test_key_that_no_header_can_carry_is_misconfigured_and_not_shown(
    loopback: Loopback, key: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        ask(loopback.url, key)

    assert caught.value.provider == "pigeon"
    assert "hush" not in repr(caught.value)
    assert caught.value.__context__ is None
    assert loopback.requests == []


@pytest.mark.parametrize(
    "part",
    [
        {"path": "/a b"},
        {"path": "/caf\u00e9"},
        {"path": "/\ud800"},
        {"path": "a"},
        {"path": ""},
        {"path": "/a\r\nX: y"},
        {"content_type": "a\nb"},
        {"method": "PO ST"},
        {"method": "PO\nST"},
    ],
    ids=repr,
)
def test_request_that_http_cannot_carry_is_misconfigured(
    loopback: Loopback, part: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured):
        ask(loopback.url, request=evolve(REQUEST, **part))

    assert loopback.requests == []


def test_good_request_is_sent(loopback: Loopback) -> None:
    loopback.answer = lambda _request: http(200, {})

    assert ask(loopback.url).status == 200
    assert loopback.requests[0].headers["authorization"] == "Bearer k"


def test_without_credentials_the_request_itself_says_who_asks(
    loopback: Loopback,
) -> None:
    loopback.answer = lambda _request: http(200, {})

    ask(loopback.url, None, evolve(REQUEST, headers={"X-API-Key": "hush"}))

    headers = loopback.requests[0].headers
    assert headers["x-api-key"] == "hush"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", 5),
        ("base_url", "127.0.0.1:1"),
        ("base_url", "http://10.0.0.1"),
        ("base_url", ""),
        ("timeout", 4),
        ("timeout", timedelta(0)),
        ("timeout", timedelta(minutes=5, microseconds=1)),
        ("pool_size", 0),
        ("pool_size", True),
        ("pool_size", "10"),
        ("trust_env", "yes"),
        ("allow_plain_http", None),
        ("monotonic", 5),
    ],
)
def test_reach_names_the_field_that_cannot_be_used(field: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Reach(**{field: value})  # type: ignore[arg-type]

    assert caught.value.setting == field


def test_reach_without_an_address_leaves_the_vendor_its_own() -> None:
    assert Reach().url_or("https://pigeon.example/v1/") == "https://pigeon.example/v1"
    assert Reach(base_url="http://[::1]:1/").url_or("https://x") == "http://[::1]:1"
