"""No code, key, number or address is readable: in values, logs, errors, a store."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.secrecy.doors import (
    CODE,
    EMAIL,
    OWN_CODE,
    PHONE,
    drawn_by_rich,
    leaks,
    leaks_of,
    shown_by_walkers,
)
from tests.secrecy.made import values_made
from tests.support.own_world import AT_ONCE, KEYS, Faulty, Odd, wrong
from verify_core.channels import Channel
from verify_core.errors import Ambiguous, Refused, Unavailable, VerifyError
from verify_core.identifiers import EmailAddress
from verify_core.phone import read_phone
from verify_core.verification import StartRequest
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    OwnCodes,
    SqliteStore,
)
from verify_providers.own.senders import MaybeSent, MemorySender, Message

SECRET_KEYS = [pair.partition(":")[2] for pair in KEYS.to_text().reveal().split()]
UNSALTED = ("md5", "sha1", "sha256", "sha512")
BY_PHONE = StartRequest(identifier=read_phone(PHONE), custom_code=OWN_CODE)
BY_MAIL = StartRequest(
    identifier=EmailAddress(EMAIL), channel=Channel.EMAIL, custom_code=CODE
)


def own(store: Any = None, sender: Any = None, **more: Any) -> OwnCodes:  # noqa: ANN401
    options: dict[str, Any] = {
        "store": store or MemoryStore(),
        "senders": dict.fromkeys(Channel, sender or MemorySender()),
        "keys": KEYS,
        "brand": "Shop",
        "policy": AT_ONCE,
    }
    return OwnCodes(**options | more)


def a_life(provider: OwnCodes) -> list[object]:
    """Start, resend, mistype, type, ask and cancel; by phone and by mail."""
    kept: list[object] = [provider]
    for request, code in ((BY_PHONE, OWN_CODE), (BY_MAIL, CODE)):
        first = provider.start(request)
        again = provider.start(request, previous=first.ref)
        kept += [first, again, provider.check(again.ref, wrong(code))]
        kept += [provider.fetch(again.ref), provider.check(again.ref, code)]
        kept += [provider.check(again.ref, code), provider.cancel(again.ref)]
        json.dumps(again.ref.to_json())
        assert not leaks(again.ref.vendor_id + again.ref.attempt_id)
    return kept


def test_no_value_made_on_the_way_shows_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        values_made("verify_providers.own", "verify_core.codestore") as made,
    ):
        found = a_life(own())

    assert {"Draft", "Message", "CodeRecord"} <= {
        each.__name__ for each in made.classes
    }
    assert made.leaks(*SECRET_KEYS) == []
    assert not [each for each in map(shown_by_walkers, found) if leaks(each)]
    assert not leaks(caplog.text)


class Holding:
    """A sender that keeps what it got, and raises with it."""

    def send(self, message: Message) -> None:
        raise RuntimeError(message.text, message.to)


FAULTS: dict[str, Callable[[], OwnCodes]] = {
    "the store is away": lambda: own(Faulty("start", Unavailable("no"), acts=False)),
    "a check is lost": lambda: own(Faulty("guess", Ambiguous("no"), acts=True)),
    "an approval is lost": lambda: own(Faulty("approve", Ambiguous("no"), acts=True)),
    "it is refused": lambda: own(sender=Odd(_refuse)),
    "a refusal repeats the message": lambda: own(sender=Odd(_repeat)),
    "a code is too odd": own,
    "it is too soon": lambda: own(policy=CodePolicy()),
}


def _refuse(_message: Message) -> None:
    raise Refused("blocked")


def _repeat(message: Message) -> None:
    raise Refused(f"{message.to} may not get: {message.text}")


@pytest.mark.parametrize("name", FAULTS)
def test_no_error_shows_anything_nor_its_frames(name: str) -> None:
    provider = FAULTS[name]()
    odd = StartRequest(identifier=BY_PHONE.identifier, custom_code=f"{OWN_CODE} {CODE}")
    fail = provider.start if name == "a code is too odd" else None

    with pytest.raises(VerifyError) as caught:
        fail(odd) if fail else a_life(provider)

    assert leaks_of(caught.value) == []
    own_part = drawn_by_rich(caught.value).replace(__file__, "")
    assert not [key for key in SECRET_KEYS if key in own_part]


def test_what_a_sender_raises_or_says_is_not_repeated(
    caplog: pytest.LogCaptureFixture,
) -> None:
    says = Odd(lambda message: MaybeSent(reason=f"{message.to} {message.text}"))
    with caplog.at_level(logging.DEBUG):
        own(sender=Holding()).start(BY_PHONE)
        own(sender=says).start(BY_PHONE)

    assert "may have been sent" in caplog.text
    assert not leaks(caplog.text)


def test_awaited_one_shows_as_little(caplog: pytest.LogCaptureFixture) -> None:
    async def life() -> None:
        async with AsyncOwnCodes(
            store=MemoryStore(),
            senders={Channel.SMS: MemorySender()},
            keys=KEYS,
            brand="Shop",
            policy=AT_ONCE,
        ) as provider:
            started = await provider.start(BY_PHONE)
            await provider.check(started.ref, OWN_CODE)
            assert not leaks(shown_by_walkers(provider))

    with caplog.at_level(logging.DEBUG), values_made("verify_providers.own") as made:
        asyncio.run(life())

    assert made.leaks(*SECRET_KEYS) == []
    assert not leaks(caplog.text)


@pytest.mark.parametrize("resend", ["new_code", "same_code"])
def test_nothing_readable_is_kept_in_a_file(tmp_path: Path, resend: str) -> None:
    """No code, identifier or key, and no digest of one that is made without a key."""
    store = SqliteStore(tmp_path / "codes.db")
    sender = MemorySender()
    policy = CodePolicy(cool_downs=(), resend=resend)  # type: ignore[arg-type]
    provider = own(store, sender, policy=policy)
    a_life(provider)
    drawn = StartRequest(identifier=read_phone(PHONE))
    provider.start(drawn, previous=provider.start(drawn).ref)

    kept = b"\n".join(each.read_bytes() for each in tmp_path.iterdir())
    drawn_codes = {message.code.reveal() for message in sender.outbox}
    people = {PHONE, PHONE[2:], EMAIL, EMAIL.lower()}
    plain = [each.encode() for each in {*drawn_codes, *people}]
    raw = [b64decode(key, altchars=b"-_") for key in SECRET_KEYS]

    assert kept
    # Six digits stand by chance within long digests and instants.
    alone = re.sub(rb"[0-9a-f]{16,}|[0-9]{12,}", b" ", kept)
    assert not [each for each in plain if each in alone]
    spelled = [*plain, *raw]
    others = [f(each) for each in spelled for f in (b64encode, urlsafe_b64encode)]
    others += [each.hex().encode() for each in raw] + raw
    others += [hashlib.new(n, each).digest() for each in spelled for n in UNSALTED]
    assert not [each for each in others if each.rstrip(b"=") in kept]
    digests = [hashlib.new(n, each).hexdigest() for each in plain for n in UNSALTED]
    assert not [each for each in digests if each.encode() in kept]


def test_other_keys_make_other_digests_of_everything() -> None:
    """Whoever has the store alone can guess nothing: all in it depends on the keys."""
    kept: list[set[str]] = []
    for keys in (KEYS, CodeKeys.generate()):
        store = MemoryStore()
        provider = own(store, keys=keys)
        ref = provider.start(
            StartRequest(
                identifier=BY_PHONE.identifier, custom_code=CODE, attempt_id="a-1"
            )
        ).ref
        record = store.fetch(ref.vendor_id, now=ref.created_at)
        assert record is not None
        kept.append({record.id, record.holder, record.digest, record.key_id})

    assert not kept[0] & kept[1]
