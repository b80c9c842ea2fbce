"""The laws of the protocol, held against the provider over the tiny vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

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
from verify_providers.vonage import VonageVerify


def harness() -> Harness:
    """How the provider is set up for each case: no WhatsApp, no store of webhooks."""

    @contextmanager
    def opened() -> Iterator[Bench]:
        clock = Clock()
        tiny = TinyVonage(now=clock.now)
        with HttpDoors(answer=answering(tiny), call_of=call_at_vonage) as doors:

            def provider(timeout: timedelta = TIMEOUT) -> VonageVerify:
                return VonageVerify(
                    brand="Acme",
                    api_key=KEY,
                    api_secret=SECRET,
                    base_url=doors.url,
                    timeout=timeout,
                    clock=clock.now,
                )

            def inbox(identifier: Identifier) -> list[SeenMessage]:
                seen = tiny.arrived.get(identifier.value.removeprefix("+"), [])
                return [
                    SeenMessage(
                        code=code, channel=VONAGE_WORDS.get(word, word), locale=locale
                    )
                    for word, code, locale in seen
                ]

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
                    speak_strangely=lambda: doors.change_answers(strange),
                    deadline=DEADLINE,
                    impatient=partial(provider, DEADLINE),
                    **doors.openings(),
                )

    return Harness(name="vonage, bare", open=opened)


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


def test_provider_without_extras_keeps_the_laws() -> None:
    require_kept(run_cases(harness()))
