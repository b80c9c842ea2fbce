"""Every case, and those that look at all others."""

from __future__ import annotations

from attrs import evolve

from .._bench import Bench, require
from .._case import Case, Law, Need, Survey, case
from . import (
    _answering,
    _asking,
    _checking,
    _declaring,
    _ending,
    _needs as needs,
    _resending,
    _showing,
    _starting,
    _together,
    _waiting,
)
from ._acting import begin

_SUBJECTS = (
    _starting,
    _checking,
    _ending,
    _resending,
    _together,
    _answering,
    _asking,
    _waiting,
    _declaring,
)
_PLAIN = tuple(
    value
    for subject in _SUBJECTS
    for value in vars(subject).values()
    if isinstance(value, Case)
)

DECLARATIONS = (
    needs.fetch,
    needs.cancel,
    needs.cancel_window,
    needs.custom_code,
    needs.reported_attempts,
    needs.lookup_by_identifier,
    needs.refused_duplicates,
    needs.replayed_starts,
    needs.code_length_hint,
    needs.time_to_live_hint,
)
"""Needs that are met by a declaration and not by the bench."""


@case()
def what_is_declared_is_tried(bench: Bench) -> None:
    """Nothing is declared that no case can try on this bench."""
    tried = _tried(bench)
    untried = [
        str(need.__doc__).rstrip(".")
        for need in DECLARATIONS
        if need(bench) is None and need not in tried
    ]
    if needs.locale_hint(bench) is None:
        it = begin(bench)
        if bench.inbox(it.request.identifier)[-1].locale is None:
            untried.append(f"A language can be asked for ({_declaring.UNSEEN_LOCALES})")
    require(
        not untried,
        "declared, and never tried for want of a side door: " + "; ".join(untried),
    )


def _tried(bench: Bench) -> set[Need]:
    """The needs of all cases that this bench can put to its provider."""
    able = [each for each in _PLAIN if all(need(bench) is None for need in each.needs)]
    return {need for each in able for need in each.needs}


_OVER = (*_PLAIN, what_is_declared_is_tried)
ALL: tuple[Law, ...] = (
    *_OVER,
    *(
        evolve(value, over=_OVER)
        for value in vars(_showing).values()
        if isinstance(value, Survey)
    ),
)
"""Every case, in the order in which they are written."""
