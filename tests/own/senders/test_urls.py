"""Senders by URL."""

from __future__ import annotations

import pytest

from verify_core.errors import InvalidSetting
from verify_providers.own.senders import ConsoleSender, MemorySender, sender_from_url


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory://", MemorySender),
        ("memory", MemorySender),
        ("console://", ConsoleSender),
    ],
)
def test_a_scheme_names_a_sender(url: str, kind: type) -> None:
    assert isinstance(sender_from_url(url, {}), kind)


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("pigeon://coop", "sender"),
        ("", "sender"),
        ("memory://host", "sender"),
        ("memory://?size=3", "size"),
        ("memory://?size=3&size=4", "size"),
        ("memory://:s3cr3t-Pa%ZZ@x", "sender"),
        ("memory://:s3cr3t-Pa/ss@x", "sender"),
        ("s3cr3t-Pass", "sender"),
    ],
)
def test_what_is_wrong_with_a_url_is_named_and_no_secret_shown(
    url: str, setting: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        sender_from_url(url, {})

    assert caught.value.setting == setting
    assert "s3cr3t" not in str(caught.value)


def test_a_url_is_a_text() -> None:
    with pytest.raises(InvalidSetting, match="sender"):
        sender_from_url(None, {})  # type: ignore[arg-type]
