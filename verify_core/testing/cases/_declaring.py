"""Whether what a provider declares is so; and longer scenes that show much of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import TooSoon, VerifyError
from verify_core.verification import Started, StartHints, Verdict

from .._bench import Bench, CaseSkipped, require
from .._case import case
from . import _needs as needs
from ._acting import (
    ENDED,
    ODD_CODES,
    OWN_CODE,
    SomebodyElsesExtras,
    approve,
    ask,
    begin,
    begin_resendable,
    expect,
    foreign,
    must_refuse,
    require_arrived,
    resend,
    wrong,
)

UNSEEN_LOCALES = "the messages of the bench name no 'locale'"


@case(needs.lookup_by_identifier)
def reference_without_an_id_is_checked_by_identifier(bench: Bench) -> None:
    """Where a check may go by identifier, a reference without the vendor's id works."""
    it = begin(bench)

    expect(bench, evolve(it.ref, vendor_id=""), it.code, Verdict.APPROVED)


@case(needs.refused_duplicates)
def running_verification_refuses_a_second(bench: Bench) -> None:
    """Where a repeated start is refused, it is too soon, and the first code works."""
    it = begin(bench)

    must_refuse(bench, it.request, TooSoon)

    approve(bench, it)


@case(needs.replayed_starts)
def repeated_start_is_replayed(bench: Bench) -> None:
    """Where a start is replayed under one key, the same attempt sends one message."""
    request = evolve(bench.request(), attempt_id="attempt-of-ours-2")
    bench.provider.start(request)

    again = begin(bench, request)

    require_arrived(bench, request, 1)
    approve(bench, again)


@case(needs.code_length_hint)
def code_length_hint_is_honoured(bench: Bench) -> None:
    """Where the code's length can be asked for, the code has it."""
    for length, other in ((4, False), (8, True)):
        hints = StartHints(code_length=length)
        it = begin(bench, evolve(bench.request(other=other), hints=hints))
        found = len(it.code)
        require(found == length, f"the code has {found} characters, not {length}")


@case(needs.time_to_live_hint, needs.movable_clock)
def time_to_live_hint_is_honoured(bench: Bench) -> None:
    """Where the code's life time can be asked for, the code works no longer."""
    shorter = (bench.lifetime or timedelta(minutes=10)) / 2
    hints = StartHints(time_to_live=shorter)
    it = begin(bench, evolve(bench.request(), hints=hints))

    bench.live_out(share=0.5)

    expect(bench, it.ref, it.code, *ENDED)


LOCALES = ("de-DE", "pt-BR", "fr", "ja-JP", "tlh")
"""Languages that a person may prefer, and one that no vendor speaks."""


@case(needs.locale_hint, each=LOCALES)
def locale_hint_is_honoured_or_listed(bench: Bench, locale: str) -> None:
    """A message comes in the language asked for, or the hint is listed as ignored."""
    it = begin(bench, evolve(bench.request(), locale=locale))

    _require_language(bench, it.started, locale)


@case(needs.locale_hint, each=LOCALES)
def locale_hint_of_a_resend_is_honoured_or_listed(bench: Bench, locale: str) -> None:
    """A resend comes in the language that it asks for, or lists the hint as ignored."""
    it = begin_resendable(bench)

    second = resend(bench, it, evolve(it.request, locale=locale))

    _require_language(bench, second, locale)


def _require_language(bench: Bench, started: Started, locale: str) -> None:
    found = bench.inbox(started.ref.identifier)[-1].locale
    if found is None:
        raise CaseSkipped(UNSEEN_LOCALES)
    same = _language(found) == _language(locale)
    listed = "locale" in started.ignored_hints
    text = f"asked for {locale}, it came in {found}, and the hint is not listed"
    require(same or listed, text)


def _language(locale: str) -> str:
    return locale.replace("_", "-").partition("-")[0].lower()


@case()
def a_whole_life_passes_on_every_channel(bench: Bench) -> None:
    """On each channel a code is sent, sent again, mistyped, typed, and then is over."""
    provider = bench.provider
    for channel in sorted(provider.capabilities.channels):
        it = begin(bench, bench.request(channel))
        bench.wait(it.started.resend_after)
        again = resend(bench, it)
        code = bench.latest_code(it.request.identifier)
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
    request = bench.request(other=True)
    ref = provider.start(request).ref
    attempts: list[Callable[[], object]] = [
        lambda: provider.start(evolve(request, extras=(SomebodyElsesExtras(),))),
        lambda: provider.start(evolve(request, custom_code=OWN_CODE)),
        *[partial(provider.start, bench.request(channel)) for channel in Channel],
        *[lambda: provider.start(request)] * 8,
        *[partial(provider.check, ref, odd) for odd in ODD_CODES],
        *[lambda: provider.check(ref, OWN_CODE)] * 8,
        lambda: provider.check(foreign(ref), OWN_CODE),
        lambda: provider.fetch(ref),
        lambda: provider.cancel(ref),
    ]
    for attempt in attempts:
        with suppress(VerifyError):
            attempt()
