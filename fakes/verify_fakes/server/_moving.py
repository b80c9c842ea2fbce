"""An account's clock, moved by the side door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from . import _reading as reading
from ._clock import RunningClock
from ._operations import Json
from ._reading import BadRequest

#: Dates beyond this would leave the calendar when something lasts longer than them.
_LAST_INSTANT: Final = datetime(9000, 1, 1, tzinfo=UTC)


def move(clock: RunningClock, body: Json) -> None:
    """
    Move a clock by `advance_s`, or to `set`.

    Args:
        clock: Which.
        body: With exactly one of the two.

    Raises:
        BadRequest: The body says no instant that the clock can show.
    """
    if ("advance_s" in body) is ("set" in body):
        raise BadRequest("advance_s", "give either advance_s or set")
    now = clock.now()
    name = "set" if "set" in body else "advance_s"
    try:
        if name == "set":
            instant = reading.instant(body, "set")
        else:
            instant = now + timedelta(seconds=reading.seconds(body, "advance_s"))
        if instant > _LAST_INSTANT:
            raise BadRequest(name, "takes no instant after the year 8999")
        clock.set(instant)
    except OverflowError:
        raise BadRequest(name, "takes no instant after the year 8999") from None
    except TypeError:
        raise BadRequest(name, "takes an instant with its offset, or Z") from None
    except ValueError as error:
        if isinstance(error, BadRequest):
            raise
        raise BadRequest(name, str(error)) from None
