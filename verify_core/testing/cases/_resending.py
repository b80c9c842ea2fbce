"""What a resend does, what it takes from the earlier reference, and whose counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import NotSent, NotSupported, UnsupportedChannel, VerifyError
from verify_core.provider import owns
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._case import case
from . import _needs as needs
from ._acting import (
    FOREIGN,
    HINTS,
    OWN_CODE,
    Begun,
    SomebodyElsesExtras,
    approve,
    approve_newest,
    ask,
    begin,
    begin_resendable,
    expect,
    foreign,
    must_refuse,
    require_arrived,
    require_follows,
    require_names,
    resend,
    wrong,
)
from ._ending import ENDS, end

GARBLED: tuple[dict[str, Any], ...] = (
    {"vendor_id": ""},
    {"vendor_id": "../../x?y=z#"},
    {"vendor_id": "\N{BELL}\n" + "9" * 300},
    {"vendor_data": {}},
    {"vendor_data": {"": "", "service": "\N{BELL}", "workflow": "["}},
)
"""What may stand in a reference that came back from outside."""

ODD_IDS = ("..", "/x7", "/../x7", "?x=7", "#x7", "%2Fx7", ";x=7/x7")
"""What ends an id, or is one, and leads elsewhere where it is put into a path as is."""


def _require_fresh(started: Started, previous: VerificationRef) -> None:
    ref = started.ref
    require("previous" in started.ignored_hints, "the result does not list `previous`")
    require(ref.attempt_id != previous.attempt_id, "it is said to be the old attempt")
    require(ref.sends == 1, f"the first message counts as {ref.sends}")


@case()
def previous_of_another_person_is_a_fresh_start(bench: Bench) -> None:
    """A reference of somebody else sends nothing to them, and one code to the asked."""
    theirs, request = begin(bench), bench.request(other=True)

    started = bench.provider.start(request, previous=theirs.ref)

    sent = bench.count(theirs.request.identifier) > 1
    require(not sent, "a message went to somebody else")
    require_arrived(bench, request, 1)
    require(started.ref.identifier == request.identifier, "the reference is not theirs")
    if theirs.code != bench.latest_code(request.identifier):
        verdict = ask(bench, started.ref, theirs.code).verdict
        require(verdict is not Verdict.APPROVED, "somebody else's code was approved")
    approve_newest(bench, started.ref)
    _require_fresh(started, theirs.ref)


@case()
def previous_of_another_person_is_left_alone(bench: Bench) -> None:
    """A start with somebody else's reference does not end their verification."""
    theirs = begin(bench)

    bench.provider.start(bench.request(other=True), previous=theirs.ref)

    approve(bench, theirs)


@case()
def previous_of_another_provider_is_a_fresh_start(bench: Bench) -> None:
    """Where vendors were exchanged, a resend is a start like any other, and says so."""
    request = bench.request()
    earlier = VerificationRef(
        provider=FOREIGN,
        vendor_id="0a1b2c3d-0000-4000-8000-0123456789ab",
        identifier=request.identifier,
        channel=request.channel,
        attempt_id="attempt-of-somebody-else",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        sends=4,
        vendor_data={"service": "theirs"},
    )

    started = bench.provider.start(request, previous=earlier)

    require(started.delivery is Delivery.SENT, "a sent message is not called sent")
    require_arrived(bench, request, 1)
    approve_newest(bench, started.ref)
    _require_fresh(started, earlier)


@case()
def provider_owns_its_references(bench: Bench) -> None:
    """A reference that it gave out is its own; one under another name is not."""
    first = begin_resendable(bench)
    second = bench.provider.start(bench.request(), previous=first.ref)

    for ref in (first.ref, second.ref):
        require(owns(bench.provider, ref), "a reference is not its own")
        theirs = owns(bench.provider, foreign(ref))
        require(not theirs, "it owns somebody else's reference")


@case()
def garbled_reference_is_answered(bench: Bench) -> None:
    """Whatever stands in a reference, each method answers or raises a VerifyError."""
    provider = bench.provider
    it = begin(bench)
    for change in GARBLED:
        garbled = evolve(it.ref, **change)
        for call in (
            lambda ref: provider.check(ref, "000000"),
            provider.fetch,
            lambda ref: provider.start(it.request, previous=ref),
            provider.cancel,
        ):
            try:
                call(garbled)
            except VerifyError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
                fail(f"a garbled reference raised {type(error).__name__}")


