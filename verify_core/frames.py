"""
Errors without the frames below the function that was called.

The variables of those frames hold what a person typed, what a vendor answered and what
a developer configured. Tracebacks with variables are printed by `rich` and pytest, and
sent away by services that collect errors. An error of this library says all that
matters in its message, so that nothing is lost; any other error keeps its frames.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from .errors import InputError, InvalidSetting, VerifyError

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

_Kinds = tuple[type[Exception], ...]


class Decorator(Protocol):
    """Decorates a function, awaited or not, and keeps its type."""

    def __call__(self, function: Callable[P, T], /) -> Callable[P, T]:
        """Return the decorated function."""
        ...


def raising_alone(*kinds: type[Exception]) -> Decorator:
    """
    A decorator: errors of these kinds come without the frames below.

    Its own frame forgets the arguments before it raises.

    Args:
        *kinds: Errors whose message says all that matters, and no secret.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, T]", _awaited(function, kinds))
        return _called(function, kinds)

    return decorate


unframed = raising_alone(InputError, InvalidSetting, VerifyError)
"""Decorates a function: errors of this library come without the frames below."""


def unframed_init(kind: type[T]) -> type[T]:
    """Decorate a class whose constructor takes secrets; see `unframed`."""
    made: Any = kind
    made.__init__ = unframed(made.__init__)
    return kind


def _called(function: Callable[P, T], kinds: _Kinds) -> Callable[P, T]:
    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except kinds as error:
            raised = error
        except BaseException:
            del args, kwargs  # the frames below stay; this one would show them again
            raise
        del args, kwargs
        try:
            raise _alone(raised)
        finally:
            del raised  # the frame and its error would keep each other alive

    return call


def _awaited(
    function: Callable[P, Awaitable[T]], kinds: _Kinds
) -> Callable[P, Awaitable[T]]:
    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except kinds as error:
            raised = error
        except BaseException:
            del args, kwargs
            raise
        del args, kwargs
        try:
            raise _alone(raised)
        finally:
            del raised

    return call


def without_frames(error: BaseException) -> BaseException:
    """Return an error of this library without its frames; any other as it is."""
    ours = isinstance(error, InputError | InvalidSetting | VerifyError)
    return _alone(error) if ours else error


def _alone(error: E) -> E:
    if error.__context__ is not error.__cause__:
        error.__context__ = None  # which has frames of its own
    return error.with_traceback(None)
