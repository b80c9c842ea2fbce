"""What the constructors take, what they refuse, and what leaving closes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.own_world import Odd, World, bug, sms
from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.identifiers import Identifier
from verify_core.phone import read_phone
from verify_core.verification import StartRequest
from verify_providers.own import AsyncOwnCodes, CodePolicy, OwnCodes
from verify_providers.own.senders import MemorySender, Message, Sent


def test_both_take_the_same_arguments() -> None:
    one = inspect.signature(OwnCodes.__init__).parameters
    other = inspect.signature(AsyncOwnCodes.__init__).parameters

    assert [*other] == [*one, "on_late"]
    for name in set(one) - {"self", "store", "senders"}:
        assert one[name] == other[name]


class AwaitedSender:
    channels = (Channel.EMAIL,)

    async def send(self, message: Message) -> Sent:
        raise NotImplementedError


class MailSender(Odd):
    channels = (Channel.EMAIL,)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("brand", {"brand": None}),
    ("senders", {"senders": {}}),
    ("senders", {"senders": {Channel.SMS: []}}),
    ("senders", {"senders": {Channel.SMS: "smtp://"}}),
    ("senders", {"senders": {Channel.SMS: MailSender(bug)}}),
    ("senders", {"senders": [MemorySender()]}),
    ("keys", {"keys": "secret"}),
    ("purpose", {"purpose": "fun"}),
    ("brand", {"brand": "Shop", "texts": "own"}),
]


@pytest.mark.parametrize(("setting", "more"), WRONG)
def test_what_cannot_be_used_is_named(
    world: World, setting: str, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        world.provider(**more)

    assert caught.value.setting == setting


def test_a_clock_without_a_time_zone_is_named(world: World) -> None:
    provider = world.provider(clock=lambda: datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(InvalidSetting, match=r"^clock: "):
        provider.start(sms())
    assert world.sender.outbox == []


def test_blocking_one_takes_nothing_awaited() -> None:
    world = World("blocking")
    for more in (
        {"store": world.store.awaited()},
        {"senders": {Channel.EMAIL: AwaitedSender()}},
    ):
        with pytest.raises(InvalidSetting, match="use AsyncOwnCodes"):
            world.provider(**more)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("code_length", 3),
        ("alphabet", "emoji"),
        ("lifetime", timedelta(0)),
        ("tries", 0),
        ("resend", "varies"),
        ("cool_downs", (timedelta(seconds=-1),)),
        ("cool_downs", (30,)),
        ("most_failures", 0),
        ("locked_for", timedelta(0)),
    ],
)
def test_policy_refuses_what_it_cannot_use(setting: str, value: object) -> None:
    kwargs: dict[str, Any] = {setting: value}
    with pytest.raises(InvalidSetting) as caught:
        CodePolicy(**kwargs)

    assert caught.value.setting == setting


class Closing(MemorySender):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_leaving_closes_each_sender_once() -> None:
    sender = Closing()
    with World("blocking").provider(senders=dict.fromkeys(Channel, sender)):
        pass

    assert sender.closed == 1


def people() -> Iterator[Identifier]:
    for number in range(100):
        yield read_phone(f"+1 555 323 1{number:03d}")


def test_sweeping_drops_what_is_over() -> None:
    world = World("blocking")
    provider = world.provider()
    for person in people():
        provider.start(StartRequest(identifier=person))
    world.pause(600 + 3600)

    assert provider.sweep(most=60) == 60
    assert provider.sweep() == 40