@case(needs.seen_targets, each=ODD_IDS)
def odd_id_leads_to_no_other_path(bench: Bench, odd: str) -> None:
    """An odd id in a reference stays one segment of a path, or is gone, unasked."""
    it = begin_resendable(bench)
    vendor_id = it.ref.vendor_id
    usual = _asked_for(bench, it, it.ref)
    plain = {target for target in _targets(bench) if vendor_id not in unquote(target)}
    garbled = evolve(it.ref, vendor_id=odd if odd == ".." else vendor_id + odd)

    asked = _asked_for(bench, it, garbled)

    for name, targets in asked.items():
        shapes = {_shape(target) for target in usual[name]}
        for target in targets:
            kept = _shape(target) in shapes and _ends_a_part(target, odd)
            text = f"{name} led to another path; encode the id as one segment"
            require(target in plain or kept, text)
    if not asked["check"]:
        expect(bench, garbled, wrong(it.code), Verdict.GONE)


def _targets(bench: Bench) -> Sequence[str]:
    return bench.targets() if bench.targets else ()


def _asked_for(
    bench: Bench, it: Begun, ref: VerificationRef
) -> dict[str, Sequence[str]]:
    """What each call with a reference asks the vendor's address for."""
    provider = bench.provider
    calls: dict[str, Callable[[], object]] = {
        "fetch": lambda: provider.fetch(ref),
        "check": lambda: provider.check(ref, wrong(it.code)),
        "a resend": lambda: provider.start(it.request, previous=ref),
        "cancel": lambda: provider.cancel(ref),
    }
    asked = {}
    for name, call in calls.items():
        before = len(_targets(bench))
        with suppress(VerifyError):
            call()
        asked[name] = _targets(bench)[before:]
    return asked


def _shape(target: str) -> tuple[int, tuple[str, ...]]:
    """How many segments the path has, and which parameters the query."""
    path, _, query = target.partition("?")
    names = [name for name, _value in parse_qsl(query, keep_blank_values=True)]
    return path.count("/"), tuple(sorted(names))


def _ends_a_part(target: str, odd: str) -> bool:
    """Whether one segment or parameter, once decoded, ends with all of the odd text."""
    path, _, query = target.partition("?")
    values = [value for _name, value in parse_qsl(query)]
    segments = [unquote(segment) for segment in path.split("/")]
    # Dots are not percent-encoded by anybody: RFC 3986, section 6.2.2.3, removes them.
    return odd != ".." and any(part.endswith(odd) for part in (*segments, *values))


@case()
def attempt_id_of_the_request_comes_first(bench: Bench) -> None:
    """A resend that names its attempt has that name, and not the earlier one."""
    it = begin_resendable(bench)
    request = evolve(it.request, attempt_id="attempt-of-ours-3")

    again = bench.provider.start(request, previous=it.ref).ref

    kept = again.attempt_id == request.attempt_id
    require(kept, "the attempt id of the resend is not kept")


@case()
def one_attempt_id_for_two_people_reaches_both(bench: Bench) -> None:
    """An attempt id is a name, and no key: two people get a code each."""
    first = evolve(bench.request(), attempt_id="attempt-of-ours-4")
    second = evolve(bench.request(other=True), attempt_id="attempt-of-ours-4")
    bench.provider.start(first)

    ref = bench.provider.start(second).ref

    require_arrived(bench, second, 1)
    approve_newest(bench, ref)


@case()
def a_resend_has_hints_of_its_own(bench: Bench) -> None:
    """The hints of the first start are forgotten; those of the resend are answered."""
    plain = bench.request()
    hinting = evolve(
        plain,
        locale="pt-BR",
        client_address="192.0.2.1",
        hints=StartHints(time_to_live=timedelta(minutes=5), code_length=6),
    )
    first = begin_resendable(bench, hinting)

    second = bench.provider.start(plain, previous=first.ref)
    bench.wait(second.resend_after)
    third = bench.provider.start(hinting, previous=second.ref)

    listed = second.ignored_hints
    require(not listed, f"listed as ignored, though not asked for: {sorted(listed)}")
    unknown = HINTS - bench.provider.capabilities.hints - {"fallback_channels"}
    missing = sorted(unknown - {*third.ignored_hints})
    require(not missing, f"a resend ignores without a word: {missing}")


