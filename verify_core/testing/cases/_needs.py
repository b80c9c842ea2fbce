"""What must be there for a law to be tried: reasons to skip, each in one place."""

from __future__ import annotations

from functools import cache

from verify_core.channels import Channel
from verify_core.provider import CancelSupport, Idempotency, LookupKey, Resend

from .._bench import Bench
from .._case import Need


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


@cache
def door(name: str) -> Need:
    """
    The need of one door of the bench.

    Args:
        name: The field of `Bench` that opens it.
    """

    def need(bench: Bench) -> str | None:
        return None if getattr(bench, name) else f"the bench has no door {name!r}"

    need.__name__ = name
    need.__doc__ = f"The bench has the door `{name}`."
    return need


lost_answers = door("lose_all_answers")
dropped_start = door("drop_next_start")
failed = door("fail_next")
garbled = door("garble_next")
redirected = door("redirect_next")
refusals = door("refuse_next_start")
strange_words = door("speak_strangely")
refused_connections = door("refuse_connections")
another_process = door("another_process")
counted_requests = door("asked")
known_present = door("now")
named_secrets = door("secrets")


def lost_start(bench: Bench) -> str | None:
    """The answer to one start can be made to get lost."""
    if bench.lose_next_start or bench.lose_next:
        return None
    return "the bench has no door 'lose_next' or 'lose_next_start'"


def lost_next(bench: Bench) -> str | None:
    """The answer to one call can be made to get lost."""
    return None if bench.lose_next else "the bench has no door 'lose_next'"


def throttled_checks(bench: Bench) -> str | None:
    """A check can be made to be throttled."""
    if bench.throttle_next_check or bench.fail_next:
        return None
    return "the bench has no door 'throttle_next_check' or 'fail_next'"


def fetch(bench: Bench) -> str | None:
    """The provider can fetch."""
    declared = bench.provider.capabilities.fetch
    return "fetch is not declared" if declared is LookupKey.NONE else None


def no_fetch(bench: Bench) -> str | None:
    """The provider cannot fetch."""
    return None if fetch(bench) else "fetch is declared"


def cancel(bench: Bench) -> str | None:
    """The provider can always cancel."""
    declared = bench.provider.capabilities.cancel
    return None if declared is CancelSupport.YES else f"cancel is declared {declared}"


def cancel_window(bench: Bench) -> str | None:
    """The provider can cancel some of the time."""
    declared = bench.provider.capabilities.cancel
    windowed = declared is CancelSupport.WINDOW
    return None if windowed else f"cancel is declared {declared}"


def no_cancel(bench: Bench) -> str | None:
    """The provider cannot cancel."""
    declared = bench.provider.capabilities.cancel
    return None if declared is CancelSupport.NO else f"cancel is declared {declared}"


def custom_code(bench: Bench) -> str | None:
    """The provider takes a code of the caller's own."""
    declared = bench.provider.capabilities.custom_code
    return None if declared else "custom_code is not declared"


def no_custom_code(bench: Bench) -> str | None:
    """The provider takes no code of the caller's own."""
    return None if custom_code(bench) else "custom_code is declared"


def reported_attempts(bench: Bench) -> str | None:
    """Checks say how many guesses are left."""
    declared = bench.provider.capabilities.attempts_reported
    return None if declared else "attempts_reported is not declared"


def missing_channel(bench: Bench) -> str | None:
    """There is a channel that the provider does not offer."""
    missing = set(Channel) - bench.provider.capabilities.channels
    return None if missing else "every channel is offered"


def lookup_by_id(bench: Bench) -> str | None:
    """A check needs the vendor's id."""
    key = bench.provider.capabilities.check_key
    if key in {LookupKey.ID, LookupKey.EITHER}:
        return None
    return "a check does not go by the vendor's id"


def lookup_by_id_alone(bench: Bench) -> str | None:
    """A check goes by the vendor's id alone."""
    alone = bench.provider.capabilities.check_key is LookupKey.ID
    return None if alone else "a check does not go by the vendor's id alone"


def lookup_by_identifier(bench: Bench) -> str | None:
    """A check may go by the identifier."""
    key = bench.provider.capabilities.check_key
    if key in {LookupKey.IDENTIFIER, LookupKey.EITHER}:
        return None
    return "a check does not go by the identifier"


def refused_duplicates(bench: Bench) -> str | None:
    """A start for a running verification is refused."""
    declared = bench.provider.capabilities.idempotency
    refused = declared is Idempotency.REFUSES_DUPLICATE
    return None if refused else f"idempotency is declared {declared}"


def replayed_starts(bench: Bench) -> str | None:
    """A start is replayed under one key."""
    declared = bench.provider.capabilities.idempotency
    replayed = declared is Idempotency.KEY
    return None if replayed else f"idempotency is declared {declared}"


def code_length_hint(bench: Bench) -> str | None:
    """The code's length can be asked for."""
    return _hint(bench, "code_length")


def time_to_live_hint(bench: Bench) -> str | None:
    """The code's life time can be asked for."""
    return _hint(bench, "time_to_live")


def _hint(bench: Bench, name: str) -> str | None:
    declared = name in bench.provider.capabilities.hints
    return None if declared else f"{name} is not among the declared hints"


def stalling(bench: Bench) -> str | None:
    """The vendor can be made to stall, and the provider promises not to wait long."""
    return _in_time(bench, "stall")


def trickling(bench: Bench) -> str | None:
    """Answers can be made to trickle, and the provider promises not to wait long."""
    return _in_time(bench, "trickle")


def _in_time(bench: Bench, name: str) -> str | None:
    if not getattr(bench, name):
        return f"the bench has no door {name!r}"
    return None if bench.deadline else "the bench does not know 'deadline'"


def same_code(bench: Bench) -> str | None:
    """A resend carries the same code."""
    declared = bench.provider.capabilities.resend
    same = declared is Resend.SAME_CODE
    return None if same else f"resend is declared {declared}"


def second_start(bench: Bench) -> str | None:
    """A start for a running verification is not refused."""
    return None if refused_duplicates(bench) else "a second start is refused"


def unguarded_starts(bench: Bench) -> str | None:
    """A repeated start sends another message."""
    declared = bench.provider.capabilities.idempotency
    none = declared is Idempotency.NONE
    return None if none else f"idempotency is declared {declared}"
