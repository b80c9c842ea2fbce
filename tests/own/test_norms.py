"""What standards ask of codes, and nothing else proves; docs/how-to/own-codes.md."""

from __future__ import annotations

import inspect
import secrets
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.support.own import AT_ONCE
from verify_core import Channel, EmailAddress, Secret, StartRequest, read_phone
from verify_providers.own import (
    AsyncOwnCodes,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    OwnCodes,
    SqliteStore,
)
from verify_providers.own._codes import Alphabet, Codes, Purpose
from verify_providers.own.senders import MemorySender

KEYS = CodeKeys.generate()


def codes_of(randbelow: Callable[[int], int], alphabet: Alphabet) -> Codes:
    return Codes(
        keys=KEYS, purpose=Purpose.LOGIN, alphabet=alphabet, randbelow=randbelow
    )


@pytest.mark.parametrize(("alphabet", "length"), [("digits", 4), ("letters", 3)])
def test_every_code_is_as_likely_as_any_other(alphabet: str, length: int) -> None:
    """A source that gives every sequence once makes every code equally often."""
    kind = Alphabet(alphabet)
    every = len(kind.characters) ** length
    found: Counter[str] = Counter()
    for place in range(every):
        found[drawn(kind, length, place)] += 1

    assert len(found) == every
    assert set(found.values()) == {1}
    assert {len(code) for code in found} == {length}


def drawn(alphabet: Alphabet, length: int, place: int) -> str:
    """The code of one of all sequences that the source can give."""
    left = place

    def randbelow(limit: int) -> int:
        nonlocal left
        left, digit = divmod(left, limit)
        return digit

    return codes_of(randbelow, alphabet).draw(length).reveal()


def test_codes_come_from_the_systems_random_source() -> None:
    for kind in (OwnCodes, AsyncOwnCodes):
        default = inspect.signature(kind.__init__).parameters["randbelow"].default
        assert default is secrets.randbelow
    assert CodePolicy().code_length == 6


def test_a_database_shows_no_code_no_identifier_and_no_key(tmp_path: Path) -> None:
    """Whoever copies the files, while codes are under way, has nothing to read."""
    sender, numbers = MemorySender(), count(5_550_100)
    with OwnCodes(
        store=SqliteStore(tmp_path / "codes.db"),
        senders=dict.fromkeys(Channel, sender),
        keys=KEYS,
        brand="Shop",
        policy=AT_ONCE,
        purpose="confirm",
    ) as provider:
        codes = ["8213946507", "9075318246"]
        for code in codes:
            phone = read_phone(f"+1202{next(numbers)}")
            request = StartRequest(identifier=phone, custom_code=Secret(code))
            provider.check(provider.start(request).ref, "0000000000")
        mail = EmailAddress("ada.lovelace@shop.example")
        provider.start(StartRequest(identifier=mail, channel=Channel.EMAIL))
        stored = b"".join(
            file.read_bytes() for file in tmp_path.iterdir() if file.is_file()
        )

    hidden = [*codes, "ada.lovelace", "ADA.LOVELACE", "5550100", "5550101"]
    hidden += [pair.partition(":")[2] for pair in KEYS.to_text().reveal().split()]
    assert len(stored) > 4_000
    for text in hidden:
        assert text.encode() not in stored


def test_what_is_over_is_answered_as_what_never_was() -> None:
    """No answer says whether a person is known."""
    sender = MemorySender()
    provider = OwnCodes(
        store=MemoryStore(), senders={Channel.SMS: sender}, keys=KEYS, brand="Shop"
    )
    started = provider.start(StartRequest(identifier=read_phone("+12025550100")))
    provider.cancel(started.ref)
    over = provider.check(started.ref, sender.outbox[-1].code.reveal())

    never = OwnCodes(
        store=MemoryStore(), senders={Channel.SMS: sender}, keys=KEYS, brand="Shop"
    ).check(started.ref, sender.outbox[-1].code.reveal())

    assert over == never
