"""What a node is given and what it answers: a context in, an action out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from attrs import field, frozen

from ..errors import InputError, InvalidSetting, VerifyError
from ..explain import ErrorRecord
from ..validation import (
    aware_utc,
    instance_of,
    optional_text,
    read_member,
    require_all,
    require_kind,
    require_members,
)
from ._callbacks import Callback
from ._state import NodeState

CallbackT = TypeVar("CallbackT", bound=Callback)

NodeError = InputError | InvalidSetting | VerifyError


class Outcome(StrEnum):
    """What a node returns; `read_outcome` also takes the lower-case ids of exports."""

    TRUE = "True"
    FALSE = "False"
    ERROR = "Error"
    RESEND = "Resend"
    CANCEL = "Cancel"


def read_outcome(text: str | Outcome) -> Outcome:
    """
    An outcome from however an export spells it: `true`, `True`, `RESEND`.

    Raises:
        InvalidSetting: The text names no outcome.
    """
    plain = require_kind("outcome", text, str)
    return read_member(Outcome, "outcome", plain.strip().capitalize())


@frozen(kw_only=True)
class Action:
    """
    Either an outcome or callbacks to show; made by `go_to` and `send`.

    Attributes:
        outcome: Where the journey goes on, or None while the node asks.
        callbacks: What to ask; empty beside an outcome.
        error: What went wrong, as it stands in state too.
        cause: The error behind it, masked, for a developer's log; None where a verdict
            is the reason.
    """

    outcome: Outcome | None = None
    callbacks: tuple[Callback, ...] = ()
    error: ErrorRecord | None = None
    cause: NodeError | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        if (self.outcome is None) is (not self.callbacks):
            raise InvalidSetting("callbacks", "an action has an outcome or callbacks")

    @classmethod
    def send(cls, callbacks: Iterable[Callback]) -> Action:
        """Stay on this node and ask; `InvalidSetting` where there is nothing to ask."""
        return cls(callbacks=tuple(callbacks))

    @classmethod
    def go_to(
        cls,
        outcome: Outcome,
        *,
        error: ErrorRecord | None = None,
        cause: NodeError | None = None,
    ) -> Action:
        """Move on."""
        return cls(outcome=outcome, error=error, cause=cause)


def _callbacks(value: Iterable[Callback] | None) -> tuple[Callback, ...]:
    found = () if value is None else require_members("callbacks", value, "callbacks")
    for each in found:
        if not isinstance(each, Callback):
            raise InvalidSetting(
                "callbacks", f"takes callbacks, not {type(each).__name__}"
            )
    return found


def _locales(value: str | Iterable[str] | None) -> tuple[str, ...]:
    listed = (value,) if isinstance(value, str) else value
    return () if listed is None else require_all("locales", listed, str)


def _now(value: datetime | None) -> datetime | None:
    return None if value is None else aware_utc(value, "now")


@frozen
class TreeContext:
    """
    The state of a login and what the person has just submitted to this node.

    Attributes:
        state: Read and written by the node.
        callbacks: Those that the node asked for, answered; empty where it is entered
            from another node.
        locales: Languages that the person prefers, best first (BCP 47).
        client_address: IP address of the person's device, passed to the vendor for
            its fraud rules; None passes none.
        now: When the request came, aware; None where no node asks for it.

    Raises:
        InvalidSetting: A field of another type, or a naive datetime; names it.
    """

    state: NodeState = field(factory=NodeState, validator=instance_of(NodeState))
    callbacks: tuple[Callback, ...] = field(
        default=(), kw_only=True, converter=_callbacks
    )
    locales: tuple[str, ...] = field(default=(), kw_only=True, converter=_locales)
    client_address: str | None = field(
        default=None, kw_only=True, repr=False, validator=optional_text
    )
    now: datetime | None = field(default=None, kw_only=True, converter=_now)

    def callbacks_of(self, kind: type[CallbackT]) -> tuple[CallbackT, ...]:
        """All submitted callbacks of a type, in order."""
        return tuple(item for item in self.callbacks if isinstance(item, kind))

    def callback(self, kind: type[CallbackT]) -> CallbackT | None:
        """The first submitted callback of a type, or None."""
        return next(iter(self.callbacks_of(kind)), None)
