"""Longer scenes, so that everything that a provider shows and raises is seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.verification import Verdict

from .._bench import Bench
from .._case import case
from ._checking import ODD_CODES, ask, expect, wrong
from ._starting import OWN_CODE, SomebodyElsesExtras


@case()
def a_whole_life_passes_on_every_channel(bench: Bench) -> None:
    """On each channel a code is sent, sent again, mistyped, typed, and then is over."""
    provider = bench.provider
    for channel in sorted(provider.capabilities.channels):
        request = bench.request(channel)
        started = provider.start(request)
        bench.wait(started.resend_after)
        again = provider.start(request, previous=started.ref)
        code = bench.latest_code(request.identifier)
        with suppress(VerifyError):
            provider.fetch(again.ref)
        ask(bench, again.ref, wrong(code))
        expect(bench, again.ref, code, Verdict.APPROVED)
        with suppress(VerifyError):
            provider.cancel(again.ref)


@case()
def a_clumsy_caller_is_answered(bench: Bench) -> None:
    """Whatever a caller does wrong is answered, or raises a `VerifyError`."""
    provider = bench.provider
    request = evolve(bench.request(), identifier=bench.identifier(other=True))
    ref = provider.start(request).ref
    attempts: list[Callable[[], object]] = [
        lambda: provider.start(evolve(request, extras=(SomebodyElsesExtras(),))),
        lambda: provider.start(evolve(request, custom_code=OWN_CODE)),
        *[_starting(bench, channel) for channel in Channel],
        *[lambda: provider.start(request)] * 8,
        *[lambda odd=odd: provider.check(ref, odd) for odd in ODD_CODES],
        *[lambda: provider.check(ref, OWN_CODE)] * 8,
        lambda: provider.check(evolve(ref, provider="somebody-else"), OWN_CODE),
        lambda: provider.fetch(ref),
        lambda: provider.cancel(ref),
    ]
    for attempt in attempts:
        with suppress(VerifyError):
            attempt()


def _starting(bench: Bench, channel: Channel) -> Callable[[], object]:
    return lambda: bench.provider.start(bench.request(channel))
