"""Several senders and channels: who is asked next, and what is said in the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.own_world import Faulty, Odd, World, bug, sms, wrong
from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    VerifyError,
)
from verify_core.verification import Delivery, Verdict
from verify_providers.own import CodePolicy
from verify_providers.own.senders import MaybeSent, MemorySender, Message


def two_senders() -> tuple[MemorySender, MemorySender]:
    return MemorySender(), MemorySender()


@pytest.mark.parametrize(
    ("error", "tries_next"),
    [
        (Unavailable("away"), True),
        (Throttled("slowly"), True),
        (Misconfigured("no balance"), True),
        (InvalidIdentifier("landline"), False),
        (Refused("blocked"), False),
        (TooSoon("too soon"), False),
        (Ambiguous("lost"), False),
        (MaybeSent(reason="lost"), False),
    ],
)
def test_next_sender_is_tried_only_where_no_message_left(
    world: World, error: VerifyError | MaybeSent, *, tries_next: bool
) -> None:
    one, two = two_senders()
    one.fail_next(error)
    provider = world.provider(senders={Channel.SMS: [one, two]})

    started = raised = None
    try:
        started = provider.start(sms())
    except NotSent as caught:
        raised = caught

    assert len(two.outbox) == tries_next
    if tries_next:
        assert started is not None
        assert started.delivery is Delivery.SENT
    elif raised is not None:
        assert isinstance(error, type(raised))
    else:
        assert started is not None
        assert started.delivery is Delivery.MAYBE_SENT
        code = one.outbox[-1].code.reveal()
        assert provider.check(started.ref, code).verdict is Verdict.APPROVED


def test_fallback_channels_are_tried_in_order(world: World) -> None:
    one, two = two_senders()
    one.fail_next(InvalidIdentifier("landline"), Unavailable("away"))
    senders = {Channel.SMS: [one, one], Channel.CALL: one, Channel.WHATSAPP: two}
    provider = world.provider(senders=senders)

    started = provider.start(
        sms(fallback_channels=(Channel.CALL, Channel.SMS, Channel.WHATSAPP))
    )

    assert started.channel is started.ref.channel is Channel.WHATSAPP
    assert two.outbox[-1].channel is Channel.WHATSAPP
    assert not started.ignored_hints
    assert provider.fetch(started.ref).deliveries[0].channel is Channel.WHATSAPP
    code = two.outbox[-1].code.reveal()
    assert provider.check(started.ref, code).verdict is Verdict.APPROVED


@pytest.mark.parametrize("error", [Refused("blocked"), TooSoon("too soon")])
def test_no_other_channel_is_tried_where_that_would_defeat_the_refusal(
    world: World, error: NotSent
) -> None:
    world.sender.fail_next(error)

    with pytest.raises(type(error)):
        world.provider().start(sms(fallback_channels=(Channel.CALL,)))

    assert not world.sender.outbox


def test_fallback_that_is_not_offered_is_listed(world: World) -> None:
    provider = world.provider(senders={Channel.SMS: world.sender})

    started = provider.start(sms(fallback_channels=(Channel.CALL,)))

    assert started.ignored_hints == ("fallback_channels",)


def test_start_that_sent_nothing_leaves_nothing(world: World) -> None:
    """Neither a record nor a cool-down nor, of a resend, the new code."""
    world.sender.fail_next(Unavailable("away"))
    provider = world.provider(CodePolicy())

    with pytest.raises(Unavailable):
        provider.start(sms())
    assert len(world.store) == 0
    first = provider.start(sms())
    assert first.resend_after == timedelta(seconds=30)
    code = world.code
    provider.check(first.ref, wrong(code))
    world.pause(30)
    world.sender.fail_next(Throttled("slowly", retry_after=timedelta(seconds=9)))
    with pytest.raises(Throttled, match="slowly"):
        provider.start(sms(), previous=first.ref)

    assert provider.check(first.ref, wrong(code)).attempts_remaining == 3
    assert provider.start(sms(), previous=first.ref).resend_after == timedelta(
        minutes=1
    )


def test_the_most_telling_error_is_raised(world: World) -> None:
    one, two = two_senders()
    one.fail_next(Misconfigured("no balance", "acme"), Unavailable("away"))
    provider = world.provider(senders={Channel.SMS: [one, one]})

    with pytest.raises(Misconfigured) as caught:
        provider.start(sms())

    assert caught.value.provider == "acme"
    assert not two.outbox


@pytest.mark.parametrize(
    "do", [bug, lambda _message: None, lambda message: message.text]
)
def test_sender_that_says_nothing_may_have_sent(
    world: World, do: Callable[[Message], Any], caplog: pytest.LogCaptureFixture
) -> None:
    provider = world.provider(senders={Channel.SMS: Odd(do)})

    with caplog.at_level(logging.DEBUG):
        started = provider.start(sms(custom_code="90817263"))

    assert started.delivery is Delivery.MAYBE_SENT
    assert "may have been sent" in caplog.text
    assert "90817263" not in caplog.text
    assert provider.check(started.ref, "90817263").verdict is Verdict.APPROVED


@pytest.mark.parametrize("error", [Unavailable("away"), Ambiguous("lost")])
def test_store_that_does_not_answer_sends_nothing(
    world: World, error: VerifyError
) -> None:
    store = Faulty("start", error, acts=error.maybe_sent)

    with pytest.raises(Unavailable) as caught:
        world.provider(store=store).start(sms())

    assert caught.value.provider == "own"
    assert not world.sender.outbox


def test_store_that_is_lost_after_counting_leaves_the_guess_open(world: World) -> None:
    store = Faulty("approve", Unavailable("away"), acts=False)
    provider = world.provider(store=store)
    started = provider.start(sms())

    with pytest.raises(Ambiguous, match="has counted"):
        provider.check(started.ref, world.code)


def test_start_is_reported_even_if_it_cannot_be_taken_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.sender.fail_next(Refused("blocked"))
    provider = world.provider(
        store=Faulty("take_back", Unavailable("away"), acts=False)
    )

    with pytest.raises(Refused):
        provider.start(sms())
    assert "not taken back" in caplog.text
