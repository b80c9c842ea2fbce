"""A store in a page, for programs that can lock a record and its holder."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from . import _rules
from ._protocol import CodeStore
from ._rules import Change

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


def _named(method: F, operation: Callable[..., object]) -> F:
    name = operation.__name__
    method.__name__, method.__doc__ = name, getattr(CodeStore, name).__doc__
    return method


def _method(
    operation: Callable[P, Change[T]],
) -> Callable[Concatenate[RuledStore, P], T]:
    def method(self: RuledStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.change(operation(*args, **kwargs))

    return _named(method, operation)


def _coroutine_method(
    operation: Callable[P, Change[T]],
) -> Callable[Concatenate[AsyncRuledStore, P], Coroutine[Any, Any, T]]:
    async def method(self: AsyncRuledStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.change(operation(*args, **kwargs))

    return _named(method, operation)


class RuledStore:
    """
    The methods of `CodeStore` but `sweep`, from one: `change`.

    Inherit it, and keep what `change` and `sweep` say; then every rule holds.
    """

    def change(self, change: Change[T]) -> T:
        """
        Read and lock, apply the rule, write, in one transaction; return the answer.

        Raises:
            verify_core.errors.Unavailable: The store cannot be reached.
        """
        raise NotImplementedError

    start = _method(_rules.start)
    take_back = _method(_rules.take_back)
    guess = _method(_rules.guess)
    approve = _method(_rules.approve)
    fetch = _method(_rules.fetch)
    cancel = _method(_rules.cancel)
    unlock = _method(_rules.unlock)


class AsyncRuledStore:
    """The methods of `AsyncCodeStore` but `sweep`, from one: `change`."""

    async def change(self, change: Change[T]) -> T:
        """Read, apply the rule, write; see `RuledStore.change`."""
        raise NotImplementedError

    start = _coroutine_method(_rules.start)
    take_back = _coroutine_method(_rules.take_back)
    guess = _coroutine_method(_rules.guess)
    approve = _coroutine_method(_rules.approve)
    fetch = _coroutine_method(_rules.fetch)
    cancel = _coroutine_method(_rules.cancel)
    unlock = _coroutine_method(_rules.unlock)
