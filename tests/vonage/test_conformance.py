"""The laws of the protocol, held against the provider over the tiny vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.doors import DEADLINE, TIMEOUT, VONAGE_WORDS, call_at_vonage, strange
from tests.support.loopback import Received
from tests.vonage.tiny import KEY, SECRET, Clock, TinyVonage
from verify_core.identifiers import Identifier
from verify_core.testing import (
    Bench,
    Harness,
    HttpDoors,
    SeenMessage,
    VendorReply,
    VendorRequest,
    require_kept,
    run_cases,
)
from verify_providers.vonage import MemoryEvents, VonageVerify
from verify_providers.vonage._webhooks import read_event


def harness(*, bare: bool) -> Harness:
    """
    How the provider is set up for each case.

    Args:
        bare: Without WhatsApp and without a store of webhooks.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        clock = Clock()
        tiny = TinyVonage(now=clock.now)
        events = MemoryEvents()
        more: dict[str, Any] = {"whatsapp_from": "44770090000", "events": events}
        with HttpDoors(answer=answering(tiny), call_of=call_at_vonage) as doors:

            def provider(timeout: timedelta = TIMEOUT) -> VonageVerify:
                return VonageVerify(
                    brand="Acme",
                    api_key=KEY,
                    api_secret=SECRET,
                    base_url=doors.url,
                    timeout=timeout,
                    clock=clock.now,
                    **({} if bare else more),
                )

            def inbox(identifier: Identifier) -> list[SeenMessage]:
                seen = tiny.arrived.get(identifier.value.removeprefix("+"), [])
                return [
                    SeenMessage(
                        code=code, channel=VONAGE_WORDS.get(word, word), locale=locale
                    )
                    for word, code, locale in seen
                ]

            def speak_strangely() -> None:
                """In answers, and in webhooks, which are all that fetch has."""
                doors.change_answers(strange)
                for request_id in tiny.requests:
                    said = {"request_id": request_id, "status": "contemplating"}
                    event = read_event(said)
                    if event is not None:
                        events.add(event)

            with provider() as it:
                yield Bench(
                    provider=it,
                    inbox=inbox,
                    secrets=[SECRET],
                    guesses=3,
                    lifetime=timedelta(seconds=180),
                    now=clock.now,
                    advance=lambda span: clock.move(seconds=span.total_seconds()),
                    another_process=provider,
                    speak_strangely=speak_strangely,
                    deadline=DEADLINE,
                    impatient=partial(provider, DEADLINE),
                    **doors.openings(),
                )

    return Harness(name="vonage, bare" if bare else "vonage", open=opened)


def answering(tiny: TinyVonage) -> Callable[[VendorRequest], VendorReply]:
    """The tiny vendor behind the doors: its answers are whole, so they are parted."""

    def answer(request: VendorRequest) -> VendorReply:
        received = Received(
            request.method, request.target, dict(request.headers), request.body
        )
        head, _, body = tiny.answer(received).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        named = (line.split(": ", 1) for line in lines)
        return VendorReply(
            status=int(first.split()[1]),
            headers={n: v for n, v in named if n != "Content-Length"},
            body=body,
        )

    return answer


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "whole"])
def test_provider_keeps_the_laws(*, bare: bool) -> None:
    require_kept(run_cases(harness(bare=bare)))
