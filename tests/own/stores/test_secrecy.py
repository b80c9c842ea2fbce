"""What a store keeps while a code is under way: no identifier, no code, no key."""

from __future__ import annotations

import re

import pytest

from tests.own.stores.worlds import MARKED
from verify_core import Channel, StartRequest, Verdict, read_phone
from verify_core.testing import StoreHarness
from verify_core.testing._store_bench import opened
from verify_providers.own import CodeKeys, OwnCodes
from verify_providers.own.senders import MemorySender

CODE, NUMBER = "8392017465", "+15553231234"
KEYS = CodeKeys.generate()


def walk(store: object) -> None:
    """Send a code and mistype it."""
    own = OwnCodes(
        store=store,  # type: ignore[arg-type]  # a store
        senders={Channel.SMS: MemorySender()},
        keys=KEYS,
        brand="Shop",
    )
    started = own.start(
        StartRequest(
            identifier=read_phone(NUMBER), channel=Channel.SMS, custom_code=CODE
        )
    )
    assert own.check(started.ref, "0000000000").verdict is Verdict.WRONG_CODE


def require_no_secret(kept: bytes) -> None:
    secrets = [CODE, NUMBER[2:], *re.split("[ :]", KEYS.to_text().reveal())[1::2]]
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret.encode().hex().encode() not in kept


@pytest.mark.parametrize("harness", MARKED)
def test_rows_and_keys_show_no_secret(harness: StoreHarness) -> None:
    with harness.open() as bench, opened(bench.store) as store:
        walk(store)
        assert bench.stored is not None
        kept = bench.stored()

    assert len(kept) > 200
    require_no_secret(kept)
