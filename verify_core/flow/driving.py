"""Turning a flow's wishes into acts: the one place where a provider is called."""

from __future__ import annotations

from typing import TypeVar

from attrs import evolve

from ..errors import VerifyError
from ..provider import VerifyProvider, resend_of
from ..verification import Started, VerificationRef
from .calls import (
    CancelCall,
    CheckCall,
    FetchCall,
    Flow,
    ProviderAnswer,
    ProviderCall,
    StartCall,
)
from .events import EventHook, FlowEvent, answered, asked, failed

T = TypeVar("T")


def run(
    flow: Flow[T], provider: VerifyProvider, *, on_event: EventHook | None = None
) -> T:
    """
    Drive a flow to its end on one provider.

    Args:
        flow: One of this module's generators, not yet begun.
        provider: Answers the calls.
        on_event: Sees each call before it is made and each answer after.

    Returns:
        What the flow returns.

    Raises:
        InputError: From the flow, before any call.
        VerifyError: From the provider, unless the flow handles it.
    """
    emit = on_event or _ignore
    try:
        call = next(flow)
        while True:
            emit(asked(call, provider))
            try:
                answer = perform(call, provider)
            except VerifyError as error:
                emit(failed(call, provider, error))
                call = flow.throw(error)
            else:
                emit(answered(call, provider, answer))
                call = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


def perform(call: ProviderCall, provider: VerifyProvider) -> ProviderAnswer:
    """
    Make one call.

    A `previous` that does not count is not even passed on, so that no provider can send
    again to whom it reaches; the result lists it.
    """
    match call:
        case StartCall():
            previous = resend_of(provider, call.request, call.previous)
            started = provider.start(call.request, previous=previous)
            return list_previous(started, call.previous, previous)
        case CheckCall():
            return provider.check(call.ref, call.code.reveal())
        case FetchCall():
            return provider.fetch(call.ref)
        case CancelCall():
            return provider.cancel(call.ref)


def list_previous(
    started: Started,
    given: VerificationRef | None,
    passed: VerificationRef | None,
) -> Started:
    """The result of a start; its ignored hints list a `previous` that was left out."""
    if given is passed or "previous" in started.ignored_hints:
        return started
    return evolve(started, ignored_hints=(*started.ignored_hints, "previous"))


def _ignore(_event: FlowEvent, /) -> None:
    pass
