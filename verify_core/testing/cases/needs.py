"""What must be there for a law to be tried: reasons to skip, each in one place."""

from __future__ import annotations

from verify_core.channels import Channel
from verify_core.provider import CancelSupport, LookupKey

from ..bench import Bench


def movable_clock(bench: Bench) -> str | None:
    """The clock can be moved past the code's known life time."""
    if bench.advance is None:
        return "the bench cannot move the clock"
    return None if bench.lifetime else "the bench does not know how long a code works"


def known_guesses(bench: Bench) -> str | None:
    """The number of guesses is known."""
    return None if bench.guesses else "the bench does not know the number of guesses"


def lost_start(bench: Bench) -> str | None:
    """The answer to one start can be made to get lost."""
    return None if bench.lose_next_start else "the bench cannot lose a start's answer"


def lost_answers(bench: Bench) -> str | None:
    """All answers can be made to get lost."""
    return None if bench.lose_all_answers else "the bench cannot lose answers"


def throttled_checks(bench: Bench) -> str | None:
    """A check can be made to be throttled."""
    return None if bench.throttle_next_check else "the bench cannot throttle a check"


def strange_words(bench: Bench) -> str | None:
    """The vendor can be made to answer with an unknown status."""
    return None if bench.speak_strangely else "the bench cannot make a status word up"


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
