"""What must be there for a law to be tried: reasons to skip, each in one place."""

from __future__ import annotations

from collections.abc import Callable

from verify_core.channels import Channel
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
)

from .._bench import Bench
from .._case import Need

BY_ID = frozenset({LookupKey.ID, LookupKey.EITHER})
BY_IDENTIFIER = frozenset({LookupKey.IDENTIFIER, LookupKey.EITHER})


def _doors(doc: str, *names: str) -> Need:
    """The need of one of these doors of the bench."""

    def need(bench: Bench) -> str | None:
        if any(getattr(bench, name) for name in names):
            return None
        return f"the bench has no door {' or '.join(map(repr, names))}"

    need.__doc__ = doc
    return need


def _door(name: str) -> Need:
    return _doors(f"The bench has the door `{name}`.", name)


def _declared(doc: str, holds: Callable[[Capabilities], bool]) -> Need:
    """The need of a declaration."""

    def need(bench: Bench) -> str | None:
        if holds(bench.provider.capabilities):
            return None
        return f"it is not declared that {doc[0].lower()}{doc[1:].rstrip('.')}"

    need.__doc__ = doc
    return need


lost_answers = _door("lose_all_answers")
dropped_start = _door("drop_next_start")
failed = _door("fail_next")
garbled = _door("garble_next")
redirected = _door("redirect_next")
intercepted = _door("intercept_next")
stated_waits = _door("throttle_next")
seen_targets = _door("targets")
refusals = _door("refuse_next_start")
strange_words = _door("speak_strangely")
refused_connections = _door("refuse_connections")
another_process = _door("another_process")
counted_requests = _door("asked")
counted_redirects = _door("followed")
known_present = _door("now")
named_secrets = _door("secrets")
rotated_key = _door("rotate_key")
lost_start = _doors(
    "The answer to one start can be made to get lost.", "lose_next", "lose_next_start"
)
lost_next = _doors("The answer to one call can be made to get lost.", "lose_next")
throttled_checks = _doors(
    "A check can be made to be throttled.", "throttle_next_check", "fail_next"
)

fetch = _declared(
    "The provider can fetch.", lambda can: can.fetch is not LookupKey.NONE
)
fetch_by_id = _declared(
    "A fetch goes by the vendor's id alone.", lambda can: can.fetch is LookupKey.ID
)
no_fetch = _declared(
    "The provider cannot fetch.", lambda can: can.fetch is LookupKey.NONE
)
cancel = _declared(
    "The provider can always cancel.", lambda can: can.cancel is CancelSupport.YES
)
cancel_window = _declared(
    "The provider can cancel some of the time.",
    lambda can: can.cancel is CancelSupport.WINDOW,
)
no_cancel = _declared(
    "The provider cannot cancel.", lambda can: can.cancel is CancelSupport.NO
)
custom_code = _declared(
    "The provider takes a code of the caller's own.", lambda can: can.custom_code
)
no_custom_code = _declared(
    "The provider takes no code of the caller's own.", lambda can: not can.custom_code
)
reported_attempts = _declared(
    "Checks say how many guesses are left.", lambda can: can.attempts_reported
)
missing_channel = _declared(
    "There is a channel that the provider does not offer.",
    lambda can: bool(set(Channel) - can.channels),
)
lookup_by_id = _declared(
    "A check needs the vendor's id.", lambda can: can.check_key in BY_ID
)
lookup_by_id_alone = _declared(
    "A check goes by the vendor's id alone.", lambda can: can.check_key is LookupKey.ID
)
lookup_by_identifier = _declared(
    "A check may go by the identifier.", lambda can: can.check_key in BY_IDENTIFIER
)
locale_hint = _declared(
    "A language can be asked for.", lambda can: "locale" in can.hints
)
refused_duplicates = _declared(
    "A start for a running verification is refused.",
    lambda can: can.idempotency is Idempotency.REFUSES_DUPLICATE,
)
replayed_starts = _declared(
    "A start is replayed under one key.", lambda can: can.idempotency is Idempotency.KEY
)
second_start = _declared(
    "A start for a running verification is not refused.",
    lambda can: can.idempotency is not Idempotency.REFUSES_DUPLICATE,
)
code_length_hint = _declared(
    "The code's length can be asked for.", lambda can: "code_length" in can.hints
)
time_to_live_hint = _declared(
    "The code's life time can be asked for.", lambda can: "time_to_live" in can.hints
)
same_code = _declared(
    "A resend carries the same code.", lambda can: can.resend is Resend.SAME_CODE
)


def movable_clock(bench: Bench) -> str | None:
    """The clock can be moved past the code's known life time."""
    if bench.advance is None:
        return "the bench has no door 'advance'"
    return None if bench.lifetime else "the bench does not know 'lifetime'"


def known_guesses(bench: Bench) -> str | None:
    """The number of guesses is known."""
    return None if bench.guesses else "the bench does not know 'guesses'"


def can_be_closed(bench: Bench) -> str | None:
    """The provider has the optional method `close`."""
    has = callable(getattr(bench.provider, "close", None))
    return None if has else "the provider has no close()"


def stalling(bench: Bench) -> str | None:
    """The vendor can be made to stall, and the provider promises not to wait long."""
    return _in_time(bench, "stall")


def trickling(bench: Bench) -> str | None:
    """Answers can be made to trickle, and the provider promises not to wait long."""
    return _in_time(bench, "trickle")


def awaited(bench: Bench) -> str | None:
    """The provider is an awaited one, run by `Blocking`."""
    has = callable(getattr(bench.provider, "lag", None))
    return None if has else "the provider is not an awaited one, run by `Blocking`"


def _in_time(bench: Bench, name: str) -> str | None:
    if not getattr(bench, name):
        return f"the bench has no door {name!r}"
    return None if bench.deadline else "the bench does not know 'deadline'"
