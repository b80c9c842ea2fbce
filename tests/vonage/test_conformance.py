"""The laws of the protocol, held against the provider over the tiny vendor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.support.loopback import Loopback, Received, Reply, http
from tests.vonage.tiny import KEY, SECRET, Clock, TinyVonage, lose
from verify_core.channels import Channel
from verify_core.identifiers import Identifier
from verify_core.testing import Bench, Harness, SeenMessage, require_kept, run_cases
from verify_core.testing.cases.failing import stalled_vendor_is_given_up_in_time
from verify_providers.vonage import MemoryEvents, VonageVerify
from verify_providers.vonage.events import read_event

WORDS = {"voice": Channel.CALL}


def harness(*, bare: bool, patience: timedelta | None = None) -> Harness:
    """
    How the provider is set up for each case.

    Args:
        bare: Without WhatsApp and without a store of webhooks.
        patience: How long it waits for a vendor that stalls; None is as long as by
            default, and then the vendor is not made to stall.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        clock, server = Clock(), Loopback()
        tiny = TinyVonage(now=clock.now)
        server.answer = tiny.answer
        server.run()
        more: dict[str, Any] = {} if bare else {"whatsapp_from": "44770090000"}
        if patience is not None:
            more["timeout"] = patience
        events = MemoryEvents()
        provider = VonageVerify(
            brand="Acme",
            api_key=KEY,
            api_secret=SECRET,
            base_url=server.url,
            clock=clock.now,
            events=None if bare else events,
            **more,
        )
        with provider:
            made = bench(provider, server, tiny, clock, events)
            yield made if patience is None else _stalling(made, server, tiny, patience)
        server.stop()

    return Harness(name="vonage, bare" if bare else "vonage", open=opened)


def _stalling(
    made: Bench, server: Loopback, tiny: TinyVonage, patience: timedelta
) -> Bench:
    def stall() -> None:
        server.answer = lambda request: Reply(raw=tiny.answer(request), dribble_s=60)

    return evolve(made, stall=stall, deadline=patience)


def bench(
    provider: VonageVerify,
    server: Loopback,
    tiny: TinyVonage,
    clock: Clock,
    events: MemoryEvents,
) -> Bench:
    def inbox(identifier: Identifier) -> list[SeenMessage]:
        seen = tiny.arrived.get(identifier.value.removeprefix("+"), [])
        return [
            SeenMessage(code=code, channel=WORDS.get(word, word)) for word, code in seen
        ]

    def set_answer(answer: Callable[[Received], Reply | bytes]) -> None:
        server.answer = answer

    def throttle() -> None:
        server.answer = lambda _request: (set_answer(tiny.answer), http(429))[1]

    def strange(request: Received) -> bytes:
        raw = tiny.answer(request)
        head, _, body = raw.partition(b"\r\n\r\n")
        said = json.loads(body or b"{}")
        if "status" not in said:
            return raw
        return http(int(head.split()[1]), {**said, "status": "contemplating"})

    def speak_strangely() -> None:
        """In answers, and in webhooks, which are all that fetch has."""
        server.answer = strange
        for request_id in tiny.requests:
            said = read_event({"request_id": request_id, "status": "contemplating"})
            if said is not None:
                events.add(said)

    return Bench(
        provider=provider,
        inbox=inbox,
        guesses=3,
        lifetime=timedelta(seconds=180),
        advance=lambda span: clock.move(seconds=span.total_seconds()),
        lose_next_start=lambda: set_answer(lose(tiny)),
        lose_all_answers=lambda: set_answer(
            lambda request: Reply(raw=tiny.answer(request), cut_at=0)
        ),
        throttle_next_check=throttle,
        speak_strangely=speak_strangely,
    )


def test_vendor_that_stalls_is_given_up_in_time() -> None:
    impatient = harness(bare=False, patience=timedelta(seconds=1))

    stalled_vendor_is_given_up_in_time.check(impatient)


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "whole"])
def test_provider_keeps_the_laws(*, bare: bool) -> None:
    require_kept(run_cases(harness(bare=bare)))