@case()
def a_third_message_works(bench: Bench) -> None:
    """Two resends are sends two and three of one attempt; the newest code works."""
    first = begin_resendable(bench)
    second = resend(bench, first)
    bench.wait(second.resend_after)
    third = resend(bench, evolve(first, started=second))

    require_follows(third.ref, first.ref, sends=3)
    approve_newest(bench, third.ref)


@case()
def resend_goes_to_the_same_person(bench: Bench) -> None:
    """A resend reaches whom the request names, on the channel that it names."""
    it = begin_resendable(bench)

    second = resend(bench, it)

    other = bench.count(bench.identifier(other=True))
    require(not other, "somebody else got a message")
    require_names(second.ref, it.request)
    require(second.delivery is Delivery.SENT, "a sent message is not called sent")


@case()
def resend_from_a_stored_reference(bench: Bench) -> None:
    """A resend takes a reference that was written as JSON and read again."""
    it = begin_resendable(bench)
    stored = VerificationRef.from_json(json.loads(json.dumps(it.ref.to_json())))

    second = bench.provider.start(it.request, previous=stored)

    require_follows(second.ref, it.ref)
    approve_newest(bench, second.ref)


@case(needs.missing_channel)
def resend_by_a_missing_channel_is_refused(bench: Bench) -> None:
    """A resend by a channel that is not offered sends nothing; the first code works."""
    it = begin_resendable(bench)
    for channel in set(Channel) - bench.provider.capabilities.channels:
        if channel.takes is it.request.channel.takes:
            odd = evolve(it.request, channel=channel)
            must_refuse(bench, odd, UnsupportedChannel, previous=it.ref)

    approve(bench, it)


@case()
def resend_with_foreign_extras_is_refused(bench: Bench) -> None:
    """A resend with another vendor's extras sends nothing; the first code works."""
    it = begin_resendable(bench)
    odd = evolve(it.request, extras=(SomebodyElsesExtras(),))

    must_refuse(bench, odd, NotSupported, previous=it.ref)

    approve(bench, it)


@case(needs.no_custom_code)
def resend_with_a_custom_code_is_refused(bench: Bench) -> None:
    """Where no own code can be sent, a resend with one sends none in its place."""
    it = begin_resendable(bench)
    odd = evolve(it.request, custom_code=OWN_CODE)

    must_refuse(bench, odd, NotSupported, previous=it.ref)

    approve(bench, it)


@case(needs.code_length_hint)
def code_length_hint_of_a_resend_is_kept_or_listed(bench: Bench) -> None:
    """A resend whose code cannot have the length that was asked for says so."""
    it = begin_resendable(bench)
    hinted = evolve(it.request, hints=StartHints(code_length=8))

    second = resend(bench, it, hinted)

    found = len(bench.latest_code(it.request.identifier))
    listed = "code_length" in second.ignored_hints
    require(found == 8 or listed, f"the code has {found} characters, and none is said")  # noqa: PLR2004


@case(needs.same_code, needs.known_guesses)
def resend_gives_no_guesses_back(bench: Bench) -> None:
    """Where a resend carries the same code, wrong guesses before it still count."""
    it = begin_resendable(bench)
    for _ in range((bench.guesses or 1) - 1):
        expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)
    second = resend(bench, it)
    ask(bench, second.ref, wrong(it.code))

    verdict = ask(bench, second.ref, it.code).verdict

    require(verdict is not Verdict.APPROVED, "a resend gave the spent guesses back")


@case(needs.known_guesses)
def resend_does_not_open_what_is_exhausted(bench: Bench) -> None:
    """A code whose guesses are used up is not opened by sending it again."""
    it = begin_resendable(bench)
    for _ in range(bench.guesses or 1):
        ask(bench, it.ref, wrong(it.code))
    ref = it.ref
    with suppress(NotSent):
        ref = bench.provider.start(it.request, previous=it.ref).ref

    if bench.latest_code(it.request.identifier) == it.code:
        verdict = ask(bench, ref, it.code).verdict
        require(verdict is not Verdict.APPROVED, "the exhausted code was approved")


@case(each=ENDS)
def resend_of_what_is_over_sends_a_code_that_works(bench: Bench, how: str) -> None:
    """A resend after the end is refused, or sends a code that works."""
    it = begin_resendable(bench)
    end(bench, it, how)
    before = bench.count(it.request.identifier)
    try:
        second = bench.provider.start(it.request, previous=it.ref)
    except NotSent:
        require_arrived(bench, it.request, 0, before=before)
        return

    require_arrived(bench, it.request, 1, before=before)
    approve_newest(bench, second.ref)
