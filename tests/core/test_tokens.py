"""A sealed reference shows nothing, opens only here, and not for ever."""

from __future__ import annotations

import base64
import sys
from datetime import UTC, datetime, timedelta
from string import ascii_letters
from typing import Any

import pytest
from attrs import evolve
from cryptography.fernet import Fernet
from hypothesis import example, given, strategies as st

from verify_core import Channel, from_token, read_phone, to_token
from verify_core.errors import InvalidSetting, InvalidToken, TokenReason
from verify_core.tokens import TokenKeys
from verify_core.verification import VerificationRef

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD, NEW = TokenKeys.new_key(), TokenKeys.new_key()
KEYS = TokenKeys(keys={"k1": OLD})
REF = VerificationRef(
    provider="twilio",
    vendor_id="VE" + "ab" * 16,
    identifier=read_phone("+15553231234"),
    channel=Channel.SMS,
    attempt_id="a1",
    created_at=NOON,
    vendor_data={"amount": "12"},
)
TOKEN = to_token(REF, KEYS, now=NOON)


def refusal(token: str, keys: TokenKeys = KEYS, **options: object) -> object:
    with pytest.raises(InvalidToken) as caught:
        from_token(token, keys, **{"now": NOON, **options})  # type: ignore[arg-type]
    return caught.value.reason


def test_a_token_opens_to_the_same_reference() -> None:
    assert from_token(TOKEN, KEYS, now=NOON) == REF


def test_a_token_shows_neither_number_nor_vendor_id() -> None:
    sealed = TOKEN.rpartition(".")[2]
    seen = TOKEN + base64.urlsafe_b64decode(sealed).decode("latin-1")

    for part in ("5553231234", REF.vendor_id, "twilio"):
        assert part not in seen


def test_keys_are_changed_by_putting_the_new_one_first() -> None:
    both = TokenKeys(keys={"k2": NEW, "k1": OLD})

    assert from_token(TOKEN, both, now=NOON) == REF
    assert to_token(REF, both, now=NOON).split(".")[1] == "k2"
    assert refusal(to_token(REF, both, now=NOON)) is TokenReason.UNKNOWN_KEY


def test_a_key_of_the_same_name_that_is_another_opens_nothing() -> None:
    assert refusal(TOKEN, TokenKeys(keys={"k1": NEW})) is TokenReason.NOT_GENUINE


def test_a_token_opens_for_its_purpose_only() -> None:
    token = to_token(REF, KEYS, now=NOON, purpose="recovery")

    assert refusal(token) is TokenReason.WRONG_PURPOSE
    assert from_token(token, KEYS, now=NOON, purpose="recovery") == REF


def test_a_token_opens_up_to_its_maximum_age_and_no_longer() -> None:
    age = timedelta(minutes=5)

    assert from_token(TOKEN, KEYS, now=NOON + age, max_age=age) == REF
    late = NOON + age + timedelta(seconds=1)
    assert refusal(TOKEN, now=late, max_age=age) is TokenReason.TOO_OLD


def sealed_by_others(content: bytes, at: datetime = NOON) -> str:
    sealed = Fernet(OLD).encrypt_at_time(content, int(at.timestamp()))
    return f"v1.k1.{sealed.decode()}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"7",
        b"{}",
        b'{"purpose": "verification"}',
        b'{"purpose": "verification", "ref": 7}',
        b'{"purpose": "verification", "ref": {"version": 1}}',
        b"[" * 100_000,
    ],
)
def test_what_others_sealed_with_our_key_is_refused(content: bytes) -> None:
    assert refusal(sealed_by_others(content)) is TokenReason.MALFORMED


def test_a_token_of_the_future_is_refused() -> None:
    """Up to a minute servers' clocks may be apart; Fernet's own check has the same."""
    minute = timedelta(minutes=1)

    assert from_token(TOKEN, KEYS, now=NOON - minute) == REF
    early = NOON - minute - timedelta(seconds=1)
    assert refusal(TOKEN, now=early) is TokenReason.NOT_GENUINE


@pytest.mark.parametrize(
    "token", [None, "", "v1", "v1.k1", "v1.k1.", "v2.k1.x", "x", "v1.k1.é", b"v1.k1.x"]
)
def test_what_is_no_token_is_refused(token: Any) -> None:  # noqa: ANN401 - whatever
    assert refusal(token) is TokenReason.MALFORMED


@given(
    st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii", categories=["L", "N"])
)
def test_no_character_can_be_changed(place: int, character: str) -> None:
    altered = TOKEN[:place] + character + TOKEN[place + 1 :]
    if altered != TOKEN:
        refusal(altered)


@given(
    place=st.integers(0, len(TOKEN)),
    extra=st.text("=!\n\r\t .+/-_~%\0\u200b", min_size=1, max_size=3),
)
@example(place=len(TOKEN), extra="\n")
@example(place=len(TOKEN), extra="==")
@example(place=30, extra="!")
@example(place=0, extra=" ")
def test_no_character_can_be_added(place: int, extra: str) -> None:
    refusal(TOKEN[:place] + extra + TOKEN[place:])


def test_a_token_has_one_spelling_only() -> None:
    """Every other text that a forgiving decoder reads as the same bytes."""
    sealed = TOKEN.rpartition(".")[2]
    others = {
        sealed.rstrip("="),
        sealed + "=",
        sealed.translate(str.maketrans("-_", "+/")) + "=",
        sealed.replace("=", "==="),
        f"{sealed[:40]}\n{sealed[40:]}",
        *(
            sealed[: -len("=") - 1] + each + "="
            for each in ascii_letters
            if base64.urlsafe_b64decode(sealed[:-2] + each + "=")
            == base64.urlsafe_b64decode(sealed)
        ),
    } - {sealed}

    for other in others:
        assert refusal(f"v1.k1.{other}") is TokenReason.MALFORMED


@given(st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_padding_of_every_length_is_counted(lengths: list[int]) -> None:
    """Whatever the length of what is sealed: one, two or no sign of padding."""
    for length in lengths:
        ref = evolve(REF, attempt_id="a" * length)
        token = to_token(ref, KEYS, now=NOON)

        assert from_token(token, KEYS, now=NOON) == ref
        for other in (token + "=", token[:-1], token.rstrip("=") + "=" * 3):
            assert other == token or refusal(other)


@given(st.text())
def test_any_text_is_refused_and_never_crashes(text: str) -> None:
    refusal(text)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"k": "short"},
        {"a b": OLD},
        {"": OLD},
        {"k": "é" * 44},
        {"k": "\udcff" * 44},
        {"k": 5},
        {5: OLD},
        {"k1": OLD, "k2": OLD},
        pytest.param(OLD, id="a key alone"),
    ],
)
def test_malformed_keys_are_refused_without_echo(keys: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidSetting, match=r"^keys: ") as caught:
        TokenKeys(keys=keys)

    assert "short" not in str(caught.value)


def test_keys_do_not_show() -> None:
    assert OLD not in repr(KEYS)
    assert "k1" in repr(KEYS)


def test_without_cryptography_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)

    with pytest.raises(ImportError, match=r"verify-core\[tokens\]"):
        TokenKeys.new_key()
