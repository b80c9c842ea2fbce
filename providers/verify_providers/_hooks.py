"""Calling a hook that may be anybody's code, so that it undoes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

E = TypeVar("E")

_LOG = logging.getLogger(__name__)


def hand_over(hook: Callable[[E], None], event: E) -> None:
    """
    Call the hook; what it raises is logged and goes no further.

    A message may have left when a hook is called, and its reference must not be lost.
    """
    try:
        hook(event)
    except Exception as error:  # noqa: BLE001 - a watcher may not stop what it sees
        # Its name alone: its text may hold what no log may.
        _LOG.warning("on_event raised %s", type(error).__name__)
